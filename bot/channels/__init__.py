"""What a channel is: it turns what a parent did into an event, and shows replies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from dialogs.messages import Event, Reply


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message from a parent.

    `message` is an id that is honoured once for this conversation. `language` is what the
    channel says of the parent's settings, or empty; it is a hint, never a decision.
    """

    channel: str
    conversation: str
    message: str
    event: Event
    language: str = ""


#: Take one message as one durable turn. Returns only after the commit; a message that was
#: handled before is not handled again, and gets what the conversation shows now.
Handle = Callable[[Incoming], Awaitable[Sequence[Reply]]]


class Channel(Protocol):
    """A way to talk with parents. Holds no state of a conversation."""

    name: str
    #: For so long it knows a notice that is told again, and does not show it twice.
    remembers: timedelta = timedelta(0)

    async def run(self, handle: Handle) -> None:
        """Receive until cancelled. Acknowledge a message only after `handle` has returned."""

    async def tell(self, conversation: str, reply: Reply, key: str = "") -> None:
        """Push one notice. Raises `Unreachable` or `Unavailable`.

        `key` is what a notice that is told again is known by; without it, by its words.
        """


class Unreachable(Exception):
    """This conversation cannot be reached any more: the parent blocked the bot or left."""


class Unavailable(Exception):
    """Not now; try again. `retry_after` is in seconds, when the other side said so.

    `uncertain` means that the answer was lost: it may have been shown all the same.
    """

    def __init__(
        self, reason: str, retry_after: float | None = None, uncertain: bool = False
    ) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.uncertain = uncertain
