"""Short ways to write many phrases in a list of the content.

`hit/slap my son/lad` is four phrases, `-/very rude` has a word that may be left out, `grab~ him`
stands for every ending (grab, grabs, grabbed, grabbing), `clown+` for clown and clowns. They are
never written out: a phrase stays a row of places, each with the words that may stand there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from sys import intern

Row = tuple[tuple[str, ...], ...]

#: One vowel between consonants doubles its last letter: grab, grabbing.
_SIGNS = re.compile(r"[/~+]")
_DOUBLING = re.compile(r"[^aeiou]+[aeiou][^aeiouwxy]")


def rows(phrase: str, irregular: Mapping[str, Sequence[str]]) -> Iterator[Row]:
    """The phrase with and without what may be left out. `irregular` holds the forms that no
    ending makes: threw."""
    if not _SIGNS.search(phrase):
        if words := phrase.split():
            yield tuple((intern(word),) for word in words)
        return
    places = [tuple(_ways(word, irregular)) for word in phrase.split()]
    optional = [((), (place,)) if "" in place else ((place,),) for place in places]
    for kept in product(*optional):
        row = tuple(
            tuple(intern(word) for word in place if word) for part in kept for place in part
        )
        if row and all(row):
            yield row


def compounds(first: Iterable[str], last: Sequence[str]) -> Iterator[str]:
    """Each first part with each last one, as one word and as two: knobhead, knob head."""
    for start, end in product(first, last):
        yield start + end
        yield f"{start} {end}"


def _ways(word: str, irregular: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for one in word.split("/"):
        if one == "-":
            yield ""
        elif one.endswith("~"):
            yield from _endings(one[:-1], irregular)
        elif one.endswith("+"):
            yield from (one[:-1], _plural(one[:-1]))
        else:
            yield one


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "z", "ch", "sh")) else f"{noun}s"


def _endings(verb: str, irregular: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    if verb in irregular:
        return (verb, *irregular[verb])
    if verb.endswith("e"):
        return verb, f"{verb}s", f"{verb}d", f"{verb[:-1]}ing"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"
    if verb.endswith(("s", "x", "z", "ch", "sh")):
        return verb, f"{verb}es", f"{verb}ed", f"{verb}ing"
    stem = verb + verb[-1] if _DOUBLING.fullmatch(verb) else verb
    return verb, f"{verb}s", f"{stem}ed", f"{stem}ing"
