"""A letter as its parent sees it before Send, with what may have been overlooked in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dialogs.messages import AddToThread, Concern, Reply
from dialogs.prepared import Language
from dialogs.text import has_one_of, plain
from dialogs.turn import Turn


def concern(turn: Turn, language: Language, head: str) -> tuple[Reply, ...]:
    """The preview of a concern. `head` is the name of the headteacher, or empty."""
    letter = turn.concern()
    return _preview(language, letter, _hints(turn, language, letter, head))


def addition(turn: Turn, language: Language, head: str) -> tuple[Reply, ...]:
    """The preview of what a parent adds to a thread."""
    letter = turn.added()
    to_head = "head" in letter.roles and _speaks_of(head, turn.addition(), language)
    return _preview(language, letter, ["is_it_the_head_too"] if to_head else [])


def _preview(
    language: Language, letter: Concern | AddToThread, hints: Iterable[str]
) -> tuple[Reply, ...]:
    say = language.wording.say
    return (
        Reply(say("preview_intro")),
        Reply(f"{letter.subject}\n\n{letter.body}", verbatim=True),
        *(Reply(say(hint)) for hint in hints),
    )


def _hints(turn: Turn, language: Language, letter: Concern, head: str) -> Iterator[str]:
    if any(gap in turn.unsent["what"] for gap in turn.facts.gaps.values()):
        yield "gap_left"
    if turn.unsent["answer"] == "unnamed" and turn.unsent.get("child_name"):
        yield "unnamed_child"
    said = (turn.unsent.get(field, "") for field in ("what", "when", "told", "right"))
    if "head" in letter.roles and _speaks_of(head, " / ".join(said), language):
        yield "is_it_the_head"


def _speaks_of(head: str, words: str, language: Language) -> bool:
    """By a word for the job, or by name. Another title before the surname may be a slip."""
    name = plain(head)
    _, _, surname = name.rpartition(" ")
    titles = language.listening.rules.names.titles if surname else ()
    named = (f"{title} {surname}" for title in titles)
    return has_one_of(words, (*language.wording.also["head"], *named, *([name] * bool(name))))
