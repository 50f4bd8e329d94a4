"""PostgreSQL: many processes at once, each turn a transaction of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors
from psycopg_pool import ConnectionPool

from bot.store import postgres_schema
from bot.store.asking import queries
from bot.store.problems import StoreProblem, StoreUnavailable
from bot.store.shared import SharedTransaction
from bot.store.sqlite import MIGRATIONS
from bot.store.transaction import Transaction

logger = logging.getLogger(__name__)

#: Connections of one process, and so turns at a time in it.
AT_ONCE = 8
#: How long a turn waits for a connection, and at first for the server, in seconds.
PATIENCE = 10.0
#: Whoever is stopped in the middle of a turn lets go of its conversation after this.
SETTINGS = (
    "SET synchronous_commit = on",
    "SET lock_timeout = '10s'",
    "SET statement_timeout = '30s'",
    "SET idle_in_transaction_session_timeout = '30s'",
)
#: Two turns that wait for each other: one of them is undone by the server, and taken again.
TRIES = 5

#: The caller's fault, and raised again whatever is done.
OF_THE_CALLER = (
    errors.IntegrityError,
    errors.ProgrammingError,
    errors.InterfaceError,
    errors.DataError,
)


class Postgres:
    """One database on a server; what a `Writer` is for a file."""

    def __init__(
        self, url: str, queued: Callable[[], None], migrations: Sequence[Path] | None = None
    ) -> None:
        """`queued` is called, in a thread of ours, after a commit that filled the outbox."""
        steps = sorted(MIGRATIONS.glob("[0-9]*.sql")) if migrations is None else migrations
        self.name = f"the database {_database(url)}"
        self._queued = queued
        self._queries = queries("psycopg")
        self._pool = ConnectionPool(
            url, min_size=1, max_size=AT_ONCE, timeout=PATIENCE, open=False, configure=_configure
        )
        with _clearly(self.name):
            # Before the pool, which would only say that it waited in vain.
            with psycopg.connect(url, connect_timeout=int(PATIENCE)) as connection:
                postgres_schema.migrate(connection, self.name, steps)
            self._pool.open()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="store")

    def submit(self, work: Callable[[Transaction], Any]) -> asyncio.Future[Any]:
        """Take a turn. It will be taken, even if nobody waits for its future any more."""
        try:
            return asyncio.get_running_loop().run_in_executor(self._threads, self._take, work)
        except RuntimeError:
            raise StoreUnavailable("the store is closed") from None

    def scrub(self) -> None:
        """Nothing to do: what was deleted is the server's to clear away (see docs/privacy.md)."""

    def close(self) -> None:
        """Finish what was submitted, then leave the server."""
        self._threads.shutdown(wait=True)
        self._pool.close()

    def _take(self, work: Callable[[Transaction], Any]) -> Any:
        """Work does nothing but ask its transaction, so it can be done again from the start."""
        for _ in range(TRIES):
            try:
                return self._try(work)
            except Again as again:
                fault = again.__cause__
        logger.error("stored nothing of a turn: %s", type(fault).__name__)
        raise StoreUnavailable(f"{type(fault).__name__}, {TRIES} times") from fault

    def _try(self, work: Callable[[Transaction], Any]) -> Any:
        filled: list[bool] = []
        connection: psycopg.Connection[Any] | None = None
        committing = False
        try:
            with self._pool.connection() as connection:
                result = work(
                    SharedTransaction(connection, lambda: filled.append(True), self._queries)
                )
                committing = True
        except OF_THE_CALLER:
            raise
        except (errors.SerializationFailure, errors.DeadlockDetected) as fault:
            raise Again from fault
        except psycopg.Error as fault:
            if connection is not None and connection.broken and not committing:
                raise Again from fault  # the server was started anew since we last asked
            logger.error("stored nothing of a turn: %s", type(fault).__name__)
            raise StoreUnavailable(_without_values(fault)) from fault
        if filled:
            self._queued()
        return result


class Again(Exception):
    """Nothing was kept, and the same turn may well be kept now."""


def _configure(connection: psycopg.Connection[Any]) -> None:
    for setting in SETTINGS:
        connection.execute(setting)
    connection.commit()


def _database(url: str) -> str:
    """What to call it in a sentence: never the password, nor who uses it."""
    try:
        known = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.Error:  # its words would repeat the address, password and all
        raise StoreProblem(
            "DATABASE_URL cannot be read: it must look like postgresql://user:password@host/name."
        ) from None
    return f"{known.get('dbname') or 'of this user'} on {known.get('host') or 'this machine'}"


def _without_values(fault: psycopg.Error) -> str:
    """The first line; what follows may quote a row."""
    return (str(fault).splitlines() or [type(fault).__name__])[0]


@contextmanager
def _clearly(name: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise StoreProblem(
            f"{name} cannot be used ({_without_values(error)}): see that the server runs, and that"
            " DATABASE_URL names a database, a user who owns it, and the right password."
        ) from error
