"""One YAML file, read as the text it is, with the line of everything in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

from dialogs.problems import ContentError, Fault, Place, Problem, did_you_mean
from dialogs.yaml_values import values

__all__ = [
    "ContentError",
    "Fault",
    "Place",
    "Problem",
    "Source",
    "did_you_mean",
    "join",
    "parse",
    "read",
]

_Made = TypeVar("_Made")

LONGEST = 1_000_000  #: bytes in one file


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
        found = values(text, path)
        held = _held[digest] = _Held(found.value, found.places, found.blocks)
    return Source(path, held)


def join(first: Source, rest: Source) -> Source:
    """Two mappings as one source; what is in neither is missed in `rest`."""
    both = (first._held, rest._held)
    if (held := _held.get(both)) is None:
        value = {**rest.value, **first.value}
        held = _held[both] = _Held(value, first.places, first.blocks)
    return Source(first.path, held, rest)
