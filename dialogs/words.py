"""A text as plain words: what parents type, in the spelling that our lists use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, product
from operator import contains
from typing import NamedTuple

from dialogs.letters import forms_of, masks_of, one_star, plain_letters, slips_of
from dialogs.shorthand import Row

# One flat character class: letters and digits, apostrophes, masks (f**k, tw@t), and the marks that
# ride on a letter (zalgo, joiners), so that a decorated word stays one word. No nested quantifier.
_RIDERS = (
    "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
)
_WORD = re.compile(rf"&|[\w'’‘ʼ`´*@$\u00ad\u200b-\u200d\u2060{_RIDERS}]+")
_SENTENCE_END = re.compile(r"[.!?…\n\r\u2028\u2029\U0001f000-\U0001faff]")
_LONGEST_RUDE = 12  #: letters of a word that is looked for letter by letter
_SIGNS = str.maketrans("013457@$", "oieastas")
_INNER_SIGN = re.compile(r"[A-Za-z]+[!#][A-Za-z!#]+")
#: What makes words bold or slanted, before and behind them. A line end stops it.
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|_{1,3})(?=\w)|(?<=[^\s*_])(\*{1,3}|_{1,3})(?![\w*])|\s")
_DROPPED = (("in", "ing"), ("a", "er"))  #: shoutin, teacha
_DOUBLES = re.compile(r"(.)\1+")


class Word(NamedTuple):
    """One word: `text` as our lists spell it, `raw` as typed in plain small letters.

    `start` and `end` are its place in the original text, in code points. A contraction becomes
    several words with one place. `pause` says what came before: 0 nothing, 1 a comma or a
    bracket, 2 the end of a sentence. A tuple, since one is made for each word of each text.
    """

    text: str
    raw: str
    start: int
    end: int
    pause: int
    capital: bool
    shouted: bool


def joined(words: Sequence[Word], at: int) -> bool:
    """Whether a word stands here, in the sentence of the one before."""
    return at < len(words) and words[at].pause < 2


def goes_on(words: Sequence[Word], at: int) -> bool:
    """Whether a word stands here, with nothing between it and the one before."""
    return at < len(words) and not words[at].pause


@dataclass(frozen=True, slots=True)
class Spelling:
    """How typed words become list words: txt-speak, contractions, stretched and slipped letters."""

    same: Mapping[str, tuple[str, ...]]
    joined: tuple[tuple[str, tuple[str, ...]], ...] = ()
    slips: Mapping[str, str] = field(default_factory=dict)
    squeezed: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    abbreviations: frozenset[str] = frozenset()
    rude: frozenset[str] = frozenset()
    masked: Mapping[str, str] = field(default_factory=dict)
    #: What one place of a phrase is in our spelling, once worked out: lists repeat their words.
    _places: dict[tuple[str, ...], Sequence[Row]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def compile(
        cls,
        same: Mapping[str, Iterable[str]],
        joined: Mapping[str, str],
        slips: Iterable[str],
        everyday: Iterable[str],
        abbreviations: Iterable[str],
        known: Iterable[str],
        rude: Iterable[str] = (),
    ) -> Spelling:
        """`same` maps the plain spelling to the ways it is typed. A word of `slips` is also
        understood with two neighbours swapped, one letter left out or one doubled, unless that is
        one of the `everyday` words. `known` are the words of our lists; the `rude` ones are also
        understood with letters starred out (k**b), spaced out, or typed as numbers and signs."""
        known = tuple(known)
        rude = frozenset(word for word in rude if len(word) > 3 and word.isalpha())
        typed = {
            form: tuple(plain.split())
            for plain, forms in same.items()
            for way in forms
            for form in (plain_letters(way),)
        }
        taken = {*typed, *everyday, *known}
        slipped = {slip: word for word in slips for slip in slips_of(word) if slip not in taken}
        squeezed = {
            _DOUBLES.sub(r"\1", word): word
            for word in sorted({*known, *typed})
            if len(word) > 5 and word.isalpha()
        }
        for word in everyday:
            squeezed.pop(_DOUBLES.sub(r"\1", word), None)
        return cls(
            typed,
            tuple((short, tuple(long.split())) for short, long in joined.items()),
            slipped,
            squeezed,
            frozenset((*known, *typed, *everyday)),
            frozenset(abbreviations),
            rude,
            {mask: word for word in sorted(rude, reverse=True) for mask in masks_of(word)},
        )

    def plain(self, typed: str) -> tuple[str, ...]:
        """The list words for one typed word, itself if we know no other spelling."""
        if (words := self.same.get(typed)) is not None:
            return words
        return (typed,) if typed in self.known else self._plain(plain_letters(typed))

    def _plain(self, raw: str) -> tuple[str, ...]:
        if (words := self.same.get(raw)) is not None:
            return words
        if not raw:
            return ()
        if "'" in raw:
            owner, raw = raw.removesuffix("'s"), raw.replace("'", "")
            if raw not in self.known and owner in self.known:
                return self._of(owner)  # the witch's party
        if raw in self.known:
            return self.same.get(raw, (raw,))
        for form in forms_of(raw):
            if form in self.same:
                return self.same[form]
            if form in self.known:
                return (form,)
            if form in self.slips:
                return self._of(self.slips[form])
        for dropped, whole in _DROPPED:
            if raw.endswith(dropped) and (word := raw.removesuffix(dropped) + whole) in self.known:
                return self._of(word)
        if (len(raw) > 3 or "*" in raw) and (rude := self._unmasked(raw)):
            return self._of(rude)
        if len(raw) > 5 and (known := self.squeezed.get(_DOUBLES.sub(r"\1", raw))):
            return self._of(known)
        return (raw,)

    def phrase(self, row: Row) -> Iterator[Row]:
        """A list's phrase in our spelling, once more for each contraction that parents type as one
        everyday word ("i will" as "ill")."""
        for places in product(*map(self._lengths, row)):
            spelt = tuple(chain.from_iterable(places))
            yield spelt
            if len(spelt) < 2:
                continue
            words = set().union(*spelt)
            for short, long in self.joined:
                if long[0] not in words:
                    continue
                for at in range(len(spelt) - len(long) + 1):
                    if long[0] in spelt[at] and all(map(contains, spelt[at:], long)):
                        yield (*spelt[:at], (short,), *spelt[at + len(long) :])

    def _lengths(self, place: tuple[str, ...]) -> Sequence[Row]:
        """The words of one place: those that stay one word together, each other one by itself."""
        if (known := self._places.get(place)) is None:
            known = self._places[place] = self._spelt(place)
        return known

    def _spelt(self, place: tuple[str, ...]) -> Sequence[Row]:
        plain = [self.plain(word) for word in place]
        if len(plain) == 1:
            return (tuple((word,) for word in plain[0]),)
        single = tuple(words[0] for words in plain if len(words) == 1)
        longer = [tuple((word,) for word in words) for words in plain if len(words) > 1]
        return [(single,), *longer] if single else longer

    def forget(self) -> None:
        """Let go of what was only kept for `phrase`: some megabytes for the English rules."""
        self._places.clear()

    def words(self, text: str) -> list[Word]:
        """Every word of `text`, in one pass."""
        found: list[Word] = []
        before, end, single = "", 0, 0
        if "!" in text or "#" in text:
            text = _INNER_SIGN.sub(self._without_sign, text)
        if "*" in text or "_" in text:
            text = _without_emphasis(text)
        for match in _WORD.finditer(text):
            typed = match.group()
            emphasised = typed[0] in "*_" and typed[-1] == typed[0]
            letters = plain_letters(typed.strip("*_") if emphasised else typed)
            raw = letters.replace("'", "")
            if not raw:
                continue
            start = match.start()
            pause = _pause(text[end:start], before in self.abbreviations)
            if len(raw) > 1 or start - end > 1:
                if len(found) - single > 3:
                    self._join_spaced(found, single)
                single = len(found)
            end = match.end()
            before = raw
            capital = typed.lstrip("'’‘`´*@$_")[:1].isupper()
            shouted = capital and typed.isupper()
            for plain in self._plain(letters):
                found.append(Word(plain, raw, start, end, pause, capital, shouted))
                pause = 0
            if len(raw) > 1:
                single = len(found)
        if len(found) - single > 3:
            self._join_spaced(found, single)
        return found

    def _join_spaced(self, found: list[Word], start: int) -> None:
        """The single letters from `start` on: a rude word ("a t w a t") among them becomes one."""
        run = found[start:]
        del found[start:]
        typed = "".join(word.raw for word in run)
        at = 0
        while at < len(run):
            for size in range(min(_LONGEST_RUDE, len(run) - at), 3, -1):
                letters = typed[at : at + size]
                if letters in self.rude:
                    plain, end = self._of(letters)[0], run[at + size - 1].end
                    found.append(run[at]._replace(text=plain, raw=letters, end=end))
                    at += size
                    break
            else:
                found.append(run[at])
                at += 1

    def _without_sign(self, match: re.Match[str]) -> str:
        """b!tch and tw#t as a star-masked word of the same length, or as it was."""
        starred = match.group().replace("!", "*").replace("#", "*")
        return starred if one_star(plain_letters(starred)) in self.masked else match.group()

    def _unmasked(self, raw: str) -> str:
        """The rude word behind stars, numbers, signs or a "z" for an "s", or ""."""
        if not raw.isalpha():
            if raw in self.masked:
                return self.masked[raw]
            raw = raw.translate(_SIGNS)
            if raw in self.rude:
                return raw
        if raw.endswith("z") and (plural := raw[:-1] + "s") in self.rude:
            return plural
        return ""

    def _of(self, word: str) -> tuple[str, ...]:
        return self.same.get(word, (word,))


def _without_emphasis(text: str) -> str:
    """The same places, with spaces for the stars and lines that stand in pairs around several
    words. What stands alone is a mask: "f***", "*rse"."""
    letters = list(text)
    opened: dict[str, tuple[int, int]] = {}
    gaps = 0
    for match in _EMPHASIS.finditer(text):
        opens, closes = match.groups()
        if opens:
            opened[opens] = match.start(), gaps
        elif not closes:
            gaps += 1
            if match.group() == "\n":
                opened.clear()
        elif closes in opened:
            start, before = opened.pop(closes)
            if gaps > before:
                spaces = " " * len(closes)
                letters[start : start + len(closes)] = spaces
                letters[match.start() : match.end()] = spaces
    return "".join(letters)


def letters_only(text: str, spelling: Spelling) -> list[str]:
    """The words of a short text without their places; a full stop is a word of its own."""
    text = _SENTENCE_END.sub(" . ", text.lower()).translate(_SPACES)
    same, known = spelling.same, spelling.known
    found: list[str] = []
    for typed in text.split():
        if typed in same:
            found += same[typed]
        elif typed == "." or typed in known:
            found.append(typed)
        else:
            found += spelling.plain(typed)
    return found


_SPACES = str.maketrans(dict.fromkeys(',;:()[]{}"“”/\\-–—_=+<>|~#^%£', " ") | {"&": " and "})


def _pause(between: str, abbreviated: bool) -> int:
    if not between or between == " ":
        return 0
    if (match := _SENTENCE_END.search(between)) and not (abbreviated and match.group() == "."):
        return 2
    return 1 if any(c in ",;:()-–—" for c in between) else 0
