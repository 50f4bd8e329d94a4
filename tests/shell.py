"""What tests of the shell share: a clock to set, a small dialogue, a chat that takes notes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.channels import Channel, Incoming
from bot.store import Store
from dialogs.dialogue import Step
from dialogs.messages import (
    AddToThread,
    Answered,
    Commanded,
    Concern,
    Count,
    Event,
    Forget,
    Given,
    PassOn,
    Remind,
    Reminded,
    Reply,
    Settle,
    Wrote,
)
from dialogs.session import Session
from tests.postgres import server

#: A Monday in term, eleven in the morning in London.
MONDAY = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **amount: float) -> None:
        self.now += timedelta(**amount)


class TinyDialogue:
    """A dialogue of one screen: it counts the turns, and does what it is told in words."""

    def begin(self, language: str = "") -> Session:
        return Session(state="0", language=language or "en")

    def show(self, session: Session, given: Given) -> tuple[Reply, ...]:
        return (Reply(f"turn {session.state}, sent {session.sent.get('reference', 'nothing')}"),)

    def take(self, session: Session, event: Event, given: Given) -> Step:
        session = replace(session, state=str(int(session.state) + 1))
        match event:
            case Wrote("boom"):
                raise LookupError("boom")
            case Wrote(text) if text.startswith("send "):
                concern = concern_of(text.removeprefix("send "), given.reference)
                if given.answers_here:
                    concern = replace(
                        concern,
                        body=f"{marker(given.reference)}\n{concern.body}\n",
                        promised=given.now.date() + timedelta(days=7),
                    )
                session = replace(session, sent={"reference": given.reference})
                return Step(
                    session, self.show(session, given), (PassOn(concern), Count("passed_on"))
                )
            case Wrote(text) if text.startswith("add "):
                reference, words = text.removeprefix("add ").split(" ", 1)
                thread = next((one for one in given.threads if one.reference == reference), None)
                roles = thread.roles if thread else ("office",)
                if "unsafe" in words and "safeguarding" not in roles:
                    roles = (*roles, "safeguarding")
                more = AddToThread(
                    reference,
                    given.reference,
                    roles,
                    f"Re: {reference}",
                    words,
                    given.now.date(),
                )
                return Step(session, (Reply("added"),), (more,))
            case Wrote(text) if text.startswith("sorted "):
                settle = Settle(text.removeprefix("sorted "), "sorted")
                return Step(session, (Reply("settled"),), (settle,))
            case Wrote("what threads"):
                return Step(session, (Reply(f"{given.added_today} {given.threads}"),))
            case Answered(reference, words):
                said = (Reply(f"answer to {reference}"), Reply(words, verbatim=True))
                return Step(session, said)
            case Wrote("how many today"):
                return Step(session, (Reply(f"{given.sent_today} today"),))
            case Wrote("remind me"):
                effect = Remind("check_in", given.now + timedelta(hours=1))
                return Step(session, self.show(session, given), (effect,))
            case Wrote("never mind"):
                return Step(session, self.show(session, given), (Remind("check_in", None),))
            case Wrote(text):
                session = replace(session, unsent={"what": text})
            case Reminded(what):
                return Step(session, (Reply(f"you asked me about {what}"),))
            case Commanded("forget"):
                return Step(self.begin(), (Reply("forgotten"),), (Forget(),))
            case _:
                pass
        return Step(session, self.show(session, given))


def marker(reference: str) -> str:
    return f"##- Please write your answer above this line. Ref {reference} -##"


def concern_of(words: str, reference: str) -> Concern:
    return Concern(
        reference=reference,
        kind="concern",
        roles=("office", "safeguarding") if "unsafe" in words else ("office",),
        subject=f"[School bot] Concern – ref {reference}",
        body=words,
        language="en",
        promised=None,
    )


@dataclass
class Chat(Channel):
    """A channel that notes what it was told, or raises what it is given to raise."""

    name: str = "console"
    told: list[tuple[str, str]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    async def tell(self, conversation: str, reply: Reply, key: str = "") -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.told.append((conversation, reply.text))


#: The kind of database that tests keep things in, at this moment: `sqlite` or `postgres`.
KIND = "sqlite"


def url_of(folder: Path) -> str:
    """The database that belongs to a folder."""
    return server().database(folder) if KIND == "postgres" else f"sqlite:///{folder}/bot.db"


def open_store(folder: Path) -> Store:
    return Store.open(url_of(folder))


def held_in(folder: Path) -> bytes:
    """All that the database of a folder holds: every row, or every byte of its files."""
    if KIND == "postgres":
        return server().rows(folder).encode()
    return b"".join(file.read_bytes() for file in folder.glob("bot.db*"))


def drop_stores() -> None:
    """Leave nothing on the server of what a test kept."""
    server().drop_all()


def wrote(text: str, message: str = "1", conversation: str = "anna") -> Incoming:
    return Incoming("console", conversation, message, Wrote(text))
