"""First names with a surname behind them: "Kai Thompson", "Ellie May Hext"."""

from __future__ import annotations

from collections.abc import Sequence

from dialogs.children import CALLED
from dialogs.classes import in_class, role_and_class
from dialogs.names import Names
from dialogs.words import Word, goes_on

_NO_SURNAME = ("ed", "ing", "ly", "s", "able", "ful", "ness", "ment", "tion")
_THEIRS = ("his", "her", "their")


def full_name(names: Names, words: Sequence[Word], at: int) -> tuple[int, bool]:
    """The word after the name, or 0, and whether it is a grown-up's."""
    end, grown = _full_name(names, words, at)
    return names.end_of_surname(words, end) if end else 0, grown


def _full_name(names: Names, words: Sequence[Word], at: int) -> tuple[int, bool]:
    if _is_three_names(names, words, at):
        return (0, False) if names.is_own(words, at) else (at + 3, _is_grown(names, words, at, 3))
    if not goes_on(words, at + 1):
        return 0, False
    first, last = words[at], words[at + 1]
    if not (first.raw.isalpha() and last.raw.isalpha()) or last.raw in names.not_surnames:
        return 0, False
    if at + 2 < len(words) and names.is_place(words[at + 2]):
        return 0, False
    capitals = first.capital and last.capital and not (first.shouted and last.shouted)
    known = names.is_first_name(first)
    surname = names.is_family_name(last)
    plain = not (first.raw in names.wordlike and last.raw in names.wordlike)
    before = words[at - 1].text if at and not first.pause else ""
    called = before in CALLED
    double = first.raw in names.child_names and last.raw in names.child_names
    if known and not surname and double and in_class(names, words, at + 3):
        return (0, False) if names.is_own(words, at) else (at + 3, False)
    if known and not surname and goes_on(words, at + 2) and words[at + 2].raw in names.surnames:
        return (0, False) if names.is_own(words, at) else (at + 3, _is_grown(names, words, at, 2))
    if first.raw in names.titles:
        return 0, False
    starts = at == 1 or words[at - 1].pause == 2
    childs = before in names.child_words and (starts or not words[at - 1].capital)
    named = (
        (called and (known or surname) and first.raw not in names.titles)
        or (known and capitals)
        or (known and surname and plain)
        or (known and first.raw not in names.wordlike and in_class(names, words, at + 2))
        or (capitals and in_class(names, words, at + 2) and first.raw not in names.not_surnames)
        or (capitals and _is_rare_name(names, first, last))
        or (capitals and (called or childs))
    )
    if not named or names.is_own(words, at):
        return 0, False
    return at + 2, _is_grown(names, words, at, 2)


def likely_name(names: Names, words: Sequence[Word], at: int, known: frozenset[str]) -> bool:
    """ "charlie vossbrink" in small letters."""
    if words[at].raw not in names.child_names or not goes_on(words, at + 1):
        return False
    last = words[at + 1].raw
    return (
        words[at].raw not in names.wordlike
        and words[at].raw not in names.never_small
        and len(last) > 3
        and last.isalpha()
        and last not in known
        and last not in names.not_surnames
        and last not in names.places
        and not last.endswith(_NO_SURNAME)
        and not names.is_own(words, at)
    )


def _is_three_names(names: Names, words: Sequence[Word], at: int) -> bool:
    """ "Ellie May Hext", "Harri Wyn Pugh"."""
    three = words[at : at + 3]
    if len(three) < 3 or three[2].pause:
        return False
    first, second, last = three
    if last.raw in names.not_surnames or last.raw in names.places or len(last.raw) < 3:
        return False
    if second.pause and second.start - first.end > 1:
        return False  # "Evie-Rose Tanner" has no space there
    if not all(word.capital and word.raw.isalpha() and not word.shouted for word in three):
        return False
    if not names.is_first_name(second) and second.raw not in names.second_names:
        return False
    if any(first.raw in one for one in (names.not_surnames, names.titles, names.places)):
        return False
    return names.is_first_name(first) or (
        names.is_family_name(last) and first.raw not in names.surnames and bool(at)
    )


def _is_rare_name(names: Names, first: Word, last: Word) -> bool:
    """ "Jorvik Pritchard": a first name that no list holds."""
    return (
        names.is_family_name(last)
        and last.raw not in names.wordlike
        and not any(
            first.raw in one
            for one in (names.not_surnames, names.titles, names.places, names.surnames)
        )
        and first.raw not in names.not_first_names
        and not first.raw.endswith("ly")
        and not first.shouted
    )


def _is_grown(names: Names, words: Sequence[Word], at: int, long: int) -> bool:
    end = at + long
    if in_class(names, words, end) and not role_and_class(names, words, end + 1):
        return False
    if end < len(words) and words[end].text in names.family and words[end - 1].raw[-1] == "s":
        return False
    start = at
    while start > max(at - 2, 0) and not words[start].pause:
        start -= 1
    near = {
        words[one].text
        for one in range(start, min(end + 4, len(words)))
        if (words[one].text not in names.family or words[one - 1].text not in _THEIRS)
        and words[one].raw + " lice" != " ".join(word.raw for word in words[one : one + 2])
    }
    if near & names.child_words:
        return False
    return bool(near & names.adult_words) or words[at].raw not in names.child_names
