"""A night's sleep: the task, the time, the post that is kept until then, and what it is asked."""

from __future__ import annotations

from datetime import datetime

import pytest

from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.messages import Remind
from tests.parent import LONDON, Parent

POST = "The gate was locked again and we waited in the wallcreeper rain."


def at_the_time(dialogue: Dialogue, *task: str) -> Parent:
    parent = Parent(dialogue, now=datetime(2026, 11, 24, 20, 0, tzinfo=LONDON))
    parent.taps_on("post", "no", "skip", "unsure", "post", "nobody", "fair", "unsure", "remind")
    return parent.writes(*task) if task else parent.taps_on("skip")


def keeping(dialogue: Dialogue) -> Parent:
    return at_the_time(dialogue).taps_on("at.0800").writes(POST)


def words(content: Content, message: str) -> str:
    return content.wordings["en"].messages[message]


def test_a_post_is_kept_only_when_the_parent_asks(dialogue: Dialogue) -> None:
    parent = at_the_time(dialogue).taps_on("at.0800", "skip")

    assert parent.state == "reminder_set"
    assert parent.reminder is not None
    assert parent.kept == ""


def test_a_kept_post_is_in_the_reminder_and_nowhere_else(
    dialogue: Dialogue, content: Content
) -> None:
    parent = keeping(dialogue)

    assert parent.state == "reminder_set"
    assert words(content, "post_kept") in parent.sees()
    assert parent.kept == POST
    assert "wallcreeper" not in parent.session.to_json()
    assert "wallcreeper" not in repr(parent.effects)
    assert "wallcreeper" not in repr(parent.given())


def test_the_reminder_shows_the_task_and_the_post_and_asks_one_thing(
    dialogue: Dialogue, content: Content
) -> None:
    parent = at_the_time(dialogue, "a call back").taps_on("at.1230").writes(POST)

    parent.is_reminded()

    shown = [reply.text for reply in parent.replies if reply.verbatim]
    assert shown == ["a call back", POST]
    assert [choice.id for choice in parent.replies[-1].choices] == [
        "posted", "changed", "spoke", "leave",
    ]  # fmt: skip
    assert not parent.effects, "kept until it is answered"


@pytest.mark.parametrize(
    "answer", ["posted", "changed", "spoke", "leave", "talk", "help", "back", "stop"]
)
def test_any_answer_wipes_the_post(dialogue: Dialogue, content: Content, answer: str) -> None:
    parent = keeping(dialogue).is_reminded()

    parent.taps_on(answer)

    assert parent.kept == ""
    assert Remind("check_in", None) in parent.effects
    assert words(content, "post_wiped") in parent.sees()


@pytest.mark.parametrize("command", ["cancel", "forget"])
def test_stopping_wipes_the_post_and_the_reminder(dialogue: Dialogue, command: str) -> None:
    parent = keeping(dialogue).commands(command)

    assert parent.kept == ""
    assert parent.reminder is None


@pytest.mark.parametrize("command", ["cancel", "forget"])
def test_stopping_says_what_went_with_it(
    dialogue: Dialogue, content: Content, command: str
) -> None:
    parent = keeping(dialogue).commands(command)

    assert parent.sees().count(words(content, "reminder_cancelled")) == 1
    assert parent.sees().count(words(content, "post_wiped")) == 1


def test_stopping_without_a_reminder_speaks_of_none(dialogue: Dialogue, content: Content) -> None:
    parent = Parent(dialogue).commands("cancel")

    assert words(content, "reminder_cancelled") not in parent.sees()
    assert words(content, "post_wiped") not in parent.sees()


def test_stopping_at_the_reminder_says_once_that_the_post_is_wiped(
    dialogue: Dialogue, content: Content
) -> None:
    parent = keeping(dialogue).is_reminded().taps_on("stop")

    assert parent.sees().count(words(content, "post_wiped")) == 1


def test_a_post_that_shall_not_be_kept_after_all_is_wiped(
    dialogue: Dialogue, content: Content
) -> None:
    parent = keeping(dialogue)
    due = parent.reminder

    parent.taps_on("back", "skip")

    assert parent.kept == ""
    assert parent.reminder == due, "the reminder itself still comes"
    assert words(content, "post_wiped") in parent.sees()


def test_no_reminder_cancels_the_one_that_waits(dialogue: Dialogue, content: Content) -> None:
    parent = keeping(dialogue).taps_on("back", "back", "no_reminder")

    assert parent.reminder is None
    assert parent.kept == ""
    assert words(content, "reminder_cancelled") in parent.sees()
    assert words(content, "post_wiped") in parent.sees()


def test_another_reminder_wipes_what_was_kept_for_the_first(
    dialogue: Dialogue, content: Content
) -> None:
    parent = keeping(dialogue).taps_on("back", "back")

    parent.taps_on("at.1800")

    assert parent.kept == ""
    assert parent.reminder is not None
    assert parent.reminder.hour == 18
    assert words(content, "reminder_moved") in parent.sees()
    assert words(content, "post_wiped") in parent.sees()


def test_the_same_reminder_again_takes_no_ones_place(dialogue: Dialogue, content: Content) -> None:
    parent = at_the_time(dialogue).taps_on("at.0800", "back", "at.0800")

    assert words(content, "reminder_moved") not in parent.sees()


def test_a_time_of_the_parents_own_is_taken(dialogue: Dialogue, content: Content) -> None:
    parent = at_the_time(dialogue).writes("7.45")

    assert parent.state == "keep_post"
    assert parent.reminder is not None
    assert parent.reminder.isoformat(timespec="minutes") == "2026-11-25T07:45+00:00"
    assert "7:45" in parent.sees()


@pytest.mark.parametrize("typed", ["6.30", "21:00", "when it suits you"])
def test_no_time_at_night_is_taken(dialogue: Dialogue, content: Content, typed: str) -> None:
    parent = at_the_time(dialogue).writes(typed)

    assert parent.state == "wait_time"
    assert parent.reminder is None
    assert words(content, "time_unclear") in parent.sees()


@pytest.mark.parametrize("typed", ["yes", "Yes please!", "ok", "3"])
def test_a_bare_yes_is_no_post(dialogue: Dialogue, content: Content, typed: str) -> None:
    parent = at_the_time(dialogue).taps_on("at.0800").writes(typed)

    assert parent.state == "keep_post"
    assert parent.kept == ""
    assert words(content, "paste_it") in parent.sees()
    assert Parent(dialogue).taps_on("post", "no").writes(typed).state == "draft"


def test_a_post_too_long_to_keep_is_not_cut(dialogue: Dialogue) -> None:
    parent = at_the_time(dialogue).taps_on("at.0800").writes("word " * 1000)

    assert parent.state == "keep_post"
    assert parent.kept == ""
    assert "4999" in parent.sees()


def test_a_safety_phrase_in_a_kept_post_shows_its_card(
    dialogue: Dialogue, content: Content
) -> None:
    parent = at_the_time(dialogue).taps_on("at.0800")

    parent.writes("hes got brusies on his back agen he said stepdad did it")

    assert parent.state == "urgent"
    assert words(content, "post_kept") in parent.sees()
    assert parent.taps_on("carry_on").state == "reminder_set"


def test_the_reminder_that_waits_is_shown_and_cancelled(
    dialogue: Dialogue, content: Content
) -> None:
    parent = keeping(dialogue).taps_on("start").commands("reminders")
    assert parent.state == "reminder_waits"
    assert "08:00" in parent.sees()
    assert words(content, "kept_until_then") in parent.sees()
    assert "wallcreeper" not in parent.sees()

    parent.taps_on("cancel_reminder")

    assert parent.state == "reminder_none"
    assert parent.reminder is None
    assert parent.kept == ""
    assert parent.taps_on("back").state == "hello", "it waits no more, and back does not say so"


def test_when_none_waits_that_is_said(dialogue: Dialogue) -> None:
    assert Parent(dialogue).commands("reminders").state == "reminder_none"


def test_a_reminder_in_the_middle_of_something_leads_back_to_it(dialogue: Dialogue) -> None:
    parent = keeping(dialogue).taps_on("talk", "write").is_reminded()

    assert parent.taps_on("back").state == "what"
