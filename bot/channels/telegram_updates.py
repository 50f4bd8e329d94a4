"""What a Telegram update means to us. Pure: any JSON in, one small value out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any  # An update is foreign JSON: anything may be anywhere in it.

from bot.channels import Incoming
from dialogs.messages import Attached, Chose, Commanded, Event, Wrote

#: What we ask Telegram to send. Anything else that still arrives is left unread.
WANTED = ("message", "edited_message", "channel_post", "callback_query", "my_chat_member")

#: Telegram's name for a kind of message, and ours. The first that is present counts.
ATTACHMENTS = {
    "forward_origin": "forward",
    "forward_date": "forward",
    "photo": "photo",
    "voice": "voice",
    "audio": "voice",
    "video": "video",
    "video_note": "video",
    "animation": "video",
    "sticker": "sticker",
    "dice": "sticker",
    "document": "document",
    "contact": "contact",
    "location": "location",
    "venue": "location",
    "poll": "poll",
}

#: Notes of the app itself about the chat. They are not something a parent said.
_NOTES = (
    "boost_added channel_chat_created chat_background_set chat_owner_changed chat_owner_left "
    "chat_shared connected_website delete_chat_photo direct_message_price_changed "
    "forum_topic_closed forum_topic_created forum_topic_edited forum_topic_reopened "
    "general_forum_topic_hidden general_forum_topic_unhidden group_chat_created "
    "left_chat_member managed_bot_created message_auto_delete_timer_changed "
    "migrate_from_chat_id migrate_to_chat_id new_chat_members new_chat_photo new_chat_title "
    "paid_message_price_changed passport_data pinned_message proximity_alert_triggered "
    "refunded_payment successful_payment supergroup_chat_created users_shared video_chat_ended "
    "video_chat_participants_invited video_chat_scheduled video_chat_started web_app_data "
    "write_access_allowed"
)
NOTES = frozenset(_NOTES.split())

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@[A-Za-z0-9_]{1,64})?(?:\s+(.*))?", re.DOTALL)
_PRESS_DATA = 64  # Telegram's limit for the data of a button, in bytes
_BIGGEST_ID = 2**63


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed, and the message it was on as Telegram shows it now."""

    id: str
    data: str
    message: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FromParent:
    """Something a parent did in their private chat. Parts of one album share its id."""

    chat: int
    incoming: Incoming
    press: Press | None = None
    album: str = ""


@dataclass(frozen=True, slots=True)
class FromElsewhere:
    """Something in a group, channel or topic: only where it was, nothing of what it was."""

    chat: int
    topic: int | None = None


@dataclass(frozen=True, slots=True)
class PressedElsewhere:
    """A button pressed by someone who may not: in a group, or not by the owner of the chat."""

    id: str


@dataclass(frozen=True, slots=True)
class Reached:
    """A parent blocked the bot (`reachable` is False), or let it in again."""

    conversation: str
    reachable: bool


Meaning = FromParent | FromElsewhere | PressedElsewhere | Reached | None


def read(update: object) -> Meaning:
    """The meaning of one update; None for what does not concern us."""
    if not isinstance(update, Mapping):
        return None
    if press := _mapping(update.get("callback_query")):
        return _read_press(press)
    if message := _mapping(update.get("message")):
        return _read_message(message)
    if message := _mapping(update.get("edited_message")):
        return _read_edit(message)
    if message := _mapping(update.get("channel_post")):
        chat = _id(_mapping(message.get("chat")).get("id"))
        return None if chat is None else FromElsewhere(chat)
    if change := _mapping(update.get("my_chat_member")):
        return _read_membership(change)
    return None


def clean(text: str) -> str:
    """`text` without what no store or letter can hold: lone surrogates and NUL become U+FFFD."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _read_message(message: Mapping[str, Any]) -> Meaning:
    chat, identity = _mapping(message.get("chat")), _id(message.get("message_id"))
    where = _id(chat.get("id"))
    if where is None:
        return None
    if chat.get("type") != "private":
        topic = _id(message.get("message_thread_id")) if message.get("is_topic_message") else None
        return FromElsewhere(where, topic)
    event = _event(message)
    if event is None or identity is None or _mapping(message.get("from")).get("is_bot") is True:
        return None
    album = message.get("media_group_id")
    return FromParent(
        where,
        _incoming(where, _identity(identity, message), event, message),
        album=album[:64] if isinstance(album, str) else "",
    )


def _identity(number: int, message: Mapping[str, Any]) -> str:
    """The same for one message however often it comes, and under whichever update.

    Date and length are in it for servers that, unlike Telegram, number messages anew.
    """
    text = message.get("text")
    length = len(text) if isinstance(text, str) else 0
    return f"m{number}.{_id(message.get('date')) or 0}.{length}"


def _event(message: Mapping[str, Any]) -> Event | None:
    for key, what in ATTACHMENTS.items():
        if message.get(key):
            return Attached(what)
    text = message.get("text")
    if isinstance(text, str) and text:
        text = clean(text)
        if command := _COMMAND.fullmatch(text):
            return Commanded(command[1].lower(), (command[2] or "").strip())
        return Wrote(text)
    return None if NOTES & message.keys() else Attached("other")


def _read_edit(message: Mapping[str, Any]) -> Meaning:
    """An edit is answered, not obeyed: the words that counted are those that were sent first."""
    chat, identity = _mapping(message.get("chat")), _id(message.get("message_id"))
    where = _id(chat.get("id"))
    moved = "location" in message  # a live location is edited by the app, again and again
    if where is None or identity is None or chat.get("type") != "private" or moved:
        return None
    if _mapping(message.get("from")).get("is_bot") is True:
        return None
    edited = _id(message.get("edit_date")) or 0
    return FromParent(where, _incoming(where, f"e{identity}.{edited}", Attached("edited"), message))


def _read_press(press: Mapping[str, Any]) -> Meaning:
    identity = press.get("id")
    if not isinstance(identity, str) or not 0 < len(identity) <= 128:
        return None
    message = _mapping(press.get("message"))
    chat = _mapping(message.get("chat"))
    where = _id(chat.get("id"))
    data = press.get("data")
    owner = _id(_mapping(press.get("from")).get("id"))
    if where is None or chat.get("type") != "private" or where != owner:
        return PressedElsewhere(clean(identity))
    # Whatever the data is, the dialogue sees it and decides; a forged button gets a kind answer.
    known = clean(data)[:_PRESS_DATA] if isinstance(data, str) else ""
    question, colon, choice = known.partition(":")
    event = Chose(question, choice) if colon else Chose("", known)
    return FromParent(
        where,
        _incoming(where, clean(f"c{identity}"), event, press),
        Press(clean(identity), known, message),
    )


def _read_membership(change: Mapping[str, Any]) -> Meaning:
    chat = _mapping(change.get("chat"))
    where = _id(chat.get("id"))
    status = _mapping(change.get("new_chat_member")).get("status")
    if where is None or chat.get("type") != "private" or status not in ("kicked", "member"):
        return None
    return Reached(str(where), status == "member")


def _incoming(chat: int, message: str, event: Event, source: Mapping[str, Any]) -> Incoming:
    language = _mapping(source.get("from")).get("language_code")
    known = language if isinstance(language, str) and len(language) <= 35 else ""
    return Incoming("telegram", str(chat), message, event, clean(known))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _id(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if -_BIGGEST_ID < value < _BIGGEST_ID else None
