"""Kinder words: a draft with the gentler form of each finding in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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

    A gap says in brackets what the parent's own words could be about.
    """
    parts: list[str] = []
    steps: list[tuple[str, str]] = []
    end = 0
    for one in sorted(_apart(draft, found), key=lambda finding: finding.start):
        before = draft[end : one.start]
        after = one.values.get("instead") or gaps[one.family]
        if one.words[:1].isupper() and _SENTENCE_BEGINS.search(draft[: one.start][-80:]):
            after = after[:1].upper() + after[1:]
        parts += [before, after]
        steps.append((one.words, after))
        end = one.start + one.length
    return Kinder("".join([*parts, draft[end:]]), tuple(steps))


def _apart(draft: str, found: Sequence[Finding]) -> Iterator[Finding]:
    """Without a run of capitals that others quote: what is put for them is not shouted."""
    taken = bytearray(len(draft))
    for one in found:
        if one.family != "shouting":
            taken[one.start : one.start + one.length] = b"\1" * one.length
    for one in found:
        loud = one.family == "shouting"
        if not loud or taken.find(1, one.start, one.start + one.length) < 0:
            yield one
