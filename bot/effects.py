"""What a step asks for besides its replies, written in the transaction of its turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.memos import first_letters, queue
from bot.notices import SORTED
from bot.office import Office
from bot.store import NEVER_AGAIN, LetterTo, Transaction
from bot.store.storable import storable
from dialogs.messages import AddToThread, Count, Effect, PassOn, Remind, Settle


class ReferenceUsed(Exception):
    """A second concern under one reference: refused whole, so that nobody gets a false receipt."""


class NotTheirs(Exception):
    """Something was to be added to another's thread: refused whole."""


@dataclass(frozen=True, slots=True)
class Effects:
    """Writes what the turns of a school ask for."""

    office: Office
    #: Whether school's answers come back into the chat.
    answers_here: bool

    def write(
        self, tx: Transaction, effect: Effect, conversation: str, language: str, now: datetime
    ) -> bool:
        """True when something of a parent's was wiped by it."""
        match effect:
            case PassOn():
                self._pass_on(tx, effect, conversation, now)
            case AddToThread():
                self._add(tx, effect, conversation, language, now)
            case Settle(reference, how):
                if is_theirs(tx, reference, conversation):
                    tx.note_settled(reference, how, now)
                    return tx.queue_reminder(
                        conversation, f"{SORTED}.{reference}", language, None, now
                    )
            case Remind(what, at, post):
                return tx.queue_reminder(conversation, what, language, at, now, storable(post))
            case Count(what):
                tx.count(now.date(), what)
            case _:
                pass  # Forget: done before anything else of this turn was written
        return False

    def _pass_on(self, tx: Transaction, effect: PassOn, conversation: str, now: datetime) -> None:
        """The concern and its letters, in the transaction that says so to the parent."""
        concern = effect.concern
        added = tx.add_concern(
            concern.reference,
            conversation,
            concern.kind,
            concern.roles,
            concern.language,
            concern.promised,
            now,
        )
        if not added:
            raise ReferenceUsed(f"{concern.reference} was passed on before")
        if not self.answers_here:
            # Whether it was answered in another way, nobody can know.
            tx.note_reminded(concern.reference, NEVER_AGAIN)
        for letter in self.office.letters(concern, now):
            queue(tx, letter, now, "", conversation, concern.language)

    def _add(
        self, tx: Transaction, more: AddToThread, conversation: str, language: str, now: datetime
    ) -> None:
        """One more letter to each who has the first, kept together with that one, and to whoever
        has none yet.
        """
        if not is_theirs(tx, more.reference, conversation):
            raise NotTheirs(f"{more.reference} is not a thread of this conversation")
        tag = more.key.replace("-", "").lower()
        firsts = first_letters(tx, more.reference)
        reached = [self.office.address(one.role) or one.recipient for one in firsts]
        had = {one.role for one in firsts}
        for role in more.roles:
            if role not in had and self.office.joins(role, more.roles, reached):
                firsts.append(LetterTo(role, self.office.address(role), ""))
        for first in firsts:
            letter = self.office.later(
                more.reference, first.role, more.subject, more.body, tag, now,
                answers=first.message_id, otherwise=first.recipient,
            )  # fmt: skip
            queue(tx, letter, now, more.key, conversation, language)
        tx.note_added(more.reference, more.roles, more.promised, now)


def is_theirs(tx: Transaction, reference: str, conversation: str) -> bool:
    """The dialogue only names what it was given; what is not, must never be written to."""
    thread = tx.thread(reference)
    return thread is not None and thread.conversation == conversation
