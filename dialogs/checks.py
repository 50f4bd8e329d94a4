"""What must be true of flow, words and rules together: each failure is a sentence with its line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from dialogs import draft, flow_checks, line_checks, listening, safety, screen_checks, word_checks
from dialogs.content import Content
from dialogs.source import Fault, Problem, Source

#: A signpost that nobody has looked up for so long may be wrong.
SIGNPOST_DAYS = 90
#: Beyond the last term a promise is a guess; a school has its next dates by then.
TERM_DAYS = 60


def problems(
    content: Content,
    flow: Source,
    names: Collection[str],
    today: date,
    said: Mapping[str, Collection[str]],
) -> list[Problem]:
    """All problems and warnings, in the order of files and lines.

    `flow` is flow.yaml as `source.read` gives it; `names` are the public methods of a turn; `said`
    are the texts that are said by name, by file.
    """
    found = [
        *content.warnings,
        *flow_checks.problems(flow, names),
        *_signposts(content, today),
        *_terms(content, today),
    ]
    routed = not any(problem.path == flow.path for problem in found)
    for language in content.wordings:
        offered = language in content.offered
        own = language == content.school.language
        if routed and offered:
            found += _screens(content, language, flow)
        if own:
            found += line_checks.problems(content, language, said)
        else:
            found += word_checks.translation_problems(content, language, warning=not offered)
        rules = content.sources[f"{language}/draft_check.yaml"]
        cards = content.sources[f"{language}/safety.yaml"]
        found += (rules.problem(fault, *place) for place, fault in rules.made(_rule_faults))
        found += (cards.problem(fault, *place) for place, fault in cards.made(_card_faults))
        found += _buttons(rules)
        found += screen_checks.fixed_problems(content, language, warning=not offered)
        found += word_checks.tone_problems(content, language)
        found += word_checks.hour_problems(content, language)
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


def _buttons(source: Source) -> Iterator[Problem]:
    """Each rule can be hidden with a button that names it."""
    rules = source.value.get("rules")
    for at, rule in enumerate(rules if isinstance(rules, list) else ()):
        name = rule.get("id") if isinstance(rule, dict) else ""
        if len(f"findings:hide.{name}".encode()) > screen_checks.BUTTON_BYTES:
            yield source.problem(
                f'"{name}" is too long a name; its button would be longer than '
                f"{screen_checks.BUTTON_BYTES} bytes",
                "rules",
                at,
            )


def _rule_faults(source: Source) -> Sequence[Fault]:
    return draft.problems(source.value, lambda _: source.made(listening.rules_of))


def _card_faults(source: Source) -> Sequence[Fault]:
    return safety.problems(source.value, lambda _: source.made(listening.phrases_of))


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


def _terms(content: Content, today: date) -> Iterator[Problem]:
    ends = content.school.calendar().ends
    if (ends - today).days < TERM_DAYS:
        yield content.sources["school.yaml"].problem(
            f"the term dates end on {ends}; add the next ones, or the promised days after that are "
            "a guess",
            "terms",
            warning=True,
        )
