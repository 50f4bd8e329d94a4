"""What must be true of flow, words and rules together: each failure is a sentence with its line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from dialogs import draft, flow_checks, screen_checks, word_checks
from dialogs.content import Content
from dialogs.source import Place, Problem, Source

#: A signpost that nobody has looked up for so long may be wrong.
SIGNPOST_DAYS = 90


def problems(content: Content, flow: Source, names: Collection[str], today: date) -> list[Problem]:
    """All problems and warnings, in the order of files and lines.

    `flow` is flow.yaml as `source.read` gives it; `names` are the public methods of a turn.
    """
    found = [*content.warnings, *flow_checks.problems(flow, names), *_signposts(content, today)]
    routed = not any(problem.path == flow.path for problem in found)
    for language in content.wordings:
        offered = language in content.offered
        own = language == content.school.language
        if routed and offered:
            found += _screens(content, language, flow)
        if not own:
            found += word_checks.translation_problems(content, language, warning=not offered)
        found += _rules(content.sources[f"{language}/draft_check.yaml"])
        found += word_checks.tone_problems(content, language)
        if language == "en":  # the formula knows no other language
            found += word_checks.reading_problems(content, language)
    return sorted(set(found))


def _screens(content: Content, language: str, flow: Source) -> Iterator[Problem]:
    ways = flow_checks.ways(flow)
    showing = {
        state: tuple(way for way in ways if way.leaves(state))
        for state in flow.value["states"]
        if state not in flow.value["passing"]
    }
    return screen_checks.screen_problems(content, language, showing, flow)


def _rules(source: Source) -> Iterator[Problem]:
    """What the draft check says of its rules, on the lines they stand on."""
    rules = source.value.get("rules") if isinstance(source.value, dict) else None
    places = {
        one["id"]: index
        for index, one in enumerate(rules if isinstance(rules, list) else ())
        if isinstance(one, dict) and isinstance(one.get("id"), str)
    }
    for sentence in draft.problems(source.value):
        named = re.match(r"rule (\S+) ", sentence)
        place: Place = ("rules",) if named else ()
        if named and named[1] in places:
            place = _example(source.value["rules"], places[named[1]], sentence)
        yield source.problem(sentence, *place)
    for name, index in places.items():
        button = f"findings:hide.{name}"
        if len(button.encode()) > screen_checks.BUTTON_BYTES:
            yield source.problem(
                f'"{name}" is too long a name; its button would be longer than '
                f"{screen_checks.BUTTON_BYTES} bytes",
                "rules",
                index,
            )


def _example(rules: Sequence[Mapping[str, Any]], index: int, sentence: str) -> Place:
    """The line of the example that a sentence quotes, or else of its rule."""
    for key in ("fires", "passes"):
        examples = rules[index].get(key)
        for at, example in enumerate(examples if isinstance(examples, list) else ()):
            if sentence.endswith(f'"{example}"'):
                return ("rules", index, key, at)
    return ("rules", index)


def _signposts(content: Content, today: date) -> Iterator[Problem]:
    source = content.sources["signposts.yaml"]
    for name, signpost in content.signposts.items():
        days = (today - signpost.checked_on).days
        if days > SIGNPOST_DAYS and name in source.value:
            yield source.problem(
                f"{signpost.label} was last looked up {days} days ago; look it up again and "
                f"change its date",
                name,
                "checked_on",
                warning=True,
            )
        elif days < 0:
            yield source.problem(f"{signpost.checked_on} has not come yet", name, "checked_on")
