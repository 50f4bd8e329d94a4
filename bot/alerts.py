"""What someone has to look after, told by a way that is not mail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from bot import health
from bot.channels import Channel, Unavailable, Unreachable
from bot.store import Store, StoreUnavailable
from dialogs.messages import Reply

logger = logging.getLogger(__name__)

WATCH_EVERY = 60.0


async def watch(store: Store, clock: Callable[[], datetime], alert: Callable[[str], None]) -> None:
    """Say once of each trouble that there is one."""
    told: set[str] = set()
    while True:
        try:
            found = set(health.problems(await store.outbox_rows(), clock()))
        except StoreUnavailable as error:
            found = {f"The database takes nothing: {error}."}
        for problem in sorted(found - told):
            alert(problem)
        told = found
        await asyncio.sleep(WATCH_EVERY)


async def tell_admin(
    alerts: asyncio.Queue[str], chat: str, channels: Mapping[str, Channel]
) -> None:
    """Pass alerts on by a way that is not mail."""
    name, _, conversation = chat.partition(":")
    while True:
        alert = await alerts.get()
        logger.error("someone should look: %s", alert)
        if name in channels:
            try:
                await channels[name].tell(conversation, Reply(alert))
            except (Unavailable, Unreachable):
                logger.warning("the admin chat could not be told")
