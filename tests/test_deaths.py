"""Death at every point where something of ours meets the world, and what is true afterwards.

The truth is read from outside only: the office's mailbox, and what the parents were told.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import TypeVar

import pytest

from bot.conversations import Conversations
from bot.engine import Engine
from bot.mail import Envelope, FolderMail, LastCheck, Mail, Security, SmtpMail, no_check
from bot.office import Office
from bot.outbox import Outbox
from bot.store import Store, Transaction
from bot.store.writer import Writer
from dialogs.messages import Reply
from tests.mail_servers import Office as MailOffice
from tests.mail_servers import mail_server
from tests.shell import Chat, TinyDialogue, open_store, wrote
from tests.test_outbox import render

T = TypeVar("T")

OFFICE = Office({"office": "office@oak.school.example"}, "bot@oak.school.example")

#: What two parents send, in turn. Each ends with a word of its own.
MESSAGES = [
    (parent, str(n), text.format(parent=parent))
    for n, text in enumerate(["hello", "send {parent}one", "thanks", "send {parent}two"])
    for parent in ("anna", "bob")
]
SENT = {f"{parent}{what}" for parent in ("anna", "bob") for what in ("one", "two")}

LEASE = timedelta(seconds=0.1)


class Fate:
    """Ends the process, with no chance to tidy up, where the count of steps says so."""

    def __init__(self, dies_at: int | None) -> None:
        self.dies_at = dies_at
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.dies_at:
            os._exit(77)


class MortalStore(Store):
    """A step before a turn begins, at its end before the commit, and after the commit."""

    fate: Fate

    async def turn(self, work: Callable[[Transaction], T]) -> T:
        def mortal(tx: Transaction) -> T:
            result = work(tx)
            if tx._connection.total_changes > changes[0]:
                self.fate.step()
            return result

        changes = [self._changes()]
        result = await super().turn(mortal)
        if self._changes() > changes[0]:
            self.fate.step()
        return result

    def _changes(self) -> int:
        return self._writer._connection.total_changes


class MortalFolder(FolderMail):
    lease = LEASE

    def __init__(self, folder: Path, fate: Fate) -> None:
        super().__init__(folder)
        self.fate = fate

    async def send(self, letter: bytes, envelope: Envelope, check: LastCheck = no_check) -> None:
        self.fate.step()
        await super().send(letter, envelope, check)
        self.fate.step()


@dataclass
class Diary(Chat):
    """A chat that writes down, at once and for good, what the parents were told."""

    path: Path = Path()
    fate: Fate | None = None

    async def tell(self, conversation: str, reply: Reply, key: str = "") -> None:
        assert self.fate
        self.fate.step()
        self.note({"parent": conversation, "told": reply.text})
        self.fate.step()

    def note(self, line: object) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())


def now() -> datetime:
    return datetime.now(UTC)


async def live(folder: Path, mail: Callable[[Fate], Mail], fate: Fate, drain: float) -> None:
    """One life of the bot: takes up the messages after the last acknowledged, then drains."""
    MortalStore.fate = fate
    store = MortalStore.open(f"sqlite:///{folder}/bot.db")
    diary = Diary(path=folder / "told", fate=fate)
    conversations = Conversations(store, TinyDialogue(), OFFICE, now, b"secret")
    outbox = Outbox(
        store, mail(fate), {"console": diary}, conversations.handle, render, now,
        jitter=lambda: 0.0,
    )  # fmt: skip
    engine = Engine(store, outbox, now, stop_within=0.5, look_every=0.05)
    running = asyncio.create_task(engine.run())
    acknowledged = folder / "acknowledged"
    done = int(acknowledged.read_text() or 0) if acknowledged.exists() else 0
    for number, (parent, message, text) in enumerate(MESSAGES[done:], done + 1):
        replies = await conversations.handle(wrote(text, message, parent))
        fate.step()
        for reply in replies:
            diary.note({"parent": parent, "receipt": reply.text})
        fate.step()
        note = folder / f"next{os.getpid()}"
        note.write_text(str(number))
        note.rename(acknowledged)
        fate.step()
    await engine.drain(drain)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    store.close()


def born(folder: Path, mail: Callable[[Fate], Mail], fate: Fate, drain: float = 10) -> int:
    """Begin a life in a process of its own; returns its id."""
    child = os.fork()
    if child == 0:
        try:
            sys.stderr = open(folder / "stderr", "a")  # noqa: SIM115, PTH123
            asyncio.run(live(folder, mail, fate, drain))
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    return child


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def life(folder: Path, mail: Callable[[Fate], Mail], dies_at: int | None = None) -> int:
    """One whole life. 0: to its end, 77: died where it was told to."""
    code = ended(born(folder, mail, Fate(dies_at)))
    errors = folder / "stderr"
    assert code in (0, 77), errors.read_text() if errors.exists() else code
    return code


def letters(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in (folder / "inbox").rglob("*") if file.is_file()]


def check_truth(folder: Path, arrived: list[bytes], copies: int = 1) -> None:
    """I1 to I3 and I5, from what the office has and what the parents were told."""
    told = [json.loads(line) for line in (folder / "told").read_text().splitlines()]
    found: dict[str, str] = {}
    for letter in arrived:
        message = message_from_bytes(letter)
        words = message.get_payload(decode=True).decode().strip()  # type: ignore[union-attr]
        reference = str(message["Message-ID"])[1:9]
        assert found.setdefault(words, reference) == reference, "one Send had two references"
    assert set(found) == SENT, "a concern was lost"
    assert max(Counter(message_from_bytes(one)["Message-ID"] for one in arrived).values()) <= copies
    assert len(set(found.values())) == len(SENT)
    for line in told:
        text = line.get("told") or line["receipt"]
        for reference in (r for r in found.values() if f"{r[:4]}-{r[4:]}" in text.casefold()):
            (words,) = [w for w, r in found.items() if r == reference]
            assert words.startswith(line["parent"]), "one parent was told of another's concern"
    for words, reference in found.items():
        mine = [line for line in told if line["parent"] == words.rstrip("etnow")]
        quoted = f"{reference[:4]}-{reference[4:]}".upper()
        assert any(quoted in line.get("receipt", "") for line in mine), "no receipt was given"
        assert any(
            quoted in line.get("told", "") and "delivered" in line["told"] for line in mine
        ), "nobody was told that it arrived"


def steps_of_a_life(folder: Path) -> int:
    """How many steps there are when nobody dies."""
    folder.mkdir(mode=0o700)
    fate = Fate(None)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        asyncio.run(live(folder, lambda fate: MortalFolder(folder / "inbox", fate), fate, 10))
        os.write(write, str(fate.steps).encode())
        os._exit(0)
    assert ended(child) == 0
    return int(os.read(read, 20))


SHARDS = 2
#: Die at every third step only, since test_death_points dies at each named point; `make soak`: 1.
EVERY = int(os.environ.get("BYP_EVERY", "3"))


@pytest.mark.parametrize("shard", range(SHARDS))
def test_death_at_every_step_loses_nothing_and_doubles_nothing(shard: int, tmp_path: Path) -> None:
    steps = steps_of_a_life(tmp_path / "long")
    died = 0
    for dies_at in range(1 + shard, steps + 1, SHARDS * EVERY):
        folder = tmp_path / str(dies_at)
        folder.mkdir(mode=0o700)

        def mail(fate: Fate, folder: Path = folder) -> Mail:
            return MortalFolder(folder / "inbox", fate)

        died += life(folder, mail, dies_at) == 77
        assert life(folder, mail) == 0

        check_truth(folder, letters(folder))
    print(f"died at {died} of {steps} steps, nothing lost, nothing doubled")
    assert died > steps // (SHARDS * EVERY) - 5


def test_killed_at_random_again_and_again_it_still_tells_the_truth(tmp_path: Path) -> None:
    chance = random.Random(os.environ.get("BYP_SEED", "1"))
    kills = int(os.environ.get("BYP_KILLS", "20"))
    killed = lives = 0
    while killed < kills:
        lives += 1
        folder = tmp_path / str(lives)
        folder.mkdir(mode=0o700)

        def mail(fate: Fate, folder: Path = folder) -> Mail:
            return MortalFolder(folder / "inbox", fate)

        for _ in range(3):
            child = born(folder, mail, Fate(None))
            time.sleep(chance.uniform(0, 0.25))
            os.kill(child, signal.SIGKILL)
            killed += ended(child) == -signal.SIGKILL
        assert life(folder, mail) == 0

        check_truth(folder, letters(folder))
    print(f"{killed} kills in {lives} lives, nothing lost, nothing doubled")


def test_two_workers_on_one_database_send_each_letter_once(tmp_path: Path) -> None:
    def mail(fate: Fate) -> Mail:
        return MortalFolder(tmp_path / "inbox", fate)

    open_store(tmp_path).close()
    workers = [born(tmp_path, mail, Fate(None)) for _ in range(2)]

    assert [ended(worker) for worker in workers] == [0, 0], (tmp_path / "stderr").read_text()
    check_truth(tmp_path, letters(tmp_path))


# --- a mail server that takes the letter, and a death before its answer is read ---


class Killing(MailOffice):
    """Takes a letter, then kills whoever brought it, before it can answer."""

    victim = 0

    async def kill(self) -> None:
        if self.victim:
            os.kill(self.victim, signal.SIGKILL)
            self.victim = 0
            await asyncio.sleep(0.05)


@contextmanager
def served(office: MailOffice) -> Iterator[int]:
    """A mail server on a thread of its own."""
    ready = threading.Event()
    stop: list[Callable[[], None]] = []
    ports: list[int] = []

    async def serve() -> None:
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        async with mail_server(office) as port:
            ports.append(port)
            stop.append(lambda: loop.call_soon_threadsafe(over.set))
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    try:
        yield ports[0]
    finally:
        stop[0]()
        thread.join()


class Searchable(Mail):
    """A mail server whose mailbox can be searched, as over IMAP."""

    lease = LEASE

    def __init__(self, host: str, port: int, mailbox: Path) -> None:
        self.smtp = SmtpMail(host, port, security=Security.NONE, lease=LEASE)
        self.mailbox = mailbox

    async def send(self, letter: bytes, envelope: Envelope, check: LastCheck = no_check) -> None:
        await self.smtp.send(letter, envelope, check)

    async def has(self, envelope: Envelope, earlier: str = "") -> bool | None:
        return envelope.message_id.encode() in await asyncio.to_thread(self.mailbox.read_bytes)


@pytest.mark.parametrize("can_look", [True, False])
def test_a_death_between_the_final_dot_and_the_answer(can_look: bool, tmp_path: Path) -> None:
    office = Killing()
    (tmp_path / "mailbox").touch()

    async def file_and_kill() -> None:
        with (tmp_path / "mailbox").open("ab") as file:
            file.write(office.received[-1].content)
        await office.kill()

    office.before_answer = file_and_kill
    with served(office) as port:

        def mail(fate: Fate) -> Mail:
            where = ("127.0.0.1", port)
            if can_look:
                return Searchable(*where, tmp_path / "mailbox")
            return SmtpMail(*where, security=Security.NONE, lease=LEASE)

        deaths = []
        for _ in range(3):
            child = office.victim = born(tmp_path, mail, Fate(None))
            deaths.append(ended(child))
            office.victim = 0
        assert life(tmp_path, mail) == 0

    assert deaths[0] == -signal.SIGKILL
    arrived = [received.content for received in office.received]
    check_truth(tmp_path, arrived, copies=1 if can_look else 4)
    marked = [letter for letter in arrived if letter.startswith(b"X-Possible-Second-Copy: yes")]
    assert bool(marked) is not can_look
    first = {str(message_from_bytes(letter)["Message-ID"]): letter for letter in reversed(arrived)}
    assert all(letter in marked for letter in arrived if letter not in first.values())


class Stopping(MortalFolder):
    """Stops its process while a letter is in hand and the database is not locked."""

    async def send(self, letter: bytes, envelope: Envelope, check: LastCheck = no_check) -> None:
        commit = Writer._commit

        def commit_and_stop(writer: Writer, turns: list[object]) -> None:
            commit(writer, turns)  # type: ignore[arg-type] # handed through
            Writer._commit = commit  # type: ignore[method-assign]
            os.kill(os.getpid(), signal.SIGSTOP)

        Writer._commit = commit_and_stop  # type: ignore[assignment, method-assign]
        await asyncio.sleep(LEASE.total_seconds() / 2)
        await super().send(letter, envelope, check)


def test_a_worker_that_was_stopped_past_its_lease_makes_no_second_letter(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    sleeper = born(tmp_path, lambda fate: Stopping(tmp_path / "inbox", fate), Fate(None))
    os.waitpid(sleeper, os.WUNTRACED)
    time.sleep(2 * LEASE.total_seconds())
    try:
        awake = life(tmp_path, lambda fate: MortalFolder(tmp_path / "inbox", fate))
    finally:
        os.kill(sleeper, signal.SIGCONT)

    assert awake == 0
    while os.WIFSTOPPED(status := os.waitpid(sleeper, os.WUNTRACED)[1]):
        os.kill(sleeper, signal.SIGCONT)
    assert os.waitstatus_to_exitcode(status) == 0
    check_truth(tmp_path, letters(tmp_path))
