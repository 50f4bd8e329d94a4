"""Make the pseudo-language: the school's content with every text as ⟦…⟧.

`python -m tests.pseudo FOLDER` writes it. A sentence that appears without brackets in a
conversation held with it does not come from the content: it sits in code, where no school can
edit it.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from dialogs.source import read

CONTENT = Path(__file__).parent.parent / "policy_content"
SCREENS = ("questions.yaml", "outcomes.yaml", "cards.yaml")


def write(folder: Path) -> Path:
    """The pseudo-language content in `folder`, ready to be loaded."""
    shutil.copytree(CONTENT, folder, dirs_exist_ok=True)
    _change(folder / "clauses.yaml", _clauses)
    _change(folder / "en" / "language.yaml", _language)
    for name in SCREENS:
        _change(folder / "en" / name, _screens)
    _change(folder / "en" / "messages.yaml", _messages)
    _change(folder / "en" / "letter.yaml", _letter)
    _change(folder / "en" / "draft_check.yaml", _rules)
    return folder


def bracket(text: str) -> str:
    """Each message of a text in brackets."""
    pages = f"\n{text.strip()}\n".split("\n---\n")
    return "\n---\n".join(f"⟦{page.strip()}⟧" for page in pages)


def _change(path: Path, change: Callable[[Any], Any]) -> None:
    value = change(read(path).value)
    path.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=10_000))


def _clauses(value: Any) -> Any:
    return {key: {**one, "words": bracket(one["words"])} for key, one in value.items()}


def _language(value: Any) -> Any:
    roles = {role: bracket(words) for role, words in value["roles"].items()}
    return {**value, "name": bracket(value["name"]), "roles": roles}


def _screens(value: Any) -> Any:
    return {
        state: {
            **screen,
            "text": bracket(screen["text"]),
            "choices": {
                choice: bracket(label) for choice, label in screen.get("choices", {}).items()
            },
        }
        for state, screen in value.items()
    }


def _messages(value: Any) -> Any:
    also = value.pop("also")
    return {**_flat(value), "also": also}


def _flat(value: Any) -> Any:
    return {key: bracket(text) for key, text in value.items()}


def _letter(value: Any) -> Any:
    """The signs around the marker stay outside the brackets: by them it is known again."""
    marker = value["marker"].removeprefix("##-").removesuffix("-##")
    return {**_flat(value), "marker": f"##- {bracket(marker)} -##"}


def _rules(value: Any) -> Any:
    rules = [
        {**rule, "reason": bracket(rule["reason"]), "gentler": bracket(rule["gentler"])}
        for rule in value["rules"]
    ]
    return {**value, "rules": rules}


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
