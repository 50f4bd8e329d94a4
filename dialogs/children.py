"""Children in a draft by a first name and a class or a family: "kai in yr4", "Olivias mum".

Each function says which word the name ends before, or 0.
"""

from __future__ import annotations

from collections.abc import Sequence

from dialogs.classes import INSIDE, class_here, in_class
from dialogs.names import Names
from dialogs.words import Word, goes_on

CALLED = ("called", "named")

_DOING = ("ed", "ing", "ly")  #: "son swallowed a 5p"
_LATIN = ("us", "as", "is")
_SOUNDS_LIKE_A_THING = ("ing", "tion", "ness", "ment", "ity", "ship", "s", "ed", "ly", "our", "ful")


def name_and_class(names: Names, words: Sequence[Word], at: int) -> int:
    first = words[at]
    known = first.raw in names.child_names and (first.capital or first.raw not in names.never_small)
    before = words[at - 1].text if at else ""
    new = first.raw.isalpha() and first.raw not in names.not_surnames
    new = new and not first.raw.endswith(_DOING)
    if not known and not (new and before in names.child_words):
        return 0
    if first.raw in names.joining or first.raw in names.child_words or names.is_own(words, at):
        return 0
    if at and not first.pause and words[at - 1].capital and words[at - 1].raw in names.titles:
        return 0  # Miss Jodie in Reception
    if end := in_class(names, words, at + 1):
        return 0 if names.is_own_beside(words, at, end) else end
    if before in CALLED and (known or first.capital):
        near = (*range(max(at - 7, 0), at), *range(at + 1, at + 8))
        return at + 1 if any(class_here(names, words, one) for one in near) else 0
    initial = goes_on(words, at + 1) and len(words[at + 1].raw) == 1
    return in_class(names, words, at + 2) if initial else 0


def rare_name_and_class(names: Names, words: Sequence[Word], at: int, known: frozenset[str]) -> int:
    """ "Ffion in Year 6": a name that no list holds, since no other word is written so. Where a
    sentence starts, only with a "he" or a "she" behind it."""
    first = words[at]
    if at + 2 >= len(words) or words[at + 1].pause == 2 or words[at + 1].text not in INSIDE:
        return 0
    ending = first.raw.endswith(_SOUNDS_LIKE_A_THING) and not first.raw.endswith(_LATIN)
    thing = first.shouted or len(first.raw) < 3 or ending
    held = first.raw in known and not names.is_first_name(first)
    if thing or held or not first.raw.isalpha() or first.raw in names.not_children:
        return 0
    if first.raw in names.not_surnames or names.is_own(words, at):
        return 0
    end = class_here(names, words, at + 2)
    if not end or words[at + 2].pause or names.is_own_beside(words, at, end):
        return 0
    if at and first.pause < 2:
        before = words[at - 1]
        return 0 if before.text in names.not_before_names or before.raw in names.titles else end
    near = {word.text for word in words[end : end + 10]}
    return end if near & names.he_or_she else 0


def childs_family(names: Names, words: Sequence[Word], at: int) -> int:
    """ "Olivias mum"."""
    raw = words[at].raw
    if not raw.endswith("s") or raw[:-1] not in names.child_names or raw[:-1] in names.never_small:
        return 0
    family = goes_on(words, at + 1) and words[at + 1].text in names.family
    return at + 2 if family and not names.is_own(words, at) else 0


def rare_childs_family(names: Names, words: Sequence[Word], at: int, known: frozenset[str]) -> int:
    """ "Kyes mum": a name that no list holds, since no other word is written so."""
    raw = words[at].raw
    if len(raw) < 4 or not raw.isalpha() or not raw.endswith("s") or not goes_on(words, at + 1):
        return 0
    if words[at + 1].text not in names.family or raw in names.not_surnames:
        return 0
    if raw[:-1] not in names.adult_names and (raw in known or raw[:-1] in known):
        return 0
    return 0 if names.is_own(words, at) else at + 2
