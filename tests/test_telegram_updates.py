"""Any JSON in: what it means, and that it never crashes, and that groups are never read."""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import pytest

from bot.channels import Incoming
from bot.channels.telegram_sending import Sending
from bot.channels.telegram_turns import Texts, Turns
from bot.channels.telegram_updates import (
    FromElsewhere,
    FromParent,
    PressedElsewhere,
    Reached,
    clean,
    read,
)
from dialogs.messages import Attached, Choice, Chose, Commanded, Reply, Wrote
from tests.telegram_updates import CANARY, JUNK, PRIVATE, broken, message, updates

FROM_PARENTS = ("message", "edited_message", "callback_query")
#: Of each type of update, and five times as many of what comes from parents; `make fuzz-chats`
#: takes 10,000.
MUTATED = int(os.environ.get("BYP_MUTATED", "500"))


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("hello", Wrote("hello")),
        ("/start", Commanded("start")),
        ("/START", Commanded("start")),
        ("/start concern", Commanded("start", "concern")),
        ("/start@school_test_bot concern", Commanded("start", "concern")),
        ("/help\nme", Commanded("help", "me")),
        ("/", Wrote("/")),
        ("//", Wrote("//")),
        ("/no-such", Wrote("/no-such")),
        ("a /start", Wrote("a /start")),
        ("\ud83d", Wrote("\ufffd")),
        ("\ud83d\udc4d", Wrote("👍")),
        ("nul\x00", Wrote("nul\ufffd")),
    ],
)
def test_text_is_a_command_or_words(text: str, event: object) -> None:
    meaning = read({"message": message(PRIVATE, text=text)})

    assert isinstance(meaning, FromParent)
    assert meaning.incoming == Incoming(
        "telegram",
        "42",
        f"m7.1764000000.{len(text)}",
        event,
        "en",  # type: ignore[arg-type]
    )


def test_a_message_has_the_same_identity_however_often_it_comes() -> None:
    update = {"message": message(PRIVATE, text="x")}

    assert read({"update_id": 1, **update}) == read({"update_id": 99, **update})


@pytest.mark.parametrize(
    ("data", "event"),
    [
        ("q1:yes", Chose("q1", "yes")),
        ("preview.K7Q2-M4XP:send", Chose("preview.K7Q2-M4XP", "send")),
        ("findings:hide.insult-idiot", Chose("findings", "hide.insult-idiot")),
        ("none", Chose("", "none")),
        ("", Chose("", "")),
        (None, Chose("", "")),
    ],
)
def test_a_press_is_a_choice_whatever_its_data(data: str | None, event: object) -> None:
    press = {"id": "5", "from": {"id": 42}, "data": data, "message": message(PRIVATE)}

    meaning = read({"callback_query": press})

    assert isinstance(meaning, FromParent)
    assert (meaning.incoming.event, meaning.incoming.message) == (event, "c5")


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel", "of_2031", None, 5])
def test_elsewhere_is_only_a_place(kind: object) -> None:
    meaning = read({"message": message({"id": -1, "type": kind}, text=CANARY)})

    assert meaning == FromElsewhere(-1)


def test_a_live_location_that_moves_is_not_an_edit() -> None:
    moved = message(PRIVATE, location={"latitude": 1}, edit_date=2)

    assert read({"edited_message": moved}) is None


def test_notes_of_the_app_are_not_something_a_parent_said() -> None:
    assert read({"message": message(PRIVATE, pinned_message={})}) is None


def test_what_is_new_in_the_app_still_gets_an_answer() -> None:
    meaning = read({"message": message(PRIVATE, hologram={})})

    assert isinstance(meaning, FromParent)
    assert meaning.incoming.event == Attached("other")


@pytest.mark.parametrize("value", JUNK, ids=lambda value: repr(value)[:12])
def test_any_value_can_be_read(value: object) -> None:
    for update in (value, {"message": value}, {"callback_query": value}, {"my_chat_member": value}):
        read(update)


def test_clean_text_can_be_stored_and_sent() -> None:
    assert clean("plain") == "plain"
    assert clean("\ud83d\x00").encode() == "\ufffd\ufffd".encode()


class Quiet:
    """An Api that takes every call."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Mapping[str, Any]]] = []

    async def call(self, method: str, **parameters: Any) -> bool:
        self.calls.append((method, parameters))
        return True


async def test_mutated_updates_of_every_type_crash_nothing_and_groups_are_never_read(
    caplog: pytest.LogCaptureFixture, tell: Callable[[str], None]
) -> None:
    caplog.set_level(logging.DEBUG)
    api, chance = Quiet(), random.Random(7)
    handled: list[Incoming] = []
    asked: list[object] = []

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        handled.append(incoming)
        return [Reply("Which?", "q1", (Choice("yes", "Yes"),))]

    async def reached(conversation: str, reachable: bool) -> None:
        asked.append((conversation, reachable))

    sending = Sending(api, lambda _: reached("", False))  # type: ignore[arg-type]
    every = updates()
    of_type: dict[str, list[dict[str, Any]]] = {}
    for update in every:
        of_type.setdefault(next(iter(update)), []).append(update)
    mutated = (
        broken(chance.choice(private_first(samples, chance)), chance)
        for kind, samples in of_type.items()
        for _ in range(MUTATED * (5 if kind in FROM_PARENTS else 1))
    )
    meanings: dict[str, int] = {}

    async with asyncio.TaskGroup() as group:
        under_way: list[asyncio.Task[None]] = []

        def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
            under_way.append(group.create_task(work))
            return under_way[-1]

        texts = Texts("Write to me in private.", "Not for you.", "I could not take that in.")
        turns = Turns(handle, sending, texts, reached, spawn)
        for update in (*every, *mutated):
            meaning = read(update)
            meanings[type(meaning).__name__] = meanings.get(type(meaning).__name__, 0) + 1
            before, said = len(handled), len(api.calls)
            await turns.take(update)
            while under_way:
                await under_way.pop()
            if isinstance(meaning, FromParent):
                assert _kind_of_chat(update) == "private"
            else:
                assert len(handled) == before
                said_now = [(m, {**p, "callback_query_id": ""}) for m, p in api.calls[said:]]
                assert CANARY not in repr(said_now)

    assert {"FromParent", "FromElsewhere", "PressedElsewhere", "Reached"} <= meanings.keys()
    assert len(handled) > 3 * MUTATED
    assert CANARY not in caplog.text
    for incoming in handled:
        repr(incoming).encode()
        incoming.message.encode()
    tell(
        f"telegram: {len(every)} updates, and {MUTATED} or more mutated of each of"
        f" {len(of_type)} types: {sum(meanings.values())} read, {len(handled)} handled, 0 crashed,"
        " 0 read from groups"
    )


def private_first(samples: list[dict[str, Any]], chance: random.Random) -> list[dict[str, Any]]:
    """Half of the time, only those from private chats, where there are any."""
    private = [update for update in samples if _kind_of_chat(update) == "private"]
    return private if private and chance.random() < 0.5 else samples


def _kind_of_chat(update: Any) -> object:
    for kind in ("callback_query", "message", "edited_message"):
        if isinstance(update.get(kind), dict) and update[kind]:
            content = update[kind]
            holder = content.get("message") if kind == "callback_query" else content
            chat = holder.get("chat") if isinstance(holder, dict) else None
            return chat.get("type") if isinstance(chat, dict) else None
    return None


def test_the_kinds_of_meaning_are_all_there_are() -> None:
    blocked = {"chat": PRIVATE, "new_chat_member": {"status": "kicked"}}

    assert read({"my_chat_member": blocked}) == Reached("42", False)
    assert read({"callback_query": {"id": "5", "inline_message_id": "x"}}) == PressedElsewhere("5")
