"""What comes of a mail from school that was judged, in the transaction that keeps it."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.answers.mail import read_mail
from bot.answers.quoting import Answer, answer
from bot.answers.verdicts import (
    Ask,
    Bounced,
    Quarantine,
    Relay,
    Rules,
    Thread,
    Verdict,
)
from bot.bounces import Bounce
from bot.memos import Memos
from bot.notices import SORTED
from bot.retention import THREAD
from bot.store import Bounced as Letter
from bot.store import ThreadRow, Transaction

logger = logging.getLogger(__name__)

#: Verdicts as they are kept and listed.
RELAYED, HELD, QUARANTINED, BOUNCED, IGNORED = (
    "relayed", "held", "quarantined", "bounced", "ignored",
)  # fmt: skip
#: So much is kept of a mail that was held back: of one with a token, without one, and without one
#: on a day with a flood of them. The mailbox still has all of it.
KEPT_OF_A_THREAD, KEPT_OF_STRANGERS, KEPT_IN_A_FLOOD = 1024 * 1024, 64 * 1024, 2 * 1024
#: What is held for these reasons has no thread that /forget could find it by: no word is kept.
NOT_KEPT = ("several_tokens", "unknown_thread")
#: So many mails without a token in a day are a flood.
FLOOD = 200


def words_of(raw: bytes, reference: str, rules: Rules, instead: str) -> tuple[str, bool]:
    """The words of a mail for the parent, and whether something hung on them.

    `instead` are words that a person took from it, where that is not certain. Raises NotReleased.
    """
    mail = read_mail(raw, "")
    found = Answer(instead) if instead else answer(mail, reference, rules)
    if not isinstance(found, Answer):
        raise NotReleased("Which words are the answer is not certain: name them with --words.")
    return found.words, mail.attachments > 0


class NotReleased(Exception):
    """A mail that cannot be passed on; the message is a sentence saying why."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A mail, and what was made of it.

    `reference` is the thread that it proves to be of; `sender` is who it says it is from;
    `message_id` what its own program calls it.
    """

    raw: bytes
    verdict: Verdict
    reference: str = ""
    sender: str = ""
    message_id: str = ""

    @property
    def id(self) -> str:
        """What a mail is known by, wherever it lies."""
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True, slots=True)
class Inbound:
    """Does what the verdicts ask for.

    `came_back` parks a letter that came back, and returns it if it was ours. `ask_at` says when a
    parent who got an answer now is asked whether it was sorted.
    """

    memos: Memos
    came_back: Callable[[Transaction, Bounce, datetime], Letter | None]
    ask_at: Callable[[datetime], datetime]
    keep: timedelta = THREAD

    def threads(self, tx: Transaction, references: Iterable[str]) -> Mapping[str, Thread]:
        """Those of them that can still be answered, or could until lately."""
        rows = (tx.thread(reference) for reference in references)
        return {
            row.reference: Thread(
                row.reference, self.memos.senders(tx, row), row.last_at + self.keep
            )
            for row in rows
            if row and row.conversation
        }

    def take(self, tx: Transaction, judged: Judged, now: datetime) -> str:
        """Keep a mail and do what its verdict says. Returns that, for the log."""
        match judged.verdict:
            case Relay(reference, words, had_attachments):
                thread = tx.thread(reference)
                if thread is None or not thread.conversation:  # forgotten this very moment
                    return self._hold(tx, judged, "unknown_thread", now)
                known_as = judged.message_id or judged.id
                if not self.pass_on(tx, thread, words, had_attachments, known_as, now):
                    return self._hold(tx, judged, "unknown_thread", now)
                if had_attachments:
                    self.memos.attachments(tx, thread, judged.sender, now)
                return self._keep(tx, judged, RELAYED, "", now)
            case Ask(reference, reason):
                if thread := tx.thread(reference):
                    self.memos.question(tx, thread, judged.sender, now)
                return self._keep(tx, judged, HELD, reason, now)
            case Quarantine(reason):
                return self._hold(tx, judged, reason, now)
            case Bounced(bounce):
                letter = self.came_back(tx, bounce, now)
                reference = letter.reference if letter else ""
                return self._keep(tx, judged, BOUNCED, bounce.status, now, reference)
            case _:
                return self._keep(tx, judged, IGNORED, judged.verdict.reason, now)

    def pass_on(
        self,
        tx: Transaction,
        thread: ThreadRow,
        words: str,
        had_attachments: bool,
        message_id: str,
        now: datetime,
    ) -> bool:
        """Have the parent told, once: a mail that a server delivered twice is one answer.

        False when the parent was forgotten this very moment: then nothing is left of it.
        """
        tx.withdraw_overdue(thread.reference)
        identity = f"{message_id}\0{words}".encode("utf-8", "replace")
        linked = tx.queue_answer(
            thread.reference,
            hashlib.sha256(identity).hexdigest()[:32],
            thread.conversation,
            thread.language,
            json.dumps(
                {
                    "words": words,
                    "had_attachments": had_attachments,
                    "again": tx.are_answers_doubted(),
                }
            ),
            now,
        )
        if not linked:
            return False
        tx.note_answered(thread.reference, now)
        if not thread.was_asked:
            what = f"{SORTED}.{thread.reference}"
            tx.queue_reminder(thread.conversation, what, thread.language, self.ask_at(now), now)
        return True

    def release(
        self,
        tx: Transaction,
        beginning: str,
        read: Callable[[bytes, str], tuple[str, bool]],
        now: datetime,
    ) -> str:
        """A person answers for a mail that was kept back: pass it on. Raises NotReleased.

        `beginning` is how its id begins; `read` finds the words for the parent, and whether
        something hung on them. Returns the reference.
        """
        found = [row for row in tx.inbound_rows() if row.id.startswith(beginning)]
        if len(found) != 1:
            raise NotReleased(f"{len(found)} mails have an id that begins with {beginning}.")
        (row,) = found
        if row.verdict not in (HELD, QUARANTINED) or row.released_at:
            raise NotReleased(
                f"{beginning} does not wait: it was {row.verdict}, or released before."
            )
        thread = tx.thread(row.reference)
        raw = tx.inbound_raw(row.id)
        if thread is None or not thread.conversation or not raw:
            raise NotReleased(f"{beginning} belongs to no thread that goes on.")
        words, had_attachments = read(raw, row.reference)
        if not self.pass_on(tx, thread, words, had_attachments, row.id, now):
            raise NotReleased(f"{beginning} belongs to no thread that goes on.")
        tx.release_inbound(row.id, now)
        return row.reference

    def _hold(self, tx: Transaction, judged: Judged, reason: str, now: datetime) -> str:
        self.memos.not_passed_on(tx, judged.reference, judged.sender, now)
        return self._keep(tx, judged, QUARANTINED, reason, now)

    def _keep(
        self,
        tx: Transaction,
        judged: Judged,
        verdict: str,
        reason: str,
        now: datetime,
        reference: str = "",
    ) -> str:
        reference = reference or judged.reference
        raw = judged.raw
        if verdict not in (RELAYED, HELD):
            raw = raw[: 0 if reason in NOT_KEPT else self._room(tx, reference, now)]
        tx.receive(judged.id, raw, verdict, reason, reference, now)
        return f"{verdict} {reason} {reference}"

    def _room(self, tx: Transaction, reference: str, now: datetime) -> int:
        if reference:
            return KEPT_OF_A_THREAD
        strangers = tx.strangers_since(now - timedelta(days=1))
        return KEPT_OF_STRANGERS if strangers < FLOOD else KEPT_IN_A_FLOOD
