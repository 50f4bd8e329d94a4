"""A bot in a process of its own, to be killed: real channel, real store, a dialogue that counts."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from datetime import UTC, datetime
from typing import Any

from bot.channels.discord import Discord
from bot.conversations import Conversations
from bot.store import Store
from tests.discord_shell import TEXTS
from tests.telegram_process import CountingDialogue


async def main(token: str, url: str, database: str) -> None:
    store = Store.open(f"sqlite:///{database}")
    office: Any = None  # no concern is passed on here
    talks = Conversations(store, CountingDialogue(), office, lambda: datetime.now(UTC), b"k" * 32)

    async def known() -> list[tuple[str, str]]:
        with sqlite3.connect(database) as connection:
            rows = connection.execute("SELECT conversation, message FROM seen").fetchall()
        return [(conversation.partition(":")[2], message) for conversation, message in rows]

    await Discord(token, url, TEXTS, (), known, print, pause=0.05).run(talks.handle)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
