"""One language's screens and messages, ready to be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from string import Template


@dataclass(frozen=True, slots=True)
class Screen:
    """What one state says: its text, its choices in order, and other ways to type each choice."""

    state: str
    provenance: str
    text: str
    choices: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wording:
    """All texts of one language.

    School facts and signposts (`$school`, `$telephone`, …) were filled in when the content was
    loaded; what is left to fill in (`$reference`) differs from turn to turn.
    `direction` is `ltr` or `rtl`. `also` holds other ways to type what is on every screen (`stop`),
    and lists of words that are looked for.
    """

    language: str
    name: str
    direction: str
    reviewed_by: str | None
    screens: Mapping[str, Screen]
    messages: Mapping[str, str]
    letter: Mapping[str, str]
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def say(self, message: str, **values: str) -> str:
        """One message, with its values filled in. A value is never looked into for more."""
        return fill(self.messages[message], **values)

    def write(self, line: str, **values: str) -> str:
        """One line of the letter, with its values filled in."""
        return fill(self.letter[line], **values)

    def full_date(self, day: date) -> str:
        """A date in words, with the year, as the office files it."""
        return self.say("full_date", date=self.date(day), year=str(day.year))

    def date(self, day: date) -> str:
        """A date in words. Numbers stay in English digits in every language."""
        return self.say(
            "date",
            weekday=self.messages[f"weekday_{day.isoweekday()}"],
            day=str(day.day),
            month=self.messages[f"month_{day.month}"],
        )


def fill(text: str, **values: str) -> str:
    """`text` with each `$name` replaced; `str.format` would let edited text reach into objects."""
    return _ready(text) % values if "$" in text else text


@cache
def _ready(text: str) -> str:
    """`text` for `%`, made once: three times as quick as a Template for each turn."""
    return Template(text.replace("%", "%%")).substitute(_Marks())


class _Marks(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return f"%({name})s"
