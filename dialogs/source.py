"""One YAML file, read as the text it is, with the line of everything in it."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

import yaml

_Made = TypeVar("_Made")

LONGEST = 1_000_000  #: bytes in one file
DEEPEST = 12  #: mappings and lists inside each other
MOST = 50_000  #: values in one file

#: Where something is in a file: the keys and list positions that lead to it.
Place = tuple[str | int, ...]
#: What is wrong, and where.
Fault = tuple[Place, str]

# The loader in C is the same language ten times faster, where PyYAML was built with it.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_PLAIN = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One sentence about one line. A warning is worth knowing and stops nothing."""

    path: str
    line: int
    sentence: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {'warning: ' * self.warning}{self.sentence}"


class ContentError(Exception):
    """The content cannot be used. `problems` holds everything that is wrong, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class _Held:
    """What a text holds, and what was made of it: one for all files that hold the same."""

    value: Any  # as free as YAML is; whoever uses it checks it
    places: Mapping[Place, tuple[int, int]]
    blocks: frozenset[Place]
    made: dict[Callable[[Source], object], object] = field(default_factory=dict)


#: By the digest of the text, or by the two that were joined, for as long as any source holds it.
#: Two hundred schools with the same rules for drafts have them once, and what a school no longer
#: says is forgotten.
_held: WeakValueDictionary[bytes | tuple[_Held, _Held], _Held] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class Source:
    """One file, and what it holds: shared with files that hold the same, so never to be changed.

    With `rest`, a file joined to it, the value is that of both; every line is of the file it is in.
    """

    path: str
    _held: _Held = field(repr=False)
    rest: Source | None = None

    @property
    def value(self) -> Any:
        """Mappings, lists, text, whole numbers, true, false and nothing. Keys are always text."""
        return self._held.value

    @property
    def places(self) -> Mapping[Place, tuple[int, int]]:
        """Line and column (from 1) of every key and item."""
        return self._held.places

    @property
    def blocks(self) -> frozenset[Place]:
        """Texts that begin on the line after their key."""
        return self._held.blocks

    def made(self, make: Callable[[Source], _Made]) -> _Made:
        """What `make` makes of the value: worked out once for all files that hold the same.

        So `make` must not look at the path.
        """
        if make not in self._held.made:
            self._held.made[make] = make(self)
        return cast(_Made, self._held.made[make])

    def line(self, *place: str | int) -> int:
        """The line of `place`, or of the nearest thing around it that exists."""
        for end in range(len(place), -1, -1):
            if place[:end] in self.places:
                return self.places[place[:end]][0]
        return 1

    def problem(
        self, sentence: str, *place: str | int, warning: bool = False, above: str = ""
    ) -> Problem:
        """`sentence`, said of `place` in this file; `above` is what of its text comes before."""
        if self.rest is not None and place and place[:1] not in self.places:
            return self.rest.problem(sentence, *place, warning=warning, above=above)
        further = above.count("\n") + 1 if place in self.blocks else 0
        return Problem(self.path, self.line(*place) + further, sentence, warning)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?` for the nearest known word, or nothing when none is near."""
    near = difflib.get_close_matches(word, sorted(known), n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


def read(path: Path) -> Source:
    """Read one file. Raises ContentError with every problem that can be seen in it."""
    name = path.as_posix()
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ContentError([Problem(name, 1, "this file is missing")]) from None
    except OSError as error:
        raise ContentError([Problem(name, 1, f"cannot be read: {error.strerror}")]) from error
    if len(raw) > LONGEST:
        raise ContentError([Problem(name, 1, f"is longer than {LONGEST:,} bytes")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ContentError([Problem(name, line, "is not UTF-8 text; save it as UTF-8")]) from error
    return parse(text, name)


def parse(text: str, path: str) -> Source:
    """Read YAML from text; `path` is the name to use in problems."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass")).digest()
    if (held := _held.get(digest)) is None:
        held = _held[digest] = _read(text, path)
    return Source(path, held)


def join(first: Source, rest: Source) -> Source:
    """Two mappings as one source; what is in neither is missed in `rest`."""
    both = (first._held, rest._held)
    if (held := _held.get(both)) is None:
        value = {**rest.value, **first.value}
        held = _held[both] = _Held(value, first.places, first.blocks)
    return Source(first.path, held, rest)


def _read(text: str, path: str) -> _Held:
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
    return _Held(reader.value, reader.places, frozenset(reader.blocks))


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
