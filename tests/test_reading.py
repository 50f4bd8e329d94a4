"""Reading measures: what counts as a sentence, a word, a syllable."""

from __future__ import annotations

import pytest

from dialogs import reading
from dialogs.reading import is_a_signpost, measure, syllables


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two? Three…", ("One", "Two", "Three")),
        ("A line\nAnother line", ("A line", "Another line")),
        ("A line that\ngoes on here.", ("A line that goes on here",)),
        ("- one thing\n- another thing", ("one thing", "another thing")),
        ("Call 0808 800 5000. It is free.", ("Call it", "It is free")),
        ("See https://a.example/b.c?d=e. Then go.", ("See it", "Then go")),
        ("Write to help@nspcc.org.uk today.", ("Write to it today",)),
        ("Ring $telephone, or ${council_phone}.", ("Ring it, or it",)),
        ("", ()),
    ],
    ids=["ends", "lines", "wrapped", "list", "number", "link", "e-mail", "placeholder", "nothing"],
)
def test_sentences(text: str, expected: tuple[str, ...]) -> None:
    assert reading.sentences(text) == expected


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("school", 1), ("policy", 3), ("private", 2), ("something", 2), ("asked", 1),
        ("wanted", 2), ("table", 2), ("changes", 2), ("homes", 1), ("idea", 3), ("media", 3),
        ("don't", 1), ("children's", 2), ("safeguarding", 3), ("well-known", 2), ("the", 1),
    ],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_a_hard_text_has_a_higher_grade_than_an_easy_one() -> None:
    easy = measure("You decide. School only sees what you choose to send.")
    hard = measure(
        "Reputational considerations necessitate comprehensive deliberation regarding the "
        "potentially detrimental ramifications of publication."
    )

    assert easy.grade < 3
    assert hard.grade > 15


def test_mean_and_longest_sentence_are_counted_in_words() -> None:
    found = measure("One two three. One two three four five.")

    assert (found.words, found.longest, found.mean) == (8, 5, 4.0)


def test_a_placeholder_counts_as_one_short_word() -> None:
    assert measure("Ring $safeguarding_lead now.").grade == measure("Ring it now.").grade


def test_no_words_have_no_grade() -> None:
    assert measure("---\n…").grade == 0.0


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("NSPCC: $nspcc_phone or $nspcc_email", True),
        ("Childline: 0800 1111", True),
        ("- a thing in a list", True),
        ("In danger now? Call 999.", False),
        ("Question 1 of 4", False),
        ("You can also tell all of these people at once about it on $police_phone", False),
    ],
)
def test_a_signpost_is_a_line_that_only_says_where_to_turn(line: str, expected: bool) -> None:
    assert is_a_signpost(line) is expected
