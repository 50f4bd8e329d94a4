"""The outbox of a transaction: what goes in, what leaves, and what people see of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.store.asking import Asking, number, time
from bot.store.rows import Bounced, Leased, OutboxCounts, OutboxRow, Waiting

#: No lease is longer; one that seems to be was made by a clock that ran ahead.
LONGEST_LEASE = timedelta(minutes=30)
#: A clock that went back by less than this changes nothing that matters.
STEADY = timedelta(minutes=1)
#: After a clock was set, what may have arrived is left alone for this long.
CALM = timedelta(minutes=5)

#: What stands in a concern's row for a conversation that was forgotten (see `forget`).
ALIAS = "forgotten:"


class Outgoing(Asking):
    """Letters, notices and reminders; see `Transaction`."""

    def hold(self, what: str) -> None:
        """Nobody else reads or writes about `what` until the end: a conversation, a reference.

        Nothing to do where one turn is taken at a time, as on SQLite.
        """

    # --- what goes into the outbox ---

    def queue_letter(
        self,
        reference: str,
        role: str,
        conversation: str,
        language: str,
        sender: str,
        recipient: str,
        message_id: str,
        content: str,
        now: datetime,
        part: str = "",
    ) -> None:
        """A letter of a thread, once; or, from `+` on, something of ours, with a thread or none."""
        self._queue(
            "/".join(filter(None, ("letter", reference, part, role))),
            "letter",
            via="mail",
            conversation=conversation,
            reference=reference or None,
            part=part,
            role=role,
            sender=sender,
            recipient=recipient,
            message_id=message_id,
            language=language,
            payload=content,
            created=now,
            due=now,
            put_at=now,
        )

    def queue_notice(
        self, reference: str, what: str, payload: str, now: datetime, part: str = ""
    ) -> None:
        """Say something about a concern to its parent, once; nothing when it was unlinked."""
        conversation, language = self._ask("concern_of", reference=reference)
        if conversation:
            self.hold(conversation)  # it may be forgotten at this moment
            conversation, language = self._ask("concern_of", reference=reference)
        if conversation and not conversation.startswith(ALIAS):
            self._queue(
                "/".join(filter(None, ("notice", what, reference, part))),
                "notice",
                via=conversation.partition(":")[0],
                conversation=conversation,
                reference=reference,
                part=part,
                language=language,
                payload=payload,
                created=now,
                due=now,
                put_at=now,
            )

    def queue_answer(
        self,
        reference: str,
        key: str,
        conversation: str,
        language: str,
        payload: str,
        now: datetime,
    ) -> bool:
        """Tell a parent what school answered, once for each `key`. False: who was forgotten."""
        self.hold(conversation)
        linked, _ = self._ask("concern_of", reference=reference)
        if linked != conversation:
            return False  # it was forgotten while we waited
        self._queue(
            f"answer/{reference}/{key}",
            "answer",
            via=conversation.partition(":")[0],
            conversation=conversation,
            reference=reference,
            message_id=f"answer:{key}",
            language=language,
            payload=payload,
            created=now,
            due=now,
            put_at=now,
        )
        return True

    def queue_reminder(
        self,
        conversation: str,
        what: str,
        language: str,
        at: datetime | None,
        now: datetime,
        post: str = "",
    ) -> bool:
        """Remind a parent at that time, instead of any earlier time; None: not at all.

        `post` is kept until then; one that was kept before is wiped. True when one was.
        """
        id = reminder_id(conversation, what)
        self._ask("drop", id=id)
        wiped = self.wipe_post(id)
        if post and at is not None:
            self._ask("keep_post", id=id, conversation=conversation, post=post, due=at)
        if at is not None:
            self._queue(
                id,
                "reminder",
                via=conversation.partition(":")[0],
                conversation=conversation,
                message_id=f"reminder:{what}:{number(at)}",
                language=language,
                payload=what,
                created=now,
                due=at,
                put_at=now,
            )
        return wiped

    def wipe_post(self, id: str) -> bool:
        """Wipe what is kept for a reminder, by the reminder's own id."""
        return bool(self._ask("wipe_post", id=id))

    def withdraw_notices(self, reference: str, part: str = "") -> None:
        """What was not said yet about this part of a thread need not be said any more."""
        self._ask("withdraw_notices", reference=reference, part=part)

    def withdraw_overdue(self, reference: str) -> None:
        """It was answered: that no answer came need not be said any more, to nobody."""
        self._ask("withdraw_overdue", reference=reference)

    def _queue(self, id: str, kind: str, **columns: object) -> None:
        blank: dict[str, object] = {"reference": None}
        blank |= dict.fromkeys(("part", "role", "sender", "recipient", "message_id"), "")
        self._ask("queue", id=id, kind=kind, **{**blank, **columns})
        self._filled()

    # --- what leaves the outbox ---

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

    # --- the outbox, for people ---

    def outbox_rows(self, now: datetime, kind: str = "letter") -> list[OutboxRow]:
        return [_outbox_row(row, now) for row in self._ask("outbox_rows", kind=kind)]

    def outbox_counts(self, kind: str, late: datetime) -> OutboxCounts:
        """How many there are in each state; what waits since `late` or longer is late."""
        sent, waiting, parked, overdue, oldest = self._ask("outbox_counts", kind=kind, late=late)
        return OutboxCounts(sent, waiting, parked, overdue, time(oldest))

    def outbox_left(self, kind: str, now: datetime, late: datetime, most: int) -> list[OutboxRow]:
        """What is parked, or waits since `late` or longer; the oldest first."""
        rows = self._ask("outbox_left", kind=kind, late=late, most=most)
        return [_outbox_row(row, now) for row in rows]

    def release(self, reference: str) -> int:
        """Have the letters of a concern tried again at once. Returns how many there were.

        One that came back after it was delivered has no words any more, and cannot go again.
        """
        released = int(self._ask("release", reference=reference))
        if released:
            self._filled()
        return released

    def settle(self, reference: str, now: datetime) -> int:
        """A person took care of what was parked: its words go, and nobody is alerted any more."""
        return int(self._ask("settle", reference=reference, now=now))


def reminder_id(conversation: str, what: str) -> str:
    """At most one reminder of each sort waits in a conversation."""
    return f"reminder/{conversation}/{what}"


def _outbox_row(row: tuple[Any, ...], now: datetime) -> OutboxRow:
    *columns, created, due, lease_until, sent_at, parked_at, settled_at, last_error = row
    if sent_at is not None:
        state = "sent"
    elif settled_at is not None:
        state = "settled"
    elif parked_at is not None:
        state = "parked"
    else:
        state = "leased" if lease_until > number(now) else "queued"
    times = (time(number) for number in (created, due, sent_at, parked_at))
    read = (*columns, state, *times, last_error)
    return OutboxRow(*read)
