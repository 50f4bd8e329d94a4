"""Is everything well? Told to whoever looks after the bot; decided from the outbox alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

#: A letter that waits longer than this is somebody's business.
PATIENCE = timedelta(minutes=15)


class Letter(Protocol):
    """What we need of a row of the outbox."""

    @property
    def id(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def created(self) -> datetime: ...
    @property
    def last_error(self) -> str: ...


def problems(letters: Sequence[Letter], now: datetime) -> list[str]:
    """One sentence for each letter that someone should see to. The same trouble, the same words."""
    found = []
    for letter in letters:
        why = f": {letter.last_error}" if letter.last_error else ""
        if letter.state == "parked":
            found.append(f"{letter.id} was refused for good and is parked{why}.")
        elif letter.state != "sent" and now - letter.created >= PATIENCE:
            since = f"{letter.created:%Y-%m-%d %H:%M} UTC"
            found.append(f"{letter.id} has not reached the school since {since}{why}.")
    return found
