"""A time of day as parents type it: 7.45, half past eight, 9am tomorrow."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from dialogs.nights import is_night_at

#: Far above what says a time of day; longer texts are something else.
_LONGEST = 60
_NUMBERS = re.compile(r"(\d{1,2})(?:[: ]?(\d{2}))?")
_BEHIND_A_NUMBER = re.compile(r"(?<=\d)(?=[^\W\d])")
_HOURS_AND_MINUTES = re.compile(r"(?<=\d)\.(?=\d)")
#: In front of the hour, and the minutes that they make.
_PARTS = (("half_past", 30), ("quarter_past", 15), ("quarter_to", -15))
#: "At three" and "half past six" are meant by day. 6.30 may be either, and is asked back.
_LAST_IN_THE_AFTERNOON = 6


@dataclass(frozen=True, slots=True)
class TimeWords:
    """How a language says a time of day, by the names that messages.yaml has under `also`."""

    words: Mapping[str, Sequence[str]]
    hours: Mapping[str, str]

    @classmethod
    def of(cls, also: Mapping[str, Sequence[str]]) -> TimeWords:
        """What a language does not say can be typed in numbers all the same."""
        names = ("am", "pm", "noon", "around", *(name for name, _ in _PARTS))
        words = {name: tuple(map(_plain, also.get(f"time_{name}", ()))) for name in names}
        hours = map(_plain, also.get("time_hours", ()))
        return cls(words, {word: str(hour) for hour, word in enumerate(hours, 1)})


def read_time(typed: str, said: TimeWords) -> time | None:
    """The time of day that is typed; None where it is none, or one at night. A single number alone
    is a button."""
    rest = [_plain(typed) if len(typed) <= _LONGEST else ""]

    def says(name: str) -> bool:
        before = rest[0]
        for phrase in sorted(said.words[name], key=len, reverse=True):
            rest[0] = " ".join(f" {rest[0]} ".replace(f" {phrase} ", " ").split())
        return rest[0] != before

    noon, pm, am = says("noon"), says("pm"), says("am")
    minutes = next((minutes for name, minutes in _PARTS if says(name)), None)
    around = says("around")
    if noon and rest[0] in ("", "12"):
        return time(12)
    word = said.hours.get(rest[0])
    numbers = _NUMBERS.fullmatch(word or rest[0])
    if numbers is None or noon or (am and pm) or (minutes is not None and numbers[2]):
        return None
    if int(numbers[2] or 0) > 59:
        return None
    if len(rest[0]) == 1 and not (word or am or pm or around or minutes is not None):
        return None
    hour = _hour(int(numbers[1]), am, pm, exact=numbers[2] is not None)
    return None if hour is None else _by_day(60 * hour + int(numbers[2] or minutes or 0))


def _hour(hour: int, am: bool, pm: bool, *, exact: bool) -> int | None:
    if am or pm:
        return hour % 12 + 12 * pm if 1 <= hour <= 12 else None
    afternoon = 1 <= hour <= _LAST_IN_THE_AFTERNOON and not exact
    return hour + 12 * afternoon


def _by_day(minutes: int) -> time | None:
    hour, minute = divmod(minutes, 60)
    if not 0 <= hour <= 23:
        return None
    at = time(hour, minute)
    return None if is_night_at(at) else at


def _plain(words: str) -> str:
    """Small letters and numbers; 7.45 and 7:45 are one."""
    words = unicodedata.normalize("NFKC", words).casefold()
    words = _HOURS_AND_MINUTES.sub(":", words)
    for sign in ".'’!?":
        words = words.replace(sign, "")
    return " ".join(_BEHIND_A_NUMBER.sub(" ", words.replace(",", " ")).split())
