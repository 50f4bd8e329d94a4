"""The rules of the draft check, as data says them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dialogs.names import Names
from dialogs.naming import KINDS
from dialogs.phrasebook import Phrasebook, list_faults, phrase_faults
from dialogs.pointing import POINTED, Pointing
from dialogs.shorthand import compounds, rows
from dialogs.source import Fault
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

    def uses(self) -> Iterator[str]:
        """Every list this rule looks into."""
        for names in (*self.lists, self.needs, self.also, self.without, self.not_after):
            yield from names
        yield from (*self.not_between, *self.not_before, *self.self_before, *self.self_after)


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
        """From draft_check.yaml and draft_words.yaml, which `problems` finds nothing wrong with."""
        lists = {name: [str(one) for one in phrases] for name, phrases in data["lists"].items()}
        for name, (first, last) in data.get("compounds", {}).items():
            lists[name] += compounds(first, last)
        compiled = tuple(_rule(rule) for rule in data["rules"])
        used = {*_LOOKED_FOR, *_RUDE, *(name for rule in compiled for name in rule.uses())}
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
            {
                word
                for name in _RUDE
                for row in looked_for[name]
                if len(row) == 1
                for word in row[0]
            },
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
        **{key: tuple(data.get(key, ())) for key in _HELD_BACK},
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


def misshapen(data: Mapping[str, Any]) -> list[Fault]:
    """What keeps them from being compiled; and which rule proves too little."""
    found: list[Fault] = [
        ((key,), f'"{key}" is missing' if key not in data else f'"{key}" has the wrong shape')
        for key, shape in _SHAPES.items()
        if not isinstance(data.get(key), shape)
    ]
    if found:
        return found
    found += phrase_faults(data)
    found += _shorthand_faults(data)
    known = {*data["lists"], *KINDS, *POINTED}
    for name in (*_NEEDED_LISTS, *Names.__slots__, *Pointing.__slots__):
        if name not in data["lists"]:
            found.append((("lists",), f'the list "{name}" is missing'))
    seen: set[str] = set()
    for at, rule in enumerate(data["rules"]):
        found += ((("rules", at), fault) for fault in _rule_faults(rule, known, seen))
    return found


_SHAPES: Mapping[str, type] = {
    "spellings": Mapping,
    "joined": Mapping,
    "slips": list,
    "everyday": list,
    "lists": Mapping,
    "rules": list,
}
#: Lists whose single words are also understood behind a mask: tw@t, k**b, f u c k.
_RUDE = ("swearing", "name_calling", "such_people", "fools")
_LOOKED_FOR = ("harmless", "kind", "real_thanks", "news", "sour", "grumbles", "swearing")
_NEEDED_LISTS = (
    *_LOOKED_FOR,
    *_RUDE,
    "acronyms",
    "abbreviations",
    "particles",
    "before_a_thing",
)
_HELD_BACK = (
    "needs",
    "also",
    "without",
    "not_after",
    "not_between",
    "not_before",
    "self_before",
    "self_after",
)
_TEXTS = ("id", "family", "clause", "matcher", "reason", "gentler")


def _shorthand_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    for key in ("irregular", "compounds"):
        if not isinstance(data.get(key, {}), Mapping):
            yield (key,), f'"{key}" has the wrong shape'
            return
    for verb, forms in data.get("irregular", {}).items():
        yield from list_faults(forms, f'"{verb}" of "irregular"', "irregular", verb)
    for name, parts in data.get("compounds", {}).items():
        place = ("compounds", name)
        if name not in data["lists"]:
            yield place, f'"compounds" adds to the list "{name}", which is not there'
        if not isinstance(parts, list) or len(parts) != 2:
            yield place, f'"{name}" of "compounds" should be two lists'
            continue
        for at, part in enumerate(parts):
            yield from list_faults(part, f'"{name}" of "compounds"', *place, at)


def _rule_faults(rule: Any, known: set[str], seen: set[str]) -> Iterator[str]:
    if not isinstance(rule, Mapping) or not isinstance(rule.get("id"), str):
        yield "a rule has no id"
        return
    name = f"rule {rule['id']}"
    if rule["id"] in seen:
        yield f"{name} is there twice"
    seen.add(rule["id"])
    for key in _TEXTS:
        if not isinstance(rule.get(key), str):
            yield f'{name} has no "{key}"'
    for key, allowed in (("family", FAMILIES), ("clause", CLAUSES), ("matcher", MATCHERS)):
        if rule.get(key) not in allowed:
            yield f'{name} has the {key} "{rule.get(key)}"; it is one of {", ".join(allowed)}'
    beside = rule.get("beside", [])
    if not isinstance(beside, list) or not all(one in FAMILIES for one in beside):
        yield f'{name} has "beside", which is a list of {", ".join(FAMILIES)}'
    for key, what in (("fires", "must fire"), ("passes", "must not")):
        examples = rule.get(key)
        if not isinstance(examples, list) or len(examples) < 3:
            yield f"{name} needs three texts on which it {what}"
    lists = rule.get("lists", [])
    nested = lists if rule.get("matcher") in NESTED else [lists]
    for names in [*nested, *(rule.get(key, []) for key in _HELD_BACK)]:
        if not isinstance(names, list):
            yield f"{name} has lists of the wrong shape; in_order and near take lists of lists"
            continue
        for one in names:
            if not isinstance(one, str) or one not in known:
                yield f'{name} uses the list "{one}", which is not there'
