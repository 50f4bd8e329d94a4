"""Nobody is forgotten: what is said when the promised day has passed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from bot.channels import Unavailable
from bot.conversations import Conversations
from bot.engine import Engine
from bot.mail import MailRefused, MailUnavailable
from bot.overdue import ask_at
from dialogs.school_days import after
from tests.answering import CALENDAR, OFFICE, Bot, until_received
from tests.office_side import answer, deliver
from tests.school import until
from tests.shell import MONDAY, TinyDialogue, open_store


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    store = open_store(tmp_path)
    yield Bot(store, tmp_path)  # a concern is promised an answer by Monday, 30 November
    store.close()


def memos(bot: Bot) -> list[str]:
    found = [message_from_bytes(one, policy=default) for one in bot.mail.taken]
    return [f"{one['Subject']} to {one['To']}" for one in found if "overdue" in one["Subject"]]


async def on(bot: Bot, day: date, at: time = time(11)) -> None:
    """The hourly look, at that time in London; what comes of it is delivered."""
    bot.clock.now = datetime.combine(day, at, UTC)
    await bot.overdue.note()
    await bot.deliver_due()


async def test_school_is_reminded_once_and_then_the_head_and_the_parent_is_told_once(
    bot: Bot,
) -> None:
    reference, _ = await bot.send()
    bot.chat.told.clear()

    await on(bot, date(2026, 11, 30))
    assert (memos(bot), bot.told) == ([], [])

    for day in (1, 1, 2, 4, 7):
        await on(bot, date(2026, 12, day))
    assert memos(bot) == [f"overdue {reference} to office@school.example"]
    assert bot.told == [f"overdue {{'reference': '{reference}'}}"]

    for day in (8, 9, 18):
        await on(bot, date(2026, 12, day))
    assert memos(bot)[1:] == [f"still overdue {reference} to head@school.example"]
    assert len(bot.told) == 1


@pytest.mark.parametrize(
    ("day", "at"),
    [(date(2026, 12, 5), time(11)), (date(2026, 12, 1), time(7)), (date(2026, 12, 1), time(20))],
    ids=["Saturday", "early", "late"],
)
async def test_nobody_is_reminded_while_school_is_closed(bot: Bot, day: date, at: time) -> None:
    await bot.send()

    await on(bot, day, at)

    assert memos(bot) == []


async def test_school_days_are_counted_over_a_holiday(bot: Bot) -> None:
    bot.clock.now = datetime(2026, 12, 10, 11, tzinfo=UTC)  # promised by the 17th
    await bot.send()

    await on(bot, date(2026, 12, 18))
    assert len(memos(bot)) == 1

    for day in (4, 5, 6, 7):
        await on(bot, date(2027, 1, day))
    assert len(memos(bot)) == 1
    await on(bot, date(2027, 1, 8))
    assert len(memos(bot)) == 2


async def test_an_answer_in_time_reminds_nobody(bot: Bot) -> None:
    _, letter = await bot.send()
    await bot.take(answer(letter, "Here it is."))

    await on(bot, date(2026, 12, 18))

    assert memos(bot) == []


async def test_nobody_is_reminded_while_the_answer_may_lie_in_the_mailbox_unread(bot: Bot) -> None:
    _, letter = await bot.send()
    bot.chat.told.clear()
    deliver(answer(letter, "Here it is."), bot.folder / "answers")
    room = bot.mailroom()
    bot.overdue = replace(bot.overdue, mailbox_is_read=room.has_looked_lately)

    await on(bot, date(2026, 12, 1))
    assert (memos(bot), bot.told) == ([], [])

    reading = asyncio.create_task(room.run())
    await until_received(bot, 1)
    assert await room.has_looked(20)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await on(bot, date(2026, 12, 1))
    assert memos(bot) == []
    assert "Here it is." in bot.told


async def test_a_mailbox_that_was_read_lately_holds_no_answer(bot: Bot) -> None:
    await bot.send()
    bot.clock.now = datetime(2026, 12, 1, 11, tzinfo=UTC)
    async with bot.reading() as room:
        assert await room.has_looked(20)
    bot.overdue = replace(bot.overdue, mailbox_is_read=room.has_looked_lately)

    await on(bot, date(2026, 12, 1), time(11, 10))
    assert memos(bot) == []

    await on(bot, date(2026, 12, 1), time(11, 9))
    assert len(memos(bot)) == 1


async def test_an_answer_takes_back_what_was_not_yet_said_of_its_absence(bot: Bot) -> None:
    reference, letter = await bot.send()
    bot.chat.told.clear()
    bot.chat.failures = [Unavailable("down")]
    bot.mail.failures = [MailUnavailable("451 later")]
    await on(bot, date(2026, 12, 1))

    await bot.take(answer(letter, "Here it is."))
    await on(bot, date(2026, 12, 1), time(12))

    assert memos(bot) == []
    assert bot.told == [f"answer to {reference}", "Here it is."]


async def test_of_a_letter_that_school_never_got_nobody_is_reminded(bot: Bot) -> None:
    bot.mail.failures = [MailRefused("550 no such user")]
    await bot.say("send lunch")
    await bot.deliver_due()
    await bot.deliver_due()
    bot.chat.told.clear()

    await on(bot, date(2026, 12, 1))
    await on(bot, date(2026, 12, 10))

    assert (memos(bot), bot.told) == ([], [])


async def test_an_answer_is_one_though_the_clock_ran_ahead_when_the_parent_wrote(bot: Bot) -> None:
    bot.clock.pass_time(days=1)
    _, letter = await bot.send()
    bot.clock.now -= timedelta(hours=20)
    await bot.take(answer(letter, "Here it is."))

    await on(bot, date(2026, 12, 2))

    assert memos(bot) == []


async def test_what_was_added_waits_though_the_clock_ran_ahead_at_the_answer(bot: Bot) -> None:
    reference, letter = await bot.send()
    bot.clock.pass_time(days=1)
    await bot.take(answer(letter, "Here it is."))
    bot.clock.now -= timedelta(hours=20)
    await bot.say(f"add {reference} and the other thing")
    await bot.deliver_due()

    await on(bot, date(2026, 12, 3))

    assert memos(bot) == [f"overdue {reference} to office@school.example"]


async def test_what_the_parent_added_waits_for_an_answer_of_its_own(bot: Bot) -> None:
    reference, letter = await bot.send()
    await bot.take(answer(letter, "Here it is."))
    bot.clock.pass_time(hours=1)
    await bot.say(f"add {reference} not yet")  # promised for the same day
    await bot.deliver_due()

    await on(bot, date(2026, 11, 24))

    assert memos(bot) == [f"overdue {reference} to office@school.example"]


async def test_what_is_about_the_head_is_not_told_to_the_head(bot: Bot) -> None:
    await bot.send()
    await bot.store.turn(
        lambda tx: tx._connection.execute("UPDATE concern SET roles = 'chair'")  # as asked for
    )

    await on(bot, date(2026, 12, 1))
    await on(bot, date(2026, 12, 18))

    assert len(memos(bot)) == 2
    assert not any("head@" in memo for memo in memos(bot))


async def test_where_answers_do_not_come_back_nobody_can_say_that_none_came(bot: Bot) -> None:
    bot.conversations = Conversations(bot.store, TinyDialogue(), OFFICE, bot.clock, b"secret")
    await bot.send()
    await bot.store.turn(
        lambda tx: tx._connection.execute("UPDATE concern SET promised = '2026-11-24'")
    )

    await on(bot, date(2026, 12, 1))

    assert memos(bot) == []


async def test_the_engine_looks_for_promised_days_every_ten_minutes(bot: Bot) -> None:
    looks = 0

    async def look() -> None:
        nonlocal looks
        looks += 1

    engine = Engine(bot.store, bot.outbox, bot.clock, look_every=0.01, check=look)
    running = asyncio.create_task(engine.run())
    await until(lambda: looks == 1)
    bot.clock.pass_time(minutes=9)
    await engine.drain(1)
    assert looks == 1
    bot.clock.pass_time(minutes=1)
    await until(lambda: looks == 2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    ("day", "days", "then"),
    [(23, 1, 24), (27, 1, 30), (28, 1, 30), (23, 0, 23), (23, 5, 30)],
)
def test_a_day_so_many_school_days_later(day: int, days: int, then: int) -> None:
    assert after(date(2026, 11, day), days, CALENDAR) == date(2026, 11, then)


def test_whether_it_was_sorted_is_asked_when_school_is_over() -> None:
    asked = ask_at(MONDAY, CALENDAR)

    assert (asked.date(), asked.hour) == (date(2026, 11, 30), 16)
