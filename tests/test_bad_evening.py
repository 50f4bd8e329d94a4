"""Story 10: the mail server is down from 21:00 to 23:00, and the bot is restarted twice in between.

Real processes whose clock is set; Telegram and Discord at once, and the console by itself.
"""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from pathlib import Path

from bot.retry import DELAYS
from dialogs.content import Content
from dialogs.dialogue import Dialogue
from tests.fake_discord import DiscordParent, FakeDiscord
from tests.fake_telegram import FakeTelegram, TelegramParent
from tests.keyboard import letter_script
from tests.mail_servers import Office, mail_server
from tests.parent import LONDON
from tests.school import until
from tests.service import Service, free_port, stopped
from tests.test_run import asked, live, meet

AT_NINE = datetime(2026, 11, 24, 21, 0, tzinfo=LONDON)
REFERENCE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
JITTER = 0.67  # see tests/clocked.py

#: When the letter is tried: by our own table, the last time at 23:01.
TRIES = [AT_NINE]
for delay in DELAYS:
    TRIES.append(TRIES[-1] + delay * (1 + JITTER / 10))


def at(hour: int, minute: int) -> datetime:
    return AT_NINE.replace(hour=hour, minute=minute)


@dataclass
class Words:
    """What is said of one concern, and how often it was said so far."""

    content: Content
    seen: Callable[[], Sequence[str]]

    @property
    def reference(self) -> str:
        saved = next(text for text in self.seen() if "saved" in text and REFERENCE.search(text))
        return str(REFERENCE.search(saved)[0])  # type: ignore[index] # it was found

    def count(self, message: str, **values: str) -> int:
        say = self.content.wordings[self.content.school.language].say
        text = " ".join(say(message, reference=self.reference, **values).split())
        return " ".join(" ".join(self.seen()).split()).count(text)

    @property
    def told(self) -> tuple[int, int, int]:
        """Of the truths: still trying, delivered at 23:01, delivered at whatever time."""
        any_time = sum("It got there" in text for text in self.seen())
        return self.count("still_trying"), self.count("delivered", time="23:01"), any_time


def tried(service: Service, times: int) -> Callable[[], bool]:
    return lambda: all(one.tries == times and not one.in_hand for one in service.letters())


async def test_a_bad_evening_on_telegram_and_discord(tmp_path: Path) -> None:
    office, port = Office(), free_port()
    async with AsyncExitStack() as world:
        telegram = await world.enter_async_context(FakeTelegram())
        discord = await world.enter_async_context(FakeDiscord())
        service = Service(
            tmp_path,
            {
                "TELEGRAM_TOKEN": telegram.token,
                "TELEGRAM_API_URL": telegram.url,
                "DISCORD_TOKEN": discord.token,
                "DISCORD_API_URL": discord.url,
                "MAIL_URL": f"smtp://127.0.0.1:{port}",
                "ADMIN_CHAT": "discord:20077",
            },
            program="tests.clocked",
        )
        content = Content.load(tmp_path / "content")
        admin, one, two = (
            DiscordParent(discord, "20077"), TelegramParent(telegram, 42), DiscordParent(discord),
        )  # fmt: skip
        parents = [Words(content, one.seen), Words(content, two.all_seen)]

        def all_told(*told: int) -> Callable[[], bool]:
            return lambda: all(parent.told == told for parent in parents)

        # 21:00. Both are told that it is saved, and no more than that.
        service.set_clock(AT_NINE)
        async with service.running(signal.SIGKILL):
            await asyncio.gather(meet(one, telegram), meet(two, discord))
            await admin.say("/status")
            await asyncio.gather(live(one), live(two))
            await until(tried(service, 1))
            for n, moment in enumerate(TRIES[1:4], 2):
                service.set_clock(moment)
                await until(tried(service, n))
        assert "All is well." in admin.all_seen()[0]
        assert len({parent.reference for parent in parents}) == 2
        assert all_told(0, 0, 0)()

        # 21:04. Killed, and started again. At 21:15, the parents and the admin hear of it.
        async with service.running(signal.SIGKILL):
            service.set_clock(TRIES[4])
            await until(tried(service, 5))
            assert (await asked(service, "/health"))[0] == 200
            before = len(admin.all_seen())
            service.set_clock(at(21, 15))
            await until(all_told(1, 0, 0))
            await discord.until(lambda: len(admin.all_seen()) == before + 2)
            alerts = admin.all_seen()[before:]
            assert (await asked(service, "/health"))[0] == 503
            service.set_clock(TRIES[5])
            await until(tried(service, 6))
        for parent in parents:
            assert sum(parent.reference in alert for alert in alerts) == 1

        # 22:00. Restarted as systemd does it. Nobody is told a second time that it takes long.
        service.set_clock(TRIES[6])
        process = await service.start()
        await until(tried(service, 7))
        service.set_clock(at(22, 59))
        # This process does not know what was told; Discord knows the same alert from before.
        await until(lambda: service.log.read_text().count("someone should look: letter/") == 4)
        assert all_told(1, 0, 0)()

        # 23:00. The mail server is back; at 23:01 the letters are tried, and arrive.
        await world.enter_async_context(mail_server(office, port=port))
        service.set_clock(at(23, 0))
        assert (await asked(service, "/health"))[0] == 503
        assert all_told(1, 0, 0)()
        service.set_clock(TRIES[7])
        await until(all_told(1, 1, 1))
        await discord.until(lambda: len(admin.all_seen()) == before + 4)
        health, _ = await asked(service, "/health")
        code = await stopped(process)

    assert TRIES[7].astimezone(LONDON).strftime("%H:%M") == "23:01"
    assert (health, code) == (200, 0)
    assert all("Over: " in alert for alert in admin.all_seen()[-2:])
    assert sorted(str(message_from_bytes(letter.content)["Subject"])[-9:]
                  for letter in office.received) == sorted(
        parent.reference for parent in parents)  # fmt: skip
    assert b"second copy" not in b"".join(letter.content for letter in office.received)


async def test_a_bad_evening_on_the_console(dialogue: Dialogue, tmp_path: Path) -> None:
    office, port, said = Office(), free_port(), list[str]()
    service = Service(tmp_path, {"MAIL_URL": f"smtp://127.0.0.1:{port}"}, program="tests.clocked")
    parent = Words(Content.load(tmp_path / "content"), lambda: said)

    async def sits_down(now: datetime, lines: Sequence[str] = ()) -> None:
        """The bot is started on the console, and ends."""
        service.set_clock(now)
        code, shown = await service.command(
            "console", "--as", "anna", lines="".join(f"{line}\n" for line in lines)
        )
        assert code == 0, shown
        said.append(shown)

    await sits_down(AT_NINE, letter_script(dialogue, "Her kit has gone again."))
    assert parent.told == (0, 0, 0)
    await sits_down(at(21, 15))
    assert parent.told == (1, 0, 0)
    await sits_down(at(22, 0))
    assert parent.told == (1, 0, 0)
    status, sentences = await service.command("status")
    assert (status, parent.reference in sentences) == (1, True)
    async with mail_server(office, port=port):
        await sits_down(at(23, 1))
    status, _ = await service.command("status")

    assert (status, parent.told) == (0, (1, 1, 1))
    (letter,) = office.received
    assert parent.reference in str(message_from_bytes(letter.content)["Subject"])
