"""What many schools in one process cost: its start, its memory, and one school's turn among them.

`python -m benchmarks.schools 1 50 200` measures with so many (ten minutes). Each school is a copy
of `policy_content/` with a name of its own, a database file and a Telegram token; each chats over a
webhook with a Telegram of its own. `--own-rules` gives each school rules and phrases that differ by
a comment, so that nothing is shared.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

from tests.conftest import ROOT
from tests.fake_telegram import FakeTelegram
from tests.service import free_port
from tests.test_schools import add

NUMBERS = itertools.count(800_000)
SECRET = "school-{}-" + "s" * 40
#: Messages that one school gets, one after the other; before that, every school some. The best
#: of so many rounds counts, since other work is on the machine.
MESSAGES, FEW, ROUNDS = 200, 20, 5
#: Seconds in which nobody writes.
QUIET = 20.0


@dataclass(frozen=True)
class Found:
    """Seconds, MB and milliseconds."""

    schools: int
    first: float
    all: float
    memory: float
    idle: float
    turn: float
    slow_turn: float
    spent: float
    worst: float
    files: int
    threads: int

    def row(self, one: Found | None) -> str:
        more = (self.memory - one.memory) / (self.schools - one.schools) if one else 0
        return (
            f"| {self.schools} | {self.first:.1f} s | {self.all:.1f} s | {self.memory:.0f} MB |"
            f" {f'{more:.1f} MB' if more else '–'} | {self.turn:.1f} ms | {self.slow_turn:.1f} ms |"
            f" {self.spent:.1f} ms | {self.worst:.0f} ms | {self.idle:.1f} % | {self.threads} |"
            f" {self.files} |"
        )


HEAD = (
    "| schools | the first answers after | all after | memory | one more | a turn | one in twenty"
    " takes | CPU of a turn | longest while another begins again | of a core, idle | threads |"
    " open files |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def a_school(all: Path, n: int, telegram: FakeTelegram, port: int, own_rules: bool) -> None:
    name = f"school-{n}"
    folder = add(
        all,
        name,
        {
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}/{name}/telegram",
            "TELEGRAM_WEBHOOK_SECRET": SECRET.format(n),
        },
    )
    school = folder / "policy_content" / "school.yaml"
    school.write_text(school.read_text().replace("Example Primary", f"Number {n} Primary"))
    if own_rules:
        for file in (folder / "policy_content").glob("*/*.yaml"):
            file.write_text(f"{file.read_text()}\n# Number {n}\n")


@asynccontextmanager
async def running(all: Path, port: int) -> AsyncIterator[psutil.Process]:
    environ = {
        **{name: value for name, value in os.environ.items() if name != "CONTENT"},
        "PYTHONPATH": str(ROOT),
        "SCHOOLS": str(all),
        "LISTEN": f"127.0.0.1:{port}",
    }
    with (all.parent / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", cwd=all.parent, env=environ, stderr=log
        )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        await process.wait()


async def answering(telegrams: Sequence[FakeTelegram], process: psutil.Process) -> None:
    for telegram in telegrams:
        while not telegram.webhook:
            assert process.is_running()
            await asyncio.sleep(0.02)


async def turns(port: int, school: int, last: Callable[[int], bool]) -> list[float]:
    """How long each message takes until it is acknowledged, in milliseconds, sorted."""
    found: list[float] = []
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET.format(school)}
    async with aiohttp.ClientSession(headers=headers) as session:
        for n in itertools.count():
            if last(n):
                return sorted(found)
            number = next(NUMBERS)
            who = {"id": number, "is_bot": False, "first_name": "Parent"}
            message = {"message_id": 1, "date": int(time.time()), "text": "/concern",
                       "chat": {"id": number, "type": "private"}, "from": who}  # fmt: skip
            began = time.perf_counter()
            async with session.post(
                f"http://127.0.0.1:{port}/school-{school}/telegram",
                json={"update_id": number, "message": message},
            ) as answer:
                assert answer.status == 200, answer.status
            found.append(1000 * (time.perf_counter() - began))
    raise AssertionError


async def a_round(process: psutil.Process, port: int) -> tuple[float, list[float]]:
    """Milliseconds of CPU that a message takes, and how long each one takes until then."""
    before = spent_by(process)
    took = await turns(port, 0, lambda n: n == MESSAGES)
    return 1000 * (spent_by(process) - before) / MESSAGES, took


def spent_by(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return float(spent.user + spent.system)


async def measure(schools: int, own_rules: bool) -> Found:
    port = free_port()
    async with AsyncExitStack() as world:
        folder = Path(world.enter_context(tempfile.TemporaryDirectory()))
        telegrams = []
        for n in range(schools):
            one = FakeTelegram(f"{7000 + n}:a-token-of-thirty-characters-{n}")
            telegrams.append(await world.enter_async_context(one))
            a_school(folder / "schools", n, one, port, own_rules)
        began = time.perf_counter()
        process = await world.enter_async_context(running(folder / "schools", port))
        async with asyncio.timeout(1800):
            await answering(sorted(telegrams, key=lambda one: one.token)[:1], process)
            first = time.perf_counter() - began
            await answering(telegrams, process)
            all = time.perf_counter() - began
        await asyncio.sleep(3)
        before = spent_by(process)
        await asyncio.sleep(QUIET)
        idle = 100 * (spent_by(process) - before) / QUIET
        for n in range(schools):  # what is only there once somebody writes
            await turns(port, n, lambda sent: sent == FEW)
        memory = process.memory_info().rss / 1e6
        spent, took = min([await a_round(process, port) for _ in range(ROUNDS)])
        worst = 0.0
        if schools > 1:
            words = folder / "schools/school-1/policy_content/en/messages.yaml"
            words.write_text(f"{words.read_text()}\n# Edited.\n")
            began = time.perf_counter()
            # The folder is looked at every five seconds.
            worst = (await turns(port, 0, lambda _: time.perf_counter() - began > 12))[-1]
        return Found(
            schools, first, all, memory, idle, statistics.median(took),
            took[len(took) * 19 // 20], spent, worst, process.num_fds(), process.num_threads(),
        )  # fmt: skip


async def main(sizes: Sequence[int], own_rules: bool) -> None:
    print(HEAD)
    one = None
    for size in sizes:
        found = await measure(size, own_rules)
        print(found.row(one), flush=True)
        one = one or found


if __name__ == "__main__":
    asked = [int(word) for word in itertools.islice(sys.argv, 1, None) if word.isdigit()]
    asyncio.run(main(asked or [1, 50, 200], "--own-rules" in sys.argv))
