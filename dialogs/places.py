"""Where in a draft the rules find what they look for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dialogs.naming import find_names
from dialogs.rules import Rule, Rules
from dialogs.words import Word, goes_on

_NEAR = 6  #: words before a place in which `not_after` looks
_CLAUSE = 9  #: words before a place in which `self_before` looks, commas or not


#: Lists of attacks: with one of these a post is not only thanks or news.
_CROSS = frozenset(("sour", "name_calling", "threats"))


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as the rules see it. `places` holds, by list, where each phrase starts and ends."""

    text: str
    words: Sequence[Word]
    places: Mapping[str, Mapping[int, int]]

    def calm(self) -> bool:
        """Thanks without an attack, or ordinary news without a complaint."""
        if self.places.keys() & _CROSS:
            return False
        return "kind" in self.places or ("news" in self.places and "grumbles" not in self.places)

    def thanks(self) -> bool:
        """Plain thanks, without an attack: sterner than calm, which sarcasm may sound like."""
        return "real_thanks" in self.places and not self.places.keys() & _CROSS


def read(text: str, rules: Rules) -> Draft:
    words = rules.spelling.words(text)
    places = rules.book.find([word.text for word in words], [word.pause for word in words])
    harmless = places.get("harmless", {})
    named = find_names(rules.names, words, harmless, rules.spelling.known)
    for kind in ("title_and_surname", "adult_name", "child_name"):
        for end in named.get(kind, {}).values():
            for found in places.values():
                found.pop(end - 1, None)  # Mr Moody is not moody
    held = {name: found for name, found in places.items() if found}
    return Draft(text, words, held | named | rules.pointing.find(words))


@dataclass(frozen=True, slots=True)
class Place:
    """`first` to `last` are the words that the rule rests on; `start` to `end` what it quotes."""

    first: int
    last: int
    start: int
    end: int


def places(draft: Draft, rule: Rule, rules: Rules) -> Iterator[Place]:
    match rule.matcher:
        case "phrases":
            for name in rule.lists[0]:
                for start, end in draft.places.get(name, {}).items():
                    if not rule.alone or _is_sentence(draft, start, end):
                        yield _place(draft, start, end, _to_its_end(draft, rule, rules, start, end))
        case "in_order":
            yield from _in_order(draft, rule, rules)
        case "near":
            yield from _near(draft, rule)
        case "capitals":
            yield from _capitals(draft, rule.at_least, rules.acronyms)
        case "shapes" if rule.shapes is not None:
            starts = [word.start for word in draft.words]
            for found in rule.shapes.finditer(draft.text):
                first = max(bisect_right(starts, found.start()) - 1, 0)
                last = max(bisect_left(starts, found.end()), first + 1)
                yield Place(first, last, found.start(), found.end())


def _place(draft: Draft, start: int, end: int, quoted: tuple[int, int] | None = None) -> Place:
    first, last = quoted or (start, end)
    return Place(start, end, draft.words[first].start, draft.words[last - 1].end)


def _is_sentence(draft: Draft, start: int, end: int) -> bool:
    words = draft.words
    starts = not start or words[start].pause == 2
    return starts and (end == len(words) or words[end].pause == 2)


def _in_order(draft: Draft, rule: Rule, rules: Rules) -> Iterator[Place]:
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
            yield _place(draft, start, parts[-1][1], _to_its_end(draft, rule, rules, *quoted))


def _to_its_end(draft: Draft, rule: Rule, rules: Rules, start: int, end: int) -> tuple[int, int]:
    """With the words that end the phrase: "told my lad to shut" is "… to shut up", "ripped his" is
    "… his letter up". Not what gentler words are put in place of."""
    if rule.instead:
        return start, end
    words = draft.words
    if words[end - 1].text in rules.before_a_thing and goes_on(words, end):
        end += 1
    if goes_on(words, end) and words[end].text in rules.particles:
        end += 1
    return start, end


def _near(draft: Draft, rule: Rule) -> Iterator[Place]:
    """Phrases of the first lists that have one of each other list near them, none on another, and
    none of `not_between`."""
    others = [sorted(_any(draft, names)) for names in rule.lists[1:]]
    unwanted = sorted(_any(draft, rule.not_between))
    ends = [at for at, word in enumerate(draft.words) if word.pause == 2 and not rule.across]
    for start, end in _any(draft, rule.lists[0]):
        one = bisect_right(ends, start)
        first = max(start - rule.within, ends[one - 1] if one else 0)
        last = min(end + rule.within, ends[one] if one < len(ends) else len(draft.words))
        parts = [(start, end)]
        for found in others:
            part = _apart(found, first, last, parts)
            if part is None:
                break
            parts.append(part)
        else:
            if _apart(unwanted, first, last, ()) is None:
                wanted = [parts[at] for at in rule.quote] or parts
                quoted = (min(wanted)[0], max(end for _, end in wanted))
                yield _place(draft, start, end, quoted)


def _apart(
    found: Sequence[tuple[int, int]], first: int, last: int, parts: Sequence[tuple[int, int]]
) -> tuple[int, int] | None:
    """The first phrase from `first` to `last` that lies on none of the `parts`."""
    for at in range(bisect_left(found, (first, 0)), len(found)):
        start, end = found[at]
        if start >= last:
            return None
        if end <= last and all(end <= one or start >= other for one, other in parts):
            return start, end
    return None


def _any(draft: Draft, names: Sequence[str]) -> Iterator[tuple[int, int]]:
    for name in names:
        yield from draft.places.get(name, {}).items()


def _next(draft: Draft, names: Sequence[str], at: int, rule: Rule) -> tuple[int, int] | None:
    """The next phrase of these lists in the same sentence, `within` words from here."""
    for start in range(at, min(at + rule.within + 1, len(draft.words))):
        if draft.words[start].pause == 2 and not rule.across:
            return None
        ends = [draft.places[name][start] for name in names if start in draft.places.get(name, ())]
        if ends:
            return start, max(ends)
        if any(start in draft.places.get(name, ()) for name in rule.not_between):
            return None
    return None


def _capitals(draft: Draft, at_least: int, acronyms: frozenset[str]) -> Iterator[Place]:
    """Runs of shouted words. Acronyms and single letters do not break a run, and count only
    between two shouted words."""
    run: list[int] = []
    small_ones: list[int] = []
    seen = -1
    for at, word in enumerate(draft.words):
        if word.start == seen:
            continue
        seen = word.start
        small = len(word.raw) < 2 or word.raw in acronyms or not word.raw.isalpha()
        if small:
            small_ones += [at] if word.shouted and run else []
        elif word.shouted:
            run += [*small_ones, at]
            small_ones = []
        else:
            if len(run) >= at_least:
                yield _place(draft, run[0], run[-1] + 1)
            run, small_ones = [], []
    if len(run) >= at_least:
        yield _place(draft, run[0], run[-1] + 1)


def is_held_back(draft: Draft, rule: Rule, place: Place) -> bool:
    if _is_of_oneself(draft, rule, place):
        return True
    if rule.not_before:
        for at in range(place.last, min(place.last + 2, len(draft.words))):
            if draft.words[at].pause == 2:
                break
            if any(at in draft.places.get(name, ()) for name in rule.not_before):
                return True
    if rule.not_after:
        for at in range(place.first - 1, max(place.first - 1 - _NEAR, -1), -1):
            if draft.words[at + 1].pause:
                return False
            if any(at in draft.places.get(name, ()) for name in rule.not_after):
                return True
    return False


def _is_of_oneself(draft: Draft, rule: Rule, place: Place) -> bool:
    """ "I am a tired, useless idiot", and "what a plonker I am" where the sentence ends."""
    words, found = draft.words, draft.places
    near = 0 if found.keys().isdisjoint(rule.self_before) else _CLAUSE
    for at in range(place.first - 1, max(place.first - 1 - near, -1), -1):
        if words[at + 1].pause == 2:
            break
        if any(at in found.get(name, ()) for name in rule.self_before):
            return True
    for name in rule.self_after:
        end = found.get(name, {}).get(place.last)
        if end and words[place.last].pause < 2 and (end == len(words) or words[end].pause):
            return True
    return False
