"""What can be done with a language's screens before any turn, done once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dialogs.flow import Flow
from dialogs.following import FOLLOWING
from dialogs.listening import Listening
from dialogs.messages import Choice, Reply
from dialogs.understanding import Vocabulary
from dialogs.wording import Wording

#: On every screen, in this order, numbered from 6.
NAVIGATION = ("help", "talk", "back", "stop")

#: A line of its own in a text begins a new message.
PAGE = "\n---\n"

YES, NO = "guess_yes", "guess_no"

#: Their choices, or the id that their buttons carry, differ from turn to turn.
VARYING = FOLLOWING | {"language", "preview"}


@dataclass(frozen=True, slots=True)
class Prepared:
    """One screen of one language, with all done that can be done before a turn.

    `replies` show it, when nothing on it differs from turn to turn; else there are none.
    """

    pages: tuple[str, ...]
    choices: tuple[Choice, ...]
    always: bool
    replies: tuple[Reply, ...]
    vocabulary: Vocabulary
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Language:
    wording: Wording
    listening: Listening
    navigation: tuple[Choice, ...]
    navigation_vocabulary: Vocabulary
    navigation_words: tuple[tuple[str, str], ...]
    guess: Vocabulary
    screens: Mapping[str, Prepared] = field(default_factory=dict)


def prepare(wording: Wording, listening: Listening, flow: Flow) -> Language:
    """Everything of one language that does not depend on a turn."""
    labels = {choice: wording.messages[f"nav_{choice}"] for choice in NAVIGATION}
    also = {choice: wording.also[choice] for choice in NAVIGATION}
    guess = {YES: wording.messages[YES], NO: wording.messages[NO]}
    vocabulary = Vocabulary(labels, also)
    navigation = tuple(Choice(choice, label) for choice, label in labels.items())
    return Language(
        wording=wording,
        listening=listening,
        navigation=navigation,
        navigation_vocabulary=vocabulary,
        navigation_words=tuple(vocabulary.choice_of.items()),
        guess=Vocabulary(guess, {YES: wording.also["yes"], NO: wording.also["no"]}),
        screens={state: _screen(wording, state, flow, navigation) for state in wording.screens},
    )


def _screen(wording: Wording, state: str, flow: Flow, navigation: tuple[Choice, ...]) -> Prepared:
    screen = wording.screens[state]
    vocabulary = Vocabulary(screen.choices, screen.also)
    pages = tuple(page.strip("\n") for page in f"\n{screen.text}\n".split(PAGE))
    choices = tuple(Choice(choice, label) for choice, label in screen.choices.items())
    always = all(flow.always(state, choice.partition(".")[0]) for choice in screen.choices)
    same = always and state not in VARYING and not any("$" in page for page in pages)
    return Prepared(
        pages=pages,
        choices=choices,
        always=always,
        replies=spread(pages, state, choices, navigation, flow.takes_text(state)) if same else (),
        vocabulary=vocabulary,
        words=tuple(vocabulary.choice_of.items()),
    )


def spread(
    pages: Sequence[str],
    question: str,
    choices: tuple[Choice, ...],
    navigation: tuple[Choice, ...],
    asks_for_words: bool,
) -> tuple[Reply, ...]:
    """One reply for each page; the last carries the choices."""
    *before, last = pages
    return (
        *(Reply(page) for page in before),
        Reply(last, question, choices, navigation, asks_for_words=asks_for_words),
    )
