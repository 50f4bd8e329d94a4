"""One turn: a message comes in, one transaction, what to say goes out."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.channels import Incoming, Unavailable
from bot.effects import Effects, is_theirs
from bot.office import Office
from bot.references import make_reference
from bot.retention import THREAD
from bot.store import Store, StoreUnavailable, Transaction
from bot.store.storable import storable
from bot.store.transaction import ALIAS
from dialogs.dialogue import Step
from dialogs.messages import Answered, Event, Forget, Given, Reply
from dialogs.pausing import CHECK_IN
from dialogs.session import Session

logger = logging.getLogger(__name__)

#: The time, aware. Handed in, so that a test can be at any hour.
Clock = Callable[[], datetime]

LONDON = ZoneInfo("Europe/London")


class TakesTurns(Protocol):
    """What we need of a Dialogue."""

    def begin(self, language: str = "") -> Session: ...

    def show(self, session: Session, given: Given) -> tuple[Reply, ...]: ...

    def take(self, session: Session, event: Event, given: Given) -> Step: ...


class Conversations:
    """Handles what parents send; `handle` is the `Handle` that channels are given."""

    def __init__(
        self,
        store: Store,
        dialogue: TakesTurns,
        office: Office,
        clock: Clock,
        secret: bytes,
        answers_here: bool = False,
        thread_lasts: timedelta = THREAD,
    ) -> None:
        self._store = store
        self._dialogue = dialogue
        self._clock = clock
        self._secret = secret
        self._answers_here = answers_here
        self._effects = Effects(office, answers_here)
        self._thread_lasts = thread_lasts

    async def handle(self, incoming: Incoming) -> Sequence[Reply]:
        """Take one message as one durable turn; one that was taken before is only shown again.

        Raises Unavailable when nothing could be stored: do not acknowledge the message. Anything
        else that is raised is our own fault, would be raised again, and changed nothing.
        """
        try:
            replies, forgotten = await self._store.turn(lambda tx: self._take(tx, incoming))
        except StoreUnavailable as fault:
            raise Unavailable("the turn could not be stored") from fault
        except Exception as error:
            error.add_note(f"while taking {type(incoming.event).__name__} on {incoming.channel}")
            raise
        if forgotten:
            await self._store.scrub()
        return replies

    async def show(self, channel: str, conversation: str) -> Sequence[Reply]:
        """What a conversation shows now. Takes no turn. Raises Unavailable."""
        name = storable(f"{channel}:{conversation}")

        def work(tx: Transaction) -> tuple[Reply, ...]:
            session, given, _ = self._before(tx, name, "", "", self._clock().astimezone(LONDON))
            return self._dialogue.show(session, given)

        try:
            return await self._store.turn(work)
        except StoreUnavailable as fault:
            raise Unavailable("the conversation could not be read") from fault

    def _take(self, tx: Transaction, incoming: Incoming) -> tuple[tuple[Reply, ...], bool]:
        """The whole turn. Returns what to say, and whether something was wiped."""
        conversation = storable(f"{incoming.channel}:{incoming.conversation}")
        message = storable(incoming.message)
        now = self._clock().astimezone(LONDON)
        tx.hold(conversation)
        if isinstance(incoming.event, Answered) and not is_theirs(
            tx, incoming.event.reference, conversation
        ):
            return (), False  # everything was wiped this very moment
        session, given, seen = self._before(tx, conversation, message, incoming.language, now)
        if seen and not isinstance(incoming.event, Answered):
            return self._dialogue.show(session, given), False
        step = self._dialogue.take(session, incoming.event, given)
        if seen:
            # School's words are not in the session, so they are said from the event once more.
            return step.replies, False
        wipes = Forget() in step.effects
        if wipes:
            tx.forget(conversation, self._alias(conversation))
        else:
            tx.save_session(
                conversation, storable(step.session.to_json()), step.session.language, now
            )
        for effect in step.effects:
            wipes |= self._effects.write(tx, effect, conversation, step.session.language, now)
        tx.note_seen(conversation, message, now)
        return step.replies, wipes

    def _before(
        self, tx: Transaction, conversation: str, message: str, language: str, now: datetime
    ) -> tuple[Session, Given, bool]:
        """Where the conversation is, what its turn may use, and whether it was taken before."""
        identity = f"{conversation}|{message}"
        reference = make_reference(self._secret, identity)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        alias = self._alias(conversation)
        known = tx.known(conversation, message, reference, alias, midnight, CHECK_IN)
        if known.used:
            reference = self._another(tx, identity)
        given = Given(
            now,
            reference,
            sent_today=known.sent,
            answers_here=self._answers_here,
            reminder=known.reminder and known.reminder.astimezone(LONDON),
            kept=known.kept,
        )
        if self._answers_here:
            given = replace(
                given,
                threads=tx.threads(conversation, now - self._thread_lasts),
                added_today=tx.added_since(conversation, midnight),
            )
        return self._read(known.session, language), given, known.seen

    def _read(self, saved: str | None, language: str) -> Session:
        if saved is None:
            return self._dialogue.begin(language)
        try:
            return Session.from_json(saved)
        except (ValueError, TypeError, KeyError):
            logger.warning("started a conversation afresh: its session could not be read")
            return self._dialogue.begin(language)

    def _another(self, tx: Transaction, identity: str) -> str:
        """The same message gives the same reference; one in use is passed over."""
        while tx.has_concern(reference := make_reference(self._secret, identity)):
            identity += "|"
        return reference

    def _alias(self, conversation: str) -> str:
        """Stands for a forgotten conversation, so that its limit for the day still holds."""
        digest = hmac.digest(self._secret, f"alias|{conversation}".encode(), hashlib.sha256)
        return ALIAS + digest.hex()[:32]
