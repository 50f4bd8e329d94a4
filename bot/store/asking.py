"""Asking the database by name: the queries are in queries.sql, times are milliseconds there.

PostgreSQL is asked a few more, which are in shared.sql.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import aiosql


class Asking:
    """A connection that is asked by the names of our queries."""

    def __init__(
        self,
        connection: Any,
        filled: Callable[[], None] = lambda: None,
        asked: Any = None,
    ) -> None:
        """`filled` is called when something was put into the outbox."""
        self._connection = connection  # Any: a DB-API connection of either engine
        self._queries = asked or queries()
        self._filled = filled

    def _ask(self, query: str, **values: object) -> Any:
        """Run a named query. Any: what comes back is SQL's business."""
        plain = {name: number(v) if isinstance(v, datetime) else v for name, v in values.items()}
        return getattr(self._queries, query)(self._connection, **plain)


@cache
def queries(driver: str = "sqlite3") -> Any:
    """The named queries, as that driver of aiosql asks them."""
    files = ["queries.sql"] if driver == "sqlite3" else ["queries.sql", "shared.sql"]
    texts = [Path(__file__).with_name(name).read_text(encoding="utf-8") for name in files]
    return aiosql.from_str("\n".join(texts), driver)


def number(when: datetime) -> int:
    return round(when.timestamp() * 1000)


def time(number: int | None) -> datetime | None:
    return None if number is None else datetime.fromtimestamp(number / 1000, UTC)
