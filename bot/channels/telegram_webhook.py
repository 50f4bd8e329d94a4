"""The webhook: 200 only after the commit, and only to Telegram."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import web
from telegram.error import BadRequest, TelegramError

from bot.channels import telegram_json
from bot.channels.telegram_api import Api, SlowDown, TokenRefused
from bot.channels.telegram_sending import Call
from bot.channels.telegram_turns import NotSaved
from bot.channels.telegram_updates import WANTED

logger = logging.getLogger(__name__)

#: An update is some kilobytes. Anything longer is not from Telegram.
LIMIT = 1024 * 1024
#: Telegram waits about a minute for the 200; by then it must know that we could not save.
PATIENCE = 20.0
_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_SECRET = re.compile(r"[A-Za-z0-9_-]{32,256}")
_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)

#: A call that comes back is made by Telegram itself when it reads our answer.
Take = Callable[[object, float], Awaitable[Call | None]]


class WebhookRefused(Exception):
    """Telegram does not accept the webhook's address."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Telegram refused TELEGRAM_WEBHOOK_URL: {reason}")


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram brings updates (`url`, as seen from outside), and where we listen.

    `secret` is what Telegram shows with each. Without a `port` we do not listen ourselves:
    whoever serves `path` calls `Telegram.receive`. Raises ValueError for a secret that can be
    guessed.
    """

    url: str
    secret: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int | None = 8080

    def __post_init__(self) -> None:
        if not _SECRET.fullmatch(self.secret):
            raise ValueError(
                "TELEGRAM_WEBHOOK_SECRET must be 32 to 256 letters, digits, _ or -. "
                'Make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"'
            )
        if urlsplit(self.url).scheme not in ("https", "http") or not urlsplit(self.url).netloc:
            raise ValueError("TELEGRAM_WEBHOOK_URL must be a whole address: https://…")

    @property
    def path(self) -> str:
        """Where on our own server Telegram's request arrives."""
        return urlsplit(self.url).path or "/"

    def admits(self, shown: str | None) -> bool:
        """Whether that is our secret; takes as long for a wrong one as for a right one."""
        given = (shown or "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given, self.secret.encode())


Receiver = Callable[[web.Request], Awaitable[web.Response]]


def receiver(webhook: Webhook, take: Take) -> Receiver:
    """The request handler, to be mounted at `webhook.path`."""

    async def receive(request: web.Request) -> web.Response:
        if not webhook.admits(request.headers.get(_HEADER)):
            logger.warning("refused a webhook request without the right secret")
            return web.Response(status=403)
        try:
            body = await _body(request)
        except OverflowError:
            return web.Response(status=413)
        try:
            update = telegram_json.read(body)
        except (ValueError, RecursionError):
            return web.Response(status=400)
        try:
            call = await take(update, PATIENCE)
        except NotSaved:
            # Telegram brings it again.
            return web.Response(status=503)
        if call is None:
            return web.Response()
        method, parameters = call
        answer = telegram_json.write({"method": method, **parameters})
        return web.Response(body=answer, content_type="application/json")

    return receive


async def _body(request: web.Request) -> bytes:
    if (request.content_length or 0) > LIMIT:
        raise OverflowError
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > LIMIT:
            raise OverflowError
    return bytes(body)


@contextlib.asynccontextmanager
async def listening(webhook: Webhook, receive: Receiver) -> AsyncIterator[int]:
    """A server of our own at the webhook's host and port, if it has one; gives the port."""
    if webhook.port is None:
        yield 0
        return
    app = web.Application()
    app.router.add_post(webhook.path, receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5, lingering_time=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, webhook.host, webhook.port, backlog=1024)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def register(
    api: Api,
    webhook: Webhook,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Have Telegram bring updates here, what is pending included. Tries until it agrees.

    Raises WebhookRefused when it never will.
    """
    tries = 0
    while True:
        try:
            await api.call(
                "setWebhook",
                url=webhook.url,
                secret_token=webhook.secret,
                allowed_updates=list(WANTED),
                drop_pending_updates=False,
                max_connections=100,
            )
            logger.info("Telegram brings updates to the webhook")
            return
        except TokenRefused:
            raise
        except BadRequest as error:
            raise WebhookRefused(error.message) from None
        except TelegramError as error:
            logger.warning("the webhook could not be set (%s)", type(error).__name__)
            pause = error.seconds if isinstance(error, SlowDown) else 0.0
            await sleep(max(pause, _PAUSES[min(tries, len(_PAUSES) - 1)]))
            tries += 1
