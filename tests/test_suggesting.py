"""What a draft shows is offered as the first answer at a question, and only offered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.flow import FLOW, Flow
from dialogs.listening import Listening
from dialogs.rules import FAMILIES, Rules
from dialogs.source import read
from dialogs.suggesting import suggestion
from tests.parent import Parent

BLAMES = "mr davidson never answers and im fed up"
HURTS = "mrs brimble is bloody useless"
HEARSAY = "i heard she got sacked from her last school"
CHILD = "kai thompson in yr4 did it again"
CROWD = "share this so people see what they are like"
CRITICISM = "The new pick-up rules are badly planned. I think they should think again."

ON_THE_WAY = {
    "names": ["view", "post"],
    "fair": ["view", "post", "nobody"],
    "effect": ["view", "post", "nobody", "fair"],
}


def at(dialogue: Dialogue, question: str, draft: str) -> Parent:
    """At a question, with a draft that was checked on the way."""
    parent = Parent(dialogue).taps_on("post", "no").writes(draft)
    if parent.state == "findings":
        parent.taps_on("carry_on")
    return parent.taps_on(*ON_THE_WAY[question])


def first(parent: Parent) -> str:
    return parent.replies[-1].choices[0].id


@pytest.mark.parametrize(
    ("question", "draft", "answer"),
    [
        ("names", BLAMES, "wrong"),
        ("names", CHILD, "children"),
        ("names", "the head lied to every parent", "wrong"),
        ("fair", HURTS, "unfair"),
        ("fair", HEARSAY, "unsure"),
        ("effect", CROWD, "harm_school"),
    ],
)
def test_what_the_draft_shows_is_asked_and_comes_first(
    dialogue: Dialogue, content: Content, question: str, draft: str, answer: str
) -> None:
    parent = at(dialogue, question, draft)

    assert first(parent) == answer
    found = parent.dialogue.show(parent.session, parent.given())
    messages = content.wordings["en"].messages
    asked = [
        key for key in messages if key.startswith("suggest_") and messages[key] in found[0].text
    ]
    assert len(asked) == 1
    assert parent.label(answer) in found[0].text


@pytest.mark.parametrize("yes", ["yes", "1", "Yes."])
def test_yes_takes_the_offered_answer(dialogue: Dialogue, yes: str) -> None:
    parent = at(dialogue, "names", BLAMES).writes(yes)

    assert parent.session.answers["names"] == "wrong"


def test_the_parent_decides_otherwise_as_before(dialogue: Dialogue) -> None:
    parent = at(dialogue, "names", BLAMES).taps_on("nobody")

    assert parent.session.answers["names"] == "nobody"
    assert parent.state == "fair"


@pytest.mark.parametrize("question", ON_THE_WAY)
def test_fair_criticism_points_to_nothing(dialogue: Dialogue, question: str) -> None:
    parent = at(dialogue, question, CRITICISM)
    skipped = Parent(dialogue).taps_on("post", "no", "skip", *ON_THE_WAY[question])

    assert parent.replies == skipped.replies


@pytest.mark.parametrize("question", ["fair", "effect"])
def test_that_someone_did_wrong_says_nothing_of_fairness(dialogue: Dialogue, question: str) -> None:
    assert len(at(dialogue, question, BLAMES).replies) == 1


def test_a_finding_that_was_called_wrong_points_to_nothing(dialogue: Dialogue) -> None:
    parent = Parent(dialogue).taps_on("post", "no").writes(HEARSAY)
    hide = next(choice for choice in parent.offered() if choice.startswith("hide."))

    parent.taps_on(hide, "carry_on", *ON_THE_WAY["fair"])

    assert first(parent) == "fair"


def test_where_school_does_not_ask_about_children_they_are_not_offered(content: Content) -> None:
    school = replace(content.school, asks_about_other_children=False)
    dialogue = Dialogue(replace(content, school=school), Flow(read(FLOW).value))

    parent = at(dialogue, "names", CHILD).writes("yes")

    assert parent.state == "names"
    assert "names" not in parent.session.answers


def test_every_pointed_to_answer_and_question_exists(content: Content) -> None:
    wording = content.wordings["en"]
    for question in ("names", "fair", "effect"):
        for family in FAMILIES:
            found = suggestion(question, {family})
            if found:
                assert found.choice in wording.screens[question].choices
                assert found.message in wording.messages
    rules: Rules = Listening.of(content, "en").rules
    assert {rule.family for rule in rules.rules} <= set(FAMILIES)


# --- the thanks lane ---

THANKS = "thank you miss patel for a lovely day"


def test_kind_words_sail_through_with_an_offer_to_pass_them_on(dialogue: Dialogue) -> None:
    parent = Parent(dialogue).taps_on("post", "no").writes(THANKS)

    assert parent.state == "kind_words"
    assert parent.session.findings == ()
    assert {"pass_thanks", "post_it", "carry_on"} <= set(parent.offered())
    assert "patel" not in parent.session.to_json()


def test_thanks_say_in_the_letter_for_whom_they_are(dialogue: Dialogue, content: Content) -> None:
    parent = Parent(dialogue).taps_on("post", "no").writes(THANKS).taps_on("pass_thanks")

    parent.writes("Sports day was lovely.", "Miss Patel").taps_on("skip", "unnamed")

    label = content.wordings["en"].letter["whom"].split("$")[0]
    assert f"{label}Miss Patel" in parent.preview()
    parent.taps_on("send")
    (concern,) = parent.passed_on
    assert concern.kind == "thanks"
    assert concern.roles == ("office",)
    assert "Patel" not in concern.subject


def test_after_kind_words_good_news_is_the_first_answer(dialogue: Dialogue) -> None:
    parent = Parent(dialogue).taps_on("post", "no").writes(THANKS).taps_on("carry_on")

    assert first(parent) == "thanks"
    assert parent.writes("yes").session.answers["right_place"] == "thanks"


def test_thanks_to_a_child_are_not_questioned_and_a_concern_still_is(dialogue: Dialogue) -> None:
    parent = Parent(dialogue).taps_on("talk", "thanks")
    parent.writes("kai thompson in yr4 helped my daughter, thank you")
    assert parent.state == "whom"

    parent.taps_on("talk", "write", "keep")

    assert parent.state == "full_name"
