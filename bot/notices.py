"""What a parent is told about a letter after it was sent: which message, with which values."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.store import Transaction

LONDON = ZoneInfo("Europe/London")

#: The messages of the wording that a notice says. All know `$reference`; the first, `$time` too.
DELIVERED = "delivered"
LATE = "still_trying"
UNDELIVERABLE = "not_delivered"
#: A letter that had been taken came back, perhaps after "delivered" was said.
CAME_BACK = "came_back"
#: The promised day has passed, and no answer came.
OVERDUE = "overdue"

#: A reminder of this asks a parent whether a thread is sorted: `sorted.K7Q2-M4XP`.
SORTED = "sorted"

#: After this, a letter that has not arrived is late: the parent is told, once.
LATE_AFTER = timedelta(minutes=15)


#: A part of a thread from here on is ours, not the parent's: nothing is said of it.
OURS = "+"


def tell_delivered(tx: Transaction, reference: str, now: datetime, part: str = "") -> None:
    """Every letter of this concern, or of what was added to it, has arrived, the last one now."""
    tx.withdraw_notices(reference, part)
    time = now.astimezone(LONDON).strftime("%H:%M")
    _queue(tx, reference, DELIVERED, DELIVERED, now, part, time=time)


def tell_late(tx: Transaction, reference: str, now: datetime, part: str = "") -> None:
    _queue(tx, reference, LATE, LATE, now, part)


def tell_undeliverable(tx: Transaction, reference: str, now: datetime, part: str = "") -> None:
    tx.withdraw_notices(reference, part)
    _queue(tx, reference, UNDELIVERABLE, UNDELIVERABLE, now, part)


def tell_came_back(tx: Transaction, reference: str, now: datetime, part: str = "") -> None:
    """It had arrived, and this was perhaps said; it is not true any more."""
    tx.withdraw_notices(reference, part)
    _queue(tx, reference, CAME_BACK, CAME_BACK, now, part)


def tell_overdue(tx: Transaction, reference: str, promised: str, now: datetime) -> None:
    """Once for each promised day: how to take it further."""
    _queue(tx, reference, OVERDUE, OVERDUE, now, promised)


def _queue(
    tx: Transaction,
    reference: str,
    what: str,
    message: str,
    now: datetime,
    part: str,
    **values: str,
) -> None:
    if not part.startswith(OURS):
        said = {"message": message, "values": {"reference": reference, **values}}
        tx.queue_notice(reference, what, json.dumps(said), now, part)
