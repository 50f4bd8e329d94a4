"""The draft check: places in a draft that may hurt someone or land badly, by rules that are data."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import Template
from typing import Any

from dialogs.messages import Finding
from dialogs.names import KINDS, Names
from dialogs.words import Phrasebook, Spelling, Word

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
MATCHERS = ("phrases", "in_order", "capitals", "shapes")
CLAUSES = ("B1", "B2", "B2b", "B3", "B4", "ours")

_NEAR = 6  #: words before a place in which `not_after` looks


@dataclass(frozen=True, slots=True)
class Rule:
    """What one rule looks for, and what it says.

    `lists` are looked up in the draft by the `matcher`: `phrases` (any of them), `in_order` (one
    of each, in this order, at most `within` words apart, in one sentence), `capitals` (at least
    `at_least` shouted words in a row), `shapes` (9 is a digit, A a capital, a a letter). `quote` says which of
    the `in_order` lists is quoted; none means all. The rest hold a rule back.
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
    without: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()
    not_between: tuple[str, ...] = ()
    not_before: tuple[str, ...] = ()
    calm_passes: bool = False

    def uses(self) -> Iterator[str]:
        """Every list this rule looks into."""
        for names in (*self.lists, self.needs, self.without, self.not_after):
            yield from names
        yield from (*self.not_between, *self.not_before)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one language, compiled when the content is loaded."""

    rules: tuple[Rule, ...]
    book: Phrasebook = field(repr=False)
    names: Names = field(repr=False)
    spelling: Spelling = field(repr=False)
    acronyms: frozenset[str] = field(repr=False)

    @classmethod
    def compile(cls, data: Mapping[str, Any]) -> Rules:
        """From draft_check.yaml as plain mappings and lists. Expects data without `problems`."""
        lists = {
            name: tuple(str(phrase) for phrase in phrases) for name, phrases in data["lists"].items()
        }
        compiled = tuple(_rule(rule) for rule in data["rules"])
        used = {*_NEEDED_LISTS, *(name for rule in compiled for name in rule.uses())}
        looked_for = {name: lists[name] for name in used if name in lists}
        bare = Spelling.compile(data["spellings"], data["joined"], (), (), (), ())
        known = {
            word
            for phrases in looked_for.values()
            for phrase in phrases
            for words in bare.phrase(phrase)
            for word in words
        }
        spelling = Spelling.compile(
            data["spellings"],
            data["joined"],
            data["slips"],
            (*data["everyday"], *(name for kind in ("child_names", "surnames") for name in lists[kind])),
            lists["abbreviations"],
            known,
        )
        return cls(
            compiled,
            Phrasebook.compile(looked_for, spelling),
            Names.compile(lists),
            spelling,
            frozenset(lists["acronyms"]),
        )


def findings(text: str, rules: Rules, limit: int = 5) -> tuple[Finding, ...]:
    """At most `limit` findings, gentlest first, none on top of another.

    When there are more, each family keeps its first, and the gravest families stay.
    """
    draft = _read(text, rules)
    chosen: list[Finding] = []
    for finding in sorted(_all(draft, rules), key=_gravest_first):
        end = finding.start + finding.length
        if all(end <= one.start or one.start + one.length <= finding.start for one in chosen):
            chosen.append(finding)
    order = {rule.id: place for place, rule in enumerate(rules.rules)}
    first_of: dict[str, int] = {}
    ranked = []
    for finding in chosen:
        again = first_of[finding.family] = first_of.get(finding.family, -1) + 1
        ranked.append((again, finding))
    kept = [finding for _, finding in sorted(ranked, key=lambda pair: pair[0])[:limit]]
    return tuple(sorted(kept, key=lambda one: (order[one.rule], one.start)))


def is_kind(text: str, rules: Rules) -> bool:
    """True of thanks and praise with nothing cross in them (a photo of others may be)."""
    draft = _read(text, rules)
    return (
        "kind" in draft.places
        and "sour" not in draft.places
        and all(finding.family == "identifies_child" for finding in _all(draft, rules))
    )


def is_rude(text: str, rules: Rules) -> bool:
    """True when the text swears, at anyone or anything."""
    return "swearing" in _read(text, rules).places


def full_child_name(text: str, rules: Rules) -> tuple[int, int, str] | None:
    """Where a child other than the parent's own is named in full: start, length and first name."""
    draft = _read(text, rules)
    for start, end in draft.places.get("child_name", {}).items():
        first, last = draft.words[start], draft.words[end - 1]
        return first.start, last.end - first.start, text[first.start : first.end]
    return None


@dataclass(frozen=True, slots=True)
class _Draft:
    """A draft as the rules see it. `places` holds, by list, where each phrase starts and ends."""

    text: str
    words: Sequence[Word]
    places: Mapping[str, Mapping[int, int]]

    def calm(self) -> bool:
        """Thanks without an attack, or ordinary news without a complaint."""
        if "sour" in self.places:
            return False
        return "kind" in self.places or (
            "news" in self.places and "grumbles" not in self.places
        )


def _read(text: str, rules: Rules) -> _Draft:
    words = rules.spelling.words(text)
    places = rules.book.find([word.text for word in words], [word.pause for word in words])
    places |= rules.names.find(words, places.get("harmless", {}))
    return _Draft(text, words, places)


def _all(draft: _Draft, rules: Rules) -> Iterator[Finding]:
    calm = draft.calm()
    for rule in rules.rules:
        if (calm and rule.calm_passes) or any(name in draft.places for name in rule.without):
            continue
        if rule.needs and not any(name in draft.places for name in rule.needs):
            continue
        for place in _places(draft, rule, rules):
            if not _held_back(draft, rule, place):
                yield _finding(draft, rule, place)


def _finding(draft: _Draft, rule: Rule, place: _Place) -> Finding:
    words = draft.text[place.start : place.end]
    first = draft.words[place.first]
    values = {"words": words, "first": draft.text[first.start : first.end]}
    instead = Template(rule.instead).safe_substitute(values, small=words.lower())
    return Finding(
        start=place.start,
        length=place.end - place.start,
        words=words,
        rule=rule.id,
        family=rule.family,
        clause=rule.clause,
        reason=rule.reason,
        gentler=rule.gentler,
        values={**values, "instead": instead},
    )


def _gravest_first(finding: Finding) -> tuple[int, int, int]:
    return -FAMILIES.index(finding.family), finding.start, -finding.length


# --- matchers ---


@dataclass(frozen=True, slots=True)
class _Place:
    """`first` to `last` are the words that the rule rests on; `start` to `end` what it quotes."""

    first: int
    last: int
    start: int
    end: int


def _places(draft: _Draft, rule: Rule, rules: Rules) -> Iterator[_Place]:
    match rule.matcher:
        case "phrases":
            for name in rule.lists[0]:
                for start, end in draft.places.get(name, {}).items():
                    yield _place(draft, start, end)
        case "in_order":
            yield from _in_order(draft, rule)
        case "capitals":
            yield from _capitals(draft, rule.at_least, rules.acronyms)
        case "shapes" if rule.shapes is not None:
            starts = [word.start for word in draft.words]
            for found in rule.shapes.finditer(draft.text):
                first = max(bisect_right(starts, found.start()) - 1, 0)
                last = max(bisect_left(starts, found.end()), first + 1)
                yield _Place(first, last, found.start(), found.end())


def _place(draft: _Draft, start: int, end: int, quoted: tuple[int, int] | None = None) -> _Place:
    first, last = quoted or (start, end)
    return _Place(start, end, draft.words[first].start, draft.words[last - 1].end)


def _in_order(draft: _Draft, rule: Rule) -> Iterator[_Place]:
    for start, end in _any(draft, rule.lists[0]):
        parts = [(start, end)]
        for names in rule.lists[1:]:
            part = _next(draft, names, parts[-1][1], rule)
            if part is None:
                break
            parts.append(part)
        else:
            wanted = [parts[at] for at in rule.quote] or parts
            quoted = (wanted[0][0], wanted[-1][1])
            yield _place(draft, start, parts[-1][1], quoted)


def _any(draft: _Draft, names: Sequence[str]) -> Iterator[tuple[int, int]]:
    for name in names:
        yield from draft.places.get(name, {}).items()


def _next(draft: _Draft, names: Sequence[str], at: int, rule: Rule) -> tuple[int, int] | None:
    """The next phrase of these lists in the same sentence, `within` words from here."""
    for start in range(at, min(at + rule.within + 1, len(draft.words))):
        if draft.words[start].pause == 2:
            return None
        ends = [draft.places[name][start] for name in names if start in draft.places.get(name, ())]
        if ends:
            return start, max(ends)
        if any(start in draft.places.get(name, ()) for name in rule.not_between):
            return None
    return None


def _capitals(draft: _Draft, at_least: int, acronyms: frozenset[str]) -> Iterator[_Place]:
    """Runs of shouted words. Acronyms and single letters neither count nor break a run."""
    run: list[int] = []
    seen = -1
    for at, word in enumerate(draft.words):
        if word.start == seen:
            continue
        seen = word.start
        small = len(word.raw) < 2 or word.raw in acronyms or not word.raw.isalpha()
        if word.shouted and not small:
            run.append(at)
        elif not small:
            if len(run) >= at_least:
                yield _place(draft, run[0], run[-1] + 1)
            run = []
    if len(run) >= at_least:
        yield _place(draft, run[0], run[-1] + 1)


def _held_back(draft: _Draft, rule: Rule, place: _Place) -> bool:
    if rule.not_before:
        after = range(place.last, min(place.last + 2, len(draft.words)))
        if any(at in draft.places.get(name, ()) for name in rule.not_before for at in after):
            return True
    if rule.not_after:
        for at in range(place.first - 1, max(place.first - 1 - _NEAR, -1), -1):
            if draft.words[at + 1].pause:
                return False
            if any(at in draft.places.get(name, ()) for name in rule.not_after):
                return True
    return False


# --- from data ---


def _rule(data: Mapping[str, Any]) -> Rule:
    lists = data.get("lists", ())
    in_order = data["matcher"] == "in_order"
    shapes = [str(shape) for shape in data.get("shapes", ())]
    return Rule(
        id=data["id"],
        family=data["family"],
        clause=data["clause"],
        matcher=data["matcher"],
        reason=data["reason"],
        gentler=data["gentler"],
        lists=tuple(tuple(one) for one in lists) if in_order else (tuple(lists),),
        within=int(data.get("within", 3)),
        at_least=int(data.get("at_least", 3)),
        quote=tuple(int(at) - 1 for at in data.get("quote", ())),
        shapes=_shapes(shapes) if shapes else None,
        instead=data.get("instead", ""),
        **{
            key: tuple(data.get(key, ()))
            for key in ("needs", "without", "not_after", "not_between", "not_before")
        },
        calm_passes=bool(data.get("calm_passes", False)),
    )


def _shapes(shapes: Sequence[str]) -> re.Pattern[str]:
    letters = {"9": "[0-9]", "A": "[A-Z]", "a": "[A-Za-z]", " ": "[ -]?"}
    ways = ("".join(letters.get(c, re.escape(c)) for c in shape) for shape in shapes)
    return re.compile(rf"(?<![\w/.])(?:{'|'.join(ways)})(?!\w)")


def problems(data: Any) -> list[str]:
    """Everything that is wrong with draft_check.yaml, as sentences; each rule proves its examples.

    `data` is what a file held, so anything at all.
    """
    found = _misshapen(data)
    if found:
        return found
    rules = Rules.compile(data)
    for raw, rule in zip(data["rules"], rules.rules, strict=True):
        for want, examples in ((True, raw["fires"]), (False, raw["passes"])):
            for example in examples:
                if fires(str(example), rule.id, rules) is not want:
                    verb = "does not fire on" if want else "fires on"
                    found.append(f'rule {rule.id} {verb} "{example}"')
    return found


def fires(text: str, rule: str, rules: Rules) -> bool:
    """Whether one rule, by its id, has anything to say of a text."""
    return any(finding.rule == rule for finding in _all(_read(text, rules), rules))


def _misshapen(data: Any) -> list[str]:
    if not isinstance(data, Mapping):
        return ["the draft check is not a mapping"]
    found = [
        f'"{key}" is missing' if key not in data else f'"{key}" has the wrong shape'
        for key, shape in _SHAPES.items()
        if not isinstance(data.get(key), shape)
    ]
    if found:
        return found
    known = {*data["lists"], *KINDS}
    for name in (*_NEEDED_LISTS, *Names.__slots__):
        if name not in data["lists"]:
            found.append(f'the list "{name}" is missing')
    seen: set[str] = set()
    for rule in data["rules"]:
        found += _rule_problems(rule, known, seen)
    return found


_SHAPES: Mapping[str, type] = {
    "spellings": Mapping,
    "joined": Mapping,
    "slips": list,
    "everyday": list,
    "lists": Mapping,
    "rules": list,
}
_NEEDED_LISTS = ("harmless", "kind", "news", "sour", "grumbles", "swearing", "acronyms", "abbreviations")
_TEXTS = ("id", "family", "clause", "matcher", "reason", "gentler")


def _rule_problems(rule: Any, known: set[str], seen: set[str]) -> Iterator[str]:
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
    for key, what in (("fires", "must fire"), ("passes", "must not")):
        examples = rule.get(key)
        if not isinstance(examples, list) or len(examples) < 3:
            yield f"{name} needs three texts on which it {what}"
    used = [rule.get(key, ()) for key in ("needs", "without", "not_after", "not_between", "not_before")]
    lists = rule.get("lists", ())
    used += lists if rule.get("matcher") == "in_order" else [lists]
    for names in used:
        for one in names:
            if one not in known:
                yield f'{name} uses the list "{one}", which is not there'
