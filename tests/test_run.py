"""`before-you-post run` as it is run: a real process, both channels, a letter and its receipt."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Protocol

import aiohttp
import pytest

from tests.fake_discord import DiscordParent, FakeDiscord
from tests.fake_telegram import FakeTelegram, TelegramParent
from tests.mail_servers import Office as MailOffice
from tests.mail_servers import mail_server
from tests.patience import PATIENCE
from tests.school import until
from tests.service import Service, stopped
from tests.stories import STORIES, Says, Taps

STORY = STORIES["missing kit"]
DELIVERED = "school's mailbox"
PARKED = 'before_you_post_notices{state="parked"} 1'


class SomeParent(Protocol):
    """A parent on either channel."""

    async def say(self, text: str) -> None: ...
    async def tap(self, choice: str) -> None: ...


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as server:
        yield server


@pytest.fixture
def both(telegram: FakeTelegram, discord: FakeDiscord) -> dict[str, str]:
    return {
        "TELEGRAM_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.url,
    }


async def live(parent: SomeParent, steps: int | None = None) -> None:
    """Story 1, from hello to Send (or less of it)."""
    for step in STORY.steps[:steps]:
        if isinstance(step, Says):
            await parent.say(step.text)
        elif isinstance(step, Taps):
            await parent.tap(step.choice)


def is_told(seen: Sequence[str]) -> bool:
    return sum(DELIVERED in text and "It got there" in text for text in seen) == 1


async def meet(parent: SomeParent, server: FakeTelegram | FakeDiscord) -> None:
    """The first word, when the bot has come up."""
    if isinstance(server, FakeDiscord):
        await server.until(lambda: any(one.socket for one in server.sessions.values()))
    await parent.command("start")  # type: ignore[attr-defined] # each has it, spelt a little differently


async def asked(service: Service, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://{service.listen}{path}") as answer,
    ):
        return answer.status, await answer.text()


async def test_both_channels_lead_from_hello_to_delivered(
    tmp_path: Path, telegram: FakeTelegram, discord: FakeDiscord, both: dict[str, str]
) -> None:
    service = Service(tmp_path, both)
    one, two = TelegramParent(telegram, 42), DiscordParent(discord)
    process = await service.start()
    try:
        await asyncio.gather(meet(one, telegram), meet(two, discord))
        await asyncio.gather(live(one), live(two))
        await telegram.until(lambda: is_told(one.seen()))
        await discord.until(lambda: is_told(two.all_seen()))
        health, _ = await asked(service, "/health")
        status, said = await service.command("status")
    finally:
        code = await stopped(process)

    assert (code, status, health) == (0, 0, 200), said
    assert len(service.inbox) == 2
    letters = [message_from_bytes(path.read_bytes(), policy=default) for path in service.inbox]
    assert {letter["To"] for letter in letters} == {"office@school.internal"}
    references = {letter["Subject"].rpartition(" ")[2] for letter in letters}
    assert len(references) == 2
    for reference in references:
        assert sum(reference in "".join(seen) for seen in (one.seen(), two.all_seen())) == 1
    log = service.log.read_text()
    assert "ERROR" not in log
    assert "CRITICAL" not in log
    for secret in (telegram.token, discord.token, "Lily", "lilys.mum", "fuming", "private_talk"):
        assert secret not in log


@pytest.mark.parametrize("wrong", ["telegram", "discord"])
async def test_a_channel_that_is_refused_takes_the_other_not_down(
    wrong: str, tmp_path: Path, telegram: FakeTelegram, discord: FakeDiscord, both: dict[str, str]
) -> None:
    service = Service(tmp_path, {**both, f"{wrong.upper()}_TOKEN": "1:wrong.token.of-someone"})
    server: FakeTelegram | FakeDiscord = discord if wrong == "telegram" else telegram
    parent = DiscordParent(discord) if wrong == "telegram" else TelegramParent(telegram, 42)
    process = await service.start()
    try:
        await meet(parent, server)
        await live(parent)
        seen = parent.all_seen if isinstance(parent, DiscordParent) else parent.seen
        await server.until(lambda: is_told(seen()))
        health, told = await asked(service, "/health")
        status, said = await service.command("status")
    finally:
        code = await stopped(process)

    assert code == 0
    assert (health, status) == (503, 1), "that a channel has stopped needs a person"
    other = "discord" if wrong == "telegram" else "telegram"
    assert json.loads(told)["channels"] == {wrong: False, other: True}
    assert f"{wrong} has stopped" in said
    assert "wrong.token" not in said + service.log.read_text()


async def test_without_a_channel_that_can_go_on_it_ends(
    tmp_path: Path, telegram: FakeTelegram
) -> None:
    given = {"TELEGRAM_TOKEN": "1:wrong", "TELEGRAM_API_URL": telegram.url}

    process = await Service(tmp_path, given).start()

    assert await asyncio.wait_for(process.wait(), 20) == 1


async def test_a_notice_that_could_not_be_told_is_told_after_a_restart(
    tmp_path: Path, telegram: FakeTelegram
) -> None:
    given = {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url}
    service = Service(tmp_path, given)
    parent = TelegramParent(telegram, 42)
    process = await service.start()
    await meet(parent, telegram)
    await live(parent, steps=-1)
    telegram.faults["sendMessage"].extend(["", "hang"])  # the receipt is shown, the notice is not
    await live_last(parent)
    await until(lambda: not telegram.faults["sendMessage"])
    code = await stopped(process)
    assert not is_told(parent.seen())

    async with service.running():
        await telegram.until(lambda: is_told(parent.seen()))

    assert code == 0
    assert len(service.inbox) == 1


async def test_what_was_said_on_discord_while_the_bot_was_down_is_taken_once(
    tmp_path: Path, discord: FakeDiscord
) -> None:
    given = {"DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.url}
    service, parent = Service(tmp_path, given), DiscordParent(discord)
    async with service.running():
        await meet(parent, discord)
        await live(parent, steps=3)
    await discord.until(lambda: not any(one.socket for one in discord.sessions.values()))
    step = STORY.steps[3]
    assert isinstance(step, Says)

    await discord.say(parent.id, step.text)
    before = len(discord.sent(parent.channel))
    async with service.running():
        await discord.until(lambda: len(discord.sent(parent.channel)) > before)
        await discord.quiet(0.5)
        for later in STORY.steps[4:]:
            if isinstance(later, Says):
                await parent.say(later.text)
            elif isinstance(later, Taps):
                await parent.tap(later.choice)
        await discord.until(lambda: is_told(parent.all_seen()))

    assert len(service.inbox) == 1
    assert discord.doubled == 0


async def live_last(parent: TelegramParent) -> None:
    step = STORY.steps[-1]
    assert isinstance(step, Taps)
    await parent.tap(step.choice)


async def test_a_letter_in_hand_at_the_end_is_finished_or_put_back(
    tmp_path: Path, telegram: FakeTelegram
) -> None:
    office, hang = MailOffice(), asyncio.Event()

    async def hold() -> None:
        hang.set()
        await asyncio.sleep(60)

    office.before_answer = hold
    parent = TelegramParent(telegram, 42)
    async with mail_server(office) as port:
        given = {
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "MAIL_URL": f"smtp://127.0.0.1:{port}",
        }
        service = Service(tmp_path, given)
        process = await service.start()
        await meet(parent, telegram)
        await live(parent)
        await asyncio.wait_for(hang.wait(), 20)
        code = await stopped(process)
        _, said = await service.command("outbox")

    assert code == 0
    assert "queued" in said, "put back, to be tried again"
    assert not is_told(parent.seen()), "nobody said that it was taken"


async def test_a_parent_who_blocked_the_bot_is_counted_and_what_they_miss_is_noted(
    tmp_path: Path, telegram: FakeTelegram
) -> None:
    service = Service(
        tmp_path, {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url}
    )
    parent = TelegramParent(telegram, 42)
    async with service.running():
        await meet(parent, telegram)
        await live(parent, steps=-1)
        telegram.chat(42).blocked = True
        await live_last(parent)
        await until(lambda: service.inbox)
        async with asyncio.timeout(PATIENCE):
            while PARKED not in (measured := (await asked(service, "/metrics"))[1]):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        health, _ = await asked(service, "/health")
        status, said = await service.command("status")

    assert (health, status) == (200, 0), "the letter is there; only the parent was not told"
    assert "could not be told to the parent" in said
    assert 'before_you_post_unreachable_total{channel="telegram"} 0' not in measured
    assert "Lily" not in measured + said


async def test_only_the_admin_chat_is_answered_at_the_desk(
    tmp_path: Path, telegram: FakeTelegram
) -> None:
    service = Service(
        tmp_path,
        {
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "ADMIN_CHAT": "telegram:77",
        },
    )
    admin, parent = TelegramParent(telegram, 77), TelegramParent(telegram, 42)
    async with service.running():
        await meet(parent, telegram)
        await live(parent)
        await telegram.until(lambda: is_told(parent.seen()))
        before = len(parent.seen())

        await admin.command("list")
        await parent.command("list")
        await telegram.until(lambda: admin.seen() and len(parent.seen()) > before)

    assert admin.seen() == ["No letter waits."]
    assert "No letter waits." not in parent.seen()


async def test_the_webhook_and_the_pages_for_machines_share_one_port(
    tmp_path: Path, telegram: FakeTelegram
) -> None:
    service = Service(
        tmp_path,
        {
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "TELEGRAM_WEBHOOK_SECRET": "s" * 32,
        },
    )
    service.environ["TELEGRAM_WEBHOOK_URL"] = f"http://{service.listen}/telegram"
    parent = TelegramParent(telegram, 42)
    process = await service.start()
    try:
        await meet(parent, telegram)
        await live(parent)
        await telegram.until(lambda: is_told(parent.seen()))
        health, told = await asked(service, "/health")
        page, measured = await asked(service, "/metrics")
        async with aiohttp.ClientSession() as session:
            address = service.environ["TELEGRAM_WEBHOOK_URL"]
            refused = (await session.post(address, json={"update_id": 1})).status
    finally:
        code = await stopped(process)

    assert (code, health, page, refused) == (0, 200, 200, 403)
    assert json.loads(told) == {
        "well": True,
        "database": True,
        "problems": 0,
        "letters": {"waiting": 0, "sent": 1, "parked": 0},
        "oldest_waiting_letter_seconds": 0,
        "notices": {"waiting": 0, "sent": 1, "parked": 0},
        "channels": {"telegram": True},
        "mailbox": None,
        "mails": {},
    }
    assert 'before_you_post_letters{state="sent"} 1\n' in measured
    assert 'before_you_post_channel_up{channel="telegram"} 1\n' in measured
