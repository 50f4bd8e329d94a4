"""The end of a delivery, and what comes of it: arrived, put back, parked, or stopped half-way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta

from bot import notices
from bot.channels import Unavailable
from bot.mail import MailUncertain
from bot.postman import Postman
from bot.retry import EXPECTED, Park, in_our_words, when_to_retry
from bot.store import Leased, Store, StoreUnavailable, Transaction

logger = logging.getLogger(__name__)

#: Who is told, in the same transaction, that an answer cannot reach its parent any more.
Gone = Callable[[Transaction, str, datetime], None]

#: Between two attempts to mark what has arrived, in seconds.
HOLD_ON = 1.0


def nobody(tx: Transaction, reference: str, now: datetime) -> None:
    """Where no answers come."""


class Endings:
    """Keeps how each delivery ended, and queues what follows from it, in one transaction."""

    def __init__(
        self,
        store: Store,
        postman: Postman,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        gone: Gone,
        calm: timedelta,
    ) -> None:
        """`calm` is for how long a letter is left alone that was stopped half-way."""
        self._store = store
        self._postman = postman
        self._clock = clock
        self._jitter = jitter
        self._gone = gone
        self._calm = calm

    async def arrived(self, leased: Leased) -> None:
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

    async def failed(self, leased: Leased, failure: Exception) -> None:
        """Put it back for later, or park what was refused for good and say so."""
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

    async def stopped(self, leased: Leased) -> None:
        """Put back at once what we were stopped from finishing, and say that it may be there."""
        now = self._clock()
        due = now + self._calm if leased.kind == "letter" else now
        with contextlib.suppress(StoreUnavailable):
            await self._store.turn(
                lambda tx: tx.put_back(leased.id, leased.owner, due, True, "stopped half-way", now)
            )


def _may_have_arrived(leased: Leased, failure: Exception) -> bool:
    """Whether a try that failed may have done what it was for."""
    if leased.kind != "answer":
        return isinstance(failure, MailUncertain)
    return failure.uncertain if isinstance(failure, Unavailable) else True
