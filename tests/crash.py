"""Lives of the bot that end at a named point, and the truth as seen from outside.

A life is a process: it takes up what its parents typed and were not answered, delivers by real
SMTP to a host whose mailbox can be searched, and writes down what the parents were told.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any  # what is patched has many signatures

import aiosmtplib
import imap_tools  # noqa: F401 # loaded before a life begins: it is born by fork

from bot.answers.tokens import reply_address, token
from bot.answers.verdicts import Rules
from bot.channels import Incoming, Unavailable
from bot.conversations import Conversations
from bot.effects import Effects
from bot.endings import Endings
from bot.engine import Engine
from bot.inbound import Inbound
from bot.mail import Arrived, Imap, ImapMailbox, Lookup, Patience, Security, SmtpMail
from bot.mailroom import Mailroom, for_us
from bot.memos import Memos
from bot.office import Office
from bot.outbox import Outbox
from bot.postman import Postman
from bot.store import Store, StoreUnavailable, sqlite
from bot.store.transaction import Transaction
from bot.store.writer import Writer
from dialogs.dialogue import Step
from dialogs.messages import Commanded, Event, Given, Remind, Reply, Wrote
from dialogs.session import Session
from tests.mail_host import VICTIM, Host, mail_log, words_of
from tests.office_side import HOST, KEY, Plain
from tests.shell import Chat, TinyDialogue

MAILBOX = "office@oak.school.example"
BOT = "bot@oak.school.example"
PATTERN = "bot+*@oak.school.example"
OFFICE = Office({"office": MAILBOX}, BOT)
#: The same, where answers come back.
ANSWERING = Office(
    {"office": MAILBOX},
    f"School bot <{BOT}>",
    reply_to=lambda one: reply_address(PATTERN, token(one, KEY.encode())),
)
RULES = Rules(HOST, frozenset({BOT}), frozenset({"School bot"}), (KEY.encode(),), PATTERN)
LEASE = timedelta(seconds=0.3)
USUAL = Patience()
#: Nobody is reminded at night, whenever the tests are run.
DAYTIME = timedelta(hours=12 - datetime.now(UTC).hour)
#: The first line of a letter that may be a second copy.
SECOND_COPY = "This may be a second copy."

#: What a parent types, one after the other. `me` stands for the parent's name.
TYPED = ("hello", "me-draft", "send me-one", "remind me", "thanks", "send me-two")


@dataclass(slots=True)
class Fate:
    """Ends or stops the process, with no chance to tidy up, the nth time at a named point."""

    point: str = ""
    nth: int = 1
    stops: bool = False
    folder: Path = Path()

    def is_now(self, point: str) -> bool:
        if point != self.point:
            return False
        self.nth -= 1
        return self.nth == 0

    def at(self, point: str) -> None:
        if self.is_now(point):
            os._exit(77)

    async def between(self, point: str, store: Store) -> None:
        """A point outside of any transaction, where a process may also be stopped."""
        if not self.stops:
            self.at(point)
        elif self.is_now(point):
            await stop(store)


async def stop(store: Store) -> None:
    """Stop this process at a moment when it does not hold the database locked."""
    commit = Writer._commit

    def commit_and_stop(writer: Writer, turns: list[Any]) -> None:
        commit(writer, turns)
        Writer._commit = commit  # type: ignore[method-assign]
        os.kill(os.getpid(), signal.SIGSTOP)

    Writer._commit = commit_and_stop  # type: ignore[assignment, method-assign]
    await store.turn(lambda tx: None)


class Quick(TinyDialogue):
    """Reminders come at once."""

    def take(self, session: Session, event: Event, given: Given) -> Step:
        step = super().take(session, event, given)
        soon = given.now + timedelta(milliseconds=50)
        effects = tuple(
            Remind(one.what, soon) if isinstance(one, Remind) and one.at else one
            for one in step.effects
        )
        return Step(step.session, step.replies, effects)


@dataclass
class Diary(Chat):
    """A chat that writes down, at once and for good, what the parents were told, and when."""

    path: Path = Path()
    fate: Fate = field(default_factory=Fate)
    store: Store | None = None

    async def tell(self, conversation: str, reply: Reply, key: str = "") -> None:
        assert self.store
        await self.fate.between("chat delivery committed, not sent", self.store)
        self.note(conversation, "notice", reply.text)
        await self.fate.between("chat delivery sent, not noted", self.store)

    def note(self, parent: str, kind: str, text: str) -> None:
        line = {"parent": parent, "kind": kind, "text": text, "at": time.monotonic()}
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())


def render(language: str, message: str, values: object) -> Reply:
    return Reply(f"{message} {values}")


def _patch(fate: Fate, store: Store) -> None:
    """Put the points of death into this process, which is only one life long."""

    def wrap(owner: Any, name: str, before: str = "", after: str = "") -> None:
        real = getattr(owner, name)

        async def mortal(*arguments: Any, **named: Any) -> Any:
            is_letter = all(getattr(a, "kind", "letter") == "letter" for a in arguments)
            if before and is_letter:
                await fate.between(before, store)
            result = await real(*arguments, **named)
            if after and is_letter:
                await fate.between(after, store)
            return result

        setattr(owner, name, mortal)

    wrap(Postman, "send", before="letter claimed", after="250 read, not committed")
    wrap(aiosmtplib.SMTP, "connect", after="connected")
    wrap(aiosmtplib.SMTP, "rcpt", after="after RCPT")
    wrap(Endings, "arrived", after="committed, parent not told")
    wrap(Store, "scrub", before="erasure committed, not scrubbed")
    data = aiosmtplib.SMTP.data

    async def half(self: aiosmtplib.SMTP, message: bytes, **named: Any) -> Any:
        if fate.point == "inside DATA" and fate.nth == 1:
            assert self.protocol
            self.protocol.write(b"DATA\r\n")
            await self.protocol.read_response()
            self.protocol.write(message[: len(message) // 2])
            await asyncio.sleep(0.01)
            await fate.between("inside DATA", store)
            self.protocol.write(message[len(message) // 2 :] + b".\r\n")
            return await self.protocol.read_response(timeout=2)
        if fate.is_now("after the final dot, before the 250"):
            (fate.folder / VICTIM).write_text(str(os.getpid()))
        fate.is_now("inside DATA")
        return await data(self, message, **named)

    aiosmtplib.SMTP.data = half  # type: ignore[assignment, method-assign]
    take = Mailroom.take

    def taking(self: Mailroom, arrived: Arrived) -> None:
        fate.at("inbound mail fetched, not stored")
        take(self, arrived)
        fate.at("inbound mail stored, not flagged")

    Mailroom.take = taking  # type: ignore[method-assign]
    passed_on, forget = Effects._pass_on, Transaction.forget

    def pass_on(self: Effects, *arguments: Any) -> None:
        passed_on(self, *arguments)
        fate.at("Send pressed, before commit")

    def forgetting(self: Transaction, *arguments: Any) -> None:
        forget(self, *arguments)
        fate.at("erasure half done")

    Effects._pass_on = pass_on  # type: ignore[method-assign]
    Transaction.forget = forgetting  # type: ignore[method-assign]


def _patch_migration(fate: Fate) -> None:
    statements = sqlite._statements

    def half(script: str) -> Any:
        for statement in statements(script):
            yield statement
            fate.at("schema migration half done")

    sqlite._statements = half


@dataclass(frozen=True, slots=True)
class World:
    """Where a life takes place, and who lives in it."""

    folder: Path
    host: Host
    parents: tuple[str, ...] = ("anna",)
    typed: tuple[str, ...] = TYPED
    can_look: bool = True
    patience: Patience = USUAL
    lease: timedelta = LEASE
    #: How far this machine's clock is off.
    clock_off: timedelta = timedelta()
    #: Files may grow no larger than this, for so many seconds: a full disk.
    largest_file: int = 0
    full_for: float = 0.7
    #: Whether the office answers every letter.
    answered: bool = False

    def now(self) -> datetime:
        return datetime.now(UTC) + DAYTIME + self.clock_off


async def live(world: World, fate: Fate, drain: float) -> None:
    """One life: take up what was not acknowledged, deliver, and see that nothing is left."""
    _patch_migration(fate)
    if world.largest_file:
        no_limit = resource.RLIM_INFINITY
        resource.setrlimit(resource.RLIMIT_FSIZE, (world.largest_file, no_limit))
        asyncio.get_running_loop().call_later(
            world.full_for, resource.setrlimit, resource.RLIMIT_FSIZE, (no_limit, no_limit)
        )
    store = Store.open(f"sqlite:///{world.folder}/bot.db")
    _patch(fate, store)
    diary = Diary(path=world.folder / "told", fate=fate, store=store)
    office = ANSWERING if world.answered else OFFICE
    conversations = Conversations(
        store, Quick(), office, world.now, b"secret", answers_here=world.answered
    )
    lookup = Lookup("127.0.0.1", world.host.imap, MAILBOX, "secret", secure="none")
    mail = SmtpMail(
        "127.0.0.1", world.host.smtp, security=Security.NONE, lease=world.lease,
        patience=world.patience,
        lookup=lookup if world.can_look else None,
    )  # fmt: skip

    async def remind(incoming: Incoming) -> Sequence[Reply]:
        replies = await conversations.handle(incoming)
        await fate.between("reminder due, half done", store)
        return replies

    memos = Memos(office, Plain())
    outbox = Outbox(
        store, mail, {"console": diary}, remind, render, world.now, jitter=lambda: 0.0,
        second_copy=SECOND_COPY, gone=memos.telephone,
    )  # fmt: skip
    rooms = [_mailroom(world, store, memos, outbox)] if world.answered else []
    reading = [asyncio.create_task(room.run()) for room in rooms]
    engine = Engine(store, outbox, world.now, stop_within=0.5, look_every=0.05)
    running = asyncio.create_task(engine.run())
    handle = conversations.handle
    await asyncio.gather(
        *(_type(parent, world, handle, diary, fate, store) for parent in world.parents)
    )
    async with asyncio.timeout(drain):
        while await _is_left(outbox) or await _is_unanswered(world, store):  # noqa: ASYNC110 # other processes deliver too
            await asyncio.sleep(0.02)
        await engine.drain(drain)
    for task in (*reading, running):
        task.cancel()
    await asyncio.gather(*reading, running, return_exceptions=True)
    store.close()


def _mailroom(world: World, store: Store, memos: Memos, outbox: Outbox) -> Mailroom:
    """What reads the office's answers. Whether it was sorted is asked at once."""
    imap = Imap("127.0.0.1", world.host.imap, MAILBOX, "secret", "none")
    mailbox = ImapMailbox(imap, for_us(BOT, PATTERN), look_every=0.05)
    inbound = Inbound(memos, outbox.take_back, lambda now: now + timedelta(milliseconds=50))
    domain = BOT.rpartition("@")[2]
    return Mailroom(store, mailbox, inbound, RULES, domain, world.now, (0.02,))


async def _is_unanswered(world: World, store: Store) -> bool:
    """Whether the office's answer to a letter that has come was not read yet."""
    if not world.answered:
        return False
    answers = sum(bool(entry["answered"]) for entry in mail_log(world.folder))
    try:
        return await store.turn(lambda tx: len(tx.inbound_rows())) < answers
    except StoreUnavailable:
        return True


async def _is_left(outbox: Outbox) -> bool:
    try:
        return await outbox.next_due() is not None
    except StoreUnavailable:  # somebody holds the database; ask again
        return True


async def _type(
    parent: str,
    world: World,
    handle: Callable[[Incoming], Awaitable[Sequence[Reply]]],
    diary: Diary,
    fate: Fate,
    store: Store,
) -> None:
    """A parent's side: what was not acknowledged is sent again, as a chat network does."""
    acknowledged = world.folder / f"acknowledged-{parent}"
    done = int(acknowledged.read_text() or 0) if acknowledged.exists() else 0
    for number, line in enumerate(world.typed[done:], done + 1):
        text = line.replace("me-", f"{parent}-")
        sends = text.startswith("send ")
        event: Event = Commanded(text[1:]) if text.startswith("/") else Wrote(text)
        if sends:
            await fate.between("summary shown, Send not pressed", store)
            await fate.between("update fetched, nothing stored", store)
        replies = await _until_taken(handle, Incoming("console", parent, str(number), event), diary)
        committed = "concern and letter committed" if sends else "turn committed"
        await fate.between(f"{committed}, reply not sent", store)
        for reply in replies:
            diary.note(parent, "receipt" if sends else "reply", reply.text)
        if sends:
            await fate.between("receipt sent, not noted", store)
        note = world.folder / f"next-{parent}-{os.getpid()}"
        note.write_text(str(number))
        note.rename(acknowledged)


async def _until_taken(
    handle: Callable[[Incoming], Awaitable[Sequence[Reply]]], incoming: Incoming, diary: Diary
) -> Sequence[Reply]:
    """What could not be stored was not acknowledged, and comes again."""
    while True:
        try:
            return await handle(incoming)
        except Unavailable:
            diary.note(incoming.conversation, "not taken", "")
            await asyncio.sleep(0.05)


def born(world: World, fate: Fate, drain: float = 20) -> int:
    """Begin a life in a process of its own; returns its id."""
    fate.folder = world.folder
    child = os.fork()
    if child == 0:
        try:
            sys.stderr = (world.folder / "stderr").open("a")
            asyncio.run(live(world, fate, drain))
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    return child


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def life(world: World, fate: Fate | None = None) -> int:
    """One whole life. 0: to its end; 77 or -9: it died where it was told to."""
    code = ended(born(world, fate or Fate()))
    errors = world.folder / "stderr"
    assert code in (0, 77, -signal.SIGKILL), errors.read_text() if errors.exists() else code
    return code


@dataclass
class Truth:
    """What the outside saw, counted."""

    concerns: int = 0
    lost: int = 0
    false_receipts: int = 0
    second_copies: int = 0
    marked_copies: int = 0
    crossed: int = 0
    untold: int = 0
    #: Answers of the office that their parent did not read, or read twice without being told so.
    unanswered: int = 0
    answered_twice: int = 0

    def __add__(self, other: Truth) -> Truth:
        mine, theirs = astuple(self), astuple(other)
        return Truth(*(one + another for one, another in zip(mine, theirs, strict=True)))


def truth(world: World) -> Truth:
    """I1 to I5, read from the mail that arrived and the calls that were made to the chats."""
    seen = Truth()
    arrived: dict[str, list[tuple[str, float, bytes]]] = {}  # by Message-ID
    for entry in mail_log(world.folder):
        content = str(entry["content"]).encode("latin-1")
        message = message_from_bytes(content)
        if str(message["Subject"]).startswith("not passed on"):
            continue  # an answer to a parent who was forgotten
        words = words_of(message)
        is_marked = "X-Possible-Second-Copy" in message
        assert words.startswith(SECOND_COPY) == is_marked, "the mark is read by people and programs"
        seen.marked_copies += is_marked
        words = words.removeprefix(SECOND_COPY).strip()
        at = float(str(entry["at"]))
        arrived.setdefault(str(message["Message-ID"]), []).append((words, at, content))
        assert entry["recipients"] == [MAILBOX]
    told = [json.loads(line) for line in (world.folder / "told").read_text().splitlines()]
    sent = {
        line.removeprefix("send ").replace("me-", f"{parent}-"): parent
        for parent in world.parents
        for line in world.typed
        if line.startswith("send ")
    }
    found: dict[str, list[str]] = {}
    for letters in arrived.values():
        found.setdefault(letters[0][0], []).append(_reference(letters[0][2]))
        assert len({words for words, _, _ in letters}) == 1, "one Message-ID, two letters"
    seen.concerns = len(sent)
    seen.lost = len(set(sent) - set(found))
    seen.second_copies = sum(len(letters) - 1 for letters in arrived.values())
    seen.second_copies += sum(len(references) - 1 for references in found.values())
    taken_at = {_reference(letters[0][2]): letters[0][1] for letters in arrived.values()}
    owner = {
        reference: sent[words]
        for words, references in found.items()
        for reference in references
        if words in sent
    }
    seen.crossed = sum(words not in sent for words in found)
    for line in told:
        mentioned = [one for one in owner if one in line["text"]]
        seen.crossed += sum(owner[one] != line["parent"] for one in mentioned)
        if line["kind"] == "receipt":
            seen.lost += not mentioned  # told "saved", and nothing of it came
        if "delivered" in line["text"].split():
            seen.false_receipts += not all(taken_at[one] < line["at"] for one in mentioned)
            seen.false_receipts += not mentioned
    said = Counter(
        (line["parent"], kind, one)
        for line in told
        for one in owner
        if one in line["text"]
        for kind in [line["text"].split()[0] if line["kind"] == "notice" else line["kind"]]
    )
    forgets = "/forget" in world.typed
    for reference, parent in owner.items():
        seen.untold += not said[parent, "receipt", reference]
        seen.untold += not forgets and not said[parent, "delivered", reference]
    if world.answered:
        _read_answers(seen, told, sent, forgets)
    return seen


def _read_answers(
    seen: Truth,
    told: Sequence[dict[str, Any]],
    sent: Mapping[str, str],
    forgets: bool,
) -> None:
    """Each answer was read once, by the parent whose words it answers."""
    marked = sum(line["text"].startswith("answer_again") for line in told)
    for words, parent in sent.items():
        readers = [line["parent"] for line in told if line["text"] == f"Answer to {words}"]
        seen.crossed += sum(reader != parent for reader in readers)
        seen.unanswered += not readers and not forgets
        seen.answered_twice += max(len(readers) - 1, 0)
    seen.answered_twice = max(seen.answered_twice - marked, 0)


def _reference(letter: bytes) -> str:
    local = str(message_from_bytes(letter)["Message-ID"])[1:9].upper()
    return f"{local[:4]}-{local[4:]}"


def was_refused(world: World) -> bool:
    """Whether a parent's message could once not be stored."""
    return any(
        json.loads(line)["kind"] == "not taken"
        for line in (world.folder / "told").read_text().splitlines()
    )


def said(world: World) -> list[str]:
    """The notices that were told, by the first word of each."""
    lines = [json.loads(line) for line in (world.folder / "told").read_text().splitlines()]
    return [line["text"].split()[0] for line in lines if line["kind"] == "notice"]


def was_reminded(world: World) -> bool:
    lines = [json.loads(line) for line in (world.folder / "told").read_text().splitlines()]
    return {line["parent"] for line in lines if line["kind"] == "notice"} >= set(world.parents)
