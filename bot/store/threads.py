"""How each thread stands, every mail that came in, and how far a mailbox was read."""

from __future__ import annotations

import base64
from datetime import date, datetime

from bot.store.asking import Asking, time
from bot.store.queued import ALIAS
from bot.store.rows import InboundRow, LetterTo, ThreadRow
from dialogs.messages import Thread

#: So often is school reminded of one promised day.
NEVER_AGAIN = 2
#: In the meta data: not everything has been read again since a backup was restored.
RESTORED = "restored"
#: A parent is shown, and may write to, no more threads than this.
SHOWN = 9


class Threads(Asking):
    """Threads and inbound mail; see `Transaction`."""

    # --- threads ---

    def threads(self, conversation: str, since: datetime) -> tuple[Thread, ...]:
        """The threads of a conversation in which something was written since then, newest first."""
        rows = self._ask("threads", conversation=conversation, since=since, most=SHOWN)
        return tuple(
            Thread(
                reference, kind, answered is not None, settled == "sorted", tuple(roles.split(","))
            )
            for reference, kind, answered, settled, roles in rows
        )

    def thread(self, reference: str) -> ThreadRow | None:
        row = self._ask("thread", reference=reference)
        if row is None:
            return None
        reference, conversation, kind, roles, language, created, promised, *rest = row
        last_at, answered_at, settled, reminded, was_asked = rest
        return ThreadRow(
            reference,
            "" if conversation.startswith(ALIAS) else conversation,
            kind,
            tuple(roles.split(",")),
            language,
            _time(created),
            promised or "",
            _time(last_at),
            time(answered_at),
            settled,
            reminded,
            bool(was_asked),
        )

    def letters_to(self, reference: str) -> list[LetterTo]:
        """Where the letters of a concern went, one for each role and address."""
        return [LetterTo(*row) for row in self._ask("letters_to", reference=reference)]

    def added_since(self, conversation: str, since: datetime) -> int:
        """How often this conversation added something to its threads since then."""
        return int(self._ask("added_since", conversation=conversation, since=since))

    def count_parts(self, beginning: str) -> int:
        """How many letters there are whose part begins so."""
        return int(self._ask("count_parts", like=f"{beginning}%"))

    def note_added(
        self, reference: str, roles: tuple[str, ...], promised: date, now: datetime
    ) -> None:
        """The parent wrote more: those have it, and it waits for an answer again, by that day."""
        self._ask(
            "note_added",
            reference=reference,
            roles=",".join(roles),
            promised=promised.isoformat(),
            now=now,
        )

    def note_answered(self, reference: str, now: datetime) -> None:
        self._ask("note_answered", reference=reference, now=now)

    def note_settled(self, reference: str, how: str, now: datetime) -> None:
        """The parent says what became of it."""
        self._ask("note_settled", reference=reference, how=how, now=now)

    def note_reminded(self, reference: str, reminded: int) -> None:
        """School was told so often that the promised day has passed."""
        self._ask("note_reminded", reference=reference, reminded=reminded)

    def note_was_asked(self, reference: str) -> None:
        """The parent was asked whether it was sorted; once is enough."""
        self._ask("note_was_asked", reference=reference)

    def overdue(self, today: date) -> list[ThreadRow]:
        """What school has, should have answered before today and did not, as far as we know."""
        rows = self._ask("overdue", today=today.isoformat(), like=f"{ALIAS}%")
        found = (self.thread(reference) for (reference,) in rows)
        return [thread for thread in found if thread]

    # --- what comes in ---

    def doubt_answers(self) -> None:
        """After an old backup was restored: answers that are read again may have been told."""
        self._ask("set_meta", key=RESTORED, value="yes")

    def are_answers_doubted(self) -> bool:
        return bool(self._ask("meta", key=RESTORED))

    def trust_answers(self) -> None:
        """All that was in the mailbox has been read again; what comes from now on is new."""
        self._ask("set_meta", key=RESTORED, value="")

    def was_received(self, id: str) -> bool:
        return self._ask("was_received", id=id) is not None

    def receive(
        self, id: str, raw: bytes, verdict: str, reason: str, reference: str, now: datetime
    ) -> None:
        """Keep a mail, and what it was taken for."""
        self._ask(
            "receive",
            id=id,
            raw=base64.b64encode(raw).decode("ascii"),
            verdict=verdict,
            reason=reason,
            reference=reference,
            received=now,
        )

    def inbound_rows(self) -> list[InboundRow]:
        """Every mail that came in, oldest first."""
        return [
            InboundRow(id, verdict, reason, reference, _time(received), time(released_at))
            for id, verdict, reason, reference, received, released_at in self._ask("inbound_rows")
        ]

    def inbound_raw(self, id: str) -> bytes:
        """The mail itself; empty when it is not kept any more."""
        return base64.b64decode(self._ask("inbound_raw", id=id) or "")

    def strangers_since(self, since: datetime) -> int:
        """How many mails that belong to no thread came in since then."""
        return int(self._ask("strangers_since", since=since))

    def inbound_counts(self) -> dict[str, int]:
        """How many there are of each verdict, released ones left out."""
        return {verdict: int(count) for verdict, count in self._ask("inbound_counts")}

    def release_inbound(self, id: str, now: datetime) -> bool:
        """A person says that a mail is what it seems. False when that was said before."""
        return bool(self._ask("release_inbound", id=id, now=now))

    def position(self, place: str) -> tuple[int, int]:
        """How far a folder was read: its UIDVALIDITY and the last UID; zeros when never."""
        row = self._ask("position", place=place)
        return (row[0], row[1]) if row else (0, 0)

    def note_position(self, place: str, uidvalidity: int, uid: int) -> None:
        """Up to here it was read; never less far than before, as another may read as well."""
        self._ask("note_position", place=place, uidvalidity=uidvalidity, uid=uid)


def _time(number: int) -> datetime:
    found = time(number)
    assert found
    return found
