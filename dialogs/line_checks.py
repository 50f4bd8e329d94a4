"""The messages and the lines of the letter that are said by name: none may be lacking."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from dialogs.content import Content
from dialogs.source import Problem, did_you_mean, read

LINES = Path(__file__).with_name("lines.yaml")
#: A command without its line works, and is only not in the menu.
OPTIONAL = "command_"


def said() -> Mapping[str, Collection[str]]:
    """By file, such as `messages`, the names of its texts."""
    return {file: frozenset(names) for file, names in read(LINES).value.items()}


def problems(
    content: Content, language: str, said: Mapping[str, Collection[str]]
) -> Iterator[Problem]:
    """What a file lacks that will be said one day, and what it has that never will be."""
    for file, names in said.items():
        source = content.sources[f"{language}/{file}.yaml"]
        there = source.value.keys() - {"also"}
        for name in sorted(set(names) - there):
            if not name.startswith(OPTIONAL):
                yield source.problem(f'lacks "{name}"')
        for name in sorted(there - set(names)):
            yield source.problem(f'"{name}" is never said{did_you_mean(name, names)}', name)
