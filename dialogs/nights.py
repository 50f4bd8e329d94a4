"""When nobody is written to, and a time of day as parents type it."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

#: Between these two, and never at night (content rule: not between 21:00 and 7:30).
EARLIEST, LATEST = time(7, 30), time(21, 0)

#: Until this hour the night is still going on: the morning that comes is the one meant.
NIGHT_ENDS = 5

#: 7:45, 07.45, 1915, 8 am, 6.30pm. A bare "8" is a button.
_TYPED = re.compile(r"(\d{1,2})(?:[:. ]?(\d{2}))? ?(am|pm)?")


def is_night(moment: datetime) -> bool:
    """Whether it is too late or too early to write to a parent. `moment` is the school's time."""
    return not EARLIEST <= moment.time() < LATEST


def morning_after(moment: datetime) -> datetime:
    """The first moment from a night on at which a parent may be written to again."""
    day = moment.date() if moment.time() < EARLIEST else moment.date() + timedelta(days=1)
    return datetime.combine(day, EARLIEST, moment.tzinfo)


def after_the_night(now: datetime, at: time) -> datetime:
    """`at` on the day after the next night, by the school's clock: the clocks may change in it.

    Raises ValueError for a time that would come at night.
    """
    day = now.date() if now.hour < NIGHT_ENDS else now.date() + timedelta(days=1)
    due = datetime.combine(day, at, now.tzinfo)
    if is_night(due):
        raise ValueError(f"a reminder at {at} would come at night")
    return due


def read_time(words: str) -> time | None:
    """The time of day that these words say; None where they say none, or one at night."""
    found = _TYPED.fullmatch(words.strip().strip(".!").lower())
    if found is None or not (found[2] or found[3]):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    if hour > 23 or minute > 59:
        return None
    at = time(hour, minute)
    return at if EARLIEST <= at < LATEST else None
