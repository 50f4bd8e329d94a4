"""From what was typed to a button: labels, numbers, other words for them, small typos."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from dialogs.messages import Choice
from dialogs.text import plain

#: Navigation has the same numbers on every screen; choices have 1 to 5.
FIRST_NAVIGATION_NUMBER = 6

#: Below this, two labels are not alike (26 of 30 typed answers right, none wrong).
ALIKE = 86
#: A text that says so much more than a label does not mean it: "actually can you send it".
LONGER = 1.5
#: Longer texts are words, not buttons.
LABEL_CHARACTERS = 60
#: One slip in a shorter word could make another word of it.
SLIP_CHARACTERS = 4
#: Never on a guess: what cannot be taken back.
CAREFUL = frozenset({"send", "forget", "stop"})
#: Nor are these asked back about what is only somewhat alike: "send" is not "end".
BY_SLIP_ONLY = frozenset({"stop", "send"})


@dataclass(frozen=True, slots=True)
class Understood:
    """The choice that was meant. When not `sure`, ask back before doing it."""

    choice: str
    sure: bool = True


class Vocabulary:
    """How the choices of one screen can be typed."""

    def __init__(
        self,
        choices: Mapping[str, str],
        also: Mapping[str, Sequence[str]],
    ) -> None:
        self.choice_of: dict[str, str] = {}
        for choice, label in choices.items():
            self.choice_of.setdefault(plain(label), choice)
        for choice, typed in also.items():
            for one in typed:
                self.choice_of.setdefault(plain(one), choice)

    def exact(self, typed: str, offered: Iterable[str]) -> str:
        """The choice that `typed` (plain) names, or empty."""
        choice = self.choice_of.get(typed, "")
        return choice if choice in offered else ""


def numbered(typed: str, choices: Sequence[Choice], navigation: Sequence[Choice]) -> Choice | None:
    """The choice with the number that was typed, if it was a number on this screen."""
    if len(typed) != 1 or not typed.isdigit():
        return None
    number = int(typed) if typed.isdecimal() else 0
    if 1 <= number <= len(choices):
        return choices[number - 1]
    if 0 <= number - FIRST_NAVIGATION_NUMBER < len(navigation):
        return navigation[number - FIRST_NAVIGATION_NUMBER]
    return None


def nearly(
    typed: str, offered: Sequence[tuple[str, str]], *, slips_only: bool = False
) -> Understood | None:
    """The choice that `typed` (plain) is a slip of. `offered` pairs plain words with choices.

    One slip in a word is taken as meant; less alike, or grave, is asked back.
    """
    if not SLIP_CHARACTERS <= len(typed) <= LABEL_CHARACTERS or typed.isdigit():
        return None
    words = [
        word
        for word, choice in offered
        if choice not in BY_SLIP_ONLY and len(typed) < LONGER * len(word)
    ]
    slips = {choice for word, choice in offered if _is_slip(typed, word)}
    if len(slips) == 1:
        (choice,) = slips
        return Understood(choice, sure=choice not in CAREFUL)
    if slips_only:
        return None
    found = process.extract(typed, words, scorer=fuzz.WRatio, score_cutoff=ALIKE, limit=2)
    choice_of = dict(offered)
    best = {choice_of[word] for word, score, _ in found if score == found[0][1]}
    if len(slips) > 1 or len(best) != 1:
        return None
    return Understood(best.pop(), sure=False)


def _is_slip(typed: str, word: str) -> bool:
    """One letter too many, too few, wrong or changed about; the first letter is seldom wrong."""
    if len(word) < SLIP_CHARACTERS or typed[0] != word[0]:
        return False
    return OSA.distance(typed, word, score_cutoff=1) <= 1
