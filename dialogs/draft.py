"""The draft check: what in a draft may hurt someone or land badly, by rules that are data."""

from __future__ import annotations

import string
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, islice
from operator import attrgetter, itemgetter
from string import Template
from typing import Any

from dialogs.messages import Finding
from dialogs.places import Draft, Place, is_held_back, places, read
from dialogs.rule_faults import misshapen
from dialogs.rules import FAMILIES, Rule, Rules
from dialogs.small_letters import in_small_letters
from dialogs.source import Fault

__all__ = [
    "FAMILIES",
    "Rules",
    "findings",
    "fires",
    "full_child_name",
    "is_kind",
    "is_rude",
    "problems",
    "said_once",
]

_EDGES = string.whitespace + ",.;:!?-–—"

#: Families that may be a name inside the words that graver findings quote.
_NAMES = ("names_adult", "identifies_child")

#: Capitals: they may lie on what other families quote.
_LOUD = "shouting"

_SHORTEST = 3  #: letters of what is left of a finding under graver ones, to be worth showing


def findings(
    text: str, rules: Rules, limit: int = 5, without: Collection[str] = ()
) -> tuple[Finding, ...]:
    """At most `limit` different findings, gentlest first, none on top of another, but that a run of
    capitals which others quote to its last word is quoted whole: it is shouted all the same.

    Neighbours of one family are one finding. When there are more than the limit, each family keeps
    its first, and the gravest families stay. What rules `without` a say found is left out, and
    nothing else is found in its place.
    """
    draft = read(text, rules)
    taken = bytearray(len(text))
    chosen, covered = _apart(_all(draft, rules), taken)
    _add_what_is_left(chosen, covered, taken)
    order = {rule.id: place for place, rule in enumerate(rules.rules)}
    told = [one for one in _joined(text, chosen) if one.rule not in without]
    kept = _limited(told, limit)
    return tuple(sorted(kept, key=lambda one: (order[one.rule], one.start)))


def is_kind(text: str, rules: Rules) -> bool:
    """True of thanks and praise with nothing cross in them (a photo of others may be)."""
    draft = read(text, rules)
    return (
        "kind" in draft.places
        and "sour" not in draft.places
        and all(finding.family == "identifies_child" for finding in _all(draft, rules))
    )


def is_rude(text: str, rules: Rules) -> bool:
    """True when the text swears, at anyone or anything."""
    words = rules.spelling.words(text)
    return "swearing" in rules.book.find(
        [word.text for word in words], [word.pause for word in words]
    )


def full_child_name(text: str, rules: Rules) -> tuple[int, int, str] | None:
    """Where a child other than the parent's own is named in full: start, length and first name."""
    draft = read(text, rules)
    for start, end in draft.places.get("child_name", {}).items():
        first, last = draft.words[start], draft.words[end - 1]
        return first.start, last.end - first.start, text[first.start : first.end]
    return None


def problems(
    data: Mapping[str, Any], compile: Callable[[Any], Rules] = Rules.compile
) -> list[Fault]:
    """Everything that is wrong with the rules and their words; each rule proves its examples."""
    found = misshapen(data)
    if found:
        return found
    rules = compile(data)
    for at, raw in enumerate(data["rules"]):
        for key, want, verb in (("fires", True, "does not fire on"), ("passes", False, "fires on")):
            for nth, example in enumerate(raw[key]):
                if fires(str(example), raw["id"], rules) is not want:
                    place = ("rules", at, key, nth)
                    found.append((place, f'rule {raw["id"]} {verb} "{example}"'))
    return found


def fires(text: str, rule: str, rules: Rules) -> bool:
    """Whether one rule, by its id, has anything to say of a text."""
    return any(finding.rule == rule for finding in _all(read(text, rules), rules))


def _all(draft: Draft, rules: Rules) -> list[Finding]:
    calm, thanks = draft.calm(), draft.thanks()
    found: list[Finding] = []
    families: set[str] = set()
    held = draft.places.keys()
    for rule in rules.in_turn:
        if rule.matcher not in ("capitals", "shapes") and any(map(held.isdisjoint, rule.lists)):
            continue
        if rule.also and held.isdisjoint(rule.also):
            continue
        if families.isdisjoint(rule.beside):
            if (calm and rule.calm_passes) or (thanks and rule.thanks_pass):
                continue
            if not held.isdisjoint(rule.without):
                continue
            if rule.needs and held.isdisjoint(rule.needs):
                continue
        guarded = not held.isdisjoint(rule.guards)
        for place in places(draft, rule, rules):
            if not (guarded and is_held_back(draft, rule, place)):
                found.append(_finding(draft, rule, place, rules.acronyms))
                families.add(rule.family)
    return found


def _finding(draft: Draft, rule: Rule, place: Place, acronyms: frozenset[str]) -> Finding:
    words = draft.text[place.start : place.end]
    first = draft.words[place.first]
    values = {
        "words": words, "first": draft.text[first.start : first.end], "instead": rule.instead
    }  # fmt: skip
    if "$small" in rule.instead or rule.family == _LOUD:
        values["small"] = in_small_letters(draft, place, acronyms)
    if "$" in rule.instead:
        values["instead"] = Template(rule.instead).safe_substitute(values)
    return Finding(
        start=place.start,
        length=place.end - place.start,
        words=words,
        rule=rule.id,
        family=rule.family,
        clause=rule.clause,
        reason=rule.reason,
        gentler=rule.gentler,
        values=values,
    )


def _apart(found: Sequence[Finding], taken: bytearray) -> tuple[list[Finding], list[Finding]]:
    """The gravest that do not lie on each other, marked in what is `taken`; and all the others.
    A run of capitals may lie on these, but on no other."""
    chosen: list[Finding] = []
    covered: list[Finding] = []
    loud = bytearray(len(taken))
    for finding in sorted(found, key=_gravest_first):
        end = finding.start + finding.length
        if finding.family == _LOUD:
            if loud.find(1, finding.start, end) < 0:
                loud[finding.start : end] = b"\1" * finding.length
                chosen.append(_longest_left(finding, taken))
        elif finding.length and taken.find(1, finding.start, end) < 0:
            taken[finding.start : end] = b"\1" * finding.length
            chosen.append(finding)
        else:
            covered.append(finding)
    return chosen, covered


def _add_what_is_left(chosen: list[Finding], covered: Sequence[Finding], taken: bytearray) -> None:
    """Of each family that is not among the `chosen`, what they leave of its first finding."""
    seen = {finding.family for finding in chosen}
    for finding in covered:
        if finding.family in seen:
            continue
        rest = _longest_left(finding, taken)
        if rest is not finding and rest.length > _SHORTEST:
            taken[rest.start : rest.start + rest.length] = b"\1" * rest.length
            chosen.append(rest)
            seen.add(rest.family)
        elif finding.family in _NAMES and _is_let_in(finding, chosen):
            seen.add(finding.family)


def _joined(text: str, chosen: Sequence[Finding]) -> list[Finding]:
    """With "a lazy" and "cow" as one, where neither has gentler words to put in its own place."""
    joined: list[Finding] = []
    last: dict[str, int] = {}
    for one in sorted(chosen, key=lambda finding: finding.start):
        at = last.get(one.family)
        before = joined[at] if at is not None else one
        end = before.start + before.length
        plain = not (before.values["instead"] or one.values["instead"])
        if at is not None and plain and not text[end : one.start].strip(" "):
            words = text[before.start : one.start + one.length]
            values = {**before.values, "words": words}
            joined[at] = replace(before, length=len(words), words=words, values=values)
        else:
            last[one.family] = len(joined)
            joined.append(one)
    return joined


def _longest_left(finding: Finding, taken: bytearray) -> Finding:
    """A finding without what other findings quote of it: its longest part, or the whole where they
    leave no word, or of a run of capitals only one."""
    here = taken[finding.start : finding.start + finding.length]
    free = max(here.split(b"\1"), key=len)
    at = here.find(free)
    kept = finding.words[at : at + len(free)]
    words = kept.strip(_EDGES)
    loud = finding.family == _LOUD
    if not any(map(str.isalpha, words)) or (loud and len(words.split()) == 1):
        return finding
    start = finding.start + at + len(kept) - len(kept.lstrip(_EDGES))
    values = {**finding.values, "words": words, "instead": ""}
    if loud:
        ahead = start - finding.start
        values["instead"] = finding.values["small"][ahead : ahead + len(words)]
    return replace(finding, start=start, length=len(words), words=words, values=values)


def _is_let_in(name: Finding, chosen: list[Finding]) -> bool:
    """A name that a graver finding quotes whole, put beside it: the other keeps its longest part
    without the name, if that is still worth showing."""
    for at, other in enumerate(chosen):
        ahead = name.start - other.start
        if not 0 <= ahead <= other.length - name.length or other.family == _LOUD:
            continue
        taken = bytearray(other.start + other.length)
        taken[name.start : name.start + name.length] = b"\1" * name.length
        rest = _longest_left(other, taken)
        if rest is not other and rest.length > _SHORTEST:
            chosen[at] = rest
            chosen.append(name)
            return True
    return False


def _limited(found: Sequence[Finding], limit: int) -> list[Finding]:
    """Each family's first before any family's second, the gravest families before the others. The
    same words count once, and stay wherever they are."""
    ranked: list[tuple[int, Finding]] = []
    for _, family in groupby(sorted(found, key=_gravest_first), key=attrgetter("family")):
        ranks: dict[tuple[str, str], int] = {}
        ranked += [(ranks.setdefault(_said(one), len(ranks)), one) for one in family]
    ranked.sort(key=itemgetter(0))
    said = dict.fromkeys(_said(one) for _, one in ranked)
    kept = set(islice(said, limit))
    return [one for _, one in ranked if _said(one) in kept]


def said_once(found: Sequence[Finding]) -> list[Finding]:
    """Without those that quote the same words for the same reason."""
    once: dict[tuple[str, str], Finding] = {}
    for one in found:
        once.setdefault(_said(one), one)
    return list(once.values())


def _said(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.words.casefold()


def _gravest_first(finding: Finding) -> tuple[int, int, int]:
    return -FAMILIES.index(finding.family), finding.start, -finding.length
