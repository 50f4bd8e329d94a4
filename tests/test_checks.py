"""Each thing that must be true of flow, words and rules: broken once, and named with its line."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from dialogs import checks, line_checks, screen_checks, word_checks
from dialogs.content import Content
from dialogs.flow import FLOW
from dialogs.source import Problem, read
from dialogs.turn import Turn
from tests.sample import NAMES, ROOT, Sample, sample

TODAY = date(2026, 11, 22)


@pytest.fixture
def small(tmp_path: Path) -> Sample:
    return sample(tmp_path / "content")


def found(small: Sample, today: date = TODAY) -> list[Problem]:
    return checks.problems(Content.load(small.folder), small.flow, NAMES, today, said={})


def lines(small: Sample, today: date = TODAY) -> list[str]:
    return [str(one).removeprefix(small.folder.as_posix() + "/") for one in found(small, today)]


def test_the_sample_has_no_problem(small: Sample) -> None:
    assert lines(small) == []


def test_a_command_that_is_only_explained_may_be_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "policy_content", folder)
    file = folder / "en" / "messages.yaml"
    kept = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(one for one in kept if not one.startswith("command_policy:")), "utf-8")

    names = {name for name in dir(Turn) if not name.startswith("_")}
    told = checks.problems(Content.load(folder), read(FLOW), names, TODAY, line_checks.said())

    assert [str(one) for one in told if "lacks" in str(one)] == []


@pytest.mark.parametrize("name", ["messages", "letter"])
def test_every_text_that_is_said_by_name_must_be_there(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "policy_content", folder)
    file = folder / "en" / f"{name}.yaml"
    kept = file.read_text("utf-8").splitlines(keepends=True)
    wanted = {"messages": "answer_again", "letter": "kind_thanks"}[name]
    wrong = [line.replace(f"{wanted}:", f"{wanted}s:") for line in kept]
    file.write_text("".join(wrong), "utf-8")

    names = {name for name in dir(Turn) if not name.startswith("_")}
    told = checks.problems(Content.load(folder), read(FLOW), names, TODAY, line_checks.said())

    first = next(n for n, line in enumerate(wrong, 1) if line[0].isalpha())
    at = next(n for n, line in enumerate(wrong, 1) if line.startswith(f"{wanted}s:"))
    assert [str(one).removeprefix(f"{folder.as_posix()}/en/{name}.yaml:") for one in told] == [
        f'{first}: lacks "{wanted}"',
        f'{at}: "{wanted}s" is never said; did you mean "{wanted}"?',
    ]


def test_the_schools_own_content_has_no_problem() -> None:
    content = Content.load(ROOT / "policy_content")
    names = {name for name in dir(Turn) if not name.startswith("_")}

    told = checks.problems(content, read(FLOW), names, TODAY, line_checks.said())

    assert [str(one) for one in told if not one.warning] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("initial: hello", "initial: hallo", 'there is no state "hallo"; did you mean "hello"?'),
        ("passing: [weighing]", "passing: [wieghing]",
         'there is no state "wieghing"; did you mean "weighing"?'),
        ("cards: [urgent]", "cards: [urgant]",
         'there is no state "urgant"; did you mean "urgent"?'),
        ("help_card: urgent", "help_card: fine", '"fine" is not one of the cards'),
        ("links: [start]", "links: [strat]", 'there is no command "strat"'),
        ("reminders: {}", "reminder: {}", 'there is no "reminder" in a flow; did you mean'),
        ("commands: {start: start}", "commands: {start: strat}",
         '"start" must work from anywhere, but no transition from "*" has the trigger "strat"; '
         'did you mean "start"?'),
        ("  - fine\n", "  - fine\n  - fine\n", 'the state "fine" is here a second time'),
        ("  - fine\n", "  - fine\n  - Fine.x\n", '"Fine.x" is no name'),
        ("  - fine\n", "  - fine\n  - lost\n", 'nothing leads to "lost"'),
        ("source: hello, dest: fair}", "source: hallo, dest: fair}",
         '"ask" starts nowhere: there is no state "hallo"; did you mean "hello"?'),
        ("dest: fine}", "dest: finne}",
         '"next" leads nowhere: there is no state "finne"; did you mean "fine"?'),
        ("conditions: is_unsure}", "conditions: is_unsre}",
         'a turn has no "is_unsre"; did you mean "is_unsure"?'),
        ("conditions: is_unsure}", "conditions: os.getcwd}",
         '"os.getcwd" has a dot; the library would import it'),
        ("before: return_from_card}", "before: return_from_cart}",
         'a turn has no "return_from_cart"; did you mean "return_from_card"?'),
        ("conditions: is_unsure}", "conditions: is_unsure, unless: is_unsure}",
         '"is_unsure" is a condition and an "unless"; it never holds'),
        ("trigger: ask, source", "triger: ask, source",
         'this transition has no "trigger"'),
        ("dest: hello, conditions: is_unsure}", "dest: [hello], conditions: is_unsure}",
         '"dest" should be one state, or null to stay'),
        ("dest: hello, conditions: is_unsure}", "dest: hello, conditions: {a: b}}",
         '"conditions" should be a name or a list of names'),
        ("conditions: is_unsure}", "conditions: null}", '"conditions" is empty'),
        ("conditions: is_unsure}", "condition: is_unsure}",
         'there is no "condition" in a transition; did you mean "conditions"?'),
        ("source: hello, dest: fair}", "source: [hello, 5], dest: fair}",
         '"source" should be a name or a list of names'),
        ("source: hello, dest: fair}", "source: [], dest: fair}", '"source" is empty'),
        ("{trigger: ask, source: hello, dest: fair}", "ask",
         "should hold trigger, source and dest"),
        ("trigger: ask,", "trigger: 5,", '"trigger" should be a name, in quotes if need be'),
        ("trigger: ask,", "trigger: Ask,", '"Ask" is no name: small letters, digits and _'),
        ("  - fine\n", "  - fine\n  - 5\n", "should be a name, in quotes if need be"),
        ("links: [start]", "links: [5]", "should be a name, in quotes if need be"),
        ("commands: {start: start}", "commands: {start: [start]}",
         "should be a name, in quotes if need be"),
        ("dest: fine}", "dest: fine, conditions: is_unsure}",
         '"next" from "weighing" is never taken: line'),
        ("trigger: 'no'", "trigger: 'yes'", '"yes" from "fair" is never taken: line'),
    ],
)  # fmt: skip
def test_what_the_state_machine_accepts_in_silence_is_refused(
    small: Sample, old: str, new: str, said: str
) -> None:
    line = small.spoil("flow.yaml", old, new) + new.removesuffix("\n").count("\n")

    assert any(one.startswith(f"flow.yaml:{line}: {said}") for one in lines(small)), lines(small)


def test_a_flow_without_states_is_one_problem(small: Sample) -> None:
    (small.folder / "flow.yaml").write_text("- hello\n")

    assert lines(small) == ["flow.yaml:1: should hold states and transitions"]


def test_what_a_transition_lacks_is_told_once(small: Sample) -> None:
    line = small.spoil("flow.yaml", "ask, source: hello,", "ask,")

    assert lines(small) == [f'flow.yaml:{line}: this transition has no "source"']


def test_a_state_that_is_passed_through_cannot_get_stuck(small: Sample) -> None:
    line = small.spoil("flow.yaml", "dest: fine}", "dest: fine, unless: is_unsure}")

    assert line == 20
    assert 'flow.yaml:2: "weighing" can get stuck: it needs a last "next" without conditions' in (
        lines(small)
    )


def test_a_way_from_anywhere_may_be_hidden_in_some_places(small: Sample) -> None:
    small.spoil(
        "flow.yaml",
        "transitions:\n",
        "transitions:\n  - {trigger: help, source: fine, dest: hello}\n",
    )

    # It is still a problem of the words: no button of `fine` has this trigger.
    assert [one for one in lines(small) if "never taken" in one] == []


def test_a_broken_flow_is_told_once_and_not_again_for_each_screen(small: Sample) -> None:
    line = small.spoil("flow.yaml", "dest: fair}", "dest: fare}")

    told = lines(small)
    assert (
        f'flow.yaml:{line}: "ask" leads nowhere: there is no state "fare"; did you mean' in told[-1]
    )
    assert {one.partition(":")[0] for one in told} == {"flow.yaml"}


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("en/outcomes.yaml", "fine:", "fin:", 'there is no state "fin"; did you mean "fine"?'),
        ("en/questions.yaml", "provenance: B3", "provenance: B5", '"B5" is no provenance'),
        ("en/questions.yaml", "    ask: Ask me", "    aks: Ask me",
         'no transition leaves "hello" by "aks"; did you mean "ask"?'),
        ("en/questions.yaml", "    'yes': [\"yes\", aye]", "    'yess': [\"yes\", aye]",
         'there is no choice "yess" here; did you mean "yes"?'),
        ("en/questions.yaml", "'no': It is not fair", "'no': It is FAIR.",
         '"It is FAIR." is said twice on this screen, for "yes" and "no"'),
        ("en/questions.yaml", "'no': It is not fair", "'no': Leave it",
         '"Leave it" is said twice on this screen, for "stop" and "no"'),
        ("en/questions.yaml", "'no': It is not fair", "'no': back",
         '"back" is said twice on this screen, for "back" and "no"'),
        ("en/questions.yaml", "'no': It is not fair", "'no': 👎",
         '"👎" has no letters; a sign alone says nothing'),
        ("en/questions.yaml", "'no': It is not fair", "'no': '2'",
         '"2" is a number; numbers choose a button'),
        ("en/questions.yaml", "'no': It is not fair", f"'no': {'no ' * 30}",
         "is longer than 80 characters"),
        ("en/questions.yaml", "    You decide.", "    You decide!",
         "has an exclamation mark; say it calmly"),
        ("en/questions.yaml", "ask: Ask me", "ask: Ask me!",
         "has an exclamation mark; say it calmly"),
        ("en/questions.yaml", "    You decide.", "    This is not allowed.",
         'says "allowed", which is on the list of words to avoid'),
        ("en/messages.yaml", "delivered: It is saved.", "delivered: Unfortunately it is saved.",
         'says "Unfortunately", which is on the list of words to avoid'),
        ("clauses.yaml", "Is social media the right place", "Is it illegal on social media",
         'says "illegal", which is on the list of words to avoid'),
        ("en/questions.yaml", "    You decide.", "    The policy says that you decide.",
         'speaks of the policy, but its provenance is "ours" and not a clause'),
        ("en/cards.yaml", "NSPCC: $nspcc_phone", "NSPCC: 0808 800 5000",
         'has the number "0808 800 5000" in its words; write $nspcc_phone'),
        ("en/cards.yaml", "NSPCC: $nspcc_phone", "Ring 0808 808 1234",
         'has the number "0808 808 1234" in its words; add it to signposts.yaml'),
        ("en/questions.yaml", "text: Is it fair?", f"text: Is it {'so ' * 18}fair?",
         "has a sentence of 21 words; 20 is the most"),
        ("en/questions.yaml", "text: Is it fair? The", f"text: Is it {'so ' * 15}fair? The",
         "has 11.0 words a sentence; 10 is the most"),
        ("en/questions.yaml", "text: Is it fair?",
         "text: Is communication reputationally justifiable?",
         "reads at grade 19.9; 5 is the most"),
        ("en/letter.yaml", " $reference", "", "lacks $reference"),
        ("en/letter.yaml", " $reference", "\\n$reference", "is more than one line"),
        ("en/letter.yaml", "second_copy: A second copy.", 'second_copy: ""',
         '"second_copy" is missing'),
        ("en/letter.yaml", "##- Answer", "Answer", "does not begin with ##- and end with -##"),
        ("en/letter.yaml", "above this. -##", "above this.",
         "does not begin with ##- and end with -##"),
        ("en/letter.yaml", "Answer above", "Answer\\nabove", "is more than one line"),
        ("en/cards.yaml", "    In danger now? Call $emergency_phone.", "    In danger? Shout.",
         "does not say 999"),
        ("en/cards.yaml", "Call $emergency_phone", "Call 0163 999 1234", "does not say 999"),
        ("en/cards.yaml", "Call $emergency_phone", "Call 0163 123 999", "does not say 999"),
        ("en/outcomes.yaml", "text: You decide.", "text: You choose.",
         'does not end with "You decide.", as every outcome does'),
        ("en/messages.yaml", "nav_stop: Stop", "nav_stop: back",
         '"back" is what nav_back says too'),
        ("en/questions.yaml", "'no': It is not fair", "'no': Talk to school",
         '"Talk to school" is said twice on this screen, for "talk" and "no"'),
        ("en/language.yaml", "last_line: You decide.", 'last_line: ""',
         '"last_line" is missing: the line that every outcome ends with'),
        ("signposts.yaml", "label: Childline", "label: Childline, 24 hours",
         'has opening hours, "24 hours"; leave them out'),
        ("en/cards.yaml", "    carry_on: Carry on", "    carry_on: Ring at 9am",
         'has opening hours, "9am"; leave them out'),
        ("en/questions.yaml", "text: Is it fair?", "text: Is it? Is it? Is it? Is it?",
         "has 5 sentences in one message; 4 are the most"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_words_is_named_with_its_line(
    small: Sample, name: str, old: str, new: str, said: str
) -> None:
    line = small.spoil(name, old, new)

    assert any(one.startswith(f"{name}:{line}: {said}") for one in lines(small)), lines(small)


@pytest.mark.parametrize(
    "hours",
    ["8am to 10pm", "9am-5pm", "open 9am", "open 9 to 5", "24 hours a day", "24/7", "08:30",
     "4.30 p.m.", "9 o’clock", "Monday to\n    Friday"],
)  # fmt: skip
def test_no_card_says_when_a_line_is_open(small: Sample, hours: str) -> None:
    line = small.spoil("en/cards.yaml", "$nspcc_phone", f"$nspcc_phone, {hours}")

    assert lines(small)
    assert all(one.startswith(f"en/cards.yaml:{line}: has opening h") for one in lines(small))


def test_what_is_no_hour_may_stand_on_a_card(small: Sample) -> None:
    small.spoil("en/cards.yaml", "NSPCC: $", "Aged 13 or over in 24 places? NSPCC: $")

    assert lines(small) == []


@pytest.mark.parametrize("card", screen_checks.CALL_CARDS)
def test_each_card_for_danger_of_the_school_says_999(tmp_path: Path, card: str) -> None:
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "policy_content", folder)
    text = (folder / "en" / "cards.yaml").read_text()
    start = text.index(f"\n{card}:\n")
    at = text.index("999", start)
    (folder / "en" / "cards.yaml").write_text(f"{text[:at]}998{text[at + 3 :]}")

    told = list(screen_checks.fixed_problems(Content.load(folder), "en", warning=False))

    assert [(one.line, one.sentence) for one in told] == [
        (text.count("\n", 0, start) + 5, "does not say 999")
    ]


def test_the_last_line_of_an_outcome_is_its_own_line(small: Sample) -> None:
    line = small.spoil(
        "en/outcomes.yaml", "text: You decide.", "text: |\n    Hm.\n    So you decide."
    )

    assert lines(small) == [
        f'en/outcomes.yaml:{line + 2}: does not end with "You decide.", as every outcome does'
    ]


def test_the_brackets_of_the_pseudo_language_are_no_part_of_the_last_line(small: Sample) -> None:
    small.spoil("en/outcomes.yaml", "text: You decide.", "text: ⟦You decide.⟧")

    assert lines(small) == []


@pytest.mark.parametrize(
    "claim",
    ["It is legal", "It is libel", "It is libellous", "It is slander", "It is against the rules",
     "You cannot post", "I can tell the police about your post", "You are in trouble",
     "It is anonymous", "It is confidential", "You can moderate others"],
)  # fmt: skip
def test_nothing_is_claimed_that_the_bot_cannot_know(small: Sample, claim: str) -> None:
    line = small.spoil("en/questions.yaml", "    You decide.", f"    {claim}.")

    assert any(one.startswith(f'en/questions.yaml:{line}: says "') for one in lines(small))


def test_what_a_parent_may_type_is_not_said_by_the_bot(small: Sample) -> None:
    small.spoil("en/questions.yaml", '["yes", aye]', '["yes", aye, anonymous]')

    assert lines(small) == []


def test_a_state_without_a_screen_is_named(small: Sample) -> None:
    (small.folder / "en" / "outcomes.yaml").write_text("fin: {provenance: ours, text: Hello.}\n")

    assert any(
        one.startswith('flow.yaml:11: "fine" has no screen in ') and one.endswith('mean "fin"?')
        for one in lines(small)
    ), lines(small)


def test_a_way_without_a_button_is_named(small: Sample) -> None:
    small.spoil("en/questions.yaml", "    'no': It is not fair\n", "")
    where = f"{small.path('flow.yaml')}:18"

    assert f'en/questions.yaml:8: no choice here for "no", which {where} offers' in lines(small)


def test_more_than_five_choices_are_too_many(small: Sample) -> None:
    more = "".join(f"    start.{name}: Start {name}\n" for name in ("a", "b", "c", "d", "e"))
    small.spoil("en/outcomes.yaml", "    start: Start again\n", f"    start: Start\n{more}")

    assert lines(small) == ["en/outcomes.yaml:4: has 6 choices; 5 is the most"]


def test_a_choice_must_fit_into_a_button(small: Sample) -> None:
    name = f"start.{'x' * 54}"
    small.spoil("en/outcomes.yaml", "    start:", f"    {name}:")

    assert lines(small) == [
        f'en/outcomes.yaml:5: "fine:{name}" is longer than 64 bytes, too long for a button'
    ]


def test_the_sentences_of_each_message_of_a_screen_are_counted_apart(small: Sample) -> None:
    small.spoil(
        "en/questions.yaml",
        "    You decide.\n",
        "    One. Two. Three.\n    ---\n    One. Two.\n    Three. Four. Five.\n",
    )

    assert lines(small) == ["en/questions.yaml:7: has 5 sentences in one message; 4 are the most"]


def test_a_signpost_that_was_not_looked_up_for_long_is_a_warning(small: Sample) -> None:
    assert lines(small, date(2027, 2, 20)) == []
    told = found(small, date(2027, 2, 21))

    assert len(told) == 11
    assert all(one.warning for one in told)
    assert "Emergency services was last looked up 91 days ago" in told[0].sentence


def test_term_dates_that_run_out_are_a_warning(small: Sample) -> None:
    def told(today: date) -> list[str]:
        return [line for line in lines(small, today) if "term dates end" in line]

    assert told(date(2027, 5, 22)) == []

    (line,) = told(date(2027, 5, 23))
    assert line.startswith("school.yaml:")
    assert "the term dates end on 2027-07-21" in line
    assert all(one.warning for one in found(small, date(2027, 5, 23)))


def test_a_signpost_cannot_have_been_looked_up_tomorrow(small: Sample) -> None:
    assert lines(small, date(2026, 11, 21))[0].endswith("2026-11-22 has not come yet")


def test_999_that_was_left_out_is_a_warning(small: Sample) -> None:
    text = (small.folder / "signposts.yaml").read_text()
    start, end = text.index("emergency:\n"), text.index("police:\n")
    (small.folder / "signposts.yaml").write_text(text[:start] + text[end:])

    (warning,) = found(small)

    assert warning.warning
    assert "999 is built in and stays" in warning.sentence


def test_a_rule_must_fire_on_its_own_examples(small: Sample) -> None:
    line = small.spoil("en/draft_check.yaml", "- you idiot", "- a quiet day")

    assert lines(small) == [
        f'en/draft_check.yaml:{line}: rule insult-idiot does not fire on "a quiet day"'
    ]


def test_a_rule_needs_three_texts_of_each_kind(small: Sample) -> None:
    small.spoil("en/draft_check.yaml", "      - all good\n", "")

    assert lines(small) == [
        "en/draft_check.yaml:2: rule insult-idiot needs three texts on which it must not"
    ]


def test_a_rule_is_not_taken_for_one_whose_name_begins_alike(small: Sample) -> None:
    path = small.folder / "en" / "draft_check.yaml"
    rule = path.read_text().removeprefix("rules:\n")
    path.write_text(f"rules:\n{rule.replace('insult-idiot', 'insult')}{rule}")
    small.spoil("en/draft_check.yaml", "- id: insult-idiot", "- id: insult idiot")
    with path.open("a") as file:
        line = len(path.read_text().splitlines()) + 1
        file.write("      - you idiot there\n")

    assert lines(small) == [
        f'en/draft_check.yaml:{line}: rule insult idiot fires on "you idiot there"'
    ]


def test_the_name_of_a_rule_must_fit_into_its_button(small: Sample) -> None:
    fits, name = "x" * 50, "x" * 51
    small.spoil("en/draft_check.yaml", "insult-idiot", fits)
    assert lines(small) == []

    line = small.spoil("en/draft_check.yaml", fits, name)

    assert lines(small) == [
        f'en/draft_check.yaml:{line}: "{name}" is too long a name; its button would be longer '
        "than 64 bytes"
    ]


def test_a_card_must_be_shown_for_its_own_examples(small: Sample) -> None:
    line = small.spoil("en/safety.yaml", "it is whistleblower]", "it is nothing]")

    assert lines(small) == [
        f'en/safety.yaml:{line}: card whistleblower is not shown for "it is nothing"'
    ]


def test_a_card_that_is_not_there_is_named_with_its_line(small: Sample) -> None:
    line = small.spoil("en/safety.yaml", "  formal:", "  fromal:")

    told = lines(small)

    above = (small.folder / "en/safety.yaml").read_text().splitlines().index("cards:") + 1
    assert told[0] == f'en/safety.yaml:{above}: the card "formal" has no phrases'
    assert told[1].startswith(f"en/safety.yaml:{line}: card fromal is not one of crisis, ")
    assert len(told) == 2


@pytest.mark.parametrize(
    ("name", "key", "said"),
    [("draft_check", "rules", '"rules" has the wrong shape'),
     ("safety", "cards", '"cards" is missing or has the wrong shape')],
)  # fmt: skip
def test_rules_that_are_no_list_are_one_problem(
    small: Sample, name: str, key: str, said: str
) -> None:
    path = small.folder / "en" / f"{name}.yaml"
    value = read(path).value
    path.write_text(json.dumps(value | {key: "none"}))

    assert lines(small) == [f"en/{name}.yaml:1: {said}"]


def test_a_list_that_is_not_there_is_told_at_the_rule_that_uses_it(small: Sample) -> None:
    line = small.spoil("en/draft_check.yaml", "lists: [idiots]", "lists: [idoits]") - 4

    assert lines(small) == [
        f'en/draft_check.yaml:{line}: rule insult-idiot uses the list "idoits", which is not there'
    ]


def test_a_phrase_that_cannot_be_read_is_told_at_its_line_among_the_words(small: Sample) -> None:
    line = small.spoil("en/draft_words.yaml", "idiots: [idiot]", "idiots:\n    - idiot\n    - 9")

    assert lines(small) == [
        f'en/draft_words.yaml:{line + 2}: "idiots" of "lists" has "9", '
        "which should be text; put it in quotes"
    ]


def test_what_the_words_lack_is_told_there(small: Sample) -> None:
    small.spoil("en/draft_words.yaml", "slips: []\n", "")

    assert lines(small) == ['en/draft_words.yaml:1: "slips" is missing']


def test_the_words_of_a_rule_are_checked_too(small: Sample) -> None:
    line = small.spoil("en/draft_check.yaml", "reason: This may hurt.", "reason: This is toxic!")

    assert lines(small) == [
        f"en/draft_check.yaml:{line}: has an exclamation mark; say it calmly",
        f'en/draft_check.yaml:{line}: says "toxic", which is on the list of words to avoid',
    ]


def copy(small: Sample, language: str, reviewed_by: str) -> None:
    (small.folder / language).mkdir()
    for path in (small.folder / "en").iterdir():
        (small.folder / language / path.name).write_bytes(path.read_bytes())
    small.spoil(
        f"{language}/language.yaml", "reviewed_by: the school", f"reviewed_by: {reviewed_by}"
    )


def test_a_translation_must_have_the_same_texts_and_placeholders(small: Sample) -> None:
    copy(small, "pl", "Pani A.")
    small.spoil("pl/messages.yaml", "Quote $reference.", "Quote it.")
    small.spoil("pl/messages.yaml", "nav_back: Back\n", "nav_bak: Back\n")
    own = small.path("en/messages.yaml")

    assert lines(small) == [
        f'pl/messages.yaml:1: lacks "nav_back", which {own} has',
        f'pl/messages.yaml:5: has "nav_bak", which {own} lacks',
        f"pl/messages.yaml:7: differs from {own} in $reference",
    ]


def test_a_translation_without_a_reviewer_only_warns(small: Sample) -> None:
    copy(small, "pl", "null")
    small.spoil("pl/messages.yaml", "Quote $reference.", "Quote it.")

    (warning,) = found(small)

    assert warning.warning


def test_everything_wrong_is_told_at_once_in_order(small: Sample) -> None:
    small.spoil("flow.yaml", "dest: fine}", "dest: finne}")
    small.spoil("en/questions.yaml", "    You decide.", "    You decide!")
    small.spoil("en/cards.yaml", "NSPCC: $nspcc_phone", "NSPCC: 0808 800 5000")
    told = found(small, date(2027, 3, 1))

    assert {Path(one.path).name for one in told} == {
        "flow.yaml",
        "questions.yaml",
        "cards.yaml",
        "signposts.yaml",
    }
    assert told == sorted(told)


def test_the_hardest_screens_are_listed_hardest_first(small: Sample) -> None:
    small.spoil("en/outcomes.yaml", "You decide.", "Your deliberation determines publication.")

    graded = word_checks.hardest(Content.load(small.folder), "en", 2)

    assert graded[0][1] == "fine"
    assert graded[0][0] > 5 > graded[1][0]
