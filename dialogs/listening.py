"""What is heard in the words of each language: rules for drafts, phrases for safety."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dialogs.content import Content
from dialogs.rules import Rules
from dialogs.safety import Phrases


@dataclass(frozen=True, slots=True)
class Listening:
    """The rules and phrases of all languages, compiled once."""

    rules: Mapping[str, Rules]
    phrases: Mapping[str, Phrases]

    @classmethod
    def compile(cls, content: Content) -> Listening:
        """Takes a tenth of a second a language. Expects content that `check` found sound."""

        def of(language: str, file: str) -> Mapping[str, object]:
            found: Mapping[str, object] = content.sources[f"{language}/{file}.yaml"].value
            return found

        return cls(
            {code: Rules.compile(of(code, "draft_check")) for code in content.wordings},
            {code: Phrases.compile(of(code, "safety")) for code in content.wordings},
        )
