"""`before-you-post` in a process whose clock stands in a file, and who waits for nobody long."""

from __future__ import annotations

import os
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import Any

from bot import alerts, operating, parts
from bot.cli import cli
from bot.mail import Patience, SmtpMail, urls
from bot.store import sqlite

CLOCK = "CLOCK"


class Clock(datetime):
    """The hour of the file, for whoever asks for the time of this machine."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.fromisoformat(Path(os.environ[CLOCK]).read_text())


if __name__ == "__main__":
    parts._now = Clock.now
    operating.datetime = Clock  # type: ignore[misc]
    # A clock that stands still wakes nobody; a retry that is due is found at once.
    parts.Engine = partial(parts.Engine, look_every=0.05)  # type: ignore[misc, assignment]
    parts.Outbox = partial(parts.Outbox, jitter=lambda: 0.67)  # type: ignore[misc, assignment]
    alerts.WATCH_EVERY = 0.1
    sqlite.BUSY = 0.3
    patience = Patience(connect=0.5, command=0.5, data=2)
    urls.SmtpMail = partial(SmtpMail, patience=patience)  # type: ignore[misc, assignment]
    cli(obj=os.environ)
