"""aiogram's FSM with its state in SQLite: WAL, one commit for each change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import w8
from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import BaseStorage, StorageKey
from aiogram.fsm.storage.memory import SimpleEventIsolation
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web


class Form(StatesGroup):
    q1 = State()
    q2 = State()
    q3 = State()
    q4 = State()
    text = State()
    confirm = State()
    done = State()


ASKED = (Form.q1, Form.q2, Form.q3, Form.q4)
KEYBOARDS = [InlineKeyboardMarkup(**w8.question_keyboard(number)) for number in range(1, 5)]
CONFIRM, DONE = InlineKeyboardMarkup(**w8.CONFIRM), InlineKeyboardMarkup(**w8.DONE)


class Stub(AiohttpSession):
    """Builds the same form and decodes the same JSON as the real one, without the socket."""

    def __init__(self, api: w8.Api) -> None:
        super().__init__()
        self._stub = api

    async def make_request(self, bot: Any, method: Any, timeout: Any = None) -> Any:
        form = self.build_form_data(bot=bot, method=method)
        sent = {field[0]["name"]: field[2] for field in form._fields}
        answer = self._stub.call(method.__api_method__, sent.get("chat_id")).decode()
        return self.check_response(bot=bot, method=method, status_code=200, content=answer).result


class Storage(BaseStorage):
    def __init__(self, path: Path) -> None:
        self.connection = w8.open_database(path)
        self.connection.execute(
            "CREATE TABLE IF NOT EXISTS fsm(key TEXT PRIMARY KEY, state TEXT, data TEXT)"
        )

    async def set_state(self, key: StorageKey, state: Any = None) -> None:
        name = state.state if isinstance(state, State) else state
        self.connection.execute(
            "INSERT INTO fsm(key, state) VALUES (?, ?) ON CONFLICT (key) "
            "DO UPDATE SET state = excluded.state",
            (_key(key.chat_id), name),
        )

    async def get_state(self, key: StorageKey) -> Any:
        row = self.connection.execute(
            "SELECT state FROM fsm WHERE key = ?", (_key(key.chat_id),)
        ).fetchone()
        return row[0] if row else None

    async def set_data(self, key: StorageKey, data: Any) -> None:
        self.connection.execute(
            "INSERT INTO fsm(key, data) VALUES (?, ?) ON CONFLICT (key) "
            "DO UPDATE SET data = excluded.data",
            (_key(key.chat_id), json.dumps(data)),
        )

    async def get_data(self, key: StorageKey) -> Any:
        row = self.connection.execute(
            "SELECT data FROM fsm WHERE key = ?", (_key(key.chat_id),)
        ).fetchone()
        return json.loads(row[0]) if row and row[0] else {}

    async def close(self) -> None:
        self.connection.close()


def _key(chat: int) -> str:
    return f"{w8.BOT['id']}:{chat}:{chat}:default"


class Program:
    def __init__(self) -> None:
        self.workload = w8.usual()

    def _build(self, folder: Path, api: str = "") -> None:
        self.api, self._outbox = w8.Api(), w8.Outbox(folder)
        session = AiohttpSession(api=TelegramAPIServer.from_base(api)) if api else Stub(self.api)
        self._bot = Bot(w8.TOKEN, session=session)
        storage = Storage(folder / "fsm.db")
        self._dispatcher = Dispatcher(storage=storage, events_isolation=SimpleEventIsolation())
        router = Router()
        router.message.register(self._start, CommandStart())
        for number, state in enumerate(ASKED, 1):
            asks = F.data.startswith(f"q{number}:")
            router.callback_query.register(self._answer, state, asks)
        router.message.register(self._text, Form.text, F.text)
        router.callback_query.register(self._confirm, Form.confirm, F.data == "confirm:send")
        router.callback_query.register(self._done, Form.done, F.data == "done")
        self._dispatcher.include_router(router)

    async def _start(self, message: Message, state: FSMContext) -> None:
        await state.set_data({})
        await state.set_state(Form.q1)
        await message.answer(w8.QUESTIONS[0], reply_markup=KEYBOARDS[0])

    async def _answer(self, press: CallbackQuery, state: FSMContext) -> None:
        number = int(press.data[1])
        await state.update_data({f"q{number}": press.data[3:]})
        if number < 4:
            await state.set_state(ASKED[number])
            await press.message.edit_text(w8.QUESTIONS[number], reply_markup=KEYBOARDS[number])
        else:
            await state.set_state(Form.text)
            await press.message.edit_text(w8.ASK_TEXT)
        await press.answer()

    async def _text(self, message: Message, state: FSMContext) -> None:
        said = await state.update_data(text=message.text)
        await state.set_state(Form.confirm)
        await message.answer(w8.summary(said), reply_markup=CONFIRM)

    async def _confirm(self, press: CallbackQuery, state: FSMContext) -> None:
        self._outbox.put(press.message.chat.id, w8.summary(await state.get_data()))
        await state.set_state(Form.done)
        await press.message.edit_text(w8.QUEUED, reply_markup=DONE)
        await press.answer()

    async def _done(self, press: CallbackQuery, state: FSMContext) -> None:
        await state.clear()
        await press.message.edit_text(w8.BYE)
        await press.answer()

    async def setup(self, folder: Path) -> None:
        self._build(folder)
        await self._dispatcher.emit_startup(bot=self._bot)

    async def handle(self, update: bytes) -> None:
        await self._dispatcher.feed_raw_update(self._bot, json.loads(update))

    async def serve(self, folder: Path, port: int, api: str) -> None:
        self._build(folder, api)
        app = web.Application()
        SimpleRequestHandler(self._dispatcher, self._bot).register(app, path="/hook")
        setup_application(app, self._dispatcher, bot=self._bot)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()

    def queued(self) -> int:
        return self._outbox.count()

    def seed(self, folder: Path, count: int) -> None:
        connection = Storage(folder / "fsm.db").connection
        said = json.dumps({"q1": "y", "q2": "n"})
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO fsm VALUES (?, 'Form:q3', ?)",
            ((_key(10_000_000 + number), said) for number in range(count)),
        )
        connection.execute("COMMIT")
