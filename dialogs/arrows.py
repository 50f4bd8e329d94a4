"""The flow as arrows between states, and the states in groups that belong on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True)
class Arrow:
    """All triggers that lead from one state to another under the same conditions.

    `dest` is empty where the turn stays, or goes where `before` puts it.
    """

    source: str
    dest: str
    triggers: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    before: tuple[str, ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        return (
            *(f"if {name}" for name in self.conditions),
            *(f"unless {name}" for name in self.unless),
        )


@dataclass(frozen=True, slots=True)
class Group:
    """States that are drawn together, named after the first of them."""

    title: str
    states: tuple[str, ...]


def arrows(flow: Mapping[str, Any]) -> tuple[Arrow, ...]:
    """Every transition, in the order of the file; one from anywhere is one arrow."""
    found: dict[tuple[object, ...], Arrow] = {}
    for one in flow["transitions"]:
        dest = one.get("dest") or ""
        conditions, unless = _names(one.get("conditions")), _names(one.get("unless"))
        before = _names(one.get("before"))
        for source in _names(one["source"]):
            source = ANYWHERE if source == "*" else source
            key = (source, dest, conditions, unless, before if not dest else ())
            already = found[key].triggers if key in found else ()
            triggers = (*already, one["trigger"])
            found[key] = Arrow(source, dest, triggers, conditions, unless, before)
    return tuple(found.values())


def groups(flow: Mapping[str, Any]) -> tuple[Group, ...]:
    """The path from the first state, each round that can be walked again, cards, and the rest.

    A round is what lies between a state that is passed through and itself. A state outside all
    rounds is drawn with the round that it leads into, or else with the one that leads to it.
    """
    cards = set(flow["cards"])
    ways: dict[str, list[str]] = {state: [] for state in flow["states"]}
    for arrow in arrows(flow):
        if arrow.source != ANYWHERE and arrow.dest and not cards & {arrow.source, arrow.dest}:
            ways[arrow.source].append(arrow.dest)
    home: dict[str, str] = {}
    for core in flow["passing"]:
        for state in flow["states"]:
            if state == core or (state in reached(core, ways) and core in reached(state, ways)):
                home.setdefault(state, core)
    _settle([state for state in flow["states"] if state not in cards], ways, home)
    members: dict[str, list[str]] = {core: [] for core in flow["passing"]}
    for state in flow["states"]:
        if state in home:
            members[home[state]].append(state)
    rest = [state for state in flow["states"] if state not in home and state not in cards]
    parts = [*members.values(), [ANYWHERE, *rest], [one for one in flow["states"] if one in cards]]
    return tuple(Group(part[0], tuple(part)) for part in parts if part)


def _settle(states: Sequence[str], ways: Mapping[str, Sequence[str]], home: dict[str, str]) -> None:
    """Give each state the home of what it leads to, or else of what leads to it."""
    for _ in states:
        for state in states:
            ahead = [home[one] for one in reached(state, ways) if one in home]
            behind = [home[one] for one in states if state in ways[one] and one in home]
            if state not in home and (ahead or behind):
                home[state] = (ahead or behind)[0]


def reached(state: str, ways: Mapping[str, Sequence[str]]) -> list[str]:
    """Every state that can be reached by at least one arrow, nearest first."""
    found: list[str] = []
    waiting = list(ways[state])
    while waiting:
        one = waiting.pop(0)
        if one not in found:
            found.append(one)
            waiting += ways[one]
    return found


def _names(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]
