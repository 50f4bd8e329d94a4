"""Letters, answers, notices and reminders, each delivered until it is accepted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import secrets
import traceback
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import notices
from bot.bounces import Bounce
from bot.channels import Channel, Handle, Incoming, Unavailable
from bot.conversations import LONDON
from bot.mail import Mail, MailUncertain
from bot.postman import Address, Postman, nowhere_else
from bot.retry import EXPECTED, Park, in_our_words, when_to_retry
from bot.store import Bounced, Leased, Store, StoreUnavailable, Transaction, Waiting
from dialogs import nights
from dialogs.messages import Answered, Event, Reminded, Reply

logger = logging.getLogger(__name__)

#: Say a message of the wording in a language: `render(language, message, values)`.
Render = Callable[[str, str, Mapping[str, str]], Reply]

#: The door that letters leave by.
MAIL = "mail"

#: Says that what follows may have been told before.
AGAIN = "answer_again"

#: How long something that is told is ours without a sign of life.
TELLING = timedelta(minutes=1)

#: Between two attempts to mark what has arrived, in seconds.
HOLD_ON = 1.0


#: Who is told, in the same transaction, that an answer cannot reach its parent any more.
Gone = Callable[[Transaction, str, datetime], None]


def nobody(tx: Transaction, reference: str, now: datetime) -> None:
    """Where no answers come."""


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
        gone: Gone = nobody,
    ) -> None:
        """`only` names, for a channel that reaches just one conversation, which: `console: anna`.

        `tell_within` is how long one notice may take, in seconds. `address` is asked, when a letter
        is sent, where the letters of its role go by then. `second_copy` is the first line of a
        letter which may be one. `gone` is told of an answer that cannot reach its parent.
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
        self._gone = gone
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

    def take_back(self, tx: Transaction, bounce: Bounce, now: datetime) -> Bounced | None:
        """The same within a transaction. Returns the letter."""
        return self._postman.take_back(tx, bounce, now)

    async def deliver(self, id: str) -> None:
        """Lease, look, send, mark. Returns when it is delivered, put back, parked, or not ours."""
        owner = secrets.token_hex(8)
        now = self._clock()

        def lease(tx: Transaction) -> Leased | None:
            leased = tx.lease(id, owner, now, now + self._lease(id))
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

    def _lease(self, id: str) -> timedelta:
        """A chat does not hang for minutes as a mail server may, and a parent waits there."""
        return self._mail.lease if id.startswith("letter/") else min(self._mail.lease, TELLING)

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
            await asyncio.sleep(self._lease(leased.id).total_seconds() / 3)
            with contextlib.suppress(StoreUnavailable):
                ours = await self._store.turn(self._renewal(leased))

    def _renewal(self, leased: Leased) -> Callable[[Transaction], bool]:
        until = self._clock() + self._lease(leased.id)
        return lambda tx: tx.renew(leased.id, leased.owner, until)

    async def _send(self, leased: Leased) -> None:
        match leased.kind:
            case "letter":
                await self._postman.send(leased, lambda: self._still_ours(leased))
            case "notice":
                said = json.loads(leased.payload)
                reply = self._render(leased.language, said["message"], said["values"])
                await self._tell(leased, reply)
            case "answer":
                await self._tell_answer(leased)
            case _:
                # Handled before, and not told: then this is what the conversation shows now.
                for reply in await self._take(leased, Reminded(leased.payload)):
                    await self._tell(leased, reply)

    async def _tell_answer(self, leased: Leased) -> None:
        """Tell what was not told yet, and note each part, so that it is told once.

        Where the end of an earlier try is not known, and the channel cannot know a repeat from
        something new, the parent is told that it may be one.
        """
        said = json.loads(leased.payload)
        await self._still_ours(leased)  # the parent may have asked to be forgotten
        event = Answered(leased.reference, said["words"], said["had_attachments"])
        replies = (await self._take(leased, event))[leased.told :]
        age = self._clock() - leased.created
        unknown = leased.uncertain and age > self._channels[leased.via].remembers
        if replies and (unknown or said["again"]):
            await self._still_ours(leased)
            await self._tell(leased, self._render(leased.language, AGAIN, {}))
        for told, reply in enumerate(replies, leased.told + 1):
            await self._still_ours(leased)
            await self._tell(leased, reply)
            await self._store.turn(_noting(leased, told))

    async def _take(self, leased: Leased, event: Event) -> Sequence[Reply]:
        """Something that came due, as one turn of its conversation."""
        conversation = leased.conversation.partition(":")[2]
        return await self._handle(
            Incoming(leased.via, conversation, leased.message_id, event, leased.language)
        )

    async def _still_ours(self, leased: Leased) -> None:
        """We may have been stopped since we leased it, and somebody else may be sending it."""
        if not await self._store.turn(self._renewal(leased)):
            raise LeaseLost

    async def _tell(self, leased: Leased, reply: Reply) -> None:
        async with asyncio.timeout(self._tell_within):
            await self._channels[leased.via].tell(
                leased.conversation.partition(":")[2], reply, leased.message_id or leased.id
            )

    async def _done(self, leased: Leased) -> None:
        """Mark it; a delivered letter's notice is queued in the same transaction."""
        now = self._clock()

        def work(tx: Transaction) -> bool:
            if leased.kind == "reminder":
                what, _, reference = leased.payload.partition(".")
                if what == notices.SORTED:
                    tx.note_was_asked(reference)
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
                uncertain = leased.uncertain or _may_have_arrived(leased, failure)
                tx.put_back(leased.id, leased.owner, again, uncertain, error, now)
                return False
            tx.hold(leased.reference)
            if not tx.park(leased.id, leased.owner, now, error):
                return False
            if leased.kind == "reminder":
                # Nobody can be shown what was kept for it.
                return tx.wipe_post(leased.id)
            if leased.kind == "answer":
                self._gone(tx, leased.reference, now)
            elif leased.kind == "letter" and not self._postman.offer_to_second(tx, leased, now):
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


def _noting(leased: Leased, told: int) -> Callable[[Transaction], None]:
    return lambda tx: tx.note_told(leased.id, leased.owner, told)


def _may_have_arrived(leased: Leased, failure: Exception) -> bool:
    """Whether a try that failed may have done what it was for."""
    if leased.kind != "answer":
        return isinstance(failure, MailUncertain)
    return failure.uncertain if isinstance(failure, Unavailable) else True
