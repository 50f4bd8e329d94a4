"""The whole bot on a fake Telegram or Discord, at the hour of a story, with one parent."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from bot import app, live, parts
from bot.channels.telegram_replies import CHOSEN
from bot.office import Office
from bot.settings import Settings
from dialogs.content import Content
from tests import fake_discord, fake_telegram
from tests.fake_discord import DiscordParent, FakeDiscord
from tests.fake_telegram import FakeTelegram, TelegramParent
from tests.patience import PATIENCE
from tests.service import free_port
from tests.shell import Clock, url_of

#: Every way over the wire.
CHANNELS = ("telegram polling", "telegram webhook", "discord")
ROLES = ("office", "head", "chair", "safeguarding")
OFFICE = Office({role: f"{role}@school.example" for role in ROLES}, "bot@school.example")
#: One letter as the office sees it: to whom, its subject, its words.
Letter = tuple[str, str, str]

_REFERENCE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
_HOUR = re.compile(r"\b[0-9]{1,2}:[0-9]{2}\b")
_RECORD = re.compile(rf"\n\n{CHOSEN}.*\Z")


def plainly(text: str) -> str:
    """Whatever the reference, the minute and the white space are."""
    return " ".join(_HOUR.sub("HOUR", _REFERENCE.sub("REFERENCE", text)).split())


def flat(texts: Sequence[str]) -> str:
    """All that was said, whatever it was parted into and wherever white space was."""
    return "".join(plainly("\n".join(_RECORD.sub("", text) for text in texts)).split())


def letters_in(inbox: Path) -> list[Letter]:
    """What lies in the office's Maildir."""
    found = []
    for path in inbox.glob("new/*"):
        letter = message_from_bytes(path.read_bytes(), policy=default)
        found.append((letter["To"], plainly(letter["Subject"]), plainly(letter.get_content())))
    return sorted(found)


async def until(true: Callable[[], object], patience: float = PATIENCE) -> None:
    async with asyncio.timeout(patience):
        while not true():  # noqa: ASYNC110 (another task makes it true)
            await asyncio.sleep(0.02)


@dataclass
class School:
    """One bot that runs, and one parent of it."""

    fake: FakeTelegram | FakeDiscord
    parent: TelegramParent | DiscordParent
    clock: Clock
    inbox: Path

    def said(self) -> list[str]:
        """All that the bot has said, without the records of what was chosen."""
        seen = self.parent.all_seen if isinstance(self.parent, DiscordParent) else self.parent.seen
        return [_RECORD.sub("", text) for text in seen()]

    def messages(self) -> list[dict[str, Any]]:
        if isinstance(self.parent, DiscordParent):
            return self.parent.fake.sent(self.parent.channel)
        return self.parent.messages()

    def letters(self) -> Sequence[Letter]:
        return letters_in(self.inbox)

    async def press(self, message: dict[str, Any], data: str) -> None:
        """Press a button of a message, whatever has become of it since."""
        if isinstance(self.parent, DiscordParent):
            await self.parent.press(message, data)
        else:
            self.parent.telegram.put_press(self.parent.number, message, data)
            await self.parent.settle()


def pressable(message: dict[str, Any]) -> list[str]:
    """What the buttons of a message send."""
    if "components" in message:
        return list(fake_discord.buttons(message))
    return [button["callback_data"] for button in fake_telegram.buttons(message)]


@asynccontextmanager
async def school(
    channel: str, at: datetime, content: Content, folder: Path, patch: pytest.MonkeyPatch
) -> AsyncIterator[School]:
    clock, lives, make = Clock(at), list[live.Live](), live.channels
    patch.setattr(parts, "_now", clock)
    patch.setattr(live, "channels", lambda *given: lives.extend(make(*given)) or lives)
    fake = FakeDiscord() if channel == "discord" else FakeTelegram()
    async with fake:
        serving = asyncio.create_task(app.serve(_settings(channel, fake, folder), content))
        try:
            await until(lambda: lives)
            yield School(fake, await _met(fake, lives[0]), clock, folder / "inbox")
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


async def _met(fake: FakeTelegram | FakeDiscord, one: live.Live) -> TelegramParent | DiscordParent:
    if isinstance(fake, FakeTelegram):
        return TelegramParent(fake, 42, getattr(one.channel, "settled", None))
    await until(lambda: any(session.socket for session in fake.sessions.values()))
    await fake.quiet()
    return DiscordParent(fake)


def _settings(channel: str, fake: FakeTelegram | FakeDiscord, folder: Path) -> Settings:
    port, name = free_port(), channel.partition(" ")[0].upper()
    given = {
        "DATABASE_URL": url_of(folder / "data"),
        "MAIL_URL": f"maildir:{folder}/inbox",
        "LISTEN": f"127.0.0.1:{port}",
        f"{name}_TOKEN": fake.token,
        f"{name}_API_URL": fake.url,
    }
    if channel == "telegram webhook":
        given["TELEGRAM_WEBHOOK_URL"] = f"http://127.0.0.1:{port}/telegram"
        given["TELEGRAM_WEBHOOK_SECRET"] = "s" * 32
    return Settings.from_env(given, None)
