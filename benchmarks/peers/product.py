"""Before You Post itself on the workload: its own content, its own store, its own channel."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import w8

from bot import app, loop
from bot.channels import telegram_api, telegram_json
from bot.channels.telegram import Texts
from bot.channels.telegram_sending import Sending
from bot.channels.telegram_turns import Turns
from bot.engine import Engine
from bot.parts import built
from bot.settings import Settings
from bot.store import Store, Transaction
from dialogs.content import Content
from dialogs.session import Session

#: Two texts and six presses, Send among them: as many of each as the others have.
_CHAT = re.compile(rb'\{"chat_id":(\d+)')
STEPS = ("/start", "talk", "thanks", w8.FREE_TEXT, "skip", "skip", "unnamed", "send")


class Wire(telegram_api.Wire):
    """Our transport without the socket."""

    api: w8.Api
    sent: list[bytes]

    async def deliver(self, url: str, body: bytes, patience: float) -> tuple[int, bytes]:
        chat = _CHAT.match(body)
        markup = None
        if b'"reply_markup"' in body:
            self.sent[:] = [body]
            markup = _Markup(body)
        return 200, self.api.call(url.rsplit("/", 1)[1], int(chat[1]) if chat else None, markup)


class _Markup:
    """The keyboard of a call, read when it is asked for: reading all would be counted as ours."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __getitem__(self, key: str) -> Any:
        return json.loads(self._body)["reply_markup"][key]


class Program:
    run = staticmethod(loop.run)

    async def setup(self, folder: Path) -> None:
        """All but the engine: like the others, we queue the concern and do not deliver it."""
        self.api, self.sent = w8.Api(keeps=True), list[bytes]()
        wire = type("W", (Wire,), {"api": self.api, "sent": self.sent})
        telegram_api.Wire = wire  # type: ignore[misc]
        content = Content.load(Path("policy_content"))
        self._stack = AsyncExitStack()
        parts = await self._stack.enter_async_context(built(settings(folder), content, {}))
        sending = Sending(telegram_api.Api(w8.TOKEN), _nothing)
        texts = Texts("private", "not yours", "not taken")
        tasks = set[asyncio.Task[None]]()

        def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
            task = asyncio.get_running_loop().create_task(work)
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            return task

        self._turns = Turns(parts.conversations.handle, sending, texts, _nothing, spawn)
        self._database = sqlite3.connect(folder / "bot.db")
        self.workload = await self._learn()
        parts.dialogue.ready()
        content.promise(datetime.now(UTC))
        loop.settle()

    async def handle(self, update: bytes) -> None:
        await self._turns.take(telegram_json.read(update), 20.0)

    def queued(self) -> int:
        return int(self._database.execute("SELECT COUNT(*) FROM concern").fetchone()[0])

    async def _learn(self) -> w8.Workload:
        """Play the conversation once, so that each press is on the message that we do show."""
        templates, waits = [], {}
        for turn, step in enumerate(STEPS):
            if not turn or len(step) > 20:
                template = w8.template(turn, "text", step)
                data = ""
            else:
                shown = json.loads(self.sent[-1])
                buttons = [one for row in shown["reply_markup"]["inline_keyboard"] for one in row]
                button = next(b for b in buttons if b["callback_data"].endswith(f":{step}"))
                data = button["callback_data"]
                if step == "send":
                    waits[turn] = button["text"]
                    button["callback_data"] = w8.DATA
                message = {key: shown[key] for key in ("text", "reply_markup")}
                template = w8.template(turn, "press", button["callback_data"], message)
            templates.append(template)
            await self.handle(w8.Workload(templates).update(4242, turn, data))
        return w8.Workload(templates, waits)

    async def serve(self, folder: Path, port: int, api: str) -> None:
        """The whole program, as `before-you-post run` does it. W8_QUEUE=1: without the engine."""
        if os.environ.get("W8_QUEUE"):
            Engine.run = _wait  # type: ignore[method-assign, assignment]
        given = {
            "TELEGRAM_API_URL": api,
            "TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}/hook",
            "TELEGRAM_WEBHOOK_SECRET": w8.SECRET,
            "TELEGRAM_TOKEN": w8.TOKEN,
            "LISTEN": f"127.0.0.1:{port}",
        }
        content = Content.load(Path("policy_content"))
        await app.serve(settings(folder, given), content)

    def seed(self, folder: Path, count: int) -> None:
        asyncio.run(_seed(folder, count))


async def _seed(folder: Path, count: int) -> None:
    """So many conversations in the middle of a message to school, with six messages each."""
    store = Store.open(f"sqlite:///{folder}/bot.db")
    session = Session(
        state="answer",
        unsent={"kind": "thanks", "what": w8.FREE_TEXT, "full_name": "none", "name": ""},
        trail=("hello", "talk", "what", "name"),
    ).to_json()
    now = datetime.now(UTC)

    def some(first: int, last: int) -> None:
        def work(tx: Transaction) -> None:
            for number in range(first, last):
                conversation = f"telegram:{10_000_000 + number}"
                tx.save_session(conversation, session, "en", now)
                for message in range(6):
                    tx.note_seen(conversation, f"c{number}0{message}", now)

        works.append(store.turn(work))

    works: list[Coroutine[Any, Any, None]] = []
    for first in range(0, count, 1000):
        some(first, min(first + 1000, count))
    for one in works:
        await one
    store.close()


def settings(folder: Path, given: dict[str, str] | None = None) -> Settings:
    return Settings.from_env(
        {
            "DATABASE_URL": f"sqlite:///{folder}/bot.db",
            "MAIL_URL": f"maildir:{folder}/inbox",
            **(given or {}),
        },
        None,
    )


async def _nothing(*_: object) -> None:
    pass


async def _wait(_: object) -> None:
    await asyncio.Event().wait()
