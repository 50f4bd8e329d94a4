"""The bot is killed with -9 again and again while parents go on: nothing lost, nothing twice.

`KILLS=100 python -m pytest tests/test_telegram_kill.py -s` runs it for longer.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.fake_telegram import FakeTelegram
from tests.test_telegram_webhook import free_port

KILLS = int(os.environ.get("KILLS", "3"))
PARENTS = range(1, 21)


@asynccontextmanager
async def bot(server: FakeTelegram, database: Path, webhook: str) -> AsyncIterator[None]:
    """The bot in a process of its own, until the end of the block, and not a moment longer."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.telegram_process",
        server.token, server.url, str(database), webhook,
        cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    try:
        yield
    finally:
        process.kill()
        await process.wait()


def saved(database: Path) -> dict[int, list[str]]:
    """What each conversation holds, as the store has it on the disk."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT conversation, session FROM session").fetchall()
    return {
        int(conversation.partition(":")[2]): json.loads(session)["trail"]
        for conversation, session in rows
    }


def all_have_seen(server: FakeTelegram, sent: dict[int, list[str]]) -> bool:
    """Whether each chat ends with the answer to its last message."""
    return all(
        server.from_bot(number)[-1]["text"] == f"{len(words)} taken"
        for number, words in sent.items()
        if words
    )


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_killed_at_any_point_no_answer_is_lost_and_none_counts_twice(
    mode: str, tmp_path: Path
) -> None:
    chance = random.Random(11)
    webhook = f"http://127.0.0.1:{free_port()}/telegram" if mode == "webhook" else ""
    database = tmp_path / "bot.db"
    sent: dict[int, list[str]] = {number: [] for number in PARENTS}
    async with FakeTelegram() as server:

        async def parents_go_on() -> None:
            for count in range(100_000):
                number = chance.choice(PARENTS)
                sent[number].append(f"{number}/{count}")
                server.put_message(number, text=f"{number}/{count}")
                # No more than the bot can catch up with: a kill comes every second or so.
                await asyncio.sleep(0.002 if len(server.pending) < 200 else 0.1)

        writing = asyncio.create_task(parents_go_on())
        delivered_before_kill = 0
        for _ in range(KILLS):
            taken = server.counts["sendMessage"]
            async with bot(server, database, webhook):
                await server.until(lambda now=taken: server.counts["sendMessage"] > now)  # type: ignore[misc]
                await asyncio.sleep(chance.uniform(0.01, 0.4))
            delivered_before_kill += server.counts["sendMessage"] - taken
        writing.cancel()

        async with bot(server, database, webhook):
            await server.until(lambda: not server.pending)
            await server.until(lambda: all_have_seen(server, sent))

        held = saved(database)
        total = sum(len(words) for words in sent.values())
        everything = [word for words in held.values() for word in words]
        lost = total - len(set(everything))
        doubled = len(everything) - len(set(everything))
        print(
            f"{mode}: {KILLS} kills -9, {total} messages of {len(PARENTS)} parents, "
            f"{delivered_before_kill} replies before kills: {lost} lost, {doubled} counted twice"
        )
        assert (lost, doubled) == (0, 0)
        assert delivered_before_kill > 0
        assert {number: words for number, words in sent.items() if words} == held
