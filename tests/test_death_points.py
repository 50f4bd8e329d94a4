"""Death at every point of docs/reliability.md, over real SMTP, with a mailbox that is searched.

The truth is read from outside only: what the mail host took, and what the chats were told.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.mail import Patience
from bot.store.sqlite import MIGRATIONS, connect
from tests.crash import (
    LEASE,
    OFFICE,
    TYPED,
    Diary,
    Fate,
    Truth,
    World,
    born,
    ended,
    life,
    said,
    truth,
    was_refused,
    was_reminded,
)
from tests.mail_host import mail_host, mail_log
from tests.shell import MONDAY, concern_of, open_store

POINTS = (
    "update fetched, nothing stored",
    "turn committed, reply not sent",
    "summary shown, Send not pressed",
    "Send pressed, before commit",
    "concern and letter committed, reply not sent",
    "receipt sent, not noted",
    "letter claimed",
    "connected",
    "after RCPT",
    "inside DATA",
    "after the final dot, before the 250",
    "250 read, not committed",
    "committed, parent not told",
    "chat delivery committed, not sent",
    "chat delivery sent, not noted",
    "reminder due, half done",
    "erasure half done",
    "erasure committed, not scrubbed",
)
#: On the way in: reached only where the office answers.
INBOUND = ("inbound mail fetched, not stored", "inbound mail stored, not flagged")
#: Points outside of any transaction, where a process may be stopped and go on later.
STOPS = ("letter claimed", "connected", "after RCPT", "inside DATA", "250 read, not committed")

PARENTS = {"one parent": ("anna",), "two interleaved": ("anna", "bob")}


def private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@pytest.mark.parametrize("parents", PARENTS.values(), ids=PARENTS)
@pytest.mark.parametrize("point", POINTS)
def test_a_death_at_any_point_loses_nothing_and_tells_no_lie(
    point: str, parents: tuple[str, ...], tmp_path: Path
) -> None:
    typed = (*TYPED, "/forget") if point.startswith("erasure") else TYPED
    for nth in range(1, len(parents) + 1):
        folder = private(tmp_path / str(nth))
        with mail_host(folder) as host:
            world = World(folder, host, parents, typed)

            died = life(world, Fate(point, nth))
            assert life(world) == 0

        seen = truth(world)
        assert died != 0, "the point was never reached"
        assert seen == Truth(concerns=2 * len(parents))
        assert typed != TYPED or was_reminded(world)


@pytest.mark.parametrize(
    ("point", "nth"),
    [
        *((point, 1) for point in (*INBOUND, *POINTS)),
        # The first that is told is a notice; by then it is an answer.
        *(("chat delivery committed, not sent", nth) for nth in (4, 5)),
        *(("chat delivery sent, not noted", nth) for nth in (4, 5)),
    ],
)
def test_a_death_with_an_answer_on_its_way_loses_no_answer_and_tells_none_twice(
    point: str, nth: int, tmp_path: Path
) -> None:
    typed = (*TYPED, "/forget") if point.startswith("erasure") else TYPED
    folder = private(tmp_path / "world")
    with mail_host(folder, answered=True) as host:
        world = World(folder, host, typed=typed, answered=True)

        died = life(world, Fate(point, nth))
        assert life(world) == 0

    assert died != 0, "the point was never reached"
    assert truth(world) == Truth(concerns=2)


@pytest.mark.parametrize("can_look", [True, False])
def test_where_nobody_can_look_a_lost_answer_makes_a_second_copy_that_says_so(
    can_look: bool, tmp_path: Path
) -> None:
    folder = private(tmp_path / "world")
    with mail_host(folder) as host:
        world = World(folder, host, can_look=can_look)
        died = life(world, Fate("after the final dot, before the 250"))
        assert life(world) == 0

    seen = truth(world)
    assert died == -signal.SIGKILL
    # Both letters of the story may have been on their way at that moment.
    assert (seen.second_copies > 0) is not can_look
    assert seen.second_copies <= seen.marked_copies
    assert replace(seen, second_copies=0, marked_copies=0) == Truth(concerns=2)


@pytest.mark.parametrize("point", STOPS)
def test_a_worker_that_sleeps_past_its_lease_makes_no_second_copy(
    point: str, tmp_path: Path
) -> None:
    folder = private(tmp_path / "world")
    # As with Postfix and five minutes: the server hangs up on the silent before their lease ends.
    with mail_host(folder, patience=LEASE.total_seconds() / 2) as host:
        world = World(folder, host)
        sleeper = born(world, Fate(point, stops=True))
        _, status = os.waitpid(sleeper, os.WUNTRACED)
        assert os.WIFSTOPPED(status), "the point was never reached"
        try:
            time.sleep(1.5 * LEASE.total_seconds())
            live_beside(world, sleeper)
        finally:
            os.kill(sleeper, signal.SIGCONT)
        assert ended(sleeper) == 0, (folder / "stderr").read_text()

    assert truth(world) == Truth(concerns=2)


def live_beside(world: World, sleeper: int) -> None:
    """A life while another process sleeps. One that fell asleep while it held the database turns
    over until it lets go of it: a program on a server that sleeps like that would lose its lock.
    """
    with closing(sqlite3.connect(world.folder / "bot.db", isolation_level=None, timeout=0)) as one:
        if not holds(one):
            os.kill(sleeper, signal.SIGCONT)
            while not holds(one):
                time.sleep(0.001)
            os.kill(sleeper, signal.SIGSTOP)
            _, status = os.waitpid(sleeper, os.WUNTRACED)
            assert os.WIFSTOPPED(status), "it lived on to its end"
        one.execute("ROLLBACK")
    assert life(world) == 0


def holds(database: sqlite3.Connection) -> bool:
    """Whether it could be had to write to, and now is."""
    with suppress(sqlite3.OperationalError):
        database.execute("BEGIN IMMEDIATE")
    return database.in_transaction


def test_two_workers_on_one_database_send_each_letter_once(tmp_path: Path) -> None:
    folder = private(tmp_path / "world")
    with mail_host(folder) as host:
        world = World(folder, host, ("anna", "bob"))
        life(replace(world, typed=TYPED[:1]))

        workers = [born(world, Fate()) for _ in range(2)]

        assert [ended(worker) for worker in workers] == [0, 0], (folder / "stderr").read_text()
    assert truth(world) == Truth(concerns=4)


@pytest.mark.parametrize("hours", [1, -1, 24, -24])
def test_a_clock_that_jumps_neither_loses_nor_doubles_nor_holds_up(
    hours: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.outgoing.CALM", LEASE)
    typed = tuple(line for line in TYPED if line != "remind me")  # that waits for its hour
    folder = private(tmp_path / "world")
    with mail_host(folder) as host:
        world = World(folder, host, ("anna", "bob"), typed)
        assert life(world, Fate("250 read, not committed", 2)) == 77

        assert life(replace(world, clock_off=timedelta(hours=hours))) == 0

    assert truth(world) == Truth(concerns=4)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({"to_mail": ["421 4.3.2 going down"] * 2}, id="421 at the sender"),
        pytest.param({"to_recipient": ["450 4.2.1 greylisted"] * 3}, id="450 three times"),
        pytest.param({"to_data": ["451 4.3.0 later", "452 4.3.1 full"]}, id="451, 452 after DATA"),
    ],
)
def test_a_mail_server_that_says_not_now_gets_each_letter_once(
    answers: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.retry.DELAYS", (timedelta(milliseconds=50),))
    folder = private(tmp_path / "world")
    with mail_host(folder, answers=answers) as host:
        world = World(folder, host)
        assert life(world) == 0

    assert truth(world) == Truth(concerns=2)


@pytest.mark.parametrize("answer", ["550 5.1.1 nobody", "554 5.7.1 not wanted"])
def test_a_letter_refused_for_good_is_told_and_holds_up_no_other(
    answer: str, tmp_path: Path
) -> None:
    where = "to_recipient" if answer.startswith("550") else "to_data"
    folder = private(tmp_path / "world")
    with mail_host(folder, answers={where: [answer]}) as host:
        world = World(folder, host)
        assert life(world) == 0

    assert len(mail_log(folder)) == 1
    assert sorted(set(said(world)) & {"delivered", "not_delivered"}) == [
        "delivered",
        "not_delivered",
    ]
    assert truth(world).false_receipts == truth(world).crossed == truth(world).second_copies == 0


def test_a_letter_taken_by_a_server_that_answers_too_late_is_found_and_not_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.retry.DELAYS", (timedelta(milliseconds=50),))
    monkeypatch.setattr("bot.retry.UNCERTAIN_FOR", timedelta(milliseconds=100))
    folder = private(tmp_path / "world")
    with mail_host(folder, dawdles=1) as host:
        world = World(folder, host, patience=Patience(connect=1, command=1, data=0.3))
        assert life(world) == 0

    assert truth(world) == Truth(concerns=2)


def test_a_disk_that_is_full_for_a_while_gives_no_receipt_and_recovers_by_itself(
    tmp_path: Path,
) -> None:
    folder = private(tmp_path / "world")
    with mail_host(folder) as host:
        world = World(folder, host, ("anna", "bob"), largest_file=160_000)
        assert life(world) == 0

    assert was_refused(world)
    assert truth(world) == Truth(concerns=4)


def test_a_database_that_another_holds_locked_gives_no_receipt_and_recovers_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.sqlite.BUSY", 0.05)
    # A quick life can be over before it meets the lock: then another one is lived.
    for attempt in range(6):
        folder = private(tmp_path / f"world-{attempt}")
        open_store(folder).close()
        with mail_host(folder) as host:
            world = World(folder, host, ("anna", "bob"))
            child = born(world, Fate())
            while not (folder / "told").exists():
                time.sleep(0.005)
            for _ in range(6):
                hold_locked(folder / "bot.db", 0.15)
            assert ended(child) == 0, (folder / "stderr").read_text()
        assert truth(world) == Truth(concerns=4)
        if was_refused(world):
            return
    pytest.fail("no life met the lock")


def hold_locked(database: Path, seconds: float) -> None:
    with closing(sqlite3.connect(database, isolation_level=None, timeout=5)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        other.execute("ROLLBACK")


def test_a_migration_that_dies_half_way_keeps_every_letter(tmp_path: Path) -> None:
    folder = private(tmp_path / "world")
    with mail_host(folder) as host:
        world = World(folder, host)
        born_before_the_migration(world)

        died = life(world, Fate("schema migration half done", 3))
        assert life(world) == 0

    assert died == 77
    assert truth(world) == Truth(concerns=2)


def born_before_the_migration(world: World) -> None:
    """A database of the first schema, with one letter that its parent was told is saved."""
    first = sorted(MIGRATIONS.glob("*.sql"))[:1]
    connection = connect(world.folder / "bot.db", first)
    concern = concern_of("anna-one", "K7Q2-M4XP")
    (letter,) = OFFICE.letters(concern, MONDAY)
    row = {
        "id": "letter/K7Q2-M4XP/office", "kind": "letter", "via": "mail",
        "conversation": "console:anna", "reference": "K7Q2-M4XP", "role": "office",
        "sender": letter.sender, "recipient": letter.recipient, "message_id": letter.message_id,
        "language": "en", "payload": letter.content.decode(), "created": 1, "due": 1, "tries": 0,
        "uncertain": 0, "lease_owner": "", "lease_until": 0, "last_error": "",
    }  # fmt: skip
    connection.execute(
        "INSERT INTO concern VALUES ('K7Q2-M4XP', 'console:anna', 'concern', 'office', 'en', '', 1)"
    )
    names = ", ".join(row)
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO outbox ({names}) VALUES ({marks})", [*row.values()])
    connection.execute("INSERT INTO session VALUES ('console:anna', '{}', 'en', 1)")
    connection.close()
    Diary(path=world.folder / "told").note("anna", "receipt", "sent K7Q2-M4XP")
    (world.folder / "acknowledged-anna").write_text(str(TYPED.index("send me-one") + 1))


def test_killed_at_random_again_and_again_it_still_tells_the_truth(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    chance = random.Random(os.environ.get("BYP_SEED", "1"))
    kills = int(os.environ.get("BYP_KILLS", "12"))
    killed = worlds = answers = 0
    total = Truth()
    while killed < kills:
        worlds += 1
        folder = private(tmp_path / str(worlds))
        answered = worlds % 2 == 0
        with mail_host(folder, answered=answered) as host:
            world = World(folder, host, ("anna", "bob"), answered=answered)
            answers += 4 * answered
            for _ in range(4):
                child = born(world, Fate())
                time.sleep(chance.uniform(0, 0.3))
                os.kill(child, signal.SIGKILL)
                killed += ended(child) == -signal.SIGKILL
            assert life(world) == 0
        total += truth(world)
    tell(
        f"kill -9 at random, over SMTP with a mailbox to look into: {killed} kills,"
        f" {total.concerns} concerns, {total.lost} lost, {total.false_receipts} false receipts,"
        f" {total.second_copies} second copies, {total.crossed} crossed; {answers} answers of the"
        f" office, {total.unanswered} lost, {total.answered_twice} told twice"
    )
    assert total == Truth(concerns=4 * worlds)
