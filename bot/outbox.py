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
from datetime import datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from bot.channels import Channel, Handle, Incoming, Unavailable, Unreachable
from bot.mail import Envelope, Mail, MailRefused, MailUnavailable, MailUncertain
from bot.store import Leased, Store, StoreUnavailable, Transaction, Waiting
from dialogs.messages import Reminded, Reply

logger = logging.getLogger(__name__)

#: Say a message of the wording in a language: `render(language, message, values)`.
Render = Callable[[str, str, Mapping[str, str]], Reply]

LONDON = ZoneInfo("Europe/London")

#: The messages of the wording that a notice says. All know `$reference`; the first, `$time` too.
DELIVERED = "delivered"
LATE = "still_trying"
UNDELIVERABLE = "not_delivered"

#: The door that letters leave by.
MAIL = "mail"

#: After this, a letter that has not arrived is late: the parent is told, once.
LATE_AFTER = timedelta(minutes=15)
#: Mail servers may hold a letter this long before it can be found in the mailbox.
UNCERTAIN_FOR = timedelta(minutes=5)

#: Between two attempts to mark what has arrived, in seconds.
HOLD_ON = 1.0

DELAYS = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 900, 1800, 3600))

#: A letter tried after an uncertain end, where nobody can look, says so to the office.
SECOND_COPY = b"X-Possible-Second-Copy: yes\r\n"


class Park(Enum):
    """Keep it, and stop trying until a person releases it."""

    PARK = "park"


@dataclass(frozen=True, slots=True)
class Door:
    """A way out: `mail`, or a channel; `only` is the one conversation it reaches, if just one."""

    via: str
    only: str = ""


def when_to_retry(tries: int, failure: Exception, now: datetime, jitter: float) -> datetime | Park:
    """When to try again after `tries` tries; `jitter` from 0 to 1 adds up to a tenth.

    Only what was refused for good is parked; nothing temporary is ever given up.
    """
    if isinstance(failure, MailRefused | Unreachable):
        return Park.PARK
    delay = DELAYS[min(max(tries, 1), len(DELAYS)) - 1]
    if isinstance(failure, MailUncertain):
        delay = max(delay, UNCERTAIN_FOR)
    if isinstance(failure, Unavailable) and failure.retry_after:
        delay = max(delay, timedelta(seconds=min(failure.retry_after, 3600)))
    return now + delay * (1 + jitter / 10)


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
    ) -> None:
        """`only` names, for a channel that reaches just one conversation, which: `console: anna`.

        `tell_within` is how long one notice may take, in seconds.
        """
        self._store = store
        self._mail = mail
        self._channels = channels
        self._handle = handle
        self._render = render
        self._clock = clock
        self._jitter = jitter
        self._tell_within = tell_within
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

        def work(tx: Transaction) -> list[str]:
            late = tx.late_references(now - LATE_AFTER, LATE)
            for reference in late:
                tx.queue_notice(reference, LATE, _notice(LATE, reference), now)
            return late

        for reference in await self._store.turn(work):
            logger.error("the letter %s has not arrived after %s", reference, LATE_AFTER)

    async def deliver(self, id: str) -> None:
        """Lease, look, send, mark. Returns when it is delivered, put back, parked, or not ours."""
        owner = secrets.token_hex(8)
        now = self._clock()
        leased = await self._store.turn(lambda tx: tx.lease(id, owner, now, now + self._mail.lease))
        if leased is None:
            return
        try:
            await self._attempt(leased)
        except asyncio.CancelledError:
            await asyncio.shield(self._stopped(leased))
            raise
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
                await self._send_letter(leased)
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

    async def _send_letter(self, leased: Leased) -> None:
        letter = leased.payload.encode("ascii")
        if leased.tries > 1:
            arrived = await self._mail.has(leased.message_id)
            if arrived:
                return
            if arrived is None and leased.uncertain:
                letter = SECOND_COPY + letter
        await self._mail.send(letter, Envelope(leased.sender, leased.recipient, leased.message_id))

    async def _tell(self, leased: Leased, reply: Reply) -> None:
        async with asyncio.timeout(self._tell_within):
            await self._channels[leased.via].tell(leased.conversation.partition(":")[2], reply)

    async def _done(self, leased: Leased) -> None:
        """Mark it; a delivered letter's notice is queued in the same transaction."""
        now = self._clock()

        def work(tx: Transaction) -> bool:
            if leased.kind == "reminder":
                return tx.finish(leased.id, leased.owner)
            marked = tx.mark_sent(leased.id, now)
            if marked and leased.kind == "letter" and not tx.letters_left(leased.reference):
                tx.withdraw_notices(leased.reference)
                tx.queue_notice(
                    leased.reference, DELIVERED, _notice(DELIVERED, leased.reference, now), now
                )
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
        error = _in_our_words(failure)
        again = when_to_retry(leased.tries, failure, now, self._jitter())

        def work(tx: Transaction) -> None:
            if isinstance(again, datetime):
                uncertain = leased.uncertain or isinstance(failure, MailUncertain)
                tx.put_back(leased.id, leased.owner, again, uncertain, error)
            elif tx.park(leased.id, leased.owner, now, error) and leased.kind == "letter":
                tx.withdraw_notices(leased.reference)
                tx.queue_notice(
                    leased.reference, UNDELIVERABLE, _notice(UNDELIVERABLE, leased.reference), now
                )

        if again is Park.PARK:
            logger.error("parked %s after %d tries: %s", leased.id, leased.tries, error)
        else:
            logger.warning("put back %s after %d tries: %s", leased.id, leased.tries, error)
        if not isinstance(failure, EXPECTED):
            # Without the error's own text, which may quote a parent.
            logger.error("at\n%s", "".join(traceback.format_tb(failure.__traceback__)))
        await self._store.turn(work)

    async def _stopped(self, leased: Leased) -> None:
        """Put back at once what we were stopped from finishing, and say that it may be there."""
        now = self._clock()
        due = now + self._mail.lease if leased.kind == "letter" else now
        with contextlib.suppress(StoreUnavailable):
            await self._store.turn(
                lambda tx: tx.put_back(leased.id, leased.owner, due, True, "stopped half-way")
            )


def _notice(message: str, reference: str, delivered: datetime | None = None) -> str:
    values = {"reference": reference}
    if delivered:
        values["time"] = delivered.astimezone(LONDON).strftime("%H:%M")
    return json.dumps({"message": message, "values": values})


def _in_our_words(failure: Exception) -> str:
    """What may be kept and logged: never the text of an error that could quote a parent."""
    ours = isinstance(failure, MailRefused | MailUnavailable | MailUncertain)
    return f"{type(failure).__name__}: {failure}" if ours else type(failure).__name__


#: What a delivery may end with; anything else is our own fault, and logged with its place.
EXPECTED = (
    MailRefused, MailUnavailable, MailUncertain, Unavailable, Unreachable, TimeoutError,
)  # fmt: skip
