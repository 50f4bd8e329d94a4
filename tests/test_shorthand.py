"""Short ways to write many phrases."""

from __future__ import annotations

from itertools import product

import pytest

from dialogs.phrasebook import Phrasebook
from dialogs.shorthand import compounds, rows
from dialogs.words import Spelling

IRREGULAR = {"throw": ["throws", "threw", "throwing"]}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("what a mess", {"what a mess"}),
        ("hit/slap my son/lad", {"hit my son", "hit my lad", "slap my son", "slap my lad"}),
        ("-/very rude", {"very rude", "rude"}),
        ("grab~ him", {"grab him", "grabs him", "grabbed him", "grabbing him"}),
        ("bully~", {"bully", "bullies", "bullied", "bullying"}),
        ("shove~", {"shove", "shoves", "shoved", "shoving"}),
        ("punch~", {"punch", "punches", "punched", "punching"}),
        ("throw~", {"throw", "throws", "threw", "throwing"}),
        ("clown+/bully+/witch+", {"clown", "clowns", "bully", "bullies", "witch", "witches"}),
        ("", set()),
        ("-/very -/so", {"very", "so", "very so"}),
    ],
)
def test_a_short_phrase_stands_for_all_that_is_meant(written: str, meant: set[str]) -> None:
    assert {" ".join(one) for row in rows(written, IRREGULAR) for one in product(*row)} == meant


def test_a_compound_is_one_word_or_two() -> None:
    assert list(compounds(["knob"], ["head"])) == ["knobhead", "knob head"]


def test_a_phrase_with_many_ways_is_found_where_it_stands() -> None:
    spelling = Spelling.compile({}, {}, (), (), (), ())
    book = Phrasebook.compile({"acts": rows("grab~/push~ my son/lad", {})}, spelling)

    assert book.find(["he", "pushed", "my", "lad"]) == {"acts": {1: 4}}
    assert book.find(["he", "pushed", "my", "cat"]) == {}
    assert book.find(["pushed", "my", "son"], [0, 2, 0]) == {}
