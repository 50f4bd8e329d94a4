"""Many lists of phrases, found in one walk over the words."""

from __future__ import annotations

from dialogs.phrasebook import Phrasebook
from dialogs.shorthand import rows
from dialogs.words import Spelling

SPELLING = Spelling.compile({}, {}, (), (), (), ())


def book(**lists: str) -> Phrasebook:
    return Phrasebook.compile({name: rows(row, {}) for name, row in lists.items()}, SPELLING)


def found(phrases: Phrasebook, text: str) -> dict[str, list[str]]:
    words = text.split()
    return {
        name: [" ".join(words[start:end]) for start, end in places.items()]
        for name, places in phrases.find(words).items()
    }


def test_a_phrase_that_goes_on_from_another_does_not_go_on_from_its_neighbour() -> None:
    phrases = Phrasebook.compile(
        {
            "short": [*rows("red kite", {}), *rows("red coat", {})],
            "long": rows("red kite flying", {}),
        },
        SPELLING,
    )

    assert found(phrases, "red kite flying") == {"short": ["red kite"], "long": ["red kite flying"]}
    assert found(phrases, "red coat flying") == {"short": ["red coat"]}


def test_a_phrase_of_two_lists_does_not_draw_its_neighbour_into_both() -> None:
    phrases = Phrasebook.compile(
        {"one": [*rows("red kite", {}), *rows("red coat", {})], "two": rows("red coat", {})},
        SPELLING,
    )

    assert found(phrases, "red kite") == {"one": ["red kite"]}
    assert found(phrases, "red coat") == {"one": ["red coat"], "two": ["red coat"]}


def test_a_phrase_that_begins_another_is_found_whichever_came_first() -> None:
    late = book(long="red kite flying", short="red kite")

    assert found(late, "red kite flying") == {"short": ["red kite"], "long": ["red kite flying"]}


def test_the_words_for_one_place_are_kept_once() -> None:
    phrases = book(one="hit the/that/this boy/girl", two="hurt the/that/this boy/girl")

    (hit, _), (hurt, _) = (phrases.varied[word]["the"][0] for word in ("hit", "hurt"))
    assert hit[0] is hurt[0] == {"boy", "girl"}


def test_a_phrase_without_words_is_found_nowhere() -> None:
    phrases = Phrasebook.compile({"one": [(), *rows("red kite", {})]}, SPELLING)

    assert found(phrases, "a red kite") == {"one": ["red kite"]}
