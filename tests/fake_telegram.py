"""A small Bot API server on 127.0.0.1 with Telegram's own rules, and a parent who chats with it.

What it holds a bot to: updates stay until a later offset confirms them, for a day; one poller at
a time, none beside a webhook; a press is answered once and in time; lengths in UTF-16 units,
entities within the text, 64 bytes a button, edits that change something; per-chat order.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.patience import PATIENCE

TOKEN = "7000000001:AAFakeTokenForTestsOnly-notARealOne"
ME = {"id": 7000000001, "is_bot": True, "first_name": "School bot", "username": "school_test_bot"}
DAY = 24 * 3600.0
PRESS_LASTS = 15.0
JSON = dict[str, Any]


class Refused(Exception):
    """What the Bot API answers instead of a result."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


@dataclass
class Chat:
    """One chat as the server keeps it."""

    id: int
    kind: str = "private"
    messages: dict[int, JSON] = field(default_factory=dict)
    blocked: bool = False
    known: bool = True
    slow_until: float = 0.0
    actions: list[str] = field(default_factory=list)

    def as_json(self) -> JSON:
        named = {"first_name": "Parent"} if self.kind == "private" else {"title": "Year 3"}
        return {"id": self.id, "type": self.kind, **named}


class FakeTelegram:
    """`async with FakeTelegram() as telegram:` serves `telegram.url` for `telegram.token`."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token, self.url = token, ""
        self.clock: Callable[[], float] = time.time
        self.calls: list[tuple[str, JSON]] = []
        self.counts: Counter[str] = Counter()
        self.chats: dict[int, Chat] = {}
        self.pending: deque[tuple[int, float, JSON]] = deque()
        self.commands: dict[str, list[JSON]] = {}
        self.presses: dict[str, tuple[float, list[JSON]]] = {}
        self.faults: dict[str, deque[str]] = defaultdict(deque)
        self.webhook: JSON = {}
        self.webhook_answers: list[int] = []
        self.conflicts = 0
        self.latency = 0.0
        self.holds_the_line = True
        self._numbers = itertools.count(700_000_001)
        self._messages = itertools.count(100)
        self._press_numbers = itertools.count(5_000_000_000)
        self._news = asyncio.Event()
        self._changed = asyncio.Condition()
        self._poller: asyncio.Event | None = None
        self._delivery: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> FakeTelegram:
        app = web.Application(client_max_size=50 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._delivery:
            self._delivery.cancel()
            await asyncio.gather(self._delivery, return_exceptions=True)
        assert self._runner
        await self._runner.cleanup()

    # What a test does.

    def chat(self, number: int, kind: str = "private") -> Chat:
        return self.chats.setdefault(number, Chat(number, kind))

    def fault(self, method: str, *kinds: str) -> None:
        """The next calls of `method` (or `*`) fail: `html`, `truncated`, `500`, `reset`,
        `reset_after` (done, but the answer is lost), `hang`, `401`, `404`, `429:2`, `400:reason`,
        `not_json_object`."""
        self.faults[method].extend(kinds)

    def slow_down(self, chat: int, seconds: float) -> None:
        """Refuse messages to one chat with 429 for that long."""
        self.chat(chat).slow_until = time.monotonic() + seconds

    def count_updates_from(self, number: int) -> None:
        """Number updates anew, as Telegram may do after a week without any."""
        self._numbers = itertools.count(number)

    def put(self, update: JSON) -> int:
        """Queue one update as it is, apart from its number. Returns the number."""
        number = next(self._numbers)
        self.pending.append((number, self.clock(), {**update, "update_id": number}))
        self._news.set()
        return number

    def put_message(self, chat: int, kind: str = "private", **content: Any) -> int:
        where = self.chat(chat, kind)
        message = {
            "message_id": next(self._messages),
            "date": int(self.clock()),
            "chat": where.as_json(),
            "from": {
                "id": chat if kind == "private" else 4242,
                "is_bot": False,
                "first_name": "Parent",
                "language_code": "en",
            },
            **content,
        }
        if kind == "private" and "text" in content:
            where.messages[message["message_id"]] = message
        return self.put({"message": message})

    def put_press(self, chat: int, message: JSON, data: str, by: int | None = None) -> str:
        """A press of a button that carries `data`, on a message as it is shown now."""
        press = str(next(self._press_numbers))
        self.presses[press] = (self.clock(), [])
        who = {"id": chat if by is None else by, "is_bot": False, "first_name": "Parent"}
        self.put(
            {
                "callback_query": {
                    "id": press,
                    "from": {**who, "language_code": "en"},
                    "message": json.loads(json.dumps(message)),
                    "chat_instance": "-81723",
                    "data": data,
                }
            }
        )
        return press

    def made(self, method: str) -> list[JSON]:
        """The parameters of each call of that method that was answered with a result."""
        return [parameters for name, parameters in self.calls if name == method]

    def from_bot(self, chat: int) -> list[JSON]:
        messages = self.chat(chat).messages.values()
        return [message for message in messages if message["from"]["is_bot"]]

    def unconfirmed(self, chat: int | None = None) -> list[JSON]:
        return [u for _, _, u in self.pending if chat is None or _chat_of(u) == chat]

    async def until(self, condition: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Wait until something is so. The server looks again after each thing that happens."""
        async with asyncio.timeout(patience), self._changed:
            await self._changed.wait_for(condition)

    # The server.

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.match_info["token"] != self.token:
            return _refusal(Refused(401, "Unauthorized"))
        parameters = await _parameters(request)
        self.counts[method] += 1
        queue = self.faults.get(method) or self.faults.get("*")
        fault = queue.popleft() if queue else ""
        if self.latency:
            await asyncio.sleep(self.latency)
        if fault and fault != "reset_after":
            return await self._misbehave(request, fault)
        try:
            result = await self._call(method, parameters)
        except Refused as refused:
            return _refusal(refused)
        finally:
            async with self._changed:
                self._changed.notify_all()
        if fault == "reset_after":
            _reset(request)
        return web.json_response({"ok": True, "result": result})

    async def _misbehave(self, request: web.Request, fault: str) -> web.StreamResponse:
        kind, _, detail = fault.partition(":")
        match kind:
            case "html":
                page = "<html><body>502 Bad Gateway</body></html>"
                return web.Response(status=502, text=page, content_type="text/html")
            case "truncated":
                return web.Response(text='{"ok":true,"resu', content_type="application/json")
            case "not_json_object":
                return web.Response(text="[1,2]", content_type="application/json")
            case "500" | "502" | "503":
                return _refusal(Refused(int(kind), "Internal Server Error"))
            case "429":
                wait = int(detail or 1)
                retry = Refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
                return _refusal(retry)
            case "400":
                return _refusal(Refused(400, f"Bad Request: {detail}"))
            case "401":
                return _refusal(Refused(401, "Unauthorized"))
            case "404":
                return _refusal(Refused(404, "Not Found"))
            case "hang":
                await asyncio.sleep(3600)
        _reset(request)
        return web.Response()

    async def _call(self, method: str, parameters: JSON) -> Any:
        serve = getattr(self, f"_do_{method.lower()}", None)
        if serve is None:
            raise Refused(404, "Not Found")
        result = serve(parameters)
        if isinstance(result, Awaitable):
            result = await result
        self.calls.append((method, parameters))
        return result

    def _do_getme(self, _: JSON) -> JSON:
        return ME

    async def _do_getupdates(self, parameters: JSON) -> list[JSON]:
        if self.webhook:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if self._poller:
            self._poller.set()
        self._poller = ousted = asyncio.Event()
        offset = parameters.get("offset")
        while offset is not None and self.pending and self.pending[0][0] < int(offset):
            self.pending.popleft()
        async with self._changed:
            self._changed.notify_all()
        patience = float(parameters.get("timeout", 0)) if self.holds_the_line else 0.0
        end = time.monotonic() + patience
        while not (ready := self._ready(int(parameters.get("limit", 100)))):
            left = end - time.monotonic()
            if left <= 0:
                break
            self._news.clear()
            waits = [asyncio.ensure_future(self._news.wait()), asyncio.ensure_future(ousted.wait())]
            await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            if ousted.is_set():
                self.conflicts += 1
                raise Refused(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
        if self._poller is ousted:
            self._poller = None
        return ready

    def _ready(self, limit: int) -> list[JSON]:
        while self.pending and self.clock() - self.pending[0][1] > DAY:
            self.pending.popleft()
        return [update for _, _, update in itertools.islice(self.pending, limit)]

    def _do_setwebhook(self, parameters: JSON) -> bool:
        url = str(parameters.get("url", ""))
        if url and not url.startswith(("https://", "http://127.0.0.1")):
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided")
        self._forget_webhook(parameters)
        if url:
            self.webhook = {"url": url, "secret_token": parameters.get("secret_token", "")}
            self._delivery = asyncio.create_task(self._deliver())
        return True

    def _do_deletewebhook(self, parameters: JSON) -> bool:
        self._forget_webhook(parameters)
        return True

    def _forget_webhook(self, parameters: JSON) -> None:
        if parameters.get("drop_pending_updates") in (True, "true"):
            self.pending.clear()
        self.webhook = {}
        if self._delivery:
            self._delivery.cancel()
            self._delivery = None

    def _do_getwebhookinfo(self, _: JSON) -> JSON:
        return {"url": self.webhook.get("url", ""), "pending_update_count": len(self.pending)}

    def address(self) -> str:
        """Where the next update is brought. A balancer would choose among several."""
        return str(self.webhook["url"])

    async def _deliver(self) -> None:
        """Bring updates to the webhook: chats side by side, each in order, until there is a 200."""
        busy: set[int] = set()
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            while True:
                self._news.clear()
                taken: set[int] = set()
                for entry in list(self.pending):
                    chat = _chat_of(entry[2])
                    if chat not in busy and chat not in taken:
                        busy.add(chat)
                        group.create_task(self._bring(session, entry, busy))
                    taken.add(chat)
                await self._news.wait()

    async def _bring(
        self, session: aiohttp.ClientSession, entry: tuple[int, float, JSON], busy: set[int]
    ) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": str(self.webhook["secret_token"])}
        for tries in itertools.count():
            status = 0
            try:
                url = self.address()
                async with session.post(url, json=entry[2], headers=headers) as answer:
                    status, body = answer.status, await answer.text()
            except aiohttp.ClientError:
                pass
            self.webhook_answers.append(status)
            if status == 200:
                break
            await asyncio.sleep(min(0.02 * 2**tries, 0.5))
        if body:
            call = json.loads(body)
            with contextlib.suppress(Refused):  # nobody is told whether such a call was done
                await self._call(call.pop("method"), call)
        if entry in self.pending:
            self.pending.remove(entry)
        busy.discard(_chat_of(entry[2]))
        self._news.set()
        async with self._changed:
            self._changed.notify_all()

    def _do_sendmessage(self, parameters: JSON) -> JSON:
        chat = self._reachable(parameters)
        text, entities = _checked_text(parameters)
        message = {
            "message_id": next(self._messages),
            "date": int(self.clock()),
            "chat": chat.as_json(),
            "from": ME,
            "text": text,
        }
        if entities:
            message["entities"] = entities
        if keyboard := _checked_keyboard(parameters):
            message["reply_markup"] = keyboard
        chat.messages[message["message_id"]] = message
        return message

    def _do_editmessagetext(self, parameters: JSON) -> JSON:
        message = self._own_message(parameters)
        text, entities = _checked_text(parameters)
        keyboard = _checked_keyboard(parameters)
        before = (message["text"], message.get("entities", []), message.get("reply_markup"))
        if (text, entities, keyboard) == before:
            raise Refused(
                400,
                "Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message",
            )
        message.update(text=text, entities=entities, edit_date=int(self.clock()))
        return self._with_keyboard(message, keyboard)

    def _do_editmessagereplymarkup(self, parameters: JSON) -> JSON:
        message = self._own_message(parameters)
        keyboard = _checked_keyboard(parameters)
        if keyboard == message.get("reply_markup"):
            raise Refused(400, "Bad Request: message is not modified")
        return self._with_keyboard(message, keyboard)

    def _with_keyboard(self, message: JSON, keyboard: JSON | None) -> JSON:
        message.pop("reply_markup", None)
        if keyboard:
            message["reply_markup"] = keyboard
        return message

    def _do_answercallbackquery(self, parameters: JSON) -> bool:
        made, answers = self.presses.get(str(parameters.get("callback_query_id")), (0.0, []))
        if answers or self.clock() - made > PRESS_LASTS:
            raise Refused(
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
            )
        if _units(str(parameters.get("text", ""))) > 200:
            raise Refused(400, "Bad Request: MESSAGE_TOO_LONG")
        answers.append(parameters)
        return True

    def _do_sendchataction(self, parameters: JSON) -> bool:
        self._reachable(parameters).actions.append(str(parameters.get("action")))
        return True

    def _do_setmycommands(self, parameters: JSON) -> bool:
        commands = parameters.get("commands")
        if not isinstance(commands, list) or not all(
            1 <= len(c["command"]) <= 32
            and c["command"] == c["command"].lower()
            and 1 <= len(c["description"]) <= 256
            for c in commands
        ):
            raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
        self.commands[str(parameters.get("language_code", ""))] = commands
        return True

    def _do_setmydescription(self, parameters: JSON) -> bool:
        if len(str(parameters.get("description", ""))) > 512:
            raise Refused(400, "Bad Request: description is too long")
        return True

    def _reachable(self, parameters: JSON) -> Chat:
        chat = self.chats.get(int(parameters["chat_id"]))
        if chat is None or not chat.known:
            raise Refused(400, "Bad Request: chat not found")
        if chat.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        left = chat.slow_until - time.monotonic()
        if left > 0:
            wait = int(left) + 1
            raise Refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        return chat

    def _own_message(self, parameters: JSON) -> JSON:
        message = self._reachable(parameters).messages.get(int(parameters["message_id"]))
        if message is None:
            raise Refused(400, "Bad Request: message to edit not found")
        if not message["from"]["is_bot"]:
            raise Refused(400, "Bad Request: message can't be edited")
        return message


class TelegramParent:
    """A parent in one private chat: writes, taps, sees.

    Each act returns when the bot has taken it and has said all that it has to say. `settled`
    waits for what the bot is still sending (`Telegram.settled` when it runs in this process);
    without it, a short silence must do.
    """

    def __init__(
        self,
        telegram: FakeTelegram,
        number: int,
        settled: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.telegram, self.number, self._settled = telegram, number, settled
        telegram.chat(number)

    async def say(self, text: str) -> None:
        self.telegram.put_message(self.number, text=text)
        await self.settle()

    async def command(self, name: str, argument: str = "") -> None:
        await self.say(f"/{name} {argument}".strip())

    async def attach(self, **content: Any) -> None:
        self.telegram.put_message(self.number, **content)
        await self.settle()

    async def tap(self, choice: str) -> None:
        """Press the newest button with that label, or that choice id."""
        message, button = self.button(choice)
        self.telegram.put_press(self.number, message, button["callback_data"])
        await self.settle()

    async def settle(self) -> None:
        await self.telegram.until(lambda: not self.telegram.unconfirmed(self.number))
        if self._settled:
            await self._settled()
            return
        before = -1
        while before != len(self.telegram.calls):
            before = len(self.telegram.calls)
            await asyncio.sleep(0.1)

    def button(self, choice: str) -> tuple[JSON, JSON]:
        for message in reversed(self.messages()):
            for button in buttons(message):
                if choice in (button["text"], button["callback_data"].partition(":")[2]):
                    return message, button
        raise AssertionError(f"no button {choice!r} among {self.labels()}")

    def messages(self) -> list[JSON]:
        return self.telegram.from_bot(self.number)

    def seen(self) -> list[str]:
        """Every text of the bot, as the chat shows it now."""
        return [message["text"] for message in self.messages()]

    def labels(self) -> list[str]:
        """The buttons that can be pressed now, oldest first."""
        return [button["text"] for message in self.messages() for button in buttons(message)]

    def record(self) -> list[tuple[str, str]]:
        """The chat as the parent scrolls through it: who, what."""
        messages = self.telegram.chat(self.number).messages.values()
        return [("bot" if m["from"]["is_bot"] else "parent", m["text"]) for m in messages]


def buttons(message: JSON) -> Iterator[JSON]:
    for row in message.get("reply_markup", {}).get("inline_keyboard", []):
        yield from row


@asynccontextmanager
async def running(bot: Any, handle: Any) -> AsyncIterator[asyncio.Task[None]]:
    """The channel, running until the block ends. What it raises is raised here."""
    task = asyncio.create_task(bot.run(handle))
    try:
        yield task
    finally:
        task.cancel()
        outcome = (await asyncio.gather(task, return_exceptions=True))[0]
    if isinstance(outcome, Exception):
        raise outcome


def _chat_of(update: JSON) -> int:
    for content in update.values():
        if isinstance(content, dict):
            inner = content.get("message") if "message" in content else content
            chat = inner.get("chat") if isinstance(inner, dict) else None
            if isinstance(chat, dict) and isinstance(chat.get("id"), int):
                return int(chat["id"])
    return 0


async def _parameters(request: web.Request) -> JSON:
    if request.content_type == "application/json":
        body = await request.text()
        return dict(json.loads(body)) if body else {}
    found: JSON = dict(request.query)
    for key, value in (await request.post()).items():
        try:
            found[key] = json.loads(str(value)) if str(value)[:1] in "[{" else value
        except ValueError:
            found[key] = value
    return found


def _refusal(refused: Refused) -> web.Response:
    answer: JSON = {"ok": False, "error_code": refused.code, "description": refused.description}
    if refused.parameters:
        answer["parameters"] = refused.parameters
    return web.json_response(answer, status=refused.code)


def _reset(request: web.Request) -> None:
    if request.transport:
        request.transport.abort()


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _checked_text(parameters: JSON) -> tuple[str, list[JSON]]:
    text = parameters.get("text", "")
    if "parse_mode" in parameters:
        raise Refused(400, "Bad Request: this test server knows no parse_mode")
    if not text.strip():
        raise Refused(400, "Bad Request: message text is empty")
    if _units(text) > 4096:
        raise Refused(400, "Bad Request: message is too long")
    if text != text.strip() and not parameters.get("entities"):
        text = text.strip()
    entities = parameters.get("entities", [])
    encoded = text.encode("utf-16-le")
    for entity in entities:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if not 0 <= start < end <= _units(text):
            raise Refused(400, "Bad Request: ENTITY_BOUNDS_INVALID")
        try:
            encoded[2 * start : 2 * end].decode("utf-16-le")
        except UnicodeDecodeError:
            raise Refused(400, "Bad Request: half of a surrogate pair is emphasised") from None
    return text, entities


def _checked_keyboard(parameters: JSON) -> JSON | None:
    keyboard = parameters.get("reply_markup")
    if not keyboard:
        return None
    for row in keyboard["inline_keyboard"]:
        for button in row:
            if not button["text"].strip():
                raise Refused(400, "Bad Request: inline keyboard button text must be non-empty")
            if not 1 <= len(button["callback_data"].encode()) <= 64:
                raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    return keyboard if any(keyboard["inline_keyboard"]) else None
