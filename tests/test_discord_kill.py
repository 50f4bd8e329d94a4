"""The bot is killed with -9 again and again while parents go on: nothing lost, nothing twice.

`KILLS=100 python -m pytest tests/test_discord_kill.py` runs it for longer.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from tests.fake_discord import DiscordParent, FakeDiscord, Interaction, buttons

KILLS = int(os.environ.get("KILLS", "2"))
PARENTS = 8


async def start(server: FakeDiscord, database: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.discord_process", server.token, server.url, str(database),
        cwd=Path(__file__).parent.parent,
    )  # fmt: skip


def saved(database: Path) -> dict[str, list[str]]:
    """What each conversation holds, as the store has it on the disk."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT conversation, session FROM session").fetchall()
    return {name.partition(":")[2]: json.loads(session)["trail"] for name, session in rows}


async def test_killed_at_any_point_no_direct_message_is_lost_and_none_is_taken_twice(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    chance = random.Random(11)
    database = tmp_path / "bot.db"
    async with FakeDiscord() as server:
        parents = [DiscordParent(server, str(20_000 + number)) for number in range(PARENTS)]
        sent: dict[str, list[str]] = {parent.id: [] for parent in parents}
        taps: dict[str, list[Interaction]] = {parent.id: [] for parent in parents}

        async def say(parent: DiscordParent, words: str) -> None:
            sent[parent.id].append(words)
            await server.say(parent.id, words)

        async def tap(parent: DiscordParent) -> None:
            shown = [one for one in server.sent(parent.channel) if buttons(one)]
            if shown:
                message = json.loads(json.dumps(shown[-1]))
                data = {"component_type": 2, "custom_id": next(iter(buttons(message)))}
                taps[parent.id].append(await server.interact(parent.id, 3, data, message))

        async def parents_go_on() -> None:
            for count in range(100_000):
                parent = chance.choice(parents)
                if chance.random() < 0.3:
                    await tap(parent)
                else:
                    await say(parent, f"{parent.id}/{count}")
                up = any(session.socket for session in server.sessions.values())
                await asyncio.sleep(0.004 if up else 0.05)

        process = await start(server, database)
        await server.until(lambda: server.gateway_events["identify"])
        for parent in parents:
            await say(parent, f"{parent.id}/first")
        await server.until(lambda: all(server.sent(one.channel) for one in parents))
        writing = asyncio.create_task(parents_go_on())
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.05, 0.5))
            process.kill()
            await process.wait()
            await asyncio.sleep(chance.uniform(0.0, 0.1))
            before = server.gateway_events["identify"]
            process = await start(server, database)
            await server.until(lambda before=before: server.gateway_events["identify"] > before)  # type: ignore[misc]
        writing.cancel()
        process.kill()
        await process.wait()

        process = await start(server, database)
        await server.until(lambda: _words(saved(database)) == sent or None)
        await server.quiet(0.5)
        process.terminate()
        await asyncio.wait_for(process.wait(), 10)

        held = saved(database)
        total = sum(len(words) for words in sent.values())
        everything = [word for words in _words(held).values() for word in words]
        lost, doubled = total - len(set(everything)), len(everything) - len(set(everything))
        answered = sum(bool(one.answers) for each in taps.values() for one in each)
        counted = sum(words.count("press") for words in held.values())
        up_to_date = sum(
            server.sent(parent.channel)[-1]["content"] == f"{len(held[parent.id])} taken"
            for parent in parents
        )
        tell(
            f"discord: {KILLS} kills -9, {total} messages of {PARENTS} parents: {lost} lost, "
            f"{doubled} counted twice; {sum(map(len, taps.values()))} taps, {answered} answered, "
            f"{counted} counted; {server.doubled} answers sent again were not shown again"
        )
        kept = _seen(database)
        for tapped in (one for each in taps.values() for one in each):
            # Acknowledged at once, not "thinking" first: then it is on the disk.
            assert not tapped.answers or tapped.answers[0]["type"] == 6 or tapped.id in kept
        assert (lost, doubled) == (0, 0)
        assert _words(held) == sent
        assert up_to_date == PARENTS


def _seen(database: Path) -> set[str]:
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT message FROM seen").fetchall()
    return {message.lstrip("im") for (message,) in rows}


def _words(held: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: [word for word in words if word != "press"] for name, words in held.items()}
