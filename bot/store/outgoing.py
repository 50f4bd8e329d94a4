"""What leaves the outbox of a transaction: due, leased, and marked, put back or parked."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.store.asking import Asking, time
from bot.store.rows import Bounced, Leased, Waiting

#: No lease is longer; one that seems to be was made by a clock that ran ahead.
LONGEST_LEASE = timedelta(minutes=30)
#: A clock that went back by less than this changes nothing that matters.
STEADY = timedelta(minutes=1)
#: After a clock was set, what may have arrived is left alone for this long.
CALM = timedelta(minutes=5)


class Outgoing(Asking):
    """See `Transaction`."""

    def due(self, via: str, only: str, now: datetime, most: int) -> list[Waiting]:
        horizon = now + LONGEST_LEASE
        rows = self._ask("due", via=via, only=only, now=now, horizon=horizon, most=most)
        return [Waiting(*row) for row in rows]

    def next_due(self, via: str, only: str) -> datetime | None:
        """When the next thing is due, or a lease ends."""
        return time(self._ask("next_due", via=via, only=only))

    def unfinished(self, via: str, only: str, now: datetime) -> int:
        """How many are due, whoever holds the lease."""
        return int(self._ask("unfinished", via=via, only=only, now=now))

    def lease(self, id: str, owner: str, now: datetime, until: datetime) -> Leased | None:
        """Take something that is due. None when it is not, or when someone else has it."""
        horizon = now + LONGEST_LEASE
        if not self._ask("lease", id=id, owner=owner, now=now, until=until, horizon=horizon):
            return None
        *columns, created, tries, uncertain, holder, told = self._ask("leased", id=id)
        row = (*columns, time(created), tries, bool(uncertain), holder, told)
        return Leased(*row)

    def renew(self, id: str, owner: str, until: datetime) -> bool:
        """Hold a lease for longer. False when it is ours no more."""
        return bool(self._ask("renew", id=id, owner=owner, until=until))

    def mark_sent(self, id: str, now: datetime) -> bool:
        """It has arrived, whoever holds the lease. False when that was known already."""
        return bool(self._ask("mark_sent", id=id, now=now))

    def note_told(self, id: str, owner: str, told: int) -> None:
        """So many replies of an answer are in the chat."""
        self._ask("note_told", id=id, owner=owner, told=told)

    def finish(self, id: str, owner: str) -> bool:
        """Take a reminder out, unless it was replaced since we leased it."""
        return bool(self._ask("finish", id=id, owner=owner))

    def put_back(
        self, id: str, owner: str, due: datetime, uncertain: bool, error: str, now: datetime
    ) -> bool:
        return bool(
            self._ask(
                "put_back",
                id=id,
                owner=owner,
                due=due,
                uncertain=int(uncertain),
                error=error,
                now=now,
            )
        )

    def park(self, id: str, owner: str, now: datetime, error: str) -> bool:
        return bool(self._ask("park", id=id, owner=owner, now=now, error=error))

    def readdress(self, id: str, owner: str, recipient: str, now: datetime) -> None:
        """Send a letter of ours to where its role is now, and keep that this was done."""
        self._ask("note_new_address", id=id, owner=owner, recipient=recipient, now=now)
        self._ask("readdress", id=id, owner=owner, recipient=recipient)

    def earlier_letter(self, recipient: str) -> str:
        """The Message-ID of the last letter that this recipient certainly got, or nothing."""
        return self._ask("earlier_letter", recipient=recipient) or ""

    def bounce(self, message_id: str, now: datetime, error: str) -> Bounced | None:
        """A letter came back: park it. None when it is not ours, never left, or was known to."""
        row = self._ask("letter_of", message_id=message_id)
        if row is None or not self._ask("bounce", id=row[0], now=now, error=error):
            return None
        return Bounced(*row)

    def doubt_letters(self, now: datetime) -> None:
        """After an old backup was restored: whatever waits may have been sent since."""
        self._ask("note_doubt", now=now)
        self._ask("doubt_letters")

    def mend_times(self, now: datetime) -> int:
        """After the clock went back: what was put off until a time that never was, is due now."""
        return int(self._ask("mend_times", now=now, ahead=now + STEADY, calm=now + CALM))

    def audit(self, id: str) -> list[str]:
        """What was decided about a letter after it was queued, oldest first."""
        return [what for (what,) in self._ask("audit", id=id)]

    def letters_left(self, reference: str, part: str = "") -> int:
        """How many letters of a part of a thread have not arrived, parked ones among them.

        One that arrived at the second address of a role has arrived.
        """
        return int(self._ask("letters_left", reference=reference, part=part))

    def late_letters(self, before: datetime, what: str) -> list[tuple[str, str]]:
        """Parts of threads with a letter on its way since before then, and no such notice yet."""
        rows = self._ask("late_letters", before=before, notice=f"notice/{what}/")
        return [(reference, part) for reference, part in rows]
