"""A pretend parent: taps, writes, sees. Each turn, the session is saved and read back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dialogs.dialogue import Dialogue, Step
from dialogs.messages import (
    AddToThread,
    Answered,
    Attached,
    Chose,
    Commanded,
    Concern,
    Effect,
    Event,
    Given,
    PassOn,
    Remind,
    Reminded,
    Reply,
    Thread,
    Wrote,
)
from dialogs.session import Session

LONDON = ZoneInfo("Europe/London")
#: A Tuesday in term, in the evening.
TUESDAY_EVENING = datetime(2026, 11, 24, 22, 40, tzinfo=LONDON)

_BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")


@dataclass
class Parent:
    """One conversation. `replies` and `effects` are of the latest turn, `said` has all replies."""

    dialogue: Dialogue
    now: datetime = TUESDAY_EVENING
    answers_here: bool = False
    sent_today: int = 0
    pseudo: bool = False
    threads: tuple[Thread, ...] = ()
    added_today: int = 0
    added: list[AddToThread] = field(default_factory=list)
    reminder: datetime | None = None
    kept: str = ""
    session: Session = field(init=False)
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
    said: list[Reply] = field(default_factory=list)
    passed_on: list[Concern] = field(default_factory=list)
    turns: int = 0
    taps: int = 0

    def __post_init__(self) -> None:
        self.session = self.dialogue.begin()
        self.replies = self.dialogue.show(self.session, self.given())

    def given(self) -> Given:
        number = f"{self.turns:04d}"
        return Given(
            self.now,
            f"TEST-{number}",
            self.sent_today,
            self.answers_here,
            self.threads,
            self.added_today,
            self.reminder,
            self.kept,
        )

    # --- what a parent does ---

    def take(self, event: Event) -> Parent:
        step: Step = self.dialogue.take(self.session, event, self.given())
        self.turns += 1
        self.now += timedelta(seconds=20)
        self.session = Session.from_json(step.session.to_json())
        self.replies, self.effects = step.replies, step.effects
        self.said += step.replies
        for effect in step.effects:
            if isinstance(effect, Remind) and effect.what == "check_in":
                self.reminder, self.kept = effect.at, effect.keep if effect.at else ""
            if isinstance(effect, PassOn):
                self.passed_on.append(effect.concern)
                self.sent_today += 1
                if self.answers_here:
                    concern = effect.concern
                    thread = Thread(concern.reference, concern.kind, roles=concern.roles)
                    self.threads = (thread, *self.threads)
            elif isinstance(effect, AddToThread):
                self.added.append(effect)
                self.added_today += 1
        return self

    def taps_on(self, *choices: str) -> Parent:
        """Press these buttons, one after the other, each on the screen that is shown then."""
        for choice in choices:
            assert choice in self.offered(), f"{choice!r} is not offered in {self.state}"
            self.taps += 1
            self.take(Chose(self.question(choice), choice))
        return self

    def writes(self, *texts: str) -> Parent:
        for text in texts:
            self.take(Wrote(text))
        return self

    def commands(self, command: str, argument: str = "") -> Parent:
        return self.take(Commanded(command, argument))

    def is_reminded(self, what: str = "check_in") -> Parent:
        self.reminder = None
        return self.take(Reminded(what))

    def is_answered(self, reference: str, words: str, **how: bool) -> Parent:
        return self.take(Answered(reference, words, **how))

    def sends_a(self, what: str) -> Parent:
        return self.take(Attached(what))

    # --- what a parent sees ---

    @property
    def state(self) -> str:
        return self.session.state

    def offered(self) -> list[str]:
        """Everything that can be pressed on what is shown."""
        return [
            choice.id for reply in self.replies for choice in (*reply.choices, *reply.navigation)
        ]

    def question(self, choice: str) -> str:
        return next(
            reply.question
            for reply in self.replies
            if choice in [one.id for one in (*reply.choices, *reply.navigation)]
        )

    def label(self, choice: str) -> str:
        return next(
            one.label
            for reply in self.replies
            for one in (*reply.choices, *reply.navigation)
            if one.id == choice
        )

    def sees(self) -> str:
        """All that the latest turn said."""
        return "\n".join(reply.text for reply in self.replies)

    def has_seen(self) -> str:
        """All that was ever said."""
        return "\n".join(reply.text for reply in self.said)

    def preview(self) -> str:
        """The letter as the preview shows it."""
        return next(reply.text for reply in self.replies if reply.verbatim)

    def comes_back_after(self, **time: float) -> Parent:
        self.now += timedelta(**time)
        return self

    def copy(self) -> Parent:
        """The same conversation, to try another way from here."""
        other = Parent(self.dialogue, self.now, self.answers_here, self.sent_today)
        other.threads, other.added_today = self.threads, self.added_today
        other.session = replace(self.session)
        other.replies = self.dialogue.show(other.session, other.given())
        return other


def unbracketed(text: str) -> str:
    """What remains of a pseudo-language text outside its ⟦brackets⟧: must hold no words of ours."""
    while _BRACKETED.search(text):
        text = _BRACKETED.sub("", text)
    return text
