from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bot.health import problems

NOW = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Letter:
    state: str
    age: timedelta
    last_error: str = ""
    id: str = "letter/K7Q2-M4XP/office"

    @property
    def created(self) -> datetime:
        return NOW - self.age


@pytest.mark.parametrize(
    ("letter", "count"),
    [
        pytest.param(Letter("queued", timedelta(minutes=14)), 0, id="waits for a little while"),
        pytest.param(Letter("queued", timedelta(minutes=15)), 1, id="waits too long"),
        pytest.param(Letter("leased", timedelta(hours=2)), 1, id="is being sent for hours"),
        pytest.param(Letter("sent", timedelta(days=3)), 0, id="was sent long ago"),
        pytest.param(Letter("parked", timedelta(0)), 1, id="was refused just now"),
    ],
)
def test_a_letter_that_does_not_get_through_is_a_problem(letter: Letter, count: int) -> None:
    assert len(problems([letter], NOW)) == count


def test_the_problem_names_the_letter_and_why() -> None:
    letter = Letter("parked", timedelta(0), "MailRefused: the mail server refused it (550)")

    (problem,) = problems([letter], NOW)

    assert "K7Q2-M4XP" in problem
    assert "(550)" in problem


def test_the_same_trouble_is_said_in_the_same_words_a_minute_later() -> None:
    letter = Letter("queued", timedelta(hours=1))

    assert problems([letter], NOW) == problems([letter], NOW + timedelta(minutes=1))
