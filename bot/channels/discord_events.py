"""What a Discord event means to us. Pure: JSON in, one small value out, whatever the JSON holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any  # An event is foreign JSON: anything may be anywhere in it.

from bot.channels import Incoming
from dialogs.messages import Attached, Chose, Commanded, Event, Wrote

#: The events that we listen to. The library never sees another, so it keeps nothing of servers.
WANTED = ("MESSAGE_CREATE", "MESSAGE_UPDATE", "INTERACTION_CREATE")
#: The custom id of the button that opens the form, of the form, and of the words in it.
WRITE = "write"
#: A button whose custom id starts like this stands for a command.
COMMAND = "/"

_MESSAGE_TYPES = (0, 19)  # said, and said in reply; the rest are notes of the app itself
_COMMAND, _BUTTON, _FORM = 2, 3, 5  # interaction types
_IN_SERVER = ("guild_id", "guild", "member")
_NONE = (None, "")
_PRIVATE = (None, 1)  # of `context` and of a channel's type: a direct message with the bot
_VOICE, _FORWARD = 1 << 13, 1  # a message flag; a type of reference
_TYPED = re.compile(r"/([A-Za-z0-9_-]{1,32})(?:\s+(.*))?", re.DOTALL)
_SNOWFLAKE = re.compile(r"[0-9]{1,20}", re.ASCII)
_CUSTOM_ID = 100  # Discord's limit, in characters


@dataclass(frozen=True, slots=True)
class Interaction:
    """A slash command, a button or a form, and what is needed to answer it.

    `message` is the one that the button was on, as Discord shows it now; `pressed` its custom id.
    """

    id: str
    token: str
    kind: int
    pressed: str = ""
    message: Mapping[str, Any] | None = None

    @property
    def is_command(self) -> bool:
        return self.kind == _COMMAND

    @property
    def has_message(self) -> bool:
        """Whether it came from a message of the bot, which needs no answer of its own."""
        return self.kind in (_BUTTON, _FORM) and self.message is not None


@dataclass(frozen=True, slots=True)
class FromParent:
    """What a parent did in their direct messages; a photo with words under it is two things."""

    conversation: str
    channel: str
    incoming: tuple[Incoming, ...]
    interaction: Interaction | None = None


@dataclass(frozen=True, slots=True)
class AsksToWrite:
    """The button that opens the form was pressed, in direct messages."""

    interaction: Interaction


@dataclass(frozen=True, slots=True)
class FromElsewhere:
    """A command or button in a server, or on another person's message: nothing of it is read."""

    conversation: str
    interaction: Interaction


Meaning = FromParent | AsksToWrite | FromElsewhere | None


def read(name: str, event: object) -> Meaning:
    """The meaning of one event; None for what does not concern us."""
    if not isinstance(event, Mapping):
        return None
    if name == "MESSAGE_CREATE":
        return _read_message(event)
    if name == "MESSAGE_UPDATE":
        return _read_edit(event)
    if name == "INTERACTION_CREATE":
        return _read_interaction(event)
    return None


def snowflake(value: object) -> str:
    """A Discord id as text, or empty for what is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and _SNOWFLAKE.fullmatch(value) else ""


def clean(text: str) -> str:
    """`text` without what no store or letter can hold: lone surrogates and NUL become U+FFFD."""
    text = text.replace("\x00", "\ufffd")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _read_message(message: Mapping[str, Any]) -> Meaning:
    parent, identity = _author(message), snowflake(message.get("id"))
    kind = message.get("type", 0)
    if not parent or not identity or kind not in _MESSAGE_TYPES or isinstance(kind, bool):
        return None
    events: list[tuple[str, Event]] = []
    words = message.get("content")
    if isinstance(words, str) and words.strip():
        events.append((f"m{identity}", _said(clean(words))))
    what = _attached(message)
    if what or not events:
        events.append((f"m{identity}{'.also' if events else ''}", Attached(what or "other")))
    return FromParent(
        parent,
        snowflake(message.get("channel_id")),
        tuple(Incoming("discord", parent, each, event) for each, event in events),
    )


def _read_edit(message: Mapping[str, Any]) -> Meaning:
    """An edit is answered, not obeyed: the words that counted are those that were sent first."""
    parent, identity = _author(message), snowflake(message.get("id"))
    when = message.get("edited_timestamp")
    if not parent or not identity or not isinstance(when, str):
        return None  # Discord also "edits" a message to add the preview of a link
    edited = "".join(c for c in when if c in "0123456789")[:20]
    incoming = Incoming("discord", parent, f"e{identity}.{edited}", Attached("edited"))
    return FromParent(parent, snowflake(message.get("channel_id")), (incoming,))


def _author(message: Mapping[str, Any]) -> str:
    """Whose direct message it is; empty for a server's, a program's or nobody's."""
    author = _mapping(message.get("author"))
    if any(message.get(key) not in _NONE for key in (*_IN_SERVER, "webhook_id")):
        return ""
    if message.get("channel_type") not in _PRIVATE or author.get("bot") or author.get("system"):
        return ""
    return snowflake(author.get("id"))


def _said(words: str) -> Event:
    if command := _TYPED.fullmatch(words.strip()):
        return Commanded(command[1].lower(), (command[2] or "").strip())
    return Wrote(words)


def _attached(message: Mapping[str, Any]) -> str:
    """The kind of what came with, or instead of, words. The thing itself is never fetched."""
    flags = message.get("flags")
    reference = _mapping(message.get("message_reference"))
    if isinstance(flags, int) and flags & _VOICE:
        return "voice"
    if reference.get("type") == _FORWARD or message.get("message_snapshots"):
        return "forward"
    for file in _list(message.get("attachments")):
        kind = str(_mapping(file).get("content_type")).partition("/")[0]
        return {"image": "photo", "video": "video", "audio": "voice"}.get(kind, "document")
    if message.get("sticker_items") or message.get("stickers"):
        return "sticker"
    return "poll" if message.get("poll") else ""


def _read_interaction(event: Mapping[str, Any]) -> Meaning:
    identity, token, kind = snowflake(event.get("id")), event.get("token"), event.get("type")
    data = _mapping(event.get("data"))
    if not identity or not isinstance(token, str) or not token or isinstance(kind, bool):
        return None
    if kind not in (_COMMAND, _BUTTON, _FORM):
        return None
    message = event.get("message")
    pressed = data.get("custom_id")
    interaction = Interaction(
        identity,
        token,
        kind,
        clean(pressed)[:_CUSTOM_ID] if isinstance(pressed, str) else "",
        message if isinstance(message, Mapping) else None,
    )
    parent = snowflake(_mapping(event.get("user")).get("id"))
    if not parent or not _is_private(event, parent):
        member = _mapping(_mapping(event.get("member")).get("user"))
        return FromElsewhere(snowflake(member.get("id")) or parent, interaction)
    if kind == _BUTTON and interaction.pressed == WRITE:
        return AsksToWrite(interaction)
    language = event.get("locale")
    incoming = Incoming(
        "discord",
        parent,
        f"i{identity}",
        _done(interaction, data),
        clean(language) if isinstance(language, str) and len(language) <= 35 else "",
    )
    return FromParent(parent, _where(event), (incoming,), interaction)


def _is_private(event: Mapping[str, Any], parent: str) -> bool:
    """Whether this is the parent's own direct message with the bot."""
    if any(event.get(key) not in _NONE for key in _IN_SERVER):
        return False
    channel = _mapping(event.get("channel"))
    if event.get("context") not in _PRIVATE or channel.get("type") not in _PRIVATE:
        return False
    known = {snowflake(_mapping(one).get("id")) for one in _list(channel.get("recipients"))}
    bot = snowflake(event.get("application_id"))
    if known and parent not in known and bot not in known:
        return False
    message = _mapping(event.get("message"))
    asked = _mapping(message.get("interaction_metadata") or message.get("interaction"))
    owner = snowflake(_mapping(asked.get("user")).get("id"))
    return not owner or owner == parent


def _done(interaction: Interaction, data: Mapping[str, Any]) -> Event:
    """What a parent did. Whatever it is, the dialogue sees it: a forgery gets a kind answer."""
    if interaction.kind == _COMMAND:
        name = data.get("name")
        values = [_mapping(one).get("value") for one in _list(data.get("options"))]
        argument = " ".join(clean(value) for value in values if isinstance(value, str))
        return Commanded(clean(name)[:32].lower() if isinstance(name, str) else "", argument)
    if interaction.kind == _FORM and interaction.pressed == WRITE:
        return Wrote(next(_words(data.get("components")), ""))
    if interaction.pressed.startswith(COMMAND):
        return Commanded(interaction.pressed.removeprefix(COMMAND))
    question, colon, choice = interaction.pressed.partition(":")
    return Chose(question, choice) if colon else Chose("", interaction.pressed)


def _words(components: object, depth: int = 0) -> Iterator[str]:
    """The text fields of a form, in rows or under labels."""
    for one in _list(components) if depth < 4 else ():
        part = _mapping(one)
        if isinstance(value := part.get("value"), str):
            yield clean(value)
        yield from _words(part.get("components"), depth + 1)
        yield from _words([part.get("component")], depth + 1)


def _where(event: Mapping[str, Any]) -> str:
    channel = _mapping(event.get("channel")).get("id")
    return snowflake(event.get("channel_id")) or snowflake(channel)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
