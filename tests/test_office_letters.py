"""The letters that the bot writes to school itself: each says what to do, and no parent's words."""

from __future__ import annotations

from datetime import date

import pytest

from dialogs.content import Content
from dialogs.office_letters import OfficeLetters, Words

REFERENCE = "K7Q2-M4XP"
WRITTEN, PROMISED = date(2026, 11, 24), date(2026, 12, 3)


@pytest.fixture(scope="module")
def letters(content: Content) -> OfficeLetters:
    return OfficeLetters(content)


def all_of(letters: OfficeLetters) -> dict[str, Words]:
    return {
        "overdue": letters.overdue(REFERENCE, "formal", WRITTEN, PROMISED),
        "still_overdue": letters.still_overdue(REFERENCE, "formal", WRITTEN, PROMISED),
        "telephone": letters.telephone(REFERENCE, "formal"),
        "question": letters.question(REFERENCE, "formal"),
        "attachments": letters.attachments(REFERENCE, "formal"),
        "not_passed_on": letters.not_passed_on(REFERENCE, PROMISED),
    }


@pytest.mark.parametrize(
    ("letter", "answerable"),
    [
        ("overdue", True),
        ("still_overdue", False),
        ("telephone", False),
        ("question", True),
        ("attachments", True),
        ("not_passed_on", False),
    ],
)
def test_only_what_a_parent_can_get_an_answer_to_has_the_marker(
    letters: OfficeLetters, content: Content, letter: str, answerable: bool
) -> None:
    marker = content.wordings["en"].write("marker", reference=REFERENCE)

    _, body = all_of(letters)[letter]

    assert (body.splitlines()[0] == marker) is answerable
    assert ("##-" in body) is answerable


@pytest.mark.parametrize("letter", ["overdue", "still_overdue", "telephone", "question"])
def test_each_names_reference_and_kind_and_says_who_wrote_it(
    letters: OfficeLetters, content: Content, letter: str
) -> None:
    labels = content.wordings["en"].letter

    subject, body = all_of(letters)[letter]

    assert REFERENCE in subject
    assert "\n" not in subject
    assert REFERENCE in body
    assert labels["kind_formal"] in body
    assert body.endswith(f"\n\n{labels['from_the_bot']}\n")


@pytest.mark.parametrize("letter", ["overdue", "still_overdue"])
def test_a_reminder_has_both_days(letters: OfficeLetters, content: Content, letter: str) -> None:
    _, body = all_of(letters)[letter]

    assert content.wordings["en"].full_date(WRITTEN) in body
    assert content.wordings["en"].full_date(PROMISED) in body


def test_a_report_names_a_reference_only_where_one_was_proved(letters: OfficeLetters) -> None:
    _, with_one = letters.not_passed_on(REFERENCE, PROMISED)
    subject, without = letters.not_passed_on("", PROMISED)

    assert REFERENCE in with_one
    assert "ref" not in subject
    assert without == with_one.replace(with_one.split("\n\n")[-2] + "\n\n", "")


def test_every_kind_can_be_written_about(letters: OfficeLetters) -> None:
    for kind in ("concern", "feedback", "thanks", "formal", "call_back"):
        _, body = letters.question(REFERENCE, kind)
        assert "$" not in body
