"""What goes into the outbox of a transaction: letters, notices, answers and reminders."""

from __future__ import annotations

from datetime import datetime

from bot.store.asking import Asking, number

#: What stands in a concern's row for a conversation that was forgotten (see `forget`).
ALIAS = "forgotten:"


class Queued(Asking):
    """See `Transaction`."""

    def hold(self, what: str) -> None:
        """Nobody else reads or writes about `what` until the end: a conversation, a reference.

        Nothing to do where one turn is taken at a time, as on SQLite.
        """

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


def reminder_id(conversation: str, what: str) -> str:
    """At most one reminder of each sort waits in a conversation."""
    return f"reminder/{conversation}/{what}"
