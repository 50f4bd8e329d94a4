"""The intake: what is asked again, what is kept, and what is said of what does not fit."""

from __future__ import annotations

import pytest

from dialogs import intake
from dialogs.content import Content
from dialogs.dialogue import Dialogue
from tests.parent import Parent

FULL_NAME = "kai thompson in yr4 took her bag."
TOO_LONG = "x" * (intake.LINE_CHARACTERS + 1)


def writing(dialogue: Dialogue) -> Parent:
    return Parent(dialogue).taps_on("talk", "write")


def at_the_answer(dialogue: Dialogue) -> Parent:
    return writing(dialogue).writes("It rained.").taps_on("skip", "skip", "skip")


def test_words_that_shall_be_shorter_are_asked_for_again_and_not_kept(dialogue: Dialogue) -> None:
    parent = writing(dialogue).writes("The gate was locked. " * 100)
    assert parent.state == "too_long"

    parent.taps_on("shorter")

    assert parent.state == "what"
    assert "gate" not in parent.session.to_json()


def test_one_step_back_from_words_asked_for_again_is_the_question_before(
    dialogue: Dialogue,
) -> None:
    before = Parent(dialogue).taps_on("talk").state
    parent = writing(dialogue).writes("The gate was locked. " * 100).taps_on("shorter")

    parent.taps_on("back")

    assert parent.state == before


def test_a_full_name_that_shall_stay_stays_and_is_not_asked_about_again(
    dialogue: Dialogue,
) -> None:
    parent = writing(dialogue).writes(FULL_NAME)
    assert parent.state == "full_name"

    parent.taps_on("keep")

    assert parent.state == "child_name"
    assert parent.session.unsent["what"] == FULL_NAME


def test_a_line_that_is_too_long_is_asked_for_again_and_not_kept(
    dialogue: Dialogue, content: Content
) -> None:
    parent = writing(dialogue).writes("It rained.")

    parent.writes(TOO_LONG)

    said = {"count": str(len(TOO_LONG)), "limit": str(intake.LINE_CHARACTERS)}
    assert parent.state == "child_name"
    assert content.wordings["en"].say("line_too_long", **said) in parent.sees()
    assert TOO_LONG not in parent.session.to_json()


@pytest.mark.parametrize("way", ["email", "phone"])
def test_an_address_that_is_none_is_asked_for_again(
    dialogue: Dialogue, content: Content, way: str
) -> None:
    parent = at_the_answer(dialogue).taps_on(way).writes("the usual one")

    assert parent.state == "address"
    assert content.wordings["en"].messages[f"{way}_unclear"] in parent.sees()


@pytest.mark.parametrize(("way", "state"), [("email", "preview"), ("phone", "address")])
def test_an_address_is_asked_for_anew_when_the_way_changes_and_only_then(
    dialogue: Dialogue, way: str, state: str
) -> None:
    parent = at_the_answer(dialogue).taps_on("email").writes("sam@home.example")
    assert parent.state == "preview"

    parent.taps_on("change", "answer", way)

    assert parent.state == state
    assert ("address" in parent.session.unsent) is (state == "preview")


def test_another_kind_keeps_the_words_and_asks_anew_how_to_answer(dialogue: Dialogue) -> None:
    parent = at_the_answer(dialogue).taps_on("unnamed").taps_on("talk", "thanks")

    assert parent.session.unsent["kind"] == "thanks"
    assert parent.session.unsent["what"] == "It rained."
    assert "answer" not in parent.session.unsent


def test_another_kind_before_any_words_is_another_kind(dialogue: Dialogue) -> None:
    parent = writing(dialogue).taps_on("back", "thanks")

    assert parent.session.unsent["kind"] == "thanks"
    assert parent.state == "what"


def test_a_draft_that_is_too_long_is_not_looked_at(dialogue: Dialogue, content: Content) -> None:
    draft = "You are an idiot. " * 300
    parent = Parent(dialogue).taps_on("post", "no")
    assert parent.state == "draft"

    parent.writes(draft)

    said = {"count": str(len(draft.strip())), "limit": str(intake.DRAFT_CHARACTERS)}
    assert parent.state == "draft"
    assert parent.replies[0].text == content.wordings["en"].say("draft_too_long", **said)
    assert "idiot" not in parent.session.to_json()


def test_own_words_begin_without_the_opening_that_was_offered(dialogue: Dialogue) -> None:
    parent = Parent(dialogue).taps_on("post", "no", "skip", "fix", "private", "write")
    opened = parent.copy().writes("It rained.").taps_on("skip", "skip", "skip", "unnamed")

    parent.taps_on("own_words")

    assert "own_words" not in parent.offered()
    parent.writes("It rained.").taps_on("skip", "skip", "skip", "unnamed")
    assert len(parent.preview()) < len(opened.preview())


def test_who_leaves_an_address_is_told_by_when_school_answers(
    dialogue: Dialogue, content: Content
) -> None:
    parent = at_the_answer(dialogue).taps_on("email").writes("sam@home.example").taps_on("send")

    (concern,) = parent.passed_on
    assert concern.promised is not None
    wording = content.wordings["en"]
    assert wording.say("promise_by", date=wording.date(concern.promised)) in parent.sees()
