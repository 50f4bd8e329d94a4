"""Many lists of phrases, and where in a text their phrases stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from operator import contains
from typing import Any, TypeVar

from dialogs.shorthand import Row
from dialogs.source import Fault
from dialogs.words import Spelling

_Rows = TypeVar("_Rows", bound=Iterable[Row])

#: The words that may follow the first two, place by place, and the list that such a phrase is of.
Variant = tuple[tuple[frozenset[str], ...], str]


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """Many named lists of phrases, all found in one walk over the words."""

    first: Mapping[str, object]
    varied: Mapping[str, Mapping[str, Sequence[Variant]]]
    lists: frozenset[str]

    @classmethod
    def compile(cls, lists: dict[str, _Rows], spelling: Spelling) -> Phrasebook:
        """A branch of `first` maps the next word to the next branch; "" to the lists that end.
        `varied` are the longer phrases with many words for one place, by their first two words.
        What is equal is kept once: ends that nothing follows, and the words for a place. Empties
        `lists` on the way, which beside all this would be ten megabytes."""
        first: dict[str, Any] = {}
        varied: dict[str, dict[str, list[Variant]]] = {}
        ends: dict[frozenset[str], dict[str, Any]] = {}
        kept: dict[frozenset[str], frozenset[str]] = {}
        names = tuple(lists)
        for name in names:
            phrases = lists.pop(name)
            for phrase in phrases:
                for row in spelling.phrase(phrase):
                    if len(row) > 1 and any(len(place) > 1 for place in row):
                        rest = tuple(kept.setdefault(one, one) for one in map(frozenset, row[2:]))
                        variant = (rest, name)
                        for one in row[0]:
                            seconds = varied.setdefault(one, {})
                            for two in row[1]:
                                if two in seconds:
                                    seconds[two].append(variant)
                                else:
                                    seconds[two] = [variant]
                        continue
                    for words in product(*row) if row else ():  # no words: "!!!"
                        _put(first, words, name, ends)
        spelling.forget()
        return cls(first, varied, frozenset(names))

    def find(
        self, words: Sequence[str], pauses: Sequence[int] | None = None
    ) -> dict[str, dict[int, int]]:
        """For each list that occurs: where each longest phrase starts, and the word after it.

        A phrase never runs on into the next sentence. What lies inside a phrase of the list
        `harmless` is not found.
        """
        found: dict[str, dict[int, int]] = {}
        last = len(words)
        first, varied = self.first, self.varied
        for start, word in enumerate(words):
            if word in varied and start + 1 < last and words[start + 1] in varied[word]:
                third = words[start + 2] if start + 2 < last else ""
                for rest, name in varied[word][words[start + 1]]:
                    if rest and third not in rest[0]:
                        continue  # so end nearly all of the hundreds that begin with "you have"
                    end = start + 2 + len(rest)
                    if end > last or not all(map(contains, rest, words[start + 2 : end])):
                        continue
                    if pauses is None or 2 not in pauses[start + 1 : end]:
                        starts = found.setdefault(name, {})
                        if end > starts.get(start, 0):
                            starts[start] = end
            if word not in first:
                continue
            branch = first[word]
            at = start + 1
            while branch is not None:
                for name in branch.get("", ()):  # type: ignore[attr-defined]
                    starts = found.setdefault(name, {})
                    if at > starts.get(start, 0):
                        starts[start] = at
                if at == last or (pauses is not None and pauses[at] == 2):
                    break
                branch = branch.get(words[at])  # type: ignore[attr-defined]
                at += 1
        if harmless := found.get("harmless"):
            covered = _covered(harmless, last)
            for name, places in found.items():
                if name != "harmless":
                    for start in [s for s, e in places.items() if covered[s] >= e]:
                        del places[start]
        return {name: places for name, places in found.items() if places}


def _put(
    branch: dict[str, Any],
    words: tuple[str, ...],
    name: str,
    ends: dict[frozenset[str], dict[str, Any]],
) -> None:
    """Have the phrase `words` end in the list `name`. A branch of `ends` is many phrases' end, so
    one of its own takes its place where a phrase goes on."""
    for word in words[:-1]:
        following = branch.get(word)
        if following is None or following is ends.get(following.get("")):
            following = branch[word] = dict(following or ())
        branch = following
    following = branch.get(words[-1], {})
    names = following.get("", frozenset()) | {name}
    if following.keys() - {""}:
        following[""] = names
    else:
        branch[words[-1]] = ends.setdefault(names, {"": names})


def _covered(harmless: Mapping[int, int], last: int) -> list[int]:
    """For each word, where the harmless phrase over it ends (0: none)."""
    covered = [0] * (last + 1)
    for start, end in harmless.items():
        for at in range(start, end):
            covered[at] = max(covered[at], end)
    return covered


def phrase_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """What in a file of phrases could not be compiled; its keys are there and of the right kind."""
    for key in ("spellings", "lists"):
        for name, held in data[key].items():
            yield from list_faults(held, f'"{name}" of "{key}"', key, name)
    for key in ("slips", "everyday"):
        yield from list_faults(data[key], f'"{key}"', key)
    for name, held in data["joined"].items():
        if not isinstance(held, str):
            yield ("joined", name), f'"{name}" of "joined" should be text; put it in quotes'


def list_faults(held: object, what: str, *place: str | int) -> Iterator[Fault]:
    """`what` names the list in the sentences."""
    if not isinstance(held, list):
        yield place, f"{what} should be a list"
        return
    for at, one in enumerate(held):
        if not isinstance(one, str):
            yield (*place, at), f'{what} has "{one}", which should be text; put it in quotes'
