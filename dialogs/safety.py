"""Safety phrases in anything a parent types, and the card that answers them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from dialogs.phrasebook import Phrasebook, list_faults, phrase_faults
from dialogs.shorthand import rows
from dialogs.source import Fault
from dialogs.words import Spelling, letters_only

#: The gravest first: when several are heard, the first one answers. `formal` is no card: it leads
#: to a formal complaint.
CARDS = (
    "crisis",
    "urgent_now",
    "urgent",
    "staff",
    "online",
    "child",
    "whistleblower",
    "wrong_school",
    "formal",
)


@dataclass(frozen=True, slots=True)
class Together:
    """Words of these lists, in this order, each at most `within` words after the last.

    A phrase of `broken_by` in between stops it; one of `without` anywhere in the text does too.
    """

    lists: tuple[str, ...]
    within: int
    broken_by: str
    without: str
    needed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Phrases:
    """The safety phrases of one language, compiled when the content is loaded."""

    book: Phrasebook
    spelling: Spelling
    together: Mapping[str, tuple[Together, ...]]
    whole: Mapping[tuple[str, ...], str]

    @classmethod
    def compile(cls, data: Mapping[str, Any]) -> Phrases:
        """From safety.yaml as plain mappings and lists. Expects data without `problems`."""
        lists = {name: [str(one) for one in phrases] for name, phrases in data["lists"].items()}
        for card, rule in data["cards"].items():
            lists[f"card {card}"] = [str(phrase) for phrase in rule.get("phrases", ())]
            lists[f"whole {card}"] = [str(phrase) for phrase in rule.get("whole", ())]
        lists["harmless"] = [str(phrase) for phrase in data["harmless"]]
        bare = Spelling.compile(data["spellings"], data["joined"], (), (), (), ())
        written = {
            name: [row for one in held for row in rows(one, {})] for name, held in lists.items()
        }
        words = {
            word for held in written.values() for row in held for place in row for word in place
        }
        known = {plain for word in words for plain in bare.plain(word)}
        spelling = Spelling.compile(
            data["spellings"], data["joined"], data["slips"], data["everyday"], (), known
        )
        together = {
            card: tuple(
                Together(
                    tuple(one["lists"]),
                    int(one.get("within", 4)),
                    one.get("broken_by", ""),
                    one.get("without", ""),
                    frozenset(one["lists"]),
                )
                for one in data["cards"].get(card, {}).get("together", ())
            )
            for card in CARDS
        }
        whole = {
            words: card
            for card in reversed(CARDS)
            for row in written.pop(f"whole {card}", ())
            for places in spelling.phrase(row)
            for words in product(*places)
        }
        return cls(Phrasebook.compile(written, spelling), spelling, together, whole)


def card_for(text: str, phrases: Phrases) -> str:
    """The card that a text calls for, or "" when it calls for none. Never holds anything up."""
    words = letters_only(text, phrases.spelling)
    places = phrases.book.find(words)
    alone = phrases.whole.get(tuple(word for word in words if word != "."), "")
    if not places:
        return alone
    for card in CARDS:
        if card == alone or f"card {card}" in places:
            return card
        for rule in phrases.together[card]:
            heard = rule.needed <= places.keys() and rule.without not in places
            if heard and _together(places, words, rule):
                return card
    return ""


def _together(
    places: Mapping[str, Mapping[int, int]], words: Sequence[str], rule: Together
) -> bool:
    broken = places.get(rule.broken_by, {})
    for end in places[rule.lists[0]].values():
        at: int | None = end
        for name in rule.lists[1:]:
            at = _next(places[name], words, at, rule.within, broken) if at is not None else None
        if at is not None:
            return True
    return False


def _next(
    ends: Mapping[int, int],
    words: Sequence[str],
    at: int,
    within: int,
    broken: Mapping[int, int],
) -> int | None:
    for start in range(at, min(at + within + 1, len(words))):
        if start in ends:
            return ends[start]
        if words[start] == "." or start in broken:
            return None
    return None


def problems(
    data: Mapping[str, Any], compile: Callable[[Any], Phrases] = Phrases.compile
) -> list[Fault]:
    """Everything that is wrong with safety.yaml; each card proves its examples."""
    return misshapen(data) or list(_example_faults(data, compile(data)))


def misshapen(data: Mapping[str, Any]) -> list[Fault]:
    """What keeps it from being compiled; and which card proves too little."""
    found: list[Fault] = [
        ((key,), f'"{key}" is missing or has the wrong shape')
        for key, shape in _SHAPES.items()
        if not isinstance(data.get(key), shape)
    ]
    if found:
        return found
    found += [*phrase_faults(data), *list_faults(data["harmless"], '"harmless"', "harmless")]
    for card in CARDS:
        if card not in data["cards"]:
            found.append((("cards",), f'the card "{card}" has no phrases'))
    for card, rule in data["cards"].items():
        found += ((("cards", card), fault) for fault in _card_faults(card, rule, data["lists"]))
    return found


_SHAPES: Mapping[str, type] = {
    "spellings": Mapping,
    "joined": Mapping,
    "slips": list,
    "everyday": list,
    "harmless": list,
    "lists": Mapping,
    "cards": Mapping,
}


def _card_faults(card: str, rule: Any, lists: Mapping[str, Any]) -> Iterator[str]:
    if card not in CARDS:
        yield f"card {card} is not one of {', '.join(CARDS)}"
        return
    if not isinstance(rule, Mapping):
        yield f"card {card} is not a mapping"
        return
    for key, what in (("fires", "must show"), ("passes", "must not")):
        examples = rule.get(key)
        if not isinstance(examples, list) or len(examples) < 3:
            yield f"card {card} needs three texts on which it {what}"
    for key in ("phrases", "whole"):
        for _, fault in list_faults(rule.get(key, []), f'"{key}"'):
            yield f"card {card} cannot be read: {fault}"
    together = rule.get("together", [])
    for one in together if isinstance(together, list) else [together]:
        named = one.get("lists") if isinstance(one, Mapping) else None
        if not isinstance(named, list) or not named:
            yield f"card {card} has words together without lists"
            continue
        if not isinstance(one.get("within", 4), int):
            yield f'card {card} has a "within" that is not a whole number'
        for name in (*named, *(one[key] for key in ("broken_by", "without") if key in one)):
            if not isinstance(name, str) or name not in lists:
                yield f'card {card} uses the list "{name}", which is not there'


def _example_faults(data: Mapping[str, Any], phrases: Phrases) -> Iterator[Fault]:
    for card, rule in data["cards"].items():
        for key, want, verb in (("fires", True, "is not shown"), ("passes", False, "is shown")):
            for nth, text in enumerate(rule[key]):
                if (card_for(str(text), phrases) == card) is not want:
                    yield ("cards", card, key, nth), f'card {card} {verb} for "{text}"'
