"""Discord: direct messages, slash commands and buttons, over its gateway."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any  # A coroutine's own types do not matter here; events are JSON.

import aiohttp
import discord

from bot.channels import Handle, Unavailable, Unreachable
from bot.channels.discord_address import Refused
from bot.channels.discord_api import DEFAULT, Api, Json, code
from bot.channels.discord_doorway import Texts
from bot.channels.discord_events import snowflake
from bot.channels.discord_gateway import Gateway
from bot.channels.discord_replies import render
from bot.channels.discord_turns import Known, Turns
from dialogs.messages import Reply

logger = logging.getLogger(__name__)

__all__ = ["Command", "Discord", "Known", "Refused", "Texts"]

#: Between tries to connect, when even signing in fails.
PAUSES = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
#: So many failures in a row are worth telling the person on call.
WORRYING = 5
#: Turns that are under way get so long to finish when the bot stops.
SETTLING = 5.0
#: A session that lasted so long was a good one.
_LASTED = 60.0
_IN_SERVERS_AND_DIRECT, _INSTALLED_IN_SERVERS = [0, 1], [0]
_TEXT = 3
#: Refusals that are about the bot and pass, not about this parent.
_PASSING = (20026, 40003)

Alert = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Command:
    """One slash command. `argument` describes what may follow it, or is empty."""

    name: str
    description: str
    argument: str = ""


class Discord:
    """The Discord channel. Needs no privileged intents and reads nothing from servers.

    `known` says where to look for messages that were missed. `alert` tells the person on call.
    `pause` is what Discord asks for between two fresh sessions, in seconds.
    """

    name = "discord"
    #: "In the past few minutes", Discord says of its nonces.
    remembers = timedelta(minutes=2)

    def __init__(
        self,
        token: str,
        api_url: str,
        texts: Texts,
        commands: Sequence[Command],
        known: Known,
        alert: Alert,
        *,
        pause: float = 5.0,
        heartbeat_timeout: float = 60.0,
        shard: tuple[int, int] = (0, 1),
    ) -> None:
        self._token, self._api_url, self._texts = token, api_url or DEFAULT, texts
        self._commands = [_described(command) for command in commands]
        self._known, self._alert = known, alert
        self._pause, self._heartbeat_timeout = pause, heartbeat_timeout
        self._shard = shard
        self._api: Api | None = None
        self._aside: tuple[Gateway, Api] | None = None
        self._registered = False

    async def run(self, handle: Handle) -> None:
        """Receive until cancelled. Raises `Refused` when Discord will not have this bot."""
        failures = 0
        while True:
            began = time.monotonic()
            try:
                await self._session(handle)
            except* Refused as group:
                reason = str(group.exceptions[0])
                refused = Refused(reason)
            except* Exception:
                logger.exception("lost Discord, and connects again")
                refused = None
            else:
                refused = None
            if refused is not None:
                logger.critical("Discord has ended: %s", refused)
                self._alert(str(refused))
                raise refused
            failures = 1 if time.monotonic() - began > _LASTED else failures + 1
            if failures == WORRYING:
                self._alert("Discord cannot be reached. I keep trying.")
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES)) - 1])

    async def tell(self, conversation: str, reply: Reply, key: str = "") -> None:
        """Push one notice. The same notice again, within minutes, is not shown twice."""
        if not snowflake(conversation):
            raise Unreachable("not a conversation on Discord")
        api = self._api or await self._without_events()
        try:
            channel = await api.open(conversation)
            for number, payload in enumerate(render(reply, self._texts.write)):
                await api.send(channel, payload, f"{_digest(conversation, reply, key)}.{number}")
        except discord.HTTPException as error:
            if code(error) in _PASSING or "<html" in error.text.lower():
                raise Unavailable(f"Discord refused ({error.status})") from None
            raise Unreachable(f"Discord refused ({error.status}, {code(error)})") from None

    async def _without_events(self) -> Api:
        """Signed in to tell, while another process has the events."""
        if self._aside is None:
            gateway = Gateway()
            api = Api(gateway, self._token, self._api_url)
            try:
                await api.sign_in()
            except (Refused, discord.HTTPException, OSError, aiohttp.ClientError) as error:
                await gateway.close()
                raise Unavailable(f"not signed in ({type(error).__name__})") from None
            self._aside = gateway, api
        return self._aside[1]

    async def close(self) -> None:
        """Let go of the connections of `tell` without `run`."""
        if self._aside is not None:
            aside, self._aside = self._aside[0], None
            await aside.close()

    async def _session(self, handle: Handle) -> None:
        """Sign in and listen, until the connection is lost for good."""
        gateway = Gateway(self._pause, self._heartbeat_timeout, self._shard)
        async with gateway:
            api = Api(gateway, self._token, self._api_url)
            await api.sign_in()
            running: set[asyncio.Task[Any]] = set()
            async with asyncio.TaskGroup() as tasks:

                def spawn(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
                    task = tasks.create_task(_kept(work))
                    running.add(task)
                    task.add_done_callback(running.discard)
                    return task

                turns = Turns(handle, api, self._texts, self._known, spawn)
                looking: list[asyncio.Task[None]] = []

                def hear(name: str, event: object) -> None:
                    if name != "READY":
                        turns.hear(name, event)
                        return
                    api.application = _application(event)
                    turns.missed_some()
                    for task in looking:
                        task.cancel()
                    if self._shard[0] == 0:  # direct messages come here, and once is enough
                        looking[:] = [
                            tasks.create_task(self._look_back(turns)),
                            tasks.create_task(self._register(api)),
                        ]

                gateway.hear = hear
                self._api = api
                try:
                    await api.listen()
                finally:
                    for task in looking:
                        task.cancel()
                    if running:
                        await asyncio.wait(running, timeout=SETTLING)
                    for task in running:
                        task.cancel()
                    self._api = None

    async def _look_back(self, turns: Turns) -> None:
        while True:
            try:
                return await turns.look_back()
            except Exception:
                logger.exception("could not look back, and tries again")
                await asyncio.sleep(PAUSES[0])

    async def _register(self, api: Api) -> None:
        if self._registered:
            return
        try:
            await api.register(self._commands)
            self._registered = True
        except (Unavailable, discord.HTTPException) as error:
            logger.error("the slash commands were not registered (%s)", error)


async def _kept(work: Coroutine[Any, Any, Any]) -> Any:
    """Do some work; its failure is logged and ends nothing else."""
    try:
        return await work
    except Exception:
        logger.exception("a turn failed")
        return None


def _application(ready: object) -> str:
    """The application's id; Discord gives older bots a user id of another number."""
    told = ready if isinstance(ready, Mapping) else {}
    for key in ("application", "user"):
        part = told.get(key)
        if isinstance(part, Mapping) and (found := snowflake(part.get("id"))):
            return found
    return ""


def _described(command: Command) -> Json:
    described: Json = {
        "name": command.name,
        "description": command.description[:100],
        "type": 1,
        "contexts": _IN_SERVERS_AND_DIRECT,
        "integration_types": _INSTALLED_IN_SERVERS,
    }
    if command.argument:
        option = {"type": _TEXT, "name": "words", "description": command.argument[:100]}
        described["options"] = [option]
    return described


def _digest(conversation: str, reply: Reply, key: str) -> str:
    """The same for the same notice to the same parent, and short enough for a nonce."""
    told = f"{conversation}\n{key}\n{reply.question}\n{reply.text}".encode(errors="replace")
    return "n" + hashlib.blake2b(told, digest_size=9).hexdigest()
