"""People in a draft by less than a whole name: "Sharon", "the Osmans", "Mr and Mrs Farooqi".

Those who read a class chat know who is meant. Each function says which word the name ends before,
or 0.
"""

from __future__ import annotations

from collections.abc import Sequence

from dialogs.names import Names
from dialogs.words import Word, goes_on

_POINTING = ("the", "them", "those", "that")
_SHORTEST = 4  #: letters of a surname with its s: "the Coxs"


def first_name(names: Names, words: Sequence[Word], at: int) -> int:
    """ "Sharon", "sharon", "Sharon's been": also where it might have been a place or a month."""
    word = words[at]
    bare = word.raw
    if bare.endswith("s") and word.end - word.start > len(bare):
        bare = bare[:-1]
    if bare not in names.child_names and bare not in names.adult_names:
        return 0
    wordlike = bare in names.wordlike or bare in names.never_small
    inside = at > 0 and goes_on(words, at)
    if wordlike and not (word.capital and inside):
        return 0
    titled = inside and words[at - 1].raw in names.titles
    placed = at + 1 < len(words) and names.is_place(words[at + 1])
    return 0 if titled or placed or names.is_own(words, at) else at + 1


def the_family(names: Names, words: Sequence[Word], at: int, known: frozenset[str]) -> int:
    """ "the Osmans", "them Osman kids", "Mr and Mrs Osman": a capital inside a sentence, on a word
    that is a surname or that no list holds."""
    word = words[at]
    if not at or not word.capital or word.shouted or not goes_on(words, at):
        return 0
    before = words[at - 1]
    couple = before.raw in names.titles and at > 1 and words[at - 2].text == "and"
    if not couple and before.text not in _POINTING:
        return 0
    if not word.raw.isalpha() or word.raw in names.places or word.raw in names.not_surnames:
        return 0
    if couple:
        return at + 1
    strange = word.raw not in known and word.raw not in names.not_children
    if goes_on(words, at + 1) and words[at + 1].text in names.kin_groups:
        return at + 2 if strange or names.is_family_name(word) else 0
    if not word.raw.endswith("s") or len(word.raw) <= _SHORTEST:
        return 0
    return at + 1 if strange or word.raw[:-1] in names.surnames else 0
