"""The outbox of a transaction as people see it, and what they do about what is stuck in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.store.asking import Asking, number, time
from bot.store.rows import OutboxCounts, OutboxRow


class Overview(Asking):
    """See `Transaction`."""

    def outbox_rows(self, now: datetime, kind: str = "letter") -> list[OutboxRow]:
        return [_outbox_row(row, now) for row in self._ask("outbox_rows", kind=kind)]

    def outbox_counts(self, kind: str, late: datetime) -> OutboxCounts:
        """How many there are in each state; what waits since `late` or longer is late."""
        sent, waiting, parked, overdue, oldest = self._ask("outbox_counts", kind=kind, late=late)
        return OutboxCounts(sent, waiting, parked, overdue, time(oldest))

    def outbox_left(self, kind: str, now: datetime, late: datetime, most: int) -> list[OutboxRow]:
        """What is parked, or waits since `late` or longer; the oldest first."""
        rows = self._ask("outbox_left", kind=kind, late=late, most=most)
        return [_outbox_row(row, now) for row in rows]

    def release(self, reference: str) -> int:
        """Have the letters of a concern tried again at once. Returns how many there were.

        One that came back after it was delivered has no words any more, and cannot go again.
        """
        released = int(self._ask("release", reference=reference))
        if released:
            self._filled()
        return released

    def settle(self, reference: str, now: datetime) -> int:
        """A person took care of what was parked: its words go, and nobody is alerted any more."""
        return int(self._ask("settle", reference=reference, now=now))


def _outbox_row(row: tuple[Any, ...], now: datetime) -> OutboxRow:
    *columns, created, due, lease_until, sent_at, parked_at, settled_at, last_error = row
    if sent_at is not None:
        state = "sent"
    elif settled_at is not None:
        state = "settled"
    elif parked_at is not None:
        state = "parked"
    else:
        state = "leased" if lease_until > number(now) else "queued"
    times = (time(number) for number in (created, due, sent_at, parked_at))
    read = (*columns, state, *times, last_error)
    return OutboxRow(*read)
