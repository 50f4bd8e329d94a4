from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels import Channel
from bot.conversations import Conversations
from bot.engine import AT_ONCE, Engine
from bot.mail import Envelope, FolderMail, LastCheck, Mail, no_check
from bot.outbox import Outbox
from bot.retention import Keep
from bot.store import Store, StoreUnavailable, Transaction
from dialogs.messages import Reply
from tests.patience import PATIENCE
from tests.shell import Chat, TinyDialogue, open_store, wrote
from tests.test_conversations import OFFICE
from tests.test_outbox import render


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Slow(Mail):
    """Mail that never finishes the letters that say `slow`, and notes how many it had at once."""

    taken: list[bytes] = field(default_factory=list)
    now: int = 0
    most: int = 0
    lease = timedelta(minutes=5)

    async def send(self, letter: bytes, envelope: Envelope, check: LastCheck = no_check) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(60 if b"slow" in letter else 0.01)
            self.taken.append(letter)
        finally:
            self.now -= 1

    async def has(self, envelope: Envelope, earlier: str = "") -> bool | None:
        return None


@dataclass
class Parts:
    store: Store
    engine: Engine
    conversations: Conversations


def build(store: Store, mail: Mail, chat: Channel, **changes: Any) -> Parts:
    conversations = Conversations(store, TinyDialogue(), OFFICE, now, b"secret")
    outbox = Outbox(store, mail, {"console": chat}, conversations.handle, render, now)
    return Parts(store, Engine(store, outbox, now, **changes), conversations)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


@asynccontextmanager
async def running(engine: Engine) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(engine.run())
    await asyncio.sleep(0.05)
    yield task
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def until(condition: object, seconds: float = PATIENCE) -> None:
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 # conditions of many kinds, only here
            await asyncio.sleep(0.01)


async def test_a_letter_leaves_as_soon_as_it_is_stored(store: Store, tmp_path: Path) -> None:
    chat = Chat()
    parts = build(store, FolderMail(tmp_path / "inbox"), chat, look_every=60)
    async with running(parts.engine):
        await parts.conversations.handle(wrote("send lunch"))

        await until(lambda: chat.told)

    assert chat.told[0][1].startswith("en delivered")


async def test_slow_letters_hold_up_neither_letters_nor_notices(store: Store) -> None:
    mail, chat = Slow(), Chat()
    parts = build(store, mail, chat, stop_within=0.1)
    async with running(parts.engine):
        for n in range(AT_ONCE - 1):
            await parts.conversations.handle(wrote("send slow", str(n), f"p{n}"))
        for n in range(40):
            await parts.conversations.handle(wrote("send quick", str(n), f"q{n}"))

        await until(lambda: len(chat.told) == 40)

    assert len(mail.taken) == 40
    assert mail.most == AT_ONCE


async def test_many_letters_leave_a_few_at_a_time(store: Store) -> None:
    mail = Slow()
    parts = build(store, mail, Chat())
    for n in range(60):
        await parts.conversations.handle(wrote("send quick", str(n), f"p{n}"))

    assert await parts.engine.drain(10)

    assert len(mail.taken) == 60
    assert mail.most <= AT_ONCE


async def test_in_a_conversation_one_thing_is_said_after_the_other(
    store: Store, tmp_path: Path
) -> None:
    class Careful(Chat):
        busy = 0
        most = 0

        async def tell(self, conversation: str, reply: Reply, key: str = "") -> None:
            self.busy += 1
            self.most = max(self.most, self.busy)
            await asyncio.sleep(0.02)
            self.busy -= 1
            await super().tell(conversation, reply, key)

    chat = Careful()
    parts = build(store, FolderMail(tmp_path / "inbox"), chat)
    for n in range(5):
        await parts.conversations.handle(wrote("send lunch", str(n)))

    assert await parts.engine.drain(10)

    assert (len(chat.told), chat.most) == (5, 1)


async def test_draining_says_when_something_is_left(store: Store) -> None:
    parts = build(store, Slow(), Chat(), stop_within=0.05)
    await parts.conversations.handle(wrote("send slow"))

    assert await parts.engine.drain(0.2) is False

    (row,) = await store.outbox_rows()
    assert (row.state, row.last_error) == ("queued", "stopped half-way")


async def test_draining_goes_on_when_the_store_cannot_be_asked_for_a_moment(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = build(store, FolderMail(tmp_path / "inbox"), Chat())
    await parts.conversations.handle(wrote("send lunch"))
    turns = store.turn
    faults = iter([StoreUnavailable("database is locked")])

    async def locked_at_first(work: Callable[[Transaction], object]) -> object:
        for fault in faults:
            raise fault
        return await turns(work)

    monkeypatch.setattr(store, "turn", locked_at_first)

    assert await parts.engine.drain(5)

    (row,) = await store.outbox_rows()
    assert row.state == "sent"


async def test_draining_beside_a_running_engine_waits_for_it(store: Store, tmp_path: Path) -> None:
    chat = Chat()
    parts = build(store, FolderMail(tmp_path / "inbox"), chat)
    async with running(parts.engine):
        await parts.conversations.handle(wrote("send lunch"))

        assert await parts.engine.drain(5)

        assert len(chat.told) == 1


async def test_stopping_lets_what_is_in_hand_finish(store: Store) -> None:
    mail = Slow()
    parts = build(store, mail, Chat())
    async with running(parts.engine):
        await parts.conversations.handle(wrote("send quick"))
        await until(lambda: mail.now)

    (row,) = await store.outbox_rows()
    assert row.state == "sent"


async def test_stopping_does_not_wait_for_ever(store: Store) -> None:
    mail = Slow()
    parts = build(store, mail, Chat(), stop_within=0.1)
    async with running(parts.engine):
        await parts.conversations.handle(wrote("send slow"))
        await until(lambda: mail.now)

    (row,) = await store.outbox_rows()
    assert row.last_error == "stopped half-way"


async def test_what_another_process_queued_is_found(store: Store, tmp_path: Path) -> None:
    other = open_store(tmp_path)
    parts = build(store, FolderMail(tmp_path / "inbox"), Chat(), look_every=0.05)
    async with running(parts.engine):
        await build(other, Slow(), Chat()).conversations.handle(wrote("send lunch"))

        assert await asyncio.to_thread(eventually, tmp_path / "inbox/new")
    other.close()


def eventually(folder: Path) -> bool:
    for _ in range(500):
        if folder.exists() and list(folder.iterdir()):
            return True
        time.sleep(0.01)
    return False


async def test_a_store_that_fails_for_a_while_stops_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    chat = Chat()
    parts = build(store, FolderMail(tmp_path / "inbox"), chat, look_every=0.05)
    await parts.conversations.handle(wrote("send lunch"))
    real, failing = store.turn, True

    async def full(work: object) -> object:
        if failing:
            raise StoreUnavailable("database or disk is full")
        return await real(work)  # type: ignore[arg-type] # whatever was asked for

    monkeypatch.setattr(store, "turn", full)
    async with running(parts.engine):
        await asyncio.sleep(0.2)
        failing = False

        await until(lambda: chat.told)

    assert "could not look into the outbox" in caplog.text


async def test_a_delivery_that_cannot_be_noted_is_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mail = Slow()
    parts = build(store, mail, Chat(), look_every=0.05)
    await parts.conversations.handle(wrote("send lunch"))
    real = Outbox.deliver
    failures = [StoreUnavailable("full"), StoreUnavailable("full")]

    async def deliver(self: Outbox, id: str) -> None:
        if failures:
            raise failures.pop()
        await real(self, id)

    monkeypatch.setattr(Outbox, "deliver", deliver)

    assert await parts.engine.drain(5)

    assert len(mail.taken) == 1
    assert "could not note what became of letter/" in caplog.text


async def test_idle_conversations_are_wiped_without_being_asked(store: Store) -> None:
    parts = build(store, Slow(), Chat())
    yesterday = now() - timedelta(hours=25)
    await store.turn(lambda tx: tx.save_session("console:anna", "{}", "en", yesterday))
    async with running(parts.engine), asyncio.timeout(PATIENCE):
        while await store.turn(lambda tx: tx.session("console:anna")):  # noqa: ASYNC110 # the store
            await asyncio.sleep(0.01)


async def test_a_school_can_keep_things_for_less_long(store: Store) -> None:
    parts = build(store, Slow(), Chat(), keep=Keep(session=timedelta(hours=2)))
    await store.turn(
        lambda tx: tx.save_session("console:anna", "{}", "en", now() - timedelta(hours=3))
    )
    async with running(parts.engine), asyncio.timeout(PATIENCE):
        while await store.turn(lambda tx: tx.session("console:anna")):  # noqa: ASYNC110 # the store
            await asyncio.sleep(0.01)
