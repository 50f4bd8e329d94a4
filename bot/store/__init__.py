"""What survives a restart: sessions, concerns, and everything that still has to leave.

This package is the only place with SQL.
"""

from __future__ import annotations

from bot.store.problems import StoreProblem, StoreUnavailable
from bot.store.rows import (
    Bounced,
    InboundRow,
    Leased,
    LetterTo,
    OutboxCounts,
    OutboxRow,
    ThreadRow,
    Waiting,
)
from bot.store.store import Store
from bot.store.threads import NEVER_AGAIN
from bot.store.transaction import Transaction

__all__ = [
    "NEVER_AGAIN",
    "Bounced",
    "InboundRow",
    "Leased",
    "LetterTo",
    "OutboxCounts",
    "OutboxRow",
    "Store",
    "StoreProblem",
    "StoreUnavailable",
    "ThreadRow",
    "Transaction",
    "Waiting",
]
