"""The dialogue: one event in, the next session and what to say and do out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dialogs.choices import Choices
from dialogs.content import Content
from dialogs.daytime import TimeWords
from dialogs.flow import Flow
from dialogs.following import FOLLOWING
from dialogs.listening import Listening
from dialogs.messages import (
    Answered,
    Chose,
    Commanded,
    Effect,
    Event,
    Given,
    Reminded,
    Reply,
    Wrote,
)
from dialogs.moves import move
from dialogs.prepared import prepare
from dialogs.presses import Presses
from dialogs.rules import FAMILIES
from dialogs.screens import Screens
from dialogs.session import Session
from dialogs.turn import Turn
from dialogs.typed import Typed
from dialogs.working import Facts


@dataclass(frozen=True, slots=True)
class Step:
    """What a turn produced."""

    session: Session
    replies: tuple[Reply, ...]
    effects: tuple[Effect, ...] = ()


class Dialogue:
    """Takes turns. Holds no conversation: all that it knows of one is in the session."""

    def __init__(self, content: Content, flow: Flow) -> None:
        self._content = content
        self._flow = flow
        self._listening = {code: Listening.of(content, code) for code in content.wordings}
        languages = {
            code: prepare(wording, self._listening[code], flow)
            for code, wording in content.wordings.items()
        }
        self._choices = Choices(content, flow, languages)
        self._presses = Presses(flow, self._choices)
        self._typed = Typed(flow, self._choices, self._presses, self._listening)
        self._screens = Screens(content, flow, languages, self._choices)
        self._shown = flow.states - flow.passing
        self._facts = {
            code: Facts(
                concern_characters=content.school.limits.concern_characters,
                concerns_a_day=content.school.limits.concerns_a_day,
                asks_about_other_children=content.school.asks_about_other_children,
                promise=content.promise,
                listening=self._listening[code],
                gaps={family: wording.messages[f"gap_{family}"] for family in FAMILIES},
                articles=frozenset(wording.also.get("articles", ())),
                times=TimeWords.of(wording.also),
                letter=self._screens.letter,
            )
            for code, wording in content.wordings.items()
        }

    def ready(self) -> None:
        """Compile what is else compiled at the first need, while a parent waits."""
        for one in self._listening.values():
            _ = one.rules, one.phrases

    def begin(self, language: str = "") -> Session:
        """A new conversation. A language that is not offered becomes the school's own."""
        offered = self._content.offered
        return Session(
            state=self._flow.initial, language=language if language in offered else offered[0]
        )

    def show(self, session: Session, given: Given) -> tuple[Reply, ...]:
        """What the parent sees now; says again whatever was lost on the way."""
        turn = self._turn(session, given)
        if session.guess:
            return self._screens.ask_back(turn, session.guess)
        return self._screens.show(turn)

    def take(self, session: Session, event: Event, given: Given) -> Step:
        """One turn. A session whose state the flow no longer has starts again, kindly."""
        turn = self._turn(session, given)
        changed = turn.state != session.state
        if changed:
            turn.say("thread_unknown" if session.state in FOLLOWING else "content_changed")
        guess = ""
        match event:
            case Chose() if changed:
                pass  # its question is gone
            case Chose(question, choice):
                self._presses.choose(turn, question, choice, session.guess)
            case Wrote(words):
                guess = self._typed.write(turn, words, session.guess)
            case Commanded(command, argument):
                self._typed.command(turn, command, argument)
            case Reminded(what):
                name, _, reference = what.partition(".")
                if not reference:
                    move(self._flow, turn, self._flow.reminders[name])
                else:
                    self._presses.about(turn, self._flow.reminders[name], reference)
                    guess = session.guess if turn.state == session.state else ""
            case Answered(reference):
                turn.answer = event
                self._presses.about(turn, "answered", reference)
                guess = session.guess if turn.state == session.state else ""
            case _:
                turn.say("edited" if event.what == "edited" else "no_files")
        after = turn.session(guess)
        if guess:
            return Step(after, self._screens.ask_back(turn, guess), tuple(turn.effects))
        return Step(after, self._screens.show(turn), tuple(turn.effects))

    def _turn(self, session: Session, given: Given) -> Turn:
        if session.language not in self._facts:
            session = replace(session, language=self.begin().language)
        if session.state not in self._shown:
            # The words that were typed stay; the way here leads nowhere any more.
            session = replace(session, state=self._flow.initial, trail=(), guess="")
        turn = Turn(session, given, self._facts[session.language])
        turn.cards = self._flow.cards
        turn.resting = self._flow.resting
        if turn.state in FOLLOWING and not turn.can_show(turn.state):
            turn.state, turn.trail = self._flow.initial, []
        return turn
