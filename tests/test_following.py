"""What follows a letter: school's answer in the chat, writing back, and whether it is sorted."""

from __future__ import annotations

import pytest

from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.letter import PREFIX
from dialogs.messages import AddToThread, Chose, Forget, Settle, Thread
from tests.parent import Parent

KIT, GATE = "K7Q2-M4XP", "AAAA-1111"
WORDS = "Dear parent,\n\nwe found the kit. It is in the office.\n\n  Ms Reed"


def words(content: Content, message: str) -> str:
    return content.wordings["en"].messages[message]


def with_a_letter(dialogue: Dialogue) -> Parent:
    return Parent(dialogue, threads=(Thread(KIT, "concern"), Thread(GATE, "formal")))


def answered(dialogue: Dialogue) -> Parent:
    return with_a_letter(dialogue).is_answered(KIT, WORDS)


def presses(parent: Parent, reference: str, choice: str) -> Parent:
    """A button about a thread, from whatever message it was on."""
    return parent.take(Chose(f"answered.{reference}", choice))


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
    assert [choice.id for choice in parent.replies[-1].choices] == ["guess_yes", "guess_no"]
    beside = parent.replies[-2]
    assert beside.question == f"answered.{KIT}"
    assert [choice.id for choice in beside.choices] == ["write_back", "sorted", "not_sorted"]


def test_an_answer_takes_a_parent_who_rests_along(dialogue: Dialogue) -> None:
    parent = answered(dialogue)

    assert parent.state == "answered"
    assert KIT in parent.replies[-1].text
    assert parent.taps_on("back").state == "hello"


# --- writing back ---


def test_what_is_added_is_the_preview_byte_for_byte(dialogue: Dialogue, content: Content) -> None:
    parent = answered(dialogue).taps_on("write_back").writes("Thank you.\n\nCan I fetch it today?")
    shown = parent.preview()
    assert parent.effects == ()

    parent.taps_on("send")

    (added,) = parent.effects
    assert isinstance(added, AddToThread)
    assert shown == f"{added.subject}\n\n{added.body}"
    assert f"{PREFIX}Thank you.\n>\n{PREFIX}Can I fetch it today?\n" in added.body
    assert added.reference == KIT
    assert KIT in added.subject
    # Tuesday night counts from Wednesday; Friday 27 November is an INSET day.
    assert added.promised.isoformat() == "2026-12-03"
    assert content.wordings["en"].date(added.promised) in parent.sees()
    assert "fetch" not in parent.session.to_json()


def test_a_second_tap_on_send_adds_nothing(dialogue: Dialogue, content: Content) -> None:
    parent = answered(dialogue).taps_on("write_back").writes("Thank you.")
    old = parent.question("send")
    parent.taps_on("send")

    parent.take(Chose(old, "send"))

    assert parent.effects == ()
    assert words(content, "old_button") in parent.sees()


def test_an_old_send_button_does_not_add_words_that_were_changed(dialogue: Dialogue) -> None:
    parent = answered(dialogue).taps_on("write_back").writes("I am cross.")
    old = parent.question("send")
    parent.taps_on("change").writes("Thank you.")

    parent.take(Chose(old, "send"))

    assert parent.effects == ()
    assert "Thank you." in parent.preview()


def test_each_time_of_writing_back_has_a_key_of_its_own(dialogue: Dialogue) -> None:
    parent = answered(dialogue).taps_on("write_back").writes("One.").taps_on("send")
    first = parent.effects[0]
    parent.is_answered(KIT, "And now?").taps_on("write_back").writes("Two.").taps_on("send")

    second = parent.effects[0]

    assert isinstance(first, AddToThread)
    assert isinstance(second, AddToThread)
    assert first.key != second.key
    assert "One." not in second.body


def test_who_is_writing_is_not_in_what_is_added(dialogue: Dialogue) -> None:
    parent = (
        answered(dialogue).taps_on("talk", "thanks").writes("Thank you.", "Miss Patel", "Sam Tarn")
    )
    assert parent.session.unsent["name"] == "Sam Tarn"

    presses(parent, KIT, "write_back").writes("It is fine now.").taps_on("send")

    (added,) = parent.effects
    assert isinstance(added, AddToThread)
    assert "Sam" not in added.body


def test_a_concern_in_the_making_is_there_again_after_writing_back(dialogue: Dialogue) -> None:
    parent = with_a_letter(dialogue).taps_on("talk", "write").writes("It rained.")

    presses(parent, KIT, "write_back").writes("Thank you.").taps_on("send", "back")

    assert parent.state == "child_name"
    assert parent.session.unsent["what"] == "It rained."


def test_words_to_add_outlast_a_concern_that_is_sent(dialogue: Dialogue) -> None:
    parent = answered(dialogue).taps_on("write_back").writes("It is still wet.")
    parent.taps_on("talk", "write").writes("It rained.").taps_on("skip", "skip", "skip", "unnamed")
    parent.taps_on("send")

    presses(parent, KIT, "write_back")

    assert "It is still wet." in parent.sees()


def test_each_thread_has_its_own_words_and_back_leads_into_no_other(dialogue: Dialogue) -> None:
    parent = answered(dialogue).taps_on("write_back").writes("About the kit.")

    presses(parent, GATE, "write_back")
    assert "About the kit." not in parent.sees()
    parent.writes("About the gate.")
    assert GATE in parent.preview()
    assert "kit" not in parent.preview()
    parent.taps_on("back", "back")

    assert parent.state == "hello"


def test_a_thread_that_is_gone_while_writing_takes_no_more_words(
    dialogue: Dialogue, content: Content
) -> None:
    parent = answered(dialogue).taps_on("write_back").writes("Thank you.")
    old = parent.question("send")
    parent.threads = ()

    parent.take(Chose(old, "send"))

    assert parent.effects == ()
    assert parent.state == "hello"
    assert words(content, "thread_unknown") in parent.sees()


@pytest.mark.parametrize("choice", ["write_back", "sorted", "not_sorted"])
def test_a_button_of_a_letter_that_is_not_this_chats_does_nothing(
    dialogue: Dialogue, content: Content, choice: str
) -> None:
    parent = answered(dialogue)
    before = parent.session

    presses(parent, "ZZZZ-9999", choice)

    assert parent.session == before
    assert parent.effects == ()
    assert words(content, "thread_unknown") in parent.sees()
    assert parent.replies[0].refused


def test_what_was_written_back_is_replaced_only_after_that_was_said(
    dialogue: Dialogue, content: Content
) -> None:
    parent = answered(dialogue).taps_on("write_back")
    assert words(content, "words_replaced") not in parent.sees()

    parent.writes("Thank you.").taps_on("change")

    assert words(content, "words_replaced") in parent.sees()


def test_send_typed_where_words_are_changed_keeps_them(dialogue: Dialogue) -> None:
    parent = answered(dialogue).taps_on("write_back").writes("Thank you.").taps_on("change")

    parent.writes("send")

    assert parent.state == "write_back_preview"
    assert "> Thank you." in parent.preview()


def test_words_that_are_too_long_are_not_taken(dialogue: Dialogue, content: Content) -> None:
    parent = answered(dialogue).taps_on("write_back")
    limit = content.school.limits.concern_characters

    parent.writes("word " * (limit // 5 + 1))

    assert parent.state == "write_back"
    assert str(limit) in parent.sees()


def test_after_ten_times_a_day_the_telephone_is_named_and_the_words_stay(
    dialogue: Dialogue, content: Content
) -> None:
    parent = answered(dialogue).taps_on("write_back").writes("Thank you.")
    parent.added_today = 10

    parent.taps_on("send")

    assert parent.effects == ()
    assert content.school.telephone in parent.sees()
    parent.added_today = 0
    assert "Thank you." in parent.taps_on("write_back").sees()


def test_a_safety_phrase_is_heard_while_writing_back(dialogue: Dialogue) -> None:
    parent = answered(dialogue).taps_on("write_back")

    parent.writes("hes got brusies on his back agen he said stepdad did it")

    assert parent.state == "urgent"
    assert "brusies" in parent.taps_on("carry_on").preview()


def test_what_a_child_would_add_is_not_kept(dialogue: Dialogue) -> None:
    parent = answered(dialogue).taps_on("write_back").writes("Thank you.").taps_on("change")

    parent.writes("im in year 5 and my teacher shouted at me")

    assert parent.state == "child"
    assert "Thank you." not in parent.session.to_json()


def about(dialogue: Dialogue, *roles: str) -> Parent:
    parent = Parent(dialogue, threads=(Thread(KIT, "concern", roles=roles),))
    return parent.is_answered(KIT, WORDS).taps_on("write_back")


def test_an_addition_says_who_gets_it(dialogue: Dialogue, content: Content) -> None:
    parent = about(dialogue, "head").writes("Thank you.")

    label = content.wordings["en"].letter["role_head"]
    assert content.wordings["en"].write("for", roles=label) in parent.preview().splitlines()
    parent.taps_on("send")
    assert parent.added[0].roles == ("head",)


def test_a_worry_while_writing_back_goes_to_the_safeguarding_lead_too(
    dialogue: Dialogue, content: Content
) -> None:
    parent = about(dialogue, "head").writes("my stepdad hits him").taps_on("carry_on")

    assert content.wordings["en"].letter["role_safeguarding"] in parent.preview()
    parent.taps_on("send")
    assert parent.added[0].roles == ("head", "safeguarding")


def test_words_about_the_head_are_pointed_out_before_they_go_to_the_head(
    dialogue: Dialogue, content: Content
) -> None:
    parent = about(dialogue, "head").writes("It was the headteacher Ms Example who did it.")
    assert words(content, "is_it_the_head_too") in parent.sees()

    parent = about(dialogue, "chair").writes("It was the headteacher Ms Example who did it.")
    assert words(content, "is_it_the_head_too") not in parent.sees()
    parent = about(dialogue, "head").writes("Thank you.")
    assert words(content, "is_it_the_head_too") not in parent.sees()


# --- whether it is sorted ---


@pytest.mark.parametrize(
    ("choice", "state"), [("sorted", "settled"), ("not_sorted", "not_settled")]
)
def test_the_parent_says_whether_it_is_sorted(dialogue: Dialogue, choice: str, state: str) -> None:
    parent = answered(dialogue).taps_on(choice)

    assert parent.effects == (Settle(KIT, choice),)
    assert parent.state == state


def test_what_is_not_sorted_can_go_further(dialogue: Dialogue, content: Content) -> None:
    parent = answered(dialogue).taps_on("not_sorted")

    assert {"write_back", "formal"} <= set(parent.offered())
    assert content.school.telephone in parent.sees()


def test_the_question_whether_it_is_sorted_waits_beside_what_is_written(
    dialogue: Dialogue, content: Content
) -> None:
    parent = with_a_letter(dialogue).taps_on("talk", "write").writes("stpo")
    parent.is_reminded(f"sorted.{KIT}")

    assert parent.state == "what"
    assert [choice.id for choice in parent.replies[-1].choices] == ["guess_yes", "guess_no"]
    assert content.wordings["en"].say("sorted_later", reference=KIT) in parent.sees()
    assert presses(parent, KIT, "sorted").effects == (Settle(KIT, "sorted"),)


def test_the_question_is_not_asked_of_a_letter_that_is_not_known(
    dialogue: Dialogue, content: Content
) -> None:
    parent = with_a_letter(dialogue).is_reminded("sorted.ZZZZ-9999")

    assert parent.state == "hello"
    assert words(content, "thread_unknown") in parent.sees()


# --- the letters of this chat ---


def test_at_most_five_letters_are_listed_newest_first(dialogue: Dialogue) -> None:
    parent = Parent(dialogue)
    parent.threads = tuple(Thread(f"AAAA-000{n}", "concern", answered=n == 1) for n in range(7))

    parent.commands("answers")

    labels = [choice.label for choice in parent.replies[-1].choices]
    assert len(labels) == 5
    assert all(f"AAAA-000{n}" in label for n, label in enumerate(labels))
    assert parent.copy().writes(labels[1]).replies[-1].question == "answered.AAAA-0001"
    assert parent.copy().writes("aaaa-0002").replies[-1].question == "answered.AAAA-0002"
    assert parent.copy().writes("stop").state == "stopped"


def test_the_list_of_letters_says_which_are_answered_and_which_are_sorted(
    dialogue: Dialogue, content: Content
) -> None:
    parent = Parent(dialogue)
    parent.threads = (
        Thread("AAAA-0000", "concern"),
        Thread("AAAA-0001", "concern", answered=True),
        Thread("AAAA-0002", "concern", answered=True, sorted=True),
        Thread("AAAA-0003", "concern", sorted=True),
    )

    parent.commands("answers")

    say = content.wordings["en"].say
    name = [say("thread_concern", reference=one.reference) for one in parent.threads]
    assert [choice.label for choice in parent.replies[-1].choices] == [
        name[0],
        say("thread_answered", thread=name[1]),
        say("thread_sorted", thread=name[2]),
        say("thread_sorted", thread=name[3]),
    ]


def test_without_a_letter_there_is_nothing_to_go_on_with(
    dialogue: Dialogue, content: Content
) -> None:
    parent = Parent(dialogue).commands("answers")

    assert parent.state == "hello"
    assert words(content, "no_threads") in parent.sees()


def test_forgetting_ends_what_was_to_be_added(dialogue: Dialogue) -> None:
    parent = answered(dialogue).taps_on("write_back").writes("Thank you.").commands("forget")

    assert Forget() in parent.effects
    assert KIT not in parent.session.to_json()
    assert "Thank you." not in parent.session.to_json()


# --- letters that can be answered in the chat ---


def test_a_letter_says_where_to_answer_when_the_answer_can_come_back(
    dialogue: Dialogue, content: Content
) -> None:
    labels = content.wordings["en"].letter
    way = ["talk", "write"], ["skip", "skip", "skip"]
    for here in (True, False):
        parent = Parent(dialogue, answers_here=here)
        parent.taps_on(*way[0]).writes("It rained.").taps_on(*way[1], "unnamed")
        shown = parent.preview()
        parent.taps_on("send")

        (concern,) = parent.passed_on
        assert shown == f"{concern.subject}\n\n{concern.body}"
        marker = content.wordings["en"].write("marker", reference=concern.reference)
        assert (concern.body.splitlines()[0] == marker) is here
        assert (labels["answer_unnamed_here"] in concern.body) is here
        promised = content.wordings["en"].date(concern.promised) if concern.promised else ""
        assert (promised in parent.sees()) is here, "promised to whom school can answer"
        assert (promised in concern.body) is here


def test_an_addition_says_where_to_answer_when_the_answer_can_come_back(
    dialogue: Dialogue, content: Content
) -> None:
    for here in (True, False):
        parent = answered(dialogue)
        parent.answers_here = here
        parent.taps_on("write_back").writes("Thank you.").taps_on("send")

        (added,) = parent.effects
        assert isinstance(added, AddToThread)
        marker = content.wordings["en"].write("marker", reference=KIT)
        assert (added.body.splitlines()[0] == marker) is here
