"""Nobody is written to at night, on any night of the year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from dialogs.nights import after_the_night, is_night, morning_after

LONDON = ZoneInfo("Europe/London")


def hours_of_a_year() -> Iterator[datetime]:
    """Every hour that there is from one summer to the next, 23 on one day and 25 on another."""
    moment = datetime(2026, 7, 22, tzinfo=UTC)
    while moment < datetime(2027, 7, 23, tzinfo=UTC):
        yield moment.astimezone(LONDON)
        moment += timedelta(hours=1)


@pytest.mark.parametrize(
    ("at", "night"),
    [("07:29", True), ("07:30", False), ("20:59", False), ("21:00", True), ("00:00", True)],
)
def test_the_night_is_from_nine_to_half_past_seven(at: str, night: bool) -> None:
    assert is_night(datetime.combine(date(2026, 11, 24), time.fromisoformat(at), LONDON)) is night


@pytest.mark.parametrize(
    ("moment", "morning"),
    [
        ("2026-11-24T21:00", "2026-11-25T07:30+00:00"),
        ("2026-11-25T03:00", "2026-11-25T07:30+00:00"),
        ("2026-10-24T23:00", "2026-10-25T07:30+00:00"),
        ("2027-03-27T23:00", "2027-03-28T07:30+01:00"),
    ],
    ids=["evening", "small hours", "clocks back", "clocks forward"],
)
def test_what_comes_due_at_night_waits_for_the_morning(moment: str, morning: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=LONDON)

    assert morning_after(at).isoformat(timespec="minutes") == morning


def test_on_every_hour_of_a_year_a_reminder_comes_by_day_at_the_time_that_was_picked() -> None:
    picked = (time(7, 30), time(8), time(12, 30), time(18), time(20, 59))
    lengths = set()
    for now in hours_of_a_year():
        for at in picked:
            due = after_the_night(now, at)

            back = due.astimezone(UTC).astimezone(LONDON)
            assert back.time() == at, "the clocks of the night change nothing"
            assert not is_night(back)
            assert now.date() <= due.date() <= now.date() + timedelta(days=1)
            wait = due.astimezone(UTC) - now.astimezone(UTC)
            assert timedelta(hours=2) <= wait <= timedelta(hours=41)
            lengths.add(wait)
    assert len(lengths) > 40, "also nights of 23 and 25 hours"


def test_on_every_hour_of_a_year_a_night_ends_by_day_and_soon() -> None:
    for now in hours_of_a_year():
        if is_night(now):
            morning = morning_after(now)

            assert not is_night(morning.astimezone(UTC).astimezone(LONDON))
            wait = morning.astimezone(UTC) - now.astimezone(UTC)
            assert timedelta() < wait <= timedelta(hours=11, minutes=30)


@pytest.mark.parametrize("at", [time(7, 29), time(21), time(3), time(0)])
def test_a_reminder_at_night_is_refused(at: time) -> None:
    with pytest.raises(ValueError, match="night"):
        after_the_night(datetime(2026, 11, 24, 12, tzinfo=LONDON), at)
