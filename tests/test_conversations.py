from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.channels import Incoming, Unavailable
from bot.conversations import Conversations
from bot.effects import ReferenceUsed
from bot.office import Office
from bot.references import make_reference
from bot.retention import Keep, sweep
from bot.store import Store, StoreUnavailable
from dialogs.messages import Commanded
from tests.shell import MONDAY, Clock, TinyDialogue, held_in, open_store, wrote

OFFICE = Office(
    {"office": "office@oak.school.example", "safeguarding": "safe@oak.school.example"},
    "bot@oak.school.example",
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def conversations(store: Store, clock: Clock) -> Conversations:
    return Conversations(store, TinyDialogue(), OFFICE, clock, b"secret")


async def say(conversations: Conversations, incoming: Incoming) -> str:
    return "\n".join(reply.text for reply in await conversations.handle(incoming))


async def test_each_message_is_one_turn(conversations: Conversations) -> None:
    assert await say(conversations, wrote("a", "1")) == "turn 1, sent nothing"
    assert await say(conversations, wrote("b", "2")) == "turn 2, sent nothing"


async def test_a_message_that_comes_twice_is_taken_once_and_shown_again(
    conversations: Conversations, store: Store
) -> None:
    first = await say(conversations, wrote("send lunch", "1"))

    assert await say(conversations, wrote("send lunch", "1")) == first
    assert len(await store.outbox_rows()) == 1


async def test_the_same_message_from_two_parents_is_two_messages(
    conversations: Conversations,
) -> None:
    await say(conversations, wrote("a", "1", "anna"))
    await say(conversations, wrote("b", "2", "anna"))

    assert await say(conversations, wrote("a", "1", "bob")) == "turn 1, sent nothing"


async def test_two_copies_at_the_same_moment_are_one_turn(
    conversations: Conversations, store: Store
) -> None:
    replies = await asyncio.gather(
        *(say(conversations, wrote("send lunch", "1")) for _ in range(20))
    )

    assert len(set(replies)) == 1
    assert len(await store.outbox_rows()) == 1


async def test_a_conversation_goes_on_after_a_restart(tmp_path: Path, clock: Clock) -> None:
    store = open_store(tmp_path)
    await say(Conversations(store, TinyDialogue(), OFFICE, clock, b"s"), wrote("a", "1"))
    store.close()
    store = open_store(tmp_path)

    conversations = Conversations(store, TinyDialogue(), OFFICE, clock, b"s")

    assert await say(conversations, wrote("b", "2")) == "turn 2, sent nothing"
    store.close()


async def test_what_cannot_be_read_is_not_shown(conversations: Conversations, store: Store) -> None:
    store.close()

    with pytest.raises(Unavailable):
        await conversations.show("console", "7")


async def test_a_concern_and_its_letters_are_there_with_the_receipt(
    conversations: Conversations, store: Store
) -> None:
    said = await say(conversations, wrote("send it is unsafe at the gate", "1"))

    reference = said.rpartition(" ")[2]
    rows = await store.outbox_rows()
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", reference)
    assert [(row.reference, row.role, row.state) for row in rows] == [
        (reference, "office", "queued"),
        (reference, "safeguarding", "queued"),
    ]
    assert await store.turn(lambda tx: tx.counted("passed_on")) == 1


async def test_a_turn_that_raises_leaves_no_trace(
    conversations: Conversations, store: Store
) -> None:
    await say(conversations, wrote("a", "1"))

    with pytest.raises(LookupError, match="boom") as failure:
        await conversations.handle(wrote("boom", "2"))

    assert failure.value.__notes__ == ["while taking Wrote on console"]
    assert await say(conversations, wrote("b", "2")) == "turn 2, sent nothing"


async def test_a_letter_that_cannot_be_written_means_no_receipt(store: Store, clock: Clock) -> None:
    conversations = Conversations(store, TinyDialogue(), Office({}, "b@x.example"), clock, b"s")

    with pytest.raises(ValueError, match="no address"):
        await conversations.handle(wrote("send lunch", "1"))

    assert (
        await store.turn(lambda tx: tx._connection.execute("SELECT * FROM concern").fetchall())
        == []
    )
    assert await store.outbox_rows() == []


async def test_what_could_not_be_stored_is_said_to_be_tried_again(
    conversations: Conversations, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(work: object) -> None:
        raise StoreUnavailable("database or disk is full")

    monkeypatch.setattr(store, "turn", full)

    with pytest.raises(Unavailable):
        await conversations.handle(wrote("a", "1"))


@pytest.mark.parametrize(
    "saved",
    [
        "",
        "{",
        "null",
        "[]",
        '{"format":99}',
        '{"format":1}',
        '{"format":1,"trail":[],"findings":[],"later":1}',
    ],
)
async def test_a_session_that_cannot_be_read_starts_afresh(
    saved: str, conversations: Conversations, store: Store
) -> None:
    await store.turn(lambda tx: tx.save_session("console:anna", saved, "en", MONDAY))

    assert await say(conversations, wrote("a", "1")) == "turn 1, sent nothing"


@pytest.mark.parametrize("text", ["half \ud83d", "nul \x00", "\u2028", "x" * 100_000, "مدرسة 😀"])
async def test_any_text_can_be_stored(text: str, conversations: Conversations) -> None:
    await say(conversations, wrote(text, "1"))
    await say(conversations, replace(wrote("b", f"odd id {text[:20]}"), conversation=text[:20]))

    assert await say(conversations, wrote("b", "2")) == "turn 2, sent nothing"


# --- references ---


def test_a_reference_needs_the_secret() -> None:
    assert make_reference(b"one", "console:anna|1") == make_reference(b"one", "console:anna|1")
    assert make_reference(b"one", "console:anna|1") != make_reference(b"two", "console:anna|1")


def test_references_use_every_letter_that_cannot_be_misread() -> None:
    made = {make_reference(b"s", str(n)) for n in range(2000)}

    assert len(made) == 2000
    assert set("".join(made)) == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")


async def test_a_reference_that_is_in_use_is_passed_over(
    conversations: Conversations, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "bot.conversations.make_reference",
        lambda secret, identity: "AAAA-AAA" + str(identity.count("|")),
    )

    first = await say(conversations, wrote("send lunch", "1"))
    second = await say(conversations, wrote("send dinner", "1", "bob"))

    assert (first, second) == ("turn 1, sent AAAA-AAA1", "turn 1, sent AAAA-AAA2")
    assert len(await store.outbox_rows()) == 2


async def test_a_dialogue_that_uses_a_reference_twice_gives_no_false_receipt(
    store: Store, clock: Clock
) -> None:
    class Stuck(TinyDialogue):
        def take(self, session, event, given):  # type: ignore[no-untyped-def] # as its parent
            return super().take(session, event, replace(given, reference="AAAA-AAAA"))

    conversations = Conversations(store, Stuck(), OFFICE, clock, b"s")
    await say(conversations, wrote("send lunch", "1"))

    with pytest.raises(ReferenceUsed):
        await conversations.handle(wrote("send dinner", "2"))

    assert len(await store.outbox_rows()) == 1


# --- a day's concerns ---


async def test_concerns_of_today_are_counted_for_their_parent(
    conversations: Conversations, clock: Clock
) -> None:
    await say(conversations, wrote("send one", "1"))
    await say(conversations, wrote("send two", "2"))
    await say(conversations, wrote("send three", "3", "bob"))

    assert await say(conversations, wrote("how many today", "4")) == "2 today"
    clock.pass_time(days=1)
    assert await say(conversations, wrote("how many today", "5")) == "0 today"


async def test_a_day_begins_at_midnight_in_london(
    conversations: Conversations, clock: Clock
) -> None:
    clock.now = datetime(2026, 7, 1, 22, 59, tzinfo=UTC)
    await say(conversations, wrote("send one", "1"))
    assert await say(conversations, wrote("how many today", "2")) == "1 today"

    clock.now = datetime(2026, 7, 1, 23, 0, tzinfo=UTC)

    assert await say(conversations, wrote("how many today", "3")) == "0 today"


async def test_forgetting_does_not_open_the_day_again(
    conversations: Conversations, store: Store, clock: Clock
) -> None:
    await say(conversations, wrote("send one", "1"))
    await conversations.handle(Incoming("console", "anna", "2", Commanded("forget")))

    assert await say(conversations, wrote("how many today", "3")) == "1 today"
    await deliver_all(store, clock)
    clock.pass_time(hours=26)
    await sweep(store, clock())
    linked = await store.turn(
        lambda tx: tx._connection.execute("SELECT conversation FROM concern").fetchall()
    )
    assert linked == [("",)]


async def deliver_all(store: Store, clock: Clock) -> None:
    for row in await store.outbox_rows():
        await store.turn(lambda tx, id=row.id: tx.mark_sent(id, clock()))  # type: ignore[misc]


# --- forgetting ---


async def test_forgetting_wipes_everything_of_that_conversation_at_once(
    conversations: Conversations, store: Store, tmp_path: Path
) -> None:
    await say(conversations, wrote("canary-words", "canary-id"))
    await say(conversations, wrote("remind me", "2"))
    await say(conversations, wrote("bob stays", "1", "bob"))

    await conversations.handle(Incoming("console", "anna", "3", Commanded("forget")))

    assert b"canary" not in held_in(tmp_path)
    assert await store.outbox_rows("reminder") == []
    assert await say(conversations, wrote("a", "4")) == "turn 1, sent nothing"
    assert await say(conversations, wrote("b", "2", "bob")) == "turn 2, sent nothing"


async def test_a_letter_on_its_way_still_goes_after_forgetting(
    conversations: Conversations, store: Store
) -> None:
    await say(conversations, wrote("send lunch", "1"))

    await conversations.handle(Incoming("console", "anna", "2", Commanded("forget")))

    (row,) = await store.outbox_rows()
    assert (row.state, row.conversation) == ("queued", "")


async def test_forgetting_twice_is_as_good_as_once(conversations: Conversations) -> None:
    incoming = Incoming("console", "anna", "1", Commanded("forget"))

    assert await say(conversations, incoming) == "forgotten"
    assert await say(conversations, incoming) == "turn 0, sent nothing"


# --- reminders ---


async def test_a_later_reminder_replaces_an_earlier_one_and_can_be_taken_back(
    conversations: Conversations, store: Store, clock: Clock
) -> None:
    await say(conversations, wrote("remind me", "1"))
    clock.pass_time(minutes=10)
    await say(conversations, wrote("remind me", "2"))

    (row,) = await store.outbox_rows("reminder")
    assert row.due == MONDAY + timedelta(minutes=70)
    await say(conversations, wrote("never mind", "3"))
    assert await store.outbox_rows("reminder") == []


# --- retention ---


async def test_an_idle_conversation_is_wiped_after_a_day(
    conversations: Conversations, store: Store, clock: Clock, tmp_path: Path
) -> None:
    await say(conversations, wrote("canary-words", "1"))
    clock.pass_time(hours=23)
    await sweep(store, clock())
    assert b"canary-words" in held_in(tmp_path)

    clock.pass_time(hours=1)
    await sweep(store, clock())

    assert b"canary-words" not in held_in(tmp_path)
    assert await say(conversations, wrote("a", "2")) == "turn 1, sent nothing"


async def test_message_ids_are_kept_longer_than_any_channel_repeats_them(
    conversations: Conversations, store: Store, clock: Clock
) -> None:
    await say(conversations, wrote("a", "1"))
    clock.pass_time(days=6)
    await sweep(store, clock())
    assert await store.turn(lambda tx: tx.was_seen("console:anna", "1"))

    clock.pass_time(days=1)
    await sweep(store, clock())

    assert not await store.turn(lambda tx: tx.was_seen("console:anna", "1"))


async def test_ninety_days_after_delivery_nothing_says_whose_concern_it_was(
    conversations: Conversations, store: Store, clock: Clock, tmp_path: Path
) -> None:
    await say(conversations, wrote("send lunch", "1", "canary-parent"))
    await say(conversations, wrote("send dinner", "1", "late-parent"))
    rows = await store.outbox_rows()
    sent, stuck = sorted(rows, key=lambda row: row.conversation)
    await store.turn(lambda tx: tx.mark_sent(sent.id, clock()))
    clock.pass_time(days=89)
    await sweep(store, clock())
    assert b"canary-parent" in held_in(tmp_path)

    clock.pass_time(days=1)
    await sweep(store, clock())

    assert b"canary-parent" not in held_in(tmp_path)
    kept = {row.id: row.conversation for row in await store.outbox_rows()}
    assert kept == {sent.id: "", stuck.id: "console:late-parent"}


async def test_how_long_things_are_kept_can_be_set(
    conversations: Conversations, store: Store, clock: Clock
) -> None:
    await say(conversations, wrote("a", "1"))
    clock.pass_time(minutes=2)

    await sweep(store, clock(), Keep(session=timedelta(minutes=1)))

    assert await say(conversations, wrote("a", "2")) == "turn 1, sent nothing"
