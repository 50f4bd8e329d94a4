"""Text from outside stays text: whatever arrives can be stored, shown and sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.text import clean, one_line, parts, plain

ANY = st.text(st.characters(exclude_categories=()), max_size=400)


@given(ANY)
def test_clean_text_can_always_be_sent(text: str) -> None:
    cleaned = clean(text)

    cleaned.encode()
    assert not any(character in cleaned for character in "\r\x00\x0b\x0c\x85\u2028\u2029\u202e")
    assert clean(cleaned) == cleaned


@given(st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=200))
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert clean(text) == text.strip()


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("one\u2028two\x85three", "one\ntwo\nthree"),
        ("a\x00b\ud800c", "a\ufffdb\ufffdc"),
        ("x \u202e y", "x \ufffd y"),
        ("\n\n one \n\n\n\n two ", "one \n\n two"),
        ("🦓 zażółć مرحبا", "🦓 zażółć مرحبا"),
    ],
    ids=["line ends", "odd line ends", "unsendable", "direction", "blank runs", "any script"],
)
def test_clean_changes_only_what_cannot_be_sent(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(ANY)
def test_a_line_has_no_line_ends(text: str) -> None:
    assert "\n" not in one_line(clean(text))


@given(ANY.map(clean), st.integers(10, 80))
def test_parts_hold_every_word_and_fit(text: str, limit: int) -> None:
    found = parts(text, limit)

    assert all(len(part) <= limit for part in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_parts_end_with_a_sentence_where_one_ends() -> None:
    text = "It rained. The gate was shut. Nobody came to open it."

    assert parts(text, 32) == ("It rained. The gate was shut.", "Nobody came to open it.")


@pytest.mark.parametrize(
    "typed", ["Carry on", " carry  ON!", "carry on.", "“Carry on”", "ＣＡＲＲＹ　ＯＮ"]
)
def test_labels_are_compared_without_case_and_marks(typed: str) -> None:
    assert plain(typed) == "carry on"
