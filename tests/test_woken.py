"""Several processes on one server: woken by jobs, and right without them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest

from bot import outbox, woken
from bot.channels import Incoming
from bot.conversations import Conversations
from bot.outbox import Outbox
from bot.store import Store
from bot.woken import Woken
from tests import shell
from tests.patience import PATIENCE
from tests.postgres import server
from tests.shell import Chat, TinyDialogue, open_store, url_of, wrote
from tests.test_outbox import OFFICE, Post, render

#: Longer than any test here: whatever happens sooner was woken by a job.
NEVER = 50.0


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def database() -> Iterator[str]:
    shell.KIND = "postgres"
    yield "postgres"
    shell.drop_stores()
    shell.KIND = "sqlite"


class Process:
    """One of several processes, as far as the database can tell; all share one post and chat."""

    def __init__(self, folder: Path, mail: Post, chat: Chat, look_every: float) -> None:
        self.store = open_store(folder)
        self.conversations = Conversations(self.store, TinyDialogue(), OFFICE, now, b"secret")
        letters = Outbox(
            self.store, mail, {"telegram": chat}, self.conversations.handle, render, now
        )
        self.engine = Woken(self.store, letters, now, url_of(folder), 1.0, look_every)


@asynccontextmanager
async def running(*processes: Process) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(process.engine.run()) for process in processes]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for process in processes:
            process.store.close()


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not so():  # noqa: ASYNC110 # what changes is in the database
            await asyncio.sleep(0.02)


async def workers(folder: Path, wanted: int) -> None:
    """Wait until so many workers listen."""
    count = "SELECT COUNT(*) FROM procrastinate_workers"
    name = url_of(folder).partition("@/")[2].partition("?")[0]
    await until(lambda: server().ask(count, name)[0][0] >= wanted)


def telegram(text: str, message: str = "1") -> Incoming:
    return replace(wrote(text, message, "42"), channel="telegram")


async def test_a_letter_and_its_notice_leave_as_soon_as_they_are_stored(tmp_path: Path) -> None:
    mail, chat = Post(), Chat("telegram")
    process = Process(tmp_path, mail, chat, NEVER)
    async with running(process):
        await workers(tmp_path, 3)

        await process.conversations.handle(telegram("send lunch"))
        await until(lambda: len(chat.told) == 1)

        assert len(mail.taken) == 1
        await until(lambda: "send" not in _jobs(tmp_path))


def _jobs(folder: Path) -> str:
    with psycopg.connect(url_of(folder)) as connection:
        found = connection.execute("SELECT args::text FROM procrastinate_jobs").fetchall()
    return str(found)


async def test_each_letter_leaves_once_whichever_process_hears_of_it(tmp_path: Path) -> None:
    mail, chat = Post(slow=0.02), Chat("telegram")
    processes = [Process(tmp_path, mail, chat, 1.0) for _ in range(3)]
    async with running(*processes):
        for n in range(30):
            await processes[n % 3].conversations.handle(telegram(f"send lunch {n}", str(n)))

        await until(lambda: len(chat.told) == 30)

    assert len(mail.taken) == 30


async def test_a_reminder_comes_at_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(woken, "LOOK_EVERY", 0.1)
    # The server has the real clock, and nobody is reminded at night: here it is noon.
    monkeypatch.setattr(outbox, "LONDON", timezone(timedelta(hours=12 - now().hour)))
    chat = Chat("telegram")
    process = Process(tmp_path, Post(), chat, NEVER)
    async with running(process):
        await workers(tmp_path, 3)
        await until(lambda: _jobs(tmp_path) == "[]")  # it has looked, and will not soon again
        at = now() + timedelta(seconds=0.5)
        await process.store.turn(
            lambda tx: tx.queue_reminder("telegram:42", "check_in", "en", at, now())
        )

        await until(lambda: bool(chat.told))

        assert now() >= at
        assert chat.told == [("42", "you asked me about check_in")]


async def test_what_no_job_wakes_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(woken, "LOOK_EVERY", 0.1)
    mail, chat = Post(), Chat("telegram")
    process = Process(tmp_path, mail, chat, 1.0)
    await process.conversations.handle(telegram("send lunch"))
    with psycopg.connect(url_of(tmp_path)) as connection:
        connection.execute("DELETE FROM procrastinate_jobs")

    async with running(process):
        await until(lambda: bool(chat.told))

    assert len(mail.taken) == 1


async def test_the_jobs_of_a_worker_that_was_killed_are_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(woken, "SILENT", 1)
    process = Process(tmp_path, Post(), Chat("telegram"), 1.0)
    await process.conversations.handle(telegram("send lunch"))
    with psycopg.connect(url_of(tmp_path)) as connection:
        connection.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
        )
        connection.execute(
            "UPDATE procrastinate_jobs SET status = 'doing',"
            " worker_id = (SELECT id FROM procrastinate_workers)"
        )

    async with running(process):
        await until(lambda: "letter" not in _jobs(tmp_path))

        (row,) = await process.store.outbox_rows()
        assert row.state == "sent"


async def test_work_goes_on_after_the_server_cut_every_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(woken, "PAUSE", 0.05)
    chat = Chat("telegram")
    process = Process(tmp_path, Post(), chat, 1.0)
    async with running(process):
        await workers(tmp_path, 3)
        server().ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                     " WHERE datname LIKE 'byp%' AND pid <> pg_backend_pid()")  # fmt: skip

        await process.conversations.handle(telegram("send lunch"))

        await until(lambda: bool(chat.told))


async def test_what_is_old_is_wiped_without_being_asked(tmp_path: Path) -> None:
    process = Process(tmp_path, Post(), Chat("telegram"), 1.0)
    long_ago = now() - timedelta(days=30)
    await process.store.turn(lambda tx: tx.save_session("telegram:42", "x", "en", long_ago))

    async with running(process):
        await until(lambda: "telegram:42" not in server().rows(tmp_path))


async def test_stopping_puts_back_what_cannot_finish(tmp_path: Path) -> None:
    mail = Post(slow=60)
    process = Process(tmp_path, mail, Chat("telegram"), NEVER)
    store: Store = open_store(tmp_path)
    async with running(process):
        await workers(tmp_path, 3)
        await process.conversations.handle(telegram("send lunch"))
        await until(lambda: mail.begun == 1)

    (row,) = await store.outbox_rows()
    assert (row.state, row.last_error) == ("queued", "stopped half-way")
    store.close()
