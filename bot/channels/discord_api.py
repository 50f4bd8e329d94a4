"""Calls to Discord's API: discord.py's own, whose waits and tries it keeps."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any  # Discord's events and answers are JSON.

import aiohttp
import discord
from discord.http import Route

from bot.channels import Unavailable
from bot.channels.discord_address import TOKEN_REFUSED, Refused, find, point
from bot.channels.discord_events import Interaction, snowflake
from bot.channels.discord_gateway import FATAL, Gateway

DEFAULT = "https://discord.com/api/v10"
#: Messages in one answer, which is Discord's limit; and how many answers are read.
_PAGE, _PAGES = 100, 10
#: The token of an interaction, after its 15 minutes.
_TOKEN_DIED = 50027
_PATIENCE, _THREE_SECONDS = 60.0, 3.0

Json = dict[str, Any]


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
            lost = not isinstance(error, aiohttp.ClientConnectorError)
            raise Unavailable(f"no connection ({type(error).__name__})", uncertain=lost) from None
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
