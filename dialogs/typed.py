"""What was typed, as a move: a command, a button in words, a phrase to heed, or words asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dialogs import safety, understanding
from dialogs.choices import Choices
from dialogs.draft import is_rude
from dialogs.flow import Flow
from dialogs.listening import Listening
from dialogs.moves import move
from dialogs.presses import Presses
from dialogs.text import clean, plain
from dialogs.turn import Turn
from dialogs.understanding import Understood

#: Whoever swears does so early on; only the tone of our answer depends on it.
SWEARING_CHARACTERS = 200
#: Where a short text is more likely a slip of "stop" than an answer: Jack is not "back".
LONG_WORDS = frozenset(
    {"draft", "what", "wait_task", "keep_post", "reword", "for_school", "write_back"}
)
#: Something that can be read; spaces of no width and lone marks are no words.
HAS_LETTERS = re.compile(r"[^\W_]")
#: What was found is on the screen: a long text is the next draft, a short one a button mistyped.
FOUND = frozenset({"findings", "kinder"})
#: Words are looked at here in the turn that they come in, and not kept.
LOOKED_AT = FOUND | {"draft", "reword"}
#: A post is pasted here.
PASTED = frozenset({"draft", "reword", "for_school", "keep_post"})
#: Phrases that ask for something rather than warn of something, and where they are heeded
#: among the states that wait for words.
INTENTS = frozenset({"formal", "wrong_school", "whistleblower"})
INTENT_STATES = LONG_WORDS | FOUND
#: How the names of messages end that say whether words were kept.
OF_KEEPING = ("too_long", "post_kept")
#: After these the safeguarding lead receives the concern as well.
WORRIES = frozenset({"urgent_now", "urgent", "staff"})


class Typed:
    """Takes words and commands. A choice that is returned is a guess, to be asked back."""

    def __init__(
        self,
        flow: Flow,
        choices: Choices,
        presses: Presses,
        listening: Mapping[str, Listening],
    ) -> None:
        self._flow = flow
        self._choices = choices
        self._presses = presses
        self._listening = listening

    def write(self, turn: Turn, words: str, guess: str) -> str:
        """`guess` is what was asked back last, if that waits for its yes or no."""
        words = clean(words)
        command, _, argument = words.removeprefix("/").partition(" ")
        if words.startswith("/") and (command.casefold() in self._flow.commands or not argument):
            self.command(turn, command, argument)
            return ""
        typed = plain(words[: 2 * understanding.LABEL_CHARACTERS])
        if guess:
            answer = self._choices.yes_or_no(turn, typed)
            if answer:
                self._presses.answer(turn, guess, answer)
                return ""
        short = len(words) <= understanding.LABEL_CHARACTERS
        pressed = self._choices.typed(turn, typed) if short else ""
        if pressed:
            self._presses.press(turn, pressed)
            return ""
        card = safety.card_for(words, self._listening[turn.language].phrases)
        if card and self._is_heeded(turn, card):
            self._show_card(turn, words, card)
        elif not words:
            turn.say("no_words")
        elif self._wants(turn, words):
            return self._keep_words(turn, words, typed if short else "")
        else:
            return self._guess(turn, words, typed if short else "")
        return ""

    def _wants(self, turn: Turn, words: str) -> bool:
        short = len(words) <= understanding.LABEL_CHARACTERS
        return self._flow.takes_text(turn.state) and not (short and turn.state in FOUND)

    def _is_heeded(self, turn: Turn, card: str) -> bool:
        """Whether a phrase changes the course here. A phrase about safety always does."""
        if card not in INTENTS:
            return True
        if card == "formal" and turn.unsent.get("kind") == "formal":
            return False
        # "I made a formal complaint in May" answers "who have you told", and asks for nothing.
        return turn.state in INTENT_STATES or not self._flow.takes_text(turn.state)

    def _show_card(self, turn: Turn, words: str, card: str) -> None:
        """A phrase outranks the screen. The words are kept where words were asked for.

        Where they are only looked at, a card that was shown before stands beside what is found:
        else whoever pastes the same post again would never see that.
        """
        wanted = bool(words) and self._wants(turn, words)
        again = wanted and turn.state in LOOKED_AT and card in turn.cards_shown()
        if wanted and (again or card != "child"):
            before = dict(turn.unsent)
            self._take(turn, words)
            if card in WORRIES and turn.unsent != before:
                turn.unsent["worry"] = card
            if not again:
                # A card speaks first; of the rest only what was kept or was not must be said.
                turn.notes = [note for note in turn.notes if note[0].endswith(OF_KEEPING)]
        if card in WORRIES:
            turn.answers["worry"] = card
        if again:
            turn.card_beside = card
            return
        turn.note_card_shown(card)
        move(self._flow, turn, card if card == "formal" else f"card_{card}")

    def _keep_words(self, turn: Turn, words: str, typed: str) -> str:
        """Words where words were asked for; a slip of a navigation word is asked back."""
        nearly = self._choices.nearly(turn, typed, navigation_only=True) if typed else None
        if nearly and turn.state in LONG_WORDS:
            return nearly.choice
        if not HAS_LETTERS.search(words):
            turn.say("no_words")
            return ""
        if turn.state in PASTED and self._is_no_post(turn, typed):
            turn.say("paste_it")
            return ""
        self._take(turn, words)
        return ""

    def _is_no_post(self, turn: Turn, typed: str) -> bool:
        """ "Yes" to "Shall I keep your post?", or the number of a button that is not there."""
        return bool(self._choices.yes_or_no(turn, typed)) or (len(typed) == 1 and typed.isdigit())

    def _take(self, turn: Turn, words: str) -> None:
        turn.words = words
        move(self._flow, turn, "wrote")

    def _guess(self, turn: Turn, words: str, typed: str) -> str:
        nearly: Understood | None = self._choices.nearly(turn, typed) if typed else None
        if nearly and nearly.sure:
            self._presses.press(turn, nearly.choice)
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

    def command(self, turn: Turn, command: str, argument: str) -> None:
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
