"""Kinder words: shown in the turn that the draft came in, and nothing of it kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.draft import findings
from dialogs.kinder import Kinder, kinder
from dialogs.listening import Listening
from dialogs.messages import Finding
from dialogs.rules import FAMILIES, Rules
from tests.parent import Parent, unbracketed

DRAFT = (
    "Mr Davidson never answers. The head is a joke. kai thompson in yr4 took her bag. "
    "everyone share this wallcreeper"
)


@pytest.fixture(scope="module")
def rules(content: Content) -> Rules:
    return Listening.of(content, "en").rules


@pytest.fixture(scope="module")
def gaps(content: Content) -> dict[str, str]:
    return {family: content.wordings["en"].messages[f"gap_{family}"] for family in FAMILIES}


def at_reword(dialogue: Dialogue) -> Parent:
    return (
        Parent(dialogue)
        .taps_on("post", "no", "skip", "view", "post", "nobody", "unfair")
        .taps_on("help_or_no_harm", "reword")
    )


# --- the words ---


def test_every_finding_gets_its_gentler_words_in_place(rules: Rules, gaps: dict[str, str]) -> None:
    text = (
        "Mr Davidson grabbed her arm. it is a disgrace that kai thompson in yr4 gets away with it"
    )
    found = findings(text, rules)

    made = kinder(text, found, gaps)

    assert ("Mr Davidson", "A member of staff") in made.steps
    assert ("grabbed", gaps["did_wrong"]) in made.steps
    assert ("kai thompson in yr4", "another child") in made.steps
    assert made.text.startswith(f"A member of staff {gaps['did_wrong']} her arm. ")
    assert "Davidson" not in made.text
    assert "thompson" not in made.text


def test_capitals_that_others_quote_are_put_in_other_words_once(
    rules: Rules, gaps: dict[str, str]
) -> None:
    found = findings("MR DAVIDSON TOLD LIES about it. AND AGAIN TODAY", rules)

    made = kinder("MR DAVIDSON TOLD LIES about it. AND AGAIN TODAY", found, gaps)
    assert made.text == f"A member of staff {gaps['did_wrong']} about it. And again today"
    assert len(made.steps) == 3

    loud = [one for one in found if one.family == "shouting"]
    assert len(loud) == 2
    made = kinder("MR DAVIDSON TOLD LIES about it. AND AGAIN TODAY", loud, gaps)
    assert made.text == "Mr Davidson told lies about it. And again today"


@pytest.mark.parametrize(
    ("draft", "kind"),
    [
        ("Our Year 3 teacher forgot her. that Mr Nutt too", "A member of staff forgot her. a "),
        ("Mrs Nutt's class and Mr Jones' too", "A member of staff's class and a member of staff's"),
        ("they say 'Mr Jones' is who to ask", "they say a member of staff is who to ask"),
        ("MRS NUTT'S CLASS", "A member of staff's CLASS"),
        ("kai thompson’s mum pushed me", "kai’s mum pushed me"),
        ("Mrs Rees-Jones, the ta", "A member of staff, the ta"),
        ("mr pell-rees told me", "a member of staff told me"),
        ("Mr Nutt-he knew. Mr Nutt,Mrs Day", "A member of staff-he knew. A member of staff,a "),
        ("Kai Thompson-Hill is in there", "Kai is in there"),
        ("I rang Mr Nutt-", "I rang a member of staff-"),
        ("that Mr Nutt, the year 5 teacher, is", "a member of staff, is"),
        ("Our year 5 teacher Mr Nutt is", "A member of staff is"),
        ("Mr Nutt, Mrs Day are", "A member of staff, a member of staff are"),
        ("Mr Nutt hid, the year 5 teacher too", "A member of staff hid, a member of staff too"),
    ],
)
def test_a_name_makes_way_with_all_that_belongs_to_it(
    draft: str, kind: str, rules: Rules, content: Content, gaps: dict[str, str]
) -> None:
    draft += "\nShe is a useless idiot"
    found = findings(draft, rules)
    named = [one for one in found if one.family in ("names_adult", "identifies_child")]

    made = kinder(draft, named, gaps, content.wordings["en"].also["articles"])

    assert made.text.startswith(kind)


@pytest.mark.parametrize(
    ("loud", "small"),
    [
        (
            "I AM SO SICK OF THIS. THEY LOST THE EHCP AND I'M FED UP",
            "I am so sick of this. They lost the EHCP and I'm fed up",
        ),
        ("it is a disgrace, NOBODY EVER RINGS", "it is a disgrace, nobody ever rings"),
        ("WHY WHY WHY DİD THEY GO", "Why why why dİd they go"),
    ],
)
def test_a_shouted_line_is_found_once_and_reads_well_in_small_letters(
    loud: str, small: str, rules: Rules, gaps: dict[str, str]
) -> None:
    only = [one for one in findings(loud, rules) if one.family == "shouting"]

    assert len(only) == 1
    assert kinder(loud, only, gaps).text == small


def test_a_draft_without_findings_is_as_it_was(gaps: dict[str, str]) -> None:
    assert kinder("It rained.", (), gaps) == Kinder("It rained.", ())


def test_in_kinder_words_nothing_is_found_any_more(
    content: Content, rules: Rules, gaps: dict[str, str]
) -> None:
    texts = [
        text
        for rule in content.sources["en/draft_check.yaml"].value["rules"]
        for text in rule["fires"]
    ]
    for text in texts:
        made = kinder(text, findings(text, rules, limit=50), gaps)

        assert findings(made.text, rules) == (), made.text
    assert len(texts) > 100


@settings(max_examples=60, deadline=None)
@given(data=st.data(), text=st.text(max_size=60))
def test_all_that_is_not_in_a_finding_stays_in_its_place(data: st.DataObject, text: str) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    found = [
        Finding(start, end - start, text[start:end], "r", "insult", "B3", "", "")
        for start, end in spans
    ]

    made = kinder(text, found[::-1], {"insult": "\x00"})

    left, end = [], 0
    for start, until in spans:
        left.append(text[end:start])
        end = until
    assert made.text.split("\x00") == [*left, text[end:]] or "\x00" in text
    assert [before for before, _ in made.steps] == [text[start:until] for start, until in spans]


# --- the conversation ---


def test_each_change_is_shown_before_and_after_and_then_all_together(
    dialogue: Dialogue, content: Content, rules: Rules, gaps: dict[str, str]
) -> None:
    parent = at_reword(dialogue).writes(DRAFT)

    assert parent.state == "kinder"
    made = kinder(DRAFT, findings(DRAFT, rules), gaps)
    step = content.wordings["en"].messages["kinder_step"]
    shown = [reply.text for reply in parent.replies]
    steps = [step.replace("$before", b).replace("$after", a) for b, a in made.steps]
    assert shown[: len(steps)] == steps
    assert len(steps) == 5
    assert [reply.text for reply in parent.replies if reply.verbatim] == [made.text]
    assert content.wordings["en"].messages["kinder_prompts"] in parent.sees()


def test_nothing_of_the_draft_is_kept_and_later_that_is_said(
    dialogue: Dialogue, content: Content
) -> None:
    parent = at_reword(dialogue).writes(DRAFT)
    assert "wallcreeper" not in parent.session.to_json()
    assert not parent.effects

    parent.writes("hmm ok then what now")

    assert parent.state == "kinder"
    assert content.wordings["en"].messages["kinder_gone"] in parent.sees()
    assert "wallcreeper" not in parent.sees()


def test_words_that_need_nothing_are_told_so(dialogue: Dialogue, content: Content) -> None:
    parent = at_reword(dialogue).writes("The new pick-up rules are badly planned, I think.")

    assert parent.state == "reword"
    assert content.wordings["en"].messages["draft_clear"] in parent.sees()


def test_a_long_draft_is_shown_in_parts_that_channels_can_show(dialogue: Dialogue) -> None:
    draft = "miss patel is a useless idiot. " + "It rained and we waited. " * 158

    parent = at_reword(dialogue).writes(draft)

    assert parent.state == "kinder"
    whole = [reply.text for reply in parent.replies if reply.verbatim]
    assert len(whole) == 2
    assert all(len(part) <= 3500 for part in whole)
    assert "".join(whole).count("It rained and we waited.") == 158


def test_findings_lead_to_kinder_words(dialogue: Dialogue) -> None:
    parent = Parent(dialogue).taps_on("post", "no").writes(DRAFT)

    assert parent.taps_on("reword").state == "reword"


NEXT = "Mr Rackley never rang us back about the lost coat, and the head is a joke too."
FAIR = "The new pick-up rules are badly planned. My two children waited 25 minutes in the rain."


def test_the_next_draft_can_be_pasted_where_the_last_one_was_looked_at(dialogue: Dialogue) -> None:
    parent = Parent(dialogue).taps_on("post", "no").writes("mr davidson is a liar")
    assert parent.state == "findings"

    parent.writes(NEXT)

    assert parent.state == "findings"
    assert "Mr Rackley" in parent.sees()
    assert "Rackley" not in parent.session.to_json()
    assert parent.copy().writes("carry onn").state == "right_place", "a slip of a button is one"
    assert parent.copy().writes("mr nutt is vile").state == "findings"
    assert parent.copy().writes(FAIR).state == "right_place"
    assert parent.copy().writes("thank you miss patel for such a lovely day at the farm, we all "
                                "had a ball").state == "kind_words"  # fmt: skip
    assert parent.writes("word " * 2000).state == "findings"
    assert "9999" in parent.sees()


def test_so_it_can_where_kinder_words_are_shown(dialogue: Dialogue, content: Content) -> None:
    parent = at_reword(dialogue).writes(DRAFT).writes(NEXT)

    assert parent.state == "kinder"
    assert any("joke" not in reply.text for reply in parent.replies if reply.verbatim)

    parent.writes(FAIR)

    assert parent.state == "reword", "there are no kinder words for it"
    assert content.wordings["en"].messages["draft_clear"] in parent.sees()


def test_a_safety_phrase_is_heard_there_too(dialogue: Dialogue) -> None:
    parent = Parent(dialogue).taps_on("post", "no").writes("mr davidson is a liar")

    parent.writes("his stepdad did it")

    assert parent.state == "urgent"
    assert parent.taps_on("carry_on").offered()[0] == "hide.names-adult", "as it was before"


def test_findings_whose_words_are_gone_say_where_to_see_them(
    dialogue: Dialogue, content: Content
) -> None:
    gone = content.wordings["en"].messages["findings_gone"].split("$")[0]
    parent = Parent(dialogue).taps_on("post", "no").writes(NEXT)
    assert gone not in parent.sees()

    hidden = parent.copy().taps_on(parent.offered()[0])
    assert gone not in hidden.sees(), "the words are still to be seen above"

    assert gone in parent.taps_on("carry_on", "back").sees()


def test_the_same_words_are_shown_once_and_changed_wherever_they_are(dialogue: Dialogue) -> None:
    draft = "Mrs Khan is a useless cow. Mrs Khan never marks a book. Mrs Khan is off"
    parent = Parent(dialogue).taps_on("post", "no").writes(draft)
    assert parent.sees().count("Mrs Khan") == 1

    parent.taps_on("reword").writes(draft)

    assert sum("Mrs Khan" in reply.text for reply in parent.replies) == 1
    (whole,) = (reply.text for reply in parent.replies if reply.verbatim)
    assert "Khan" not in whole


def test_what_the_parent_said_is_not_right_stays_as_it_is(
    dialogue: Dialogue,
) -> None:
    draft = "Mr Davidson never answers. THE HEAD IS A JOKE, SORT IT OUT"
    parent = Parent(dialogue).taps_on("post", "no").writes(draft)
    for one in ("names-adult", "shouting"):
        parent.taps_on(f"hide.{one}")

    parent.taps_on("reword").writes(draft)

    whole = next(reply.text for reply in parent.replies if reply.verbatim)
    assert whole.startswith("Mr Davidson ")
    assert ". THE HEAD IS " in whole
    assert "A JOKE" not in whole
    assert whole.endswith(", SORT IT OUT")
    assert "Davidson" not in parent.session.to_json()

    school = parent.copy().taps_on("for_school").writes(draft)
    assert ", SORT IT OUT" in school.session.unsent["what"]

    parent.taps_on("again", "again").writes(draft)

    assert parent.state == "findings"
    assert {"hide.names-adult", "hide.shouting"} <= set(parent.offered()), "a new look"


def test_when_all_was_not_right_nothing_is_changed(dialogue: Dialogue, content: Content) -> None:
    parent = Parent(dialogue).taps_on("post", "no").writes("The head is a joke.")
    parent.taps_on(*(one for one in parent.offered() if one.startswith("hide.")))

    parent.taps_on("reword").writes("The head is a joke.")

    assert parent.state == "reword"
    assert content.wordings["en"].messages["draft_clear"] in parent.sees()


# --- a message to school made from the same facts ---


def test_a_message_to_school_keeps_the_facts_and_leaves_the_hard_words(
    dialogue: Dialogue, content: Content, gaps: dict[str, str]
) -> None:
    parent = at_reword(dialogue).taps_on("for_school").writes(DRAFT)

    assert parent.state == "full_name", "the intake goes on as with any words"
    words = parent.session.unsent["what"]
    assert words.startswith("Mr Davidson never answers. The head is ")
    assert "kai thompson in yr4 took her bag." in words
    for hard in ("a joke", "share this"):
        assert hard not in words
    assert gaps["insult"] in words
    assert content.wordings["en"].messages["kinder_step"].split("$")[0][:1] in parent.sees()


def test_no_hard_word_is_left_however_many_there_are(dialogue: Dialogue, content: Content) -> None:
    parent = at_reword(dialogue).taps_on("for_school")

    parent.writes("The gate was locked. " + "The head is a joke. " * 60)

    assert "a joke" not in parent.session.to_json()
    more = content.wordings["en"].messages["kinder_more"].replace("$count", "59")
    assert more in parent.sees()


def test_a_gap_in_the_letter_is_explained_until_it_is_filled(
    dialogue: Dialogue, content: Content, gaps: dict[str, str]
) -> None:
    explained = content.wordings["en"].messages["gap_left"]
    parent = at_reword(dialogue).taps_on("for_school").writes("It rained. The head is a joke.")
    parent.taps_on("skip", "skip", "unnamed")
    assert gaps["insult"] in parent.preview()
    assert explained in parent.sees()

    parent.taps_on("change", "what").writes("It rained.")

    assert parent.state == "preview"
    assert explained not in parent.sees()


def test_the_preview_shows_the_message_and_only_send_sends_it(dialogue: Dialogue) -> None:
    parent = at_reword(dialogue).taps_on("for_school")
    parent.writes("The gate was locked again. The head is a joke.")
    parent.taps_on("skip", "skip", "unnamed")
    assert parent.state == "preview"
    assert "> " in parent.preview()
    assert "The gate was locked again." in parent.preview()
    assert "a joke" not in parent.preview()
    assert not parent.passed_on

    parent.taps_on("send")

    assert len(parent.passed_on) == 1


def test_a_long_one_goes_in_parts_like_any_other(dialogue: Dialogue) -> None:
    parent = at_reword(dialogue).taps_on("for_school").writes("It rained and we waited. " * 80)

    assert parent.state == "too_long"
    assert parent.taps_on("split").state in {"need", "child_name"}


def test_words_that_were_typed_before_are_shown_before_they_are_replaced(
    dialogue: Dialogue, content: Content
) -> None:
    parent = Parent(dialogue).taps_on("talk", "write").writes("The gate was locked.")
    parent.commands("start").taps_on("post", "no").writes("the head is a joke")

    parent.taps_on("reword", "for_school")

    assert content.wordings["en"].messages["words_so_far"] in parent.sees()
    assert "The gate was locked." in parent.sees()


def test_own_words_can_be_written_instead(dialogue: Dialogue) -> None:
    assert at_reword(dialogue).taps_on("for_school", "write").state == "what"


def test_a_safety_phrase_in_a_draft_to_reword_shows_its_card(dialogue: Dialogue) -> None:
    parent = at_reword(dialogue).writes("hes got brusies on his back agen he said stepdad did it")

    assert parent.state == "urgent"
    assert "brusies" not in parent.session.to_json()


def test_a_card_that_was_shown_stands_beside_the_kinder_words_of_the_same_post(
    dialogue: Dialogue, content: Content
) -> None:
    post = "that TA mr davis grabbed my daughters arm left a mark everyone needs 2 know"
    screens = content.wordings["en"].screens
    parent = Parent(dialogue).taps_on("post", "no").writes(post)
    assert parent.state == "staff", "at first the card alone"

    parent.taps_on("carry_on", "reword").writes(post)

    assert parent.state == "kinder"
    assert screens["staff"].text.split("\n---")[0] in parent.sees()
    assert any(reply.verbatim for reply in parent.replies)
    assert "davis" not in parent.session.to_json()

    parent.taps_on("again").writes("he has bruises on his back, his stepdad did it")
    assert parent.state == "urgent", "another card is shown alone again"

    parent.commands("start").taps_on("post", "no").writes(post)
    assert parent.state == "staff", "and so is the first, for another post"


def test_what_reads_like_a_childs_post_or_a_complaint_is_looked_at_the_second_time(
    dialogue: Dialogue,
) -> None:
    parent = at_reword(dialogue)
    for card, post in (
        ("child", "im in year 5 and my teacher mr davis is a liar"),
        ("formal", "i want to make a formal complaint, mr davis is a liar"),
    ):
        parent.writes(post)
        assert parent.state == card
        parent.taps_on("back")
        while parent.state != "reword":
            parent.taps_on("again")
        parent.writes(post)
        assert parent.state == "kinder"
        parent.taps_on("again")


def test_every_gap_says_in_brackets_what_could_stand_there(content: Content) -> None:
    for family in FAMILIES:
        gap = content.wordings["en"].messages[f"gap_{family}"]
        inside = gap.strip("⟦⟧")
        assert inside.startswith("[") or not unbracketed(gap)
