"""What is known of threads and of ourselves when a mail is judged, and what may come of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.bounces import Bounce


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread that can be answered: by whom (small letters), and until when."""

    reference: str
    senders: frozenset[str]
    expires: datetime


@dataclass(frozen=True, slots=True)
class Rules:
    """What tells our own mail, server and tokens from everybody else's.

    `server` is the name that the school's mail server signs its Authentication-Results with;
    while it is empty, nothing is authenticated. `own` are the addresses and `names` the display
    names that our letters come from (one of a single word is in too many answers to tell anything);
    `pattern` is the reply address with `*` for the token.
    """

    server: str
    own: frozenset[str]
    names: frozenset[str]
    keys: tuple[bytes, ...]
    pattern: str


#: Why a mail was held or let go. Short names for lists and logs, never words of the mail.
Held = Literal[
    "no_token", "several_tokens", "unknown_thread", "expired", "sender", "several_from",
    "authentication", "broken", "too_big", "bounce", "unreadable",
]  # fmt: skip
Unclear = Literal["empty", "unsure", "too_long"]
Automatic = Literal["own_mail", "loop", "list", "auto_reply"]


@dataclass(frozen=True, slots=True)
class Relay:
    """The office's answer: `words` may go to the parent, exactly so."""

    reference: str
    words: str
    had_attachments: bool


@dataclass(frozen=True, slots=True)
class Ask:
    """It is the office, but which words are the answer is not certain: held, and asked."""

    reference: str
    reason: Unclear


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Not to be trusted or not to be placed. `reference` is empty unless a token proved one."""

    reason: Held
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Bounced:
    """A letter of ours came back."""

    bounce: Bounce


@dataclass(frozen=True, slots=True)
class Ignore:
    """Written by a machine to nobody: kept, and nothing else is done."""

    reason: Automatic


Verdict = Relay | Ask | Quarantine | Bounced | Ignore
