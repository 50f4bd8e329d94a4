"""What a turn may do with the database: small named steps, all or none of them kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import aiosql

from bot.store.rows import Leased, OutboxRow, Waiting

#: No lease is longer; one that seems to be was made by a clock that ran ahead.
LONGEST_LEASE = timedelta(minutes=30)

#: What stands in a concern's row for a conversation that was forgotten (see `forget`).
ALIAS = "forgotten:"


class Transaction:
    """One turn's view of the database. Valid only inside the function it was handed to.

    A conversation is "channel:id"; times are aware datetimes.
    """

    def __init__(self, connection: Any, filled: Callable[[], None] = lambda: None) -> None:
        """`filled` is called when something was put into the outbox."""
        self._connection = connection  # Any: a DB-API connection of either engine
        self._queries = queries()
        self._filled = filled

    def _ask(self, query: str, **values: object) -> Any:
        """Run a named query. Any: what comes back is SQL's business."""
        plain = {name: _number(v) if isinstance(v, datetime) else v for name, v in values.items()}
        return getattr(self._queries, query)(self._connection, **plain)

    def meta(self, key: str) -> str | None:
        value: str | None = self._ask("meta", key=key)
        return value

    def set_meta(self, key: str, value: str) -> None:
        self._ask("set_meta", key=key, value=value)

    # --- turns ---

    def was_seen(self, conversation: str, message: str) -> bool:
        return self._ask("was_seen", conversation=conversation, message=message) is not None

    def note_seen(self, conversation: str, message: str, at: datetime) -> None:
        self._ask("note_seen", conversation=conversation, message=message, at=at)

    def heard(self, channel: str, most: int = 10) -> list[tuple[str, str]]:
        """The conversations of a channel, each with the ids of its latest messages."""
        rows = self._ask("heard", like=f"{channel}:%", most=most)
        return [(conversation, message) for conversation, message in rows]

    def session(self, conversation: str) -> str | None:
        saved: str | None = self._ask("session", conversation=conversation)
        return saved

    def save_session(self, conversation: str, session: str, language: str, at: datetime) -> None:
        self._ask(
            "save_session",
            conversation=conversation,
            session=session,
            language=language,
            updated=at,
        )

    def count(self, day: date, what: str) -> None:
        self._ask("count", day=day.isoformat(), what=what)

    def counted(self, what: str) -> int:
        return int(self._ask("counted", what=what))

    # --- concerns ---

    def has_concern(self, reference: str) -> bool:
        return self._ask("has_concern", reference=reference) is not None

    def add_concern(
        self,
        reference: str,
        conversation: str,
        kind: str,
        roles: tuple[str, ...],
        language: str,
        promised: date | None,
        created: datetime,
    ) -> bool:
        """Keep a concern. False, and nothing is changed, when the reference exists already."""
        added = self._ask(
            "add_concern",
            reference=reference,
            conversation=conversation,
            kind=kind,
            roles=",".join(roles),
            language=language,
            promised=promised.isoformat() if promised else None,
            created=created,
        )
        return bool(added)

    def sent_since(self, conversation: str, alias: str, since: datetime) -> int:
        """How many concerns this conversation, or what was forgotten of it, sent since then."""
        return int(self._ask("sent_since", conversation=conversation, alias=alias, since=since))

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
    ) -> None:
        self._queue(
            f"letter/{reference}/{role}",
            "letter",
            via="mail",
            conversation=conversation,
            reference=reference,
            role=role,
            sender=sender,
            recipient=recipient,
            message_id=message_id,
            language=language,
            payload=content,
            created=now,
            due=now,
        )

    def queue_notice(self, reference: str, what: str, payload: str, now: datetime) -> None:
        """Say something about a concern to its parent, once; nothing when it was unlinked."""
        conversation, language = self._ask("concern_of", reference=reference)
        if conversation and not conversation.startswith(ALIAS):
            self._queue(
                f"notice/{what}/{reference}",
                "notice",
                via=conversation.partition(":")[0],
                conversation=conversation,
                reference=reference,
                language=language,
                payload=payload,
                created=now,
                due=now,
            )

    def queue_reminder(
        self, conversation: str, what: str, language: str, at: datetime | None, now: datetime
    ) -> None:
        """Remind a parent at that time, instead of any earlier time; None: not at all."""
        id = f"reminder/{conversation}/{what}"
        self._ask("drop", id=id)
        if at is not None:
            self._queue(
                id,
                "reminder",
                via=conversation.partition(":")[0],
                conversation=conversation,
                message_id=f"reminder:{what}:{_number(at)}",
                language=language,
                payload=what,
                created=now,
                due=at,
            )

    def withdraw_notices(self, reference: str) -> None:
        """What was not said yet about this concern need not be said any more."""
        self._ask("withdraw_notices", reference=reference)

    def _queue(self, id: str, kind: str, **columns: object) -> None:
        blank = {"reference": None, "role": "", "sender": "", "recipient": "", "message_id": ""}
        self._ask("queue", id=id, kind=kind, **{**blank, **columns})
        self._filled()

    # --- what leaves the outbox ---

    def due(self, via: str, only: str, now: datetime, most: int) -> list[Waiting]:
        horizon = now + LONGEST_LEASE
        rows = self._ask("due", via=via, only=only, now=now, horizon=horizon, most=most)
        return [Waiting(*row) for row in rows]

    def next_due(self, via: str, only: str) -> datetime | None:
        """When the next thing is due, or a lease ends."""
        return _time(self._ask("next_due", via=via, only=only))

    def unfinished(self, via: str, only: str, now: datetime) -> int:
        """How many are due, whoever holds the lease."""
        return int(self._ask("unfinished", via=via, only=only, now=now))

    def lease(self, id: str, owner: str, now: datetime, until: datetime) -> Leased | None:
        """Take something that is due. None when it is not, or when someone else has it."""
        horizon = now + LONGEST_LEASE
        if not self._ask("lease", id=id, owner=owner, now=now, until=until, horizon=horizon):
            return None
        *columns, created, tries, uncertain, holder = self._ask("leased", id=id)
        row = (*columns, _time(created), tries, bool(uncertain), holder)
        return Leased(*row)

    def renew(self, id: str, owner: str, until: datetime) -> bool:
        """Hold a lease for longer. False when it is ours no more."""
        return bool(self._ask("renew", id=id, owner=owner, until=until))

    def mark_sent(self, id: str, now: datetime) -> bool:
        """It has arrived, whoever holds the lease. False when that was known already."""
        return bool(self._ask("mark_sent", id=id, now=now))

    def finish(self, id: str, owner: str) -> bool:
        """Take a reminder out, unless it was replaced since we leased it."""
        return bool(self._ask("finish", id=id, owner=owner))

    def put_back(self, id: str, owner: str, due: datetime, uncertain: bool, error: str) -> bool:
        return bool(
            self._ask(
                "put_back", id=id, owner=owner, due=due, uncertain=int(uncertain), error=error
            )
        )

    def park(self, id: str, owner: str, now: datetime, error: str) -> bool:
        return bool(self._ask("park", id=id, owner=owner, now=now, error=error))

    def letters_left(self, reference: str) -> int:
        """How many of a concern's letters have not arrived, parked ones among them."""
        return int(self._ask("letters_left", reference=reference))

    def late_references(self, before: datetime, what: str) -> list[str]:
        """Concerns from before then with a letter on its way, and no such notice queued yet."""
        rows = self._ask("late_references", before=before, notice=f"notice/{what}/")
        return [reference for (reference,) in rows]

    # --- the outbox, for people ---

    def outbox_rows(self, now: datetime, kind: str = "letter") -> list[OutboxRow]:
        return [_outbox_row(row, now) for row in self._ask("outbox_rows", kind=kind)]

    def release(self, reference: str) -> int:
        """Have the letters of a concern tried again at once. Returns how many there were."""
        released = int(self._ask("release", reference=reference))
        if released:
            self._filled()
        return released

    # --- forgetting ---

    def forget(self, conversation: str, alias: str) -> None:
        """Wipe what is held of a conversation. A letter on its way still goes, without a link."""
        self._ask("forget_session", conversation=conversation)
        self._ask("forget_seen", conversation=conversation)
        self._ask("forget_notices", conversation=conversation)
        self._ask("unlink_letters", conversation=conversation)
        self._ask("unlink_concerns", conversation=conversation, alias=alias)

    def wipe_idle_sessions(self, before: datetime) -> int:
        return int(self._ask("wipe_idle_sessions", before=before))

    def wipe_old_seen(self, before: datetime) -> int:
        return int(self._ask("wipe_old_seen", before=before))

    def unlink_old(self, before: datetime) -> int:
        """Drop the link between a conversation and what it sent and had delivered before then."""
        letters = int(self._ask("unlink_old_letters", before=before))
        return letters + int(self._ask("unlink_old_concerns", before=before, like="_%"))

    def unlink_aliases(self, before: datetime) -> int:
        return int(self._ask("unlink_old_concerns", before=before, like=f"{ALIAS}%"))

    def drop_old_notices(self, before: datetime) -> int:
        return int(self._ask("drop_old_notices", before=before))


@cache
def queries() -> Any:
    """The named queries of queries.sql."""
    return aiosql.from_path(Path(__file__).with_name("queries.sql"), "sqlite3")


def _number(when: datetime) -> int:
    return round(when.timestamp() * 1000)


def _time(number: int | None) -> datetime | None:
    return None if number is None else datetime.fromtimestamp(number / 1000, UTC)


def _outbox_row(row: tuple[Any, ...], now: datetime) -> OutboxRow:
    *columns, created, due, lease_until, sent_at, parked_at, last_error = row
    if sent_at is not None:
        state = "sent"
    elif parked_at is not None:
        state = "parked"
    else:
        state = "leased" if lease_until > _number(now) else "queued"
    times = (_time(number) for number in (created, due, sent_at, parked_at))
    read = (*columns, state, *times, last_error)
    return OutboxRow(*read)
