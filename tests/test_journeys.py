"""The acceptance stories in the core: what a parent must see, and what they must never see."""

from __future__ import annotations

import pytest

from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.draft import findings
from dialogs.messages import Remind, Settle
from dialogs.rules import Rules
from tests.parent import Parent
from tests.stories import (
    BULLYING,
    DISCLOSURE,
    HONEST,
    STORIES,
    Says,
    Taps,
    Waits,
)


def live(dialogue: Dialogue, name: str, steps: int | None = None) -> Parent:
    """One story, as far as so many steps. Each reply is also in `said`."""
    story = STORIES[name]
    parent = Parent(dialogue, now=story.at)
    for step in story.steps[:steps]:
        match step:
            case Says(text):
                parent.writes(text)
            case Taps(choice):
                parent.taps_on(choice)
            case Waits(hours):
                parent.comes_back_after(hours=hours)
    return parent


@pytest.mark.parametrize("name", STORIES)
def test_each_story_ends_with_its_letters(dialogue: Dialogue, name: str) -> None:
    parent = live(dialogue, name)

    letters = sum(len(concern.roles) for concern in parent.passed_on)
    assert letters == STORIES[name].letters


def test_story_1_missing_kit(dialogue: Dialogue, content: Content) -> None:
    parent = live(dialogue, "missing kit")

    (concern,) = parent.passed_on
    assert concern.kind == "concern"
    assert concern.roles == ("office",)
    assert parent.taps <= 12
    assert "Lily, Year 2" in concern.body
    assert "> Lily's PE kit has gone missing from the cloakroom" in concern.body
    assert "lilys.mum@home.example" in concern.body
    letter = content.wordings["en"].letter
    assert letter["need_action"] in concern.body
    # Tuesday night counts from Wednesday; Friday 27 November is an INSET day.
    assert concern.promised is not None
    assert concern.promised.isoformat() == "2026-12-03"
    wording = content.wordings["en"]
    assert wording.date(concern.promised) in parent.sees()
    for word in ("fuming", "absolutley", "fb", letter["kind_formal"]):
        assert word not in concern.body + concern.subject
    for label in labels_of_the_questions(content):
        assert label not in concern.body


def labels_of_the_questions(content: Content) -> list[str]:
    screens = content.wordings["en"].screens
    asked = ("safety", "right_place", "private_talk", "names", "fair", "effect")
    return [label for state in asked for label in screens[state].choices.values() if len(label) > 4]


def test_story_2_praise_with_a_photo(dialogue: Dialogue, content: Content) -> None:
    parent = live(dialogue, "praise with a photo", steps=9)
    assert parent.state == "reword_children"
    assert "pass_thanks" in parent.offered()

    parent = live(dialogue, "praise with a photo")

    (concern,) = parent.passed_on
    assert concern.kind == "thanks"
    assert "> Sports day was brilliant." in concern.body
    assert "insta" not in concern.body


def test_story_3_bullying_with_a_child_named(dialogue: Dialogue, content: Content) -> None:
    parent = live(dialogue, "bullying, a child named", steps=3)
    assert parent.state == "findings"
    quoted = [found_in(parent, words) for words in ("kai thompson", "naming n shaming")]
    assert all(quoted)
    rules = Rules.compile(content.sources["en/draft_check.yaml"].value)
    for finding in findings(BULLYING, rules):
        assert finding.reason in parent.sees()
        assert finding.gentler in parent.sees()

    parent = live(dialogue, "bullying, a child named", steps=8)
    assert parent.state == "full_name"
    assert "kai thompson" in parent.sees()
    assert {"first_name", "keep"} <= set(parent.offered())

    parent = live(dialogue, "bullying, a child named")
    (concern,) = parent.passed_on
    assert concern.roles == ("head",)
    assert "> kai in yr4 pushes my son" in concern.body
    assert "thompson" not in concern.body
    assert "kai" not in concern.subject


def found_in(parent: Parent, words: str) -> bool:
    """Whether a finding shows exactly these words, and marks them."""
    for reply in parent.replies:
        for start, length in reply.emphasis:
            if words in reply.text[start : start + length]:
                return True
    return False


def test_story_4_a_disclosure(dialogue: Dialogue, content: Content) -> None:
    parent = live(dialogue, "a disclosure", steps=1)

    assert parent.state == "urgent"
    facts = content.facts("en")
    for number in ("999", facts["council_phone"], facts["nspcc_phone"], facts["telephone"]):
        assert number in parent.sees()
    assert facts["safeguarding"] in parent.sees()
    assert "carry_on" in parent.offered()
    assert not parent.effects
    assert DISCLOSURE not in parent.session.to_json()
    assert parent.taps_on("carry_on").state == "hello"


def test_story_5_about_a_member_of_staff(dialogue: Dialogue, content: Content) -> None:
    parent = live(dialogue, "about a member of staff", steps=1)
    assert parent.state == "staff"
    facts = content.facts("en")
    for one in (facts["head"], facts["chair_email"], facts["council_phone"], facts["police_phone"]):
        assert one in parent.sees()

    parent = live(dialogue, "about a member of staff")

    (concern,) = parent.passed_on
    assert concern.roles == ("head", "safeguarding")
    letter = content.wordings["en"].letter
    for role in concern.roles:
        assert letter[f"role_{role}"] in concern.body, "the preview says who gets it"


def test_story_6_formal_complaint(dialogue: Dialogue, content: Content) -> None:
    parent = live(dialogue, "formal complaint", steps=1)
    assert parent.state == "formal", "accepted at once, without the four questions"
    assert content.school.complaints_procedure in parent.sees()

    parent = live(dialogue, "formal complaint")

    (concern,) = parent.passed_on
    assert concern.kind == "formal"
    assert "Emails on 2, 9 and 16 November" in concern.body
    assert "A meeting about his support, and a plan in writing" in concern.body
    assert concern.reference in parent.sees()
    assert "right_place" not in parent.session.answers


def test_story_7_changes_her_mind(dialogue: Dialogue) -> None:
    parent = live(dialogue, "changes her mind", steps=5)
    assert parent.state == "stopped", "no 'are you sure' in between"
    assert "shouted" not in parent.session.to_json()
    assert [effect for effect in parent.effects if not isinstance(effect, Remind)] == []
    assert all(effect.at is None for effect in parent.effects if isinstance(effect, Remind))

    parent = live(dialogue, "changes her mind")
    assert parent.passed_on == []
    assert parent.state == "stopped"
    assert parent.taps_on("start", "talk", "write").state == "what", "a fresh start works"
    assert "shouted" not in parent.sees()


def test_story_8_honest_criticism(dialogue: Dialogue, content: Content) -> None:
    parent = live(dialogue, "honest criticism", steps=3)
    assert parent.state == "right_place", "nothing was flagged"

    parent = live(dialogue, "honest criticism", steps=8)
    assert parent.state == "fine"
    assert parent.replies[-1].text == content.wordings["en"].screens["fine"].text

    parent = live(dialogue, "honest criticism")
    assert parent.state == "posted"
    assert HONEST[:30] not in parent.session.to_json()


def test_a_parent_who_sleeps_on_it(dialogue: Dialogue, content: Content) -> None:
    parent = live(dialogue, "sleeps on it", steps=6)
    assert parent.state == "names"
    assert parent.replies[-1].choices[0].id == "wrong", "what the draft shows comes first"

    parent = live(dialogue, "sleeps on it", steps=12)
    assert parent.state == "kinder"
    (whole,) = (reply.text for reply in parent.replies if reply.verbatim)
    assert whole.startswith("a member of staff ")
    for hard in ("brimble", "useless", "share this"):
        assert hard not in whole

    parent = live(dialogue, "sleeps on it")
    assert parent.state == "reminder_waits"
    assert "07:45" in parent.sees()
    assert "ring back" not in parent.session.to_json()
    parent.comes_back_after(hours=10).is_reminded()
    assert [reply.text for reply in parent.replies if reply.verbatim] == [
        "someone to ring me back",
        "We wait too long for an answer. I would like school to ring back.",
    ]
    parent.taps_on("changed")
    assert parent.kept == ""
    assert "brimble" not in parent.session.to_json()


def test_story_9_the_office_answers(dialogue: Dialogue, content: Content) -> None:
    parent = Parent(dialogue, now=STORIES["missing kit"].at, answers_here=True)
    parent.taps_on("talk", "write").writes("Lily's PE kit has gone missing.", "Lily, Year 2")
    parent.taps_on("action", "skip", "here", "send")
    (concern,) = parent.passed_on
    reference = concern.reference
    assert concern.body.splitlines()[0].startswith("##-")
    assert content.wordings["en"].letter["answer_here"] in concern.body
    answer = "Thank you. We have found the kit behind the bench.\nMrs Green has it."

    parent.comes_back_after(days=2).is_answered(reference, answer)
    assert [reply.text for reply in parent.replies if reply.verbatim] == [answer]
    assert reference in parent.replies[0].text

    parent.taps_on("write_back").writes("Thank you. It was the football club again.")
    assert not parent.added, "nothing goes before Send"
    shown = parent.preview()
    parent.taps_on("send")
    parent.is_answered(reference, "We will talk to the club.")
    parent.taps_on("write_back").writes("That would be good.").taps_on("send")

    first, second = parent.added
    assert shown == f"{first.subject}\n\n{first.body}"
    assert {first.reference, second.reference} == {reference}
    assert first.key != second.key
    assert first.promised > (concern.promised or first.promised), "the promise starts afresh"
    assert concern.subject in first.subject, "mail programs keep them together"

    parent.is_reminded(f"sorted.{reference}").taps_on("sorted")
    assert Settle(reference, "sorted") in parent.effects


def test_story_9_a_forged_answer_reaches_no_ones_chat(dialogue: Dialogue) -> None:
    parent = Parent(dialogue, answers_here=True).taps_on("talk", "write").writes("It rained.")

    parent.is_answered("ZZZZ-9999", "Please send your bank details.")

    assert "bank details" not in parent.has_seen()
    assert parent.state == "child_name"


def test_who_stays_unnamed_can_be_answered_and_stays_unnamed(
    dialogue: Dialogue, content: Content
) -> None:
    parent = Parent(dialogue, answers_here=True).taps_on("talk", "thanks")
    parent.writes("Sports day was lovely.", "Miss Patel", "Sam Tarn").taps_on("unnamed")
    assert content.wordings["en"].letter["answer_unnamed_here"] in parent.preview()
    parent.taps_on("send")
    reference = parent.passed_on[0].reference

    parent.is_answered(reference, "Thank you, whoever you are.")
    parent.taps_on("write_back").writes("It was great.").taps_on("send")

    for body in (parent.passed_on[0].body, parent.added[0].body):
        assert "Sam" not in body


def test_what_is_said_of_answers_is_true_of_this_school(
    dialogue: Dialogue, content: Content
) -> None:
    say = content.wordings["en"].say
    for here, kept, unnamed in (
        (True, "privacy_here", "unnamed_here"),
        (False, "privacy_away", "unnamed_away"),
    ):
        parent = Parent(dialogue, answers_here=here).commands("privacy")
        assert say(kept) in parent.sees()
        parent.taps_on("talk", "thanks").writes("Lovely.", "Miss Patel").taps_on("skip")
        assert say(unnamed) in parent.sees()
        assert ("here" in parent.offered()) is here


def test_words_of_a_complaint_are_looked_at_before_they_become_thanks(dialogue: Dialogue) -> None:
    parent = Parent(dialogue).taps_on("talk", "write").writes("The gate was locked.")
    parent.commands("start").taps_on("post", "no").writes("thank you miss patel for a lovely day")

    parent.taps_on("pass_thanks")

    assert parent.state == "what"
    assert "The gate was locked." in parent.sees()
    kept = parent.copy().taps_on("keep")
    assert kept.state == "whom"
    assert kept.session.unsent["what"] == "The gate was locked."
    parent.writes("It was a lovely day.")
    assert parent.state == "whom"

    parent.taps_on("talk", "formal", "write")

    assert parent.state == "what", "nor do thanks become a complaint unseen"
    assert "It was a lovely day." in parent.sees()
    assert parent.taps_on("keep").state == "child_name"
