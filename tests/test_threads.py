from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.retention import sweep
from bot.store import Store, Transaction, sqlite
from dialogs.messages import Thread
from tests.shell import MONDAY, open_store

REFERENCE = "K7Q2-M4XP"
FRIDAY = date(2026, 11, 27)
LATER = MONDAY + timedelta(days=10)
MUCH_LATER = LATER.date()


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Transaction]:
    connection = sqlite.connect(tmp_path / "bot.db")
    yield Transaction(connection)
    connection.close()


def add(tx: Transaction, reference: str = REFERENCE, kind: str = "concern") -> None:
    tx.add_concern(reference, "console:anna", kind, ("office",), "en", FRIDAY, MONDAY)


def letter(tx: Transaction, part: str = "", reference: str = REFERENCE) -> None:
    tx.queue_letter(
        reference, "office", "console:anna", "en", "bot@school.example", "office@school.example",
        f"<{reference}{part}@school.example>", "words", MONDAY, part,
    )  # fmt: skip


# --- threads ---


def test_a_conversation_sees_its_own_threads_newest_first(tx: Transaction) -> None:
    add(tx)
    add(tx, "AAAA-AAAA", "thanks")
    tx.add_concern("BBBB-BBBB", "console:bob", "concern", ("office",), "en", FRIDAY, MONDAY)

    tx.note_answered(REFERENCE, LATER)
    tx.note_settled(REFERENCE, "sorted", LATER)

    assert tx.threads("console:anna", MONDAY - timedelta(days=1)) == (
        Thread(REFERENCE, "concern", answered=True, sorted=True),
        Thread("AAAA-AAAA", "thanks"),
    )


def test_a_thread_knows_who_has_it_by_now(tx: Transaction) -> None:
    add(tx)

    tx.note_added(REFERENCE, ("head", "safeguarding"), FRIDAY, LATER)

    (thread,) = tx.threads("console:anna", MONDAY)
    assert thread.roles == ("head", "safeguarding")


def test_a_thread_in_which_nobody_writes_any_more_is_not_shown(tx: Transaction) -> None:
    add(tx)

    assert tx.threads("console:anna", MONDAY) == ()


@pytest.mark.parametrize("wrote", ["note_answered", "note_added"])
def test_a_thread_is_not_sorted_any_more_when_somebody_writes(wrote: str, tx: Transaction) -> None:
    add(tx)
    tx.note_settled(REFERENCE, "sorted", MONDAY)

    getattr(tx, wrote)(REFERENCE, *([("office",), FRIDAY] if wrote == "note_added" else []), LATER)

    found = tx.thread(REFERENCE)
    assert found
    assert (found.settled, found.last_at) == ("", LATER)


def test_a_forgotten_thread_has_no_conversation(tx: Transaction) -> None:
    add(tx)

    tx.forget("console:anna", "forgotten:1")

    found = tx.thread(REFERENCE)
    assert found
    assert found.conversation == ""
    assert tx.thread("NONE-0000") is None


def test_what_was_added_today_is_counted_once_however_many_receive_it(tx: Transaction) -> None:
    add(tx)
    letter(tx)
    letter(tx, "CCCC-CCCC")
    letter(tx, "CCCC-CCCC")
    letter(tx, "+reminder")

    assert tx.added_since("console:anna", MONDAY) == 1
    assert tx.added_since("console:anna", LATER) == 0
    assert [one.role for one in tx.letters_to(REFERENCE)] == ["office"]


# --- overdue ---


def add_delivered(tx: Transaction, kind: str = "concern") -> None:
    add(tx, kind=kind)
    letter(tx)
    tx.mark_sent(f"letter/{REFERENCE}/office", MONDAY)


def references(tx: Transaction, today: date = MUCH_LATER) -> list[str]:
    return [thread.reference for thread in tx.overdue(today)]


def test_a_concern_is_overdue_the_day_after_the_promised_one(tx: Transaction) -> None:
    add_delivered(tx)

    assert references(tx, FRIDAY) == []
    assert references(tx, FRIDAY + timedelta(days=1)) == [REFERENCE]


@pytest.mark.parametrize(
    "then",
    [
        pytest.param(lambda tx: tx.note_answered(REFERENCE, LATER), id="answered"),
        pytest.param(lambda tx: tx.note_settled(REFERENCE, "sorted", LATER), id="sorted"),
        pytest.param(lambda tx: tx.note_reminded(REFERENCE, 2), id="reminded twice"),
        pytest.param(lambda tx: tx.forget("console:anna", "forgotten:1"), id="forgotten"),
        pytest.param(
            lambda tx: tx.note_added(REFERENCE, ("office",), date(2026, 12, 9), LATER),
            id="added to",
        ),
    ],
)
def test_nobody_is_reminded_of_what_needs_no_answer(
    then: Callable[[Transaction], None], tx: Transaction
) -> None:
    add_delivered(tx)

    then(tx)

    assert references(tx) == []


def test_thanks_need_no_answer(tx: Transaction) -> None:
    add_delivered(tx, kind="thanks")

    assert references(tx) == []


def test_a_thread_that_went_on_waits_again(tx: Transaction) -> None:
    add_delivered(tx)
    tx.note_answered(REFERENCE, LATER)
    tx.note_reminded(REFERENCE, 2)

    tx.note_added(REFERENCE, ("office",), FRIDAY, LATER + timedelta(minutes=1))

    assert references(tx) == [REFERENCE]


def test_what_never_reached_school_is_not_overdue(tx: Transaction) -> None:
    add(tx)
    letter(tx)

    assert references(tx) == []


def test_what_was_answered_is_known_by_its_order_whatever_the_clock_says(tx: Transaction) -> None:
    add_delivered(tx)

    tx.note_answered(REFERENCE, MONDAY - timedelta(days=1))
    assert references(tx) == []

    tx.note_added(REFERENCE, ("office",), FRIDAY, MONDAY - timedelta(days=2))
    assert references(tx) == [REFERENCE]

    tx.note_answered(REFERENCE, MONDAY - timedelta(days=2))
    assert references(tx) == []


# --- what came in ---


def test_a_mail_is_kept_once_byte_for_byte(tx: Transaction) -> None:
    raw = b"\x00\xff mail \r\n"
    tx.receive("1", raw, "held", "unsure", REFERENCE, MONDAY)
    tx.receive("1", b"other", "relayed", "", REFERENCE, LATER)

    (row,) = tx.inbound_rows()
    assert (row.verdict, row.reason, row.reference, row.received) == (
        "held", "unsure", REFERENCE, MONDAY,
    )  # fmt: skip
    assert tx.inbound_raw("1") == raw
    assert tx.inbound_raw("2") == b""
    assert (tx.was_received("1"), tx.was_received("2")) == (True, False)


def test_a_mail_is_released_once(tx: Transaction) -> None:
    tx.receive("1", b"mail", "quarantined", "sender", REFERENCE, MONDAY)
    assert tx.inbound_counts() == {"quarantined": 1}

    assert [tx.release_inbound("1", LATER) for _ in range(2)] == [True, False]
    assert tx.inbound_counts() == {}


def test_a_mailbox_is_never_read_less_far_than_before_unless_it_was_made_anew(
    tx: Transaction,
) -> None:
    assert tx.position("here") == (0, 0)
    for uidvalidity, uid in ((1, 5), (1, 4)):
        tx.note_position("here", uidvalidity, uid)
    assert tx.position("here") == (1, 5)

    tx.note_position("here", 2, 1)

    assert tx.position("here") == (2, 1)
    assert tx.position("there") == (0, 0)


async def test_mails_are_wiped_ninety_days_after_the_last_message_of_their_thread(
    tmp_path: Path,
) -> None:
    store = open_store(tmp_path)

    def work(tx: Transaction) -> None:
        add(tx)
        tx.receive("1", b"canary", "relayed", "", REFERENCE, MONDAY)
        tx.receive("2", b"canary", "quarantined", "no_token", "", MONDAY)
        tx.note_settled(REFERENCE, "sorted", MONDAY + timedelta(days=50))

    await store.turn(work)

    assert await kept(store, 89) == (True, True)
    assert await kept(store, 91) == (True, False)
    assert await kept(store, 141) == (False, False)
    assert len(await store.turn(lambda tx: tx.inbound_rows())) == 2
    store.close()


async def kept(store: Store, days: int) -> tuple[bool, bool]:
    await sweep(store, MONDAY + timedelta(days=days))
    first, second = await store.turn(lambda tx: (tx.inbound_raw("1"), tx.inbound_raw("2")))
    return bool(first), bool(second)


def test_whoever_is_forgotten_is_forgotten_with_the_answers(tx: Transaction) -> None:
    add(tx)
    tx.receive("1", b"mail", "relayed", "", REFERENCE, MONDAY)
    tx.queue_answer(REFERENCE, "1", "console:anna", "en", "words", MONDAY)

    tx.forget("console:anna", "forgotten:1")

    assert tx.inbound_raw("1") == b""
    assert tx.outbox_rows(MONDAY, "answer") == []
