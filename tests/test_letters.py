"""One typed word, letter by letter: made plain, and what slips and stars make of it."""

from __future__ import annotations

import pytest

from dialogs.letters import forms_of, masks_of, one_star, plain_letters, slips_of


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("Kit", "kit"),
        ("Year4", "year4"),
        ("won’t", "won't"),
        ("'quoted'", "quoted"),
        ("Żółw", "zołw"),
        ("k\u0301i\u0301t\u0301", "kit"),
        ("ki\u200bt", "kit"),
        ("f**k", "f*k"),
        ("**bold**", "bold*"),
        ("tw@t", "tw@t"),
        ("&", "and"),
        ("***", ""),
        ("'@$'", ""),
        ("k" * 401, "k" * 400),
    ],
)
def test_a_typed_word_is_made_plain(typed: str, plain: str) -> None:
    assert plain_letters(typed) == plain


@pytest.mark.parametrize(
    ("word", "starred"), [("f***ing", "f*ing"), ("a*b*c", "a*b*c"), ("*a**", "a*"), ("***", "")]
)
def test_stars_in_a_row_are_one_star_and_none_in_front(word: str, starred: str) -> None:
    assert one_star(word) == starred


@pytest.mark.parametrize(
    ("raw", "forms"),
    [
        ("kit", ("kit",)),
        ("tree", ("tree",)),
        ("idioooot", ("idioooot", "idioot", "idiot")),
        ("rubbish*", ("rubbish*", "rubbish")),
    ],
)
def test_a_word_is_also_looked_for_without_stretching_and_without_a_last_star(
    raw: str, forms: tuple[str, ...]
) -> None:
    assert forms_of(raw) == forms


def test_a_mask_leaves_the_first_letter_and_one_more() -> None:
    assert list(masks_of("twat")) == ["t*at", "t*t", "tw*t"]


def test_a_slip_leaves_a_letter_out_doubles_it_or_swaps_it_with_the_next() -> None:
    assert list(slips_of("kit")) == ["kt", "kiit", "kti", "ki", "kitt"]
