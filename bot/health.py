"""Is everything well? Told to whoever looks after the bot; decided from the database alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.store import Transaction

#: A letter that waits longer than this is somebody's business.
PATIENCE = timedelta(minutes=15)
CHANNELS = ("telegram", "discord")
RUNS = "runs"
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

    @property
    def is_well(self) -> bool:
        return not self.problems


def look(tx: Transaction, now: datetime) -> Health:
    letters, notices = tx.outbox_rows(now, "letter"), tx.outbox_rows(now, "notice")
    channels = {name: said for name in CHANNELS if (said := tx.meta(_channel(name)))}
    stopped = {name: why for name, why in channels.items() if why != RUNS}
    waiting = [row.created for row in letters if row.state in ("queued", "leased")]
    return Health(
        problems=(*(f"{name} has stopped: {why}" for name, why in stopped.items()),
                  *problems(letters, now)),
        notes=tuple(untold(notices)),
        letters=_by_state(letters),
        notices=_by_state(notices),
        oldest=int((now - min(waiting)).total_seconds()) if waiting else 0,
        channels={name: name not in stopped for name in channels},
        unreachable={name: tx.counted(f"{name}.{UNREACHABLE}") for name in channels},
    )  # fmt: skip


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


def note_start(tx: Transaction, channels: Collection[str]) -> None:
    """These channels run now, and no others."""
    for name in CHANNELS:
        tx.set_meta(_channel(name), RUNS if name in channels else "")


def note_stopped(tx: Transaction, channel: str, why: str) -> None:
    """A channel was refused, and will not run until someone mends that."""
    tx.set_meta(_channel(channel), why)


def _channel(name: str) -> str:
    return f"channel.{name}"


def _by_state(rows: Sequence[Row]) -> dict[str, int]:
    states = [row.state for row in rows]
    return {
        "waiting": states.count("queued") + states.count("leased"),
        "sent": states.count("sent"),
        "parked": states.count("parked"),
    }
