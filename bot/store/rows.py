"""What comes out of the store, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before a turn. `sent` counts the concerns of the day; `used` is true of a
    reference that another concern has. `reminder` is when the one that waits comes, and `kept`
    the post that is kept for it."""

    session: str | None
    seen: bool
    used: bool
    sent: int
    reminder: datetime | None = None
    kept: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something in the outbox that is due."""

    id: str
    conversation: str


@dataclass(frozen=True, slots=True)
class Leased:
    """Something in the outbox that is ours to deliver until the lease ends.

    `tries` counts this one. `uncertain` means that an earlier try may have reached its goal.
    `payload` is a whole letter, or what to say in a notice, or what a reminder is about, or the
    words of an answer; so many replies of an answer were `told` already. `part` says which part of
    its thread a letter is: the concern itself (empty), what was added under that key, or something
    of ours to the office (from `+` on).
    """

    id: str
    kind: str
    via: str
    conversation: str
    reference: str
    part: str
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
    told: int


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
    part: str
    role: str
    conversation: str
    language: str
    sender: str
    message_id: str
    payload: str


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """One concern, and how it stands. No conversation: it was forgotten, or is too old.

    `promised` is the day by which school answers, as text, or empty. `reminded` counts how often
    school was told that it has passed; `was_asked`: the parent was asked "was it sorted?".
    """

    reference: str
    conversation: str
    kind: str
    roles: tuple[str, ...]
    language: str
    created: datetime
    promised: str
    last_at: datetime
    answered_at: datetime | None
    settled: str
    reminded: int
    was_asked: bool


@dataclass(frozen=True, slots=True)
class LetterTo:
    """Where a letter of a concern went, and under which Message-ID."""

    role: str
    recipient: str
    message_id: str


@dataclass(frozen=True, slots=True)
class InboundRow:
    """A mail that came in, as a person may list it: never its words or its sender."""

    id: str
    verdict: str
    reason: str
    reference: str
    received: datetime
    released_at: datetime | None
