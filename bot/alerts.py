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
#: Between two goes at an admin chat that cannot be told now; then the log has to do.
AGAIN = (1.0, 5.0, 30.0, 120.0)


async def watch(store: Store, clock: Callable[[], datetime], alert: Callable[[str], None]) -> None:
    """Say once of each trouble that there is one, and once that it is over."""
    told: dict[str, str] = {}
    while True:
        try:
            found = await store.turn(lambda tx: health.watch(tx, clock()))
            troubles = {*found.problems, *found.notes}
        except StoreUnavailable as error:
            troubles = {f"The database takes nothing: {error}."}
        news, told = _news(told, troubles)
        for sentence in news:
            alert(sentence)
        await asyncio.sleep(WATCH_EVERY)


def _news(told: Mapping[str, str], troubles: set[str]) -> tuple[list[str], dict[str, str]]:
    """What was not said yet, and what is told by now; a trouble is known by its first word.

    Its sentence changes with every new error, and would be said again and again.
    """
    now = {sentence.partition(" ")[0]: sentence for sentence in troubles}
    begun = [now[key] for key in sorted(now.keys() - told.keys())]
    over = [f"Over: {told[key]}" for key in sorted(told.keys() - now.keys())]
    return begun + over, now


async def tell_admin(
    alerts: asyncio.Queue[str], chat: str, channels: Mapping[str, Channel]
) -> None:
    """Pass alerts on by a way that is not mail."""
    name, _, conversation = chat.partition(":")
    while True:
        alert = await alerts.get()
        logger.error("someone should look: %s", alert)
        if name in channels:
            await _tell(channels[name], conversation, Reply(alert))


async def _tell(channel: Channel, conversation: str, alert: Reply) -> None:
    for pause in (*AGAIN, None):
        try:
            await channel.tell(conversation, alert)
            return
        except Unreachable:
            break
        except Unavailable as error:
            if pause is None:
                break
            await asyncio.sleep(max(pause, min(error.retry_after or 0.0, 600.0)))
    logger.warning("the admin chat could not be told")
