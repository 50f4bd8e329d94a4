"""The outbox: what is due behind each door, and each of it delivered until it is accepted."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot import notices
from bot.bounces import Bounce
from bot.channels import Channel, Handle
from bot.conversations import LONDON
from bot.endings import Endings, Gone, nobody
from bot.leases import LeaseLost, Leases
from bot.mail import Mail
from bot.postman import Address, Postman, nowhere_else
from bot.store import Bounced, Leased, Store, Transaction, Waiting
from bot.teller import Render, Teller
from dialogs import nights

logger = logging.getLogger(__name__)

#: The door that letters leave by.
MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Door:
    """A way out: `mail`, or a channel; `only` is the one conversation it reaches, if just one."""

    via: str
    only: str = ""


class Outbox:
    """Delivers what is due. Knows how; the engine knows when."""

    def __init__(
        self,
        store: Store,
        mail: Mail,
        channels: Mapping[str, Channel],
        handle: Handle,
        render: Render,
        clock: Callable[[], datetime],
        only: Mapping[str, str] | None = None,
        jitter: Callable[[], float] = random.random,
        tell_within: float = 60.0,
        address: Address = nowhere_else,
        second_copy: str = "",
        gone: Gone = nobody,
    ) -> None:
        """`only` names, for a channel that reaches just one conversation, which: `console: anna`.

        `tell_within` is how long one notice may take, in seconds. `address` is asked, when a letter
        is sent, where the letters of its role go by then. `second_copy` is the first line of a
        letter which may be one. `gone` is told of an answer that cannot reach its parent.
        """
        self._store = store
        self._clock = clock
        self._leases = Leases(store, clock, mail.lease)
        self._postman = Postman(store, mail, clock, address, second_copy)
        self._teller = Teller(store, channels, handle, render, clock, tell_within)
        self._endings = Endings(store, self._postman, clock, jitter, gone, mail.lease)
        alone = only or {}
        self.doors = (
            Door(MAIL),
            *(Door(name, f"{name}:{alone[name]}" if name in alone else "") for name in channels),
        )

    async def due(self, door: Door, most: int) -> list[Waiting]:
        now = self._clock()
        return await self._store.turn(lambda tx: tx.due(door.via, door.only, now, most))

    async def next_due(self) -> datetime | None:
        """When the next thing is due behind any door, or somebody's lease on one ends."""

        def work(tx: Transaction) -> list[datetime | None]:
            return [tx.next_due(door.via, door.only) for door in self.doors]

        return min((when for when in await self._store.turn(work) if when), default=None)

    async def unfinished(self) -> int:
        """How many things should have left by now, whoever is delivering them."""
        now = self._clock()
        return await self._store.turn(
            lambda tx: sum(tx.unfinished(door.via, door.only, now) for door in self.doors)
        )

    async def note_late(self) -> None:
        """Queue the notice that a letter takes long, once for each concern."""
        now = self._clock()

        def work(tx: Transaction) -> tuple[int, list[str]]:
            mended = tx.mend_times(now)
            late = tx.late_letters(now - notices.LATE_AFTER, notices.LATE)
            for reference, _ in sorted(late):
                tx.hold(reference)
            if late:  # some may have arrived while we waited
                late = tx.late_letters(now - notices.LATE_AFTER, notices.LATE)
            for reference, part in late:
                notices.tell_late(tx, reference, now, part)
            return mended, [reference for reference, _ in late]

        mended, late = await self._store.turn(work)
        if mended:
            logger.warning("the clock went back: %d rows are due now", mended)
        for reference in late:
            logger.error("the letter %s has not arrived after %s", reference, notices.LATE_AFTER)

    def take_back(self, tx: Transaction, bounce: Bounce, now: datetime) -> Bounced | None:
        """A mail server gave a letter back. None when it was none of ours, or that was known."""
        return self._postman.take_back(tx, bounce, now)

    async def deliver(self, id: str) -> None:
        """Lease, look, send, mark. Returns when it is delivered, put back, parked, or not ours."""
        now = self._clock()
        taking = self._leases.taking(id, now)

        def lease(tx: Transaction) -> Leased | None:
            leased = taking(tx)
            local = now.astimezone(LONDON)
            if leased and leased.kind == "reminder" and nights.is_night(local):
                # Late, or tried again: nobody is reminded at night.
                morning = nights.morning_after(local)
                tx.put_back(id, leased.owner, morning, leased.uncertain, "", now)
                return None
            return leased

        leased = await self._store.turn(lease)
        if leased is None:
            return
        try:
            await self._attempt(leased)
        except asyncio.CancelledError:
            await asyncio.shield(self._endings.stopped(leased))
            raise
        except LeaseLost:
            logger.warning("left %s to somebody else: our lease had ended", id)
        except Exception as failure:
            await self._endings.failed(leased, failure)

    async def _attempt(self, leased: Leased) -> None:
        async with self._leases.held(leased):
            await self._send(leased)
            await self._endings.arrived(leased)

    async def _send(self, leased: Leased) -> None:
        async def check() -> None:
            await self._leases.still_ours(leased)

        match leased.kind:
            case "letter":
                await self._postman.send(leased, check)
            case "notice":
                await self._teller.notify(leased)
            case "answer":
                await self._teller.relay(leased, check)
            case _:
                await self._teller.remind(leased)
