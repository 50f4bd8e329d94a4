"""Every value that crosses the border of the dialogue: events in; replies and effects out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Chose:
    """A button. `choice` is a choice id, or `trigger.argument` (`hide.insult-idiot`)."""

    question: str
    choice: str


@dataclass(frozen=True, slots=True)
class Wrote:
    """Anything typed: a label, a number, or words."""

    text: str


@dataclass(frozen=True, slots=True)
class Commanded:
    """A slash command, without the slash. `argument` is what followed it (`/start concern`)."""

    command: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Reminded:
    """Something came due: `check_in`, which the parent asked for, or `sorted.REFERENCE`."""

    what: str


@dataclass(frozen=True, slots=True)
class Answered:
    """School's words in answer to a letter of this conversation. Shown once, and not kept.

    `again` says that they may have been shown before, where a channel cannot know.
    """

    reference: str
    words: str
    had_attachments: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Attached:
    """Something that is not text: a photo, a file, a voice note. The thing itself is never read."""

    what: str


Event = Chose | Wrote | Commanded | Reminded | Answered | Attached


@dataclass(frozen=True, slots=True)
class Choice:
    """One button; sent back as `Chose(reply.question, id)`."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One thing the bot says.

    `choices` are numbered from 1 (at most five). `navigation` follows, numbered 6 to 9 in every
    conversation: help, talk, back, stop. A reply with no choices and no navigation is plain words.
    `emphasis` holds (start, length) spans of `text`, counted in code points.
    `verbatim` marks text that a channel must show exactly as it is: never re-wrapped or marked up.
    `refused` says that the button just pressed no longer counts: a channel that turns a pressed
    message into a record of what was chosen leaves that one alone.
    `asks_for_words` says that the screen wants the parent's own words: a channel may offer a form.
    """

    text: str
    question: str = ""
    choices: tuple[Choice, ...] = ()
    navigation: tuple[Choice, ...] = ()
    emphasis: tuple[tuple[int, int], ...] = ()
    verbatim: bool = False
    refused: bool = False
    asks_for_words: bool = False


@dataclass(frozen=True, slots=True)
class Concern:
    """What a parent pressed Send on.

    `body` is byte for byte what the preview showed; `subject` holds kind and reference only.
    `roles` says who receives it (`office`, `head`, `chair`, `safeguarding`); the addresses are
    the school's and are looked up when the letter is written.
    """

    reference: str
    kind: str
    roles: tuple[str, ...]
    subject: str
    body: str
    language: str
    promised: date | None


@dataclass(frozen=True, slots=True)
class PassOn:
    """Give a concern to the school."""

    concern: Concern


@dataclass(frozen=True, slots=True)
class AddToThread:
    """Give school what a parent pressed Send on, for a concern that school already has.

    It goes where the letters of that concern went, and to those of `roles` that had none. `key`
    is a fresh reference: what was added under it is never added twice. `body` is byte for byte
    what the preview showed. From now on the thread is with `roles`, and waits for an answer by
    `promised`.
    """

    reference: str
    key: str
    roles: tuple[str, ...]
    subject: str
    body: str
    promised: date


@dataclass(frozen=True, slots=True)
class Settle:
    """What the parent said became of a thread: `sorted` or `not_sorted`. The latest word counts."""

    reference: str
    how: str


@dataclass(frozen=True, slots=True)
class Remind:
    """Send `Reminded(what)` into this conversation at `at`; a later one replaces an earlier one.

    `at` None takes back the one that is waiting, if any. `keep` is the parent's post, kept until
    then because the parent asked for it; any later `Remind` of the same wipes it.
    """

    what: str
    at: datetime | None
    keep: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Forget:
    """Wipe all that is held of this conversation, apart from letters that were already sent."""


@dataclass(frozen=True, slots=True)
class Count:
    """One more of something, without saying whose."""

    what: str


Effect = PassOn | AddToThread | Settle | Remind | Forget | Count


@dataclass(frozen=True, slots=True)
class Thread:
    """One concern of this conversation and what followed it, as far as a turn may know.

    `answered` says that school has answered at least once; `sorted` that the parent said so last.
    `roles` is who has its letters.
    """

    reference: str
    kind: str
    answered: bool = False
    sorted: bool = False
    roles: tuple[str, ...] = ("office",)


@dataclass(frozen=True, slots=True)
class Given:
    """The outside facts that a turn may use: handed in, never fetched.

    `now` is aware, in the school's time zone. `reference` is fresh for this message
    (`K7Q2-M4XP`). `sent_today` counts the concerns this conversation sent since midnight.
    `answers_here` is true only when the school's answer can come back into this chat, whatever
    way to answer the parent chose. `threads` are this conversation's own that have not expired,
    newest first. `added_today` counts what it added to them since midnight. `reminder` is when
    the check-in comes that is waiting; `kept` is the post that is kept for it.
    """

    now: datetime
    reference: str
    sent_today: int = 0
    answers_here: bool = False
    threads: tuple[Thread, ...] = ()
    added_today: int = 0
    reminder: datetime | None = None
    kept: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """One place in a draft: `start` and `length` count code points of the draft.

    `rule` and `family` name the rule that fired; `clause` is B1 to B4 or `ours`.
    """

    start: int
    length: int
    words: str
    rule: str
    family: str
    clause: str
    reason: str
    gentler: str
    values: Mapping[str, str] = field(default_factory=dict)
