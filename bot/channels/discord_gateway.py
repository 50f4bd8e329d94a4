"""Discord's gateway: discord.py's own, with no intents that need a permission, and silent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

import discord
from discord.http import Ratelimit

from bot.channels.discord_events import WANTED

logger = logging.getLogger(__name__)

#: Codes of a closed gateway that no reconnect puts right, and what to do about each.
FATAL = {
    4004: "Discord refused the token. Copy it again from the Developer Portal (Bot, Reset Token).",
    4010: "Discord refused the shard. Please report this as a bug.",
    4011: "Discord asks for more shards, as this bot is in many servers: raise DISCORD_SHARDS.",
    4012: "Discord has retired the version of its API that this bot speaks. Please update.",
    4013: "Discord did not understand the intents. Please report this as a bug.",
    4014: "Discord does not allow the intents. Please report this as a bug.",
}
#: Longer waits than this, for a rate limit, are handed back to whoever asked.
LONGEST_WAIT = 30.0
#: How long a goodbye may take, in seconds.
_GOODBYE = 1.5
_QUIET = {
    "discord.client": logging.INFO,
    "discord.gateway": logging.INFO,
    "discord.http": logging.INFO,
    "discord.state": logging.ERROR,  # it warns that servers are left out, which is meant
}


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

    def __init__(
        self,
        pause: float = 5.0,
        heartbeat_timeout: float = 60.0,
        shard: tuple[int, int] = (0, 1),
    ) -> None:
        """`shard` is which of how many; direct messages come through the first."""
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
            shard_id=shard[0],
            shard_count=shard[1],
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
