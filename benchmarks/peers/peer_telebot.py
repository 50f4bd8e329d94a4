"""pyTelegramBotAPI with its StatePickleStorage: one file, written anew for every change."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import w8
from aiohttp import web
from telebot import asyncio_helper, types
from telebot.async_telebot import AsyncTeleBot
from telebot.asyncio_filters import StateFilter
from telebot.asyncio_storage import StatePickleStorage
from telebot.states import State, StatesGroup


class Form(StatesGroup):
    q1 = State()
    q2 = State()
    q3 = State()
    q4 = State()
    text = State()
    confirm = State()
    done = State()


STEPS = (Form.q1, Form.q2, Form.q3, Form.q4, Form.text)
KEYBOARDS = [
    types.InlineKeyboardMarkup.de_json(w8.question_keyboard(number)) for number in range(1, 5)
]
CONFIRM = types.InlineKeyboardMarkup.de_json(w8.CONFIRM)
DONE = types.InlineKeyboardMarkup.de_json(w8.DONE)


class Program:
    def __init__(self) -> None:
        self.workload = w8.usual()

    def _build(self, folder: Path, api: str = "") -> None:
        self.api, self._outbox = w8.Api(), w8.Outbox(folder)
        if api:
            asyncio_helper.API_URL = api + "/bot{0}/{1}"
        else:
            asyncio_helper._process_request = self._stub
        storage = StatePickleStorage(str(folder / "states" / "states.pkl"))
        self._bot = bot = AsyncTeleBot(w8.TOKEN, state_storage=storage)
        bot.add_custom_filter(StateFilter(bot))
        bot.register_message_handler(self._start, commands=["start"])
        for number, state in enumerate(STEPS[:4], 1):
            bot.register_callback_query_handler(
                self._answer, func=_begins_with(f"q{number}:"), state=state
            )
        bot.register_message_handler(self._text, content_types=["text"], state=Form.text)
        bot.register_callback_query_handler(
            self._confirm, func=_begins_with("confirm:send"), state=Form.confirm
        )
        bot.register_callback_query_handler(self._done, func=_begins_with("done"), state=Form.done)

    async def _stub(
        self, token: str, url: str, params: Any = None, files: Any = None, **_: Any
    ) -> Any:
        asyncio_helper._prepare_data(params, files)
        return json.loads(self.api.call(url, (params or {}).get("chat_id")))["result"]

    async def _start(self, message: Any) -> None:
        await self._bot.set_state(message.from_user.id, Form.q1.name, message.chat.id)
        await self._bot.send_message(message.chat.id, w8.QUESTIONS[0], reply_markup=KEYBOARDS[0])

    async def _answer(self, press: Any) -> None:
        number = int(press.data[1])
        person, chat = press.from_user.id, press.message.chat.id
        await self._bot.add_data(person, chat, **{f"q{number}": press.data[3:]})
        await self._bot.set_state(person, STEPS[number].name, chat)
        text = w8.QUESTIONS[number] if number < 4 else w8.ASK_TEXT
        keyboard = KEYBOARDS[number] if number < 4 else None
        await self._bot.edit_message_text(
            text, chat, press.message.message_id, reply_markup=keyboard
        )
        await self._bot.answer_callback_query(press.id)

    async def _text(self, message: Any) -> None:
        person, chat = message.from_user.id, message.chat.id
        await self._bot.add_data(person, chat, text=message.text)
        await self._bot.set_state(person, Form.confirm.name, chat)
        async with self._bot.retrieve_data(person, chat) as said:
            shown = w8.summary(said)
        await self._bot.send_message(chat, shown, reply_markup=CONFIRM)

    async def _confirm(self, press: Any) -> None:
        person, chat = press.from_user.id, press.message.chat.id
        async with self._bot.retrieve_data(person, chat) as said:
            self._outbox.put(chat, w8.summary(said))
        await self._bot.set_state(person, Form.done.name, chat)
        await self._bot.edit_message_text(
            w8.QUEUED, chat, press.message.message_id, reply_markup=DONE
        )
        await self._bot.answer_callback_query(press.id)

    async def _done(self, press: Any) -> None:
        await self._bot.delete_state(press.from_user.id, press.message.chat.id)
        await self._bot.edit_message_text(w8.BYE, press.message.chat.id, press.message.message_id)
        await self._bot.answer_callback_query(press.id)

    async def setup(self, folder: Path) -> None:
        self._build(folder)

    async def handle(self, update: bytes) -> None:
        await self._bot.process_new_updates([types.Update.de_json(update.decode())])

    async def serve(self, folder: Path, port: int, api: str) -> None:
        self._build(folder, api)

        async def hook(request: web.Request) -> web.Response:
            await self.handle(await request.read())
            return web.Response()

        app = web.Application()
        app.router.add_post("/hook", hook)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()

    def queued(self) -> int:
        return self._outbox.count()

    def seed(self, folder: Path, count: int) -> None:
        (folder / "states").mkdir(exist_ok=True)
        bot, kept = w8.BOT["id"], {"state": "Form:q3", "data": {"q1": "y", "q2": "n"}}
        chats = range(10_000_000, 10_000_000 + count)
        states = {f"telebot:{bot}:{chat}:{chat}": kept for chat in chats}
        (folder / "states" / "states.pkl").write_bytes(pickle.dumps(states))


def _begins_with(data: str) -> Any:
    return lambda press: press.data.startswith(data)
