"""Who does what only one process may do: a lock on the server, let go when its holder dies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import psycopg

from bot.store.problems import StoreUnavailable

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Between two looks at whether it is ours, or still is, in seconds.
EVERY = 2.0
#: A server that does not answer for so long may have given it to another.
PATIENCE = 5.0
#: The server notices within this time that a holder's machine is gone.
ALIVE = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"


async def alone(url: str, name: str, work: Callable[[], Awaitable[T]]) -> T:
    """Do `work` while nobody else does work of that name: wait for that, and stop when it ends.

    Returns what `work` returned. Raises StoreUnavailable when the server cannot be asked.
    """
    while True:
        async with _connected(url) as connection:
            while not await _is_ours(connection, name):  # noqa: ASYNC110 # the server cannot call us
                await asyncio.sleep(EVERY)
            logger.info("%s is ours", name)
            doing = asyncio.ensure_future(work())
            watching = asyncio.create_task(_watch(connection))
            try:
                await asyncio.wait((doing, watching), return_when=asyncio.FIRST_COMPLETED)
                if doing.done():
                    return doing.result()
                logger.warning("%s may be another's: we stop", name)
            finally:
                for task in (doing, watching):
                    task.cancel()
                await asyncio.gather(doing, watching, return_exceptions=True)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    try:
        async with asyncio.timeout(PATIENCE):
            connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
            await connection.execute(ALIVE)
    except (psycopg.Error, TimeoutError) as fault:
        raise StoreUnavailable(type(fault).__name__) from fault
    try:
        yield connection
    finally:
        with contextlib.suppress(psycopg.Error):
            await connection.close()


async def _is_ours(connection: psycopg.AsyncConnection[Any], name: str) -> bool:
    """Asked again and again: who waits inside the server keeps it from clearing away old rows."""
    try:
        asked = await connection.execute(
            "SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", [name]
        )
        found = await asked.fetchone()
    except psycopg.Error as fault:
        raise StoreUnavailable(type(fault).__name__) from fault
    return bool(found and found[0])


async def _watch(connection: psycopg.AsyncConnection[Any]) -> None:
    """Return when the server has not answered, and so may have let go of the lock."""
    with contextlib.suppress(psycopg.Error, TimeoutError):
        while True:
            await asyncio.sleep(EVERY)
            async with asyncio.timeout(PATIENCE):
                await connection.execute("SELECT 1")
