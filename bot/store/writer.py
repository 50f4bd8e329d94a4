"""One thread that owns the connection; turns that arrive together share one commit."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from bot.store import sqlite
from bot.store.problems import StoreUnavailable
from bot.store.transaction import Transaction

logger = logging.getLogger(__name__)

#: Turns in one commit, at most; a hundred is where more stopped being faster.
TOGETHER = 100


@dataclass(slots=True)
class _Turn:
    """One piece of work and where its outcome goes. Any: the outcome is the caller's type."""

    work: Callable[[Transaction], Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None


class Writer:
    """Runs turns one after another, each all or nothing."""

    def __init__(self, path: Path, queued: Callable[[], None]) -> None:
        """`queued` is called, in the writer's thread, after a commit that filled the outbox."""
        self.name = str(path)
        self._path = path
        self._connection = sqlite.connect(path)
        self._waiting: SimpleQueue[_Turn | None] = SimpleQueue()
        self._queued = queued
        self._filled = False
        self._transaction = Transaction(self._connection, self._note_filled)
        self._thread = Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Transaction], Any]) -> asyncio.Future[Any]:
        """Queue a turn. It will be run, even if nobody waits for its future any more."""
        if not self._thread.is_alive():
            raise StoreUnavailable("the store is closed")
        future = asyncio.get_running_loop().create_future()
        self._waiting.put(_Turn(work, future))
        return future

    def scrub(self) -> None:
        sqlite.scrub(self._path)

    def close(self) -> None:
        """Finish what was submitted, then close the database."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        last = False
        while not last:
            turns: list[_Turn] = []
            turn = self._waiting.get()
            with contextlib.suppress(Empty):
                while turn is not None and len(turns) < TOGETHER:
                    turns.append(turn)
                    turn = self._waiting.get_nowait()
                last = turn is None
                if turn is not None:
                    turns.append(turn)
            if turns:
                self._commit(turns)
                _settle(turns)
        self._connection.close()

    def _commit(self, turns: list[_Turn]) -> None:
        self._filled = False
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for turn in turns:
                self._take(turn)
            self._connection.execute("COMMIT")
        except sqlite3.Error as fault:
            logger.error("stored nothing of %d turns: %s", len(turns), fault)
            with contextlib.suppress(sqlite3.Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            for turn in turns:
                turn.error = turn.error or StoreUnavailable(str(fault))
            return
        if self._filled:
            self._queued()

    def _take(self, turn: _Turn) -> None:
        """One turn in its own savepoint. A fault that ended the whole transaction is raised."""
        self._connection.execute("SAVEPOINT turn")
        try:
            turn.result = turn.work(self._transaction)
        except Exception as error:
            if not self._connection.in_transaction:
                raise
            self._connection.execute("ROLLBACK TO turn")
            turn.error = StoreUnavailable(str(error)) if _is_of_the_disk(error) else error
        self._connection.execute("RELEASE turn")

    def _note_filled(self) -> None:
        self._filled = True


def _is_of_the_disk(error: Exception) -> bool:
    of_the_caller = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError)
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, of_the_caller)


def _settle(turns: list[_Turn]) -> None:
    """Hand the outcomes to the loops that wait for them, each loop woken once."""
    loops: dict[asyncio.AbstractEventLoop, list[_Turn]] = {}
    for turn in turns:
        loops.setdefault(turn.future.get_loop(), []).append(turn)
    for loop, theirs in loops.items():
        with contextlib.suppress(RuntimeError):  # that loop is closed: nobody waits there
            loop.call_soon_threadsafe(_tell, theirs)


def _tell(turns: list[_Turn]) -> None:
    for turn in turns:
        if turn.error is None:
            turn.future.set_result(turn.result)
        else:
            turn.future.set_exception(turn.error)
