from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.health import NAMED, PATIENCE, look, note_start, note_stopped, problems
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


def queue(tx: Transaction, count: int, age: timedelta) -> list[str]:
    """So many letters of that age; returns their ids."""
    created, ids = NOW - age, []
    for _ in range(count):
        n = tx._connection.execute("SELECT COUNT(*) FROM concern").fetchone()[0]
        reference = f"AAAA-{n:04}"
        tx.add_concern(reference, "c:a", "concern", ("office",), "en", None, created)
        tx.queue_letter(
            reference, "office", "c:a", "en", "b@s.example", "o@s.example", f"<{n}>", "x", created
        )
        ids.append(f"letter/{reference}/office")
    return ids


def refuse(tx: Transaction, id: str) -> None:
    tx.lease(id, "me", NOW, NOW + timedelta(minutes=5))
    tx.park(id, "me", NOW, "MailRefused: no")


async def test_each_state_is_counted_and_only_what_needs_a_person_is_named(tmp_path: Path) -> None:
    store = open_store(tmp_path)

    def work(tx: Transaction) -> None:
        arrived = queue(tx, 3, timedelta(days=2))
        for id in arrived:
            tx.mark_sent(id, NOW)
        for id in queue(tx, 2, timedelta(days=1)):
            refuse(tx, id)
        tx.settle("AAAA-0004", NOW)
        queue(tx, 1, PATIENCE)
        queue(tx, 1, PATIENCE - timedelta(seconds=1))

    await store.turn(work)

    health = await store.turn(lambda tx: look(tx, NOW))

    assert health.letters == {"waiting": 2, "sent": 3, "parked": 1}
    assert health.oldest == PATIENCE.total_seconds()
    assert [one.partition(" ")[0] for one in health.problems] == [
        "letter/AAAA-0003/office", "letter/AAAA-0005/office"
    ]  # fmt: skip
    store.close()


async def test_a_day_without_mail_is_told_in_a_few_sentences(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await store.turn(lambda tx: queue(tx, NAMED + 300, timedelta(days=1)))

    health = await store.turn(lambda tx: look(tx, NOW))

    assert health.letters["waiting"] == NAMED + 300
    assert len(health.problems) == NAMED + 1
    assert health.problems[-1] == f"And there are more than these {NAMED}."
    store.close()


@pytest.mark.sqlite
async def test_a_look_counts_what_has_arrived_and_reads_none_of_it(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    steps = [0]

    def count_steps() -> int:
        steps[0] += 1
        return 0

    def cost(tx: Transaction) -> int:
        steps[0] = 0
        tx._connection.set_progress_handler(count_steps, 1)
        look(tx, NOW)
        tx._connection.set_progress_handler(None, 1)
        return steps[0]

    def arrive(tx: Transaction) -> None:
        for id in queue(tx, 2000, timedelta(days=2)):
            tx.mark_sent(id, NOW)

    await store.turn(lambda tx: queue(tx, 5, timedelta(days=1)))
    few = await store.turn(cost)
    await store.turn(arrive)
    many = await store.turn(cost)

    # Four steps to count an entry of an index; a row that is read takes many more.
    assert many - few <= 4 * 2000
    store.close()
