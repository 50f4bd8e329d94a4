"""What can be done on a screen: its choices, and which of them was typed."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2s

from dialogs.content import Content
from dialogs.flow import Flow
from dialogs.messages import Choice, Thread
from dialogs.prepared import NAVIGATION, NO, YES, Language
from dialogs.text import plain
from dialogs.turn import Turn
from dialogs.understanding import Understood, nearly, numbered
from dialogs.wording import Wording

#: No more buttons than these on one screen.
MOST_CHOICES = 5


class Choices:
    """The choices of all screens, in all languages."""

    def __init__(self, content: Content, flow: Flow, languages: Mapping[str, Language]) -> None:
        self._content = content
        self._flow = flow
        self._languages = languages

    def question(self, turn: Turn) -> str:
        """The id that the screen's buttons carry; a preview's names the letter it shows."""
        match turn.state:
            case "preview":
                letter = turn.concern()
                return f"preview.{letter.reference}.{_digest(letter.body)}"
            case "write_back_preview":
                added = turn.added()
                return f"write_back_preview.{added.reference}.{_digest(added.body)}"
            case "answered" | "is_it_sorted":
                return f"answered.{turn.open_reference()}"
            case "write_back" | "added" | "not_settled":
                return f"{turn.state}.{turn.open_reference()}"
            case state:
                return state

    def offered(self, turn: Turn) -> tuple[str, ...]:
        """The ids of everything that can be pressed on the screen."""
        hide = tuple(f"hide.{rule}" for rule in turn.findings) if turn.state == "findings" else ()
        return (*(choice.id for choice in self.here(turn)), *hide, *NAVIGATION)

    def here(self, turn: Turn) -> tuple[Choice, ...]:
        """The choices of the screen that the flow has a way for in this turn."""
        if turn.state == "language":
            return tuple(
                Choice(f"set.{code}", self._content.wordings[code].name)
                for code in self._content.offered
            )
        language = self._languages[turn.language]
        if turn.state == "answers":
            return tuple(
                Choice(f"thread.{thread.reference}", self._label(thread, language.wording))
                for thread in turn.given.threads[:MOST_CHOICES]
            )
        screen = language.screens[turn.state]
        offered = screen.choices
        if not screen.always:
            offered = tuple(
                one for one in offered if self._flow.may(turn, one.id.partition(".")[0])
            )
        suggested = turn.suggestion()
        if suggested:
            return tuple(sorted(offered, key=lambda one: one.id != suggested.choice))
        return offered

    def _label(self, thread: Thread, wording: Wording) -> str:
        label = wording.say(f"thread_{thread.kind}", reference=thread.reference)
        if thread.sorted:
            return wording.say("thread_sorted", thread=label)
        return wording.say("thread_answered", thread=label) if thread.answered else label

    def typed(self, turn: Turn, typed: str) -> str:
        """The choice that was typed as its number or in words, or empty."""
        language = self._languages[turn.language]
        choices = self.here(turn)
        screen = language.screens[turn.state]
        by_words = screen.vocabulary.exact(typed, {choice.id for choice in choices})
        by_number = numbered(typed, choices, language.navigation)
        if by_number is not None:
            return by_number.id
        if turn.state in ("language", "answers"):  # the id holds the code, or the reference
            names = ((one.id, (one.label, one.id.partition(".")[2])) for one in choices)
            said = {plain(name): choice for choice, both in names for name in both}
            return said.get(typed) or language.navigation_vocabulary.exact(typed, NAVIGATION)
        suggested = turn.suggestion()
        if suggested and not by_words and language.guess.exact(typed, (YES,)):
            return next((one.id for one in choices if one.id == suggested.choice), "")
        return by_words or language.navigation_vocabulary.exact(typed, NAVIGATION)

    def nearly(self, turn: Turn, typed: str, *, navigation_only: bool = False) -> Understood | None:
        """The choice that was typed with slips."""
        language = self._languages[turn.language]
        if navigation_only:
            return nearly(typed, language.navigation_words, slips_only=True)
        offered = {choice.id for choice in self.here(turn)}
        words = language.screens[turn.state].words
        known = tuple(one for one in words if one[1] in offered)
        return nearly(typed, (*known, *language.navigation_words))

    def yes_or_no(self, turn: Turn, typed: str) -> str:
        """The answer to "did you mean": `guess_yes`, `guess_no`, or empty."""
        digits = {"1": YES, "2": NO}
        return digits.get(typed) or self._languages[turn.language].guess.exact(typed, (YES, NO))


def _digest(body: str) -> str:
    """Tells one letter from the same letter with other words."""
    return blake2s(body.encode(), digest_size=6).hexdigest()
