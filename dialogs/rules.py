"""The rules of the draft check, as data says them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dialogs.names import Names
from dialogs.phrasebook import Phrasebook
from dialogs.pointing import Pointing
from dialogs.shorthand import compounds, rows
from dialogs.words import Spelling

FAMILIES = (
    "shouting",
    "hearsay",
    "names_adult",
    "identifies_child",
    "private",
    "did_wrong",
    "crowd",
    "insult",
    "threat",
)
MATCHERS = ("phrases", "in_order", "near", "capitals", "shapes")
NESTED = ("in_order", "near")  #: matchers that look for one phrase of each of several lists
CLAUSES = ("B1", "B2", "B2b", "B3", "B4", "ours")
#: Lists whose single words are also understood behind a mask: tw@t, k**b, f u c k.
RUDE = ("swearing", "name_calling", "such_people", "fools")
#: Lists that the draft check itself looks into.
LOOKED_FOR = ("harmless", "kind", "real_thanks", "news", "sour", "grumbles", "swearing")
#: Keys of a rule whose lists hold it back, or are asked for as well.
HELD_BACK = (
    "needs",
    "also",
    "without",
    "not_after",
    "not_between",
    "not_before",
    "self_before",
    "self_after",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What one rule looks for, and what it says.

    `lists` are looked up in the draft by the `matcher`: `phrases` (any of them), `in_order` (one
    of each, in this order, at most `within` words apart, in one sentence), `near` (one of the first
    with one of each other at most `within` words before or after it), `capitals` (at least
    `at_least` shouted words in a row), `shapes` (9 is a digit, A a capital, a any letter).
    `quote` says which of the `in_order` lists are quoted; none means all. With `across` they may
    stand in several sentences. The rest hold a rule back, unless there is a finding of one of the
    families `beside`; one of `also` is asked for even then. `alone` are phrases that are a whole
    sentence.
    """

    id: str
    family: str
    clause: str
    matcher: str
    reason: str
    gentler: str
    lists: tuple[tuple[str, ...], ...] = ()
    within: int = 3
    at_least: int = 3
    quote: tuple[int, ...] = ()
    shapes: re.Pattern[str] | None = None
    instead: str = ""
    needs: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()
    not_between: tuple[str, ...] = ()
    not_before: tuple[str, ...] = ()
    calm_passes: bool = False
    thanks_pass: bool = False
    beside: tuple[str, ...] = ()
    across: bool = False
    alone: bool = False
    self_before: tuple[str, ...] = ()
    self_after: tuple[str, ...] = ()

    @property
    def guards(self) -> tuple[str, ...]:
        """The lists that hold a place back when they stand beside it."""
        return (*self.not_before, *self.not_after, *self.self_before, *self.self_after)

    def uses(self) -> Iterator[str]:
        """Every list this rule looks into."""
        for names in (*self.lists, self.needs, self.also, self.without, self.not_between):
            yield from names
        yield from self.guards


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one language, compiled when the content is loaded.

    `in_turn` is how they look: what looks beside other findings comes after them, and the gravest
    before the gentler.
    """

    rules: tuple[Rule, ...]
    in_turn: tuple[Rule, ...] = field(repr=False)
    book: Phrasebook = field(repr=False)
    names: Names = field(repr=False)
    pointing: Pointing = field(repr=False)
    spelling: Spelling = field(repr=False)
    acronyms: frozenset[str] = field(repr=False)
    particles: frozenset[str] = field(repr=False)
    before_a_thing: frozenset[str] = field(repr=False)

    @classmethod
    def compile(cls, data: Mapping[str, Any]) -> Rules:
        """From draft_check.yaml and draft_words.yaml, with nothing wrong in them."""
        lists = {name: [str(one) for one in phrases] for name, phrases in data["lists"].items()}
        for name, (first, last) in data.get("compounds", {}).items():
            lists[name] += compounds(first, last)
        compiled = tuple(_rule(rule) for rule in data["rules"])
        used = {*LOOKED_FOR, *RUDE, *(name for rule in compiled for name in rule.uses())}
        looked_for = {
            name: [row for phrase in lists[name] for row in rows(phrase, data.get("irregular", {}))]
            for name in used
            if name in lists
        }
        bare = Spelling.compile(data["spellings"], data["joined"], (), (), (), ())
        words = {
            word for held in looked_for.values() for row in held for place in row for word in place
        }
        known = {plain for word in words for plain in bare.plain(word)}
        spelling = Spelling.compile(
            data["spellings"],
            data["joined"],
            data["slips"],
            (
                *data["everyday"],
                *(name for kind in ("child_names", "surnames") for name in lists[kind]),
            ),
            lists["abbreviations"],
            known,
            {word for name in RUDE for row in looked_for[name] if len(row) == 1 for word in row[0]},
        )
        return cls(
            compiled,
            tuple(sorted(compiled, key=_turn)),
            Phrasebook.compile(looked_for, spelling),
            Names.compile(lists),
            Pointing.compile(lists),
            spelling,
            frozenset(lists["acronyms"]),
            frozenset(lists["particles"]),
            frozenset(lists["before_a_thing"]),
        )


def _rule(data: Mapping[str, Any]) -> Rule:
    lists = data.get("lists", ())
    nested = data["matcher"] in NESTED
    shapes = [str(shape) for shape in data.get("shapes", ())]
    return Rule(
        id=data["id"],
        family=data["family"],
        clause=data["clause"],
        matcher=data["matcher"],
        reason=data["reason"],
        gentler=data["gentler"],
        lists=tuple(tuple(one) for one in lists) if nested else (tuple(lists),),
        within=int(data.get("within", 3)),
        at_least=int(data.get("at_least", 3)),
        quote=tuple(int(at) - 1 for at in data.get("quote", ())),
        shapes=_shapes(shapes) if shapes else None,
        instead=data.get("instead", ""),
        **{key: tuple(data.get(key, ())) for key in HELD_BACK},
        calm_passes=bool(data.get("calm_passes", False)),
        thanks_pass=bool(data.get("thanks_pass", False)),
        beside=tuple(data.get("beside", ())),
        across=bool(data.get("across", False)),
        alone=bool(data.get("alone", False)),
    )


def _turn(rule: Rule) -> tuple[bool, int]:
    return bool(rule.beside), -FAMILIES.index(rule.family)


def _shapes(shapes: Sequence[str]) -> re.Pattern[str]:
    letters = {"9": "[0-9]", "A": "[A-Z]", "a": "[A-Za-z]", " ": "[ -]?"}
    ways = ("".join(letters.get(c, re.escape(c)) for c in shape) for shape in shapes)
    return re.compile(rf"(?<![\w/.])(?:{'|'.join(ways)})(?!\w)")
