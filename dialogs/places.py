"""Where in a draft the rules find what they look for."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dialogs.naming import find_names
from dialogs.rules import Rule, Rules
from dialogs.words import Word, goes_on

_NEAR = 6  #: words before a place in which `not_after` looks
_CLAUSE = 9  #: words before a place in which `self_before` looks, commas or not


#: Lists of attacks: with one of these a post is not only thanks or news.
_CROSS = frozenset(("sour", "name_calling", "threats"))


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as the rules see it. `places` holds, by list, where each phrase starts and ends;
    `sentences` where a sentence starts, but for the first.
    """

    text: str
    words: Sequence[Word]
    places: Mapping[str, Mapping[int, int]]
    sentences: Sequence[int]
    _together: dict[tuple[str, ...], tuple[list[int], dict[int, int]]] = field(
        default_factory=dict, repr=False
    )

    def together(self, names: tuple[str, ...]) -> tuple[Sequence[int], Mapping[int, int]]:
        """Where phrases of these lists start, in order, and where the longest of each ends."""
        if names not in self._together:
            ends: dict[int, int] = {}
            for name in names:
                for start, end in self.places.get(name, {}).items():
                    ends[start] = max(end, ends.get(start, 0))
            self._together[names] = sorted(ends), ends
        return self._together[names]

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
    kinds = ("title_and_surname", "adult_name", "child_name")
    surnames = {end - 1 for kind in kinds for end in named.get(kind, {}).values()}
    for found in places.values():
        if not found.keys().isdisjoint(surnames):
            for at in surnames:
                found.pop(at, None)  # Mr Moody is not moody
    held = {name: found for name, found in places.items() if found}
    sentences = [at for at, word in enumerate(words) if word.pause == 2]
    return Draft(text, words, held | named | rules.pointing.find(words), sentences)


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
    """One phrase of each of the lists: each the next of its kind in the same sentence, at most
    `within` words after the one before, with none of `not_between` before it."""
    others = [draft.together(names) for names in rule.lists[1:]]
    unwanted, _ = draft.together(rule.not_between)
    sentences = () if rule.across else draft.sentences
    for start, end in _any(draft, rule.lists[0]):
        parts = [(start, end)]
        for starts, ends in others:
            at = parts[-1][1]
            found = _first(starts, at)
            if found > at + rule.within or _first(sentences, at) <= found:
                break
            if _first(unwanted, at) < found:
                break
            parts.append((found, ends[found]))
        else:
            wanted = [parts[at] for at in rule.quote] or parts
            quoted = (wanted[0][0], wanted[-1][1])
            yield _place(draft, start, parts[-1][1], _to_its_end(draft, rule, rules, *quoted))


def _first(starts: Sequence[int], at: int) -> int:
    """The first of them from here on, or one further than any text is long."""
    nth = bisect_left(starts, at)
    return starts[nth] if nth < len(starts) else sys.maxsize


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
    ends = [] if rule.across else draft.sentences
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


def _capitals(draft: Draft, at_least: int, acronyms: frozenset[str]) -> Iterator[Place]:
    """Runs of shouted words. Acronyms and single letters do not break a run, and count only
    between two shouted words."""
    if sum(word.shouted for word in draft.words) < at_least:
        return
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
    if unwanted := draft.together(rule.not_before)[1]:
        for at in range(place.last, min(place.last + 2, len(draft.words))):
            if draft.words[at].pause == 2:
                break
            if at in unwanted:
                return True
    if unwanted := draft.together(rule.not_after)[1]:
        for at in range(place.first - 1, max(place.first - 1 - _NEAR, -1), -1):
            if draft.words[at + 1].pause:
                return False
            if at in unwanted:
                return True
    return False


def _is_of_oneself(draft: Draft, rule: Rule, place: Place) -> bool:
    """ "I am a tired, useless idiot", and "what a plonker I am" where the sentence ends."""
    words, found = draft.words, draft.places
    near = 0 if found.keys().isdisjoint(rule.self_before) else _CLAUSE
    for at in range(place.first - 1, max(place.first - 1 - near, -1), -1):
        if words[at + 1].pause == 2:
            break
        if at in draft.together(rule.self_before)[1]:
            return True
    for name in rule.self_after:
        end = found.get(name, {}).get(place.last)
        if end and words[place.last].pause < 2 and (end == len(words) or words[end].pause):
            return True
    return False
