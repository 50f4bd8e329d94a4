"""How hard a text is to read: sentences, words, and the school year it asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from string import Template

import pyphen

# A telephone number, link, address or placeholder is taken in at a glance: one short word.
_GLANCE = re.compile(
    r"https?://\S*[^\s.,;:?!)]|[^\s@]+@[^\s@]+\.\w+|\+?[0-9](?:[0-9 ()-]*[0-9])?(?::[0-9]{2})?",
    re.I,
)
_CONTACT = re.compile(r"\$\w*(?:phone|link|email|text)\b|https?://|@|[0-9]{3}", re.I)
_ENDS = re.compile(r"[.?!…]+[\"'’”)\]]*(?=\s|$)")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_BULLET = re.compile(r"^\s*[-•*–]\s+")
_VOWELS = re.compile(r"[aeiouy]+")
# An e that is not heard: home, homes, hoped, something; but table, changes, wanted.
_SILENT = re.compile(
    r"(?<=[^aeiouy])(?<![^aeiouy]l)e$"
    r"|(?<=[^aeiouysxzcg])(?<!ch|sh|[^aeiouy]l)es$"
    r"|(?<=[^aeiouytd])ed$"
    r"|(?<=^som|^saf|^car|^lik|^hom|^tim)e(?=[^aeiourdnsl])"
    r"|(?<=^ev)e(?=ry)"
)
# Two vowels that are said one after the other: media, idea, video.
_APART = re.compile(r"(?<=[^ct])ia|(?<=[aeiou][^aeiouy])e[ao]s?$")


MOST_WORDS_OF_A_SIGNPOST = 10


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured. `grade` is Flesch and Kincaid's, in American school years."""

    sentences: tuple[str, ...]
    words: int
    longest: int
    grade: float

    @property
    def mean(self) -> float:
        return self.words / len(self.sentences) if self.sentences else 0.0


def measure(text: str) -> Reading:
    """Measure an English text. Placeholders, numbers and links count as one short word each."""
    found = sentences(text)
    counts = [len(_WORD.findall(sentence)) for sentence in found]
    words = sum(counts)
    if not words:
        return Reading(found, 0, 0, 0.0)
    heard = sum(syllables(word) for sentence in found for word in _WORD.findall(sentence))
    grade = 0.39 * words / len(found) + 11.8 * heard / words - 15.59
    return Reading(found, words, max(counts), round(grade, 1))


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text. A line is a sentence too, unless the next one carries it on."""
    joined = re.sub(r"(?<![.?!…:\n])\n(?=[a-z])", " ", _at_a_glance(text))
    found = []
    for line in joined.split("\n"):
        found += [part.strip() for part in _ENDS.split(_BULLET.sub("", line))]
    return tuple(part for part in found if _WORD.search(part))


def is_a_signpost(line: str) -> bool:
    """Whether a line only says where to turn: a list item, or a name with a number or link."""
    if _BULLET.match(line):
        return True
    short = len(_WORD.findall(_at_a_glance(line))) <= MOST_WORDS_OF_A_SIGNPOST
    return short and bool(_CONTACT.search(line)) and not _ENDS.search(line)


def syllables(word: str) -> int:
    """How many syllables an English word has.

    A hyphenation dictionary alone leaves out many (it never cuts off a single letter), and vowels
    alone miss others (`idea`); the larger of the two counts is the nearer.
    """
    return _syllables(word.casefold().replace("’", "'"))


@cache
def _syllables(word: str) -> int:
    if "-" in word:
        return sum(_syllables(part) for part in word.split("-"))
    letters = word.replace("'", "")
    vowels = len(_VOWELS.findall(_SILENT.sub("", letters))) + len(_APART.findall(letters))
    return max(1, vowels, len(_dictionary().positions(letters)) + 1)


@cache
def _dictionary() -> pyphen.Pyphen:
    return pyphen.Pyphen(lang="en_GB")


def _at_a_glance(text: str) -> str:
    return _GLANCE.sub("it", Template.pattern.sub("it", text))
