"""What the history of a chat says about what was missed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any  # Messages of Discord's API are JSON.

from bot.channels.discord_events import FromParent, read
from bot.channels.discord_replies import CHOSEN, was_said_by_bot

#: How far to look back for a parent that nothing is known of, in milliseconds.
_A_DAY = 24 * 60 * 60 * 1000
#: An edit (`e…`) has the id of an older message, so it says nothing about when.
_IDENTITY = re.compile(r"[mi]([0-9]{1,20})", re.ASCII)

Said = Mapping[str, Any]


class Answer(Enum):
    """What became of the answer to the latest message that was handled."""

    SHOWN = auto()
    LOST = auto()
    #: The bot spoke later, but that may have been the answer to the message before.
    UNCLEAR = auto()


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest message that was handled in a conversation, and when the one before it was."""

    identity: str
    at: int
    before: int


def when(identity: str) -> int | None:
    """The place of a message in time; Discord's ids grow."""
    found = _IDENTITY.match(identity)
    return int(found[1]) if found else None


def latest(handled: Iterable[tuple[str, str]]) -> dict[str, Latest]:
    """The latest message of each conversation."""
    found: dict[str, Latest] = {}
    for conversation, identity in handled:
        at = when(identity)
        if at is None:
            continue
        known = found.get(conversation)
        if known is None or at > known.at:
            before = known.at if known else at
            found[conversation] = Latest(identity.partition(".")[0], at, before)
        elif known.before == known.at or known.before < at < known.at:
            found[conversation] = Latest(known.identity, known.at, at)
    return found


def missed(
    said: Iterable[Said], conversation: str, since: int, until: int | None
) -> list[FromParent]:
    """What the parent said between two places in time."""
    return [
        heard
        for one in said
        if since < int(one["id"])
        and (until is None or int(one["id"]) < until)
        and isinstance(heard := read("MESSAGE_CREATE", one), FromParent)
        and heard.conversation == conversation
    ]


def unanswered(said: Sequence[Said], now: int) -> int:
    """Since when, at the end of a chat, the bot has not spoken; today's messages only."""
    since = now
    for one in reversed(said):
        if was_said_by_bot(one) or (now - int(one["id"])) >> 22 > _A_DAY:
            break
        since = int(one["id"]) - 1
    return since


def answer(said: Iterable[Said], to: Latest) -> Answer:
    """Whether the chat shows an answer; `said` begins after the message before."""
    spoken = [int(one["id"]) for one in said if was_said_by_bot(one)]
    if not any(at > to.at for at in spoken):
        return Answer.LOST
    waited = to.before == to.at or any(at < to.at for at in spoken)
    return Answer.SHOWN if waited else Answer.UNCLEAR


def shows(said: Iterable[Said], content: str) -> bool:
    """Whether the bot has said just this, whatever was chosen there since."""
    whole, recorded = content.strip(), f"{content.strip()}\n\n{CHOSEN}"
    contents = [str(one.get("content")) for one in said if was_said_by_bot(one)]
    return any(one.strip() == whole or one.startswith(recorded) for one in contents)
