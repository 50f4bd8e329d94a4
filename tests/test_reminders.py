"""A reminder and the post that is kept for it: by the real dialogue, in a real database."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.channels import Incoming, Unavailable, Unreachable
from bot.conversations import Conversations
from bot.mail import FolderMail
from bot.office import Office
from bot.outbox import Outbox
from bot.retention import sweep
from bot.store import Store
from dialogs.dialogue import Dialogue
from dialogs.messages import Chose, Commanded, Event, Reply, Wrote
from tests.shell import Chat, Clock, held_in, open_store

CANARY = b"wallcreeper"
POST = "The gate was locked again and we waited in the wallcreeper rain."
TO_THE_TIME = ["post", "no", "skip", "unsure", "post", "nobody", "fair", "unsure", "remind", "skip"]
#: A Tuesday in term, eight in the evening in London.
EVENING = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


@dataclass
class Bot:
    """The parts that a reminder goes through, which can be stopped and started again."""

    folder: Path
    dialogue: Dialogue
    clock: Clock = field(default_factory=lambda: Clock(EVENING))
    chat: Chat = field(default_factory=Chat)
    store: Store = field(init=False)
    messages: int = 0
    question: str = ""

    def __post_init__(self) -> None:
        self.store = open_store(self.folder)

    def restarts(self) -> None:
        self.store.close()
        self.store = open_store(self.folder)

    @property
    def conversations(self) -> Conversations:
        office = Office({"office": "office@oak.school.example"}, "bot@oak.school.example")
        return Conversations(self.store, self.dialogue, office, self.clock, b"secret")

    async def take(self, event: Event) -> Sequence[Reply]:
        self.messages += 1
        incoming = Incoming("console", "anna", str(self.messages), event)
        replies = await self.conversations.handle(incoming)
        self.question = replies[-1].question
        return replies

    async def taps(self, *choices: str) -> Bot:
        for choice in choices:
            if not self.question:
                self.question = (await self.conversations.show("console", "anna"))[-1].question
            await self.take(Chose(self.question, choice))
        return self

    async def keeps(self, at: str = "at.0800") -> Bot:
        await self.taps(*TO_THE_TIME, at)
        await self.take(Wrote(POST))
        return self

    async def delivers(self) -> Bot:
        def render(language: str, message: str, values: object) -> Reply:
            return Reply(message)

        outbox = Outbox(
            store=self.store,
            mail=FolderMail(self.folder / "inbox"),
            channels={"console": self.chat},
            handle=self.conversations.handle,
            render=render,
            clock=self.clock,
            second_copy="This may be a second copy.",
        )
        for door in outbox.doors:
            for waiting in await outbox.due(door, 100):
                await outbox.deliver(waiting.id)
        self.question = "check_in"
        return self

    def told(self) -> str:
        return "\n".join(text for _, text in self.chat.told)

    def holds_the_post(self) -> bool:
        """Whether the post is anywhere in the database or the files beside it."""
        return CANARY in held_in(self.folder)


@pytest.fixture
async def bot(tmp_path: Path, dialogue: Dialogue) -> AsyncIterator[Bot]:
    bot = Bot(tmp_path, dialogue)
    yield bot
    bot.store.close()


async def test_a_reminder_and_its_post_survive_a_restart_and_come_once(bot: Bot) -> None:
    await bot.keeps()
    bot.restarts()
    bot.clock.now = datetime(2026, 11, 25, 7, 59, tzinfo=UTC)
    await bot.delivers()
    assert bot.chat.told == []

    bot.clock.pass_time(minutes=1)
    await bot.delivers()
    bot.restarts()
    bot.clock.pass_time(minutes=1)
    await bot.delivers()

    assert bot.told().count(POST) == 1
    assert await bot.store.outbox_rows("reminder") == []


@pytest.mark.parametrize("answer", ["posted", "changed", "spoke", "leave", "talk"])
async def test_an_answer_wipes_the_post_from_the_files(bot: Bot, answer: str) -> None:
    await bot.keeps()
    assert bot.holds_the_post(), "else this test would show nothing"
    bot.clock.now = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    await bot.delivers()
    assert bot.holds_the_post()

    await bot.taps(answer)

    assert not bot.holds_the_post()


@pytest.mark.parametrize("how", ["cancel", "forget", "stop", "reminders"])
async def test_the_post_goes_with_the_reminder(bot: Bot, how: str) -> None:
    await bot.keeps()

    if how == "stop":
        await bot.taps("stop")
    else:
        await bot.take(Commanded(how))
    if how == "reminders":
        await bot.taps("cancel_reminder")

    assert not bot.holds_the_post()
    assert await bot.store.outbox_rows("reminder") == []


async def test_a_post_that_shall_not_be_kept_after_all_is_in_no_file(bot: Bot) -> None:
    await bot.keeps()

    await bot.taps("back", "skip")

    assert not bot.holds_the_post()
    assert len(await bot.store.outbox_rows("reminder")) == 1


async def test_whoever_looks_after_the_bot_can_wipe_it(bot: Bot) -> None:
    await bot.keeps()

    await bot.store.turn(lambda tx: tx.forget("console:anna", "forgotten:x"))
    await bot.store.scrub()

    assert not bot.holds_the_post()


@pytest.mark.parametrize("way", [["post", "no"], [*TO_THE_TIME[:8], "reword"]])
async def test_a_draft_that_is_checked_or_reworded_is_in_no_file(bot: Bot, way: list[str]) -> None:
    await bot.taps(*way)

    replies = await bot.take(Wrote("mrs brimble is bloody useless. share this wallcreeper"))

    assert "useless" in "".join(reply.text for reply in replies)
    assert not bot.holds_the_post()


async def test_a_chat_that_is_blocked_loses_the_post_and_is_not_tried_again(bot: Bot) -> None:
    await bot.keeps()
    bot.clock.now = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    bot.chat.failures = [Unreachable("blocked")]

    await bot.delivers()

    assert not bot.holds_the_post()
    bot.clock.pass_time(hours=1)
    await bot.delivers()
    assert bot.chat.told == []


async def test_a_chat_that_is_down_for_a_while_is_told_the_post_later(bot: Bot) -> None:
    await bot.keeps()
    bot.clock.now = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    bot.chat.failures = [Unavailable("down")]
    await bot.delivers()

    bot.clock.pass_time(minutes=1)
    await bot.delivers()

    assert POST in bot.told()


async def test_a_reminder_that_nobody_answers_loses_the_post_after_a_day(bot: Bot) -> None:
    await bot.keeps()
    bot.clock.now = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    await bot.delivers()
    await sweep(bot.store, bot.clock() + timedelta(hours=23))
    assert bot.holds_the_post()

    await sweep(bot.store, bot.clock() + timedelta(hours=24))

    assert not bot.holds_the_post()


async def test_a_reminder_outlives_the_session_that_set_it(bot: Bot) -> None:
    bot.clock.now = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    await bot.keeps("at.1800")
    bot.clock.now = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
    await sweep(bot.store, bot.clock())

    await bot.delivers()

    assert POST in bot.told()


async def test_the_check_in_shows_what_would_put_it_right_after_more_than_a_day(bot: Bot) -> None:
    bot.clock.now = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    await bot.taps(*TO_THE_TIME[:-1])
    await bot.take(Wrote("A lock that works."))
    await bot.taps("at.1800", "skip")
    bot.clock.now = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
    await sweep(bot.store, bot.clock())

    await bot.delivers()

    assert "A lock that works." in bot.told()


async def test_a_session_is_wiped_a_day_after_its_check_in(bot: Bot) -> None:
    await bot.taps(*TO_THE_TIME[:-1])
    await bot.take(Wrote("A wallcreeper lock."))
    await bot.taps("at.0800", "skip")
    bot.clock.now = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    await bot.delivers()
    await sweep(bot.store, bot.clock() + timedelta(hours=23))
    assert bot.holds_the_post()

    await sweep(bot.store, bot.clock() + timedelta(hours=24))

    assert not bot.holds_the_post()


async def test_a_reminder_that_is_late_waits_for_the_morning(bot: Bot) -> None:
    await bot.keeps("at.1800")
    bot.clock.now = datetime(2026, 11, 25, 21, 0, tzinfo=UTC)
    await bot.delivers()
    bot.clock.now = datetime(2026, 11, 26, 7, 29, tzinfo=UTC)
    await bot.delivers()
    assert bot.chat.told == []

    bot.clock.pass_time(minutes=1)
    await bot.delivers()

    assert POST in bot.told()


@pytest.mark.parametrize(
    ("evening", "due"),
    [
        ("2026-10-24T19:00+00:00", "2026-10-25T08:00+00:00"),
        ("2027-03-27T20:00+00:00", "2027-03-28T07:00+00:00"),
    ],
    ids=["clocks back", "clocks forward"],
)
async def test_a_reminder_over_the_night_of_a_clock_change_comes_at_eight(
    bot: Bot, evening: str, due: str
) -> None:
    bot.clock.now = datetime.fromisoformat(evening)
    await bot.keeps()

    (row,) = await bot.store.outbox_rows("reminder")

    assert row.due == datetime.fromisoformat(due)


async def test_the_post_is_in_no_log(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await bot.keeps()
    bot.clock.now = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    bot.chat.failures = [Unavailable("down"), ValueError("odd")]
    await bot.delivers()
    bot.clock.pass_time(minutes=2)
    await bot.delivers()

    await bot.taps("posted")

    assert "wallcreeper" not in caplog.text
