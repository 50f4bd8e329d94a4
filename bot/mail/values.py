"""What handing over a letter is: who it is for, and how it can end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a letter is from and for, and which letter it is. From configuration only."""

    sender: str
    recipient: str
    message_id: str


class MailRefused(Exception):
    """The mail server will never take this letter. Holds our own words and its code only."""


class MailUnavailable(Exception):
    """The letter was not taken this time; try again."""


class MailUncertain(Exception):
    """The whole letter was handed over and the answer was lost: it may have arrived."""


#: Asked in the last moment before the letter itself is handed over. It raises when somebody else
#: may have it by now: a process that was stopped for long must not go on as if nothing happened.
LastCheck = Callable[[], Awaitable[None]]


async def no_check() -> None:
    """For a sender that is alone."""


class Mail(Protocol):
    """A way to hand over letters."""

    @property
    def lease(self) -> timedelta:
        """How long a letter is ours without a sign of life, before another try may take it."""

    async def send(self, letter: bytes, envelope: Envelope, check: LastCheck = no_check) -> None:
        """Return once it was accepted. Raises MailRefused, MailUnavailable or MailUncertain."""

    async def has(self, envelope: Envelope, earlier: str = "") -> bool | None:
        """Whether the letter has arrived; None when that cannot be known.

        `earlier` is the Message-ID of a letter that this recipient certainly got: a mailbox that
        shows that one, and not this, has not got this.
        """
