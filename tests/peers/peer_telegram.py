"""The stories against Bot API servers that are not ours. `make test-peers` installs and runs them.

Each is driven through its own control interface, and holds what the bot said in its own way.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import pytest

from bot.channels.telegram import Telegram, Webhook
from bot.channels.telegram_replies import CHOSEN
from bot.conversations import Conversations
from dialogs.dialogue import Dialogue
from tests.parent import Parent
from tests.school import OFFICE
from tests.shell import Clock, open_store
from tests.stories import STORIES, Says, Taps, Waits
from tests.test_telegram import TEXTS
from tests.test_telegram_webhook import free_port

HERE = Path(__file__).parent
PEERS = Path(os.environ.get("PEERS", HERE.parent.parent / ".peers")).absolute()
TOKEN, CHAT, SECRET = "123456:ABC-peer", 1, "s3cret_" * 6
_REFERENCE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")


class Peer(Protocol):
    """A Bot API server that someone else wrote."""

    webhook: Webhook | None

    async def say(self, text: str) -> None: ...

    async def press(self, message: dict[str, Any], data: str) -> None: ...

    async def messages(self) -> list[dict[str, Any]]:
        """What the bot said, as Telegram would show it now: message_id, text, reply_markup."""
        ...


class TelegramTestApi:
    """npm's telegram-test-api, by polling."""

    webhook = None

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url, self.session = url, session
        self.who = {"id": CHAT, "first_name": "Parent", "is_bot": False}
        self.chat = {"id": CHAT, "first_name": "Parent", "type": "private"}

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        async with self.session.post(f"{self.url}{path}", json=body) as answer:
            return (await answer.json()).get("result")

    async def say(self, text: str) -> None:
        message = {"botToken": TOKEN, "from": self.who, "chat": self.chat, "date": 1, "text": text}
        if text.startswith("/"):
            command = {"offset": 0, "length": len(text.split()[0]), "type": "bot_command"}
            await self._post("/sendCommand", {**message, "entities": [command]})
        else:
            await self._post("/sendMessage", message)

    async def press(self, message: dict[str, Any], data: str) -> None:
        shown = {**message, "chat": self.chat, "date": 1}
        press = {"botToken": TOKEN, "from": self.who, "message": shown, "data": data, "date": 1}
        await self._post("/sendCallback", press)

    async def messages(self) -> list[dict[str, Any]]:
        history = await self._post("/getUpdatesHistory", {"token": TOKEN})
        said = [one for one in history if "chat_id" in one.get("message", {})]
        said.sort(key=lambda one: int(one["messageId"]))
        return [{**one["message"], "message_id": one["messageId"]} for one in said]


class Telemelya:
    """PyPI's telemelya, by webhook."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url, self.session = url, session
        port = free_port()
        self.webhook: Webhook | None = Webhook(
            f"http://127.0.0.1:{port}/telegram", SECRET, "127.0.0.1", port
        )
        self.headers = {"Authorization": "Bearer any"}

    async def _send(self, **update: Any) -> None:
        # It numbers messages by the millisecond.
        await asyncio.sleep(0.005)
        url = f"{self.url}/api/v1/test/send_update"
        body = {"chat_id": CHAT, **update}
        async with self.session.post(
            url, json=body, headers=self.headers, params={"bot_token": TOKEN}
        ) as answer:
            delivery = await answer.json()
        assert delivery["delivery"]["status_code"] == 200, delivery

    async def say(self, text: str) -> None:
        await self._send(text=text)

    async def press(self, message: dict[str, Any], data: str) -> None:
        await self._send(callback_data=data, callback_message_id=message["message_id"])

    async def responses(self) -> list[dict[str, Any]]:
        url = f"{self.url}/api/v1/test/responses"
        async with self.session.get(url, headers=self.headers) as answer:
            return list((await answer.json())["responses"])

    async def messages(self) -> list[dict[str, Any]]:
        return [one for one in await self.responses() if one["method"] == "sendMessage"]


@asynccontextmanager
async def process(*command: str) -> AsyncIterator[None]:
    running = await asyncio.create_subprocess_exec(*command)
    try:
        yield
    finally:
        running.kill()
        await running.wait()


@asynccontextmanager
async def peer(kind: str) -> AsyncIterator[Peer]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    make: Callable[[str, aiohttp.ClientSession], Peer]
    if kind == "telegram-test-api":
        command = ["node", str(HERE / "telegram_test_api.cjs"), str(PEERS), str(port)]
        make = TelegramTestApi
    else:
        python = str(PEERS / "python" / "bin" / "python")
        command = [python, str(HERE / "telemelya_server.py"), str(port), SECRET]
        make = Telemelya
    async with process(*command), aiohttp.ClientSession() as session:
        async with asyncio.timeout(30):
            while True:
                try:
                    async with session.post(f"{url}/bot{TOKEN}/getMe"):
                        break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)
        yield make(url, session)


@pytest.mark.parametrize("kind", ["telegram-test-api", "telemelya"])
@pytest.mark.parametrize("name", STORIES)
async def test_each_story_runs_on_a_server_that_is_not_ours(
    name: str, kind: str, dialogue: Dialogue, tmp_path: Path
) -> None:
    story, store, clock = STORIES[name], open_store(tmp_path), Clock()
    core = Parent(dialogue, now=story.at)
    talks = Conversations(store, dialogue, OFFICE, clock, b"secret")
    async with peer(kind) as there:
        url = there.url  # type: ignore[attr-defined]
        bot = Telegram(TOKEN, url, texts=TEXTS, webhook=there.webhook)
        task = asyncio.create_task(bot.run(talks.handle))
        if there.webhook:
            await asyncio.sleep(1.0)

        async def until_said() -> None:
            wanted = plainly([reply.text for reply in core.said])
            for _ in range(200):
                if plainly([message["text"] for message in await there.messages()]) == wanted:
                    return
                await asyncio.sleep(0.05)
            raise AssertionError("not all was said")

        clock.now = core.now
        await there.say("/start")
        core.commands("start")
        await until_said()
        for step in story.steps:
            clock.now = core.now
            match step:
                case Says(text):
                    await there.say(text)
                    core.writes(text)
                case Taps(choice):
                    message, data = newest(await there.messages(), choice)
                    await there.press(message, data)
                    core.taps_on(choice)
                case Waits(hours):
                    core.comes_back_after(hours=hours)
            await until_said()

        await bot.settled()
        seen = [message["text"] for message in await there.messages()]
        assert plainly(seen) == plainly([reply.text for reply in core.said])
        letters = [row for row in await store.outbox_rows() if row.kind == "letter"]
        assert len(letters) == story.letters
        if not isinstance(there, Telemelya):  # it keeps no edits
            assert sum(CHOSEN in text for text in seen) == core.taps
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    store.close()


def newest(messages: list[dict[str, Any]], choice: str) -> tuple[dict[str, Any], str]:
    for message in reversed(messages):
        markup = message.get("reply_markup") or {}
        markup = json.loads(markup) if isinstance(markup, str) else markup
        for row in markup.get("inline_keyboard", []):
            for button in row:
                if button["callback_data"].partition(":")[2] == choice:
                    return message, button["callback_data"]
    raise AssertionError(f"no button {choice!r}")


def plainly(texts: list[str]) -> str:
    joined = "\n".join(text.partition(f"\n\n{CHOSEN}")[0].strip() for text in texts)
    return " ".join(_REFERENCE.sub("REFERENCE", joined).split())


if __name__ == "__main__":
    sys.exit(pytest.main(["-q", __file__]))
