"""What must be true of flow.yaml. The state machine's library accepts all of these in silence."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dialogs.source import Problem, Source, did_you_mean

#: The keys of flow.yaml, and what each holds.
KEYS: Mapping[str, type] = {
    "initial": str,
    "passing": list,
    "cards": list,
    "resting": list,
    "help_card": str,
    "commands": dict,
    "links": list,
    "reminders": dict,
    "states": list,
    "transitions": list,
}
PARTS = ("trigger", "source", "dest", "conditions", "unless", "before")
ANYWHERE = "*"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Way:
    """One transition. `sources` is ("*",) for anywhere; `dest` is empty where the turn stays."""

    index: int
    trigger: str
    sources: tuple[str, ...]
    dest: str
    conditions: frozenset[str]
    unless: frozenset[str]
    before: tuple[str, ...] = ()

    def leaves(self, state: str) -> bool:
        return state in self.sources or ANYWHERE in self.sources

    def is_taken_before(self, other: Way) -> bool:
        """Whether `other` has no chance where this one comes first."""
        return self.conditions <= other.conditions and self.unless <= other.unless


def ways(flow: Source) -> tuple[Way, ...]:
    """The transitions that can be read, in order; what cannot is `shape_problems`' business."""
    return tuple(
        Way(
            index,
            one["trigger"],
            _names(one["source"]),
            one.get("dest") or "",
            frozenset(_names(one.get("conditions"))),
            frozenset(_names(one.get("unless"))),
            _names(one.get("before")),
        )
        for index, one in enumerate(flow.value["transitions"])
    )


def problems(flow: Source, names: Collection[str]) -> Iterator[Problem]:
    """Everything wrong with the routing. `names` are the public methods of a turn."""
    wrong = tuple(_misshapen(flow))
    yield from wrong
    if wrong:
        return
    found = ways(flow)
    yield from _states(flow)
    for way in found:
        yield from _ends(flow, way)
        yield from _callbacks(flow, way, names)
    yield from _hidden(flow, found)
    yield from _unreachable(flow, found)
    yield from _stuck(flow, found)
    yield from _starts(flow, found)


def _misshapen(flow: Source) -> Iterator[Problem]:
    if not isinstance(flow.value, dict):
        yield flow.problem("should hold states and transitions")
        return
    for key in flow.value.keys() - KEYS.keys():
        yield flow.problem(f'there is no "{key}" in a flow{did_you_mean(key, KEYS)}', key)
    for key, kind in KEYS.items():
        if not isinstance(flow.value.get(key), kind):
            yield flow.problem(f'"{key}" is missing or is not what it should be', key)
    for key in ("states", "passing", "cards", "resting", "links", "commands", "reminders"):
        held = flow.value.get(key)
        for place, one in held.items() if isinstance(held, dict) else enumerate(_list(held)):
            if not isinstance(one, str):
                yield flow.problem("should be a name, in quotes if need be", key, place)
    for index, one in enumerate(_list(flow.value.get("transitions"))):
        yield from _misshapen_way(flow, index, one)


def _misshapen_way(flow: Source, index: int, one: object) -> Iterator[Problem]:
    place = ("transitions", index)
    if not isinstance(one, dict):
        yield flow.problem("should hold trigger, source and dest", *place)
        return
    for key in one.keys() - set(PARTS):
        yield flow.problem(
            f'there is no "{key}" in a transition{did_you_mean(key, PARTS)}', *place, key
        )
    for key in ("trigger", "source", "dest"):
        if key not in one:
            yield flow.problem(f'this transition has no "{key}"', *place)
    if not isinstance(one.get("trigger", ""), str):
        yield flow.problem('"trigger" should be a name, in quotes if need be', *place)
    if not isinstance(one.get("dest"), str | None):
        yield flow.problem('"dest" should be one state, or null to stay', *place)
    for key, value in one.items():
        if key not in ("source", "conditions", "unless", "before"):
            continue
        if value is None or (key == "source" and value in ("", [])):
            yield flow.problem(f'"{key}" is empty', *place)
        elif not isinstance(value, str) and not (
            isinstance(value, list) and all(isinstance(each, str) for each in value)
        ):
            yield flow.problem(f'"{key}" should be a name or a list of names', *place)


def _states(flow: Source) -> Iterator[Problem]:
    states = flow.value["states"]
    for index, state in enumerate(states):
        if state in states[:index]:
            yield flow.problem(f'the state "{state}" is here a second time', "states", index)
        if not _NAME.fullmatch(state):
            yield flow.problem(
                f'"{state}" is no name: small letters, digits and _', "states", index
            )
    for key in ("passing", "cards", "resting"):
        for index, state in enumerate(flow.value[key]):
            if state not in states:
                yield flow.problem(_no_state(state, states), key, index)
    for index, command in enumerate(flow.value["links"]):
        if command not in flow.value["commands"]:
            known = did_you_mean(command, flow.value["commands"])
            yield flow.problem(f'there is no command "{command}"{known}', "links", index)
    if flow.value["initial"] not in states:
        yield flow.problem(_no_state(flow.value["initial"], states), "initial")
    if flow.value["help_card"] not in flow.value["cards"]:
        yield flow.problem(f'"{flow.value["help_card"]}" is not one of the cards', "help_card")


def _ends(flow: Source, way: Way) -> Iterator[Problem]:
    states = flow.value["states"]
    place = ("transitions", way.index)
    if not _NAME.fullmatch(way.trigger):
        yield flow.problem(f'"{way.trigger}" is no name: small letters, digits and _', *place)
    for state in way.sources:
        if state not in states and state != ANYWHERE:
            yield flow.problem(
                f'"{way.trigger}" starts nowhere: {_no_state(state, states)}', *place
            )
    if way.dest and way.dest not in states:
        yield flow.problem(f'"{way.trigger}" leads nowhere: {_no_state(way.dest, states)}', *place)


def _callbacks(flow: Source, way: Way, names: Collection[str]) -> Iterator[Problem]:
    place = ("transitions", way.index)
    for name in sorted({*way.conditions, *way.unless, *way.before}):
        if "." in name:
            yield flow.problem(f'"{name}" has a dot; the library would import it', *place)
        elif name not in names:
            yield flow.problem(f'a turn has no "{name}"{did_you_mean(name, names)}', *place)
    for name in sorted(way.conditions & way.unless):
        yield flow.problem(f'"{name}" is a condition and an "unless"; it never holds', *place)


def _hidden(flow: Source, found: tuple[Way, ...]) -> Iterator[Problem]:
    """A way that an earlier one always takes first. One from anywhere may be hidden in places."""
    for way in found:
        sources = flow.value["states"] if ANYWHERE in way.sources else way.sources
        earlier = [one for one in found[: way.index] if one.trigger == way.trigger]
        hiding = {
            source: one
            for source in sources
            for one in earlier
            if one.leaves(source) and one.is_taken_before(way)
        }
        enough = len(hiding) == len(sources) if ANYWHERE in way.sources else bool(hiding)
        if enough:
            source, one = next(iter(hiding.items()))
            line = flow.line("transitions", one.index)
            yield flow.problem(
                f'"{way.trigger}" from "{source}" is never taken: line {line} comes first',
                "transitions",
                way.index,
            )


def _unreachable(flow: Source, found: tuple[Way, ...]) -> Iterator[Problem]:
    reached: set[str] = set()
    waiting = [flow.value["initial"]]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting += [way.dest for way in found if way.dest and way.leaves(state)]
    for index, state in enumerate(flow.value["states"]):
        if state not in reached:
            yield flow.problem(f'nothing leads to "{state}"', "states", index)


def _stuck(flow: Source, found: tuple[Way, ...]) -> Iterator[Problem]:
    """A state that is passed through needs a way on, whatever the conditions say."""
    for index, state in enumerate(flow.value["passing"]):
        nexts = [way for way in found if way.trigger == "next" and way.leaves(state)]
        if not any(not way.conditions and not way.unless for way in nexts):
            yield flow.problem(
                f'"{state}" can get stuck: it needs a last "next" without conditions',
                "passing",
                index,
            )


def _starts(flow: Source, found: tuple[Way, ...]) -> Iterator[Problem]:
    anywhere = {way.trigger for way in found if ANYWHERE in way.sources}
    for key in ("commands", "reminders"):
        for name, trigger in flow.value[key].items():
            if trigger not in anywhere:
                yield flow.problem(
                    f'"{name}" must work from anywhere, but no transition from "*" has the '
                    f'trigger "{trigger}"{did_you_mean(trigger, anywhere)}',
                    key,
                    name,
                )


def _no_state(name: str, states: Collection[str]) -> str:
    return f'there is no state "{name}"{did_you_mean(name, states)}'


def _names(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(_list(value))


def _list(value: object) -> list[Any]:  # whatever YAML held
    return value if isinstance(value, list) else []
