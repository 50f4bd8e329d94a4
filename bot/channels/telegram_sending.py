"""Messages to parents: in order within a chat, at the pace Telegram allows, tried again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any  # Parameters of the Bot API are JSON.

from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError, TimedOut

from bot.channels import Unavailable, Unreachable
from bot.channels.telegram_api import AnswerLost, Api, SlowDown, TokenRefused
from bot.channels.telegram_order import Order
from bot.channels.telegram_replies import LIMIT, parts, units

logger = logging.getLogger(__name__)

#: How long to wait after each failure that may pass. A minute in all: by then the parent has
#: asked again, and what they see is a function of the session.
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
#: Replies that may wait for one chat, when Telegram slows it down.
_WAITING = 40
#: A wait that a notice sits out; a longer one is the outbox's.
_SHORT = 3.0
_GONE = ("chat not found", "user is deactivated", "bot can't initiate", "peer_id_invalid")

Call = tuple[str, dict[str, Any]]


class Sending:
    """`gone` is told of a conversation that cannot be reached any more."""

    def __init__(
        self,
        api: Api,
        gone: Callable[[str], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._api, self._gone, self._sleep = api, gone, sleep
        self._order = Order()
        self._slow_until: dict[int, float] = {}

    async def show(self, chat: int, calls: Sequence[Call], beside: Sequence[Call] = ()) -> None:
        """Make the calls one after the other; those `beside` go together with the first.

        A failure is logged and not raised: the parent can have everything shown again.
        """
        if self._order.waiting(chat) >= _WAITING:
            logger.warning("left a reply out: %s are waiting for one chat", _WAITING)
            return
        async with self._order.of(chat):
            done = await self._together(chat, [*beside, *calls[:1]])
            for call in calls[1:]:
                done = done and await self._done(chat, call)

    async def _together(self, chat: int, calls: Sequence[Call]) -> bool:
        """Make calls at once; as `gather` does, which takes three times as long for two."""
        if not calls:
            return True
        first, *others = (self._done(chat, call) for call in calls)
        tasks = [asyncio.create_task(other) for other in others]
        try:
            done = await first
            for task in tasks:
                done &= await task
        finally:
            for task in tasks:
                task.cancel()
        return done

    async def tell(self, chat: int, calls: Sequence[Call]) -> None:
        """Make the calls, or raise `Unreachable` or `Unavailable`."""
        slow = self._slow_until.get(chat, 0.0) - time.monotonic()
        if slow > _SHORT:
            raise Unavailable("Telegram slows this chat down", slow)
        async with self._order.of(chat):
            for number, call in enumerate(calls):
                try:
                    # Once a part is out, the rest is worth waiting for.
                    await self._try(chat, call, patient=number > 0)
                except TokenRefused:
                    raise Unavailable("Telegram refused the token") from None
                except SlowDown as error:
                    why = "Telegram slows this chat down"
                    raise Unavailable(why, error.seconds, uncertain=number > 0) from None
                except (Forbidden, BadRequest) as error:
                    raise Unreachable(_name(error)) from None
                except TelegramError as error:
                    lost = isinstance(error, AnswerLost | TimedOut)
                    raise Unavailable(_name(error), uncertain=lost or number > 0) from None

    async def answer(self, call: Call) -> None:
        """Stop the waiting sign on a button, whoever pressed it."""
        await self._done(0, call)

    async def _done(self, chat: int, call: Call) -> bool:
        """Try one call. Only a message that could not be sent is worth stopping for."""
        try:
            await self._try(chat, call)
        except TokenRefused:
            raise
        except TelegramError as error:
            logger.warning("%s was not done (%s)", call[0], _name(error))
            return call[0] != "sendMessage"
        return True

    async def _try(self, chat: int, call: Call, *, patient: bool = True) -> None:
        """Make one call until it is done. Raises the error that does not pass."""
        method, parameters = call
        for pause in (*PAUSES, None):
            try:
                await self._api.call(method, **parameters)
                return
            except Forbidden:
                await self._gone(str(chat))
                raise
            except BadRequest as error:
                await self._put_right(chat, call, error)
                return
            except SlowDown as error:
                self._note_slow(chat, error.seconds)
                if pause is None or (not patient and error.seconds > _SHORT):
                    raise
                logger.info("one chat is slowed down for %s s", error.seconds)
                await self._sleep(error.seconds)
            except NetworkError:
                if pause is None or not patient:
                    raise
                await self._sleep(pause)

    async def _put_right(self, chat: int, call: Call, error: BadRequest) -> None:
        """Answer a 400: leave it, say it in a simpler way, or raise it again."""
        method, parameters = call
        reason = error.message.lower()
        if method != "sendMessage":
            if "not modified" not in reason:
                logger.info("%s was refused (%s)", method, _name(error))
            return
        if any(words in reason for words in _GONE):
            await self._gone(str(chat))
            raise error
        simpler = simplify(parameters, too_long="too long" in reason)
        if not simpler:
            logger.error("a message was refused (%s)", _name(error))
            raise error
        logger.warning("a message was refused (%s); trying it in a simpler way", _name(error))
        for each in simpler:
            await self._try(chat, (method, each))

    def _note_slow(self, chat: int, wait: float) -> None:
        now = time.monotonic()
        if len(self._slow_until) > 1000:
            self._slow_until = {c: t for c, t in self._slow_until.items() if t > now}
        self._slow_until[chat] = now + wait


def answered(press: str, text: str = "") -> Call:
    """The call that stops the waiting sign on a button."""
    parameters = {"callback_query_id": press}
    return "answerCallbackQuery", {**parameters, "text": text} if text else parameters


def simplify(parameters: dict[str, Any], *, too_long: bool) -> list[dict[str, Any]]:
    """Other ways to send a message that was refused; none when nothing can be left out."""
    text, keyboard = parameters["text"], parameters.get("reply_markup")
    plain = {k: v for k, v in parameters.items() if k not in ("entities", "reply_markup")}
    if too_long and units(text) > 512:
        spans = parts(text, min(LIMIT, units(text)) // 2, exact=True)
        calls = [{**plain, "text": text[start:end]} for start, end in spans]
        if keyboard:
            calls[-1]["reply_markup"] = keyboard
        return calls
    if "entities" in parameters:
        return [{**plain, "reply_markup": keyboard} if keyboard else plain]
    return [plain] if keyboard else []


def _name(error: TelegramError) -> str:
    """What may be logged of an error: a 400's reason is Telegram's own, the rest is its kind."""
    return error.message[:120] if isinstance(error, BadRequest) else type(error).__name__
