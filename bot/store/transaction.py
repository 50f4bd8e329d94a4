"""What a turn may do with the database: small named steps, all or none of them kept."""

from __future__ import annotations

from datetime import date, datetime

from bot.store.asking import time
from bot.store.outgoing import Outgoing
from bot.store.overview import Overview
from bot.store.queued import ALIAS, Queued, reminder_id
from bot.store.rows import Known
from bot.store.threads import Threads

__all__ = ["ALIAS", "Transaction"]


class Transaction(Queued, Outgoing, Overview, Threads):
    """One turn's view of the database. Valid only inside the function it was handed to.

    A conversation is "channel:id"; times are aware datetimes.
    """

    def meta(self, key: str) -> str | None:
        value: str | None = self._ask("meta", key=key)
        return value

    def set_meta(self, key: str, value: str) -> None:
        self._ask("set_meta", key=key, value=value)

    # --- turns ---

    def known(
        self,
        conversation: str,
        message: str,
        reference: str,
        alias: str,
        since: datetime,
        reminds: str,
    ) -> Known:
        """All that a turn needs to know, in one question. `alias` stands for what was forgotten
        of the conversation, which counts among what it sent `since` then. `reminds` is the
        reminder that a turn may show or cancel."""
        session, seen, used, sent, due, kept = self._ask(
            "known",
            conversation=conversation,
            message=message,
            reference=reference,
            alias=alias,
            since=since,
            reminder=reminder_id(conversation, reminds),
        )
        return Known(session, bool(seen), bool(used), int(sent), time(due), kept)

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

    # --- forgetting ---

    def forget(self, conversation: str, alias: str) -> None:
        """Wipe what is held of a conversation. A letter on its way still goes, without a link."""
        self._ask("forget_session", conversation=conversation)
        self._ask("forget_seen", conversation=conversation)
        self._ask("forget_notices", conversation=conversation)
        self._ask("forget_inbound", conversation=conversation)
        self._ask("forget_posts", conversation=conversation)
        self._ask("unlink_letters", conversation=conversation)
        self._ask("unlink_concerns", conversation=conversation, alias=alias)

    def wipe_old_inbound(self, before: datetime) -> int:
        """Wipe mails from before then, but not of threads that went on since."""
        return int(self._ask("wipe_old_inbound", before=before))

    def wipe_idle_sessions(self, before: datetime) -> int:
        """But for those that a check-in waits for: it shows what would put it right."""
        return int(self._ask("wipe_idle_sessions", before=before))

    def wipe_old_posts(self, before: datetime) -> int:
        return int(self._ask("wipe_old_posts", before=before))

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

    def drop_old_audit(self, before: datetime) -> int:
        return int(self._ask("drop_old_audit", before=before))
