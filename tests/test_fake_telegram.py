"""The fake Bot API keeps Telegram's rules: a bot that breaks one is found out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.fake_telegram import DAY, FakeTelegram


@pytest.fixture
async def server() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        server.chat(1)
        yield server


async def call(server: FakeTelegram, method: str, **parameters: Any) -> Any:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{server.url}/bot{server.token}/{method}", json=parameters) as answer,
    ):
        found = await answer.json()
    return found["result"] if found["ok"] else (found["error_code"], found["description"])


async def test_updates_stay_until_a_later_offset_confirms_them(server: FakeTelegram) -> None:
    first = server.put_message(1, text="a")
    server.put_message(1, text="b")

    assert len(await call(server, "getUpdates")) == 2
    assert len(await call(server, "getUpdates", offset=first)) == 2
    assert len(await call(server, "getUpdates", offset=first + 1)) == 1
    assert len(await call(server, "getUpdates")) == 1


async def test_updates_are_kept_for_a_day(server: FakeTelegram) -> None:
    server.put_message(1, text="a")
    now = server.clock()

    server.clock = lambda: now + DAY + 1

    assert await call(server, "getUpdates") == []


async def test_a_second_poller_ousts_the_first(server: FakeTelegram) -> None:
    first = asyncio.create_task(call(server, "getUpdates", timeout=5))
    await asyncio.sleep(0.1)

    assert await call(server, "getUpdates", timeout=0) == []

    assert (await first)[0] == 409


async def test_nobody_polls_beside_a_webhook(server: FakeTelegram) -> None:
    await call(server, "setWebhook", url="http://127.0.0.1:1/x", secret_token="x")

    assert (await call(server, "getUpdates"))[0] == 409

    await call(server, "deleteWebhook")
    assert await call(server, "getUpdates") == []


async def test_a_press_is_answered_once_and_in_time(server: FakeTelegram) -> None:
    early = server.put_press(1, {"chat": {"id": 1}}, "q:a")
    late = server.put_press(1, {"chat": {"id": 1}}, "q:a")
    now = server.clock()

    assert await call(server, "answerCallbackQuery", callback_query_id=early) is True
    assert (await call(server, "answerCallbackQuery", callback_query_id=early))[0] == 400
    server.clock = lambda: now + 60
    assert (await call(server, "answerCallbackQuery", callback_query_id=late))[0] == 400


KEYBOARD = {"inline_keyboard": [[{"text": "A", "callback_data": "x" * 65}]]}


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"text": ""}, "empty"),
        ({"text": "👍" * 2049}, "too long"),
        ({"text": "abc", "entities": [{"type": "bold", "offset": 2, "length": 2}]}, "ENTITY"),
        ({"text": "👍", "entities": [{"type": "bold", "offset": 0, "length": 1}]}, "surrogate"),
        ({"text": "a", "reply_markup": KEYBOARD}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "parse_mode": "HTML"}, "parse_mode"),
        ({"text": "a", "chat_id": 99}, "chat not found"),
    ],
)
async def test_a_message_that_telegram_would_refuse_is_refused(
    parameters: dict[str, Any], reason: str, server: FakeTelegram
) -> None:
    code, description = await call(server, "sendMessage", **{"chat_id": 1, **parameters})

    assert (code, reason in description) == (400, True)


async def test_an_edit_has_to_change_something_that_is_there(server: FakeTelegram) -> None:
    number = (await call(server, "sendMessage", chat_id=1, text="a"))["message_id"]
    edit = {"chat_id": 1, "message_id": number, "text": "a"}

    assert "not modified" in (await call(server, "editMessageText", **edit))[1]
    assert "not found" in (await call(server, "editMessageText", **{**edit, "message_id": 1}))[1]
    assert (await call(server, "editMessageText", **{**edit, "text": "b"}))["text"] == "b"


async def test_a_parent_who_blocked_the_bot_hears_nothing(server: FakeTelegram) -> None:
    server.chat(1).blocked = True

    assert (await call(server, "sendMessage", chat_id=1, text="a"))[0] == 403


async def test_a_chat_that_is_slowed_down_says_for_how_long(server: FakeTelegram) -> None:
    server.slow_down(1, 2.5)

    assert (await call(server, "sendMessage", chat_id=1, text="a"))[0] == 429
    assert (await call(server, "sendMessage", chat_id=2, text="a"))[0] == 400
