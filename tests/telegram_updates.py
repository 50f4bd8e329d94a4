"""One update of every type that the Bot API has, and ways to break it."""

from __future__ import annotations

import copy
import random
from typing import Any

from telegram.constants import MessageType, UpdateType

#: What nobody but the handler may ever see.
CANARY = "CANARY-a1b2"

USER = {"id": 42, "is_bot": False, "first_name": CANARY, "username": CANARY, "language_code": "en"}
PRIVATE = {"id": 42, "type": "private", "first_name": CANARY}
OTHERS = [
    {"id": -100, "type": "group", "title": CANARY},
    {"id": -101, "type": "supergroup", "title": CANARY, "is_forum": True},
    {"id": -102, "type": "channel", "title": CANARY},
    {"id": -103, "type": "of_2031", "title": CANARY},
]
JUNK: list[Any] = [
    None, True, False, 0, -1, 2**31, 2**63, -(2**70), 1.5, float("inf"), "", "x", CANARY, "\x00",
    "\ud83d", "\U0001f469\u200d\U0001f3eb" * 50, "a" * 10_000, "/start", "/" * 300, ":", "q1:yes",
    [], [[]], [None], {}, {"id": {}}, {"id": 42, "type": "private"}, [{"callback_data": 1}], "42",
]  # fmt: skip


def message(chat: dict[str, Any], **content: Any) -> dict[str, Any]:
    return {
        "message_id": 7,
        "date": 1_764_000_000,
        "from": USER,
        "chat": chat,
        **({"message_thread_id": 3, "is_topic_message": True} if chat.get("is_forum") else {}),
        **content,
    }


def contents() -> list[dict[str, Any]]:
    """One content of each kind that a message can have."""
    thing = {"id": "1", "file_id": CANARY, "text": CANARY, "user_id": 9, "title": CANARY}
    found: list[dict[str, Any]] = [
        {"text": CANARY},
        {"text": f"/start {CANARY}", "entities": [{"type": "bot_command", "offset": 0}]},
        {"text": CANARY, "forward_origin": {"type": "hidden_user", "sender_user_name": CANARY}},
        {"photo": [thing], "caption": CANARY, "media_group_id": "5"},
        {"location": {"latitude": 51.5, "longitude": 0.1}},
        {"text": CANARY, "reply_to_message": {"message_id": 1, "text": CANARY}},
    ]
    return found + [{kind.value: thing} for kind in MessageType if kind is not MessageType.TEXT]


def updates() -> list[dict[str, Any]]:
    """Every type of update, in every kind of chat, with every kind of content."""
    found: list[dict[str, Any]] = []
    keyboard = {"inline_keyboard": [[{"text": CANARY, "callback_data": "q1:yes"}]]}
    for chat in (PRIVATE, *OTHERS):
        for content in contents():
            for kind in ("message", "edited_message", "channel_post", "edited_channel_post"):
                found.append({kind: message(chat, **{"edit_date": 1, **content})})
            for kind in ("business_message", "edited_business_message", "guest_message"):
                business = {"business_connection_id": CANARY, **content}
                found.append({kind: message(chat, **business)})
        shown = message(chat, text=CANARY, reply_markup=keyboard)
        press = {"id": "5", "from": USER, "chat_instance": "1", "data": "q1:yes"}
        found += [
            {"callback_query": {**press, "message": shown}},
            {"callback_query": {**press, "message": {"chat": chat, "message_id": 7, "date": 0}}},
            {"callback_query": {**press, "inline_message_id": CANARY}},
            {"callback_query": {**press, "message": shown, "data": None, "game_short_name": "x"}},
            *(
                {"my_chat_member": {"chat": chat, "from": USER, "new_chat_member": {"status": now}}}
                for now in ("member", "kicked", "left")
            ),
        ]
        for kind in UpdateType:
            if not any(kind.value in update for update in found):
                found.append({kind.value: {"id": "1", "chat": chat, "from": USER, "query": CANARY}})
    return found


def broken(update: dict[str, Any], chance: random.Random) -> Any:
    """A copy of an update with one to four things in it changed, gone, doubled or swapped."""
    update = copy.deepcopy(update)
    for _ in range(chance.randint(1, 4)):
        places = list(_places(update))
        holder, key = chance.choice(places)
        match chance.randrange(5):
            case 0:
                holder[key] = copy.deepcopy(chance.choice(JUNK))
            case 1:
                del holder[key]
            case 2:
                holder[key] = [holder[key]] * 3
            case 3:
                other, there = chance.choice(places)
                holder[key] = copy.deepcopy(other[there]) if there in _keys(other) else None
            case _:
                holder[key] = {"chat": holder[key], "message": holder[key], "id": holder[key]}
        if not update:
            break
    return update


def _places(value: Any) -> Any:
    for key in _keys(value):
        yield value, key
        yield from _places(value[key])


def _keys(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value)
    return list(range(len(value))) if isinstance(value, list) else []
