"""The bot as a technician runs it: `before-you-post run`, in a process of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tests.conftest import CONTENT, ROOT
from tests.patience import PATIENCE

#: In place of what is invented, and of what nobody could reach either.
REAL = {
    "@school.example": "@school.internal",
    "@governors.school.example": "@governors.school.internal",
    "https://www.school.example": "https://www.school.internal",
    "01632 960100": "01632 959100",
    "01632 960200": "01632 959200",
}


def real_school(folder: Path) -> Path:
    """The content with nothing invented in it, as a school has it that goes live."""
    shutil.copytree(CONTENT, folder / "content")
    school = folder / "content" / "school.yaml"
    text = school.read_text()
    for invented, real in REAL.items():
        text = text.replace(invented, real)
    school.write_text(text)
    return folder / "content"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Waiting(NamedTuple):
    """A letter of the outbox."""

    tries: int
    in_hand: bool
    sent: bool
    parked: bool
    error: str


@dataclass
class Service:
    """One installation in a folder: settings that stay, processes that come and go."""

    folder: Path
    settings: dict[str, str]
    #: What is run: the bot, or `tests.clocked`, whose clock is set by `set_clock`.
    program: str = "bot"

    def __post_init__(self) -> None:
        self.listen = f"127.0.0.1:{free_port()}"
        self.environ = {
            **{name: value for name, value in os.environ.items() if name != "BYP_CONTENT"},
            "PYTHONPATH": str(ROOT),
            "CONTENT": str(real_school(self.folder)),
            "MAIL_FROM": "bot@school.internal",
            "MAIL_URL": "maildir:var/office-inbox",
            "LISTEN": self.listen,
            "CLOCK": str(self.folder / "clock"),
            **self.settings,
        }

    async def start(self) -> asyncio.subprocess.Process:
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", self.program, "run",
                cwd=self.folder, env=self.environ, stderr=log,
            )  # fmt: skip

    @asynccontextmanager
    async def running(self, stop: signal.Signals = signal.SIGKILL) -> AsyncIterator[None]:
        """The bot, until the end of the block."""
        process = await self.start()
        try:
            yield
        finally:
            if process.returncode is None:
                process.send_signal(stop)
            await process.wait()

    async def command(self, *arguments: str, lines: str = "") -> tuple[int, str]:
        """Another command of the same installation: its exit status and what it said."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self.program, *arguments,
            cwd=self.folder, env=self.environ, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate(lines.encode())
        assert process.returncode is not None
        return process.returncode, said.decode()

    def set_clock(self, now: datetime) -> None:
        """For `tests.clocked`. The hour of a process that runs, or is started later."""
        new = self.folder / "clock.new"
        new.write_text(now.astimezone(UTC).isoformat())
        new.rename(self.folder / "clock")

    def letters(self) -> list[Waiting]:
        """The letters of the outbox, as they are on the disk."""
        database = self.folder / "var/before-you-post.db"
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as known:
            rows = known.execute(
                "SELECT tries, lease_owner <> '', sent_at IS NOT NULL, parked_at IS NOT NULL,"
                " last_error FROM outbox WHERE kind = 'letter' ORDER BY created, id"
            )
            return [Waiting(*row) for row in rows]

    @property
    def log(self) -> Path:
        return self.folder / "stderr"

    @property
    def inbox(self) -> list[Path]:
        return sorted((self.folder / "var/office-inbox/new").glob("*"))


async def stopped(process: asyncio.subprocess.Process) -> int:
    """End it as systemd does, and wait for it. Returns its exit status."""
    if process.returncode is None:
        process.terminate()
    try:
        return await asyncio.wait_for(process.wait(), PATIENCE)
    except TimeoutError:
        process.kill()  # nothing of a test outlives it
        raise
