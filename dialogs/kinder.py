"""Kinder words: a draft with the gentler form of each finding in its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dialogs.messages import Finding

#: What school need not read to help. Names, and what was done, are facts that it needs.
NOT_FOR_SCHOOL = frozenset({"insult", "threat", "crowd", "shouting"})

_SENTENCE_BEGINS = re.compile(r"(?:^|[.!?\n])[\s\"'“‘*_~>•-]*$")
_WORD_BEFORE = re.compile(r"([^\W\d_]+) +$")
_OWNS = re.compile(r"['’‘`´]s$|(?<=s)['’]$", re.I)
_LONGEST_WORD = 16  #: letters of a word that goes with what it points at


@dataclass(frozen=True, slots=True)
class Kinder:
    """The new words, and what was put for what, in the order of the draft."""

    text: str
    steps: tuple[tuple[str, str], ...]

    def different(self) -> list[tuple[str, str]]:
        """The steps, each change once."""
        once: dict[str, tuple[str, str]] = {}
        for before, after in self.steps:
            once.setdefault(before.casefold(), (before, after))
        return list(once.values())


def kinder(
    draft: str,
    found: Sequence[Finding],
    gaps: Mapping[str, str],
    articles: Collection[str] = (),
) -> Kinder:
    """Each finding's own gentler words in its place; where it has none, the gap of its family.

    A gap says in brackets what the parent's own words could be about. Of two `articles` in a row
    the draft's goes: "that year 6 teacher" becomes "a member of staff".
    """
    parts: list[str] = []
    steps: list[tuple[str, str]] = []
    end = 0
    for put in _puts(draft, found, gaps, articles):
        words, after = draft[put.start : put.end], put.after
        if words[:1].isupper() and _SENTENCE_BEGINS.search(draft[: put.start][-80:]):
            after = after[:1].upper() + after[1:]
        parts += [draft[end : put.start], after]
        steps.append((words, after))
        end = put.end
    return Kinder("".join([*parts, draft[end:]]), tuple(steps))


@dataclass(frozen=True, slots=True)
class _Put:
    """Words that are put in a place of the draft; `article` if they take the one before along."""

    start: int
    end: int
    after: str
    article: bool = False


def _puts(
    draft: str, found: Sequence[Finding], gaps: Mapping[str, str], articles: Collection[str]
) -> list[_Put]:
    puts: list[_Put] = []
    for one in sorted(_apart(draft, found), key=lambda finding: finding.start):
        last = puts[-1] if puts else _Put(0, 0, "")
        put = _Put(one.start, one.start + one.length, gaps[one.family])
        if one.values.get("instead"):
            after = _owning(one, one.values["instead"])
            start = one.start
            if after.partition(" ")[0] in articles:
                start = _with_article(draft, last.end, start, articles)
            put = _Put(start, put.end, after, start < one.start)
        between = draft[last.end : put.start].strip(" ,")
        if put.after == last.after and (put.article or last.article) and not between:
            # "Mr Nutt, the Year 5 teacher" is one person.
            puts[-1] = replace(last, end=put.end)
        else:
            puts.append(put)
    return puts


def _owning(finding: Finding, after: str) -> str:
    """ "a member of staff's" in place of "Mrs Nutt's" and "Mr Jones'"; a name in quotes owns
    nothing."""
    owns = _OWNS.search(finding.words)
    if owns is None or finding.words[0] in "'‘" or after.endswith(owns.group().lower()):
        return after
    return f"{after}{owns.group()[0]}s"


def _with_article(draft: str, end: int, start: int, articles: Collection[str]) -> int:
    """Where the article before `start` begins, if one stands there and no finding has it."""
    before = _WORD_BEFORE.search(draft[max(end, start - _LONGEST_WORD) : start])
    if before is None or before[1].casefold() not in articles:
        return start
    return start - len(before.group())


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
