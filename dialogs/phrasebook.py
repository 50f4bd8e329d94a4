"""Many lists of phrases, and where in a text their phrases stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dialogs.words import Spelling


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """Many named lists of phrases, all found in one walk over the words."""

    first: Mapping[str, object]
    lists: frozenset[str]

    @classmethod
    def compile(cls, lists: Mapping[str, Iterable[str]], spelling: Spelling) -> Phrasebook:
        """A branch of `first` maps the next word to the next branch; "" to the lists that end."""
        first: dict[str, object] = {}
        for name, phrases in lists.items():
            for phrase in phrases:
                for words in spelling.phrase(phrase):
                    branch = first
                    for word in words:
                        branch = branch.setdefault(word, {})  # type: ignore[assignment]
                    branch.setdefault("", set()).add(name)  # type: ignore[attr-defined]
        return cls(first, frozenset(lists))

    def find(
        self, words: Sequence[str], pauses: Sequence[int] | None = None
    ) -> dict[str, dict[int, int]]:
        """For each list that occurs: where each longest phrase starts, and the word after it.

        A phrase never runs on into the next sentence. What lies inside a phrase of the list
        `harmless` is not found.
        """
        found: dict[str, dict[int, int]] = {}
        last = len(words)
        first = self.first
        for start, word in enumerate(words):
            if word not in first:
                continue
            branch = first[word]
            at = start + 1
            while branch is not None:
                for name in branch.get("", ()):  # type: ignore[attr-defined]
                    found.setdefault(name, {})[start] = at
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


def _covered(harmless: Mapping[int, int], last: int) -> list[int]:
    """For each word, where the harmless phrase over it ends (0: none)."""
    covered = [0] * (last + 1)
    for start, end in harmless.items():
        for at in range(start, end):
            covered[at] = max(covered[at], end)
    return covered


def phrase_faults(data: Mapping[str, Any]) -> Iterator[str]:
    """What in a file of phrases could not be compiled; its keys are there and of the right kind."""
    for key in ("spellings", "lists"):
        for name, held in data[key].items():
            yield from list_faults(held, f'"{name}" of "{key}"')
    for key in ("slips", "everyday"):
        yield from list_faults(data[key], f'"{key}"')
    for name, held in data["joined"].items():
        if not isinstance(held, str):
            yield f'"{name}" of "joined" should be text; put it in quotes'


def list_faults(held: object, what: str) -> Iterator[str]:
    """`what` names the list in the sentences."""
    if not isinstance(held, list):
        yield f"{what} should be a list"
        return
    for one in held:
        if not isinstance(one, str):
            yield f'{what} has "{one}", which should be text; put it in quotes'
