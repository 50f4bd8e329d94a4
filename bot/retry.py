"""How a delivery ended, and so when to try again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from bot.channels import Unavailable, Unreachable
from bot.mail import MailRefused, MailUnavailable, MailUncertain

#: Mail servers may hold a letter this long before it can be found in the mailbox.
UNCERTAIN_FOR = timedelta(minutes=5)

DELAYS = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 900, 1800, 3600))


class Park(Enum):
    """Keep it, and stop trying until a person releases it."""

    PARK = "park"


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


def in_our_words(failure: Exception) -> str:
    """What may be kept and logged: never the text of an error that could quote a parent."""
    ours = isinstance(failure, MailRefused | MailUnavailable | MailUncertain)
    return f"{type(failure).__name__}: {failure}" if ours else type(failure).__name__


#: What a delivery may end with; anything else is our own fault, and logged with its place.
EXPECTED = (
    MailRefused, MailUnavailable, MailUncertain, Unavailable, Unreachable, TimeoutError,
)  # fmt: skip
