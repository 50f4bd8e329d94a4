"""What only one process may do: one at a time, and another as soon as it is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot import app, live
from bot.channels.discord import Discord
from bot.settings import Settings
from bot.store import StoreUnavailable, claims
from dialogs.content import Content
from dialogs.messages import Reply
from tests import shell
from tests.discord_shell import COMMANDS, TEXTS
from tests.fake_discord import FakeDiscord
from tests.fake_telegram import FakeTelegram, TelegramParent
from tests.postgres import server
from tests.school import until
from tests.service import free_port
from tests.shell import open_store, url_of


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "EVERY", 0.05)


@pytest.fixture
def database() -> Iterator[str]:
    shell.KIND = "postgres"
    yield "postgres"
    shell.drop_stores()
    shell.KIND = "sqlite"


class Work:
    """Goes on until it is cancelled, and notes who does it."""

    def __init__(self) -> None:
        self.doing: list[int] = []
        self.begun = 0

    def of(self, who: int) -> Callable[[], asyncio.Future[None]]:
        async def work() -> None:
            self.doing.append(who)
            self.begun += 1
            try:
                await asyncio.sleep(60)
            finally:
                self.doing.remove(who)

        return lambda: asyncio.ensure_future(work())


@asynccontextmanager
async def claiming(folder: Path, work: Work, many: int) -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks = [
        asyncio.create_task(claims.alone(url_of(folder), "poller", work.of(who)))
        for who in range(many)
    ]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_one_works_and_another_takes_over_when_it_ends(tmp_path: Path) -> None:
    work = Work()
    async with claiming(tmp_path, work, 3) as tasks:
        for begun in (1, 2, 3):
            await until(lambda: len(work.doing) == 1)
            assert work.begun == begun
            (who,) = work.doing
            tasks[who].cancel()
            await asyncio.gather(tasks[who], return_exceptions=True)

    assert work.doing == []


async def test_whoever_lost_the_server_stops_before_another_begins(tmp_path: Path) -> None:
    work = Work()
    async with claiming(tmp_path, work, 1) as (task,):
        await until(lambda: bool(work.doing))
        server().ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                     " WHERE datname LIKE 'byp%' AND pid <> pg_backend_pid()")  # fmt: skip

        await until(lambda: work.begun == 2)

        assert len(work.doing) == 1
        assert not task.done()


async def test_what_the_work_raises_is_raised_and_the_claim_let_go(tmp_path: Path) -> None:
    async def fail() -> None:
        raise LookupError("refused")

    with pytest.raises(LookupError):
        await claims.alone(url_of(tmp_path), "poller", fail)

    async def succeed() -> str:
        return "done"

    assert await claims.alone(url_of(tmp_path), "poller", succeed) == "done"


async def test_without_a_server_nothing_is_claimed() -> None:
    with pytest.raises(StoreUnavailable):
        await claims.alone("postgresql://127.0.0.1:1/bot", "poller", Work().of(1))


async def test_on_a_file_nobody_is_asked(tmp_path: Path) -> None:
    shell.KIND = "sqlite"
    store = open_store(tmp_path)

    async def work() -> str:
        return "done"

    assert await store.alone("poller", work) == "done"
    store.close()


# --- channels ---


async def test_two_processes_poll_with_one_token_one_after_the_other(
    content: Content, tmp_path: Path
) -> None:
    async with FakeTelegram() as telegram:
        parent = TelegramParent(telegram, 42)

        def process(n: int) -> asyncio.Task[bool]:
            settings = {
                "DATABASE_URL": url_of(tmp_path),
                "MAIL_URL": f"maildir:{tmp_path}/inbox",
                "LISTEN": f"127.0.0.1:{free_port()}",
                "TELEGRAM_TOKEN": telegram.token,
                "TELEGRAM_API_URL": telegram.url,
            }
            return asyncio.create_task(app.serve(Settings.from_env(settings, None), content))

        both = [process(n) for n in range(2)]
        await parent.command("start")
        await asyncio.sleep(0.3)  # as long as a second one would take to ask for news too
        conflicts = telegram.conflicts
        both[0].cancel()
        await asyncio.gather(both[0], return_exceptions=True)
        await parent.command("help")
        both[1].cancel()
        await asyncio.gather(both[1], return_exceptions=True)

    assert conflicts == 0
    assert len(parent.seen()) >= 2


def test_each_shard_is_held_by_one_process_and_webhooks_by_all(content: Content) -> None:
    given = {
        "DISCORD_TOKEN": "abc",
        "DISCORD_SHARDS": "3",
        "TELEGRAM_TOKEN": "1:abc",
        "TELEGRAM_WEBHOOK_URL": "https://bot.school.internal/telegram",
        "TELEGRAM_WEBHOOK_SECRET": "s" * 32,
    }

    async def nobody(_: object, __: object = None) -> list[tuple[str, str]]:
        return []

    lives = live.channels(Settings.from_env(given, None), content, print, nobody, nobody)  # type: ignore[arg-type] # nobody is told

    only = [one.only for one in lives]
    assert only[0] == ""
    assert len(set(only[1:])) == 3
    assert not any("abc" in name for name in only)


async def test_a_process_without_the_events_of_discord_can_tell_all_the_same() -> None:
    async with FakeDiscord() as fake:
        channel = Discord(fake.token, fake.url, TEXTS, COMMANDS, _nobody, print)

        await channel.tell("4242", Reply("It got there."))
        await channel.close()

        (told,) = (message for messages in fake.channels.values() for message in messages)
        assert told["content"] == "It got there."
        assert fake.gateway_events["identify"] == 0


async def _nobody() -> list[tuple[str, str]]:
    return []


async def test_a_shard_says_which_it_is() -> None:
    async with FakeDiscord() as fake:
        channel = Discord(fake.token, fake.url, TEXTS, COMMANDS, _nobody, print, shard=(2, 5))
        task = asyncio.create_task(channel.run(_hear))
        await fake.until(lambda: fake.shards)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert fake.shards == [[2, 5]]


async def _hear(_: object) -> list[Reply]:
    return []
