from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from bot import web as pages
from bot.health import Health
from bot.store import StoreUnavailable
from tests.patience import PATIENCE
from tests.service import free_port

WELL = Health(
    problems=(),
    notes=(),
    letters={"waiting": 1, "sent": 2, "parked": 0},
    notices={"waiting": 0, "sent": 2, "parked": 0},
    oldest=61,
    channels={"telegram": True},
    inbound={"relayed": 5, "quarantined": 2},
    mailbox=True,
    unreachable={"telegram": 3},
)


@asynccontextmanager
async def listening(
    look: Callable[[], Awaitable[Health]], port: int, alerts: list[str] | None = None
) -> AsyncIterator[None]:
    told: list[str] = [] if alerts is None else alerts
    task = asyncio.create_task(pages.listen("127.0.0.1", port, look, {"/hook": hook}, told.append))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def hook(request: web.Request) -> web.Response:
    return web.Response(text="hooked")


async def get(port: int, path: str) -> tuple[int, str]:
    async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}{path}") as answer:
                    return answer.status, await answer.text()
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.02)


async def test_all_is_well_in_counts_and_ages() -> None:
    async def look() -> Health:
        return WELL

    port = free_port()
    async with listening(look, port):
        status, told = await get(port, "/health")
        _, measured = await get(port, "/metrics")
        missing, _ = await get(port, "/var/before-you-post.db")

    assert (status, missing) == (200, 404)
    assert json.loads(told)["oldest_waiting_letter_seconds"] == 61
    assert "before_you_post_oldest_waiting_letter_seconds 61\n" in measured
    assert 'before_you_post_letters{state="waiting"} 1\n' in measured
    assert 'before_you_post_unreachable_total{channel="telegram"} 3\n' in measured


async def test_what_needs_a_person_is_503_and_says_no_word_of_it() -> None:
    async def look() -> Health:
        return replace(WELL, problems=("letter/K7Q2-M4XP/office was refused",))

    port = free_port()
    async with listening(look, port):
        status, told = await get(port, "/health")
        _, measured = await get(port, "/metrics")

    assert status == 503
    assert json.loads(told)["problems"] == 1
    assert "K7Q2" not in told + measured


async def test_a_database_that_cannot_be_asked_is_503() -> None:
    async def look() -> Health:
        raise StoreUnavailable("disk full at /srv/secret")

    port = free_port()
    async with listening(look, port):
        status, told = await get(port, "/health")
        page, measured = await get(port, "/metrics")

    assert (status, page) == (503, 200)
    assert json.loads(told) == {"well": False, "database": False}
    assert measured == "before_you_post_database_up 0\n"


async def test_a_webhook_is_beside_the_pages() -> None:
    async def look() -> Health:
        return WELL

    port = free_port()
    async with listening(look, port):
        await get(port, "/health")
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"http://127.0.0.1:{port}/hook") as answer,
        ):
            assert await answer.text() == "hooked"


async def test_a_port_that_is_taken_is_had_later_and_told_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def look() -> Health:
        return WELL

    monkeypatch.setattr(pages, "AGAIN", 0.01)
    alerts: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with listening(look, port, alerts):
            async with asyncio.timeout(PATIENCE):
                while not alerts:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            taken.close()

            assert (await get(port, "/health"))[0] == 200
    assert len(alerts) == 1
    assert f"127.0.0.1:{port}" in alerts[0]
