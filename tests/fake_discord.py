"""A small Discord on 127.0.0.1, with Discord's own rules, and a parent who chats on it.

What it holds a bot to: hello, identify, heartbeats, resume with replay, op 7 and op 9, close codes,
intents; an interaction is answered once and within 3 seconds, its token lives 15 minutes; 429 as
JSON with a `Via` header; limits of messages, buttons and forms; nonces; 50007; ephemeral answers.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
import zlib
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.patience import PATIENCE

Json = dict[str, Any]

TOKEN = "fake-token.of-a.school-bot"
BOT, APPLICATION, SERVER, SERVER_CHANNEL = "1000", "1000", "3000", "3001"
EPOCH = 1_420_070_400_000
DIRECT_MESSAGES, SERVER_MESSAGES = 1 << 12, 1 << 9
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
ALL_INTENTS = (1 << 26) - 1
EPHEMERAL, THINKING, NO_PREVIEWS = 1 << 6, 1 << 7, 1 << 2
ME = {"id": BOT, "username": "School bot", "discriminator": "0", "avatar": None, "bot": True}
NAME = re.compile(r"[-_a-z0-9]{1,32}")


class Refusal(Exception):
    """What the API answers instead of a result."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.status, self.body = status, {"code": code, "message": text}


@dataclass
class Session:
    """One session of the gateway: every event since it began, for a resume."""

    id: str
    intents: int
    events: list[str] = field(default_factory=list)
    socket: Socket | None = None


@dataclass
class Socket:
    """One websocket, with the compression that the bot asked for."""

    ws: web.WebSocketResponse
    squeeze: Any = None
    heard: float = 0.0

    async def send(self, payload: Json | str) -> None:
        text = payload if isinstance(payload, str) else json.dumps(payload)
        if self.ws.closed:
            return
        try:
            if self.squeeze:
                data = self.squeeze.compress(text.encode()) + self.squeeze.flush(zlib.Z_SYNC_FLUSH)
                await self.ws.send_bytes(data)
            else:
                await self.ws.send_str(text)
        except (ConnectionError, RuntimeError):
            pass  # it died under us; the events wait for a resume


@dataclass
class Interaction:
    """What became of one interaction."""

    id: str
    token: str
    event: Json
    born: float
    channel: str
    answers: list[Json] = field(default_factory=list)
    original: Json | None = None
    refused: list[int] = field(default_factory=list)

    @property
    def is_ephemeral(self) -> bool:
        return bool(self.answers[0].get("data", {}).get("flags", 0) & EPHEMERAL)


class FakeDiscord:
    """`async with FakeDiscord() as discord:` serves `discord.url` for `discord.token`."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token, self.url = token, ""
        self.host = ""
        self.offset = 0.0
        self.heartbeat = 41_250
        self.acknowledges = True
        self.frozen = False
        self.history_gate: asyncio.Event | None = None
        self.headers: dict[str, str] = {}
        self.calls: list[tuple[str, str, Any]] = []
        self.gateway_events: Counter[str] = Counter()
        self.resumed_after: list[int] = []
        self.commands: list[Json] = []
        self.channels: dict[str, list[Json]] = defaultdict(list)
        self.direct: dict[str, str] = {}
        self.closed: set[str] = set()
        self.sessions: dict[str, Session] = {}
        self.interactions: dict[str, Interaction] = {}
        self.faults: dict[str, deque[str]] = defaultdict(deque)
        self.nonces: dict[str, Json] = {}
        self.doubled = 0
        self.shards: list[object] = []  # as each session said which it is
        self.refuse_identify: int | None = None
        self.busy = 0  # turns that are being taken, if the test tells
        self._ids = itertools.count(1)
        self._last_id = 0
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> FakeDiscord:
        app = web.Application()
        app.router.add_get("/gateway-socket", self._serve_gateway)
        app.router.add_route("*", "/api/v10/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024).start()
        self.host = f"127.0.0.1:{self._runner.addresses[0][1]}"
        self.url = f"http://{self.host}/api/v10"
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in list(self.sessions.values()):
            if session.socket:
                await session.socket.ws.close()
        assert self._runner
        await self._runner.cleanup()

    # --- what a test does ---

    def now(self) -> float:
        return time.monotonic() + self.offset

    def later(self, seconds: float) -> None:
        """Move the clock of the three-second and fifteen-minute rules."""
        self.offset += seconds

    def new_id(self) -> str:
        """A snowflake: later ones are greater, as Discord's are."""
        fresh = (int(time.time() * 1000) - EPOCH) << 22
        self._last_id = max(self._last_id + 1, fresh)
        return str(self._last_id)

    def fault(self, call: str, *kinds: str) -> None:
        """The next calls of `call` fail: `429:0.1`, `503`, `403:50007`, `reset`, `reset_after`
        (done, but the answer is lost), `html`. `call` is such as `POST messages`."""
        self.faults[call].extend(kinds)

    def close_direct_messages(self, parent: str) -> None:
        self.closed.add(self.channel_of(parent))

    def channel_of(self, parent: str) -> str:
        if parent not in self.direct:
            self.direct[parent] = self.new_id()
            self.channels[self.direct[parent]] = []
        return self.direct[parent]

    async def dispatch(self, name: str, event: Json, intents: int = 0) -> None:
        """Give an event to every session that asked for such; those that are away get it later."""
        for session in list(self.sessions.values()):
            if intents and not session.intents & intents:
                continue
            number = len(session.events) + 1
            text = json.dumps({"op": 0, "t": name, "s": number, "d": event})
            session.events.append(text)
            if session.socket:
                await session.socket.send(text)

    async def say(self, parent: str, words: str, **more: Any) -> Json:
        """A direct message from a parent. Kept in the history, whoever listens."""
        channel = self.channel_of(parent)
        message = {
            "id": self.new_id(), "channel_id": channel, "type": 0, "content": words, "flags": 0,
            "author": _person(parent), "timestamp": "2026-11-24T22:40:00+00:00", "tts": False,
            "edited_timestamp": None, "mention_everyone": False, "mentions": [],
            "mention_roles": [], "attachments": [], "embeds": [], "pinned": False,
            "components": [], "channel_type": 1, **more,
        }  # fmt: skip
        self.channels[channel].append(message)
        await self.dispatch("MESSAGE_CREATE", message, DIRECT_MESSAGES)
        return message

    async def say_in_server(self, parent: str, words: str) -> None:
        """A message in a server. Bots that did not ask for these do not get them."""
        member = {"roles": [], "joined_at": "2026-01-01T00:00:00+00:00"}
        message = {
            "id": self.new_id(), "channel_id": SERVER_CHANNEL, "guild_id": SERVER, "type": 0,
            "content": words, "author": _person(parent), "member": member, "attachments": [],
        }  # fmt: skip
        self.channels[SERVER_CHANNEL].append(message)
        await self.dispatch("MESSAGE_CREATE", message, SERVER_MESSAGES)

    async def interact(
        self, parent: str, kind: int, data: Json, message: Json | None = None,
        in_server: bool = False, **more: Any,
    ) -> Interaction:  # fmt: skip
        """A command (2), button (3) or form (5)."""
        identity = self.new_id()
        channel = SERVER_CHANNEL if in_server else self.channel_of(parent)
        event: Json = {
            "id": identity, "application_id": APPLICATION, "type": kind, "version": 1,
            "token": f"token-of-{identity}", "data": data, "locale": "en-GB",
            "channel_id": channel, "entitlements": [], "attachment_size_limit": 10_485_760,
            "authorizing_integration_owners": {}, "app_permissions": "0",
        }  # fmt: skip
        if in_server:
            event |= {
                "guild_id": SERVER, "guild": {"id": SERVER, "features": [], "locale": "en-GB"},
                "guild_locale": "en-GB", "context": 0, "channel": {"id": channel, "type": 0},
                "member": {"user": _person(parent), "roles": [], "permissions": "0"},
            }  # fmt: skip
        else:
            recipients = [_person(parent)]
            event |= {
                "user": _person(parent), "context": 1,
                "channel": {"id": channel, "type": 1, "recipients": recipients},
            }  # fmt: skip
        if message is not None:
            event["message"] = message
        event |= more
        interaction = Interaction(identity, event["token"], event, self.now(), event["channel_id"])
        self.interactions[identity] = interaction
        await self.dispatch("INTERACTION_CREATE", event)
        return interaction

    async def drop(self, *, code: int = 1006, forget: bool = False) -> None:
        """Close the socket of each session; `forget` makes a resume impossible."""
        for session in list(self.sessions.values()):
            socket, session.socket = session.socket, None
            if forget:
                del self.sessions[session.id]
            if socket and code == 1006:
                transport = socket.ws._req and socket.ws._req.transport
                if transport:
                    transport.abort()
            elif socket:
                await socket.ws.close(code=code)

    async def ask(self, op: int, data: object = None, *, forget: bool = False) -> None:
        """Send op 7 (reconnect) or op 9 (invalid session) to whoever is connected."""
        for session in list(self.sessions.values()):
            socket = session.socket
            if forget:
                del self.sessions[session.id]
            if socket:
                await socket.send({"op": op, "d": data})

    def sent(self, channel: str) -> list[Json]:
        """What the bot has said in a channel, oldest first."""
        return [one for one in self.channels[channel] if one["author"]["id"] == BOT]

    async def until(self, true: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait for something to become true."""
        give_up = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < give_up, "it did not happen in time"
            await asyncio.sleep(0.005)

    async def quiet(self, seconds: float = 0.05, patience: float = 10.0) -> None:
        """Wait until the bot has stopped calling for a little while, and takes no turn.

        Counted in ticks of the loop: a busy machine slows these down like everything else.
        """
        ticks, calls, give_up = 0, -1, time.monotonic() + patience
        while ticks < seconds / 0.005 and time.monotonic() < give_up:
            ticks = 0 if self.busy or len(self.calls) != calls else ticks + 1
            calls = len(self.calls)
            await asyncio.sleep(0.005)

    # --- the gateway ---

    async def _serve_gateway(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        squeezed = request.query.get("compress") == "zlib-stream"
        socket = Socket(ws, zlib.compressobj() if squeezed else None, time.monotonic())
        self.gateway_events["connected"] += 1
        await socket.send(
            {"op": 10, "s": None, "t": None, "d": {"heartbeat_interval": self.heartbeat}}
        )
        session: Session | None = None
        async for message in ws:
            if message.type != WSMsgType.TEXT:
                break
            while self.frozen:  # noqa: ASYNC110 (a server that hangs)
                await asyncio.sleep(0.01)
            try:
                payload = json.loads(message.data)
                op, data = payload["op"], payload.get("d")
            except (ValueError, KeyError, TypeError):
                await ws.close(code=4002)
                break
            if op == 1:
                self.gateway_events["heartbeat"] += 1
                if self.acknowledges:
                    await socket.send({"op": 11})
            elif op == 2 and session is None:
                session = await self._identify(socket, data)
            elif op == 6 and session is None:
                session = await self._resume(socket, data)
            elif op in (2, 6):
                await ws.close(code=4005)
            elif session is None:
                await ws.close(code=4003)
            elif op not in (3, 4, 8, 31):
                await ws.close(code=4001)
        if session and session.socket is socket:
            session.socket = None
            if ws.close_code in (1000, 1001):
                self.sessions.pop(session.id, None)  # the bot said goodbye
        return ws

    async def _identify(self, socket: Socket, data: Json) -> Session | None:
        self.gateway_events["identify"] += 1
        if self.refuse_identify is not None or data.get("token") != self.token:
            await socket.ws.close(code=self.refuse_identify or 4004)
            return None
        self.shards.append(data.get("shard"))
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~ALL_INTENTS:
            await socket.ws.close(code=4013)
            return None
        if intents & PRIVILEGED:
            await socket.ws.close(code=4014)
            return None
        session = Session(f"session-{next(self._ids)}", intents, socket=socket)
        self.sessions[session.id] = session
        ready = {
            "v": 10, "user": ME, "guilds": [{"id": SERVER, "unavailable": True}],
            "session_id": session.id, "resume_gateway_url": f"ws://{self.host}/gateway-socket",
            "application": {"id": APPLICATION, "flags": 0}, "shard": data.get("shard", [0, 1]),
        }  # fmt: skip
        session.events.append(json.dumps({"op": 0, "t": "READY", "s": 1, "d": ready}))
        await socket.send(session.events[0])
        return session

    async def _resume(self, socket: Socket, data: Json) -> Session | None:
        self.gateway_events["resume"] += 1
        session = self.sessions.get(data.get("session_id") or "")
        if data.get("token") != self.token:
            await socket.ws.close(code=4004)
            return None
        if session is None:
            await socket.send({"op": 9, "d": False})
            return None
        if data["seq"] > len(session.events):
            await socket.ws.close(code=4007)
            return None
        self.resumed_after.append(data["seq"])
        session.socket = socket
        for event in session.events[data["seq"] :]:
            await socket.send(event)
        session.events.append("")
        number = len(session.events)
        session.events[-1] = json.dumps({"op": 0, "t": "RESUMED", "s": number, "d": {}})
        await socket.send(session.events[-1])
        return session

    # --- the API ---

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        path, body = request.match_info["path"], None
        if request.can_read_body:
            body = await request.json()
        self.calls.append((request.method, path, body))
        for call, kinds in self.faults.items():
            method, _, part = call.partition(" ")
            if kinds and request.method == method and part in path:
                kind = kinds.popleft()
                if kind == "reset_after":
                    await self._route(request, path, body)
                if kind.startswith("reset"):
                    assert request.transport
                    request.transport.abort()
                    return web.Response()
                return _failing(kind)
        try:
            result = await self._route(request, path, body)
        except Refusal as refusal:
            return _json_response(refusal.body, status=refusal.status)
        if result is None:
            return web.Response(status=204)
        return _json_response(result, headers=self.headers)

    async def _route(self, request: web.Request, path: str, body: Any) -> object:
        parts = path.strip("/").split("/")
        if parts[0] == "interactions":
            return self._answer(parts[1], parts[2], body)
        if parts[0] == "webhooks":
            return self._webhook(request.method, parts, body)
        if request.headers.get("Authorization") != f"Bot {self.token}":
            raise Refusal(401, 0, "401: Unauthorized")
        match request.method, parts:
            case "GET", ["gateway"]:
                return {"url": f"ws://{self.host}/gateway-socket"}
            case "GET", ["gateway", "bot"]:
                limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
                url = f"ws://{self.host}/gateway-socket"
                return {"url": url, "shards": 1, "session_start_limit": limit}
            case "GET", ["users", "@me"]:
                return ME
            case "POST", ["users", "@me", "channels"]:
                parent = str(body["recipient_id"])
                if not parent.isdigit():
                    raise Refusal(400, 50035, "Invalid Form Body")
                return {"id": self.channel_of(parent), "type": 1, "recipients": [_person(parent)]}
            case "PUT", ["applications", _, "commands"]:
                return self._register(body)
            case "GET", ["channels", channel, "messages"]:
                if self.history_gate:
                    await self.history_gate.wait()
                return self._history(channel, request.query)
            case "POST", ["channels", channel, "messages"]:
                return self._post(channel, body)
            case "PATCH", ["channels", channel, "messages", message]:
                return self._edit(channel, message, body)
        raise Refusal(404, 0, "404: Not Found")

    def _register(self, commands: list[Json]) -> list[Json]:
        for one in commands:
            described = 1 <= len(one.get("description", "")) <= 100
            if not NAME.fullmatch(one["name"]) or not described:
                raise Refusal(400, 50035, "Invalid Form Body")
        if len({one["name"] for one in commands}) != len(commands) or len(commands) > 100:
            raise Refusal(400, 50035, "Invalid Form Body")
        self.commands = commands
        return commands

    def _history(self, channel: str, query: Any) -> list[Json]:
        if channel not in self.direct.values():
            raise Refusal(403, 50001, "Missing Access")
        limit = int(query.get("limit", 50))
        if not 1 <= limit <= 100:
            raise Refusal(400, 50035, "Invalid Form Body")
        said = sorted(self.channels[channel], key=lambda one: int(one["id"]))
        if after := query.get("after"):
            said = [one for one in said if int(one["id"]) > int(after)][:limit]
        elif before := query.get("before"):
            said = [one for one in said if int(one["id"]) < int(before)][-limit:]
        return said[-limit:][::-1]

    def _post(self, channel: str, body: Json) -> Json:
        if channel in self.closed:
            raise Refusal(403, 50007, "Cannot send messages to this user")
        if channel not in self.direct.values():
            raise Refusal(403, 50001, "Missing Access")
        nonce = body.get("nonce")
        if nonce is not None and len(str(nonce)) > 25:
            raise Refusal(400, 50035, "Invalid Form Body")
        if nonce is not None and body.get("enforce_nonce") and str(nonce) in self.nonces:
            self.doubled += 1
            return self.nonces[str(nonce)]
        message = self._message(channel, body)
        self.channels[channel].append(message)
        if nonce is not None:
            self.nonces[str(nonce)] = message
        return message

    def _message(self, channel: str, body: Json) -> Json:
        content = body.get("content") or ""
        if not content.strip():
            raise Refusal(400, 50006, "Cannot send an empty message")
        check_message(body)
        return {
            "id": self.new_id(), "channel_id": channel, "type": 0, "content": content.strip(),
            "flags": body.get("flags", 0), "author": ME, "components": body.get("components", []),
            "allowed_mentions": body.get("allowed_mentions"), "embeds": [], "attachments": [],
            "timestamp": "2026-11-24T22:40:00+00:00", "edited_timestamp": None,
        }  # fmt: skip

    def _edit(self, channel: str, identity: str, body: Json) -> Json:
        found = [one for one in self.channels[channel] if one["id"] == identity]
        if not found:
            raise Refusal(404, 10008, "Unknown Message")
        if found[0]["author"]["id"] != BOT:
            raise Refusal(403, 50005, "Cannot edit a message authored by another user")
        check_message({**found[0], **body})
        found[0].update(content=body.get("content", found[0]["content"]).strip())
        found[0].update(components=body.get("components", found[0]["components"]))
        return found[0]

    def _answer(self, identity: str, token: str, body: Json) -> Json:
        interaction = self.interactions.get(identity)
        if interaction is None or interaction.token != token:
            raise Refusal(404, 10062, "Unknown interaction")
        if interaction.answers:
            interaction.refused.append(40060)
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        if self.now() - interaction.born > 3.0:
            interaction.refused.append(10062)
            raise Refusal(404, 10062, "Unknown interaction")
        kind, data = body["type"], body.get("data") or {}
        from_message = "message" in interaction.event
        asked = interaction.event["type"]
        if kind not in (4, 5, 6, 7, 9) or (kind in (6, 7) and not from_message):
            raise Refusal(400, 50035, "Invalid Form Body")
        if kind == 9:
            check_form(data)
            if asked == 5:
                raise Refusal(400, 50035, "Invalid Form Body")
        if kind in (4, 5):
            shown = self._message(interaction.channel, data) if kind == 4 else _thinking(self, data)
            shown["channel_id"] = interaction.channel
            shown["interaction_metadata"] = {
                "user": interaction.event.get("user") or interaction.event["member"]["user"]
            }
            interaction.original = shown
            if not shown["flags"] & EPHEMERAL:
                self.channels[interaction.channel].append(shown)
        elif kind in (6, 7):
            interaction.original = interaction.event["message"]
            if kind == 7:
                self._edit(interaction.channel, interaction.event["message"]["id"], data)
        interaction.answers.append(body)
        return {"interaction": {"id": identity, "type": asked}}

    def _webhook(self, method: str, parts: list[str], body: Any) -> object:
        found = [one for one in self.interactions.values() if one.token == parts[2]]
        if parts[1] != APPLICATION or not found or self.now() - found[0].born > 900.0:
            raise Refusal(401, 50027, "Invalid Webhook Token")
        interaction = found[0]
        original = interaction.original
        if not interaction.answers or original is None or parts[3:] != ["messages", "@original"]:
            raise Refusal(404, 10008, "Unknown Message")
        if method == "DELETE":
            self.channels[interaction.channel].remove(original)
            return None
        check_message({**original, **body})
        original.update(content=body["content"].strip(), components=body.get("components", []))
        original["flags"] &= ~THINKING
        return original


def _json_response(
    body: object, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """As Discord sends it: without a charset, which discord.py would not take for JSON."""
    headers = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=json.dumps(body).encode(), status=status, headers=headers)


def _thinking(fake: FakeDiscord, data: Json) -> Json:
    return {
        "id": fake.new_id(), "type": 20, "content": "", "author": ME, "components": [],
        "flags": data.get("flags", 0) | THINKING,
    }  # fmt: skip


def _failing(kind: str) -> web.Response:
    status, _, more = kind.partition(":")
    if kind == "html":
        return web.Response(status=403, text="<html>Access denied</html>", content_type="text/html")
    if status == "429":
        body = {
            "message": "You are being rate limited.",
            "retry_after": float(more),
            "global": False,
        }
        headers = {"Via": "1.1 fake", "Retry-After": str(max(1, int(float(more))))}
        return _json_response(body, status=429, headers=headers)
    body = {"code": int(more or 0), "message": "a fault"}
    return _json_response(body, status=int(status))


def check_message(body: Json) -> None:
    """Raise what Discord would raise for a message that breaks its limits."""
    rows = body.get("components") or []
    wrong = len(body.get("content") or "") > 2000 or len(rows) > 5
    wrong |= body.get("nonce") is not None and not body.get("enforce_nonce")
    ids: list[str] = []
    for row in rows:
        buttons = row["components"]
        wrong |= row["type"] != 1 or not 1 <= len(buttons) <= 5
        for button in buttons:
            wrong |= button["type"] != 2 or not 1 <= len(button["label"]) <= 80
            if button["style"] == 5:
                wrong |= not button["url"].startswith(("http://", "https://", "discord://"))
            else:
                ids.append(button["custom_id"])
                wrong |= not 1 <= len(button["custom_id"]) <= 100
    if wrong or len(set(ids)) != len(ids):
        raise Refusal(400, 50035, "Invalid Form Body")


def check_form(form: Json) -> None:
    fields = [one for row in form["components"] for one in row["components"]]
    wrong = not 1 <= len(form["title"]) <= 45 or not 1 <= len(form["custom_id"]) <= 100
    wrong |= not 1 <= len(fields) <= 5
    for one in fields:
        wrong |= one["type"] != 4 or not 1 <= len(one["label"]) <= 45 or one["max_length"] > 4000
    if wrong:
        raise Refusal(400, 50035, "Invalid Form Body")


def _person(identity: str) -> Json:
    return {"id": identity, "username": "parent", "discriminator": "0", "avatar": None}


_SHOWN = re.compile(
    r"```(?:[a-z0-9_+.#-]+\n)?\n*([^\n][\s\S]*?)\n*```"  # a block of code
    r"|\\([^0-9A-Za-z\s])"  # an escaped mark
    r"|((?:https?|steam)://[^\s<]+[^<.,:;\"'\]\s])"  # an address
    r"|(\*\*)"  # bold
)


def shown(content: str) -> str:
    """What a reader sees of a message: without escapes, fences and the signs of bold."""
    return _SHOWN.sub(lambda found: found[1] or found[2] or found[3] or "", content)


def buttons(message: Json) -> dict[str, str]:
    """The buttons of a message: custom id to label."""
    return {
        button["custom_id"]: button["label"]
        for row in message.get("components") or []
        for button in row["components"]
        if "custom_id" in button
    }


class DiscordParent:
    """A parent in their direct messages. Each step waits until the bot has answered."""

    def __init__(self, fake: FakeDiscord, parent: str = "20001") -> None:
        self.fake, self.id = fake, parent
        self._from = 0

    @property
    def channel(self) -> str:
        return self.fake.channel_of(self.id)

    async def say(self, text: str, **more: Any) -> None:
        await self._step(self.fake.say(self.id, text, **more))

    async def tap(self, choice: str) -> None:
        """Press the newest button with this choice id or label."""
        message, custom_id = self.find(choice)
        await self.press(message, custom_id)

    async def press(self, message: Json, custom_id: str, **more: Any) -> Interaction:
        data = {"component_type": 2, "custom_id": custom_id}
        snapshot = json.loads(json.dumps(message))
        step = self.fake.interact(self.id, 3, data, snapshot, **more)
        found: Interaction = await self._step(step)
        return found

    async def command(self, name: str, argument: str = "", **more: Any) -> Interaction:
        data: Json = {"id": "1", "name": name, "type": 1}
        if argument:
            data["options"] = [{"type": 3, "name": "words", "value": argument}]
        found: Interaction = await self._step(self.fake.interact(self.id, 2, data, **more))
        return found

    async def modal(self, text: str) -> None:
        """Press "write it here", fill in the form and submit it."""
        message, custom_id = self.find("write")
        opened = await self.press(message, custom_id)
        assert [answer["type"] for answer in opened.answers] == [9], "no form was opened"
        show = opened.answers[0]["data"]
        where = show["components"][0]["components"][0]["custom_id"]
        written = {"type": 4, "custom_id": where, "value": text}
        data = {
            "custom_id": show["custom_id"],
            "components": [{"type": 1, "components": [written]}],
        }
        await self._step(self.fake.interact(self.id, 5, data, message))

    def find(self, choice: str) -> tuple[Json, str]:
        for message in reversed(self.fake.sent(self.channel)):
            for custom_id, label in buttons(message).items():
                if choice in (label, custom_id) or custom_id.partition(":")[2] == choice:
                    return message, custom_id
        raise AssertionError(f"no button {choice!r} is shown")

    def seen(self) -> list[str]:
        """What the bot has said since the parent's last step, as a reader sees it."""
        return [shown(one["content"]) for one in self.fake.sent(self.channel)[self._from :]]

    def all_seen(self) -> list[str]:
        return [shown(one["content"]) for one in self.fake.sent(self.channel)]

    async def _step(self, step: Any) -> Any:
        self._from = len(self.fake.sent(self.channel))
        calls = len(self.fake.calls)
        result = await step
        await self.fake.until(lambda: len(self.fake.calls) > calls)
        await self.fake.quiet()
        return result
