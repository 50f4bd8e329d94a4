"""A turn on a database that others write to at the same moment."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.store import jobs
from bot.store.transaction import Transaction

#: Due as soon as anybody looks.
AT_ONCE = datetime.fromtimestamp(0, UTC)


class SharedTransaction(Transaction):
    """Whoever reads in order to write holds what it is about; whatever leaves is given a waker."""

    def hold(self, what: str) -> None:
        self._ask("hold", what=what)

    def forget(self, conversation: str, alias: str) -> None:
        self.hold(conversation)
        self._ask("forget_jobs", conversation=conversation)
        super().forget(conversation, alias)

    def _queue(self, id: str, kind: str, **columns: object) -> None:
        super()._queue(id, kind, **columns)
        due = columns["due"]
        assert isinstance(due, datetime)
        self._wake(id, str(columns["via"]), due)

    def put_back(
        self, id: str, owner: str, due: datetime, uncertain: bool, error: str, now: datetime
    ) -> bool:
        done = super().put_back(id, owner, due, uncertain, error, now)
        if done:
            self._wake(id, self._ask("via_of", id=id), due)
        return done

    def release(self, reference: str) -> int:
        released = super().release(reference)
        for id, via in self._ask("waiting_of", reference=reference):
            self._wake(id, via, AT_ONCE)
        return released

    def _wake(self, id: str, via: str, due: datetime) -> None:
        jobs.wake(self._connection, via, id, due)
