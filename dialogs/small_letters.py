"""Shouted words as they are when nobody shouts."""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter

from dialogs.places import Draft, Place

_START = attrgetter("start")
#: Names by their form: each of their words has a capital.
_NAMES = ("title_and_surname", "child_name")
_LONGEST_NAME = 4  #: words
#: Who speaks has a capital, wherever it stands.
_SPEAKER = "i"


def in_small_letters(draft: Draft, place: Place, acronyms: frozenset[str]) -> str:
    """What `place` quotes, letter for letter, in small letters. `acronyms` stay as they were typed;
    names, who speaks, and what begins a sentence keep a capital."""
    text = draft.text
    letters = [_small(letter) for letter in text[place.start : place.end]]
    first = bisect_left(draft.words, place.start, key=_START)
    for at in range(first, bisect_left(draft.words, place.end, key=_START)):
        word = draft.words[at]
        start, end = word.start - place.start, word.end - place.start
        if word.raw in acronyms:
            letters[start:end] = text[word.start : word.end]
        elif word.pause == 2 or word.text == _SPEAKER or _is_of_a_name(draft, at):
            letters[start] = text[word.start]
    return "".join(letters)


def _is_of_a_name(draft: Draft, at: int) -> bool:
    """Looks back no further than a name is long, so that the time stays linear."""
    return any(
        draft.places.get(kind, {}).get(start, 0) > at
        for kind in _NAMES
        for start in range(at - _LONGEST_NAME + 1, at + 1)
    )


def _small(letter: str) -> str:
    """The small letter, where it is one: that of İ would move all that follows."""
    small = letter.lower()
    return small if len(small) == 1 else letter
