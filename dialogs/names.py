"""The lists that tell a name from any other word, and what they say of one word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dialogs.words import Word


@dataclass(frozen=True, slots=True)
class Names:
    """The lists that tell a name from any other word.

    A first name alone is no finding; with a surname or a class it points at one child, with a job
    at one grown-up. With a word that no list of the rules knows, it is a `likely_name`. Word-like
    names (`grace`, `brown`) count only with a capital. A word with one of the `surname_endings`
    behind a first name is a surname, unless it is `not_surnames`. A `past_form` ("cancelled",
    "charges" behind a name, "been opening") says what somebody did, and is no `kind_deeds`.
    Behind "Mr Nutt's", one of the `after_is` words says what he is or has; any other is `owned`.
    """

    titles: frozenset[str]
    years: frozenset[str]
    numbers: frozenset[str]
    classes: frozenset[str]
    roles: frozenset[str]
    plural_roles: frozenset[str]
    child_names: frozenset[str]
    adult_names: frozenset[str]
    surnames: frozenset[str]
    wordlike: frozenset[str]
    never_small: frozenset[str]
    not_surnames: frozenset[str]
    before_verb_miss: frozenset[str]
    child_words: frozenset[str]
    own_young: frozenset[str]
    adult_words: frozenset[str]
    own: frozenset[str]
    joining: frozenset[str]
    places: frozenset[str]
    surname_endings: tuple[str, ...]
    not_initials: frozenset[str]
    jobs: frozenset[str]
    job_places: frozenset[str]
    family: frozenset[str]
    class_names: frozenset[str]
    kind_deeds: frozenset[str]
    after_is: frozenset[str]
    not_children: frozenset[str]
    he_or_she: frozenset[str]
    second_names: frozenset[str]
    not_first_names: frozenset[str]
    not_before_names: frozenset[str]
    telling: frozenset[str]
    kin_groups: frozenset[str]

    @classmethod
    def compile(cls, lists: Mapping[str, Sequence[str]]) -> Names:
        """Each list is named as in the field; words are small letters without apostrophes."""
        held = {name: frozenset(lists.get(name, ())) for name in cls.__slots__}
        del held["surname_endings"]
        return cls(**held, surname_endings=tuple(lists.get("surname_endings", ())))

    def is_first_name(self, word: Word) -> bool:
        return word.raw in self.child_names or word.raw in self.adult_names

    def is_family_name(self, word: Word) -> bool:
        bare = word.raw.removesuffix("s")
        listed = word.raw in self.surnames or bare in self.surnames
        return listed or (len(word.raw) > 5 and bare.endswith(self.surname_endings))

    def is_place(self, word: Word) -> bool:
        """ "Victoria Park Road" is no person."""
        return word.capital and not word.pause and word.raw in self.places

    def is_job(self, word: Word) -> bool:
        """Also "the cook's windows"."""
        return word.text in self.jobs or word.raw.removesuffix("s") in self.jobs

    def is_own(self, words: Sequence[Word], at: int) -> bool:
        """ "My son Alfie Brown" is the parent's own to name."""
        for before in range(at, max(at - 3, 0), -1):
            if words[before].pause or words[before - 1].text in self.telling:
                return False
            if words[before - 1].text in self.own:
                told = words[before - 1].text == "me" and before > 1
                return not told or words[before - 2].text not in self.telling
        return False

    def end_of_surname(self, words: Sequence[Word], end: int) -> int:
        """The word after a surname that ends before `end`, with its second half: "Rees-Jones".
        Nothing but a hyphen is likely to stand so close between two words with capitals."""
        if end >= len(words):
            return end
        first, second = words[end - 1], words[end]
        close = second.pause == 1 and second.start - first.end == 1
        if not close or not second.raw.isalpha() or len(second.raw) < 2:
            return end
        if second.raw in self.titles or second.raw in self.not_surnames:
            return end
        both = first.capital and second.capital
        return end + 1 if both or self.is_family_name(second) else end

    def is_own_beside(self, words: Sequence[Word], at: int, end: int) -> bool:
        """ "My own lad, Ethan in Y4, …": a name between commas, behind whose it is."""
        if at < 2 or words[at].pause != 1 or (end < len(words) and not words[end].pause):
            return False
        young = words[at - 1].text in self.child_words | self.own_young
        if words[at - 1].pause or not young:
            return False
        near = [words[at - 2].text]
        if at > 2 and not words[at - 2].pause:
            near.append(words[at - 3].text)
        return not self.own.isdisjoint(near)
