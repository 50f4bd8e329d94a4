"""Mail from school: fetched, judged, kept and passed on, one transaction for each."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import traceback
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from threading import Thread as ThreadOfWork
from typing import Any, TypeVar

from bot import health
from bot.answers.authentication import sender
from bot.answers.judging import RECIPIENTS, judge, references
from bot.answers.mail import read_mail
from bot.answers.tokens import PLACE
from bot.answers.verdicts import Quarantine, Rules, Thread
from bot.inbound import Inbound, Judged
from bot.mail import Arrived, Mailbox
from bot.store import Store, StoreUnavailable, Transaction

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: What lies in the mailbox is known for so long after a look; there is one every minute.
LATELY = timedelta(minutes=10)

#: Between two goes at a mailbox that cannot be read, in seconds; from the first again once it can.
PAUSES = (1.0, 5.0, 15.0, 60.0)
#: At the end, so long for the mail that is in hand, in seconds.
FINISH_WITHIN = 2.0


def for_us(own: str, pattern: str) -> Callable[[bytes], bool]:
    """Whether the head of a mail says that it was sent to us: to `own`, or where answers go.

    A mailbox may be somebody's, and what is for them is none of our business.
    """
    before, _, after = pattern.partition(PLACE)
    ours = rf"{re.escape(own)}|{re.escape(before)}[^\s<>@,;]*{re.escape(after)}"
    address = re.compile(rf"(?<![\w.+-])(?:{ours})(?![\w.-])", re.IGNORECASE)
    names = "|".join(RECIPIENTS)
    header = re.compile(rf"^(?:{names}):.*(?:\r?\n[ \t].*)*", re.IGNORECASE | re.MULTILINE)

    def is_for_us(head: bytes) -> bool:
        end = re.search(rb"\r?\n\r?\n", head)
        said = (head[: end.start()] if end else head).decode("latin-1")
        return any(address.search(one) for one in header.findall(said))

    return is_for_us


class Mailroom:
    """Reads a mailbox, in a thread of its own; the desk that its mails are put on."""

    def __init__(
        self,
        store: Store,
        mailbox: Mailbox,
        inbound: Inbound,
        rules: Rules,
        domain: str,
        clock: Callable[[], datetime],
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        """`domain` is the one of our Message-IDs."""
        self._store, self._mailbox, self._inbound = store, mailbox, inbound
        self._rules, self._domain, self._clock = rules, domain, clock
        self._pauses = pauses
        self._failures = 0
        self._is_well: bool | None = None
        self._loop = asyncio.get_running_loop()
        self._looked = asyncio.Event()
        self._looked_at: datetime | None = None

    async def run(self) -> None:
        """Read until cancelled; begin again whenever it breaks off."""
        while True:
            fault = await self._read()
            pause = self._pauses[min(self._failures, len(self._pauses) - 1)]
            self._failures += 1
            # What a server says could quote anything: the kind of error is enough.
            logger.warning("the mailbox could not be read: %s", type(fault).__name__)
            with contextlib.suppress(StoreUnavailable):
                await self._note(well=False)
            await asyncio.sleep(pause)

    async def has_looked(self, seconds: float) -> bool:
        """Wait until all that was there has been read, or for so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._looked.wait()
        return self._looked.is_set()

    def has_looked_lately(self) -> bool:
        """Whether this process knows what lies in the mailbox: only then did no answer come."""
        return self._looked_at is not None and abs(self._clock() - self._looked_at) < LATELY

    async def _read(self) -> Exception:
        """Read in a thread until that fails. Returns why."""
        ended: asyncio.Future[Exception] = self._loop.create_future()

        def work() -> None:
            fault: Exception = ConnectionError("the mailbox was closed")
            try:
                self._mailbox.read(self)
            except Exception as error:
                fault = error
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits there
                self._loop.call_soon_threadsafe(ended.set_result, fault)

        # Not one of the loop's own threads: those are waited for at the end, whatever hangs.
        ThreadOfWork(target=work, name="mailbox", daemon=True).start()
        try:
            return await asyncio.shield(ended)
        except asyncio.CancelledError:
            self._mailbox.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FINISH_WITHIN):
                    await asyncio.shield(ended)
            raise

    async def _note(self, *, well: bool) -> None:
        """For the person on call: only what is new."""
        if self._is_well is not well:
            now = self._clock()

            def work(tx: Transaction) -> None:
                health.note_mailbox(tx, well, now)
                if well:
                    tx.trust_answers()

            await self._store.turn(work)
            self._is_well = well

    # --- the desk; called in the thread that reads ---

    def position(self, place: str) -> tuple[int, int]:
        return self._turn(lambda tx: tx.position(place))

    def passed(self, place: str, uidvalidity: int, uid: int) -> None:
        self._turn(lambda tx: tx.note_position(place, uidvalidity, uid))

    def looked(self) -> None:
        self._failures = 0
        self._wait(self._note(well=True))
        self._looked_at = self._clock()
        self._loop.call_soon_threadsafe(self._looked.set)

    def take(self, arrived: Arrived) -> None:
        """The mail, what comes of it, and that it was read: all on the disk, or nothing."""
        judged = self._judged(arrived.raw, arrived.is_unreadable)
        now = self._clock()

        def work(tx: Transaction) -> str:
            tx.hold(judged.reference or judged.id)
            new = not tx.was_received(judged.id)
            came_of_it = self._inbound.take(tx, judged, now) if new else "it was here before"
            tx.note_position(arrived.place, arrived.uidvalidity, arrived.uid)
            return came_of_it

        try:
            came_of_it = self._turn(work)
        except StoreUnavailable:
            raise
        except Exception as error:
            _say_where("a mail could not be passed on", error)
            judged = Judged(arrived.raw, Quarantine("broken"), judged.reference)
            came_of_it = self._turn(work)
        logger.info("a mail came in: %s", came_of_it)

    def _judged(self, raw: bytes, is_unreadable: bool = False) -> Judged:
        """In this thread: a hostile mail makes nobody wait, and one that we fail at stops none."""
        try:
            mail = read_mail(raw, self._domain)
            proved = references(mail, self._rules)
            threads: Mapping[str, Thread] = self._turn(lambda tx: self._inbound.threads(tx, proved))
            verdict = judge(mail, threads, self._clock(), self._rules)
        except StoreUnavailable:
            raise
        except Exception as error:
            _say_where("a mail could not be judged", error)
            return Judged(raw, Quarantine("broken"))
        reference = proved[0] if len(proved) == 1 else ""
        if is_unreadable:
            verdict = Quarantine("unreadable", reference)
        said = " ".join(mail.all("from"))
        return Judged(raw, verdict, reference, sender(mail) or said, *mail.all("message-id")[:1])

    def _turn(self, work: Callable[[Transaction], T]) -> T:
        return self._wait(self._store.turn(work))

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def _say_where(what: str, error: Exception) -> None:
    """Without the error's own text, which may quote the mail."""
    place = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s: %s at\n%s", what, type(error).__name__, place)
