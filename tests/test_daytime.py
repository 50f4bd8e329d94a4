"""A time of day as parents type it."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.content import Content
from dialogs.daytime import TimeWords, read_time
from dialogs.nights import is_night_at
from tests.sample import ROOT

CONTENT = Content.load(ROOT / "policy_content")
SAID = TimeWords.of(CONTENT.wordings["en"].also)
NUMBERS_ONLY = TimeWords.of({})


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("7.45", time(7, 45)),
        ("7:45", time(7, 45)),
        ("0745", time(7, 45)),
        ("19 15", time(19, 15)),
        ("8am", time(8)),
        ("8 am.", time(8)),
        ("8.30 a.m.", time(8, 30)),
        ("12pm", time(12)),
        ("6.30pm", time(18, 30)),
        ("8.15 PM", time(20, 15)),
        ("half past six", time(18, 30)),
        ("at 3", time(15)),
        ("10", time(10)),
        ("half past eight", time(8, 30)),
        ("half 8", time(8, 30)),
        ("Half past 7", time(7, 30)),
        ("quarter to nine", time(8, 45)),
        ("a quarter past 5", time(17, 15)),
        ("quarter to one", time(12, 45)),
        ("8 o'clock", time(8)),
        ("eight o’clock", time(8)),
        ("9 oclock please", time(9)),
        ("at 9:15", time(9, 15)),
        ("9am tomorrow", time(9)),
        ("Tomorrow, at 9.15 am!", time(9, 15)),
        ("8 in the evening", time(20)),
        ("nine in the morning", time(9)),
        ("9ish", time(9)),
        ("noon", time(12)),
        ("12 noon", time(12)),
        ("midday tomorrow", time(12)),
        ("8", None),
        ("06:30", None),
        ("٠٦:٣٠", None),
        ("7.15", None),
        ("6.30", None),
        ("9 at night", None),
        ("21:00", None),
        ("12am", None),
        ("13pm", None),
        ("24:10", None),
        ("9.75", None),
        ("half past 9.15", None),
        ("half past", None),
        ("quarter to 0", None),
        ("9 noon", None),
        ("9 am pm", None),
        ("tomorrow", None),
        ("soon", None),
        ("", None),
        ("7.45 or so", None),
        ("at 9 " + "please " * 20, None),
        ("٨:٣٠", time(8, 30)),
        ("８：３０", time(8, 30)),
    ],
)
def test_a_time_is_read_as_parents_type_it(typed: str, at: time | None) -> None:
    assert read_time(typed, SAID) == at


@pytest.mark.parametrize(
    ("typed", "at"), [("7.45", time(7, 45)), ("18:30", time(18, 30)), ("9 oclock", None)]
)
def test_a_language_without_words_for_it_is_typed_in_numbers(typed: str, at: time | None) -> None:
    assert read_time(typed, NUMBERS_ONLY) == at


@given(st.text(st.sampled_from("0123456789:. apmhlfst") | st.characters(), max_size=80))
def test_no_text_is_a_time_at_night(typed: str) -> None:
    at = read_time(typed, SAID)

    assert at is None or not is_night_at(at)
