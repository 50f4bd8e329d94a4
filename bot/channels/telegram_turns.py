"""Updates taken as turns: in order within a conversation, and committed before they are let go."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any  # A coroutine's own types do not matter here.

from bot.channels import Handle, Incoming, Unavailable
from bot.channels.telegram_order import Order
from bot.channels.telegram_replies import record, render, screen
from bot.channels.telegram_sending import Call, Sending, answered
from bot.channels.telegram_updates import (
    FromElsewhere,
    FromParent,
    PressedElsewhere,
    Reached,
    read,
)
from dialogs.messages import Reply

logger = logging.getLogger(__name__)

#: Between tries of a turn that could not be saved.
PAUSES = (0.2, 0.5, 1.0, 3.0, 10.0, 30.0)
#: One line to a group or channel in this many seconds.
QUIET = 3600.0
_TYPING_AFTER = 1.0
#: Between two signs of typing, in all chats: Telegram takes some 30 calls a second of one bot, and
#: when many wait, each is better used for an answer.
_TYPING_PAUSE = 0.2
_SHOWN_WITHIN = 1.5
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Texts:
    """What the channel itself says, in the school's first language.

    `private_only` goes to groups and channels, `not_yours` to whoever presses another person's
    button, `not_taken` follows a message that could not be handled. `about` is shown before
    `/start`, if there is any.
    """

    private_only: str
    not_yours: str
    not_taken: str
    about: str = ""


class NotSaved(Exception):
    """The turn is not committed; Telegram must bring the update again."""


class Turns:
    """`spawn` starts work that outlives the turn: replies being sent. With `rides`, the answer to
    a press is given back by `take`, and rides on what is answered to Telegram's own request."""

    def __init__(
        self,
        handle: Handle,
        sending: Sending,
        texts: Texts,
        reached: Callable[[str, bool], Awaitable[None]],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        rides: bool = False,
    ) -> None:
        self._handle, self._sending, self._texts = handle, sending, texts
        self._reached, self._spawn, self._rides = reached, spawn, rides
        self._order, self._typed = Order(), 0.0
        self._albums: OrderedDict[int, str] = OrderedDict()
        self._hushed: OrderedDict[int, float] = OrderedDict()

    async def take(self, update: object, patience: float = float("inf")) -> Call | None:
        """Handle one update. Returns when it is safe to acknowledge it: committed and, if that
        is quick, answered. A call that is returned is to be made with the acknowledgement.

        Raises NotSaved when it could not be saved within `patience` seconds, and nothing else:
        an update that we cannot cope with must not come for ever.
        """
        try:
            match read(update):
                case FromParent() as from_parent:
                    return await self._take_turn(from_parent, patience)
                case FromElsewhere(chat, topic):
                    self._point_to_private_chat(chat, topic)
                case PressedElsewhere(press):
                    return self._answer(answered(press, self._texts.not_yours))
                case Reached(conversation, reachable):
                    await self._reached(conversation, reachable)
        except NotSaved:
            raise
        except Exception:
            logger.exception("an update was let go: it could not be taken")
        return None

    def _answer(self, call: Call) -> Call | None:
        """The only call that may ride: of one that does, we never hear whether it was done."""
        if self._rides:
            return call
        self._spawn(self._sending.answer(call))
        return None

    async def _take_turn(self, got: FromParent, patience: float) -> Call | None:
        chat, press = got.chat, got.press
        async with self._order.of(chat):
            if got.album and self._albums.get(chat) == got.album:
                return None  # the other photos of an album that was answered
            typing = asyncio.get_running_loop().call_later(_TYPING_AFTER, self._show_typing, chat)
            try:
                replies = await self._save(got.incoming, patience)
            finally:
                typing.cancel()
            if got.album:
                _remember(self._albums, chat, got.album)
            beside: list[Call] = []
            if press is not None:
                if not self._rides:
                    beside.append(answered(press.id))
                if not any(reply.refused for reply in replies) and (edit := record(chat, press)):
                    beside.append(edit)
            calls = [("sendMessage", call) for call in screen(chat, replies)]
            shown = self._spawn(self._sending.show(chat, calls, beside))
        # Killed before the parent sees it, the update comes again and it is shown then. But a
        # chat that is slowed down must not hold up the others.
        await asyncio.wait([shown], timeout=_SHOWN_WITHIN)
        return answered(press.id) if press is not None and self._rides else None

    async def _save(self, incoming: Incoming, patience: float) -> Sequence[Reply]:
        """Handle until it is committed.

        `Unavailable` is the store's and passes. Any other error is this message's own and would
        be raised for ever: it must not hold up the rest, so the parent is told that it was not
        taken.
        """
        give_up = time.monotonic() + patience
        for tries in itertools.count():
            try:
                return await self._handle(incoming)
            except Unavailable as error:
                pause = PAUSES[min(tries, len(PAUSES) - 1)]
                if time.monotonic() + pause > give_up:
                    raise NotSaved from error
                logger.warning("a turn could not be saved; trying again in %s s", pause)
                await asyncio.sleep(pause)
            except Exception:
                logger.exception("a message could not be handled; its parent was told so")
                break
        return [Reply(self._texts.not_taken, refused=True)]

    def _point_to_private_chat(self, chat: int, topic: int | None) -> None:
        now = time.monotonic()
        if now - self._hushed.get(chat, -QUIET) < QUIET:
            return
        _remember(self._hushed, chat, now)
        call = render(chat, Reply(self._texts.private_only))[0]
        if topic is not None:
            call["message_thread_id"] = topic
        self._spawn(self._sending.show(chat, [("sendMessage", call)]))

    def _show_typing(self, chat: int) -> None:
        now = time.monotonic()
        if now - self._typed < _TYPING_PAUSE:
            return
        self._typed = now
        action = {"chat_id": chat, "action": "typing"}
        self._spawn(self._sending.show(chat, [("sendChatAction", action)]))


def _remember(memory: OrderedDict[Any, Any], key: object, value: object) -> None:
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)
