"""Who and which door a draft points at without a name."""

from __future__ import annotations

import pytest

from dialogs.content import Content
from dialogs.listening import Listening
from dialogs.places import read as read_draft
from tests.sample import ROOT

RULES = Listening.of(Content.load(ROOT / "policy_content"), "en").rules


def pointed(text: str, kind: str) -> list[str]:
    draft = read_draft(text, RULES)
    return [
        text[draft.words[start].start : draft.words[end - 1].end]
        for start, end in draft.places.get(kind, {}).items()
    ]


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("the lady on the cake stall", ["the lady"]),
        ("that daft new cook sang", ["that daft new cook"]),
        ("the caretaker's been off", ["the caretaker's"]),
        ("the cooks husband sang", ["the cooks"]),
        ("the cooks sang", []),
        ("the cook's", ["the cook's"]),
        ("the song of the cook", ["the cook"]),
        ("the", []),
        ("the, lady", []),
        ("the big red bus came", []),
        ("our lovely cook sang", ["our lovely cook"]),
        ("our caretakers been off", ["our caretakers"]),
        ("our hall, our", []),
        ("our, cook", []),
        ("her from the post office sang", ["her from"]),
        ("it's them from the vans", ["them from"]),
        ("I picked him up from there", []),
        ("her, from the heart", []),
        ("is it him", []),
        ("him and I", []),
        ("saw Old Derek today", ["Derek"]),
        ("Donna from the chippy", ["Donna"]),
        ("our little Derek who sang", []),
        ("old, Derek sang", []),
        ("Derek sang", []),
        ("Derek", []),
        ("Derek, who sang", []),
        ("Lady in the corner house sang", ["Lady"]),
        ("Fine. Bloke from the vans sang", ["Bloke"]),
        ("Fine, bloke from the vans sang", []),
        ("see lady in red", []),
        ("Lady", []),
        ("Lady, in red", []),
        ("Lady sang", []),
        ("Song in the hall", []),
        ("him that does the photos sang", ["him that"]),
    ],
)
def test_one_person_is_known_by_the_form_of_the_words(text: str, who: list[str]) -> None:
    assert pointed(text, "someone") == who


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("at 14 Capstan Row tonight", ["14 Capstan Row"]),
        ("17b Old Quay Street", ["17b Old Quay Street"]),
        ("lives at 4 old mill lane", ["4 old mill lane"]),
        ("about 4 old mill lane", []),
        ("by Gorse Cottage now", ["Gorse Cottage"]),
        ("a Holiday Cottage", []),
        ("Gorse, Cottage", []),
        ("Gorse", []),
        ("Gorse Fair", []),
        ("at 3 in the park", []),
        ("at 3, Mill Lane", []),
        ("at 3 Old", []),
        ("at 3 one two four five", []),
    ],
)
def test_a_front_door_is_known_by_the_form_of_the_words(text: str, where: list[str]) -> None:
    assert pointed(text, "address") == where


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("ask Zorvik in Year 6 who did it", ["Zorvik in Year 6"]),
        ("I saw Zorvik from Oak class", ["Zorvik from Oak class"]),
        ("Zorvik in Year 6 says he hit my lad", ["Zorvik in Year 6"]),
        ("Zorvik in Year 6 was fun", []),
        ("we love the Zorvik in Year 6", []),
        ("ask Zorvik in, Year 6", []),
        ("ask Zorvik in town", []),
        ("ask Zorvik near Year 6", []),
        ("ask ZORVIK in Year 6", []),
        ("ask Zorviking in Year 6", []),
        ("ask Monday in Year 6", []),
        ("ask Spanish in Year 6", []),
        ("ask Table in Year 6", []),
        ("ask my Zorvik in Year 6", []),
        ("ask Zorvik", []),
        ("who bit Amelia in P7", ["Amelia in P7"]),
        ("Nobody ask Zorvius in 2R", ["Zorvius in 2R"]),
        ("Ava in Maple is a madam", ["Ava in Maple"]),
        ("who is Blossom in 3A's mum", ["Blossom in 3A's"]),
    ],
)
def test_a_new_name_and_a_class_point_to_a_child(text: str, who: list[str]) -> None:
    assert pointed(text, "name_and_class") == who


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Ellie May Hext is behind", ["Ellie May Hext"]),
        ("girl called Zorvik Ellie Pritchard", ["Zorvik Ellie Pritchard", "Ellie Pritchard"]),
        ("my Ellie May Hext is behind", []),
        ("saw Ellie May, Hext", []),
        ("ELLIE MAY HEXT", []),
        ("Evie-Rose Hext did", ["Evie-Rose Hext"]),
        ("Sophie Barker is off, her mother says", ["Sophie Barker"]),
        ("saw Ellie May Day", []),
        ("Ellie Zorvik Hext", ["Ellie Zorvik"]),
        ("told me that wee Caleb Winstanley did", ["Caleb Winstanley"]),
        ("me lad Caleb Winstanley did", []),
        ("me Caleb Winstanley", []),
        ("our Jess says Finley Marr did", ["Finley Marr"]),
        ("saw Layla Bosworth's dad", ["Layla Bosworth's"]),
        ("that boy Kasimir Vossbrink did", ["Kasimir Vossbrink"]),
        ("Apparently Pritchard is off", []),
    ],
)
def test_a_child_is_named_in_full(text: str, who: list[str]) -> None:
    assert pointed(text, "child_name") == who


def test_a_post_may_end_with_a_child_and_a_class() -> None:
    assert pointed("it was Alfie Brown 4B", "name_and_class") == ["Alfie Brown 4B"]
    assert not pointed("it was Alfie", "name_and_class")
    assert not pointed("our in Ellie Tegan", "name_and_class")
    assert pointed("it was Ellie May Hext", "child_name") == ["Ellie May Hext"]
    assert pointed("that boy Alfie Brown", "child_name") == ["Alfie Brown"]


def test_teachers_of_a_year_are_no_one_person() -> None:
    assert not pointed("three weeks of supply teachers in Year 5", "role_and_class")
    assert pointed("the Year 5 teachers marriage", "role_and_class") == ["Year 5 teachers"]
    assert pointed("the teacher in Year 5", "role_and_class") == ["teacher in Year 5"]


def test_mr_hall_is_a_person_and_a_hall_is_none() -> None:
    assert pointed("so Mr Hall said", "title_and_surname") == ["Mr Hall"]
    assert not pointed("we miss hall games", "title_and_surname")


def test_one_letter_behind_miss_is_no_name() -> None:
    assert not pointed("you miss r lessons", "title_and_surname")


def test_a_grown_up_with_three_names_is_no_child() -> None:
    assert "Ellie May Hext" in pointed("the teacher Ellie May Hext works here", "adult_name")
    assert not pointed("the teacher Ellie May Hext works here", "child_name")


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Zorviks mum sang", ["Zorviks mum"]),
        ("saw Zorvik's nan", ["Zorvik's nan"]),
        ("saw Darrens mum", ["Darrens mum"]),
        ("saw Zos mum", []),
        ("saw Zorvik mum", []),
        ("saw Z4rviks mum", []),
        ("saw Zorviks", []),
        ("saw Zorviks, mum", []),
        ("saw Zorviks coat", []),
        ("saw Teachers mum", []),
        ("saw Mondays mum", []),
        ("saw Thursdays mum", []),
        ("my Zorviks mum sang", []),
    ],
)
def test_a_childs_family_is_known_by_a_new_name_too(text: str, who: list[str]) -> None:
    assert pointed(text, "childs_family") == who


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("ask Zorvika in the office", ["Zorvika in the office"]),
        ("Zorvika in the office", []),
        ("No. Zorvika in the office", []),
        ("ask ZORVIKA in the office", []),
        ("ask Zorvika in the", []),
        ("ask Table in the office", []),
        ("ask Z4 in the office", []),
        ("ask Monday in the office", []),
        ("ask Zorvika in, the office", []),
        ("ask Zorvika in our office", []),
        ("ask Zorvika near the office", []),
        ("ask Zorvika in the rain", []),
        ("ask my Zorvika in the office", []),
    ],
)
def test_a_new_name_and_a_place_of_work_point_to_a_grown_up(text: str, who: list[str]) -> None:
    assert pointed(text, "adult_name") == who


def test_what_no_name_ends_in_is_no_child_of_a_class() -> None:
    assert pointed("Son swallowed a 5p today", "name_and_class") == []


def test_head_lice_make_nobody_a_grown_up() -> None:
    assert pointed("Amelia Hext has head lice", "child_name") == ["Amelia Hext"]


@pytest.mark.parametrize(
    ("text", "kind", "who"),
    [
        ("so Sharon sang", "first_name", ["Sharon"]),
        ("shaz sang", "first_name", ["shaz"]),
        ("Sharon's been singing", "first_name", ["Sharon's"]),
        ("sharons sang", "first_name", []),
        ("then Grace sang", "first_name", ["Grace"]),
        ("Grace sang, grace", "first_name", []),
        ("my Sharon sang", "first_name", []),
        ("Mrs Sharon sang", "first_name", []),
        ("Victoria Park is open", "first_name", []),
        ("Sharon", "first_name", ["Sharon"]),
        ("the Osmans sang", "the_family", ["Osmans"]),
        ("the Osman lot sang", "the_family", ["Osman lot"]),
        ("the Smith twins", "the_family", ["Smith twins"]),
        ("the Monday lot", "the_family", []),
        ("the Smiths", "the_family", ["Smiths"]),
        ("the Osman", "the_family", []),
        ("the Cox", "the_family", []),
        ("the Mondays", "the_family", []),
        ("the 4Osmans", "the_family", []),
        ("the OSMANS", "the_family", []),
        ("the osmans", "the_family", []),
        ("the, Osmans", "the_family", []),
        ("Osmans", "the_family", []),
        ("some Osmans", "the_family", []),
        ("Mr and Mrs Osman", "the_family", ["Osman"]),
        ("with Mrs Osman", "the_family", []),
    ],
)
def test_those_with_less_than_a_whole_name_are_known(text: str, kind: str, who: list[str]) -> None:
    assert pointed(text, kind) == who


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("re my own lad, Alfie in 4B: he sang", []),
        ("it was my daughter, Zorvika in Year 6.", []),
        ("our lad, Alfie in 4B", []),
        ("my eldest, Alfie in 4B, and him", []),
        ("my daughter, Alfie in 4B pulled her hair", ["Alfie in 4B"]),
        ("her daughter, Alfie in 4B, sang", ["Alfie in 4B"]),
        ("what a lad, Alfie in 4B, sang", ["Alfie in 4B"]),
        ("my tea, Alfie in 4B, sang", ["Alfie in 4B"]),
        ("my, lad, Alfie in 4B, sang", ["Alfie in 4B"]),
        ("lad, Alfie in 4B, sang", ["Alfie in 4B"]),
        ("my own, lad, Alfie in 4B, sang", ["Alfie in 4B"]),
        ("I am, lad, Alfie in 4B, sang", ["Alfie in 4B"]),
        ("told Miss Alfie in 4B", []),
        ("I miss Alfie in 4B", ["Alfie in 4B"]),
        ("oh Miss, Alfie in 4B hit him", ["Alfie in 4B"]),
    ],
)
def test_the_writers_own_child_between_commas_is_theirs_to_name(text: str, who: list[str]) -> None:
    assert pointed(text, "name_and_class") == who
