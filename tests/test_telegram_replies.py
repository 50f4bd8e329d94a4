"""How a reply becomes messages: lengths and offsets in UTF-16 units, keyboards, records."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram_replies import parts, record, render, screen, units
from bot.channels.telegram_updates import Press
from dialogs.messages import Choice, Reply

#: Characters that make offsets hard: one to four bytes, marks, joiners, skin tones, flags.
AWKWARD = st.text(
    st.sampled_from("aé \n.’“ا\u0301👍🏽👩\u200d🏫🇬🇧\ufe0f字")
    | st.characters(exclude_categories=["Cs"]),
    max_size=300,
)


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("abc", 3), ("café", 4), ("👍", 2), ("👩\u200d🏫", 5), ("字", 1)]
)
def test_length_is_counted_as_telegram_counts_it(text: str, count: int) -> None:
    assert units(text) == count


def test_emphasis_keeps_its_place_after_an_emoji() -> None:
    call = render(1, Reply("👍 brat kai", emphasis=((2, 4), (7, 3))))[0]

    assert call["entities"] == [
        {"type": "bold", "offset": 3, "length": 4},
        {"type": "bold", "offset": 8, "length": 3},
    ]


@given(AWKWARD, st.integers(0, 300), st.integers(0, 300))
def test_an_emphasised_span_is_the_same_text_in_utf_16(text: str, start: int, length: int) -> None:
    calls = render(1, Reply(text, emphasis=((start, length),)))
    shown = "".join(
        call["text"]
        .encode("utf-16-le")[2 * e["offset"] : 2 * (e["offset"] + e["length"])]
        .decode("utf-16-le")
        for call in calls
        for e in call.get("entities", [])
    )

    assert "".join(shown.split()) == "".join(text[start : start + length].split())


@given(AWKWARD.map(lambda text: text * 5), st.integers(40, 200), st.booleans())
def test_parts_fit_and_lose_nothing_but_white_space(text: str, limit: int, exact: bool) -> None:
    found = [text[start:end] for start, end in parts(text, limit, exact=exact)]

    assert all(0 < units(part) <= limit for part in found)
    if exact and text.strip():
        assert "".join(found).split() == text.split()
    assert "".join("".join(found).split()) == "".join(text.split())


def test_a_long_text_is_parted_where_a_reader_would_pause() -> None:
    paragraph = "A short sentence. " * 100

    calls = render(1, Reply(f"{paragraph}\n\n{paragraph}\n\n{paragraph}", "q", (Choice("a", "A"),)))

    assert [call["text"] for call in calls] == [
        f"{paragraph.strip()} \n\n{paragraph.strip()}",
        paragraph.strip(),
    ]
    assert "reply_markup" not in calls[0]
    assert calls[1]["reply_markup"]


def test_a_part_never_ends_inside_a_character() -> None:
    calls = render(1, Reply("👩🏽\u200d🏫" * 1500))

    assert len(calls) == 3
    for call in calls:
        assert call["text"].startswith("👩🏽")
        assert call["text"].encode("utf-16-le").decode("utf-16-le") == call["text"]


def test_verbatim_text_is_shown_as_it_is() -> None:
    letter = "  Kind: concern\n\n> *it* _was_ <b>me</b> @you /start https://x.example\n"

    call = render(1, Reply(letter, verbatim=True))[0]

    assert call["text"] == letter
    assert call["entities"] == [{"type": "pre", "offset": 0, "length": len(letter)}]
    assert "parse_mode" not in call


def test_a_lone_surrogate_becomes_a_replacement_character() -> None:
    assert render(1, Reply("a\ud83db"))[0]["text"] == "a\ufffdb"


@pytest.mark.parametrize("text", ["", "  ", "\n\n"])
def test_a_reply_without_text_sends_nothing(text: str) -> None:
    assert render(1, Reply(text, "q", (Choice("a", "A"),))) == []


def test_a_button_too_long_for_telegram_is_left_out_and_the_rest_stays() -> None:
    reply = Reply("Which?", "q" * 40, (Choice("c" * 30, "Long"), Choice("ok", "Fine")))

    keyboard = render(1, reply)[0]["reply_markup"]["inline_keyboard"]

    assert keyboard == [[{"text": "Fine", "callback_data": f"{'q' * 40}:ok"}]]


def message(text: str, *, data: str = "q:a", entities: Any = None) -> dict[str, Any]:
    return {
        "message_id": 7,
        "text": text,
        "entities": entities,
        "reply_markup": {"inline_keyboard": [[{"text": "Yes 👍", "callback_data": data}]]},
    }


def test_a_record_keeps_the_text_and_its_emphasis_and_adds_the_choice() -> None:
    old = [{"type": "bold", "offset": 0, "length": 2}]

    method, call = record(1, Press("9", "q:a", message("👍 ok?", entities=old))) or ("", {})

    assert method == "editMessageText"
    assert call["text"] == "👍 ok?\n\n✓ Yes 👍"
    assert call["entities"] == [*old, {"type": "bold", "offset": 10, "length": 6}]
    assert "reply_markup" not in call


def test_a_record_of_a_text_at_the_limit_only_takes_the_buttons_away() -> None:
    method, call = record(1, Press("9", "q:a", message("x" * 4095))) or ("", {})

    assert (method, call) == ("editMessageReplyMarkup", {"chat_id": 1, "message_id": 7})


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"message_id": 7, "date": 0},
        {"message_id": "7", **message("x")} | {"message_id": "7"},
        {**message("x"), "reply_markup": None},
        {**message("x"), "reply_markup": {"inline_keyboard": "abc"}},
        {**message("x"), "reply_markup": {"inline_keyboard": [[1, None, {"text": 4}]]}},
        message("x", data="q:b"),
    ],
)
def test_a_button_that_is_not_on_the_message_leaves_no_record(shown: dict[str, Any]) -> None:
    assert record(1, Press("9", "q:a", shown)) is None


def test_what_a_turn_says_is_one_message_with_every_entity_in_its_place() -> None:
    replies = [
        Reply("This is 🦓 the letter:"),
        Reply("  Dear school,\n> it rained\n", verbatim=True),
        Reply("Send it now?", "q", (Choice("send", "Send"),), emphasis=((5, 2),)),
    ]

    (call,) = screen(1, replies)

    assert call["text"] == (
        "This is 🦓 the letter:\n\n  Dear school,\n> it rained\n\n\nSend it now?"
    )
    assert call["reply_markup"]["inline_keyboard"][0][0]["text"] == "Send"
    assert [spanned(call["text"], one) for one in call["entities"]] == [
        "  Dear school,\n> it rained\n",
        "it",
    ]


def test_messages_with_buttons_of_their_own_and_long_ones_stay_apart() -> None:
    hide = Reply("One finding", "findings", (Choice("hide.x", "Not right"),))
    long = Reply("word " * 790)

    calls = screen(1, [hide, hide, long, Reply("On we go. " * 20), Reply("Ready?")])

    assert [len(call["text"]) for call in calls] == [11, 11, 3949, 199 + 2 + 6]
    assert ["reply_markup" in call for call in calls] == [True, True, False, False]


def test_what_is_said_of_an_old_button_stays_beside_the_screen() -> None:
    calls = screen(1, [Reply("That is an old button.", refused=True), Reply("Here we are.")])

    assert [call["text"] for call in calls] == ["That is an old button.", "Here we are."]


def test_a_verbatim_text_in_parts_stays_exact() -> None:
    letter = "x" * 9000

    calls = screen(1, [Reply("Above"), Reply(letter, verbatim=True), Reply("Below")])

    assert "".join(call["text"] for call in calls) == f"Above{letter}\n\nBelow"


def spanned(text: str, entity: dict[str, Any]) -> str:
    raw, at = text.encode("utf-16-le"), 2 * entity["offset"]
    return raw[at : at + 2 * entity["length"]].decode("utf-16-le")
