"""Is everything well? Told to whoever looks after the bot; decided from the database alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.store import OutboxCounts, Transaction

#: A letter that waits longer than this is somebody's business.
PATIENCE = timedelta(minutes=15)
#: So many troubles are named, the oldest first.
NAMED = 20
#: Since when the mailbox cannot be read; empty while it can.
MAILBOX = "mailbox.since"
#: Nothing waits since then.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
CHANNELS = ("telegram", "discord")
RUNS = "runs"
#: In the meta data: when the bot that runs last looked how it is.
WATCHED = "watched"
#: Counted whenever a message could not be shown because its parent blocked the bot or left.
UNREACHABLE = "unreachable"


class Row(Protocol):
    """What we need of a row of the outbox."""

    @property
    def id(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def created(self) -> datetime: ...
    @property
    def last_error(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Health:
    """How it is. `problems` need a person; `notes` are worth knowing. The rest is counts and ages.

    `oldest` is the age in seconds of the oldest letter that waits. `channels` says of each channel
    that is used whether it runs; `unreachable` how often a parent of it had left.
    """

    problems: tuple[str, ...]
    notes: tuple[str, ...]
    letters: Mapping[str, int]
    notices: Mapping[str, int]
    oldest: int
    channels: Mapping[str, bool]
    unreachable: Mapping[str, int]
    #: Mails that came in, by what they were taken for; and whether they can be fetched, if at all.
    inbound: Mapping[str, int]
    mailbox: bool | None

    @property
    def is_well(self) -> bool:
        return not self.problems


def look(tx: Transaction, now: datetime) -> Health:
    """Counts, and what is wrong; what has arrived is not read again."""
    late = now - PATIENCE
    letters, notices = tx.outbox_counts("letter", late), tx.outbox_counts("notice", late)
    channels = {name: said for name in CHANNELS if (said := tx.meta(_channel(name)))}
    stopped = {name: why for name, why in channels.items() if why != RUNS}
    worst = tx.outbox_left("letter", now, late, NAMED)
    refused = [*tx.outbox_left("notice", now, NEVER, NAMED),
               *tx.outbox_left("answer", now, NEVER, NAMED)]  # fmt: skip
    mailbox = tx.meta(MAILBOX)
    return Health(
        problems=(*_of_the_mailbox(tx, late),
                  *(f"{name} has stopped: {why}" for name, why in stopped.items()),
                  *problems(worst, now), *_more(letters.parked + letters.late)),
        notes=(*untold(refused), *_more(notices.parked)),
        letters=_by_state(letters),
        notices=_by_state(notices),
        oldest=int((now - letters.oldest).total_seconds()) if letters.oldest else 0,
        channels={name: name not in stopped for name in channels},
        unreachable={name: tx.counted(f"{name}.{UNREACHABLE}") for name in channels},
        inbound=tx.inbound_counts(),
        mailbox=None if mailbox is None else not mailbox,
    )  # fmt: skip


def watch(tx: Transaction, now: datetime) -> Health:
    """Look, and write that we did: a full disk is read from as if nothing were wrong.

    However often it is asked, something new is written only once a minute.
    """
    tx.set_meta(WATCHED, now.isoformat(timespec="minutes"))
    return look(tx, now)


def problems(letters: Sequence[Row], now: datetime) -> list[str]:
    """One sentence for each letter that someone should see to. The same trouble, the same words."""
    found = []
    for letter in letters:
        why = f": {letter.last_error}" if letter.last_error else ""
        if letter.state == "parked":
            found.append(f"{letter.id} was refused for good and is parked{why}.")
        elif letter.state not in ("sent", "settled") and now - letter.created >= PATIENCE:
            since = f"{letter.created:%Y-%m-%d %H:%M} UTC"
            found.append(f"{letter.id} has not reached the school since {since}{why}.")
    return found


def untold(notices: Sequence[Row]) -> list[str]:
    """One sentence for each thing that a parent could not be told, such as one who left."""
    return [
        f"{notice.id} could not be told to the parent: {notice.last_error}."
        for notice in notices
        if notice.state == "parked"
    ]


def _more(count: int) -> list[str]:
    """When the mail is down for a day, the oldest are named; nobody reads a thousand alerts."""
    return [f"And there are more than these {NAMED}."] if count > NAMED else []


def note_start(tx: Transaction, channels: Collection[str]) -> None:
    """These channels run now, and no others."""
    for name in CHANNELS:
        tx.set_meta(_channel(name), RUNS if name in channels else "")


def note_stopped(tx: Transaction, channel: str, why: str) -> None:
    """A channel was refused, and will not run until someone mends that."""
    tx.set_meta(_channel(channel), why)


def note_mailbox(tx: Transaction, well: bool, now: datetime) -> None:
    """School's answers can be fetched, or cannot since now."""
    since = tx.meta(MAILBOX) or ""
    tx.set_meta(MAILBOX, "" if well else since or now.isoformat())


def _of_the_mailbox(tx: Transaction, late: datetime) -> list[str]:
    since = tx.meta(MAILBOX)
    if not since or datetime.fromisoformat(since) > late:
        return []
    when = f"{datetime.fromisoformat(since):%Y-%m-%d %H:%M} UTC"
    return [f"mailbox of school's answers (INBOX_URL) cannot be read since {when}."]


def _channel(name: str) -> str:
    return f"channel.{name}"


def _by_state(counts: OutboxCounts) -> dict[str, int]:
    return {"waiting": counts.waiting, "sent": counts.sent, "parked": counts.parked}
