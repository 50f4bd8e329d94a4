"""What Discord's events mean: pure, whatever is in them."""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from discord.state import ConnectionState

from bot.channels.discord_events import (
    WANTED,
    AsksToWrite,
    FromElsewhere,
    FromParent,
    clean,
    read,
    snowflake,
)
from dialogs.messages import Attached, Chose, Commanded, Wrote

PARENT: dict[str, Any] = {"id": "20001", "username": "parent", "bot": False}
BOT = {"id": "1000", "username": "School bot", "bot": True}
MESSAGE: dict[str, Any] = {
    "id": "900", "channel_id": "700", "type": 0, "content": "hello", "flags": 0, "author": PARENT,
    "attachments": [{"id": "5", "content_type": "image/png", "url": "https://cdn/x.png"}],
    "sticker_items": [], "edited_timestamp": None, "embeds": [], "mentions": [],
}  # fmt: skip
INTERACTION: dict[str, Any] = {
    "id": "901", "application_id": "1000", "token": "secret", "version": 1, "locale": "pl",
    "context": 1, "channel_id": "700", "user": PARENT, "entitlements": [],
    "channel": {"id": "700", "type": 1, "recipients": [PARENT]},
}  # fmt: skip
SHOWN = {
    "id": "899", "channel_id": "700", "content": "Question?", "author": BOT,
    "components": [{"type": 1, "components": [{"type": 2, "label": "Yes", "custom_id": "q:yes"}]}],
    "interaction_metadata": {"user": PARENT},
}  # fmt: skip
COMMAND = {
    **INTERACTION, "type": 2,
    "data": {"name": "start", "type": 1, "options": [{"name": "words", "value": "concern"}]},
}  # fmt: skip
BUTTON = {**INTERACTION, "type": 3, "message": SHOWN, "data": {"custom_id": "q:yes"}}
FORM = {
    **INTERACTION, "type": 5, "message": SHOWN,
    "data": {"custom_id": "write", "components": [
        {"type": 18, "component": {"type": 4, "custom_id": "write", "value": "my words"}}]},
}  # fmt: skip
IN_SERVER: dict[str, Any] = {
    "guild_id": "3000", "member": {"user": PARENT, "roles": []}, "context": 0,
    "channel": {"id": "3001", "type": 0}, "guild": {"id": "3000"},
}  # fmt: skip
SAMPLES = {
    "MESSAGE_CREATE": MESSAGE,
    "MESSAGE_UPDATE": {**MESSAGE, "edited_timestamp": "2026-11-24T22:41:00+00:00"},
    "INTERACTION_CREATE": BUTTON,
}


def event_of(name: str, event: object) -> object:
    meaning = read(name, event)
    assert isinstance(meaning, FromParent)
    return meaning.incoming[0].event


def test_each_kind_of_event_means_what_the_parent_did() -> None:
    assert event_of("MESSAGE_CREATE", MESSAGE) == Wrote("hello")
    assert event_of("MESSAGE_UPDATE", SAMPLES["MESSAGE_UPDATE"]) == Attached("edited")
    assert event_of("INTERACTION_CREATE", COMMAND) == Commanded("start", "concern")
    assert event_of("INTERACTION_CREATE", BUTTON) == Chose("q", "yes")
    assert event_of("INTERACTION_CREATE", FORM) == Wrote("my words")
    assert isinstance(
        read("INTERACTION_CREATE", {**BUTTON, "data": {"custom_id": "write"}}), AsksToWrite
    )


@pytest.mark.parametrize("sign", list(IN_SERVER))
@pytest.mark.parametrize("sample", [COMMAND, BUTTON, FORM])
def test_one_sign_of_a_server_is_enough_not_to_read_it(sign: str, sample: dict[str, Any]) -> None:
    meaning = read("INTERACTION_CREATE", {**sample, sign: IN_SERVER[sign]})

    assert isinstance(meaning, FromElsewhere)


@pytest.mark.parametrize("sign", ["guild_id", "member", "guild", "webhook_id"])
@pytest.mark.parametrize("name", ["MESSAGE_CREATE", "MESSAGE_UPDATE"])
def test_a_message_in_a_server_means_nothing(sign: str, name: str) -> None:
    assert read(name, {**SAMPLES[name], sign: "3000"}) is None


@pytest.mark.parametrize("kind", [1, 3, 6, 7, 18, 20, 23, 46, True, None, "0"])
def test_notes_of_the_app_itself_are_not_what_a_parent_said(kind: object) -> None:
    assert read("MESSAGE_CREATE", {**MESSAGE, "type": kind}) is None


def test_programs_are_not_parents() -> None:
    assert read("MESSAGE_CREATE", {**MESSAGE, "author": BOT}) is None
    assert read("MESSAGE_CREATE", {**MESSAGE, "author": {**PARENT, "system": True}}) is None


def test_a_button_in_another_persons_direct_messages_is_elsewhere() -> None:
    theirs = {"id": "701", "type": 1, "recipients": [{"id": "20002"}]}

    assert isinstance(read("INTERACTION_CREATE", {**BUTTON, "channel": theirs}), FromElsewhere)


def test_a_channel_that_names_only_the_bot_is_the_parents_own() -> None:
    own = {"id": "700", "type": 1, "recipients": [{"id": "1000"}]}

    assert isinstance(read("INTERACTION_CREATE", {**BUTTON, "channel": own}), FromParent)


def test_a_button_on_another_persons_answer_is_elsewhere() -> None:
    theirs = {**SHOWN, "interaction_metadata": {"user": {"id": "20002"}}}

    assert isinstance(read("INTERACTION_CREATE", {**BUTTON, "message": theirs}), FromElsewhere)


@pytest.mark.parametrize(
    ("value", "known"),
    [("123", "123"), (123, "123"), (True, ""), (-5, ""), ("", ""), ("12a", ""), ("1" * 21, ""),
     ("١٢", ""), (None, ""), ([], ""), (1.5, "")],
)  # fmt: skip
def test_only_numbers_are_ids(value: object, known: str) -> None:
    assert snowflake(value) == known


def test_text_that_no_store_can_hold_is_made_visible() -> None:
    assert clean("a\ud800b\x00c\U0001f642") == "a�b�c\U0001f642"


# --- mutated ---

ODD: list[Any] = [
    None, True, False, 0, -1, 2**70, 1.5, "", "x", "0", "\ud800", "\x00", "🙂" * 300, [], {}, [[]],
    {"id": {}}, [None], {"bot": "yes"}, "write", "/start", ":" * 200, PARENT, MESSAGE,
]  # fmt: skip


def _mutated(value: Any, chance: random.Random, depth: int = 0) -> Any:
    """`value` with a few things in it replaced, left out, renamed or nested."""
    if isinstance(value, dict) and depth < 6:
        out: dict[Any, Any] = {}
        for key, one in value.items():
            dice = chance.random()
            if dice < 0.06:
                continue
            if dice < 0.10:
                out[key] = chance.choice(ODD)
            elif dice < 0.12:
                out[str(key) + "_"] = one
            else:
                out[key] = _mutated(one, chance, depth + 1)
        return out
    if isinstance(value, list) and depth < 6:
        return [_mutated(one, chance, depth + 1) for one in value * chance.choice([1, 1, 1, 0, 2])]
    return chance.choice(ODD) if chance.random() < 0.04 else value


#: Of each kind of event; `make fuzz-chats` takes 10,000.
MUTATED = int(os.environ.get("BYP_MUTATED", "2000"))
#: Every event that the library knows. The gateway hands on those that we want; the rest mean
#: nothing, should one come through.
OTHERS = sorted(
    {name[6:].upper() for name in dir(ConnectionState) if name.startswith("parse_")} - {*WANTED}
)


def test_mutated_events_of_every_kind_crash_nothing_and_take_nothing_from_servers(
    tell: Callable[[str], None],
) -> None:
    chance = random.Random(3)
    samples = [
        (name, event)
        for name, event in [
            ("MESSAGE_CREATE", MESSAGE), ("MESSAGE_UPDATE", SAMPLES["MESSAGE_UPDATE"]),
            ("INTERACTION_CREATE", COMMAND), ("INTERACTION_CREATE", BUTTON),
            ("INTERACTION_CREATE", FORM),
        ]
    ]  # fmt: skip
    read_as = {"parent": 0, "elsewhere": 0, "nothing": 0}
    for number in range(MUTATED * len(samples)):
        name, sample = samples[number % len(samples)]
        server = number % 3 == 0
        event = _mutated(copy.copy({**sample, **IN_SERVER} if server else sample), chance)
        meaning = read(name, event)
        assert read(OTHERS[number % len(OTHERS)], event) is None

        marks = isinstance(event, dict) and {
            key for key in ("guild_id", "guild", "member") if event.get(key) not in (None, "")
        }
        if isinstance(meaning, FromParent):
            read_as["parent"] += 1
            assert not marks
            for incoming in meaning.incoming:
                assert incoming.conversation.isdigit()
                assert len(incoming.message) < 50
                repr(incoming).encode()
        else:
            read_as["elsewhere" if meaning else "nothing"] += 1
    assert read_as["parent"] > MUTATED
    tell(
        f"discord: {MUTATED} mutated of each of {len(samples)} kinds of events, and as many of"
        f" {len(OTHERS)} others: {read_as}, 0 crashed, 0 taken from servers"
    )
