"""Where Discord is: its own address, or any other server that speaks its API."""

from __future__ import annotations

import json
from typing import Any  # What is passed on to discord.py is its own affair.

import aiohttp
import discord
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.channels import Unavailable

TOKEN_REFUSED = (
    "Discord refused the token (401). Copy it again from the Developer Portal, "
    "put it into DISCORD_TOKEN and restart."
)


class Refused(Exception):
    """Discord will not have this bot; trying again would not help."""


def point(client: discord.Client, base: str, address: URL) -> None:
    """Send one client's calls and its socket elsewhere; the library knows one address for all."""
    request, connect = client.http.request, client.http.ws_connect
    theirs = DiscordWebSocket.DEFAULT_GATEWAY.host

    async def rerouted(route: Route, **more: Any) -> Any:
        if route.url.startswith(Route.BASE):
            route.url = base + route.url.removeprefix(Route.BASE)
        return await request(route, **more)

    async def reconnected(url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
        asked = URL(url)
        if asked.host == theirs or f"{asked.host}".endswith(".discord.gg"):
            url = str(address.update_query(asked.query))
        return await connect(url, compress=compress)

    client.http.request = rerouted  # type: ignore[method-assign]
    client.http.ws_connect = reconnected  # type: ignore[method-assign]


async def find(url: str, token: str) -> tuple[str, URL]:
    """Where a server keeps its API and gateway; the address may leave out `/api/v10`."""
    headers = {"Authorization": f"Bot {token}"}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session:
        for base in (url, f"{url}/api/v10", f"{url}/v10"):
            for path in ("/gateway/bot", "/gateway"):
                async with session.get(base + path, headers=headers) as answer:
                    status, text = answer.status, await answer.text()
                if status == 401:
                    raise Refused(TOKEN_REFUSED)
                if status >= 500:
                    raise Unavailable(f"Discord answered {status}")
                if address := _address(text):
                    return base, address
    # It may be there all the same: discord.py itself never asks where the gateway is.
    address = URL(url)
    scheme = "wss" if address.scheme == "https" else "ws"
    base = f"{url}/api/v10" if address.path in ("", "/") else url
    return base, address.with_scheme(scheme).with_path("/")


def _address(text: str) -> URL | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    address = found.get("url") if isinstance(found, dict) else None
    return URL(address) if isinstance(address, str) and address.startswith("ws") else None
