"""Polling: an update is acknowledged only after its turn is committed.

Telegram forgets updates below the offset of the next `getUpdates` and keeps the rest for a day;
so the offset is all that must not move too soon, and there is nothing to remember over a restart.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any  # Updates are foreign JSON; a coroutine's own types do not matter.

from telegram.error import Conflict, TelegramError

from bot.channels.telegram_api import Api, NoSuchMethod, SlowDown, TokenRefused
from bot.channels.telegram_updates import WANTED

logger = logging.getLogger(__name__)

#: Seconds that Telegram may hold the line open when there is nothing new.
LINE_OPEN = 50
#: How long a batch may hold up the next one; what is not committed by then is waited for beside it.
_GRACE = 2.0
_LAST_GRACE = 2.0
_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
_STAND_BY = (5.0, 10.0, 20.0, 40.0, 60.0)
_SILENCE = 300.0
#: A server that does not hold the line open is asked this often instead.
_AT_ONCE = 0.2
#: After a week without updates Telegram may count anew, from any number.
_FORGET_OFFSET = 6 * 24 * 3600.0

Take = Callable[[object], Coroutine[Any, Any, object]]
Alert = Callable[[str], None]


class Polling:
    """`alert` is told once when another copy of the bot polls, and once of a long silence."""

    def __init__(
        self,
        api: Api,
        take: Take,
        alert: Alert,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._api, self._take, self._alert, self._sleep = api, take, alert, sleep
        self._offset: int | None = None
        self._waiting: dict[int, asyncio.Task[object]] = {}
        self._done: set[int] = set()
        self._heard = self._received = time.monotonic()
        self._alerted = ""

    async def run(self) -> None:
        """Take updates until cancelled. Raises TokenRefused."""
        try:
            async with asyncio.TaskGroup() as group:
                try:
                    await self._poll(group)
                finally:
                    if self._waiting:
                        await asyncio.wait(self._waiting.values(), timeout=_LAST_GRACE)
                        self._let_go()
        finally:
            await self._acknowledge()

    async def _poll(self, group: asyncio.TaskGroup) -> None:
        failures = 0
        webhook_is_off = False
        while True:
            asked = time.monotonic()
            try:
                if not webhook_is_off:
                    # What is pending is kept: it comes by polling now.
                    await self._api.call("deleteWebhook", drop_pending_updates=False)
                    webhook_is_off = True
                updates = await self._fetch()
            except (TokenRefused, NoSuchMethod):
                raise TokenRefused from None
            except TelegramError as error:
                await self._sleep(self._pause(error, failures))
                failures += 1
                continue
            failures = 0
            self._note_heard()
            await self._take_all(group, updates)
            if not updates and time.monotonic() - asked < _AT_ONCE:
                await self._sleep(_AT_ONCE)

    async def _fetch(self) -> list[Any]:
        now = time.monotonic()
        if now - self._received > _FORGET_OFFSET and not self._waiting:
            self._offset, self._received = None, now
        line_open = 0 if self._waiting else LINE_OPEN
        updates = await self._api.call(
            "getUpdates",
            patience=line_open + 15.0,
            offset=self._offset,
            timeout=line_open,
            limit=100,
            allowed_updates=list(WANTED),
        )
        return updates if isinstance(updates, list) else []

    async def _take_all(self, group: asyncio.TaskGroup, updates: list[Any]) -> None:
        """Take what is new, and let go of what is committed."""
        for update in updates:
            number = update.get("update_id") if isinstance(update, Mapping) else None
            known = number in self._waiting or number in self._done
            if isinstance(number, int) and not known:
                self._waiting[number] = group.create_task(self._take(update))
                self._received = time.monotonic()
        if self._waiting:
            await asyncio.wait(self._waiting.values(), timeout=_GRACE)
        self._let_go()
        if self._waiting:
            await self._sleep(1.0)

    def _let_go(self) -> None:
        """Move the offset past all that is committed without a gap."""
        for number in [number for number, task in self._waiting.items() if task.done()]:
            del self._waiting[number]
            self._done.add(number)
        if self._waiting:
            self._offset = min(self._waiting)
            self._done = {number for number in self._done if number > self._offset}
        elif self._done:
            self._offset = max(self._done) + 1
            self._done.clear()

    def _pause(self, error: TelegramError, failures: int) -> float:
        """How long to stand by, and who must know."""
        if isinstance(error, SlowDown):
            return error.seconds
        if isinstance(error, Conflict):
            self._alert_once(
                "conflict",
                "Telegram: another copy of the bot, or a webhook, uses the same token. "
                "This copy stands by. Stop the other one.",
            )
            return _STAND_BY[min(failures, len(_STAND_BY) - 1)]
        logger.warning("Telegram could not be asked for news (%s)", type(error).__name__)
        if time.monotonic() - self._heard > _SILENCE:
            self._alert_once("silence", "Telegram has not answered for five minutes.")
        return _PAUSES[min(failures, len(_PAUSES) - 1)]

    def _note_heard(self) -> None:
        self._heard = time.monotonic()
        if self._alerted:
            self._alerted = ""
            logger.warning("Telegram answers this bot again")

    def _alert_once(self, what: str, words: str) -> None:
        if self._alerted != what:
            self._alerted = what
            logger.error("%s", words)
            self._alert(words)

    async def _acknowledge(self) -> None:
        """Before leaving, spare the parents a repeat of what was handled and not yet let go."""
        if self._offset is not None:
            with contextlib.suppress(TelegramError, asyncio.CancelledError):
                await self._api.call(
                    "getUpdates", patience=1.5, offset=self._offset, timeout=0, limit=1
                )
