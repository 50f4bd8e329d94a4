"""Asking the database by name: the queries are in queries.sql, times are milliseconds there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import aiosql


class Asking:
    """A connection that is asked by the names of our queries."""

    def __init__(self, connection: Any, filled: Callable[[], None] = lambda: None) -> None:
        """`filled` is called when something was put into the outbox."""
        self._connection = connection  # Any: a DB-API connection of either engine
        self._queries = queries()
        self._filled = filled

    def _ask(self, query: str, **values: object) -> Any:
        """Run a named query. Any: what comes back is SQL's business."""
        plain = {name: number(v) if isinstance(v, datetime) else v for name, v in values.items()}
        return getattr(self._queries, query)(self._connection, **plain)


@cache
def queries() -> Any:
    """The named queries of queries.sql."""
    return aiosql.from_path(Path(__file__).with_name("queries.sql"), "sqlite3")


def number(when: datetime) -> int:
    return round(when.timestamp() * 1000)


def time(number: int | None) -> datetime | None:
    return None if number is None else datetime.fromtimestamp(number / 1000, UTC)
