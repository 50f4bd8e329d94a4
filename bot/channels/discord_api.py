"""Discord's gateway and calls: discord.py's own, pointed at any server, and silent."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any  # Discord's events and answers are JSON.

import aiohttp
import discord
from discord.http import Ratelimit, Route

from bot.channels import Unavailable
from bot.channels.discord_address import TOKEN_REFUSED, Refused, find, point
from bot.channels.discord_events import WANTED, Interaction, snowflake

logger = logging.getLogger(__name__)

DEFAULT = "https://discord.com/api/v10"
#: Codes of a closed gateway that no reconnect puts right, and what to do about each.
FATAL = {
    4004: "Discord refused the token. Copy it again from the Developer Portal (Bot, Reset Token).",
    4010: "Discord refused the shard. Please report this as a bug.",
    4011: "Discord asks for shards: this bot is in too many servers.",
    4012: "Discord has retired the version of its API that this bot speaks. Please update.",
    4013: "Discord did not understand the intents. Please report this as a bug.",
    4014: "Discord does not allow the intents. Please report this as a bug.",
}
#: Longer waits than this, for a rate limit, are handed back to whoever asked.
LONGEST_WAIT = 30.0
#: Messages in one answer, which is Discord's limit; and how many answers are read.
_PAGE, _PAGES = 100, 10
#: The token of an interaction, after its 15 minutes.
_TOKEN_DIED = 50027
_PATIENCE, _THREE_SECONDS, _GOODBYE = 60.0, 3.0, 1.5
_QUIET = {
    "discord.client": logging.INFO,
    "discord.gateway": logging.INFO,
    "discord.http": logging.INFO,
    "discord.state": logging.ERROR,  # it warns that servers are left out, which is meant
}

Json = dict[str, Any]


class Quiet(logging.Filter):
    """Keeps back what discord.py logs at DEBUG: every event and message, word for word."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= _QUIET[record.name]


_quiet = Quiet()


class Gateway(discord.Client):
    """The connection that events come through. Calls `hear` with the name and JSON of each.

    The events are not read by discord.py: its objects fail on what they do not expect, and it
    would keep servers and their members in memory.
    """

    hear: Callable[[str, object], None]

    def __init__(self, pause: float = 5.0, heartbeat_timeout: float = 60.0) -> None:
        for name in _QUIET:
            logging.getLogger(name).addFilter(_quiet)
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        intents = discord.Intents.none()
        intents.dm_messages = True
        super().__init__(
            intents=intents,
            max_messages=None,
            max_ratelimit_timeout=LONGEST_WAIT,
            heartbeat_timeout=heartbeat_timeout,
        )
        self._pause = pause
        self._make_patient()
        wanted = ("READY", *WANTED)
        self._connection.parsers = {name: partial(self._parse, name) for name in wanted}

    def _make_patient(self) -> None:
        """Let calls through that Discord allows.

        With a longest wait, discord.py 2.7 also refuses what it has calls left for, when the
        count of those starts again only later than that.
        """
        known = self.http.get_ratelimit

        def patient(key: str) -> Ratelimit:
            limit = known(key)
            limit._max_ratelimit_timeout = None
            return limit

        self.http.get_ratelimit = patient  # type: ignore[method-assign]

    async def close(self) -> None:
        """Say goodbye, but not for long: a dead socket would keep us for half a minute."""
        try:
            async with asyncio.timeout(_GOODBYE):
                await super().close()
        except TimeoutError:
            await self.http.close()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Discord allows one IDENTIFY in five seconds."""
        if not initial:
            await asyncio.sleep(self._pause)

    def _parse(self, name: str, event: object) -> None:
        try:
            self.hear(name, event)
        except Exception:
            # One event that cannot be read must not end the connection for all the others.
            logger.exception("could not read one %s", name)


class Api:
    """Discord's API for one token.

    Raises `Unavailable` for what passes, `discord.HTTPException` for what Discord refuses.
    """

    def __init__(self, gateway: Gateway, token: str, url: str = DEFAULT) -> None:
        self._gateway, self._token = gateway, token
        self._url = url.rstrip("/")
        self._channels: dict[str, str] = {}
        self.application = ""

    async def sign_in(self) -> None:
        """Find the server and show it the token. Raises `Refused` when it is not accepted."""
        if self._url != DEFAULT:
            base, gateway = await find(self._url, self._token)
            point(self._gateway, base, gateway)
        try:
            await self._gateway.http.static_login(self._token)
        except discord.LoginFailure:
            raise Refused(TOKEN_REFUSED) from None

    async def listen(self) -> None:
        """Hear events until the connection is lost for good. Raises `Refused`."""
        try:
            await self._gateway.connect()
        except discord.ConnectionClosed as closed:
            raise Refused(FATAL.get(closed.code, f"Discord closed with {closed.code}.")) from None
        except discord.PrivilegedIntentsRequired:
            raise Refused(FATAL[4014]) from None

    async def answer(self, to: Interaction, kind: int, data: Json | None = None) -> None:
        """Answer an interaction. Discord waits three seconds for this, and takes one only."""
        route = Route(
            "POST",
            "/interactions/{webhook_id}/{webhook_token}/callback",
            webhook_id=to.id,
            webhook_token=to.token,
        )
        answer = {"type": kind, "data": data} if data else {"type": kind}
        await self._call(route, answer, patience=_THREE_SECONDS)

    async def finish(self, interaction: Interaction, payload: Json) -> None:
        """Say what an answered command was still "thinking" about. Works for 15 minutes."""
        route = Route(
            "PATCH",
            "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
            webhook_id=self.application,
            webhook_token=interaction.token,
        )
        await self._call(route, payload)

    async def finish_silently(self, interaction: Interaction) -> None:
        """Take back "thinking" where there is nothing to say."""
        route = Route(
            "DELETE",
            "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
            webhook_id=self.application,
            webhook_token=interaction.token,
        )
        await self._call(route)

    async def open(self, conversation: str) -> str:
        """The channel of a parent's direct messages."""
        if conversation not in self._channels:
            route = Route("POST", "/users/@me/channels")
            opened = await self._call(route, {"recipient_id": conversation})
            channel = snowflake(opened.get("id")) if isinstance(opened, Mapping) else ""
            if not channel:
                raise Unavailable("Discord opened no direct message")
            self._channels[conversation] = channel
        return self._channels[conversation]

    async def send(self, channel: str, payload: Json, nonce: str) -> None:
        """Send one message. Discord knows it again by its nonce for some minutes."""
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel)
        await self._call(route, {**payload, "nonce": nonce, "enforce_nonce": True})

    async def edit(self, channel: str, message: str, payload: Json) -> None:
        """Change a message of the bot's own."""
        path = "/channels/{channel_id}/messages/{message_id}"
        await self._call(Route("PATCH", path, channel_id=channel, message_id=message), payload)

    async def after(self, channel: str, message: str) -> list[Json]:
        """What was said in a channel after a message, oldest first."""
        route = Route("GET", "/channels/{channel_id}/messages", channel_id=channel)
        said: list[Json] = []
        for _ in range(_PAGES):
            page = await self._call(route, params={"after": message, "limit": _PAGE})
            more = _in_order(page)
            said += more
            if len(more) < _PAGE:
                break
            message = more[-1]["id"]
        return said

    async def before(self, channel: str, message: str) -> list[Json]:
        """What was said in a channel just before a message, oldest first."""
        route = Route("GET", "/channels/{channel_id}/messages", channel_id=channel)
        return _in_order(await self._call(route, params={"before": message, "limit": _PAGE}))

    async def register(self, commands: list[Json]) -> None:
        """Make these the slash commands of the bot, and no others."""
        route = Route(
            "PUT", "/applications/{application_id}/commands", application_id=self.application
        )
        await self._call(route, commands)

    async def _call(
        self,
        route: Route,
        payload: object = None,
        params: Mapping[str, Any] | None = None,
        patience: float = _PATIENCE,
    ) -> Any:
        more: Json = {} if payload is None else {"json": payload}
        if params is not None:
            more["params"] = params
        try:
            async with asyncio.timeout(patience):
                answer = await self._gateway.http.request(route, **more)
        except discord.RateLimited as limited:
            raise Unavailable("Discord asks to wait", limited.retry_after) from None
        except discord.HTTPException as error:
            passes = error.status >= 500 or error.status in (401, 408, 429)
            if passes and code(error) != _TOKEN_DIED:
                raise Unavailable(f"Discord answered {error.status}") from None
            raise
        except (aiohttp.ClientError, OSError, ValueError, LookupError, TypeError) as error:
            raise Unavailable(f"no connection ({type(error).__name__})") from None
        return _json(answer) if isinstance(answer, str) else answer


def code(error: discord.HTTPException) -> int:
    """Discord's own number for a refusal, or 0."""
    if error.code:
        return error.code
    told = _json(error.text)
    found = told.get("code") if isinstance(told, Mapping) else 0
    return found if isinstance(found, int) else 0


def _json(text: str) -> Any:
    """discord.py leaves JSON as text where the content type names a charset."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _in_order(said: object) -> list[Json]:
    found = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    return sorted(
        (one for one in found if snowflake(one.get("id"))), key=lambda one: int(one["id"])
    )
