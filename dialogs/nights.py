"""When nobody is written to."""

from __future__ import annotations

from datetime import datetime, time, timedelta

#: Between these two, and never at night (content rule: not between 21:00 and 7:30).
EARLIEST, LATEST = time(7, 30), time(21, 0)

#: Until this hour the night is still going on: the morning that comes is the one meant.
NIGHT_ENDS = 5


def is_night(moment: datetime) -> bool:
    """Whether it is too late or too early to write to a parent. `moment` is the school's time."""
    return is_night_at(moment.time())


def is_night_at(at: time) -> bool:
    return not EARLIEST <= at < LATEST


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
