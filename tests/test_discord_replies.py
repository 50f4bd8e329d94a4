"""How a reply looks on Discord: escaped, within the limits, byte for byte where it matters."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.discord_events import clean
from bot.channels.discord_replies import contents, escape, record, render
from dialogs.messages import Choice, Reply
from tests.discord_shell import NAVIGATION
from tests.fake_discord import buttons, check_message, shown

MARKED = st.text(
    st.sampled_from(list("ab1 \n\t*_~`|<>#-+.:@[]()\\/\"'é🙂")) | st.characters(), max_size=60
) | st.lists(
    st.sampled_from(
        ["**", "__", "~~", "||", "```", "`", "# ", "## x", "-# ", "> ", ">>> ", "- ", "1. ", "\n",
         "@everyone", "@here", "<@123>", "<#1>", "<t:1>", "<:a:1>", ":smile:", "[a](https://b)",
         "https://a.b/c_d_e", "¯\\_(ツ)_/¯", "words ", "\\"]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@given(MARKED)
@settings(max_examples=300, deadline=None)
def test_what_is_shown_is_the_text(text: str) -> None:
    text = clean(text).strip()

    assert shown(escape(text)) == text


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("plain words, 0800 1111. Why?", "plain words, 0800 1111. Why?"),
        ("*a* _b_ ~c~ `d` |e|", r"\*a\* \_b\_ \~c\~ \`d\` \|e\|"),
        ("# loud", r"\# loud"),
        ("#1 and a # in it", "#1 and a # in it"),
        ("> said\n- one\n2. two\n-# small", "\\> said\n\\- one\n2\\. two\n\\-# small"),
        ("@everyone <@1> <t:1> :smile:", r"\@everyone \<@1> \<t:1> \:smile:"),
        ("[a](https://b.example/c_d)", r"\[a](https://b.example/c_d)"),
        ("at 9:30, mail help@school.example", "at 9:30, mail help@school.example"),
        (":a:smile:", r"\:a\:smile:"),
        ("https://a.b/c_d<e", r"https\://a.b/c\_d\<e"),
    ],
)
def test_only_what_discord_would_mark_up_is_escaped(text: str, content: str) -> None:
    assert escape(text) == content


@pytest.mark.parametrize(
    ("text", "spans", "content"),
    [
        ("you are an idiot", [(11, 5)], "you are an **idiot**"),
        ("a *b* c", [(2, 3)], r"a **\*b\*** c"),
        ("one two", [(0, 4)], "**one** two"),
        ("ab", [(0, 1), (1, 1)], "**ab**"),
        ("ab", [(0, 2), (1, 1)], "**ab**"),
        ("ab", [(1, 99), (-3, 2), (5, 5)], "a**b**"),
        ("see https://a.b/cde now", [(14, 3)], "see https://a.b/cde now"),
        ("  ", [(0, 2)], "  "),
    ],
)
def test_emphasis_is_bold_after_escaping(
    text: str, spans: list[tuple[int, int]], content: str
) -> None:
    assert escape(text, spans) == content


@given(st.integers(1, 9), st.sampled_from(["*", "word ", "long line\n", "Sentence. ", "🙂"]))
@settings(max_examples=60, deadline=None)
def test_a_long_text_is_parted_within_the_limit_and_nothing_is_lost(size: int, unit: str) -> None:
    text = (unit * (size * 1500 // len(unit))).strip()

    parts = list(contents(Reply(text)))

    assert all(len(part) <= 1_850 for part in parts)
    assert "".join("".join(shown(part) for part in parts).split()) == "".join(text.split())


def test_a_part_that_begins_like_a_list_is_still_shown_as_it_is() -> None:
    text = "\n".join(f"- point {number} with some words" for number in range(120))

    assert "\n".join(shown(part) for part in contents(Reply(text))) == text


def test_a_letter_is_shown_letter_for_letter() -> None:
    letter = (
        "Subject: [School bot] Concern\n\n> *first* _line_ @everyone\n>   indented   twice\n> `x`"
    )

    (only,) = contents(Reply(letter, verbatim=True))

    assert only == f"```\n{letter}\n```"
    assert shown(only) == letter


def test_a_letter_that_could_end_its_frame_is_escaped_instead() -> None:
    letter = "> ```\n> *bold*"

    (only,) = contents(Reply(letter, verbatim=True))

    assert not only.startswith("```")
    assert shown(only) == letter


def test_a_long_letter_is_parted_at_its_lines() -> None:
    letter = "\n".join(f"> line {number} of a long letter, word for word" for number in range(90))

    parts = [shown(part) for part in contents(Reply(letter, verbatim=True))]

    assert len(parts) > 1
    assert "\n".join(parts) == letter


def test_buttons_stay_within_the_limits_and_keep_the_navigation() -> None:
    choices = tuple(Choice(f"c{number}", "x" * 100) for number in range(5))

    (said,) = render(Reply("Text", "q", choices, NAVIGATION, asks_for_words=True), "Write it here")

    check_message(said)
    found = buttons(said)
    assert list(found) == [
        *(f"q:c{n}" for n in range(5)),
        "q:help",
        "q:talk",
        "q:back",
        "q:stop",
        "write",
    ]
    assert all(len(label) <= 80 for label in found.values())


def test_a_choice_that_is_also_on_every_screen_is_shown_once() -> None:
    (said,) = render(Reply("Text", "q", (Choice("talk", "Talk to someone"),), NAVIGATION))

    check_message(said)
    assert list(buttons(said).values()) == ["Talk to someone", "Get help now", "Back", "Stop"]


def test_the_form_is_offered_only_where_words_are_asked_for() -> None:
    (said,) = render(Reply("Text", "q", (), NAVIGATION), "Write it here")

    assert "write" not in buttons(said)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\x00".strip("\x00")])
def test_a_reply_without_text_sends_nothing(text: str) -> None:
    assert render(Reply(text, "q", (Choice("a", "A"),))) == []


def test_a_record_leaves_the_text_as_it_is_and_fits() -> None:
    (said,) = render(Reply("*" * 800, "q", (Choice("a", "*" * 80),)))

    edit = record(said, "q:a")

    assert edit is not None
    assert edit["content"].startswith(said["content"])
    assert edit["components"] == []
    check_message(edit)


@pytest.mark.parametrize("pressed", ["", "q:b", "q", "a"])
def test_a_button_that_the_message_does_not_show_leaves_no_record(pressed: str) -> None:
    (said,) = render(Reply("Text", "q", (Choice("a", "A"),)))

    assert record(said, pressed) is None
    assert record({**said, "components": 5}, "q:a") is None
    assert record({}, pressed) is None
