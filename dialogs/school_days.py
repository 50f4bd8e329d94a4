"""Which days the school works, and so by when it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

DAY = timedelta(days=1)
#: Far more than the longest holiday; a calendar with no school day in it must still end.
LOOKED_AHEAD = 400


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a school publishes: terms (first and last day, both worked), closed days, office hours.

    `closed` holds half-terms day by day, INSET days and anything else; bank holidays in England
    need not be in it. `weekdays` counts Monday as 0.
    """

    terms: tuple[tuple[date, date], ...] = ()
    closed: frozenset[date] = frozenset()
    opens: time = time(8, 30)
    closes: time = time(15, 30)
    weekdays: frozenset[int] = frozenset(range(5))
    answer_within: int = 5

    @property
    def ends(self) -> date:
        """The last day that the school's dates say anything about."""
        return max((last for _, last in self.terms), default=date.min)


def promise(now: datetime, calendar: Calendar) -> date:
    """The day by which the school answers what reaches it at `now` (in the school's own time).

    The day itself does not count; what comes after the office closed counts from the next school
    day. When the term dates run out, weekdays outside the summer are counted: see `is_known`.
    """
    late = now.time() >= calendar.closes
    return _promise(now.date(), late, calendar)


def after(day: date, days: int, calendar: Calendar) -> date:
    """The day that is so many school days after `day`."""
    for _ in range(days):
        day = _school_day_after(day, calendar)
    return day


def is_known(day: date, calendar: Calendar) -> bool:
    """Whether the school's own dates reach as far as `day`. If not, a promise is a guess."""
    return day <= calendar.ends


def is_school_day(day: date, calendar: Calendar) -> bool:
    """Whether someone is in school that day to read and answer."""
    if day.weekday() not in calendar.weekdays or day in calendar.closed:
        return False
    if is_known(day, calendar):
        return any(first <= day <= last for first, last in calendar.terms) and (
            day not in bank_holidays(day.year)
        )
    # Past the last term nothing is known; but no school in England is promised to sit in August,
    # nor in what is left of July when its last term ended in it.
    left_of_july = day.month == 7 and (day.year, 7) == (calendar.ends.year, calendar.ends.month)
    return day.month != 8 and not left_of_july and day not in bank_holidays(day.year)


def is_open(now: datetime, calendar: Calendar) -> bool:
    """Whether the office is staffed at `now`."""
    return calendar.opens <= now.time() < calendar.closes and is_school_day(now.date(), calendar)


@lru_cache(maxsize=64)
def _promise(day: date, late: bool, calendar: Calendar) -> date:
    if late or not is_school_day(day, calendar):
        day = _school_day_after(day, calendar)
    return after(day, calendar.answer_within, calendar)


def _school_day_after(day: date, calendar: Calendar) -> date:
    for ahead in range(1, LOOKED_AHEAD):
        if is_school_day(day + ahead * DAY, calendar):
            return day + ahead * DAY
    raise ValueError(f"no school day within {LOOKED_AHEAD} days of {day}")


@lru_cache(maxsize=16)
def bank_holidays(year: int) -> frozenset[date]:
    """Bank holidays in England. Loading the library takes a fifth of a second: only when needed."""
    from holidays.countries.united_kingdom import UnitedKingdom

    return frozenset(UnitedKingdom(subdiv="ENG", years=year))  # type: ignore[no-untyped-call] # the library has no types
