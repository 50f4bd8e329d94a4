"""python-telegram-bot's ConversationHandler, made durable: each turn is kept before the next.

`pickle`: its own PicklePersistence, written every turn. `sqlite`: a row each for the person and
the conversation.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import warnings
from pathlib import Path
from typing import Any

import aiosqlite
import w8
from telegram import InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    BasePersistence,
    CallbackQueryHandler,
    CommandHandler,
    ConversationHandler,
    MessageHandler,
    PersistenceInput,
    PicklePersistence,
    filters,
)
from telegram.request import BaseRequest, RequestData

warnings.filterwarnings("ignore")
Q1, Q2, Q3, Q4, TEXT, CONFIRM, DONE = range(7)
KEYBOARDS = {
    number: InlineKeyboardMarkup.de_json(w8.question_keyboard(number), None)
    for number in range(1, 5)
}
CONFIRM_KEYBOARD = InlineKeyboardMarkup.de_json(w8.CONFIRM, None)
DONE_KEYBOARD = InlineKeyboardMarkup.de_json(w8.DONE, None)


class Stub(BaseRequest):
    def __init__(self, api: w8.Api) -> None:
        self._api = api

    @property
    def read_timeout(self) -> float:
        return 5.0

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, **_: Any
    ) -> tuple[int, bytes]:
        sent = request_data.json_parameters if request_data else {}
        return 200, self._api.call(url.rpartition("/")[2], sent.get("chat_id"))


class SqlitePersistence(BasePersistence[Any, Any, Any]):
    def __init__(self, path: Path) -> None:
        kept = PersistenceInput(bot_data=False, chat_data=False, callback_data=False)
        super().__init__(store_data=kept, update_interval=3600)
        self._path, self._connection = path, None

    async def _open(self) -> Any:
        if self._connection is None:
            self._connection = await aiosqlite.connect(self._path, isolation_level=None)
            for statement in (
                "PRAGMA journal_mode=WAL",
                "PRAGMA synchronous=FULL",
                "CREATE TABLE IF NOT EXISTS person(id INTEGER PRIMARY KEY, data TEXT)",
                "CREATE TABLE IF NOT EXISTS conversation"
                "(name TEXT, key TEXT, state INTEGER, PRIMARY KEY (name, key))",
            ):
                await self._connection.execute(statement)
        return self._connection

    async def get_user_data(self) -> dict[int, Any]:
        connection = await self._open()
        rows = await connection.execute_fetchall("SELECT id, data FROM person")
        return {person: json.loads(data) for person, data in rows}

    async def get_conversations(self, name: str) -> dict[Any, Any]:
        connection = await self._open()
        rows = await connection.execute_fetchall(
            "SELECT key, state FROM conversation WHERE name = ?", (name,)
        )
        return {tuple(json.loads(key)): state for key, state in rows}

    async def update_user_data(self, user_id: int, data: Any) -> None:
        await (await self._open()).execute(
            "INSERT INTO person VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data",
            (user_id, json.dumps(data)),
        )

    async def update_conversation(self, name: str, key: Any, new_state: object | None) -> None:
        connection = await self._open()
        if new_state is None:
            await connection.execute(
                "DELETE FROM conversation WHERE name = ? AND key = ?", (name, json.dumps(key))
            )
        else:
            await connection.execute(
                "INSERT INTO conversation VALUES (?, ?, ?) ON CONFLICT (name, key) "
                "DO UPDATE SET state = excluded.state",
                (name, json.dumps(key), new_state),
            )

    async def flush(self) -> None: ...

    async def get_bot_data(self) -> Any:
        return {}

    async def get_chat_data(self) -> Any:
        return {}

    async def get_callback_data(self) -> None:
        return None

    async def update_bot_data(self, data: Any) -> None: ...

    async def update_chat_data(self, chat_id: int, data: Any) -> None: ...

    async def update_callback_data(self, data: Any) -> None: ...

    async def drop_chat_data(self, chat_id: int) -> None: ...

    async def drop_user_data(self, user_id: int) -> None: ...

    async def refresh_user_data(self, user_id: int, user_data: Any) -> None: ...

    async def refresh_chat_data(self, chat_id: int, chat_data: Any) -> None: ...

    async def refresh_bot_data(self, bot_data: Any) -> None: ...


class EachTurn(Application):
    __slots__ = ()

    async def process_update(self, update: object) -> None:
        await super().process_update(update)
        await self.update_persistence()


class Program:
    def __init__(self, kind: str) -> None:
        self._pickle = kind == "pickle"
        self.workload = w8.usual()

    def _build(self, folder: Path, api: str = "") -> None:
        self.api, self._outbox, self._lock = w8.Api(), w8.Outbox(folder), asyncio.Lock()
        builder = ApplicationBuilder().token(w8.TOKEN).application_class(EachTurn)
        if api:
            builder = builder.base_url(f"{api}/bot")
        else:
            builder = builder.request(Stub(self.api)).get_updates_request(Stub(self.api))
            builder = builder.updater(None)
        if self._pickle:
            builder = builder.persistence(PicklePersistence(folder / "ptb.pickle"))
        else:
            builder = builder.persistence(SqlitePersistence(folder / "ptb.db"))
        self._application = builder.build()
        asked = {
            state: [CallbackQueryHandler(self._answer, pattern=f"^q{state + 1}:")]
            for state in (Q1, Q2, Q3, Q4)
        }
        self._application.add_handler(
            ConversationHandler(
                entry_points=[CommandHandler("start", self._start)],
                states={
                    **asked,
                    TEXT: [MessageHandler(filters.TEXT & ~filters.COMMAND, self._text)],
                    CONFIRM: [CallbackQueryHandler(self._confirm, pattern="^confirm:")],
                    DONE: [CallbackQueryHandler(self._done, pattern="^done$")],
                },
                fallbacks=[],
                name="concern",
                persistent=True,
                allow_reentry=True,
            )
        )

    async def _start(self, update: Update, context: Any) -> int:
        context.user_data.clear()
        await update.message.reply_text(w8.QUESTIONS[0], reply_markup=KEYBOARDS[1])
        return Q1

    async def _answer(self, update: Update, context: Any) -> int:
        press = update.callback_query
        await press.answer()
        number = int(press.data[1])
        context.user_data[f"q{number}"] = press.data[3:]
        if number == 4:
            await press.edit_message_text(w8.ASK_TEXT)
            return TEXT
        await press.edit_message_text(w8.QUESTIONS[number], reply_markup=KEYBOARDS[number + 1])
        return Q1 + number

    async def _text(self, update: Update, context: Any) -> int:
        context.user_data["text"] = update.message.text
        shown = w8.summary(context.user_data)
        await update.message.reply_text(shown, reply_markup=CONFIRM_KEYBOARD)
        return CONFIRM

    async def _confirm(self, update: Update, context: Any) -> int:
        press = update.callback_query
        await press.answer()
        self._outbox.put(update.effective_chat.id, w8.summary(context.user_data))
        await press.edit_message_text(w8.QUEUED, reply_markup=DONE_KEYBOARD)
        return DONE

    async def _done(self, update: Update, context: Any) -> int:
        press = update.callback_query
        await press.answer()
        await press.edit_message_text(w8.BYE)
        context.user_data.clear()
        return ConversationHandler.END

    async def setup(self, folder: Path) -> None:
        self._build(folder)
        await self._application.initialize()
        await self._application.start()

    async def handle(self, update: bytes) -> None:
        async with self._lock:  # as it comes: one update at a time
            read = Update.de_json(json.loads(update), self._application.bot)
            await self._application.process_update(read)

    async def serve(self, folder: Path, port: int, api: str) -> None:
        self._build(folder, api)
        await self._application.initialize()
        await self._application.updater.start_webhook(
            listen="127.0.0.1",
            port=port,
            url_path="hook",
            webhook_url=f"http://127.0.0.1:{port}/hook",
            max_connections=100,
        )
        await self._application.start()

    def queued(self) -> int:
        return self._outbox.count()

    def seed(self, folder: Path, count: int) -> None:
        chats = range(10_000_000, 10_000_000 + count)
        if self._pickle:
            kept = {
                "conversations": {"concern": {(chat, chat): Q3 for chat in chats}},
                "user_data": {chat: {"q1": "y", "q2": "n"} for chat in chats},
                "chat_data": {},
                "bot_data": {},
                "callback_data": None,
            }
            (folder / "ptb.pickle").write_bytes(pickle.dumps(kept))
        else:
            asyncio.run(self._seed(folder, chats))

    async def _seed(self, folder: Path, chats: range) -> None:
        connection = await SqlitePersistence(folder / "ptb.db")._open()
        said = json.dumps({"q1": "y", "q2": "n"})
        await connection.execute("BEGIN")
        await connection.executemany(
            "INSERT INTO person VALUES (?, ?)", [(chat, said) for chat in chats]
        )
        await connection.executemany(
            "INSERT INTO conversation VALUES ('concern', ?, ?)",
            [(json.dumps((chat, chat)), Q3) for chat in chats],
        )
        await connection.execute("COMMIT")
        await connection.close()
