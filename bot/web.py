"""The one port we listen on: /health and /metrics for machines, and whatever webhooks there are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

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
    runner = web.AppRunner(
        _pages(look, webhooks), access_log=None, shutdown_timeout=2, lingering_time=1
    )
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
        """200 when all is well, else 503. Counts and ages, never what somebody wrote."""
        try:
            found = await look()
        except StoreUnavailable:
            return web.json_response({"well": False, "database": False}, status=503)
        return web.json_response(_told(found), status=200 if found.is_well else 503)

    async def metrics(request: web.Request) -> web.Response:
        try:
            text = _measured(await look())
        except StoreUnavailable:
            text = _line("database_up", 0)
        return web.Response(text=text, content_type="text/plain", charset="utf-8")

    app = web.Application()
    app.router.add_get("/health", health)
    app.router.add_get("/metrics", metrics)
    for path, receive in webhooks.items():
        app.router.add_post(path, receive)
    return app


def _told(found: Health) -> dict[str, object]:
    return {
        "well": found.is_well,
        "database": True,
        "problems": len(found.problems),
        "letters": dict(found.letters),
        "oldest_waiting_letter_seconds": found.oldest,
        "notices": dict(found.notices),
        "channels": dict(found.channels),
    }


def _measured(found: Health) -> str:
    """The same for Prometheus, in its text format."""
    lines = [_line("database_up", 1), _line("problems", len(found.problems))]
    lines += [_line("letters", n, state=state) for state, n in found.letters.items()]
    lines += [_line("oldest_waiting_letter_seconds", found.oldest)]
    lines += [_line("notices", n, state=state) for state, n in found.notices.items()]
    lines += [_line("channel_up", int(up), channel=name) for name, up in found.channels.items()]
    lines += [_line("unreachable_total", n, channel=name) for name, n in found.unreachable.items()]
    return "".join(lines)


def _line(name: str, value: int, **labels: str) -> str:
    marks = ",".join(f'{label}="{text}"' for label, text in labels.items())
    return (
        f"before_you_post_{name}{{{marks}}} {value}\n"
        if marks
        else (f"before_you_post_{name} {value}\n")
    )
