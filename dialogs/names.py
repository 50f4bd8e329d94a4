"""Names of people and of classes among the words of a draft."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dialogs.words import Word

#: What `Names.find` adds to the lists of the rules.
KINDS = (
    "title_and_surname",
    "role_and_class",
    "adult_name",
    "child_name",
    "name_and_class",
    "childs_family",
    "likely_name",
    "class_name",
    "past_form",
)

_CLASS = re.compile(r"(?:y|yr|year|class)[0-9]{1,2}[a-z]?|[0-9][a-z]s?|p[1-7][a-z]?")
_NO_SURNAME = ("ed", "ing", "ly", "s", "able", "ful", "ness", "ment", "tion")
_DOING = ("ed", "ing", "ly")  #: "son swallowed a 5p"
_NUMBER = re.compile(r"[0-9]{1,2}[a-z]?")
#: Kinds of names with a verb behind them, rather than a job or a class.
_WHO_DOES = frozenset(("title_and_surname", "role_and_class", "adult_name", "name_and_class"))
_AT_IT = ("been", "keeps", "kept", "always")
_CALLED = ("called", "named")
_THEIRS = ("his", "her", "their")
_INSIDE = ("in", "from")
_LATIN = ("us", "as", "is")
_SOUNDS_LIKE_A_THING = ("ing", "tion", "ness", "ment", "ity", "ship", "s", "ed", "ly", "our", "ful")

Places = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Names:
    """The lists that tell a name from any other word.

    A first name alone is no finding; with a surname or a class it points at one child, with a job
    at one grown-up. With a word that no list of the rules knows, it is a `likely_name`. Word-like
    names (`grace`, `brown`) count only with a capital. A word with one of the `surname_endings`
    behind a first name is a surname, unless it is `not_surnames`. A `past_form` ("cancelled",
    "charges" behind a name, "been opening") says what somebody did, and is no `kind_deeds`.
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
    not_children: frozenset[str]
    he_or_she: frozenset[str]
    second_names: frozenset[str]
    not_first_names: frozenset[str]
    not_before_names: frozenset[str]
    telling: frozenset[str]

    @classmethod
    def compile(cls, lists: Mapping[str, Sequence[str]]) -> Names:
        """Each list is named as in the field; words are small letters without apostrophes."""
        held = {
            name: frozenset(lists.get(name, ()))
            for name in cls.__slots__
            if name != "surname_endings"
        }
        return cls(**held, surname_endings=tuple(lists.get("surname_endings", ())))

    def find(
        self, words: Sequence[Word], harmless: Places, known: frozenset[str] = frozenset()
    ) -> dict[str, dict[int, int]]:
        """For each kind of name that occurs: where it starts, and the word after it. The `known`
        words are no surnames unless a list says so."""
        found: dict[str, dict[int, int]] = {}
        famous = {at for start, end in harmless.items() for at in range(start, end)}
        before = ""
        for at, word in enumerate(words):
            if at not in famous and self._may_start(word, before):
                for kind, end in self._at(words, at):
                    if end:
                        found.setdefault(kind, {})[at] = end
                        if kind in _WHO_DOES and self._is_doing(words, end):
                            found.setdefault("past_form", {})[end] = end + 1
                if word.capital and (end := self._rare_name_and_class(words, at, known)):
                    found.setdefault("name_and_class", {})[at] = end
                if self._likely_name(words, at, known) and at not in found.get("child_name", ()):
                    found.setdefault("likely_name", {})[at] = at + 2
                if word.capital and (end := self._rare_name_and_job(words, at, known)):
                    found.setdefault("adult_name", {})[at] = end
                if word.capital and self._is_rare_childs(words, at, known):
                    found.setdefault("childs_family", {})[at] = at + 2
            past = word.text.endswith("ed") and len(word.text) > 4
            if (past or self._is_at_it(word.text, before)) and word.text not in self.kind_deeds:
                found.setdefault("past_form", {})[at] = at + 1
            before = word.text
        return found

    def _may_start(self, word: Word, before: str) -> bool:
        """False of most words, and quick: nothing that we look for starts with them."""
        raw = word.raw
        return (
            word.capital
            or raw in self.child_names
            or raw in self.adult_names
            or raw in self.titles
            or raw in self.years
            or raw in self.classes
            or raw in self.class_names
            or _CLASS.fullmatch(raw) is not None
            or word.text in self.roles
            or word.text in self.jobs
            or (raw.endswith("s") and raw[:-1] in self.child_names)
            or before in _CALLED
            or before in self.child_words
        )

    def _is_doing(self, words: Sequence[Word], at: int) -> bool:
        """ "charges" in "Mrs Nutt charges for plasters": a word behind a name, and no kind deed."""
        if at >= len(words) or words[at].pause or words[at].capital:
            return False
        text = words[at].text
        if not text.isalpha() or not text.endswith("s") or text.endswith("ss") or len(text) < 4:
            return False
        return self.kind_deeds.isdisjoint(
            (text, f"{text[:-1]}ed", f"{text[:-1]}d", f"{text[:-2]}ed")
        )

    def _is_at_it(self, text: str, before: str) -> bool:
        """ "opening" in "has been opening their bags"."""
        if not text.endswith("ing") or len(text) < 6 or before not in _AT_IT:
            return False
        return self.kind_deeds.isdisjoint((f"{text[:-3]}ed", f"{text[:-3]}d", f"{text[:-4]}ed"))

    def _at(self, words: Sequence[Word], at: int) -> list[tuple[str, int]]:
        full, grown = self._full_name(words, at)
        class_ends = self._class(words, at)
        if full:
            in_class = 0 if grown else self._in_class(words, full)
        else:
            in_class = 0 if self._is_at_the_desk(words, at) else self._name_and_class(words, at)
        return [
            ("title_and_surname", self._title_and_surname(words, at)),
            ("role_and_class", self._role_and_class(words, at)),
            ("adult_name", full if grown else 0 if full else self._name_and_job(words, at)),
            ("child_name", 0 if grown else full),
            ("name_and_class", in_class),
            ("childs_family", self._childs_family(words, at)),
            ("class_name", class_ends),
        ]

    def _title_and_surname(self, words: Sequence[Word], at: int) -> int:
        if words[at].raw not in self.titles or not _joined(words, at + 1):
            return 0
        title, name = words[at], words[at + 1]
        hall = name.capital and title.capital and name.raw in self.surnames
        if not name.raw.isalpha() or (name.raw in self.not_surnames and not hall):
            return 0
        if len(name.raw) == 1 and name.raw in self.not_initials and not name.capital:
            return 0
        written = title.capital and name.capital and not name.shouted
        verb = title.raw == "miss" and at and words[at - 1].text in self.before_verb_miss
        verb = verb and not written
        return 0 if verb else at + 2

    def _class(self, words: Sequence[Word], at: int) -> int:
        """A class starts here: "year 4", "yr4", "reception", "oak class", "in Owls", "mrs brown's
        class"."""
        if at >= len(words):
            return 0
        raw = words[at].raw
        after = words[at + 1].raw if _joined(words, at + 1) else ""
        if raw in self.years and (_NUMBER.fullmatch(after) or after in self.numbers):
            return at + 2
        if _CLASS.fullmatch(raw) or raw in self.classes:
            return at + 1
        if after == "class" and (
            raw in self.class_names
            or (words[at].capital and at > 0 and words[at - 1].text in self.joining)
        ):
            return at + 2
        in_class = (
            words[at].capital and raw.endswith("s") and at > 0 and words[at - 1].text in _INSIDE
        )
        if in_class and raw in self.class_names:
            return at + 1
        end = self._title_and_surname(words, at)
        return end + 1 if end and end < len(words) and words[end].text == "class" else 0

    def _role_and_class(self, words: Sequence[Word], at: int) -> int:
        if (end := self._class(words, at)) and words[at].raw not in self.titles:
            for role in range(end, min(end + 2, len(words))):
                if words[role].pause:
                    break
                if words[role].text in self.roles:
                    return role + 1
            return 0
        text = words[at].text if at < len(words) else ""
        if text in self.roles and text not in self.plural_roles:
            joining = at + 1
            if joining < len(words) and words[joining].text in self.joining:
                return self._class(words, joining + 1)
        return 0

    def _full_name(self, words: Sequence[Word], at: int) -> tuple[int, bool]:
        if self._is_three_names(words, at):
            return (0, False) if self._is_own(words, at) else (at + 3, self._is_grown(words, at, 3))
        if not _joined(words, at + 1) or words[at + 1].pause:
            return 0, False
        first, last = words[at], words[at + 1]
        if not (first.raw.isalpha() and last.raw.isalpha()) or last.raw in self.not_surnames:
            return 0, False
        if at + 2 < len(words) and self._is_place(words[at + 2]):
            return 0, False
        capitals = first.capital and last.capital and not (first.shouted and last.shouted)
        known = first.raw in self.child_names or first.raw in self.adult_names
        surname = self._is_family_name(last)
        plain = not (first.raw in self.wordlike and last.raw in self.wordlike)
        before = words[at - 1].text if at and not first.pause else ""
        called = before in _CALLED
        double = first.raw in self.child_names and last.raw in self.child_names
        if known and not surname and double and self._in_class(words, at + 3):
            return at + 3, False
        if known and not surname and self._is_surname(words, at + 2):
            return (0, False) if self._is_own(words, at) else (at + 3, self._is_grown(words, at))
        named = (
            (called and (known or surname))
            or (known and capitals)
            or (known and surname and plain)
            or (known and first.raw not in self.wordlike and self._in_class(words, at + 2))
            or (capitals and self._in_class(words, at + 2) and first.raw not in self.not_surnames)
            or (capitals and self._is_rare_name(first, last))
            or (
                capitals and (called or before in self.child_words) and first.raw not in self.titles
            )
        )
        if not named or self._is_own(words, at):
            return 0, False
        return at + 2, self._is_grown(words, at)

    def _is_three_names(self, words: Sequence[Word], at: int) -> bool:
        """ "Ellie May Hext", "Harri Wyn Pugh"."""
        three = words[at : at + 3]
        if len(three) < 3 or three[2].pause:
            return False
        if three[1].pause and three[1].start - three[0].end > 1:
            return False  # "Evie-Rose Tanner" has no space there
        if not all(word.capital and word.raw.isalpha() and not word.shouted for word in three):
            return False
        first, second, last = three
        if last.raw in self.not_surnames or last.raw in self.places or len(last.raw) < 3:
            return False
        names = self.child_names | self.adult_names
        if (
            second.raw not in names | self.second_names
            or first.raw in self.not_surnames | self.titles | self.places
        ):
            return False
        return first.raw in names or (
            self._is_family_name(last) and first.raw not in self.surnames and bool(at)
        )

    def _likely_name(self, words: Sequence[Word], at: int, known: frozenset[str]) -> bool:
        """ "charlie vossbrink" in small letters."""
        if words[at].raw not in self.child_names or at + 1 >= len(words) or words[at + 1].pause:
            return False
        last = words[at + 1].raw
        return (
            words[at].raw not in self.wordlike | self.never_small
            and len(last) > 3
            and last.isalpha()
            and last not in known
            and last not in self.not_surnames
            and last not in self.places
            and not last.endswith(_NO_SURNAME)
            and not self._is_own(words, at)
        )

    def _is_family_name(self, word: Word) -> bool:
        raw = word.raw
        return (
            raw in self.surnames
            or raw.removesuffix("s") in self.surnames
            or (len(raw) > 5 and raw.removesuffix("s").endswith(self.surname_endings))
        )

    def _is_rare_name(self, first: Word, last: Word) -> bool:
        """ "Jorvik Pritchard": a first name that no list holds."""
        return (
            self._is_family_name(last)
            and last.raw not in self.wordlike
            and first.raw not in self.not_surnames | self.titles | self.places | self.surnames
            and first.raw not in self.not_first_names
            and not first.raw.endswith("ly")
            and not first.shouted
        )

    def _name_and_job(self, words: Sequence[Word], at: int) -> int:
        """ "Sue in the office", "karen on reception", "coach dave", "the ta sue", "Kelly the school
        business manager"."""
        first = words[at]
        if at + 1 == len(words):
            return 0
        if first.text in self.jobs and _joined(words, at + 1) and not words[at + 1].pause:
            name = words[at + 1]
            known = name.raw in self.adult_names or (name.raw in self.child_names and name.capital)
            if known and (name.capital or name.raw not in self.wordlike):
                return at + 2
        grown = first.raw in self.adult_names
        wordlike = first.raw in self.wordlike or first.raw in self.never_small
        if not grown and (wordlike or not first.capital or first.raw not in self.child_names):
            return 0
        if wordlike and not first.capital:
            return 0
        end, last = at + 1, min(at + 4, len(words))
        while end < last and not words[end].pause and words[end].raw in self.joining | {"the"}:
            end += 1
        if at + 1 < end < len(words) and not words[end].pause and not self._is_own(words, at):
            at_work = words[end].text
            if self._is_job(words[end]) or (
                at_work in self.job_places and (grown or at_work not in self.classes)
            ):
                return end + 1
            if words[end - 1].text == "the":
                for job in range(end + 1, min(end + 3, len(words))):
                    if words[job].pause:
                        break
                    if self._is_job(words[job]):
                        return job + 1
        return 0

    def _is_at_the_desk(self, words: Sequence[Word], at: int) -> bool:
        """ "Jan on reception" sits there; "Jan in reception" may be four years old."""
        on = at + 1 < len(words) and words[at + 1].text == "on"
        return on and words[at].raw in self.adult_names and bool(self._name_and_job(words, at))

    def _rare_name_and_job(self, words: Sequence[Word], at: int, known: frozenset[str]) -> int:
        """ "to Glenys in the office": a name that no list holds, inside a sentence."""
        first = words[at]
        if not at or first.pause == 2 or first.shouted or at + 3 >= len(words):
            return 0
        if first.raw in known or not first.raw.isalpha() or first.raw in self.not_surnames:
            return 0
        place, the, job = words[at + 1 : at + 4]
        if any(word.pause for word in (place, the, job)) or the.text != "the":
            return 0
        held = place.raw in self.joining and job.text in self.job_places
        return at + 4 if held and not self._is_own(words, at) else 0

    def _is_job(self, word: Word) -> bool:
        """Also "the cook's windows"."""
        return word.text in self.jobs or word.raw.removesuffix("s") in self.jobs

    def _childs_family(self, words: Sequence[Word], at: int) -> int:
        """ "Olivias mum"."""
        raw = words[at].raw
        if not raw.endswith("s") or not _joined(words, at + 1):
            return 0
        if raw[:-1] not in self.child_names or raw[:-1] in self.never_small or words[at + 1].pause:
            return 0
        return 0 if self._is_own(words, at) or words[at + 1].text not in self.family else at + 2

    def _is_rare_childs(self, words: Sequence[Word], at: int, known: frozenset[str]) -> bool:
        """ "Kyes mum": a name that no list holds, since no other word is written so."""
        raw = words[at].raw
        if len(raw) < 4 or not raw.isalpha() or not raw.endswith("s") or not _joined(words, at + 1):
            return False
        if words[at + 1].pause or words[at + 1].text not in self.family:
            return False
        if raw[:-1] not in self.adult_names and (raw in known or raw[:-1] in known):
            return False
        return raw not in self.not_surnames and not self._is_own(words, at)

    def _is_surname(self, words: Sequence[Word], at: int) -> bool:
        return _joined(words, at) and not words[at].pause and words[at].raw in self.surnames

    def _is_place(self, word: Word) -> bool:
        """ "Victoria Park Road" is no person."""
        return word.capital and not word.pause and word.raw in self.places

    def _name_and_class(self, words: Sequence[Word], at: int) -> int:
        first = words[at]
        known = first.raw in self.child_names and (
            first.capital or first.raw not in self.never_small
        )
        before = words[at - 1].text if at else ""
        new = first.raw.isalpha() and first.raw not in self.not_surnames
        new = new and not first.raw.endswith(_DOING)
        if not known and not (new and before in self.child_words):
            return 0
        if first.raw in self.joining | self.child_words or self._is_own(words, at):
            return 0
        if end := self._in_class(words, at + 1):
            return end
        if before in _CALLED and (known or first.capital):
            near = (*range(max(at - 7, 0), at), *range(at + 1, min(at + 8, len(words))))
            return at + 1 if any(self._class(words, one) for one in near) else 0
        initial = at + 1 < len(words) and len(words[at + 1].raw) == 1 and not words[at + 1].pause
        return self._in_class(words, at + 2) if initial else 0

    def _rare_name_and_class(self, words: Sequence[Word], at: int, known: frozenset[str]) -> int:
        """ "Ffion in Year 6": a name that no list holds, since no other word is written so. Where a
        sentence starts, only with a "he" or a "she" behind it."""
        first = words[at]
        if at + 2 >= len(words) or words[at + 1].pause == 2 or words[at + 1].text not in _INSIDE:
            return 0
        ending = first.raw.endswith(_SOUNDS_LIKE_A_THING) and not first.raw.endswith(_LATIN)
        thing = first.shouted or len(first.raw) < 3 or ending
        named = first.raw in self.child_names or first.raw in self.adult_names
        held = first.raw in known and not named
        if thing or held or not first.raw.isalpha() or first.raw in self.not_children:
            return 0
        if first.raw in self.not_surnames or self._is_own(words, at):
            return 0
        end = self._class(words, at + 2)
        if not end or words[at + 2].pause:
            return 0
        if at and first.pause < 2:
            return end if words[at - 1].text not in self.not_before_names else 0
        near = {word.text for word in words[end : end + 10]}
        return end if near & self.he_or_she else 0

    def _in_class(self, words: Sequence[Word], at: int) -> int:
        """The end of "in year 4", "from yr4", "(reception)" or plain "yr4", or 0."""
        last = min(at + 4, len(words))
        while at < last and words[at].pause < 2 and words[at].text in self.joining:
            at += 1
        if at >= len(words) or words[at].pause == 2:
            return 0
        inside = words[at].capital and words[at - 1].text in _INSIDE
        if inside and words[at].raw in self.class_names:
            return at + 1
        return self._class(words, at)

    def _is_own(self, words: Sequence[Word], at: int) -> bool:
        """ "My son Alfie Brown" is the parent's own to name."""
        for before in range(at, max(at - 3, 0), -1):
            if words[before].pause:
                return False
            if words[before - 1].text in self.telling:
                return False
            if words[before - 1].text in self.own:
                told = words[before - 1].text == "me" and before > 1
                return not told or words[before - 2].text not in self.telling
        return False

    def _is_grown(self, words: Sequence[Word], at: int, names: int = 2) -> bool:
        if self._in_class(words, at + names) and not self._role_and_class(words, at + names + 1):
            return False
        end = at + names
        if end < len(words) and words[end].text in self.family and words[end - 1].raw[-1] == "s":
            return False
        start = at
        while start > max(at - 2, 0) and not words[start].pause:
            start -= 1
        near = {
            words[one].text
            for one in range(start, min(at + 4 + names, len(words)))
            if (words[one].text not in self.family or words[one - 1].text not in _THEIRS)
            and words[one].raw + " lice" != " ".join(word.raw for word in words[one : one + 2])
        }
        if near & self.child_words:
            return False
        first = words[at].raw
        return bool(near & self.adult_words) or first not in self.child_names


def _joined(words: Sequence[Word], at: int) -> bool:
    return at < len(words) and words[at].pause < 2
