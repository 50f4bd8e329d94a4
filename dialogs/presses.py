"""What was pressed, as a move: a button of the screen, an old one, or one about a thread."""

from __future__ import annotations

from dialogs.choices import Choices
from dialogs.flow import Flow
from dialogs.moves import move
from dialogs.prepared import NO, YES
from dialogs.screens import OLD_BUTTON, THREAD_UNKNOWN
from dialogs.turn import Turn

#: These may be pressed on any screen, however old: they are always meant.
ALWAYS = frozenset({"help"})
#: The same of what can be done about a thread, where the button says which: `answered.K7Q2-M4XP`.
THREAD_QUESTION = "answered"
ABOUT_A_THREAD = frozenset({"write_back", "sorted", "not_sorted"})


class Presses:
    """Takes presses, and whatever else means the same as one."""

    def __init__(self, flow: Flow, choices: Choices) -> None:
        self._flow = flow
        self._choices = choices

    def choose(self, turn: Turn, question: str, choice: str, guess: str) -> None:
        """A button, of whichever screen; a yes or no means the `guess` that was asked back."""
        current = question == self._choices.question(turn)
        if current and guess and choice in (YES, NO):
            self.answer(turn, guess, choice)
            return
        asked, _, reference = question.partition(".")
        if asked == THREAD_QUESTION and choice in ABOUT_A_THREAD:
            self.about(turn, choice, reference)
        elif current and choice in self._choices.offered(turn):
            self.press(turn, choice)
        elif choice in ALWAYS:
            # Help is never refused. From an old screen it is shown beside the current one.
            turn.card_beside = self._flow.help_card
        else:
            turn.say(OLD_BUTTON)

    def answer(self, turn: Turn, guess: str, answer: str) -> None:
        """The yes or no to what was asked back."""
        if answer == YES and guess in self._choices.offered(turn):
            self.press(turn, guess)
        elif answer == NO:
            turn.say("guess_was_wrong")

    def press(self, turn: Turn, choice: str) -> None:
        """A choice that the screen offers."""
        trigger, _, argument = choice.partition(".")
        turn.choice, turn.argument = trigger, argument
        move(self._flow, turn, trigger)

    def about(self, turn: Turn, trigger: str, reference: str) -> None:
        """Something about one thread: of no effect when it is not this conversation's own."""
        if turn.thread(reference) is None:
            turn.say("answer_unknown" if turn.answer else THREAD_UNKNOWN)
            turn.answer = None
            return
        turn.choice, turn.argument = trigger, reference
        if trigger in ABOUT_A_THREAD:
            turn.open_thread()
        move(self._flow, turn, trigger)
