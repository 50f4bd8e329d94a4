"""Letters, notices and reminders, each delivered until it is accepted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import secrets
import traceback
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from bot import notices
from bot.bounces import Bounce
from bot.channels import Channel, Handle, Incoming
from bot.conversations import LONDON
from bot.mail import Mail, MailUncertain
from bot.postman import Address, Postman, nowhere_else
from bot.retry import EXPECTED, Park, in_our_words, when_to_retry
from bot.store import Leased, Store, StoreUnavailable, Transaction, Waiting
from dialogs import nights
from dialogs.messages import Reminded, Reply

logger = logging.getLogger(__name__)

#: Say a message of the wording in a language: `render(language, message, values)`.
Render = Callable[[str, str, Mapping[str, str]], Reply]

#: The door that letters leave by.
MAIL = "mail"

#: Between two attempts to mark what has arrived, in seconds.
HOLD_ON = 1.0


@dataclass(frozen=True, slots=True)
class Door:
    """A way out: `mail`, or a channel; `only` is the one conversation it reaches, if just one."""

    via: str
    only: str = ""


class LeaseLost(Exception):
    """Somebody else has it by now; whatever we would do with it, they do."""


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
    ) -> None:
        """`only` names, for a channel that reaches just one conversation, which: `console: anna`.

        `tell_within` is how long one notice may take, in seconds. `address` is asked, when a letter
        is sent, where the letters of its role go by then. `second_copy` is the first line of a
        letter which may be one.
        """
        self._store = store
        self._mail = mail
        self._channels = channels
        self._handle = handle
        self._render = render
        self._clock = clock
        self._jitter = jitter
        self._tell_within = tell_within
        self._postman = Postman(store, mail, clock, address, second_copy)
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

    async def came_back(self, bounce: Bounce) -> bool:
        """A mail server gave a letter back. False when it was none of ours, or that was known."""
        return await self._postman.came_back(bounce)

    async def deliver(self, id: str) -> None:
        """Lease, look, send, mark. Returns when it is delivered, put back, parked, or not ours."""
        owner = secrets.token_hex(8)
        now = self._clock()

        def lease(tx: Transaction) -> Leased | None:
            leased = tx.lease(id, owner, now, now + self._mail.lease)
            local = now.astimezone(LONDON)
            if leased and leased.kind == "reminder" and nights.is_night(local):
                # Late, or tried again: nobody is reminded at night.
                tx.put_back(id, owner, nights.morning_after(local), leased.uncertain, "", now)
                return None
            return leased

        leased = await self._store.turn(lease)
        if leased is None:
            return
        try:
            await self._attempt(leased)
        except asyncio.CancelledError:
            await asyncio.shield(self._stopped(leased))
            raise
        except LeaseLost:
            logger.warning("left %s to somebody else: our lease had ended", id)
        except Exception as failure:
            await self._failed(leased, failure)

    async def _attempt(self, leased: Leased) -> None:
        async with self._holding(leased):
            await self._send(leased)
            await self._done(leased)

    @asynccontextmanager
    async def _holding(self, leased: Leased) -> AsyncIterator[None]:
        """Renew the lease for as long as a slow delivery takes."""
        renewing = asyncio.create_task(self._renew(leased))
        try:
            yield
        finally:
            renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewing

    async def _renew(self, leased: Leased) -> None:
        ours = True
        while ours:
            await asyncio.sleep(self._mail.lease.total_seconds() / 3)
            with contextlib.suppress(StoreUnavailable):
                ours = await self._store.turn(self._renewal(leased))

    def _renewal(self, leased: Leased) -> Callable[[Transaction], bool]:
        until = self._clock() + self._mail.lease
        return lambda tx: tx.renew(leased.id, leased.owner, until)

    async def _send(self, leased: Leased) -> None:
        match leased.kind:
            case "letter":
                await self._postman.send(leased, lambda: self._still_ours(leased))
            case "notice":
                said = json.loads(leased.payload)
                reply = self._render(leased.language, said["message"], said["values"])
                await self._tell(leased, reply)
            case _:
                incoming = Incoming(
                    leased.via,
                    leased.conversation.partition(":")[2],
                    leased.message_id,
                    Reminded(leased.payload),
                    leased.language,
                )
                # Handled before, and not told: then this is what the conversation shows now.
                for reply in await self._handle(incoming):
                    await self._tell(leased, reply)

    async def _still_ours(self, leased: Leased) -> None:
        """We may have been stopped since we leased it, and somebody else may be sending it."""
        if not await self._store.turn(self._renewal(leased)):
            raise LeaseLost

    async def _tell(self, leased: Leased, reply: Reply) -> None:
        async with asyncio.timeout(self._tell_within):
            await self._channels[leased.via].tell(leased.conversation.partition(":")[2], reply)

    async def _done(self, leased: Leased) -> None:
        """Mark it; a delivered letter's notice is queued in the same transaction."""
        now = self._clock()

        def work(tx: Transaction) -> bool:
            if leased.kind == "reminder":
                return tx.finish(leased.id, leased.owner)
            tx.hold(leased.reference)
            marked = tx.mark_sent(leased.id, now)
            if marked and leased.kind == "letter":
                left = tx.letters_left(leased.reference, leased.part)
                if not left:
                    notices.tell_delivered(tx, leased.reference, now, leased.part)
            return marked

        while True:
            try:
                await self._store.turn(work)
            except StoreUnavailable:
                # It has arrived, and only we know: hold on until the disk takes it.
                await asyncio.sleep(HOLD_ON)
            else:
                logger.info("delivered %s", leased.id)
                return

    async def _failed(self, leased: Leased, failure: Exception) -> None:
        now = self._clock()
        error = in_our_words(failure)
        again = when_to_retry(leased.tries, failure, now, self._jitter())

        def work(tx: Transaction) -> bool:
            """True when something of a parent's was wiped."""
            if isinstance(again, datetime):
                uncertain = leased.uncertain or isinstance(failure, MailUncertain)
                tx.put_back(leased.id, leased.owner, again, uncertain, error, now)
                return False
            tx.hold(leased.reference)
            parked = tx.park(leased.id, leased.owner, now, error)
            if parked and leased.kind == "reminder":
                # Nobody can be shown what was kept for it.
                return tx.wipe_post(leased.id)
            letter = parked and leased.kind == "letter"
            if letter and not self._postman.offer_to_second(tx, leased, now):
                notices.tell_undeliverable(tx, leased.reference, now, leased.part)
            return False

        if again is Park.PARK:
            logger.error("parked %s after %d tries: %s", leased.id, leased.tries, error)
        else:
            logger.warning("put back %s after %d tries: %s", leased.id, leased.tries, error)
        if not isinstance(failure, EXPECTED):
            # Without the error's own text, which may quote a parent.
            logger.error("at\n%s", "".join(traceback.format_tb(failure.__traceback__)))
        if await self._store.turn(work):
            await self._store.scrub()

    async def _stopped(self, leased: Leased) -> None:
        """Put back at once what we were stopped from finishing, and say that it may be there."""
        now = self._clock()
        due = now + self._mail.lease if leased.kind == "letter" else now
        with contextlib.suppress(StoreUnavailable):
            await self._store.turn(
                lambda tx: tx.put_back(leased.id, leased.owner, due, True, "stopped half-way", now)
            )
