"""Two reference points, which are no bots: how fast it could be at all.

`floor`: decode, a table of states, one row a turn with shared commits, raw HTTP on the loop.
`lean`: the same with a shared `transitions` machine and python-telegram-bot's raw calls.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sqlite3
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import orjson
import w8

warnings.filterwarnings("ignore")
STATES = ("idle", "q1", "q2", "q3", "q4", "text", "confirm", "done")


class Chat(msgspec.Struct):
    id: int


class Message(msgspec.Struct):
    chat: Chat
    message_id: int
    text: str | None = None


class Press(msgspec.Struct):
    id: str
    data: str
    message: Message


class Update(msgspec.Struct):
    update_id: int
    message: Message | None = None
    callback_query: Press | None = None


DECODER = msgspec.json.Decoder(Update)
#: What is said next, where nothing has to be looked up.
Said = tuple[str, dict[str, Any], str | None, str, dict[str, Any] | None]


class Store:
    """One row a conversation, and one transaction for all turns of one pass of the loop."""

    def __init__(self, path: Path) -> None:
        self.connection = w8.open_database(path)
        self.connection.execute(
            "CREATE TABLE IF NOT EXISTS conversation"
            "(chat INTEGER PRIMARY KEY, state INTEGER, latest INTEGER, data BLOB)"
        )
        self.connection.execute(
            "CREATE TABLE IF NOT EXISTS outbox(id INTEGER PRIMARY KEY, chat INTEGER, body TEXT)"
        )
        self._rows: list[tuple[int, int, int, bytes]] = []
        self._letters: list[tuple[int, str]] = []
        self._committed: asyncio.Future[None] | None = None

    def get(self, chat: int) -> tuple[int, int, bytes] | None:
        found: tuple[int, int, bytes] | None = self.connection.execute(
            "SELECT state, latest, data FROM conversation WHERE chat = ?", (chat,)
        ).fetchone()
        return found

    def put(
        self, chat: int, state: int, latest: int, data: bytes, letter: str | None
    ) -> asyncio.Future[None]:
        self._rows.append((chat, state, latest, data))
        if letter is not None:
            self._letters.append((chat, letter))
        if self._committed is None:
            loop = asyncio.get_running_loop()
            self._committed = loop.create_future()
            loop.call_soon(self._commit)
        return self._committed

    def _commit(self) -> None:
        rows, letters, future = self._rows, self._letters, self._committed
        self._rows, self._letters, self._committed = [], [], None
        assert future is not None
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            self.connection.executemany(
                "INSERT INTO conversation VALUES (?, ?, ?, ?) ON CONFLICT (chat) DO UPDATE "
                "SET state = excluded.state, latest = excluded.latest, data = excluded.data",
                rows,
            )
            self.connection.executemany("INSERT INTO outbox(chat, body) VALUES (?, ?)", letters)
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            future.set_exception(error)
        else:
            future.set_result(None)


class Client(asyncio.Protocol):
    """One kept connection to the Bot API, one request at a time."""

    def __init__(self) -> None:
        self._buffer = b""
        self.answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if (whole := _whole(self._buffer)) and self.answer is not None:
            body, self._buffer = whole
            self.answer.set_result(body)


class Server(asyncio.Protocol):
    """Just enough HTTP to take a webhook's request."""

    def __init__(self, handle: Callable[[bytes], Awaitable[None]]) -> None:
        self._handle, self._buffer = handle, b""
        self._tasks = set[asyncio.Task[None]]()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while whole := _whole(self._buffer):
            body, self._buffer = whole
            task = asyncio.get_running_loop().create_task(self._answer(body))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, body: bytes) -> None:
        await self._handle(body)
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def _whole(buffer: bytes) -> tuple[bytes, bytes] | None:
    """The body of the first message in the buffer and what follows it, once it is all there."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = buffer[:end].lower()
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r", 1)[0]) if at >= 0 else 0
    start = end + 4
    if len(buffer) < start + length:
        return None
    return buffer[start : start + length], buffer[start + length :]


class Raw:
    """A pool of `Client`s."""

    def __init__(self, api: str) -> None:
        self._host, _, port = api.rpartition("//")[2].partition(":")
        self._port, self._idle = int(port), list[Client]()

    async def post(self, path: str, body: bytes) -> bytes:
        loop = asyncio.get_running_loop()
        if self._idle:
            client = self._idle.pop()
        else:
            _, client = await loop.create_connection(Client, self._host, self._port)
        client.answer = loop.create_future()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        client.transport.write(head.encode() + body)  # type: ignore[attr-defined]
        answer = await client.answer
        self._idle.append(client)
        return answer


Call = Callable[[str, dict[str, Any]], Awaitable[Any]]


class Turn:
    __slots__ = ("__dict__", "state")


class Program:
    def __init__(self, kind: str) -> None:
        self._lean = kind == "lean"
        self.workload = w8.usual()

    def _open(self, folder: Path) -> None:
        self._store = Store(folder / "floor.db")
        self._locks: dict[int, asyncio.Lock] = {}
        if self._lean:
            from transitions import Machine

            ways = [["begin", "*", "q1"], ["finish", "done", "idle"]]
            ways += [["advance", one, other] for one, other in itertools.pairwise(STATES[1:])]
            machine = Machine(None, STATES, "idle", transitions=ways, auto_transitions=False)
            self._events = machine.events

    async def setup(self, folder: Path) -> None:
        self._open(folder)
        self.api = w8.Api()

        async def post(url: str, body: bytes) -> bytes:
            return self.api.call(url.rpartition("/")[2], orjson.loads(body).get("chat_id"))

        self._call = await self._caller(post, "http://api")

    async def serve(self, folder: Path, port: int, api: str) -> None:
        self._open(folder)
        self._call = await self._caller(Raw(api).post, api)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Server(self.handle), "127.0.0.1", port, backlog=1024
        )

    async def _caller(self, post: Callable[[str, bytes], Awaitable[bytes]], api: str) -> Call:
        if not self._lean:

            async def call(method: str, parameters: dict[str, Any]) -> Any:
                path = f"/bot{w8.TOKEN}/{method}"
                return orjson.loads(await post(path, orjson.dumps(parameters)))

            return call
        from telegram import Bot
        from telegram.request import BaseRequest, RequestData

        class Request(BaseRequest):
            @property
            def read_timeout(self) -> float:
                return 5.0

            async def initialize(self) -> None: ...

            async def shutdown(self) -> None: ...

            async def do_request(
                self, url: str, method: str, request_data: RequestData | None = None, **_: Any
            ) -> tuple[int, bytes]:
                body = orjson.dumps(request_data.parameters if request_data else {})
                return 200, await post("/" + url.split("/", 3)[3], body)

        bot = Bot(w8.TOKEN, f"{api}/bot", request=Request(), get_updates_request=Request())

        async def raw(method: str, parameters: dict[str, Any]) -> Any:
            return await bot.do_api_request(method, api_kwargs=parameters)

        return raw

    def queued(self) -> int:
        row = self._store.connection.execute("SELECT COUNT(*) FROM outbox").fetchone()
        return int(row[0])

    async def handle(self, update: bytes) -> None:
        got = DECODER.decode(update)
        press = got.callback_query
        message = press.message if press else got.message
        assert message is not None
        chat = message.chat.id
        lock = self._locks.setdefault(chat, asyncio.Lock())
        async with lock:
            await self._turn(chat, got, press)
        if not lock.locked():
            self._locks.pop(chat, None)

    async def _turn(self, chat: int, got: Update, press: Press | None) -> None:
        row = self._store.get(chat)
        state, latest, said = (row[0], row[1], orjson.loads(row[2])) if row else (0, -1, {})
        if got.update_id == latest:
            return
        text = got.message.text if got.message else None
        decided = _decide(state, said, text, press.data if press else None)
        answered = None
        if press:
            answer = self._call("answerCallbackQuery", {"callback_query_id": press.id})
            answered = asyncio.ensure_future(answer)
        if decided:
            trigger, said, letter, reply, keyboard = decided
            state = self._move(state, trigger)
            await self._store.put(chat, state, got.update_id, orjson.dumps(said), letter)
            shown: dict[str, Any] = {"chat_id": chat, "text": reply}
            if keyboard:
                shown["reply_markup"] = keyboard
            if press:
                shown["message_id"] = press.message.message_id
            await self._call("editMessageText" if press else "sendMessage", shown)
        if answered:
            await answered

    def _move(self, state: int, trigger: str) -> int:
        if not self._lean:
            return {"begin": 1, "advance": state + 1, "finish": 0}[trigger]
        turn = Turn()
        turn.state = STATES[state]
        self._events[trigger].trigger(turn)
        return STATES.index(turn.state)

    def seed(self, folder: Path, count: int) -> None:
        connection = Store(folder / "floor.db").connection
        said = json.dumps({"q1": "y", "q2": "n"}).encode()
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO conversation VALUES (?, 3, 1, ?)",
            ((10_000_000 + number, said) for number in range(count)),
        )
        connection.execute("COMMIT")


KEYBOARDS = {number: w8.question_keyboard(number) for number in range(1, 5)}


def _decide(state: int, said: dict[str, Any], text: str | None, data: str | None) -> Said | None:
    if text == "/start":
        return "begin", {}, None, w8.QUESTIONS[0], KEYBOARDS[1]
    if data is not None and 1 <= state <= 4 and data.startswith(f"q{state}:"):
        said[f"q{state}"] = data[3:]
        asked = w8.QUESTIONS[state] if state < 4 else w8.ASK_TEXT
        return "advance", said, None, asked, KEYBOARDS.get(state + 1)
    if text is not None and state == 5:
        said["text"] = text
        return "advance", said, None, w8.summary(said), w8.CONFIRM
    if data == "confirm:send" and state == 6:
        return "advance", said, w8.summary(said), w8.QUEUED, w8.DONE
    if data == "done" and state == 7:
        return "finish", {}, None, w8.BYE, None
    return None
