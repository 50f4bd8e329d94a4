"""Telegram: parents in private chats, through a bot of the school."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any  # A coroutine's own types do not matter here.

from aiohttp import web
from telegram.error import TelegramError

from bot.channels import Handle, Unreachable
from bot.channels.telegram_api import DEFAULT, Api, NoSuchMethod, SlowDown, TokenRefused
from bot.channels.telegram_polling import Polling
from bot.channels.telegram_replies import render
from bot.channels.telegram_sending import Sending
from bot.channels.telegram_turns import Texts, Turns
from bot.channels.telegram_webhook import (
    Receiver,
    Webhook,
    WebhookRefused,
    listening,
    receiver,
    register,
)
from dialogs.messages import Reply

__all__ = ["Telegram", "Texts", "TokenRefused", "Webhook", "WebhookRefused"]

logger = logging.getLogger(__name__)

#: Replies that are under way when the bot is stopped get this long.
_FAREWELL = 3.0

#: For each language, its commands with their descriptions; the first language is the default.
Commands = Mapping[str, Mapping[str, str]]


def _be_silent(_: str) -> None:
    pass


async def _keep_no_record(_: str, __: bool) -> None:
    pass


class Telegram:
    """The channel. With a `webhook` it listens, without one it polls.

    `alert` is told what a person has to look after. `reached` records whether a conversation
    can be reached: False when the parent blocked the bot, True when they let it in again.
    """

    name = "telegram"
    remembers = timedelta(0)  # Telegram takes any message for a new one

    def __init__(
        self,
        token: str,
        api_url: str = DEFAULT,
        *,
        texts: Texts,
        commands: Commands | None = None,
        webhook: Webhook | None = None,
        alert: Callable[[str], None] = _be_silent,
        reached: Callable[[str, bool], Awaitable[None]] = _keep_no_record,
    ) -> None:
        self._api = Api(token, api_url)
        self._texts, self._commands, self._webhook = texts, commands or {}, webhook
        self._alert, self._reached = alert, reached
        self._sending = Sending(self._api, self._note_gone)
        self._receiver: Receiver | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self, handle: Handle) -> None:
        """Receive until cancelled. Raises TokenRefused or WebhookRefused, which do not pass."""
        try:
            async with asyncio.TaskGroup() as group:
                turns = Turns(
                    handle,
                    self._sending,
                    self._texts,
                    self._note,
                    self._spawner(group),
                    rides=self._webhook is not None,
                )
                try:
                    await self._receive(turns, group)
                except asyncio.CancelledError:
                    await self.settled(_FAREWELL)
                    raise
        except ExceptionGroup as group:
            raise _fatal(group) or group from None
        finally:
            await self._api.close()

    async def tell(self, conversation: str, reply: Reply, key: str = "") -> None:
        """Push one notice. Raises `Unreachable` or `Unavailable`."""
        try:
            chat = int(conversation)
        except ValueError:
            raise Unreachable("not a Telegram conversation") from None
        await self._sending.tell(chat, [("sendMessage", call) for call in render(chat, reply)])

    async def receive(self, request: web.Request) -> web.Response:
        """A request to the webhook's path, for a server that others share."""
        return await self._receiver(request) if self._receiver else web.Response(status=503)

    async def settled(self, patience: float = 60.0) -> None:
        """Wait until the replies that are under way have been sent."""
        while self._under_way and patience > 0:
            before = asyncio.get_running_loop().time()
            await asyncio.wait(self._under_way, timeout=patience)
            patience -= asyncio.get_running_loop().time() - before

    async def close(self) -> None:
        """Let go of the connections, when `tell` was used without `run`."""
        await self._api.close()

    async def _receive(self, turns: Turns, group: asyncio.TaskGroup) -> None:
        await self._check_token()
        menu = group.create_task(self._set_menu())
        try:
            if self._webhook is None:
                await Polling(self._api, turns.take, self._alert).run()
            else:
                self._receiver = receiver(self._webhook, turns.take)
                async with listening(self._webhook, self.receive):
                    await register(self._api, self._webhook)
                    await asyncio.get_running_loop().create_future()  # until cancelled
        finally:
            self._receiver = None
            menu.cancel()

    async def _check_token(self) -> None:
        """Find a wrong token out at once; anything else can wait."""
        try:
            me = await self._api.call("getMe")
        except NoSuchMethod:
            raise TokenRefused from None
        except TokenRefused:
            raise
        except TelegramError as error:
            logger.warning("Telegram did not answer at the start (%s)", type(error).__name__)
        else:
            logger.info("Telegram knows this bot as @%s", dict(me).get("username", "?"))

    async def _set_menu(self) -> None:
        """The command menu of private chats, for each language that is offered."""
        for number, (language, commands) in enumerate(self._commands.items()):
            menu = [{"command": name, "description": text} for name, text in commands.items()]
            for code in [None, language] if number == 0 else [language]:
                await self._try_to_set(
                    "setMyCommands",
                    commands=menu,
                    scope={"type": "all_private_chats"},
                    language_code=code,
                )
        if self._texts.about:
            await self._try_to_set("setMyDescription", description=self._texts.about)

    async def _try_to_set(self, method: str, **parameters: Any) -> None:
        for pause in (1.0, 10.0, 60.0, 600.0):
            try:
                await self._api.call(method, **parameters)
                return
            except TokenRefused:
                raise
            except SlowDown as error:
                await asyncio.sleep(error.seconds)
            except TelegramError as error:
                logger.warning("%s was not done (%s)", method, type(error).__name__)
                if isinstance(error, NoSuchMethod):
                    return
                await asyncio.sleep(pause)

    async def _note_gone(self, conversation: str) -> None:
        await self._note(conversation, False)

    async def _note(self, conversation: str, reachable: bool) -> None:
        """Record it if that can be done: a record is not worth stopping for."""
        try:
            await self._reached(conversation, reachable)
        except Exception:
            logger.exception("could not record whether a conversation can be reached")

    def _spawner(
        self, group: asyncio.TaskGroup
    ) -> Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]:
        def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
            task = group.create_task(work)
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            return task

        return spawn


def _fatal(group: ExceptionGroup[Exception]) -> Exception | None:
    """The error that stops the channel for good, out of all that went wrong with it."""
    for error in group.exceptions:
        if isinstance(error, ExceptionGroup):
            error = _fatal(error) or error
        if isinstance(error, TokenRefused | WebhookRefused):
            return error
    return None
