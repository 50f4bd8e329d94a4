"""A content folder as it is loaded, and each way in which it can be wrong."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dialogs import placeholders
from dialogs.addresses import is_invented
from dialogs.content import Content
from dialogs.school import Role
from dialogs.shape import Misshapen, shape
from dialogs.source import ContentError, parse
from dialogs.wording import fill
from tests.sample import ROOT, Sample, sample


@pytest.fixture
def small(tmp_path: Path) -> Sample:
    return sample(tmp_path / "content")


def problems(small: Sample) -> list[str]:
    with pytest.raises(ContentError) as caught:
        Content.load(small.folder)
    prefix = small.folder.as_posix() + "/"
    return [str(problem).removeprefix(prefix) for problem in caught.value.problems]


def test_a_school_is_read_as_typed_facts(small: Sample) -> None:
    school = Content.load(small.folder).school

    assert school.name == "Example Primary School"
    assert school.office_hours.opens == time(8, 30)
    assert school.terms[0].first == date(2026, 9, 1)
    assert school.limits.concern_characters == 1500
    assert school.roles.chair.email == "chair@governors.school.example"


def test_answers_are_promised_in_the_school_days_of_school_yaml(small: Sample) -> None:
    content = Content.load(small.folder)

    monday = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/London"))

    # Friday the 27th is closed, so the fifth school day after Monday is a Tuesday.
    assert content.promise(monday) == date(2026, 12, 1)


def test_facts_are_filled_in_and_the_rest_waits_for_a_turn(small: Sample) -> None:
    wording = Content.load(small.folder).wordings["en"]

    assert "Hello from Example Primary School." in wording.screens["hello"].text
    assert "NSPCC: 0808 800 5000" in wording.screens["urgent"].text
    assert wording.say("delivered", reference="K7Q2-M4XP") == "It is saved. Quote K7Q2-M4XP."
    assert wording.also == {"stop": ("leave it",)}


def test_somebody_without_a_name_is_called_by_the_role(small: Sample) -> None:
    facts = Content.load(small.folder).facts("en")

    assert facts["head"] == "Ms A. Example"
    assert facts["chair"] == "the chair of governors"


def test_a_fact_is_never_looked_into(small: Sample) -> None:
    small.spoil("school.yaml", "name: Example Primary School", "name: $reference and $$ School")

    wording = Content.load(small.folder).wordings["en"]

    assert fill(wording.screens["hello"].text).startswith("Hello from $reference and $$ School.")


def test_a_language_without_a_reviewer_is_not_offered(small: Sample) -> None:
    (small.folder / "pl").mkdir()
    for path in (small.folder / "en").iterdir():
        (small.folder / "pl" / path.name).write_bytes(path.read_bytes())
    small.spoil("pl/language.yaml", "reviewed_by: the school", "reviewed_by: null")

    content = Content.load(small.folder)

    assert sorted(content.wordings) == ["en", "pl"]
    assert content.offered == ("en",)


def test_the_schools_own_language_is_offered_first(small: Sample) -> None:
    (small.folder / "cy").mkdir()
    for path in (small.folder / "en").iterdir():
        (small.folder / "cy" / path.name).write_bytes(path.read_bytes())

    assert Content.load(small.folder).offered == ("en", "cy")


def test_the_schools_own_language_needs_a_reviewer(small: Sample) -> None:
    line = small.spoil("en/language.yaml", "reviewed_by: the school", "reviewed_by: null")

    assert problems(small) == [
        f"en/language.yaml:{line}: the school's own language has no reviewer, so it is not offered"
    ]


def test_999_stays_in_a_file_that_drops_it(small: Sample) -> None:
    text = (small.folder / "signposts.yaml").read_text()
    start, end = text.index("emergency:\n"), text.index("police:\n")
    (small.folder / "signposts.yaml").write_text(text[:start] + text[end:])

    content = Content.load(small.folder)

    assert content.facts("en")["emergency_phone"] == "999"
    assert [str(one).partition(": ")[2] for one in content.warnings] == [
        'warning: "emergency" was left out; 999 is built in and stays'
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("school.yaml", "telephone: \"01632 960100\"", "telefone: \"01632 960100\"",
         'there is no "telefone" here; did you mean "telephone"?'),
        ("school.yaml", "    name: Ms A. Example", "    nam: Ms A. Example",
         'there is no "nam" here; did you mean "name"?'),
        ("school.yaml", "name: Example Primary School", "name: true",
         '"name" should be text; put it in quotes'),
        ("school.yaml", "name: Example Primary School", "name:", '"name" is empty'),
        ("school.yaml", "name: Example Primary School", 'name: ""', '"name" is empty'),
        ("school.yaml", "visit: main entrance, 1 Example Street, Exampletown", 'visit: " "',
         '"visit" is empty'),
        ("school.yaml", "    email: head@school.example",
         "    second: deputy at school\n    email: head@school.example",
         '"deputy at school" is not an e-mail address'),
        ("school.yaml", "    email: head@school.example",
         "    second: HEAD@school.example\n    email: head@school.example",
         "is the same as email; name another, or none"),
        ("school.yaml", "concern_characters: 1500", "concern_characters: 99",
         "should be between 100 and 3000 characters"),
        ("school.yaml", "concern_characters: 1500", "concern_characters: 3001",
         "should be between 100 and 3000 characters"),
        ("school.yaml", "concerns_a_day: 3", "concerns_a_day: 0", "should be between 1 and 20"),
        ("school.yaml", "concerns_a_day: 3", "concerns_a_day: 21", "should be between 1 and 20"),
        ("school.yaml", "closes: 16:00", "closes: 08:30", "the office closes before it opens"),
        ("school.yaml", "email: head@school.example", "email: head at school",
         '"head at school" is not an e-mail address'),
        ("school.yaml", '"01632 960200"', "ask the office",
         '"ask the office" is not a telephone number; write it in quotes, digits and spaces'),
        ("school.yaml", "https://www.school.example/complaints", "www.school.example",
         '"www.school.example" is not a link; it starts with https://'),
        ("school.yaml", "answer_within_school_days: 5", "answer_within_school_days: soon",
         '"answer_within_school_days" should be a whole number'),
        ("school.yaml", "answer_within_school_days: 5", "answer_within_school_days: 0",
         "should be between 1 and 30 school days"),
        ("school.yaml", "opens: 08:30", "opens: 8:30",
         '"opens" should be a time such as 08:30'),
        ("school.yaml", "opens: 08:30", "opens: 830", "should be a time such as 08:30"),
        ("school.yaml", "last: 2026-10-23", "last: 23 October",
         '"last" should be a date such as 2026-11-22'),
        ("school.yaml", "- first: 2026-09-01", "- first: 2026-11-01",
         "this term ends before it starts"),
        ("school.yaml", "- first: 2026-11-02", "- first: 2026-10-05",
         "this term starts before the one above has ended"),
        ("school.yaml", "- 2026-11-27", "- 2026-12-25",
         "2026-12-25 is in no term, so it is closed already"),
        ("school.yaml", "exact_words: {}", "exact_words: {B9: Be kind}",
         'there is no clause "B9"'),
        ("school.yaml", "language: en", "language: eng",
         'there is no folder for "eng"; did you mean "en"?'),
        ("signposts.yaml", "phone: 0800 1111", "fone: 0800 1111",
         'there is no "fone" here; did you mean "phone"?'),
        ("signposts.yaml", 'phone: "999"', 'phone: "112"',
         "999, then 55, is built in; it cannot be changed"),
        ("signposts.yaml", "source: Childline\n  provenance: national",
         "source: Childline\n  provenance: local", '"provenance" is national or school'),
        ("clauses.yaml", "B4:\n  place", "B4:\n  plaice",
         'there is no "plaice" here; did you mean "place"?'),
        ("en/language.yaml", "direction: ltr", "direction: left",
         "\"direction\" input should be 'ltr' or 'rtl'"),
        ("en/language.yaml", "  chair: the chair", "  chare: the chair",
         'there is no role "chare"; did you mean "chair"?'),
        ("en/questions.yaml", "provenance: ours", "provenence: ours",
         'there is no "provenence" here; did you mean "provenance"?'),
        ("en/questions.yaml", "    ask: Ask me", "    ask: true",
         '"ask" should be text; put it in quotes'),
        ("en/questions.yaml", "text: Is it fair?", "text: Is it fair, $scool?",
         'knows no "$scool"; did you mean "$school"?'),
        ("en/questions.yaml", "ask: Ask me", "ask: Ask me for $5",
         "has a $ that starts no name; write $$ for the sign itself"),
        ("en/cards.yaml", "$nspcc_phone", "$nspc_phone",
         'knows no "$nspc_phone"; did you mean "$nspcc_phone"?'),
        ("en/outcomes.yaml", "fine:", "fair:", '"fair" is a screen in another file too'),
        ("en/messages.yaml", "$reference", "$refrence",
         'knows no "$refrence"; did you mean "$reference"?'),
        ("en/messages.yaml", "stop: [leave it]", "stop: leave it",
         "\"stop\" should be a list, one per line, each after a dash"),
        ("school.yaml", "email: chair@governors.school.example", "email: HEAD@school.example",
         "is the head's address; a concern about the head must never reach the head"),
        ("school.yaml", "    email: chair@governors.school.example",
         "    second: Head@school.example\n    email: chair@governors.school.example",
         "is the head's address; a concern about the head must never reach the head"),
        ("school.yaml", "    email: safeguarding@school.example",
         "    second: Head@school.example\n    email: safeguarding@school.example",
         "is the head's address; a concern about the head must never reach the head"),
        ("en/letter.yaml", "$kind", "$words",
         '"$words" is not filled in here; $kind, $reference is'),
        ("en/messages.yaml", "delivered: It is saved.", "promise_by: By $day.\ndelivered: Saved.",
         '"$day" is not filled in here; $date is'),
        ("en/questions.yaml", "text: Is it fair?", "text: Is it fair, $name?",
         '"$name" is not filled in here; nothing is'),
        ("en/questions.yaml", "ask: Ask me", "ask: Ask me on $date",
         '"$date" is not filled in here; nothing is'),
        ("en/letter.yaml", "[School bot] $kind", "[School bot] $kin",
         'knows no "$kin"; did you mean "$kind"?'),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(
    small: Sample, name: str, old: str, new: str, said: str
) -> None:
    line = small.spoil(name, old, new) + old.count("\n")

    assert any(one.startswith(f"{name}:{line}: {said}") for one in problems(small))


@pytest.mark.parametrize(
    ("name", "key", "line"),
    [("school.yaml", "telephone", 1), ("en/questions.yaml", "text", 1)],
)
def test_what_is_missing_is_named_where_it_should_be(
    small: Sample, name: str, key: str, line: int
) -> None:
    path = small.folder / name
    kept = [one for one in path.read_text().splitlines() if not one.strip().startswith(f"{key}:")]
    path.write_text("\n".join(kept))

    assert any(f'"{key}" is missing' in one for one in problems(small))


def test_a_school_needs_a_term(small: Sample) -> None:
    path = small.folder / "school.yaml"
    text = path.read_text()
    start, end = text.index("terms:\n"), text.index("# INSET")
    path.write_text(f"{text[:start]}terms: []\n{text[end:]}")
    line = text.count("\n", 0, start) + 1

    told = problems(small)

    assert told[0] == (
        f"school.yaml:{line}: needs at least one term; answers are promised in school days"
    )
    assert all(one.endswith("is in no term, so it is closed already") for one in told[1:])


def test_a_policy_that_is_not_online_has_no_link(small: Sample) -> None:
    small.spoil("school.yaml", "link: https://www.school.example/social-media-policy", 'link: ""')

    assert Content.load(small.folder).facts("en")["policy_link"] == ""


def test_a_second_address_may_be_named(small: Sample) -> None:
    small.spoil(
        "school.yaml",
        "email: head@school.example",
        "email: head@school.example\n    second: deputy@school.example",
    )

    school = Content.load(small.folder).school

    assert school.roles.head.second == "deputy@school.example"
    assert "deputy@school.example" in school.invented


def test_the_chair_is_not_reached_at_the_second_address_of_the_head(small: Sample) -> None:
    line = small.spoil(
        "school.yaml",
        "email: head@school.example",
        "email: head@school.example\n    second: Chair@governors.school.example",
    )

    (told,) = problems(small)

    assert told.startswith(f"school.yaml:{line + 3}: is the head's address; ")


@pytest.mark.parametrize("role", ["office", "safeguarding"])
def test_a_head_who_reads_for_another_is_a_warning(small: Sample, role: str) -> None:
    line = small.spoil("school.yaml", f"email: {role}@school.example", "email: Head@school.example")

    (warning,) = Content.load(small.folder).warnings

    assert str(warning) == (
        f"{small.path('school.yaml')}:{line}: warning: is the head's address too; "
        "a concern about the head will not be sent there"
    )


def test_what_a_turn_fills_into_a_screen_it_does_not_fill_into_its_buttons() -> None:
    assert placeholders.in_turn("en/questions.yaml", "reminder_set", "text") == {"date", "time"}
    assert not placeholders.in_turn("en/questions.yaml", "reminder_set", "choices", "start")


def test_a_signpost_must_point_somewhere(small: Sample) -> None:
    line = small.spoil("signposts.yaml", '  label: Shout\n  text: "85258"\n', "  label: Shout\n")

    assert problems(small) == [f"signposts.yaml:{line - 1}: needs a phone, text, email or link"]


def test_a_folder_without_a_language_is_named(small: Sample) -> None:
    (small.folder / "en" / "language.yaml").unlink()

    assert [one.partition(": ")[2] for one in problems(small)] == [
        "no language was found; each is a folder with language.yaml",
        'there is no folder for "en"',
    ]


def test_a_name_that_nothing_knows_has_no_suggestion() -> None:
    source = parse("office:\n  phone: 1\n", "a.yaml")

    with pytest.raises(Misshapen) as caught:
        shape(source.value, dict[str, Role | None], source)

    assert 'a.yaml:2: there is no "phone" here' in str(caught.value).splitlines()


def test_a_missing_file_is_named(small: Sample) -> None:
    (small.folder / "en" / "messages.yaml").unlink()

    assert problems(small) == ["en/messages.yaml:1: this file is missing"]


@pytest.mark.parametrize("name", ["draft_check", "draft_words", "safety"])
def test_rules_of_another_shape_are_one_problem(small: Sample, name: str) -> None:
    (small.folder / "en" / f"{name}.yaml").write_text("- rules\n")

    assert problems(small) == [f"en/{name}.yaml:1: should hold names with a value each"]


def test_a_draft_check_with_its_words_in_it_hears_where_they_belong(small: Sample) -> None:
    rules, words = (small.folder / "en" / f"draft_{name}.yaml" for name in ("check", "words"))
    rules.write_text(f"{rules.read_text()}lists: {{}}\n")
    words.unlink()

    assert problems(small) == [
        'en/draft_check.yaml:17: only "rules" belongs here; move "lists" to draft_words.yaml',
        "en/draft_words.yaml:1: this file is missing",
    ]


def test_rules_among_the_words_hear_where_they_belong(small: Sample) -> None:
    rules, words = (small.folder / "en" / f"draft_{name}.yaml" for name in ("check", "words"))
    words.write_text(rules.read_text())
    rules.write_text("{}\n")

    assert problems(small) == [
        'en/draft_check.yaml:1: "rules" is missing',
        'en/draft_words.yaml:1: "rules" belongs in draft_check.yaml',
    ]


def test_signposts_that_cannot_be_read_are_one_problem(small: Sample) -> None:
    (small.folder / "signposts.yaml").unlink()
    (small.folder / "signposts.yaml").mkdir()

    assert problems(small) == ["signposts.yaml:1: cannot be read: Is a directory"]


def test_signposts_of_another_shape_are_one_problem(small: Sample) -> None:
    (small.folder / "signposts.yaml").write_text("- nspcc\n")

    (told,) = problems(small)

    assert told.startswith("signposts.yaml:1: ")


def test_an_empty_folder_is_named_file_by_file(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        Content.load(tmp_path)

    assert [Path(one.path).name for one in caught.value.problems] == [
        "clauses.yaml",
        "school.yaml",
        "signposts.yaml",
    ]


def test_the_problems_of_all_files_are_told_at_once(small: Sample) -> None:
    small.spoil("school.yaml", "visit:", "vizit:")
    small.spoil("signposts.yaml", "phone: 116 123", "phone: none")
    small.spoil("clauses.yaml", "place: Appropriate use, third point", "place: true")
    small.spoil("en/cards.yaml", "$nspcc_phone", "$nspc_phone")
    small.spoil("en/letter.yaml", 'subject: "', "subject: [")

    named = {one.split(":")[0] for one in problems(small)}

    assert named == {"school.yaml", "signposts.yaml", "clauses.yaml", "en/letter.yaml"}


def test_the_words_are_checked_for_shape_even_without_a_school(small: Sample) -> None:
    (small.folder / "school.yaml").unlink()
    line = small.spoil("en/questions.yaml", "    ask: Ask me", "    ask: true")

    assert problems(small) == [
        f'en/questions.yaml:{line}: "ask" should be text; put it in quotes',
        "school.yaml:1: this file is missing",
    ]


@pytest.mark.parametrize(
    "said",
    ["01632 960123", "020 7946 0999", "0161 496 0000", "07700 900461", "0808 157 0123",
     "+44 1632 960100", "office@school.example", "https://www.school.example/x",
     "a@example.com", "https://school.invalid"],
)  # fmt: skip
def test_numbers_and_addresses_that_belong_to_nobody_are_known(said: str) -> None:
    assert is_invented(said)


@pytest.mark.parametrize(
    "said",
    ["01632 970123", "020 7946 1000", "0808 800 5000", "07700 800461", "101",
     "office@examples.sch.uk", "https://www.gov.uk/example", ""],
)  # fmt: skip
def test_numbers_and_addresses_of_someone_are_not_called_invented(said: str) -> None:
    assert not is_invented(said)


def test_the_school_in_the_repository_is_invented_throughout() -> None:
    school = Content.load(ROOT / "policy_content").school

    assert school.is_invented
    assert len(school.invented) == 8
