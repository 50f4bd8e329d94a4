"""A lease: what is on its way is ours for a while, and for as long as we show signs of life."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from bot.store import Leased, Store, StoreUnavailable, Transaction

#: How long something that is told is ours without a sign of life.
TELLING = timedelta(minutes=1)


class LeaseLost(Exception):
    """Somebody else has it by now; whatever we would do with it, they do."""


class Leases:
    """Takes, renews and looks after the leases of one process."""

    def __init__(self, store: Store, clock: Callable[[], datetime], letter: timedelta) -> None:
        """`letter` is how long a letter is ours without a sign of life."""
        self._store = store
        self._clock = clock
        self._letter = letter

    def taking(self, id: str, now: datetime) -> Callable[[Transaction], Leased | None]:
        """Takes it in a transaction; None when it is not due, or somebody else has it."""
        owner, until = secrets.token_hex(8), now + self._lasts(id)
        return lambda tx: tx.lease(id, owner, now, until)

    @asynccontextmanager
    async def held(self, leased: Leased) -> AsyncIterator[None]:
        """Renew the lease for as long as a slow delivery takes."""
        renewing = asyncio.create_task(self._renew(leased))
        try:
            yield
        finally:
            renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewing

    async def still_ours(self, leased: Leased) -> None:
        """Raises LeaseLost: we may have been stopped, and somebody else may be sending it."""
        if not await self._store.turn(self._renewal(leased)):
            raise LeaseLost

    async def _renew(self, leased: Leased) -> None:
        ours = True
        while ours:
            await asyncio.sleep(self._lasts(leased.id).total_seconds() / 3)
            with contextlib.suppress(StoreUnavailable):
                ours = await self._store.turn(self._renewal(leased))

    def _renewal(self, leased: Leased) -> Callable[[Transaction], bool]:
        until = self._clock() + self._lasts(leased.id)
        return lambda tx: tx.renew(leased.id, leased.owner, until)

    def _lasts(self, id: str) -> timedelta:
        """A chat does not hang for minutes as a mail server may, and a parent waits there."""
        return self._letter if id.startswith("letter/") else min(self._letter, TELLING)
