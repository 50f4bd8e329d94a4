"""What wakes a delivery on PostgreSQL: one procrastinate job for each row that is to leave.

A job holds the id of its row and nothing else. It is never the truth: one too many finds nothing
to do, and one that was lost is made good by whoever looks into the outbox.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # on import, a library of procrastinate's starts a program
    from procrastinate import App

#: The task that delivers a row. The queue is the door that it leaves by.
DELIVER = "deliver"
#: The console's own process looks for itself.
UNWOKEN = "console"


def wake(connection: Any, via: str, id: str, at: datetime) -> None:
    """Have the row delivered at that time, if the transaction of `connection` is kept."""
    if via != UNWOKEN:
        job = _app().configure_task(DELIVER, queue=via, schedule_at=at, connection=connection)
        job.defer(id=id)


@cache
def _app() -> App:
    """Never opened: every job is put in over the connection of the turn that it belongs to."""
    from procrastinate import App, SyncPsycopgConnector

    return App(connector=SyncPsycopgConnector())
