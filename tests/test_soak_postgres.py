"""Many parents, three processes on one server, and one of these killed again and again.

Every parent sends a concern, school answers each letter once, and both are told. `make
soak-postgres` does it with 1,000 parents for five minutes; here it is a short one.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.fake_telegram import JSON, FakeTelegram, buttons
from tests.fake_telegram import _chat_of as chat_of
from tests.office_side import HOST, KEY, answer, deliver
from tests.postgres import QUICK, Server, start
from tests.service import Service, free_port

PARENTS = int(os.environ.get("BYP_PARENTS", 12))
SECONDS = float(os.environ.get("BYP_SECONDS", 6))
KILL_EVERY = float(os.environ.get("BYP_KILL_EVERY", 2))
PROCESSES = 3
SECRET = "s" * 40
#: How long a parent waits for an answer before they press something again, in seconds.
PATIENCE = 15.0
GENUINE = f"{HOST}; dkim=pass header.d=school.internal"
#: What is said before an answer that a parent may know already.
MAYBE_KNOWN = "You may have had this from me before."
#: All is over by then, or the run has failed.
DEADLINE = SECONDS * 3 + 240


class Balanced(FakeTelegram):
    """Telegram, with a balancer before the bot: each update goes to the next process in turn."""

    def __init__(self, services: list[Service]) -> None:
        super().__init__()
        self._turns = itertools.cycle(services)
        self.waiting: set[int] = set()

    def address(self) -> str:
        return f"http://{next(self._turns).listen}/telegram"

    async def watch(self) -> None:
        """See from time to time whose updates wait, for all parents at once."""
        while True:
            self.waiting = {chat_of(update) for _, _, update in self.pending}
            await asyncio.sleep(0.1)


@dataclass
class Troop:
    """The processes, of which one after the other is killed and started again."""

    services: list[Service]
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)
    kills: int = 0
    #: Kills of a process that was still starting, and so had no turn in hand.
    early: int = 0
    _starting: dict[int, asyncio.Task[None]] = field(default_factory=dict)

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        self.processes = [await service.start() for service in self.services]
        try:
            for service in self.services:
                await healthy(service)
            yield
        finally:
            for task in self._starting.values():
                task.cancel()
            for process in self.processes:
                if process.returncode is None:
                    process.kill()
                await process.wait()

    async def kill_one_again_and_again(self, chance: random.Random, until: float) -> None:
        """Any of them, also one that has not come back yet; never the only one that is up."""
        while time.monotonic() < until:
            await asyncio.sleep(KILL_EVERY * chance.uniform(0.75, 1.25))
            starting = [who for who, task in self._starting.items() if not task.done()]
            only_one = len(starting) == PROCESSES - 1
            who = chance.choice(starting if only_one else range(PROCESSES))
            self.early += who in starting
            self.processes[who].send_signal(signal.SIGKILL)
            await self.processes[who].wait()
            self.kills += 1
            self.processes[who] = await self.services[who].start()
            if who in self._starting:
                self._starting[who].cancel()
            self._starting[who] = asyncio.create_task(healthy(self.services[who]))


async def healthy(service: Service) -> None:
    async with asyncio.timeout(180), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://{service.listen}/health"):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)


class Patient:
    """A parent who answers what the screen asks; when nothing comes, they press something old."""

    def __init__(self, telegram: Balanced, number: int) -> None:
        self.telegram, self.number = telegram, number
        self.to_type = [
            f"Her PE kit has gone missing from the cloakroom. I am parent {number}.",
            f"lily{number}@home.example",
        ]
        self.nudges = 0

    async def live(self, answered: bool = False) -> None:
        """From hello until they are told that the letter is there, or else that it is answered."""
        self._write("/start")
        hello = await self._next_screen(0)
        self._write("/concern")
        screen = await self._next_screen(hello["message_id"])
        while not self.saved():
            self._answer(screen)
            screen = await self._next_screen(screen["message_id"])
        while not (self.told() and (self.answers() or not answered)):  # noqa: ASYNC110
            await asyncio.sleep(0.3)

    async def _next_screen(self, after: int) -> JSON:
        while (screen := await self._new_screen(after)) is None:
            self.nudges += 1
            said = self.telegram.from_bot(self.number)
            old = next(((m, b) for m in said[:-1] for b in buttons(m)), None)
            if old:
                self._press(*old)
            else:
                self._write("/start")
        return screen

    def _answer(self, screen: JSON) -> None:
        asked = {one["callback_data"].partition(":")[2]: one for one in buttons(screen)}
        for choice in ("send", "action", "here", "email"):
            if choice in asked:
                return self._press(screen, asked[choice])
        if "head" in asked:
            return self._press(screen, asked["skip"])
        if "skip" in asked:
            return self._write(f"Lily{self.number}, Year 2")
        return self._write(self.to_type.pop(0) if self.to_type else "/concern")

    def _write(self, text: str) -> None:
        self.telegram.waiting.add(self.number)
        self.telegram.put_message(self.number, text=text)

    def _press(self, screen: JSON, button: JSON) -> None:
        self.telegram.waiting.add(self.number)
        self.telegram.put_press(self.number, screen, button["callback_data"])

    async def _new_screen(self, after: int) -> JSON | None:
        """The newest message once it is there, and all is taken; None when nothing comes."""
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            await asyncio.sleep(0.1)
            said = self.telegram.from_bot(self.number)
            if said and said[-1]["message_id"] > after and self.number not in self.telegram.waiting:
                return said[-1]
        return None

    def saved(self) -> list[str]:
        """The reference of each receipt that they were shown."""
        return re.findall(r"It is saved\. Your reference is (\S+)\.", "\n".join(self._texts()))

    def told(self) -> int:
        """How often they were told that the letter is there."""
        return sum("It got there" in text for text in self._texts())

    def answers(self) -> int:
        """How often they were told what school wrote to them."""
        return sum(words_for(self.number) in text for text in self._texts())

    def was_warned(self) -> bool:
        """Whether they were told that an answer may be one that they know."""
        return any(MAYBE_KNOWN in text for text in self._texts())

    def _texts(self) -> list[str]:
        return [str(message["text"]) for message in self.telegram.from_bot(self.number)]


def words_for(parent: int) -> str:
    return f"We have found the kit of parent {parent}."


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*")}


async def answer_each(letters: Path, answers: Path) -> None:
    """The office: answers every letter once, soon after it came."""
    done: set[str] = set()
    while True:
        new = await asyncio.to_thread(_names, letters / "new") - done
        for name in sorted(new):
            parent = number(letters / "new" / name)
            letter = (letters / "new" / name).read_bytes()
            mail = answer(letter, words_for(parent), results=GENUINE, number=parent)
            deliver(mail, answers, str(parent))
        done |= new
        await asyncio.sleep(0.2)


@asynccontextmanager
async def world(
    folder: Path, more: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[Server, Balanced, Troop]]:
    """A server, a Telegram, and three processes that share both and a mailbox."""
    database = await asyncio.to_thread(start, QUICK)
    database.ask("CREATE DATABASE bot")
    services: list[Service] = []
    try:
        async with Balanced(services) as telegram:
            for n in range(PROCESSES):
                (folder / str(n)).mkdir()
                settings = {
                    "DATABASE_URL": database.url("bot"),
                    "MAIL_URL": f"maildir:{folder}/inbox",
                    "TELEGRAM_TOKEN": telegram.token,
                    "TELEGRAM_API_URL": telegram.url,
                    "TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{free_port()}/telegram",
                    "TELEGRAM_WEBHOOK_SECRET": SECRET,
                    **(more or {}),
                }
                services.append(Service(folder / str(n), settings))
            watching = asyncio.create_task(telegram.watch())
            yield database, telegram, Troop(services)
            watching.cancel()
    finally:
        await asyncio.to_thread(database.stop)


async def test_killing_processes_loses_nothing_and_doubles_nothing(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    chance = random.Random(7)
    back = {"INBOX_URL": f"maildir:{tmp_path}/answers", "REPLY_KEY": KEY, "MAIL_HOST_ID": HOST}
    async with world(tmp_path, back) as (database, telegram, troop), troop.up():
        parents = [Patient(telegram, 1000 + n) for n in range(PARENTS)]
        began = time.monotonic()

        async def come(parent: Patient) -> None:
            await asyncio.sleep(chance.uniform(0, SECONDS * 0.8))
            await parent.live(answered=True)

        async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
            office = group.create_task(answer_each(tmp_path / "inbox", tmp_path / "answers"))
            killing = troop.kill_one_again_and_again(chance, began + SECONDS)
            await asyncio.gather(killing, *(come(parent) for parent in parents))
            office.cancel()
        took = time.monotonic() - began
        concerns = database.ask("SELECT COUNT(*) FROM concern", "bot")[0][0]
        turns = database.ask("SELECT COUNT(*) FROM seen", "bot")[0][0]

    letters = Counter(number(file) for file in (tmp_path / "inbox/new").iterdir())
    lost = [parent.number for parent in parents if not letters[parent.number]]
    doubled = sum(letters.values()) - len(letters)
    told = [parent.told() for parent in parents]
    answers = [parent.answers() for parent in parents]
    unmarked = [p for p in parents if p.answers() > 1 and not p.was_warned()]
    tell(
        f"{PROCESSES} processes on PostgreSQL, {PARENTS} parents, {turns} turns in {took:.0f} s,"
        f" {troop.kills} kills -9 ({troop.early} of a process that was still starting),"
        f" {concerns} concerns: {len(lost)} letters lost, {doubled} doubled;"
        f" notices: {told.count(0)} lost, {sum(told) - PARENTS} told again;"
        f" answers: {answers.count(0)} lost, {sum(answers) - PARENTS} told again,"
        f" {len(unmarked)} of these without saying so;"
        f" receipts: {sum(len(parent.saved()) - 1 for parent in parents)} shown again;"
        f" {sum(parent.nudges for parent in parents)} times a screen was asked for again"
    )
    assert (len(lost), doubled) == (0, 0)
    assert concerns == PARENTS
    assert all(len(set(parent.saved())) == 1 for parent in parents)
    assert 0 not in told
    assert sum(told) - PARENTS <= troop.kills
    assert 0 not in answers
    assert not unmarked
    assert troop.kills > 0


def number(letter: Path) -> int:
    """Which parent wrote it."""
    found = re.search(r"I am parent (\d+)\.", letter.read_text().replace("=\n", ""))
    assert found
    return int(found[1])
