"""The flow: flow.yaml as one shared state machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from transitions import Machine

FLOW = Path(__file__).with_name("flow.yaml")


class Moving(Protocol):
    """What the machine moves: it has a state, and the methods that flow.yaml names."""

    state: str


@dataclass(frozen=True, slots=True)
class Guard:
    """The conditions of one transition, by name."""

    conditions: tuple[str, ...]
    unless: tuple[str, ...]

    def hold(self, turn: Moving) -> bool:
        """Whether the transition may be taken in this turn."""
        return all(getattr(turn, name)() for name in self.conditions) and not any(
            getattr(turn, name)() for name in self.unless
        )


class Flow:
    """States and transitions, shared by all conversations.

    `auto_transitions` is off: it would let a crafted button jump to any state. Turns are fired
    unregistered: adding a model costs a hundred times a turn.
    """

    def __init__(self, flow: Mapping[str, Any]) -> None:
        self.initial: str = flow["initial"]
        self.states: frozenset[str] = frozenset(flow["states"])
        self.passing: frozenset[str] = frozenset(flow["passing"])
        self.cards: frozenset[str] = frozenset(flow["cards"])
        self.resting: frozenset[str] = frozenset(flow["resting"])
        self.help_card: str = flow["help_card"]
        self.commands: Mapping[str, str] = dict(flow["commands"])
        self.links: frozenset[str] = frozenset(flow["links"])
        self.reminders: Mapping[str, str] = dict(flow["reminders"])
        self._machine = Machine(
            model=None,
            states=list(flow["states"]),
            transitions=[dict(transition) for transition in flow["transitions"]],
            initial=flow["initial"],
            auto_transitions=False,
        )
        self._rules = _rules_by_state(flow)

    def move(self, turn: Moving, trigger: str) -> bool:
        """Fire one trigger. Returns False when no transition of this state may be taken."""
        if (turn.state, trigger) not in self._rules:
            return False
        return bool(self._machine.events[trigger].trigger(turn))

    def may(self, turn: Moving, trigger: str) -> bool:
        """Whether `trigger` would lead anywhere in this turn."""
        return any(rules.hold(turn) for rules in self._rules.get((turn.state, trigger), ()))

    def always(self, state: str, trigger: str) -> bool:
        """Whether `trigger` leads somewhere from `state` whatever has been said."""
        return any(
            not rules.conditions and not rules.unless
            for rules in self._rules.get((state, trigger), ())
        )

    def takes_text(self, state: str) -> bool:
        """Whether a state waits for words."""
        return (state, "wrote") in self._rules


def _rules_by_state(flow: Mapping[str, Any]) -> Mapping[tuple[str, str], Sequence[Guard]]:
    rules: dict[tuple[str, str], list[Guard]] = {}
    for transition in flow["transitions"]:
        found = Guard(_names(transition.get("conditions")), _names(transition.get("unless")))
        sources = flow["states"] if transition["source"] == "*" else _names(transition["source"])
        for source in sources:
            rules.setdefault((source, transition["trigger"]), []).append(found)
    return rules


def _names(value: str | Sequence[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
