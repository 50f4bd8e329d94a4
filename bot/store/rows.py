"""What comes out of the store, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something in the outbox that is due."""

    id: str
    conversation: str


@dataclass(frozen=True, slots=True)
class Leased:
    """Something in the outbox that is ours to deliver until the lease ends.

    `tries` counts this one. `uncertain` means that an earlier try may have reached its goal.
    `payload` is a whole letter, or what to say in a notice, or what a reminder is about.
    """

    id: str
    kind: str
    via: str
    conversation: str
    reference: str
    role: str
    sender: str
    recipient: str
    message_id: str
    language: str
    payload: str
    created: datetime
    tries: int
    uncertain: bool
    owner: str


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One row as a person may see it: never the payload.

    `state` is queued, leased (being sent), sent, parked (refused for good, or came back), or
    settled (parked, and a person has taken care of it).
    """

    id: str
    kind: str
    via: str
    conversation: str
    reference: str
    role: str
    tries: int
    state: str
    created: datetime
    due: datetime
    sent_at: datetime | None
    parked_at: datetime | None
    last_error: str


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How many rows of a kind there are in each state. `late` ones are among the waiting.

    `oldest` is when the oldest of the waiting was queued.
    """

    sent: int
    waiting: int
    parked: int
    late: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Bounced:
    """A letter that came back. `payload` is empty when it was delivered once: words are wiped."""

    id: str
    reference: str
    role: str
    conversation: str
    language: str
    sender: str
    message_id: str
    payload: str
