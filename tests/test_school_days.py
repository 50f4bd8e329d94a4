from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from dialogs import school_days
from dialogs.school_days import (
    Calendar,
    bank_holidays,
    is_known,
    is_open,
    is_school_day,
    promise,
)

LONDON = ZoneInfo("Europe/London")
HALF_TERM = frozenset(date(2026, 10, 26) + timedelta(days=n) for n in range(5))
CALENDAR = Calendar(
    terms=(
        (date(2026, 9, 3), date(2026, 12, 18)),
        (date(2027, 1, 4), date(2027, 3, 25)),
        (date(2027, 4, 12), date(2027, 7, 21)),
    ),
    closed=HALF_TERM | {date(2026, 11, 27)},
    opens=time(8, 30),
    closes=time(16, 0),
    answer_within=5,
)


@pytest.mark.parametrize(
    ("now", "by"),
    [
        pytest.param("2026-09-14 10:00", "2026-09-21", id="a Monday in term"),
        pytest.param("2026-09-14 07:00", "2026-09-21", id="before the office opens counts today"),
        pytest.param("2026-09-14 15:59", "2026-09-21", id="one minute before closing"),
        pytest.param("2026-09-14 16:00", "2026-09-22", id="at closing counts from tomorrow"),
        pytest.param("2026-09-15 22:40", "2026-09-23", id="late on a Tuesday"),
        pytest.param("2026-09-18 17:05", "2026-09-28", id="Friday evening counts from Monday"),
        pytest.param("2026-09-19 01:30", "2026-09-28", id="Saturday night counts from Monday"),
        pytest.param("2026-09-20 23:59", "2026-09-28", id="Sunday"),
        pytest.param("2026-10-22 12:00", "2026-11-05", id="over half-term"),
        pytest.param("2026-10-23 18:00", "2026-11-09", id="last evening before half-term"),
        pytest.param("2026-10-27 12:00", "2026-11-09", id="in half-term"),
        pytest.param("2026-11-23 12:00", "2026-12-01", id="an INSET day is not counted"),
        pytest.param("2026-12-17 12:00", "2027-01-07", id="over Christmas"),
        pytest.param("2026-12-25 12:00", "2027-01-11", id="on Christmas day"),
        pytest.param("2027-03-24 12:00", "2027-04-15", id="over Easter"),
        pytest.param("2027-04-29 12:00", "2027-05-07", id="the May bank holiday is not counted"),
        pytest.param("2026-10-25 01:30", "2026-11-09", id="the hour that comes twice in autumn"),
        pytest.param("2027-03-28 03:30", "2027-04-19", id="the night an hour is lost in spring"),
        pytest.param("2026-08-10 12:00", "2026-09-10", id="before the first term it knows"),
        pytest.param("2027-07-20 12:00", "2027-09-06", id="past the last term: weekdays"),
        pytest.param("2027-07-21 12:00", "2027-09-07", id="past the last term: not in its July"),
        pytest.param("2027-07-28 12:00", "2027-09-08", id="past the last term: never in August"),
        pytest.param("2028-07-19 12:00", "2028-07-26", id="a July that nothing is known of"),
    ],
)
def test_the_promised_day_counts_school_days(now: str, by: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=LONDON)

    assert promise(moment, CALENDAR) == date.fromisoformat(by)


def test_both_readings_of_the_repeated_hour_promise_the_same_day() -> None:
    first = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=0)
    second = first.replace(fold=1)

    assert promise(first, CALENDAR) == promise(second, CALENDAR)


def test_a_promise_past_the_last_term_is_known_to_be_a_guess() -> None:
    assert is_known(date(2027, 7, 21), CALENDAR)
    assert not is_known(date(2027, 7, 22), CALENDAR)
    assert not is_known(date(2026, 9, 14), Calendar())


def test_without_term_dates_weekdays_are_counted() -> None:
    monday = datetime(2026, 12, 21, 12, tzinfo=LONDON)

    assert promise(monday, Calendar(answer_within=5)) == date(2026, 12, 30)


def test_a_promise_is_never_a_day_off_nor_in_the_past() -> None:
    for hours in range(0, 330 * 24, 7):
        now = datetime(2026, 9, 1, tzinfo=LONDON) + timedelta(hours=hours)

        by = promise(now, CALENDAR)

        assert by > now.date()
        assert is_school_day(by, CALENDAR)


def hours_of_the_school_year() -> Iterator[datetime]:
    """Every hour that there is from August to August: 23 on one day and 25 on another."""
    moment = datetime(2026, 8, 1, tzinfo=UTC)
    while moment < datetime(2027, 8, 1, tzinfo=UTC):
        yield moment.astimezone(LONDON)
        moment += timedelta(hours=1)


def test_on_every_hour_of_a_year_the_promise_is_that_many_school_days_away() -> None:
    before = date.min
    days: Counter[date] = Counter()
    for now in hours_of_the_school_year():
        by = promise(now, CALENDAR)

        assert is_school_day(by, CALENDAR)
        # Counted day by day, from the day after the one on which the office takes it in.
        taken = now.date()
        late = now.time() >= CALENDAR.closes
        while late or not is_school_day(taken, CALENDAR):
            taken, late = taken + timedelta(days=1), False
        between = (by - taken).days
        counted = [taken + timedelta(days=n) for n in range(1, between + 1)]
        assert sum(is_school_day(day, CALENDAR) for day in counted) == CALENDAR.answer_within
        assert by >= before, "who writes later is not promised an earlier day"
        before = by
        days[now.date()] += 1
    assert {days[date(2026, 10, 25)], days[date(2027, 3, 28)]} == {25, 23}
    assert sum(days.values()) == 365 * 24


def test_on_every_hour_of_a_year_the_office_is_open_on_school_days_only() -> None:
    open_hours = Counter(now.date() for now in hours_of_the_school_year() if is_open(now, CALENDAR))

    closed = HALF_TERM | {date(2026, 11, 27), date(2026, 12, 25), date(2027, 5, 3)}
    assert not closed & open_hours.keys()
    assert set(open_hours.values()) == {7}, "from nine to three, on the hour"
    in_term = [
        first + timedelta(days=n)
        for first, last in CALENDAR.terms
        for n in range((last - first).days + 1)
    ]
    assert {day for day in open_hours if day <= CALENDAR.ends} == {
        day
        for day in in_term
        if day.weekday() < 5 and day not in closed and day not in bank_holidays(day.year)
    }


def test_the_office_is_open_in_its_hours_on_school_days_only() -> None:
    assert is_open(datetime(2026, 9, 14, 8, 30, tzinfo=LONDON), CALENDAR)
    assert not is_open(datetime(2026, 9, 14, 8, 29, tzinfo=LONDON), CALENDAR)
    assert not is_open(datetime(2026, 9, 14, 16, 0, tzinfo=LONDON), CALENDAR)
    assert not is_open(datetime(2026, 10, 27, 12, 0, tzinfo=LONDON), CALENDAR)


def test_a_calendar_without_any_school_day_is_an_error_and_not_an_endless_search() -> None:
    with pytest.raises(ValueError, match="no school day"):
        promise(datetime(2026, 9, 14, tzinfo=LONDON), Calendar(weekdays=frozenset()))


def test_bank_holidays_are_those_of_england() -> None:
    assert date(2026, 8, 31) in bank_holidays(2026)
    assert date(2026, 8, 3) not in bank_holidays(2026)  # Scotland's
    assert date(2027, 3, 29) in bank_holidays(2027)  # Easter Monday: not in Scotland


def test_a_promise_made_before_is_not_worked_out_again() -> None:
    now = datetime(2026, 9, 14, 10, tzinfo=LONDON)
    promise(now, CALENDAR)

    counted = school_days._promise.cache_info()
    promise(now + timedelta(minutes=5), CALENDAR)

    assert school_days._promise.cache_info().misses == counted.misses
