from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.health import look, note_start, note_stopped, problems
from bot.store import Transaction
from tests.shell import open_store

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


async def test_a_channel_that_was_refused_is_a_problem_until_it_starts_again(
    tmp_path: Path,
) -> None:
    store = open_store(tmp_path)

    async def found() -> tuple[bool, dict[str, bool]]:
        health = await store.turn(lambda tx: look(tx, NOW))
        return health.is_well, dict(health.channels)

    assert await found() == (True, {}), "nothing ever ran"
    await store.turn(lambda tx: note_start(tx, ["telegram", "discord"]))
    assert await found() == (True, {"telegram": True, "discord": True})
    await store.turn(lambda tx: note_stopped(tx, "telegram", "the token was refused"))
    assert await found() == (False, {"telegram": False, "discord": True})
    await store.turn(lambda tx: note_start(tx, ["telegram"]))
    assert await found() == (True, {"telegram": True})
    store.close()


async def test_the_age_of_the_oldest_letter_that_waits_is_told(tmp_path: Path) -> None:
    store = open_store(tmp_path)

    def queue(tx: Transaction) -> None:
        for reference, age in (("AAAA-AAAA", 10), ("BBBB-BBBB", 5)):
            created = NOW - timedelta(minutes=age)
            tx.add_concern(reference, "c:a", "concern", ("office",), "en", None, created)
            tx.queue_letter(
                reference, "office", "c:a", "en", "b@s.example", "o@s.example", "<m>", "x", created
            )

    await store.turn(queue)

    health = await store.turn(lambda tx: look(tx, NOW))

    assert (health.is_well, health.oldest) == (True, 600)
    assert health.letters == {"waiting": 2, "sent": 0, "parked": 0}
    store.close()
