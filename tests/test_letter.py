"""The letter: fixed order, the parent's words verbatim and set apart, nothing that was not said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.letter import PREFIX, Letter
from dialogs.messages import Chose, Concern
from tests.parent import Parent

UNSENT = {
    "kind": "concern",
    "what": "It rained.\nBcc: someone@else.example\n\n. dot",
    "child_name": "Lily, Year 2",
    "need": "action",
    "about": "someone",
    "name": "Sam",
    "relation": "dad",
    "when": "Monday",
    "told": "the office",
    "right": "open the gate",
    "answer": "email",
    "address": "sam@home.example",
    "reference": "K7Q2-M4XP",
    "written": "2026-11-24T22:41+00:00",
    "promised": "2026-12-03",
}


def letter(content: Content, language: str = "en", **changes: str) -> Concern:
    composer = Letter(content.wordings["en"], content.wordings)
    return composer.concern({**UNSENT, **changes}, language, ("opening_fix",), worried=False)


def test_the_lines_come_in_their_order(content: Content) -> None:
    labels = content.wordings["en"].letter

    body = letter(content).body

    order = [
        "reference", "written", "kind", "for", "need", "words", "when", "child_name", "told",
        "right", "relation", "name", "answer_email", "promised",
    ]  # fmt: skip
    begins = [labels[key].split("$")[0] for key in order]
    places = [body.index(begin) for begin in begins]
    assert places == sorted(places)


def test_the_words_are_verbatim_and_each_line_is_set_apart(content: Content) -> None:
    body = letter(content).body

    opening = content.wordings["en"].say("opening_fix")
    assert (
        f"{PREFIX}{opening}\n{PREFIX}It rained.\n{PREFIX}Bcc: someone@else.example\n>\n"
        f"{PREFIX}. dot\n"
    ) in body


def test_the_subject_has_kind_and_reference_and_no_name(content: Content) -> None:
    concern = letter(content)

    assert content.wordings["en"].letter["kind_concern"] in concern.subject
    assert "K7Q2-M4XP" in concern.subject
    assert "Lily" not in concern.subject
    assert "Sam" not in concern.subject


def test_an_unnamed_parent_is_not_named_and_is_promised_nothing(content: Content) -> None:
    body = letter(content, answer="unnamed").body

    labels = content.wordings["en"].letter
    assert "Sam" not in body
    assert labels["answer_unnamed"] in body
    assert labels["promised"].split("$")[0] not in body


def test_what_was_skipped_has_no_line(content: Content) -> None:
    labels = content.wordings["en"].letter

    body = letter(content, child_name="", need="", when="", told="", right="").body

    for key in ("child_name", "need", "when", "told", "right", "language"):
        assert labels[key].split("$")[0] not in body


def test_a_wish_for_an_interpreter_is_told(content: Content) -> None:
    assert "Polish, please" in letter(content, spoken="Polish, please").body


@pytest.mark.parametrize(
    ("about", "roles"),
    [
        ("", ("office",)),
        ("someone", ("head",)),
        ("other_child", ("head",)),
        ("safety", ("safeguarding",)),
        ("head", ("chair",)),
    ],
)
def test_who_it_is_about_says_where_it_goes(
    content: Content, about: str, roles: tuple[str, ...]
) -> None:
    assert letter(content, about=about).roles == roles
    worried = Letter(content.wordings["en"], content.wordings).concern(
        {**UNSENT, "about": about}, "en", (), worried=True
    )
    assert set(worried.roles) == {*roles, "safeguarding"}
    assert "head" not in worried.roles or about != "head", "never to the head about the head"


def test_an_old_send_button_does_not_send_a_letter_that_was_changed(dialogue: Dialogue) -> None:
    parent = Parent(dialogue).taps_on("talk", "write").writes("It rained.")
    parent.taps_on("skip", "skip", "skip", "unnamed")
    old = parent.question("send")
    parent.taps_on("change", "what").writes("It snowed.")

    parent.take(Chose(old, "send"))

    assert not parent.passed_on
    assert parent.state == "preview"
    assert "It snowed." in parent.sees()


def test_a_date_that_a_new_day_has_changed_is_shown_before_it_is_sent(
    dialogue: Dialogue, content: Content
) -> None:
    parent = Parent(dialogue, answers_here=True)
    parent.taps_on("talk", "write").writes("It rained.")
    parent.taps_on("skip", "skip", "skip", "unnamed")
    shown = parent.preview()
    parent.now += timedelta(days=7)

    parent.taps_on("send")

    assert content.wordings["en"].messages["look_again"] in parent.sees()
    assert not parent.passed_on
    assert parent.preview() != shown
    parent.taps_on("send")
    (concern,) = parent.passed_on
    assert concern.promised == content.promise(parent.now)
