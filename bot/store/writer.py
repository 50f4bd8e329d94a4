"""One connection that writes; turns that arrive together share one commit."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

from bot.store import sqlite
from bot.store.problems import StoreUnavailable
from bot.store.transaction import Transaction

logger = logging.getLogger(__name__)

#: Turns in one commit, at most; a hundred is where more stopped being faster.
TOGETHER = 100
#: After so many seconds of turns the loop has other things to do, such as a heartbeat.
BREATH = 0.02


@dataclass(slots=True)
class _Turn:
    """One piece of work and where its outcome goes. Any: the outcome is the caller's type."""

    work: Callable[[Transaction], Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None


class Writer:
    """Takes turns one after another, each all or nothing.

    Quickly, on the loop, up to the commit; the commit is a thread's, so that nobody else waits for
    the disk. When one of them raises, or another process holds the database, the thread takes them
    all again, patiently.
    """

    def __init__(self, path: Path, queued: Callable[[], None]) -> None:
        """`queued` is called, in the writer's thread, after a commit that filled the outbox."""
        self.name = str(path)
        self._path = path
        self._connection = sqlite.connect(path)
        self._connection.execute("PRAGMA busy_timeout = 0")
        self._waiting: deque[_Turn] = deque()
        self._begun: SimpleQueue[tuple[list[_Turn], bool] | None] = SimpleQueue()
        #: Whoever has it uses the connection; from the loop it goes with the turns to the thread.
        self._ours = Lock()
        self._queued = queued
        self._filled = False
        #: The loop of the latest turn, which was told to begin what waits.
        self._latest: asyncio.AbstractEventLoop | None = None
        self._transaction = Transaction(self._connection, self._note_filled)
        self._thread = Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Transaction], Any]) -> asyncio.Future[Any]:
        """Queue a turn. It will be taken, even if nobody waits for its future any more."""
        if not self._thread.is_alive():
            raise StoreUnavailable("the store is closed")
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        if not self._waiting or self._latest is not loop:
            loop.call_soon(self._begin)
        self._latest = loop
        self._waiting.append(_Turn(work, future))
        return future

    def scrub(self) -> None:
        sqlite.scrub(self._path)

    def close(self) -> None:
        """Finish what was submitted, then close the database."""
        with self._ours:
            while self._waiting:
                self._finish([], False)
            self._begun.put(None)
            self._thread.join()
            self._connection.close()

    def _begin(self) -> None:
        """Take the turns that wait, in the loop, and leave their commit to the thread."""
        if not self._waiting or not self._ours.acquire(blocking=False):
            return  # whoever has it looks again at the end
        turns: list[_Turn] = []
        taken = False
        try:
            taken = self._take_quickly(turns)
        finally:
            self._begun.put((turns, taken))

    def _take_quickly(self, turns: list[_Turn]) -> bool:
        """Move those that wait into `turns`, and take them up to their commit.

        False when one of them failed, or the database did: then nothing is kept yet.
        """
        self._filled = False
        until = time.monotonic() + BREATH
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            while self._waiting and len(turns) < TOGETHER and time.monotonic() < until:
                turns.append(turn := self._waiting.popleft())
                turn.result = turn.work(self._transaction)
        except Exception:
            return False
        return True

    def _run(self) -> None:
        while begun := self._begun.get():
            self._finish(*begun)
            self._ours.release()
            self._go_on()

    def _finish(self, turns: list[_Turn], taken: bool) -> None:
        self._commit(turns, taken)
        _settle(turns)

    def _go_on(self) -> None:
        """Have what came in meanwhile begun: by the loop it came from, or here if that is gone."""
        with contextlib.suppress(IndexError):
            loop = self._waiting[0].future.get_loop()
            try:
                loop.call_soon_threadsafe(self._begin)
            except RuntimeError:
                self._begin()

    def _commit(self, turns: list[_Turn], taken: bool) -> None:
        try:
            if not taken:
                self._take_patiently(turns)
            self._connection.execute("COMMIT")
        except sqlite3.Error as fault:
            logger.error("stored nothing of %d turns: %s", len(turns), fault)
            self._undo()
            for turn in turns:
                turn.error = turn.error or StoreUnavailable(str(fault))
            return
        if self._filled:
            self._queued()

    def _take_patiently(self, turns: list[_Turn]) -> None:
        """From the start, each in its savepoint; waits for another process that is writing."""
        self._undo()
        while self._waiting and len(turns) < TOGETHER:
            turns.append(self._waiting.popleft())
        self._filled = False
        self._connection.execute(f"PRAGMA busy_timeout = {round(1000 * sqlite.BUSY)}")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        finally:
            self._connection.execute("PRAGMA busy_timeout = 0")
        for turn in turns:
            self._take(turn)

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

    def _undo(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

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
        if turn.future.cancelled():
            continue  # nobody waits any more; it was taken all the same
        if turn.error is None:
            turn.future.set_result(turn.result)
        else:
            turn.future.set_exception(turn.error)
