"""YAML that stays what was typed, and problems with the line they are on."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest

from dialogs.source import ContentError, Problem, Source, did_you_mean, join, parse, read


def problems(text: str) -> list[str]:
    with pytest.raises(ContentError) as caught:
        parse(text, "a.yaml")
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("typed", ["no", "yes", "on", "off", "y", "n", "No", "True", "FALSE"])
def test_only_true_and_false_are_not_text(typed: str) -> None:
    assert parse(f"answer: {typed}", "a.yaml").value == {"answer": typed}
    assert parse("answer: true\nother: false", "a.yaml").value == {"answer": True, "other": False}


@pytest.mark.parametrize(
    "typed",
    ["9:00", "08:30", "12:30:45", "2026-11-22", "0800", "0x1F", "1_000", "1.5", "+1"],
)
def test_times_dates_and_odd_numbers_stay_text(typed: str) -> None:
    assert parse(f"value: {typed}", "a.yaml").value == {"value": typed}


def test_whole_numbers_are_numbers_and_quoted_ones_are_text() -> None:
    source = parse("a: 5\nb: -3\nc: '999'\nd: |\n  7\n", "a.yaml")

    assert source.value == {"a": 5, "b": -3, "c": "999", "d": "7\n"}


def test_keys_are_always_text() -> None:
    assert parse("no: a\ntrue: b\n1: c\n2026-01-01: d", "a.yaml").value == {
        "no": "a",
        "true": "b",
        "1": "c",
        "2026-01-01": "d",
    }


def test_nothing_is_none() -> None:
    assert parse("a:\nb: null\nc: ~\nd: ''", "a.yaml").value == {
        "a": None, "b": None, "c": None, "d": "",
    }  # fmt: skip


def test_every_key_and_item_has_its_line_and_column() -> None:
    source = parse("a:\n  b:\n    - x\n    - y: 1\n", "a.yaml")

    assert source.places[("a", "b")] == (2, 3)
    assert source.places[("a", "b", 1)] == (4, 7)
    assert source.places[("a", "b", 1, "y")] == (4, 7)
    assert source.line("a", "b", 7, "nothing there") == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\nb: 2\na: 3", 'a.yaml:3: "a" is here a second time; the first is on line 1'),
        ("a: &x 1", "a.yaml:1: uses &x; write it out instead"),
        ("a: !!int '1'", "a.yaml:1: uses the tag tag:yaml.org,2002:int; leave it out"),
        ("a: !!python/object:os.system x", "a.yaml:1: uses the tag tag:yaml.org,2002:python"),
        ("a: 1\n? [x]\n: 2", "a.yaml:2: uses a list or a mapping as a key"),
        ("---\na: 1\n---\nb: 2", "a.yaml:3: holds a second document"),
        ("a: 1\nb: [", "a.yaml:3: is not YAML"),
        ("a: 1\nb: \x07", "a.yaml:2: holds a character that YAML does not allow"),
        ("\n" + "[" * 60, "a.yaml:2: is nested more than 12 deep"),
    ],
    ids=["twice", "anchor", "tag", "python", "key", "documents", "syntax", "control", "deep"],
)
def test_what_is_refused_is_named_with_its_line(text: str, sentence: str) -> None:
    assert problems(text)[0].startswith(sentence)


def test_all_problems_are_told_at_once() -> None:
    assert [line.split(": ")[0] for line in problems("a: &x 1\nb: *x\nb: !t 2\na: 3")] == [
        "a.yaml:1",
        "a.yaml:2",
        "a.yaml:3",
        "a.yaml:3",
        "a.yaml:4",
    ]


def test_an_alias_as_a_key_does_not_hide_what_comes_after() -> None:
    assert problems("a: &x 1\n*x : [2]\nb: 3\nb: 4") == [
        "a.yaml:1: uses &x; write it out instead",
        "a.yaml:2: uses *x; write it out instead",
        'a.yaml:4: "b" is here a second time; the first is on line 3',
    ]


def test_what_is_missing_from_an_empty_file_is_on_its_first_line() -> None:
    source = parse("", "a.yaml")

    assert source.value is None
    assert str(source.problem("is missing", "a", "b")) == "a.yaml:1: is missing"


def test_a_very_wide_file_is_refused() -> None:
    assert "holds more than 50,000 values" in problems(f"[{'1,' * 50_001}1]")[0]


def test_a_file_is_read_with_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "words.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: caf\xc3\xa9\n")

    source = read(path)

    assert (source.path, source.value) == (path.as_posix(), {"a": "café"})


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (None, 1, "this file is missing"),
        (b"a: 1\nb: \xff\n", 2, "is not UTF-8 text"),
        (b"#" * 1_000_001, 1, "is longer than"),
    ],
    ids=["missing", "latin-1", "huge"],
)
def test_a_file_that_cannot_be_read_is_one_problem(
    tmp_path: Path, content: bytes | None, line: int, said: str
) -> None:
    path = tmp_path / "words.yaml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ContentError) as caught:
        read(path)

    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == (path.as_posix(), line)
    assert problem.sentence.startswith(said)


def test_a_folder_in_place_of_a_file_is_one_problem(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        read(tmp_path)

    assert str(caught.value) == f"{tmp_path.as_posix()}:1: cannot be read: Is a directory"


class Rules:
    """Made of a file, and known while it is there."""

    def __init__(self, source: Source) -> None:
        self.words = source.value["words"]


def test_what_two_files_hold_alike_is_read_and_made_once() -> None:
    one = parse("words: [a, b]", "oak/a.yaml")
    two = parse("words: [a, b]", "elm/a.yaml")
    other = parse("words: [a, c]", "ash/a.yaml")

    assert one.value is two.value
    assert one.made(Rules) is two.made(Rules)
    assert other.made(Rules).words == ["a", "c"]
    assert str(two.problem("is wrong", "words", 1)) == "elm/a.yaml:1: is wrong"


def test_what_no_file_holds_any_more_is_forgotten() -> None:
    one, two = (parse("words: [to, be, forgotten]", name) for name in ("a.yaml", "b.yaml"))
    made = weakref.ref(one.made(Rules))

    del one
    gc.collect()
    assert made() is two.made(Rules)
    del two
    gc.collect()
    assert made() is None


def test_two_files_are_one_mapping_with_each_line_in_its_own_file() -> None:
    both = join(parse("\nrules: [a]", "a.yaml"), parse("\n\nwords: [b]\ntext: |\n  c\n", "b.yaml"))

    assert both.value == {"rules": ["a"], "words": ["b"], "text": "c\n"}
    told = [
        str(both.problem("is wrong", *place))
        for place in ((), ("rules", 0), ("words", 0), ("text",), ("more",))
    ]
    assert told == [
        f"{line}: is wrong" for line in ("a.yaml:2", "a.yaml:2", "b.yaml:3", "b.yaml:5", "b.yaml:3")
    ]


def test_what_two_files_make_together_is_made_once_for_all_that_hold_both_alike() -> None:
    one, two, other = (
        join(parse("words: [d]", f"{school}/a.yaml"), parse(f"more: {more}", f"{school}/b.yaml"))
        for school, more in (("oak", "e"), ("elm", "e"), ("ash", "f"))
    )

    made = one.made(Rules)
    assert made is two.made(Rules) is not other.made(Rules)
    assert str(two.problem("is wrong", "more")) == "elm/b.yaml:1: is wrong"
    alone, forgotten = parse("words: [d]", "a.yaml"), weakref.ref(made)
    del one, two, made
    gc.collect()
    assert forgotten() is None, "though one of the two files is still held"
    assert alone.value == {"words": ["d"]}


def test_a_file_that_cannot_be_read_is_wrong_under_each_of_its_names() -> None:
    for name in ("a.yaml", "b.yaml"):
        with pytest.raises(ContentError) as caught:
            parse("a: 1\na: 2", name)
        assert [problem.path for problem in caught.value.problems] == [name]


def test_a_warning_says_that_it_is_one() -> None:
    assert str(Problem("a.yaml", 3, "is old", warning=True)) == "a.yaml:3: warning: is old"


def test_only_a_near_word_is_suggested() -> None:
    assert did_you_mean("telefone", ["telephone", "visit"]) == '; did you mean "telephone"?'
    assert did_you_mean("zzz", ["telephone", "visit"]) == ""
