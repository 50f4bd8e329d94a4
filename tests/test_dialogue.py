"""What the walk does not look at: languages, edited content, parts, cards among words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.flow import FLOW, Flow
from dialogs.messages import Attached, Chose, Count, Remind, Reminded, Thread, Wrote
from dialogs.rules import Rules
from dialogs.safety import Phrases
from dialogs.school import Policy
from dialogs.session import Session
from dialogs.source import ContentError, join, parse, read
from tests.conftest import CONTENT
from tests.parent import LONDON, Parent

UNKIND = "miss patel is a useless idiot, everyone share this"
SENTENCE = "The gate was locked again and we waited. "
FULL_NAME = "kai thompson in yr4 took her bag."


def words(content: Content, message: str) -> str:
    return content.wordings["en"].messages[message]


def test_rules_and_phrases_are_compiled_at_the_first_need_or_before(
    content: Content, flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str] = []
    for kind in (Rules, Phrases):
        monkeypatch.setattr(kind, "compile", lambda _, name=kind.__name__: compiled.append(name))
    sources = dict(content.sources)
    for name in ("en/draft_check.yaml", "en/safety.yaml"):
        sources[name] = parse(f"# Of this school.\n{(CONTENT / name).read_text()}", name)
    sources["en/draft_check.yaml"] = join(
        sources["en/draft_check.yaml"], sources["en/draft_words.yaml"]
    )

    dialogue = Dialogue(replace(content, sources=sources), flow)
    Parent(dialogue).taps_on("post")
    assert not compiled

    dialogue.ready()
    dialogue.ready()
    assert compiled == ["Rules", "Phrases"]


def test_rules_and_phrases_that_cannot_be_compiled_are_found_before_the_need(
    content: Content, flow: Flow
) -> None:
    names = ("en/draft_check.yaml", "en/safety.yaml")
    broken = {name: parse("lists: nonsense", name) for name in names}

    with pytest.raises(ContentError) as found:
        Dialogue(replace(content, sources={**content.sources, **broken}), flow)

    assert {problem.path for problem in found.value.problems} == {*names}


def writing(dialogue: Dialogue) -> Parent:
    return Parent(dialogue).taps_on("talk", "write")


def at_the_preview(dialogue: Dialogue) -> Parent:
    return writing(dialogue).writes("It rained.").taps_on("skip", "skip", "skip", "unnamed")


# --- content that changed under way, languages ---


def test_a_state_that_is_gone_starts_again_and_loses_no_words(
    dialogue: Dialogue, content: Content
) -> None:
    parent = writing(dialogue).writes("It rained.")
    parent.session = replace(parent.session, state="gone", trail=("gone too",))

    parent.take(Chose("gone", "skip"))

    assert words(content, "content_changed") in parent.sees()
    assert parent.state == "hello"
    parent.taps_on("talk", "write")
    assert parent.state == "child_name"
    assert parent.session.unsent["what"] == "It rained."


def test_words_about_safety_are_heard_even_when_the_state_is_gone(dialogue: Dialogue) -> None:
    parent = Parent(dialogue)
    parent.session = replace(parent.session, state="gone")

    parent.writes("hes got brusies on his back agen he said stepdad did it")

    assert parent.state == "urgent"


def test_a_language_that_is_gone_becomes_the_schools_own(dialogue: Dialogue) -> None:
    parent = writing(dialogue)
    parent.session = replace(parent.session, language="xx")

    parent.writes("It rained.")

    assert parent.session.language == "en"
    assert parent.state == "child_name"


@pytest.fixture
def two_languages(content: Content) -> Dialogue:
    """The school's content with a second language that a reviewer stands behind."""
    second = replace(content.wordings["en"], language="pl", name="Polski")
    rules = content.sources
    more = {f"pl/{name}.yaml": rules[f"en/{name}.yaml"] for name in ("draft_check", "safety")}
    both = replace(
        content,
        wordings={**content.wordings, "pl": second},
        offered=("en", "pl"),
        sources={**content.sources, **more},
    )
    return Dialogue(both, Flow(read(FLOW).value))


def test_a_language_is_chosen_by_its_button_or_its_name(two_languages: Dialogue) -> None:
    parent = writing(two_languages).commands("language")
    assert parent.taps_on("set.pl").state == "what", "back to where the parent was"
    assert parent.session.language == "pl"

    parent.commands("language").writes("polski")

    assert parent.session.language == "pl"


def test_a_language_that_is_not_offered_is_not_taken(two_languages: Dialogue) -> None:
    parent = Parent(two_languages).commands("language")

    parent.take(Chose("language", "set.ro"))

    assert parent.session.language == "en"


def test_a_letter_in_another_language_says_which(two_languages: Dialogue, content: Content) -> None:
    parent = Parent(two_languages).commands("language").taps_on("set.pl", "talk", "write")

    parent.writes("Padało.").taps_on("skip", "skip", "skip", "unnamed")

    label = content.wordings["en"].letter["language"].split("$")[0]
    assert f"{label}Polski" in parent.preview()
    assert "> Padało." in parent.preview()


def test_an_addition_in_another_language_says_which(two_languages: Dialogue) -> None:
    parent = Parent(two_languages, threads=(Thread("K7Q2-M4XP", "concern"),))
    parent.commands("language").taps_on("set.pl")
    parent.is_answered("K7Q2-M4XP", "Dziękujemy.").taps_on("write_back").writes("Tak.")

    assert "Polski" in parent.preview()


def test_a_channels_hint_chooses_only_an_offered_language(two_languages: Dialogue) -> None:
    assert two_languages.begin("pl").language == "pl"
    assert two_languages.begin("ro").language == "en"
    assert two_languages.begin().language == "en"


def test_a_saved_session_of_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format"):
        Session.from_json('{"format": 0}')


# --- old buttons ---


def test_help_on_an_old_screen_is_shown_and_changes_nothing(
    dialogue: Dialogue, content: Content
) -> None:
    parent = Parent(dialogue)
    old = parent.question("help")
    parent.taps_on("talk", "write")
    before = parent.session

    parent.take(Chose(old, "help"))

    assert parent.session == before
    assert content.wordings["en"].screens["urgent_now"].text.split("\n")[0] in parent.sees()
    assert parent.replies[0].refused, "the pressed message is no record of a choice"


def test_an_old_button_is_explained_and_changes_nothing(
    dialogue: Dialogue, content: Content
) -> None:
    parent = writing(dialogue)
    before = parent.session

    parent.take(Chose("hello", "post"))

    assert parent.session == before
    assert words(content, "old_button") in parent.sees()


def test_a_guess_that_is_offered_no_more_does_nothing(dialogue: Dialogue) -> None:
    parent = writing(dialogue)
    parent.session = replace(parent.session, guess="send")

    parent.take(Chose("what", "guess_yes"))

    assert parent.state == "what"
    assert not parent.passed_on


# --- the draft ---


def test_a_finding_that_is_not_right_is_hidden_at_once_and_counted(
    dialogue: Dialogue, content: Content
) -> None:
    parent = Parent(dialogue).taps_on("post", "no").writes(UNKIND)
    hides = [choice for choice in parent.offered() if choice.startswith("hide.")]
    assert len(hides) > 1

    parent.taps_on(hides[0])

    assert hides[0] not in parent.offered()
    assert set(hides[1:]) <= set(parent.offered())
    assert parent.effects == (Count(f"not_right.{hides[0].removeprefix('hide.')}"),)
    for hide in hides[1:]:
        parent.taps_on(hide)
    assert words(content, "findings_none") in parent.sees()
    assert parent.taps_on("carry_on").state == "right_place"


def test_the_words_of_a_draft_are_quoted_once_and_nowhere_kept(dialogue: Dialogue) -> None:
    parent = Parent(dialogue).taps_on("post", "no").writes(UNKIND)
    assert "useless" in parent.sees()
    assert "useless" not in parent.session.to_json()

    parent.writes("hmm ok then what now")

    assert parent.state == "findings"
    assert "useless" not in parent.sees()


# --- cards in the middle of words ---


def test_words_that_call_for_a_card_are_kept_where_words_were_asked_for(
    dialogue: Dialogue,
) -> None:
    parent = writing(dialogue).writes("Mr Davis grabbed my daughter's arm. It left a mark.")
    assert parent.state == "staff"

    parent.taps_on("carry_on")

    assert parent.state == "child_name"
    assert "grabbed" in parent.session.unsent["what"]


def test_nothing_that_a_child_writes_is_kept(dialogue: Dialogue) -> None:
    parent = writing(dialogue).writes("im in year 5 and my teacher shouted at me")

    assert parent.state == "child"
    assert "shouted" not in parent.session.to_json()


def test_a_formal_complaint_is_taken_up_in_the_words_themselves(dialogue: Dialogue) -> None:
    parent = writing(dialogue).writes("I want to make a formal complaint about the gate.")
    assert parent.state == "formal"

    parent.taps_on("write")

    assert parent.session.unsent["kind"] == "formal"
    assert "about the gate" in parent.session.unsent["what"]


def test_an_earlier_complaint_among_the_answers_changes_nothing(dialogue: Dialogue) -> None:
    parent = at_the_preview(dialogue).taps_on("more", "skip")

    parent.writes("I made a formal complaint in May")

    assert parent.state == "right"
    assert parent.session.unsent["kind"] == "concern"


def test_swearing_is_fine(dialogue: Dialogue, content: Content) -> None:
    parent = Parent(dialogue).writes("this is all bloody rubbish")

    assert words(content, "swearing_is_fine") in parent.sees()


def test_words_at_the_start_are_heard_and_not_kept(dialogue: Dialogue, content: Content) -> None:
    parent = Parent(dialogue).writes("the gate was locked again and nobody came")

    assert words(content, "heard_you") in parent.sees()
    assert "gate" not in parent.session.to_json()


@pytest.mark.parametrize(("what", "message"), [("photo", "no_files"), ("edited", "edited")])
def test_what_is_not_text_gets_a_kind_answer(
    dialogue: Dialogue, content: Content, what: str, message: str
) -> None:
    parent = writing(dialogue)

    parent.take(Attached(what))

    assert words(content, message) in parent.sees()
    assert parent.state == "what"


def test_a_typed_command_is_a_command(dialogue: Dialogue) -> None:
    assert Parent(dialogue).writes("/contact").state == "talk"


def test_no_words_at_all_are_asked_for_again(dialogue: Dialogue, content: Content) -> None:
    parent = writing(dialogue).writes(" \n ")

    assert words(content, "no_words") in parent.sees()
    assert parent.state == "what"


def test_a_slip_in_a_label_is_taken_as_the_label(dialogue: Dialogue) -> None:
    parent = Parent(dialogue)
    label = parent.label("privacy")

    parent.writes(label[:3] + label[4:])

    assert parent.state == "privacy"


def test_a_slip_of_stop_among_words_is_asked_back_and_the_words_are_not_taken(
    dialogue: Dialogue,
) -> None:
    parent = writing(dialogue).writes("stopp")
    assert parent.offered()[:2] == ["guess_yes", "guess_no"]
    shown = dialogue.show(parent.session, parent.given())
    assert shown[-1] == parent.replies[-1], "what was asked can be shown again"

    parent.writes("It rained, and nobody came to the gate.")

    assert parent.state == "child_name"
    assert parent.session.unsent["what"] == "It rained, and nobody came to the gate."


def test_a_wrong_guess_is_put_right(dialogue: Dialogue, content: Content) -> None:
    parent = writing(dialogue).writes("stopp", "no")

    assert words(content, "guess_was_wrong") in parent.sees()
    assert parent.state == "what"


def test_a_second_complaint_phrase_changes_nothing(dialogue: Dialogue) -> None:
    parent = Parent(dialogue).taps_on("talk", "formal", "write")

    parent.writes("This is a formal complaint about the gate.")

    assert parent.state == "child_name"
    assert parent.session.unsent["kind"] == "formal"


# --- long words and names ---


def test_details_that_were_given_are_not_asked_again(dialogue: Dialogue) -> None:
    parent = at_the_preview(dialogue).taps_on("more").writes("Monday").taps_on("enough", "more")

    assert parent.state == "told", "the day is known, the rest was skipped"
    assert parent.session.unsent["when"] == "Monday"


def test_long_words_go_in_parts_each_with_its_own_preview_and_reference(
    dialogue: Dialogue,
) -> None:
    text = (SENTENCE * 90).strip()
    parent = writing(dialogue).writes(text).taps_on("split", "skip", "skip", "skip", "unnamed")

    parent.taps_on("send", "next_part", "send", "next_part", "send")

    assert len(parent.passed_on) == 3
    assert len({concern.reference for concern in parent.passed_on}) == 3
    said = " ".join(
        line.removeprefix("> ")
        for concern in parent.passed_on
        for line in concern.body.splitlines()
        if line.startswith(">")
    )
    assert said == text
    assert "next_part" not in parent.offered()


def test_long_words_wait_while_the_parent_looks_elsewhere(dialogue: Dialogue) -> None:
    parent = writing(dialogue).writes(SENTENCE * 50).taps_on("talk", "back")
    assert parent.state == "too_long"

    parent.taps_on("split", "talk", "back", "back")

    assert parent.state == "what", "there are no long words any more"


def test_at_the_limit_words_are_kept_only_when_there_are_some(
    dialogue: Dialogue, content: Content
) -> None:
    kept = words(content, "words_wait")
    nothing = Parent(dialogue, sent_today=3).taps_on("talk", "write")
    assert nothing.state == "limit"
    assert kept not in nothing.sees()

    parent = at_the_preview(dialogue)
    parent.sent_today = 3
    parent.taps_on("send")

    assert parent.state == "limit"
    assert kept in parent.sees()


@pytest.mark.parametrize(("sent", "said"), [(0, False), (1, False), (2, True), (3, True)])
def test_parts_that_cannot_all_go_today_are_counted(
    dialogue: Dialogue, content: Content, sent: int, said: bool
) -> None:
    parent = writing(dialogue)
    parent.sent_today = sent

    parent.writes(SENTENCE * 60)

    assert parent.state == "too_long"
    expected = words(content, "parts_today").replace("$count", "2").replace("$left", str(3 - sent))
    assert (expected in parent.sees()) == said
    assert (content.school.telephone in parent.sees()) == said


def test_words_so_far_are_replaced_only_after_that_was_said(
    dialogue: Dialogue, content: Content
) -> None:
    parent = at_the_preview(dialogue).taps_on("change", "what")

    assert words(content, "words_replaced") in parent.sees()
    assert words(content, "words_replaced") not in writing(dialogue).sees()


@pytest.mark.parametrize("typed", ["send", "Send it", "Keep these words"])
def test_send_typed_at_the_words_keeps_them(dialogue: Dialogue, typed: str) -> None:
    parent = at_the_preview(dialogue).taps_on("change", "what").writes(typed)

    assert parent.state == "preview"
    assert parent.session.unsent["what"] == "It rained."


def test_two_full_names_are_asked_about_one_after_the_other(dialogue: Dialogue) -> None:
    parent = writing(dialogue).writes(f"{FULL_NAME} liam hughes in yr4 laughed.")
    assert parent.state == "full_name"

    parent.taps_on("first_name")
    assert parent.state == "full_name"
    parent.taps_on("first_name")

    assert parent.state == "child_name"
    assert parent.session.unsent["what"] == "kai in yr4 took her bag. liam in yr4 laughed."


def test_who_stays_unnamed_is_told_of_the_childs_name_in_the_letter(
    dialogue: Dialogue, content: Content
) -> None:
    parent = writing(dialogue).writes("It rained.", "Lily, Year 2")
    parent.taps_on("skip", "skip", "unnamed")
    assert words(content, "unnamed_child") in parent.sees()

    parent.taps_on("change", "child_name", "skip")

    assert parent.state == "preview"
    assert words(content, "unnamed_child") not in parent.sees()


def test_a_letter_to_the_head_that_speaks_of_the_head_is_pointed_out(
    dialogue: Dialogue, content: Content
) -> None:
    parent = writing(dialogue).writes("The head teacher shouted at my son.")
    parent.taps_on("skip", "skip", "someone", "unnamed")
    assert words(content, "is_it_the_head") in parent.sees()

    parent.taps_on("change", "about", "head")

    assert words(content, "is_it_the_head") not in parent.sees()
    parent.taps_on("send")
    assert parent.passed_on[0].roles == ("chair",)


@pytest.mark.parametrize(
    "text",
    [
        "The headteacher's attitude is rude.",
        "The headteacher’s attitude is rude.",
        "our head Ms A. Example shouted",
        "Ms Example shouted at my son",
        "mrs example's rude",
        "the head's rude",
        "the principal shouted",
        "HT shouted",
        "the acting head shouted",
    ],
)
@pytest.mark.parametrize("field", ["what", "right", "told", "when"])
def test_the_head_is_known_by_name_and_by_other_words(
    dialogue: Dialogue, content: Content, text: str, field: str
) -> None:
    parent = writing(dialogue).writes(text if field == "what" else "It rained.")
    parent.taps_on("skip", "skip", "someone", "unnamed")
    parent.session = replace(parent.session, unsent={**parent.session.unsent, field: text})

    assert words(content, "is_it_the_head") in parent.commands("help").taps_on("back").sees()


@pytest.mark.parametrize(
    "text", ["He set a good example.", "It rained ahead.", "Right at his ear."]
)
def test_other_words_do_not_mean_the_head(dialogue: Dialogue, content: Content, text: str) -> None:
    parent = writing(dialogue).writes(text).taps_on("skip", "skip", "someone", "unnamed")

    assert parent.state == "preview"
    assert words(content, "is_it_the_head") not in parent.sees()


def test_who_stays_unnamed_is_not_asked_who_they_are(dialogue: Dialogue) -> None:
    parent = at_the_preview(dialogue).taps_on("more")

    assert parent.state == "when"
    parent.taps_on("enough", "change", "answer", "email").writes("sam@home.example")
    assert parent.taps_on("more").state == "name"


def test_only_what_a_kind_asks_for_can_be_changed(dialogue: Dialogue) -> None:
    thanks = Parent(dialogue).taps_on("talk", "thanks").writes("Thank you.")
    thanks.taps_on("skip", "skip", "unnamed", "change")

    assert not {"about", "need", "child_name"} & set(thanks.offered())
    assert {"what", "answer"} <= set(thanks.offered())


def test_whoever_asks_for_a_call_changes_the_number_and_stays_reachable(
    dialogue: Dialogue,
) -> None:
    parent = Parent(dialogue).taps_on("talk", "call_back").writes("About the gate.")
    parent.taps_on("skip", "skip").writes("01632 960111").taps_on("change", "answer")

    assert parent.state == "address"
    parent.writes("01632 960222")
    assert "01632 960222" in parent.preview()


DISCLOSURE = "my stepdad hits him with a belt"


def test_thanks_after_an_old_worry_do_not_go_to_the_safeguarding_lead(dialogue: Dialogue) -> None:
    parent = Parent(dialogue).writes(DISCLOSURE).taps_on("carry_on").commands("start")
    parent.taps_on("talk", "thanks").writes("Thank you.").taps_on("skip", "skip", "unnamed", "send")

    assert parent.passed_on[0].roles == ("office",)


def test_a_worry_among_thanks_goes_to_the_safeguarding_lead(dialogue: Dialogue) -> None:
    parent = Parent(dialogue).taps_on("talk", "thanks").writes(f"Thank you. {DISCLOSURE}")
    parent.taps_on("carry_on", "skip", "skip", "unnamed", "send")

    assert parent.passed_on[0].roles == ("office", "safeguarding")


def test_another_kind_of_letter_goes_to_its_own_people(dialogue: Dialogue) -> None:
    parent = writing(dialogue).writes("Thank you for the play.")
    parent.taps_on("skip", "skip", "head", "unnamed", "talk", "thanks", "keep")
    parent.taps_on("skip", "skip", "unnamed", "send")

    assert parent.passed_on[0].kind == "thanks"
    assert parent.passed_on[0].roles == ("office",)


@pytest.mark.parametrize("name", ["Jack", "Zack", "Quin", "Jack, Year 2"])
def test_a_name_like_a_button_is_a_name(dialogue: Dialogue, name: str) -> None:
    parent = writing(dialogue).writes("It rained.", name)

    assert parent.state == "need"
    assert parent.session.unsent["child_name"] == name


@pytest.mark.parametrize("text", ["\u200b\u200b", "?", "🦓", "__"])
def test_what_nobody_can_read_is_no_concern(
    dialogue: Dialogue, content: Content, text: str
) -> None:
    parent = writing(dialogue).writes(text)

    assert parent.state == "what"
    assert words(content, "no_words") in parent.sees()


@pytest.mark.parametrize("text", ["send", "do not send", "dont send it yet"])
def test_words_about_sending_never_offer_to_delete(dialogue: Dialogue, text: str) -> None:
    parent = at_the_preview(dialogue).taps_on("send").writes(text)

    assert "guess_yes" not in parent.offered()
    assert parent.state == "sent"


@pytest.mark.parametrize(
    "text", ["/help he is hitting me right now", "/my son said stepdad left bruises on his back"]
)
def test_words_behind_a_slash_are_heard_for_safety(dialogue: Dialogue, text: str) -> None:
    parent = Parent(dialogue).writes(text)

    assert parent.state in ("urgent_now", "urgent")


def test_words_behind_a_slash_by_mistake_are_kept(dialogue: Dialogue) -> None:
    parent = writing(dialogue).writes("/ my coat is gone again")

    assert parent.state == "child_name"


def test_a_child_who_wrote_before_is_forgotten_too(dialogue: Dialogue) -> None:
    parent = writing(dialogue).writes("nobody plays with me at school").taps_on("help")

    parent.taps_on("card_crisis", "card_child")

    assert "plays" not in parent.session.to_json()


def test_after_a_letter_nothing_says_that_nobody_saw_it(
    dialogue: Dialogue, content: Content
) -> None:
    parent = at_the_preview(dialogue).taps_on("send").writes("did it send then")

    assert words(content, "not_understood_after") in parent.sees()


def test_a_link_opens_harmless_places_only(dialogue: Dialogue) -> None:
    assert Parent(dialogue).commands("start", "concern").state == "what"
    assert Parent(dialogue).commands("start", "Privacy").state == "privacy"

    parent = writing(dialogue).writes("It rained.").commands("start", "forget")

    assert parent.state == "hello"
    assert parent.session.unsent["what"] == "It rained."


def test_going_back_after_the_name_was_shortened_does_not_ask_again(dialogue: Dialogue) -> None:
    parent = writing(dialogue).writes(FULL_NAME).taps_on("first_name")

    parent.taps_on("back")

    assert parent.state == "what"
    assert "kai in yr4" in parent.sees()


# --- the way back ---


def test_back_from_a_new_conversation_stays_at_the_start(dialogue: Dialogue) -> None:
    assert Parent(dialogue).taps_on("back").state == "hello"


def test_back_passes_over_a_letter_that_is_gone(dialogue: Dialogue) -> None:
    parent = at_the_preview(dialogue).taps_on("talk", "thanks")

    parent.taps_on("back", "back")

    assert parent.state == "answer", "the preview is of a letter that is no more"


def test_a_card_on_a_card_leads_back_to_where_the_parent_was(dialogue: Dialogue) -> None:
    parent = writing(dialogue).taps_on("help", "card_staff", "card_whistleblower", "carry_on")

    assert parent.state == "what"


def test_back_behind_a_card_that_was_carried_on_from_shows_no_card(dialogue: Dialogue) -> None:
    parent = Parent(dialogue).taps_on("post", "worried", "card_urgent_now", "carry_on")
    assert parent.state == "draft"

    assert parent.taps_on("back").state == "safety"


def test_back_to_the_receipt_and_to_the_reminder(dialogue: Dialogue) -> None:
    parent = at_the_preview(dialogue).taps_on("send", "talk", "back")
    assert parent.state == "sent"

    parent = Parent(dialogue).taps_on("post", "no", "skip", "unsure", "post", "nobody", "fair")
    parent.taps_on("unsure", "remind", "skip", "at.0800", "skip", "talk", "back")
    assert parent.state == "reminder_set"


def test_after_forgetting_back_shows_neither_receipt_nor_reminder(dialogue: Dialogue) -> None:
    parent = at_the_preview(dialogue).taps_on("send", "talk").commands("forget")

    assert parent.taps_on("back").state == "hello"
    parent.session = replace(parent.session, trail=("hello", "sent", "reminder_set", "address"))
    parent.replies = dialogue.show(parent.session, parent.given())
    assert parent.taps_on("back").state == "hello"


# --- reminders ---


@pytest.mark.parametrize(
    ("at", "choice", "due"),
    [
        ("2026-11-24T22:40", "at.0800", "2026-11-25T08:00+00:00"),
        ("2026-11-25T01:30", "at.0800", "2026-11-25T08:00+00:00"),
        ("2026-11-25T05:00", "at.1800", "2026-11-26T18:00+00:00"),
        ("2027-03-27T21:00", "at.0800", "2027-03-28T08:00+01:00"),
        ("2026-10-24T21:00", "at.1230", "2026-10-25T12:30+00:00"),
    ],
    ids=["the next morning", "at night", "a night later", "clocks forward", "clocks back"],
)
def test_a_reminder_comes_after_the_night_by_the_schools_clock(
    dialogue: Dialogue, at: str, choice: str, due: str
) -> None:
    parent = Parent(dialogue, now=datetime.fromisoformat(at).replace(tzinfo=LONDON))
    parent.taps_on("post", "no", "skip", "unsure", "post", "nobody", "fair", "unsure", "remind")
    parent.now = datetime.fromisoformat(at).replace(tzinfo=LONDON)
    parent.taps_on("skip")
    parent.now = datetime.fromisoformat(at).replace(tzinfo=LONDON)

    parent.taps_on(choice)

    (remind,) = parent.effects
    assert isinstance(remind, Remind)
    assert remind.at is not None
    assert remind.at.isoformat(timespec="minutes") == due


def test_a_reminder_at_night_is_refused_whatever_the_content_says(
    dialogue: Dialogue, content: Content
) -> None:
    parent = Parent(dialogue).taps_on("post", "no", "skip", "unsure", "post", "nobody", "fair")
    parent.taps_on("unsure", "remind", "skip")
    screen = content.wordings["en"].screens["wait_time"]
    night = replace(screen, choices={**screen.choices, "at.0300": "At 3"})
    wording = content.wordings["en"]
    at_night = replace(
        content,
        wordings={"en": replace(wording, screens={**wording.screens, "wait_time": night})},
    )
    other = Dialogue(at_night, Flow(read(FLOW).value))

    with pytest.raises(ValueError, match="night"):
        other.take(parent.session, Chose("wait_time", "at.0300"), parent.given())


def test_a_reminder_that_the_flow_no_longer_knows_is_a_fault_of_ours(dialogue: Dialogue) -> None:
    parent = Parent(dialogue)

    with pytest.raises(KeyError):
        dialogue.take(parent.session, Reminded("no_such"), parent.given())


# --- the school's own words ---


def test_the_schools_exact_words_and_link_are_shown_under_its_policy(content: Content) -> None:
    school = replace(content.school, policy=Policy("", {"B1": "Exactly so."}))
    dialogue = Dialogue(replace(content, school=school), Flow(read(FLOW).value))

    parent = Parent(dialogue).commands("policy")

    assert "Exactly so." in parent.sees()
    assert words(content, "policy_link") not in parent.sees()


def test_a_policy_without_exact_words_is_its_clauses_and_where_it_is(
    dialogue: Dialogue, content: Content
) -> None:
    parent = Parent(dialogue).commands("policy")

    assert content.wordings["en"].say("policy_link") in parent.sees()
    assert words(content, "policy_exact") not in parent.sees()


def test_a_schools_photo_rule_is_shown_with_other_children(content: Content) -> None:
    school = replace(content.school, photo_rule="Please ask first.")
    dialogue = Dialogue(replace(content, school=school), Flow(read(FLOW).value))
    parent = Parent(dialogue).taps_on("post", "no", "skip", "thanks", "post", "children", "fair")

    parent.taps_on("help_or_no_harm")

    assert words(content, "photo_rule") in parent.sees()


# --- a flow that is broken is our own fault, and says so ---


def test_a_flow_that_never_shows_is_noticed(content: Content) -> None:
    flow = read(FLOW).value
    flow["transitions"].insert(0, {"trigger": "next", "source": "intake", "dest": "weighing"})
    flow["transitions"].insert(0, {"trigger": "next", "source": "weighing", "dest": "intake"})
    dialogue = Dialogue(content, Flow(flow))

    with pytest.raises(RecursionError, match="never reaches"):
        Parent(dialogue).taps_on("talk", "write")


def test_a_way_that_is_gone_is_noticed(content: Content) -> None:
    flow = read(FLOW).value
    flow["transitions"] = [one for one in flow["transitions"] if one["trigger"] != "stop"]
    flow["transitions"].append({"trigger": "stop", "source": "talk", "dest": "stopped"})
    dialogue = Dialogue(content, Flow(flow))
    parent = Parent(dialogue)

    with pytest.raises(LookupError, match="has no way"):
        dialogue.take(parent.session, Wrote("9"), parent.given())
