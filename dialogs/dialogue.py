"""The dialogue: one event in, the next session and what to say and do out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from dialogs import safety, understanding
from dialogs.choices import Choices
from dialogs.content import Content
from dialogs.daytime import TimeWords
from dialogs.draft import is_rude
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
from dialogs.prepared import NO, YES, prepare
from dialogs.rules import FAMILIES
from dialogs.screens import OLD_BUTTON, THREAD_UNKNOWN, Screens
from dialogs.session import Session
from dialogs.text import clean, plain
from dialogs.turn import Turn
from dialogs.understanding import Understood
from dialogs.working import Facts

#: These may be pressed on any screen, however old: they are always meant.
ALWAYS = frozenset({"help"})
#: The same of what can be done about a thread, where the button says which: `answered.K7Q2-M4XP`.
THREAD_QUESTION = "answered"
ABOUT_A_THREAD = frozenset({"write_back", "sorted", "not_sorted"})

#: Whoever swears does so early on; only the tone of our answer depends on it.
SWEARING_CHARACTERS = 200
#: Where a short text is more likely a slip of "stop" than an answer: Jack is not "back".
LONG_WORDS = frozenset(
    {"draft", "what", "wait_task", "keep_post", "reword", "for_school", "write_back"}
)
#: Something that can be read; spaces of no width and lone marks are no words.
HAS_LETTERS = re.compile(r"[^\W_]")
#: Phrases that ask for something rather than warn of something, and where they are heeded
#: among the states that wait for words.
INTENTS = frozenset({"formal", "wrong_school", "whistleblower"})
INTENT_STATES = LONG_WORDS
#: After these the safeguarding lead receives the concern as well.
WORRIES = frozenset({"urgent_now", "urgent", "staff"})


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
                guess = self._take_choice(turn, question, choice, session.guess)
            case Wrote(words):
                guess = self._take_words(turn, words, session.guess)
            case Commanded(command, argument):
                self._take_command(turn, command, argument)
            case Reminded(what):
                name, _, reference = what.partition(".")
                if not reference:
                    move(self._flow, turn, self._flow.reminders[name])
                else:
                    self._take_thread(turn, self._flow.reminders[name], reference)
                    guess = session.guess if turn.state == session.state else ""
            case Answered(reference):
                turn.answer = event
                self._take_thread(turn, "answered", reference)
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

    # --- buttons ---

    def _take_choice(self, turn: Turn, question: str, choice: str, guess: str) -> str:
        current = question == self._choices.question(turn)
        if current and guess and choice in (YES, NO):
            return self._answer_guess(turn, guess, choice)
        asked, _, reference = question.partition(".")
        if asked == THREAD_QUESTION and choice in ABOUT_A_THREAD:
            self._take_thread(turn, choice, reference)
        elif current and choice in self._choices.offered(turn):
            self._press(turn, choice)
        elif choice in ALWAYS:
            # Help is never refused. From an old screen it is shown beside the current one.
            turn.card_beside = self._flow.help_card
        else:
            turn.say(OLD_BUTTON)
        return ""

    def _answer_guess(self, turn: Turn, guess: str, answer: str) -> str:
        if answer == YES and guess in self._choices.offered(turn):
            self._press(turn, guess)
        elif answer == NO:
            turn.say("guess_was_wrong")
        return ""

    def _press(self, turn: Turn, choice: str) -> None:
        trigger, _, argument = choice.partition(".")
        turn.choice, turn.argument = trigger, argument
        move(self._flow, turn, trigger)

    # --- threads ---

    def _take_thread(self, turn: Turn, trigger: str, reference: str) -> None:
        """Something about one thread: of no effect when it is not this conversation's own."""
        if turn.thread(reference) is None:
            turn.say("answer_unknown" if turn.answer else THREAD_UNKNOWN)
            turn.answer = None
            return
        turn.choice, turn.argument = trigger, reference
        if trigger in ABOUT_A_THREAD:
            turn.open_thread()
        move(self._flow, turn, trigger)

    # --- words ---

    def _take_words(self, turn: Turn, words: str, guess: str) -> str:
        words = clean(words)
        command, _, argument = words.removeprefix("/").partition(" ")
        if words.startswith("/") and (command.casefold() in self._flow.commands or not argument):
            self._take_command(turn, command, argument)
            return ""
        typed = plain(words[: 2 * understanding.LABEL_CHARACTERS])
        if guess:
            answer = self._choices.yes_or_no(turn, typed)
            if answer:
                return self._answer_guess(turn, guess, answer)
        short = len(words) <= understanding.LABEL_CHARACTERS
        pressed = self._choices.typed(turn, typed) if short else ""
        if pressed:
            self._press(turn, pressed)
            return ""
        card = safety.card_for(words, self._listening[turn.language].phrases)
        if card and self._is_heeded(turn, card):
            self._show_card(turn, words, card)
        elif not words:
            turn.say("no_words")
        elif self._flow.takes_text(turn.state):
            return self._keep_words(turn, words, typed if short else "")
        else:
            return self._guess(turn, words, typed if short else "")
        return ""

    def _is_heeded(self, turn: Turn, card: str) -> bool:
        """Whether a phrase changes the course here. A phrase about safety always does."""
        if card not in INTENTS:
            return True
        if card == "formal" and turn.unsent.get("kind") == "formal":
            return False
        # "I made a formal complaint in May" answers "who have you told", and asks for nothing.
        return turn.state in INTENT_STATES or not self._flow.takes_text(turn.state)

    def _show_card(self, turn: Turn, words: str, card: str) -> None:
        """A phrase outranks the screen. The words are kept where words were asked for."""
        if words and card != "child" and self._flow.takes_text(turn.state):
            before = dict(turn.unsent)
            self._write(turn, words)
            if card in WORRIES and turn.unsent != before:
                turn.unsent["worry"] = card
            # A card speaks first; of the rest only what was not kept must be said.
            turn.notes = [note for note in turn.notes if note[0].endswith("too_long")]
        if card in WORRIES:
            turn.answers["worry"] = card
        move(self._flow, turn, card if card == "formal" else f"card_{card}")

    def _keep_words(self, turn: Turn, words: str, typed: str) -> str:
        """Words where words were asked for; a slip of a navigation word is asked back."""
        nearly = self._choices.nearly(turn, typed, navigation_only=True) if typed else None
        if nearly and turn.state in LONG_WORDS:
            return nearly.choice
        if not HAS_LETTERS.search(words):
            turn.say("no_words")
            return ""
        self._write(turn, words)
        return ""

    def _write(self, turn: Turn, words: str) -> None:
        turn.words = words
        move(self._flow, turn, "wrote")

    def _guess(self, turn: Turn, words: str, typed: str) -> str:
        nearly: Understood | None = self._choices.nearly(turn, typed) if typed else None
        if nearly and nearly.sure:
            self._press(turn, nearly.choice)
        elif nearly:
            return nearly.choice
        elif is_rude(words[:SWEARING_CHARACTERS], self._listening[turn.language].rules):
            turn.say("swearing_is_fine")
        elif turn.state == self._flow.initial:
            turn.say("heard_you")
        elif turn.sent:
            turn.say("not_understood_after")
        else:
            turn.say("not_understood")
        return ""

    # --- commands ---

    def _take_command(self, turn: Turn, command: str, argument: str) -> None:
        """A command; words behind it, or behind a slash by mistake, are heard for safety."""
        card = safety.card_for(
            clean(f"{command} {argument}"), self._listening[turn.language].phrases
        )
        if card and card not in INTENTS:
            self._show_card(turn, "", card)
            return
        command, argument = command.casefold(), argument.strip().casefold()
        if command == "start" and argument in self._flow.links:
            command = argument
        trigger = self._flow.commands.get(command)
        if trigger is None:
            turn.say("unknown_command")
            return
        turn.choice = trigger
        move(self._flow, turn, trigger)
