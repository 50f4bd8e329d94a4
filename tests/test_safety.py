"""Safety phrases: which card a text calls for, on the English phrases."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs import safety
from dialogs.safety import CARDS, Phrases, card_for
from dialogs.source import read

ROOT = Path(__file__).parent.parent
DATA: dict[str, Any] = read(ROOT / "policy_content" / "en" / "safety.yaml").value
PHRASES = Phrases.compile(DATA)
EVALUATION = read(ROOT / "benchmarks" / "eval" / "safety.yaml").value


def problems(data: dict[str, Any]) -> list[str]:
    return [sentence for _, sentence in safety.problems(data)]


def examples(key: str) -> list[tuple[str, str]]:
    return [(card, str(text)) for card, rule in DATA["cards"].items() for text in rule[key]]


@pytest.mark.parametrize(("card", "text"), examples("fires"))
def test_a_card_is_shown_for_its_own_examples(card: str, text: str) -> None:
    assert card_for(text, PHRASES) == card


@pytest.mark.parametrize(("card", "text"), examples("passes"))
def test_a_card_is_not_shown_for_its_near_misses(card: str, text: str) -> None:
    assert card_for(text, PHRASES) != card


def test_the_phrases_have_no_problems() -> None:
    assert problems(DATA) == []


@pytest.mark.parametrize("key", ["fires", "passes"])
def test_a_card_with_two_examples_is_refused(key: str) -> None:
    data = copy.deepcopy(DATA)
    data["cards"]["urgent"][key] = data["cards"]["urgent"][key][:2]

    assert any("card urgent needs three texts" in sentence for sentence in problems(data))


def test_a_card_whose_example_fails_is_refused_by_name() -> None:
    data = copy.deepcopy(DATA)
    data["cards"]["urgent"]["fires"][0] = "the gate was shut"

    assert problems(data) == ['card urgent is not shown for "the gate was shut"']


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"panic": {"fires": ["a"] * 3, "passes": ["b"] * 3}}, "card panic is not one of crisis"),
        ({"urgent": None}, "card urgent is not a mapping"),
        ({"urgent": {"together": [{"lists": ["nowhere"]}]}}, 'uses the list "nowhere"'),
        ({"urgent": {"together": [3]}}, "card urgent has words together without lists"),
        ({"urgent": {"together": 3}}, "card urgent has words together without lists"),
        ({"urgent": {"together": [{"lists": []}]}}, "card urgent has words together without lists"),
        ({"urgent": {"together": [{"lists": [[]]}]}}, 'uses the list "[]"'),
        ({"urgent": {"together": [{"lists": [], "within": "far"}]}}, "card urgent has words"),
        ({"urgent": {"whole": [9]}}, 'card urgent cannot be read: "whole" has "9"'),
        ({"urgent": {"phrases": None}}, 'card urgent cannot be read: "phrases" should be a list'),
    ],
)
def test_cards_that_make_no_sense_are_refused(change: dict[str, Any], sentence: str) -> None:
    data = {**DATA, "cards": {**DATA["cards"], **change}}

    assert any(sentence in one for one in problems(data))


def test_words_together_are_counted_in_whole_numbers() -> None:
    data = copy.deepcopy(DATA)
    rule = next(rule for rule in data["cards"].values() if rule.get("together"))
    rule["together"][0]["within"] = "far"

    (sentence,) = problems(data)

    assert sentence.endswith('has a "within" that is not a whole number')


def test_a_card_that_was_left_out_is_named() -> None:
    data = {
        **DATA,
        "cards": {card: rule for card, rule in DATA["cards"].items() if card != "staff"},
    }

    assert problems(data) == ['the card "staff" has no phrases']


def test_a_card_that_is_shown_for_its_near_miss_is_refused_by_name() -> None:
    data = copy.deepcopy(DATA)
    data["cards"]["urgent"]["passes"][0] = data["cards"]["urgent"]["fires"][0]

    assert problems(data) == [f'card urgent is shown for "{data["cards"]["urgent"]["fires"][0]}"']


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"slips": [5]}, '"slips" has "5", which should be text; put it in quotes'),
        ({"everyday": [None]}, '"everyday" has "None", which should be text; put it in quotes'),
        ({"harmless": [True]}, '"harmless" has "True", which should be text; put it in quotes'),
        ({"joined": {"ill": None}}, '"ill" of "joined" should be text; put it in quotes'),
        ({"spellings": {"you": "u"}}, '"you" of "spellings" should be a list'),
        ({"spellings": {"you": [4]}}, '"you" of "spellings" has "4", which should be text'),
        ({"lists": {**DATA["lists"], "hits": None}}, '"hits" of "lists" should be a list'),
    ],
)
def test_words_of_another_shape_are_named(change: dict[str, Any], sentence: str) -> None:
    assert any(one.startswith(sentence) for one in problems({**DATA, **change}))


@pytest.mark.parametrize("data", [{}, {"cards": {}}, {**DATA, "cards": None}])
def test_phrases_of_another_shape_are_a_problem_and_not_an_error(data: dict[str, Any]) -> None:
    assert problems(data)


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("hes got brusies on his back agen he said stepdad did it im scared 2 say owt", "urgent"),
        (
            "that TA mr davis grabbed my daughters arm left a mark everyone needs 2 know",
            "staff",
        ),
        ("i want to make a FORMAL complaint and dont fob me off", "formal"),
        ("i could kill that teacher lol", "crisis"),
        ("me mam says our kid has been hit by his dad", "urgent"),
        ("", ""),
    ],
)
def test_the_stories_are_heard(text: str, card: str) -> None:
    assert card_for(text, PHRASES) == card


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("i want to kill myself and someone has a knife", "crisis"),
        ("he has a knife and his dad hits him", "urgent_now"),
        ("his stepdad hits him and i want to make a formal complaint", "urgent"),
        ("a teacher hit my son, i want to make a formal complaint", "staff"),
        ("wrong school, i want to make a formal complaint", "wrong_school"),
    ],
)
def test_the_gravest_card_comes_first(text: str, card: str) -> None:
    assert card_for(text, PHRASES) == card


@pytest.mark.parametrize(
    "text",
    [
        "HE IS HITTING HER NOW",
        "he’s hitting her now",
        "he is hitting her now",
        "he's  hitting\nher".replace("\n", " ") + " now",
        "omg hes hitttting her now!!!",
    ],
)
def test_case_apostrophes_and_stretching_do_not_matter(text: str) -> None:
    assert card_for(text, PHRASES) == "urgent_now"


TOGETHER = Phrases.compile(
    {
        "spellings": {}, "joined": {}, "slips": [], "everyday": [], "harmless": [],
        "lists": {"who": ["dad"], "does": ["hits"], "whom": ["her"], "but": ["nobody"],
                  "told": ["we know"]},
        "cards": {"urgent": {"together": [
            {"lists": ["who", "does", "whom"], "within": 2, "broken_by": "but", "without": "told"},
        ]}},
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("dad hits her", "urgent"),
        ("dad often badly hits his and her", "urgent"),
        ("dad always very badly hits her", ""),
        ("dad. he hits her", ""),
        ("dad hits. her", ""),
        ("dad, nobody hits her", ""),
        ("dad hits nobody, her", ""),
        ("dad hits her, we know", ""),
        ("hits her dad", ""),
        ("dad hits", ""),
        ("dad. dad hits her", "urgent"),
    ],
)
def test_words_together_are_in_order_near_and_in_one_sentence(text: str, card: str) -> None:
    assert card_for(text, TOGETHER) == card


@pytest.mark.parametrize("text", ["i need help", "I need help!!", "999", "Police.", "im scared"])
def test_a_bare_call_for_help_is_urgent(text: str) -> None:
    assert card_for(text, PHRASES) == "urgent_now"


@pytest.mark.parametrize("text", ["i need help with the form", "im scared of spiders"])
def test_a_bare_call_counts_only_when_nothing_more_was_said(text: str) -> None:
    assert card_for(text, PHRASES) == ""


def test_a_graver_card_comes_before_a_bare_call() -> None:
    data = copy.deepcopy(DATA)
    data["cards"]["crisis"]["phrases"].append("i need help")

    assert card_for("i need help", Phrases.compile(data)) == "crisis"


@pytest.mark.parametrize("thing", ["kit", "coat", "bag", "jumper", "lunch box", "homework"])
@pytest.mark.parametrize("whose", ["lilys", "my sons", "her", "my daughters", "his"])
def test_a_thing_gone_missing_is_no_missing_child(whose: str, thing: str) -> None:
    assert card_for(f"{whose} {thing} has gone missing", PHRASES) == ""


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("Mrs Khan never marks a book.", ""),
        ("he got full marks on his spelling test", ""),
        ("she only marks on a friday", ""),
        ("she came home with marks on her arms", "urgent"),
        ("he has a mark on his back", "urgent"),
    ],
)
def test_marks_for_school_work_are_no_bruises(text: str, card: str) -> None:
    assert card_for(text, PHRASES) == card


def test_a_disclosure_is_not_missed() -> None:
    texts = [str(text) for one in EVALUATION["disclosures"].values() for text in one]

    missed = [text for text in texts if not card_for(text, PHRASES)]

    assert len(texts) >= 80
    assert len(missed) <= len(texts) // 20, missed


def test_everyday_talk_brings_no_card() -> None:
    needless = [text for text in EVALUATION["everyday"] if card_for(str(text), PHRASES)]

    assert len(EVALUATION["everyday"]) >= 80
    assert len(needless) <= len(EVALUATION["everyday"]) // 20, needless


def test_the_evaluation_set_is_kept_apart_from_the_phrases() -> None:
    own = {text.lower() for key in ("fires", "passes") for _, text in examples(key)}
    used = {str(text).lower() for one in EVALUATION["disclosures"].values() for text in one}

    assert not own & (used | {str(text).lower() for text in EVALUATION["everyday"]})


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_is_taken(text: str) -> None:
    assert card_for(text, PHRASES) in ("", *CARDS)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([text for card, text in examples("fires") if card in ("urgent", "crisis")]),
    st.text(st.characters(codec=None), max_size=100),
)
def test_a_disclosure_is_heard_before_anything_else_that_was_said(text: str, more: str) -> None:
    assert card_for(f"{text}\n{more}", PHRASES)


@pytest.mark.parametrize("unit", ["a", "On ", "he is hitting ", "😡", "\ud800", "'", "f*"])
def test_ten_thousand_characters_are_taken(unit: str) -> None:
    card_for((unit * 10_000)[:10_000], PHRASES)
