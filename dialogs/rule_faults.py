"""What is wrong in the rules of the draft check, before they are compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dialogs.names import Names
from dialogs.naming import KINDS
from dialogs.phrasebook import list_faults, phrase_faults
from dialogs.pointing import POINTED, Pointing
from dialogs.rules import CLAUSES, FAMILIES, HELD_BACK, LOOKED_FOR, MATCHERS, NESTED, RUDE
from dialogs.source import Fault

_SHAPES: Mapping[str, type] = {
    "spellings": Mapping,
    "joined": Mapping,
    "slips": list,
    "everyday": list,
    "lists": Mapping,
    "rules": list,
}
_NEEDED_LISTS = (
    *LOOKED_FOR,
    *RUDE,
    "acronyms",
    "abbreviations",
    "particles",
    "before_a_thing",
)
_TEXTS = ("id", "family", "clause", "matcher", "reason", "gentler")


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
    for names in [*nested, *(rule.get(key, []) for key in HELD_BACK)]:
        if not isinstance(names, list):
            yield f"{name} has lists of the wrong shape; in_order and near take lists of lists"
            continue
        for one in names:
            if not isinstance(one, str) or one not in known:
                yield f'{name} uses the list "{one}", which is not there'
