"""Concerns whose promised day has passed without an answer: nobody is forgotten."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot import notices
from bot.memos import Memos
from bot.store import Store, ThreadRow, Transaction
from dialogs.school_days import Calendar, after, is_open

logger = logging.getLogger(__name__)

LONDON = ZoneInfo("Europe/London")
#: A parent who got an answer is asked after so many school days whether it was sorted, at an hour
#: when school is over and nobody sleeps.
SORTED_AFTER = 5
SORTED_AT = time(16, 30)


@dataclass(frozen=True, slots=True)
class Overdue:
    """Reminds school while it is open: who has the letter first, and then the head.

    `mailbox_is_read`: else an answer may lie there that nobody has seen yet, and nothing is said.
    """

    store: Store
    memos: Memos
    calendar: Calendar
    clock: Callable[[], datetime]
    mailbox_is_read: Callable[[], bool]

    async def note(self) -> None:
        """Queue what is to be said of each overdue concern, and was not said yet."""
        now = self.clock().astimezone(LONDON)
        if not self.mailbox_is_read() or not is_open(now, self.calendar):
            return

        def work(tx: Transaction) -> list[str]:
            tx.hold("overdue")
            late = [thread for thread in tx.overdue(now.date()) if self._is_due(thread, now.date())]
            for thread in late:
                if not thread.reminded:
                    notices.tell_overdue(tx, thread.reference, thread.promised, now)
                self.memos.overdue(tx, thread, now)
            return [thread.reference for thread in late]

        for reference in await self.store.turn(work):
            logger.warning("no answer to %s by the promised day", reference)

    def _is_due(self, thread: ThreadRow, today: date) -> bool:
        """A second time only after as many school days again."""
        promised = date.fromisoformat(thread.promised)
        wait = self.calendar.answer_within if thread.reminded else 0
        return today > after(promised, wait, self.calendar)


def ask_at(now: datetime, calendar: Calendar) -> datetime:
    """When to ask a parent who has an answer since `now` whether it was sorted."""
    day = after(now.astimezone(LONDON).date(), SORTED_AFTER, calendar)
    return datetime.combine(day, SORTED_AT, LONDON)
