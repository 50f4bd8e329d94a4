"""Every route leads where it must, and a flow with any one transition changed is noticed."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.flow import FLOW, Flow
from dialogs.source import read
from dialogs.turn import Turn
from tests.routes import NOT_ASKED, NOT_OFFERED, ROUTES, follow

#: Parts of the mutation check, which processes can share.
PARTS = 4


@pytest.mark.parametrize("route", ROUTES)
def test_the_route_leads_where_it_must(dialogue: Dialogue, route: str) -> None:
    assert follow(dialogue, route).state == ROUTES[route]


@pytest.mark.parametrize("route", NOT_OFFERED)
def test_what_would_lead_nowhere_is_not_offered(dialogue: Dialogue, route: str) -> None:
    assert wrongly_offered(dialogue, {route: NOT_OFFERED[route]}) == ""


def test_a_school_that_does_not_ask_about_other_children_does_not_offer_it(
    content: Content, flow: Flow
) -> None:
    assert wrongly_offered(Dialogue(not_asking(content), flow), NOT_ASKED) == ""


class Watched(Flow):
    """A flow that remembers by which trigger it was left from which state."""

    def __init__(self, flow: dict[str, Any]) -> None:
        super().__init__(flow)
        self.left: set[tuple[str, str]] = set()

    def move(self, turn: Turn, trigger: str) -> bool:
        self.left.add((turn.state, trigger))
        return super().move(turn, trigger)


def ways(content: Content, flow: dict[str, Any]) -> dict[str, set[tuple[str, str]]]:
    """For each route the states that it leaves, and by which trigger."""
    watched = Watched(flow)
    dialogue = Dialogue(content, watched)
    left = {}
    for route in ROUTES:
        watched.left = set()
        follow(dialogue, route)
        left[route] = watched.left
    return left


def mutants(flow: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each transition taken out, aimed elsewhere, and without its conditions."""
    for number, transition in enumerate(flow["transitions"]):
        for source in sources_of(transition):
            name = f"{source} {transition['trigger']} → {transition['dest']}"
            yield f"removed: {name}", changed(flow, number, source, None)
            elsewhere = "privacy" if transition["dest"] != "privacy" else "guide"
            yield f"re-aimed: {name}", changed(flow, number, source, {"dest": elsewhere})
            for rule in ("conditions", "unless"):
                if rule in transition:
                    yield f"no {rule}: {name}", changed(flow, number, source, {rule: None})


def sources_of(transition: dict[str, Any]) -> list[str]:
    source = transition["source"]
    return list(source) if isinstance(source, list) else [source]


def changed(
    flow: dict[str, Any], number: int, source: str, change: dict[str, Any] | None
) -> dict[str, Any]:
    """The flow with one transition of one source changed, or without it when `change` is None."""
    mutant = {**flow, "transitions": list(flow["transitions"])}
    transition = mutant["transitions"].pop(number)
    others = [one for one in sources_of(transition) if one != source]
    if change is not None:
        new = {**transition, "source": source, **change}
        mutant["transitions"].insert(
            number, {key: value for key, value in new.items() if key == "dest" or value is not None}
        )
    if others:
        mutant["transitions"].insert(number, {**transition, "source": others})
    return mutant


def notices(content: Content, mutant: dict[str, Any], first: list[str]) -> str:
    """The first route that goes wrong in a changed flow, or empty."""
    try:
        dialogue = Dialogue(content, Flow(mutant))
    except Exception as error:
        return repr(error)
    for route in [*first, *ROUTES]:
        try:
            if follow(dialogue, route).state != ROUTES[route]:
                return route
        except Exception:
            return route
    return wrongly_offered(dialogue, NOT_OFFERED) or wrongly_offered(
        Dialogue(not_asking(content), Flow(mutant)), NOT_ASKED
    )


def wrongly_offered(dialogue: Dialogue, table: dict[str, list[str]]) -> str:
    """A route after which something is offered that must not be, or empty."""
    for route, choices in table.items():
        offered = follow(dialogue, route).offered()
        if any(choice in offered for choice in choices):
            return route
    return ""


def not_asking(content: Content) -> Content:
    """The content of a school that does not ask about other children."""
    return replace(content, school=replace(content.school, asks_about_other_children=False))


@pytest.mark.skipif(
    "BYP_CONTENT" in os.environ, reason="the flow is the same in every language: once is enough"
)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_changed_transition_is_noticed(
    content: Content, tell: Callable[[str], None], part: int
) -> None:
    flow = read(FLOW).value
    assert not notices(content, flow, []), "the flow itself goes right"
    left = ways(content, flow)
    survivors = []
    count = 0
    for name, mutant in itertools.islice(mutants(flow), part, None, PARTS):
        count += 1
        # Routes that take this way notice first.
        source, trigger = name.split(": ", 1)[1].split()[:2]
        first = [route for route in ROUTES if (source, trigger) in left[route]]
        if not notices(content, mutant, first):
            survivors.append(name)

    noticed = count - len(survivors)
    tell(f"mutants of the flow, part {part + 1} of {PARTS}: {count}, noticed: {noticed}")
    assert not survivors, "\n".join(survivors)
