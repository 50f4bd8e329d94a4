"""What follows a letter: school's answer in the chat, writing back, and whether it is sorted."""

from __future__ import annotations

from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.messages import Thread
from tests.parent import Parent

KIT = "K7Q2-M4XP"
WORDS = "Dear parent,\n\nwe found the kit. It is in the office.\n\n  Ms Reed"


def words(content: Content, message: str) -> str:
    return content.wordings["en"].messages[message]


def with_a_letter(dialogue: Dialogue) -> Parent:
    return Parent(dialogue, threads=(Thread(KIT, "concern"),))


def test_an_answer_is_shown_exactly_and_with_its_reference(
    dialogue: Dialogue, content: Content
) -> None:
    parent = with_a_letter(dialogue)

    parent.is_answered(KIT, WORDS)

    intro, answer, *_ = parent.replies
    assert intro.text == content.wordings["en"].say("answer_intro", reference=KIT)
    assert answer.text == WORDS
    assert answer.verbatim
    assert words(content, "answer_attached") not in parent.sees()
    assert "kit" not in parent.session.to_json(), "school's words are not kept"


def test_what_was_attached_is_told_and_how_else_to_get_it(
    dialogue: Dialogue, content: Content
) -> None:
    parent = with_a_letter(dialogue)

    parent.is_answered(KIT, WORDS, had_attachments=True)

    assert words(content, "answer_attached") in parent.sees()


def test_an_answer_that_may_have_been_told_before_says_so(
    dialogue: Dialogue, content: Content
) -> None:
    parent = with_a_letter(dialogue)

    parent.is_answered(KIT, WORDS, again=True)

    assert parent.replies[0].text == words(content, "answer_again")


def test_an_answer_to_a_letter_that_is_not_known_is_not_shown(
    dialogue: Dialogue, content: Content
) -> None:
    parent = with_a_letter(dialogue)

    parent.is_answered("ZZZZ-9999", WORDS)

    assert words(content, "answer_unknown") in parent.sees()
    assert "kit" not in parent.sees()
    assert parent.effects == ()


def test_an_answer_leaves_a_parent_who_is_writing_where_they_are(dialogue: Dialogue) -> None:
    parent = with_a_letter(dialogue).taps_on("talk", "write").writes("stpo")
    assert parent.offered()[:2] == ["guess_yes", "guess_no"]

    parent.is_answered(KIT, WORDS)

    assert parent.state == "what"
    assert parent.offered()[:2] == ["guess_yes", "guess_no"]
