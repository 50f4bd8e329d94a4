"""Typed labels, numbers and small slips are understood; nothing grave is done on a guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.dialogue import Dialogue
from dialogs.messages import Choice, Chose
from dialogs.understanding import Understood, nearly, numbered
from tests.parent import Parent

WORDS = (
    ("talk to school", "talk"),
    ("stop", "stop"),
    ("send", "send"),
    ("carry on", "carry_on"),
    ("change something", "change"),
    ("i posted it", "posted"),
    ("i changed it", "changed"),
)
CHOICES = (Choice("a", "One"), Choice("b", "Two"))
NAVIGATION = (Choice("help", "Help"), Choice("back", "Back"))


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("talk to schol", Understood("talk")),
        ("tlak to school", Understood("talk")),
        ("cary on", Understood("carry_on")),
        ("stpo", Understood("stop", sure=False)),
        ("sned", Understood("send", sure=False)),
        ("talk to the school", Understood("talk", sure=False)),
        ("i would like to talk to the school please", None),
        ("actually can u send it", None),
        ("sen", None),
        ("qwertyuiop", None),
        ("12345", None),
        ("x" * 80, None),
    ],
)
def test_slips(typed: str, understood: Understood | None) -> None:
    assert nearly(typed, WORDS) == understood


def test_where_words_are_asked_for_only_slips_count() -> None:
    assert nearly("talk to the school", WORDS, slips_only=True) is None
    assert nearly("stpo", WORDS, slips_only=True) == Understood("stop", sure=False)


@pytest.mark.parametrize(
    ("typed", "choice"),
    [("1", "a"), ("2", "b"), ("3", ""), ("6", "help"), ("7", "back"), ("8", ""), ("0", ""),
     ("12", ""), ("٢", "b"), ("²", ""), ("x", "")],
)  # fmt: skip
def test_numbers(typed: str, choice: str) -> None:
    found = numbered(typed, CHOICES, NAVIGATION)

    assert (found.id if found else "") == choice


@given(st.text(max_size=80))
def test_any_text_is_taken_without_a_fault(text: str) -> None:
    nearly(text, WORDS)
    numbered(text, CHOICES, NAVIGATION)


def at_the_preview(dialogue: Dialogue) -> Parent:
    parent = Parent(dialogue).taps_on("talk", "write").writes("It rained.")
    return parent.taps_on("skip", "skip", "skip", "unnamed")


def test_send_with_a_slip_is_asked_back_and_sends_nothing(dialogue: Dialogue) -> None:
    parent = at_the_preview(dialogue)
    label = parent.label("send")
    slip = label[:-2] + label[-1] + label[-2] if len(label) < 6 else label.replace("n", "nn")

    parent.writes(slip)

    assert parent.state == "preview"
    assert not parent.passed_on
    assert label in parent.sees()
    assert parent.offered()[:2] == ["guess_yes", "guess_no"]


@pytest.mark.parametrize(("answer", "sent"), [("yes", 1), ("1", 1), ("no", 0), ("2", 0)])
def test_the_answer_to_did_you_mean_is_taken(dialogue: Dialogue, answer: str, sent: int) -> None:
    parent = at_the_preview(dialogue).writes("sned")

    parent.writes(answer)

    assert len(parent.passed_on) == sent
    assert parent.state == ("sent" if sent else "preview")


def test_another_answer_to_did_you_mean_is_taken_as_itself(dialogue: Dialogue) -> None:
    parent = at_the_preview(dialogue).writes("sned")

    parent.take(Chose(parent.question("guess_yes"), "change"))

    assert parent.state == "change"
    assert parent.session.guess == ""
