"""The one port we listen on: /health and /metrics for machines, and whatever webhooks there are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any  # a coroutine's own types do not matter

from aiohttp import web

from bot.health import Health
from bot.store import StoreUnavailable

logger = logging.getLogger(__name__)

#: How it is. Raises StoreUnavailable.
Look = Callable[[], Awaitable[Health]]
Receive = Callable[[web.Request], Awaitable[web.Response]]

#: Between tries to get the port, in seconds: a copy that is ending may still hold it.
AGAIN = 2.0
#: So many failures in a row are worth telling the person on call.
WORRYING = 10


#: Answers at a host and port until cancelled, as `listen` does.
Listen = Callable[
    [str, int, Look, Mapping[str, Receive], Callable[[str], None]], Coroutine[Any, Any, None]
]


async def listen(
    host: str,
    port: int,
    look: Look,
    webhooks: Mapping[str, Receive],
    alert: Callable[[str], None],
) -> None:
    """Answer until cancelled. `webhooks` are POST handlers by path.

    A port that cannot be had is tried again, and ends nothing else: polling needs no port.
    """
    await _answer(_pages(look, webhooks), host, port, alert)


class Shared:
    """One port for many schools: `/NAME/health`, `/NAME/metrics`, and the webhooks of each."""

    def __init__(self) -> None:
        self._looks: dict[str, Look] = {}
        self._webhooks: dict[str, Receive] = {}

    def of(self, school: str) -> Listen:
        """What this school is given in place of a port of its own."""

        async def listen(
            _: str,
            __: int,
            look: Look,
            webhooks: Mapping[str, Receive],
            ___: Callable[[str], None],
        ) -> None:
            own = {path: it for path, it in webhooks.items() if path.startswith(f"/{school}/")}
            self._looks[school] = look
            self._webhooks |= own
            try:
                await asyncio.get_running_loop().create_future()  # until cancelled
            finally:
                del self._looks[school]
                for path in own:
                    del self._webhooks[path]

        return listen

    async def listen(self, host: str, port: int) -> None:
        """Answer until cancelled."""
        app = web.Application()
        app.router.add_get("/health", self._all)
        app.router.add_get("/{school}/{page:health|metrics}", self._page)
        app.router.add_post("/{path:.*}", self._receive)
        await _answer(app, host, port, logger.error)

    async def _all(self, request: web.Request) -> web.Response:
        told = await asyncio.gather(*(_health(look) for look in self._looks.values()))
        well = {school: page.status == 200 for school, page in zip(self._looks, told, strict=True)}
        status = 200 if all(well.values()) else 503
        return web.json_response({"well": status == 200, "schools": well}, status=status)

    async def _page(self, request: web.Request) -> web.Response:
        look = self._looks.get(request.match_info["school"])
        if look is None:
            return web.Response(status=404)
        page = _health if request.match_info["page"] == "health" else _metrics
        return await page(look)

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        receive = self._webhooks.get(request.path)
        return await receive(request) if receive else web.Response(status=404)


async def _answer(app: web.Application, host: str, port: int, alert: Callable[[str], None]) -> None:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2, lingering_time=1)
    await runner.setup()
    try:
        failures = 0
        while not await _bound(runner, host, port):
            failures += 1
            if failures == WORRYING:
                alert(f"LISTEN: {host}:{port} cannot be used. I keep trying.")
            await asyncio.sleep(AGAIN)
        logger.info("listening on %s:%s", *runner.addresses[0][:2])
        await asyncio.get_running_loop().create_future()  # until cancelled
    finally:
        await runner.cleanup()


async def _bound(runner: web.AppRunner, host: str, port: int) -> bool:
    try:
        await web.TCPSite(runner, host.strip("[]"), port, backlog=1024).start()
    except OSError as error:
        logger.warning("cannot listen on %s:%s (%s)", host, port, error.strerror)
        return False
    return True


def _pages(look: Look, webhooks: Mapping[str, Receive]) -> web.Application:
    async def health(request: web.Request) -> web.Response:
        return await _health(look)

    async def metrics(request: web.Request) -> web.Response:
        return await _metrics(look)

    app = web.Application()
    app.router.add_get("/health", health)
    app.router.add_get("/metrics", metrics)
    for path, receive in webhooks.items():
        app.router.add_post(path, receive)
    return app


async def _health(look: Look) -> web.Response:
    """200 when all is well, else 503. Counts and ages, never what somebody wrote."""
    try:
        found = await look()
    except StoreUnavailable:
        return web.json_response({"well": False, "database": False}, status=503)
    return web.json_response(_told(found), status=200 if found.is_well else 503)


async def _metrics(look: Look) -> web.Response:
    try:
        text = _measured(await look())
    except StoreUnavailable:
        text = _line("database_up", 0)
    return web.Response(text=text, content_type="text/plain", charset="utf-8")


def _told(found: Health) -> dict[str, object]:
    return {
        "well": found.is_well,
        "database": True,
        "problems": len(found.problems),
        "letters": dict(found.letters),
        "oldest_waiting_letter_seconds": found.oldest,
        "notices": dict(found.notices),
        "channels": dict(found.channels),
        "mails": dict(found.inbound),
        "mailbox": found.mailbox,
    }


def _measured(found: Health) -> str:
    """The same for Prometheus, in its text format."""
    lines = [_line("database_up", 1), _line("problems", len(found.problems))]
    lines += [_line("letters", n, state=state) for state, n in found.letters.items()]
    lines += [_line("oldest_waiting_letter_seconds", found.oldest)]
    lines += [_line("notices", n, state=state) for state, n in found.notices.items()]
    lines += [_line("channel_up", int(up), channel=name) for name, up in found.channels.items()]
    lines += [_line("unreachable_total", n, channel=name) for name, n in found.unreachable.items()]
    lines += [_line("mails", n, verdict=verdict) for verdict, n in found.inbound.items()]
    if found.mailbox is not None:
        lines += [_line("mailbox_up", int(found.mailbox))]
    return "".join(lines)


def _line(name: str, value: int, **labels: str) -> str:
    marks = ",".join(f'{label}="{text}"' for label, text in labels.items())
    return (
        f"before_you_post_{name}{{{marks}}} {value}\n"
        if marks
        else (f"before_you_post_{name} {value}\n")
    )
