"""People and houses that a draft points at without a name ("the lady on the cake stall"), and
whom it calls on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dialogs.words import Word

#: What `Pointing.find` adds to the lists of the rules.
POINTED = ("someone", "address", "called")

_HOUSE = re.compile(r"[0-9]{1,3}[a-z]?")


@dataclass(frozen=True, slots=True)
class Pointing:
    """The lists that tell one person, or one front door, by the form of the words.

    One of the `person_nouns` counts behind one of the `pointers` with at most three words between
    ("the new school cook"), "him", "her" or "them" where a clause starts and a place follows
    ("her from the post office"), and a first name as the neighbours say it. A number and one to
    three words, the last of them one of the `street_words`, is an address, and so is a name before
    one of the `house_words`.
    """

    pointers: frozenset[str]
    ours: frozenset[str]
    our_jobs: frozenset[str]
    person_nouns: frozenset[str]
    possessed: frozenset[str]
    not_described: frozenset[str]
    loose_pronouns: frozenset[str]
    found_where: frozenset[str]
    who_words: frozenset[str]
    before_loose: frozenset[str]
    child_names: frozenset[str]
    adult_names: frozenset[str]
    fond_words: frozenset[str]
    own: frozenset[str]
    street_words: frozenset[str]
    house_words: frozenset[str]
    before_number: frozenset[str]
    not_streets: frozenset[str]
    orders: frozenset[str]
    hailed: frozenset[str]

    @classmethod
    def compile(cls, lists: Mapping[str, Sequence[str]]) -> Pointing:
        return cls(*(frozenset(lists.get(name, ())) for name in cls.__slots__))

    def find(self, words: Sequence[Word]) -> dict[str, dict[int, int]]:
        """For each kind that occurs: where it starts, and the word after it."""
        found: dict[str, dict[int, int]] = {}
        for at in range(len(words)):
            if end := self.someone(words, at):
                found.setdefault("someone", {})[at] = end
            if end := self.address(words, at):
                found.setdefault("address", {})[at] = end
            if self._calls(words, at):
                found.setdefault("called", {})[at] = at + 1
        return found

    def _calls(self, words: Sequence[Word], at: int) -> bool:
        word = words[at]
        if at and not word.pause:
            return False
        last = at + 1 == len(words) or bool(words[at + 1].pause)
        return word.text in self.orders or (last and word.text in self.hailed)

    def someone(self, words: Sequence[Word], at: int) -> int:
        """The word after the person who is pointed at here, or 0."""
        text = words[at].text
        if text in self.pointers:
            for noun in range(at + 1, min(at + 5, len(words))):
                if words[noun].pause:
                    break
                if self._is_person(words, noun):
                    return noun + 1
                if words[noun].text in self.not_described:
                    break
        if text in self.ours:
            for noun in range(at + 1, min(at + 3, len(words))):
                raw = words[noun].raw
                if not words[noun].pause and (raw in self.our_jobs or raw[:-1] in self.our_jobs):
                    return noun + 1
        if text in self.loose_pronouns and at + 1 < len(words) and not words[at + 1].pause:
            starts = at == 0 or words[at].pause or words[at - 1].text in self.before_loose
            if starts and words[at + 1].text in self.found_where | self.who_words:
                return at + 2
        return at + 1 if self._is_first_name(words, at) or self._is_bare(words, at) else 0

    def _is_first_name(self, words: Sequence[Word], at: int) -> bool:
        """ "Old Derek", "Donna from the chippy": one whom the neighbours know."""
        word = words[at]
        if not word.capital:
            return False
        if word.raw not in self.child_names and word.raw not in self.adult_names:
            return False
        start = at
        while start and not words[start].pause and words[start - 1].text in self.fond_words:
            start -= 1
        if start and not words[start].pause and words[start - 1].text in self.own:
            return False
        placed = at + 1 < len(words) and not words[at + 1].pause
        return start < at or (placed and words[at + 1].text in self.found_where | self.who_words)

    def _is_bare(self, words: Sequence[Word], at: int) -> bool:
        """ "Lady in the corner house", where a sentence starts."""
        if (at and words[at].pause < 2) or at + 1 == len(words) or words[at + 1].pause:
            return False
        return (
            self._is_person(words, at) and words[at + 1].text in self.found_where | self.who_words
        )

    def _is_person(self, words: Sequence[Word], at: int) -> bool:
        """Singular, or with an s that is no plural: "the caretaker's been", "the cooks husband"."""
        word = words[at]
        if word.text in self.person_nouns or word.raw in self.person_nouns:
            return True
        if not word.raw.endswith("s") or word.raw[:-1] not in self.person_nouns:
            return False
        owns = at + 1 < len(words) and words[at + 1].text in self.possessed
        return owns or word.end - word.start > len(word.raw)

    def address(self, words: Sequence[Word], at: int) -> int:
        """The word after the address that starts here, or 0."""
        first = words[at]
        if not _HOUSE.fullmatch(first.raw):
            if first.capital and at + 1 < len(words) and not words[at + 1].pause:
                house = words[at + 1]
                if house.capital and house.raw in self.house_words:
                    return 0 if first.raw in self.not_streets else at + 2
            return 0
        known = at > 0 and words[at - 1].text in self.before_number
        end = 0
        for last in range(at + 1, min(at + 4, len(words))):
            word = words[last]
            if word.pause or word.raw in self.not_streets:
                break
            if word.raw in self.street_words and last > at + 1:
                capitals = all(words[one].capital for one in range(at + 1, last + 1))
                end = last + 1 if capitals or known else end
        return end
