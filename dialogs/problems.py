"""What is wrong in a file that a school edits: one sentence about one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

#: Where something is in a file: the keys and list positions that lead to it.
Place = tuple[str | int, ...]
#: What is wrong, and where.
Fault = tuple[Place, str]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One sentence about one line. A warning is worth knowing and stops nothing."""

    path: str
    line: int
    sentence: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {'warning: ' * self.warning}{self.sentence}"


class ContentError(Exception):
    """The content cannot be used. `problems` holds everything that is wrong, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?` for the nearest known word, or nothing when none is near."""
    near = difflib.get_close_matches(word, sorted(known), n=1)
    return f'; did you mean "{near[0]}"?' if near else ""
