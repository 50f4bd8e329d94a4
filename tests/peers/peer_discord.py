"""The stories against a Discord server that is not ours. `make test-peers` installs and runs them.

It is npm's discord-digital-twin, driven through its own interface.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.channels import Incoming
from bot.channels.discord import Discord
from bot.conversations import Conversations
from dialogs.dialogue import Dialogue
from dialogs.messages import Commanded, Reply, Wrote
from tests.discord_shell import COMMANDS, TEXTS, Scripted
from tests.fake_discord import EPHEMERAL, buttons, shown
from tests.parent import Parent
from tests.school import OFFICE, flat
from tests.shell import Clock, open_store
from tests.stories import STORIES, Says, Taps, Waits
from tests.test_telegram_webhook import free_port

HERE = Path(__file__).parent
PEERS = Path(os.environ.get("PEERS", HERE.parent.parent / ".peers")).absolute()


class Twin:
    """A Discord that someone else wrote, and one parent on it."""

    url = token = ""

    def __init__(self, control: str, session: aiohttp.ClientSession) -> None:
        self.control, self.session = control, session

    async def do(self, what: str, **more: Any) -> Any:
        async with self.session.post(self.control, json={"what": what, **more}) as answer:
            return await answer.json(content_type=None)

    async def messages(self, **more: Any) -> list[dict[str, Any]]:
        return list(await self.do("messages", **more))

    async def said(self, count: int) -> list[dict[str, Any]]:
        for _ in range(200):
            messages = await self.messages()
            if len(messages) >= count:
                return messages
            await asyncio.sleep(0.05)
        raise AssertionError(f"{count} messages were to come")

    async def tap(self, choice: str) -> dict[str, Any]:
        for message in reversed(await self.messages()):
            for custom_id in buttons(message):
                if choice in (custom_id, custom_id.partition(":")[2]):
                    pressed = await self.do("press", message=message["id"], custom_id=custom_id)
                    return dict(pressed)
        raise AssertionError(f"no button {choice!r}")


@pytest.fixture
async def twin() -> AsyncIterator[Twin]:
    port = free_port()
    command = ["node", str(HERE / "discord_twin.mjs"), str(PEERS), str(port)]
    running = await asyncio.create_subprocess_exec(*command)
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(60):
            there = Twin(f"http://127.0.0.1:{port}", session)
            while True:
                try:
                    about = await there.do("about")
                    break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)
            there.url, there.token = about["url"], about["token"]
            yield there
    finally:
        running.kill()
        await running.wait()
        for left in PEERS.glob(f"twin-{running.pid}.db*"):
            left.unlink()


@asynccontextmanager
async def talking(twin: Twin, handle: Any) -> AsyncIterator[None]:
    async def known() -> list[tuple[str, str]]:
        return []

    channel = Discord(twin.token, twin.url, TEXTS, COMMANDS, known, print)
    task = asyncio.create_task(channel.run(handle))
    try:
        await asyncio.sleep(1.5)
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("name", STORIES)
async def test_each_story_runs_on_a_server_that_is_not_ours(
    name: str, twin: Twin, dialogue: Dialogue, tmp_path: Path
) -> None:
    story, store, clock = STORIES[name], open_store(tmp_path), Clock()
    core = Parent(dialogue, now=story.at)
    talks = Conversations(store, dialogue, OFFICE, clock, b"secret")
    async with talking(twin, talks.handle):
        clock.now = core.now
        await twin.do("command", name="start")
        core.take(Commanded("start"))
        await twin.said(len(core.said))
        for step in story.steps:
            clock.now = core.now
            match step:
                case Says(text):
                    await twin.do("say", text=text)
                    core.writes(text)
                case Taps(choice):
                    await twin.tap(choice)
                    core.taps_on(choice)
                case Waits(hours):
                    core.comes_back_after(hours=hours)
            await twin.said(len(core.said))
        await asyncio.sleep(0.3)
        seen = [shown(message["content"]) for message in await twin.messages()]

    assert flat(seen) == flat([reply.text for reply in core.said])
    assert sum("\n\n✓ " in text for text in seen) == core.taps
    assert len(await store.outbox_rows()) == story.letters
    store.close()


async def test_the_form_opens_and_its_words_are_taken(twin: Twin) -> None:
    handled: list[Incoming] = []

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        handled.append(incoming)
        return (Reply("What happened?", "what", asks_for_words=True),)

    async with talking(twin, handle):
        await twin.do("command", name="concern")
        await twin.said(1)
        pressed = await twin.tap("write")
        await asyncio.sleep(0.3)
        opened = await twin.do("answers", id=pressed["id"])
        await twin.do("form", custom_id="write", field="write", text="my own *words*")
        await twin.said(2)

    assert opened["type"] == 9
    assert [one.event for one in handled] == [Commanded("concern"), Wrote("my own *words*")]


async def test_a_slow_turn_is_deferred_and_answered(twin: Twin) -> None:
    async def handle(incoming: Incoming) -> Sequence[Reply]:
        await asyncio.sleep(2.0)
        return (Reply("Here I am."),)

    async with talking(twin, handle):
        asked = await twin.do("command", name="start")
        await asyncio.sleep(1.8)
        answered = await twin.do("answers", id=asked["id"])
        (said,) = await twin.said(1)

    assert answered["type"] == 5
    assert said["content"] == "Here I am."


async def test_a_command_in_a_server_is_answered_for_one_only(twin: Twin) -> None:
    handle = Scripted()

    async with talking(twin, handle):
        await twin.do("command", name="start", server=True)
        await twin.said(1)
        await asyncio.sleep(0.3)
        direct, (public,) = await twin.messages(), await twin.messages(server=True)

    assert [shown(message["content"]) for message in direct] == [TEXTS.come_here]
    assert public["flags"] & EPHEMERAL
    assert shown(public["content"]) == TEXTS.private_only
    assert handle.calls == 0


if __name__ == "__main__":
    sys.exit(pytest.main(["-q", __file__]))
