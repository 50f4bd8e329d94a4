"""Kinder words: a draft with the gentler form of each finding in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dialogs.messages import Finding

#: What school need not read to help. Names, and what was done, are facts that it needs.
NOT_FOR_SCHOOL = frozenset({"insult", "threat", "crowd", "shouting"})

_SENTENCE_BEGINS = re.compile(r"(?:^|[.!?\n])[\s\"'“‘]*$")


@dataclass(frozen=True, slots=True)
class Kinder:
    """The new words, and what was put for what, in the order of the draft."""

    text: str
    steps: tuple[tuple[str, str], ...]


def kinder(draft: str, found: Sequence[Finding], gaps: Mapping[str, str]) -> Kinder:
    """Each finding's own gentler words in its place; where it has none, the gap of its family.

    A gap says in brackets what the parent's own words could be about. Findings never overlap.
    """
    parts: list[str] = []
    steps: list[tuple[str, str]] = []
    end = 0
    for one in sorted(found, key=lambda finding: finding.start):
        before = draft[end : one.start]
        after = one.values.get("instead") or gaps[one.family]
        if one.words[:1].isupper() and _SENTENCE_BEGINS.search(draft[: one.start][-80:]):
            after = after[:1].upper() + after[1:]
        parts += [before, after]
        steps.append((one.words, after))
        end = one.start + one.length
    return Kinder("".join([*parts, draft[end:]]), tuple(steps))
