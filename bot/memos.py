"""What we write to school ourselves: reminders, questions, and what could not be passed on.

No words of a parent or of a mail are in them, and the parent is not told how they fare.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.letter_bytes import Letter
from bot.notices import OURS
from bot.office import ABOUT_HEAD, SECOND, Office
from bot.store import LetterTo, ThreadRow, Transaction

LONDON = ZoneInfo("Europe/London")

#: So many reports in a day of each thread, and of all that belongs to none: whoever floods the
#: mailbox does not flood the office, and strangers silence no report of an answer.
REPORTS_A_DAY = 5

#: A subject and a body.
Words = tuple[str, str]


class Composes(Protocol):
    """Says them in the words of the school."""

    def overdue(self, reference: str, kind: str, written: date, promised: date) -> Words: ...

    def still_overdue(self, reference: str, kind: str, written: date, promised: date) -> Words: ...

    def telephone(self, reference: str, kind: str) -> Words: ...

    def question(self, reference: str, kind: str) -> Words: ...

    def attachments(self, reference: str, kind: str) -> Words: ...

    def not_passed_on(self, reference: str, on: date) -> Words: ...


@dataclass(frozen=True, slots=True)
class Memos:
    """Each is queued in the transaction that it comes from, once for each occasion."""

    office: Office
    words: Composes

    def senders(self, tx: Transaction, thread: ThreadRow) -> frozenset[str]:
        """Who may answer in this thread: whoever its letters went to, or would go to by now."""
        found = set()
        for one in first_letters(tx, thread.reference):
            found |= {one.recipient, self.office.address(one.role)}
            found.add(self.office.address(one.role + SECOND))
        return frozenset(address.lower() for address in found if address)

    def overdue(self, tx: Transaction, thread: ThreadRow, now: datetime) -> None:
        """The promised day has passed: told to who has the letter, and a while later to the head.

        What is about the head stays with the chair.
        """
        again = thread.reminded > 0
        compose = self.words.still_overdue if again else self.words.overdue
        promised = date.fromisoformat(thread.promised)
        words = compose(
            thread.reference, thread.kind, thread.created.astimezone(LONDON).date(), promised
        )
        tag = f"overdue{promised:%Y%m%d}{'again' * again}"
        to = self._first(tx, thread)
        role = "head" if again and ABOUT_HEAD not in thread.roles else to.role
        self._send(tx, thread.reference, to, role, words, tag, now)
        tx.note_reminded(thread.reference, thread.reminded + 1)

    def telephone(self, tx: Transaction, reference: str, now: datetime) -> None:
        """The parent's chat cannot be reached any more, and an answer waits for it."""
        if thread := tx.thread(reference):
            words = self.words.telephone(reference, thread.kind)
            to = self._first(tx, thread)
            self._send(tx, reference, to, to.role, words, f"telephone{_day(now)}", now)

    def question(self, tx: Transaction, thread: ThreadRow, sender: str, now: datetime) -> None:
        """Which words were the answer? Asked of the one who wrote them, once a day."""
        words = self.words.question(thread.reference, thread.kind)
        to = self._first(tx, thread, sender)
        self._send(tx, thread.reference, to, to.role, words, f"question{_day(now)}", now)

    def attachments(self, tx: Transaction, thread: ThreadRow, sender: str, now: datetime) -> None:
        """What hung on an answer did not go along."""
        words = self.words.attachments(thread.reference, thread.kind)
        to = self._first(tx, thread, sender)
        self._send(tx, thread.reference, to, to.role, words, f"attachments{_day(now)}", now)

    def not_passed_on(self, tx: Transaction, reference: str, sender: str, now: datetime) -> None:
        """A mail was held back: said once a day for each thread and address that it claims."""
        today = f"held{_day(now)}{reference}" if reference else f"report{_day(now)}"
        tag = today + hashlib.sha256(sender.casefold().encode()).hexdigest()[:12]
        said = tx.count_parts(f"{OURS}{today}")
        if said >= REPORTS_A_DAY or tx.count_parts(f"{OURS}{tag}"):
            return
        words = self.words.not_passed_on(reference, now.astimezone(LONDON).date())
        thread = tx.thread(reference) if reference else None
        to = self._first(tx, thread) if thread else LetterTo("office", "", "")
        self._send(tx, reference if thread else "", to, to.role, words, tag, now)

    def _first(self, tx: Transaction, thread: ThreadRow, sender: str = "") -> LetterTo:
        """The letter that `sender` answers, or else the one to the first who receives it."""
        letters = first_letters(tx, thread.reference)
        for one in letters:
            if sender and sender in (one.recipient.lower(), self.office.address(one.role).lower()):
                return one
        return min(letters, key=lambda one: one.role != thread.roles[0])

    def _send(
        self,
        tx: Transaction,
        reference: str,
        to: LetterTo,
        role: str,
        words: Words,
        tag: str,
        now: datetime,
    ) -> None:
        letter = self.office.later(
            reference, role, *words, tag, now, answers=to.message_id, otherwise=to.recipient
        )
        queue(tx, letter, now, f"{OURS}{tag}")


def queue(
    tx: Transaction,
    letter: Letter,
    now: datetime,
    part: str = "",
    conversation: str = "",
    language: str = "",
) -> None:
    """Put a letter into the outbox, as that part of its thread."""
    tx.queue_letter(
        reference=letter.reference,
        role=letter.role,
        conversation=conversation,
        language=language,
        sender=letter.sender,
        recipient=letter.recipient,
        message_id=letter.message_id,
        content=letter.content.decode("ascii"),
        now=now,
        part=part,
    )


def first_letters(tx: Transaction, reference: str) -> list[LetterTo]:
    """The letters of the concern itself; what went to a second address was the same letter."""
    return [one for one in tx.letters_to(reference) if not one.role.endswith(SECOND)]


def _day(now: datetime) -> str:
    return f"{now.astimezone(LONDON):%Y%m%d}"
