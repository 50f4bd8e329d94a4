"""Where the four questions lead, against the school's table of outcomes written out by itself."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable

import pytest

from dialogs.dialogue import Dialogue
from tests.parent import Parent

Q1 = ("thanks", "view", "fix", "pile_on", "unsure")
Q2 = ("post", "thanks")
NAMES = ("nobody", "kind", "wrong:take_out", "wrong:go_on", "children")
Q3 = ("fair", "true_and_fair", "unfair", "not_looked", "unsure")
Q4 = ("help_or_no_harm", "harm_school", "upset_children", "unsure")

#: The first suggestion of each outcome, and the second one, as the school's table has them.
FIRST_TWO = {
    "talk_names": ["talk", "reword"],
    "talk_first": ["talk", "remind"],
    "wait_children": ["remind", "talk"],
    "reword_fair": ["reword", "talk"],
    "wait_unsure": ["remind"],
    "reword_children": ["pass_thanks", "reword"],
    "fine_thanks": ["pass_thanks", "post_it"],
    "fine": ["post_it", "talk"],
}


def expected(q1: str, q2: str, names: str, q3: str, q4: str) -> str:
    """The table, first match wins, in the order of its rows."""
    good_news = "thanks" in (q1, q2)
    if names == "wrong:go_on":
        return "talk_names"
    if q3 == "not_looked" or q1 == "fix":
        return "talk_first"
    if q4 == "upset_children":
        return "wait_children"
    if q3 == "unfair" or (q4 == "harm_school" and q3 not in ("fair", "true_and_fair")):
        return "reword_fair"
    if "unsure" in (q1, q3, q4):
        return "wait_unsure"
    if good_news and names == "children":
        return "reword_children"
    return "fine_thanks" if good_news else "fine"


def at_the_questions(dialogue: Dialogue) -> Parent:
    return Parent(dialogue).taps_on("post", "no", "skip")


def answers(parent: Parent, q1: str, q2: str, names: str, q3: str, q4: str) -> Parent:
    parent.taps_on(q1)
    if q1 == "pile_on":
        assert parent.state == "online"
        parent.taps_on("carry_on")
    return parent.taps_on(q2, *names.split(":"), q3, q4)


def test_every_combination_of_answers_leads_where_the_table_says(
    dialogue: Dialogue, tell: Callable[[str], None]
) -> None:
    seen: Counter[str] = Counter()

    for combination in itertools.product(Q1, Q2, NAMES, Q3, Q4):
        parent = answers(at_the_questions(dialogue), *combination)
        assert parent.state == expected(*combination), combination
        seen[parent.state] += 1

    assert set(seen) == set(FIRST_TWO)
    tell(f"outcomes: {seen.total()} combinations of answers, {len(seen)} outcomes")


@pytest.mark.parametrize(("q2", "leads_to"), [("private", "talk"), ("formal", "formal")])
def test_talk_and_formal_end_the_questions_at_once(
    dialogue: Dialogue, q2: str, leads_to: str
) -> None:
    parent = at_the_questions(dialogue).taps_on("view", q2)

    assert parent.state == leads_to


@pytest.mark.parametrize("outcome", FIRST_TWO)
def test_every_outcome_offers_all_ways_and_begins_with_its_own(
    dialogue: Dialogue, outcome: str
) -> None:
    combination = next(
        one for one in itertools.product(Q1, Q2, NAMES, Q3, Q4) if expected(*one) == outcome
    )

    parent = answers(at_the_questions(dialogue), *combination)

    offered = [choice.id for choice in parent.replies[-1].choices]
    assert offered[: len(FIRST_TWO[outcome])] == FIRST_TWO[outcome]
    assert {"reword", "remind", "formal", "post_it"} <= set(offered)
    assert "talk" in parent.offered()


@pytest.mark.parametrize("worry", ["now", "worried"])
def test_after_a_safety_card_the_outcome_is_urgent_and_never_blocks(
    dialogue: Dialogue, worry: str
) -> None:
    parent = Parent(dialogue).taps_on("post", worry, "carry_on", "skip")

    answers(parent, "view", "post", "nobody", "fair", "help_or_no_harm")

    assert parent.state == "urgent"
    assert parent.taps_on("carry_on").state == "fine"


def test_help_pressed_on_the_way_makes_the_outcome_urgent(dialogue: Dialogue) -> None:
    parent = at_the_questions(dialogue).taps_on("help", "carry_on")

    answers(parent, "view", "post", "nobody", "fair", "help_or_no_harm")

    assert parent.state == "urgent"


def test_going_back_and_answering_otherwise_leads_to_the_other_outcome(dialogue: Dialogue) -> None:
    parent = answers(at_the_questions(dialogue), "view", "post", "wrong:go_on", "fair", "unsure")
    assert parent.state == "talk_names"

    parent.taps_on("back", "back", "back", "back")
    assert parent.state == "names"
    parent.taps_on("nobody", "fair", "help_or_no_harm")

    assert parent.state == "fine"
