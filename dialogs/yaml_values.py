"""YAML as plain values, with the line of each: nothing is ever constructed for us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from dialogs.problems import ContentError, Place, Problem

DEEPEST = 12  #: mappings and lists inside each other
MOST = 50_000  #: values in one file

# The loader in C is the same language ten times faster, where PyYAML was built with it.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_PLAIN = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Values:
    """What a text holds, and where in it."""

    value: Any  # as free as YAML is; whoever uses it checks it
    places: Mapping[Place, tuple[int, int]]
    blocks: frozenset[Place]


def values(text: str, path: str) -> Values:
    """Raises ContentError with every problem that can be seen in it."""
    reader = _Reader(path)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            reader.take(event)
            if reader.stopped:
                break
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reader.say(f"is not YAML: {error.problem or error.context}", mark)
    except yaml.YAMLError as error:  # a control character: reported with a position, not a line
        at = getattr(error, "position", None)
        line = text.count("\n", 0, at) + 1 if isinstance(at, int) else 1
        reader.problems.append(Problem(path, line, "holds a character that YAML does not allow"))
    if reader.problems:
        raise ContentError(reader.problems)
    return Values(reader.value, reader.places, frozenset(reader.blocks))


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being read. `key` is the one waiting for its value."""

    place: Place
    value: dict[str, Any] | list[Any]
    key: str | None = None


class _Reader:
    """Builds the value from the parser's events, so that nothing is ever constructed for us."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.value: Any = None
        self.places: dict[Place, tuple[int, int]] = {}
        self.blocks: set[Place] = set()
        self.problems: list[Problem] = []
        self.stopped = False
        self._open: list[_Open] = []
        self._documents = 0
        self._count = 0

    def say(self, sentence: str, mark: Any) -> None:
        self.problems.append(Problem(self.path, mark.line + 1 if mark else 1, sentence))

    def take(self, event: Any) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._stop("holds a second document; put it into a file of its own", event)
            case yaml.AliasEvent():
                self.say(f"uses *{event.anchor}; write it out instead", event.start_mark)
                self._put(None, event)
            case yaml.ScalarEvent():
                self._refuse_extras(event)
                self._scalar(event)
            case yaml.MappingStartEvent():
                self._refuse_extras(event)
                self._start({}, event)
            case yaml.SequenceStartEvent():
                self._refuse_extras(event)
                self._start([], event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._open.pop()

    def _refuse_extras(self, event: Any) -> None:
        if event.anchor:
            self.say(f"uses &{event.anchor}; write it out instead", event.start_mark)
        if event.tag and event.tag != "!":
            self.say(f"uses the tag {event.tag}; leave it out", event.start_mark)
        self._count += 1
        if self._count > MOST:
            self._stop(f"holds more than {MOST:,} values", event)

    def _stop(self, sentence: str, event: Any) -> None:
        self.say(sentence, event.start_mark)
        self.stopped = True

    def _scalar(self, event: Any) -> None:
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self._key(top, top.value, event)
        else:  # `implicit[0]` is true of a plain value, false of a quoted one or a block of text
            place = self._put(_plain(event.value) if event.implicit[0] else event.value, event)
            if event.style == "|":
                self.blocks.add(place)

    def _key(self, top: _Open, value: dict[str, Any], event: Any) -> None:
        key = event.value
        if key in value:
            first = self.places[(*top.place, key)][0]
            self.say(
                f'"{key}" is here a second time; the first is on line {first}', event.start_mark
            )
        else:
            mark = event.start_mark
            self.places[(*top.place, key)] = (mark.line + 1, mark.column + 1)
        top.key = key

    def _start(self, value: dict[str, Any] | list[Any], event: Any) -> None:
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self._stop("uses a list or a mapping as a key; a key is one word", event)
            return
        place = self._put(value, event)
        self._open.append(_Open(place, value))
        if len(self._open) > DEEPEST:
            self._stop(f"is nested more than {DEEPEST} deep", event)

    def _put(self, value: Any, event: Any) -> Place:
        mark = event.start_mark
        if not self._open:
            self.value = value
            self.places[()] = (mark.line + 1, mark.column + 1)
            return ()
        top = self._open[-1]
        if isinstance(top.value, list):
            place: Place = (*top.place, len(top.value))
            self.places[place] = (mark.line + 1, mark.column + 1)
            top.value.append(value)
            return place
        key, top.key = top.key, None
        if key is None:  # an alias as a key: reported already; its value comes next
            top.key = "*"
            return top.place
        top.value.setdefault(key, value)
        return (*top.place, key)


def _plain(text: str) -> Any:
    """YAML 1.2: only these are not text. `no`, `on`, `9:00`, `0800` and dates stay text."""
    if text in _PLAIN:
        return _PLAIN[text]
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text
