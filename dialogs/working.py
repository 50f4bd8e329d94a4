"""The working copy of a session that one turn changes, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from dialogs import intake
from dialogs.daytime import TimeWords
from dialogs.kinder import Kinder
from dialogs.letter import Letter
from dialogs.listening import Listening
from dialogs.messages import Concern, Effect, Finding, Given
from dialogs.session import Session

#: Under this name the answers hold the rules whose findings the parent hid.
NOT_RIGHT = "not_right"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a turn needs to know of the school and the language."""

    concern_characters: int
    concerns_a_day: int
    asks_about_other_children: bool
    promise: Callable[[datetime], date]
    listening: Listening
    gaps: Mapping[str, str]
    articles: frozenset[str]
    times: TimeWords
    letter: Letter


class Working:
    """A session while one event is taken. Thrown away when a turn fails: that is the rollback."""

    def __init__(self, session: Session, given: Given, facts: Facts) -> None:
        self.state = session.state
        self.language = session.language
        self.answers = dict(session.answers)
        self.unsent = dict(session.unsent)
        self.sent = dict(session.sent)
        self.trail = list(session.trail)
        self.findings = list(session.findings)
        self.given = given
        self.facts = facts
        self.words = ""
        self.choice = ""
        self.argument = ""
        self.cards: frozenset[str] = frozenset()
        self.found: tuple[Finding, ...] = ()
        self.kinder: Kinder | None = None
        self.effects: list[Effect] = []
        self.notes: list[tuple[str, dict[str, str]]] = []
        self.way_is_closed = False
        self.card_beside = ""
        self.composed: Concern | None = None

    def session(self, guess: str) -> Session:
        """What is saved after this turn."""
        return Session(
            state=self.state,
            language=self.language,
            answers=self.answers,
            unsent=self.unsent,
            sent=self.sent,
            trail=tuple(self.trail),
            findings=tuple(self.findings),
            guess=guess,
        )

    def say(self, message: str, **values: object) -> None:
        """Say a message of the wording before the screen."""
        self.notes.append((message, {key: str(value) for key, value in values.items()}))

    def is_worried_about_a_child(self) -> bool:
        """The parent said so, or wrote so: the safeguarding lead receives the concern too."""
        return "worry" in self.answers or self.answers.get("safety") in ("now", "worried")

    def not_right(self) -> list[str]:
        """The rules whose findings the parent hid, by id."""
        return self.answers.get(NOT_RIGHT, "").split()

    def reminder_due(self) -> datetime:
        """When the reminder comes that the screen speaks of."""
        return datetime.fromisoformat(self.answers["reminder"]).astimezone(self.given.now.tzinfo)

    # The way here and back.

    def came_from(self) -> str:
        """The latest state on the way here that was not a card."""
        return next((state for state in reversed(self.trail) if state not in self.cards), "")

    def step_back(self) -> None:
        self.state = self._pop()
        self.answers.pop(self.state, None)

    def return_from_card(self) -> None:
        self.state = self._pop()
        while self.state in self.cards:
            self.state = self._pop()

    def _pop(self) -> str:
        """The latest other state on the way here that can still be shown."""
        while self.trail:
            state = self.trail.pop()
            if state != self.state and self.can_show(state):
                return state
        return "hello"

    def can_show(self, state: str) -> bool:
        """Whether a state still has what its screen speaks of."""
        match state:
            case "too_long":
                return "long" in self.unsent
            case "preview":
                return "reference" in self.unsent and not intake.missing(self.unsent)
            case "address":
                return self.unsent.get("answer") in ("email", "phone")
            case "sent":
                return "reference" in self.sent
            case "keep_post" | "reminder_set" | "reminder_waits":
                return "reminder" in self.answers
            case _:
                return True
