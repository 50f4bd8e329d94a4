"""The store: turns go in, each is kept whole or not at all."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar  # Any: what a turn returns is its caller's business

from bot.store.problems import StoreProblem
from bot.store.rows import OutboxRow
from bot.store.transaction import Transaction
from bot.store.writer import Writer

T = TypeVar("T")

#: How a DATABASE_URL begins that names a server.
SERVER = ("postgresql://", "postgres://")


class Keeps(Protocol):
    """One database, open: a file with its `Writer`, or a server."""

    @property
    def name(self) -> str: ...

    def submit(self, work: Callable[[Transaction], Any]) -> asyncio.Future[Any]:
        """Take a turn; it is taken even if nobody waits for it. Raises StoreUnavailable."""

    def scrub(self) -> None: ...

    def close(self) -> None: ...


class Store:
    """An open database.

    Several processes may open the same one. Use `close` at the end; it finishes what is queued.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._listeners: list[Callable[[], None]] = []
        self._writer = _writer(url, self._queued)
        #: What to call it in a sentence: no password, no user.
        self.name = self._writer.name

    @classmethod
    def open(cls, url: str) -> Store:
        """Open `sqlite:///path`, made if it was never there, or `postgresql://host/database`.

        Raises StoreProblem.
        """
        return cls(url)

    @staticmethod
    def path_of(url: str) -> Path:
        """The file that `sqlite:///path` names. Raises StoreProblem."""
        scheme, separator, path = url.partition(":///")
        if scheme != "sqlite" or not separator or not path:
            raise StoreProblem(
                f"DATABASE_URL {scheme.partition(':')[0]}:… cannot be used here: write sqlite:///"
                " and a path, such as sqlite:///var/before-you-post.db."
            )
        return Path(path)

    async def turn(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction and return what it returned, once that is on the disk.

        Whatever `work` raises is raised here, and nothing of it is kept. Raises StoreUnavailable
        when the database itself failed. A caller that is cancelled does not stop the work.
        `work` runs in another thread, and must not wait for anything.
        """
        result: T = await asyncio.shield(self._writer.submit(work))
        return result

    async def secret_key(self) -> bytes:
        """The key of this store, made the first time that it is asked for."""

        def work(tx: Transaction) -> str:
            tx.hold("secret")
            key = tx.meta("secret")
            if key is None:
                key = secrets.token_hex(32)
                tx.set_meta("secret", key)
            return key

        return bytes.fromhex(await self.turn(work))

    async def outbox_rows(self, kind: str = "letter") -> list[OutboxRow]:
        """Every letter (or notice, or reminder), oldest first, without its words."""
        return await self.turn(lambda tx: tx.outbox_rows(datetime.now(UTC), kind))

    async def release(self, reference: str) -> int:
        """Have a concern's letters tried again at once, also parked ones. Returns how many."""
        return await self.turn(lambda tx: tx.release(reference))

    async def settle(self, reference: str) -> int:
        """A person took care of a concern's parked letters. Returns how many there were."""
        return await self.turn(lambda tx: tx.settle(reference, datetime.now(UTC)))

    async def scrub(self) -> None:
        """Leave nothing of what was wiped in the files beside the database."""
        await asyncio.to_thread(self._writer.scrub)

    async def alone(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work` while no other process on this server does work of that name.

        Waits for that; `work` is cancelled when it may be another's, and begins anew when it is
        ours again. On a file there is one process: nothing is asked. Raises StoreUnavailable.
        """
        if not self._url.startswith(SERVER):
            return await work()
        from bot.store import claims

        return await claims.alone(self._url, name, work)

    def when_queued(self, listener: Callable[[], None]) -> None:
        """Call `listener`, in the store's thread, after each commit that filled the outbox."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Finish the turns that were asked for, and close the database."""
        self._writer.close()

    def _queued(self) -> None:
        for listener in self._listeners:
            listener()


def _writer(url: str, queued: Callable[[], None]) -> Keeps:
    if url.startswith(SERVER):
        from bot.store.postgres import Postgres  # 60 ms that a file never needs

        return Postgres(url, queued)
    return Writer(Store.path_of(url), queued)
