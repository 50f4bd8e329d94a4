"""Discord's events taken as turns: in order, committed before they are answered, none missed."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any  # A coroutine's own types do not matter here.
from weakref import WeakValueDictionary

import discord

from bot.channels import Handle, Incoming, Unavailable
from bot.channels.discord_api import Api, Json, code
from bot.channels.discord_events import (
    AsksToWrite,
    FromElsewhere,
    FromParent,
    Interaction,
    read,
)
from bot.channels.discord_replies import (
    command_button,
    escape,
    form,
    link_button,
    message,
    render,
    was_said_by_bot,
)
from bot.channels.discord_sending import Sending
from dialogs.messages import Reply, Wrote

logger = logging.getLogger(__name__)

#: Between tries of a turn that could not be saved; then the parent is asked to try again.
SAVING = (0.2, 1.0, 3.0)
#: Between tries of looking back.
LOOKING = 5.0
#: How far to look back for a parent that nothing is known of, in milliseconds.
_A_DAY = 24 * 60 * 60 * 1000
_SAY, _THINK, _THINK_SILENTLY, _FORM = 4, 5, 6, 9  # ways to answer an interaction
_EPHEMERAL: Json = {"flags": 64}
_IDENTITY = re.compile(r"[mi]([0-9]{1,20})", re.ASCII)

#: The conversations that were active lately, each with messages of theirs that were handled.
Known = Callable[[], Awaitable[Iterable[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Texts:
    """What the channel itself says, in the school's first language.

    In a server: `private_only` when the direct message could be sent, `closed` and `not_now` when
    it could not. `come_here`, with the button `start`, is that direct message.
    """

    private_only: str
    closed: str
    not_now: str
    come_here: str
    start: str
    open_chat: str
    not_yours: str
    not_taken: str
    write: str
    form_title: str
    form_label: str


class Turns:
    """`spawn` starts work that must not hold up the next event."""

    def __init__(
        self,
        handle: Handle,
        api: Api,
        texts: Texts,
        known: Known,
        spawn: Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]],
    ) -> None:
        self._handle, self._api, self._texts = handle, api, texts
        self._known, self._spawn = known, spawn
        self._sending = Sending(api)
        self._orders: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._loaded = asyncio.Event()
        self._missed: dict[str, str] = {}
        self._caught_up: dict[str, int] = {}

    def hear(self, name: str, event: object) -> None:
        """Begin the turn of one event. Called in the order in which Discord sent them."""
        match read(name, event):
            case FromParent() as heard:
                self._spawn(self._take(heard))
            case AsksToWrite(interaction):
                show = form(self._texts.form_title, self._texts.form_label)
                self._spawn(self._sending.acknowledge(interaction, _FORM, show))
            case FromElsewhere() as heard:
                self._spawn(self._point_to_direct_messages(heard))

    def missed_some(self) -> None:
        """A fresh session: what was said before it is lost, until `look_back` has found it."""
        self._loaded.clear()
        self._caught_up.clear()

    async def look_back(self) -> None:
        """Take what was said while nobody listened, in every conversation that is known.

        Until it has been read back, a conversation takes no other turn.
        """
        self._missed = _latest(await self._known())
        self._loaded.set()
        waiting = list(self._missed)
        while waiting:
            waiting = [one for one in waiting if not await self._looked_back(one)]
            if waiting:
                await asyncio.sleep(LOOKING)

    # --- one turn ---

    async def _take(self, heard: FromParent) -> None:
        interaction = heard.interaction
        acknowledged: asyncio.Task[bool] | None = None
        if interaction is not None:
            # Discord gives three seconds; acknowledge before doing anything.
            kind = _THINK_SILENTLY if interaction.has_message else _THINK
            acknowledged = self._spawn(self._sending.acknowledge(interaction, kind))
        async with self._order(heard.conversation):
            await self._loaded.wait()
            try:
                await self._catch_up(heard.conversation, heard)
            except Unavailable:
                if interaction is None and heard.conversation in self._missed:
                    return  # it is read back too, when that can be done again
                logger.warning("could not look back before a turn")
            for incoming in heard.incoming:
                if not self._was_caught(incoming):
                    await self._turn(incoming, heard.channel, interaction, acknowledged)

    async def _turn(
        self,
        incoming: Incoming,
        channel: str,
        interaction: Interaction | None = None,
        acknowledged: asyncio.Task[bool] | None = None,
    ) -> None:
        """Have one message handled, and show what came of it."""
        replies = await self._save(incoming)
        beside: list[Coroutine[Any, Any, None]] = []
        if replies is None:
            replies = (Reply(self._texts.not_taken),)
        elif interaction is not None and not any(reply.refused for reply in replies):
            beside.append(self._sending.record(channel, interaction))
        payloads = [one for reply in replies for one in render(reply, self._texts.write)]
        thinks = acknowledged is not None and await acknowledged
        thinking = interaction if thinks and interaction and not interaction.has_message else None
        say = self._sending.say(
            incoming.conversation, incoming.message, channel, payloads, thinking
        )
        await asyncio.gather(*beside, say)

    async def _save(self, incoming: Incoming) -> Sequence[Reply] | None:
        for pause in (*SAVING, None):
            try:
                return await self._handle(incoming)
            except Unavailable:
                logger.warning("a turn was not saved", exc_info=pause == SAVING[0])
            except Exception:
                logger.exception("a turn failed")
                break
            if pause is not None:
                await asyncio.sleep(pause)
        logger.error("gave up a turn; the parent was asked to try again")
        return None

    # --- from elsewhere ---

    async def _point_to_direct_messages(self, heard: FromElsewhere) -> None:
        """Answer so that only the one who asked sees it. Nothing is taken and nothing is kept."""
        to, texts = heard.interaction, self._texts
        if not to.is_command or not heard.conversation:
            said = message(escape(texts.not_yours), ephemeral=True)
            await self._sending.acknowledge(to, _SAY, said)
            return
        if not await self._sending.acknowledge(to, _THINK, _EPHEMERAL):
            return
        here = message(escape(texts.come_here))
        try:
            channel = await self._api.open(heard.conversation)
            button = command_button(texts.start, "start")
            await self._api.send(channel, {**here, "components": button}, f"i{to.id}.d")
        except discord.HTTPException:
            answer = message(escape(texts.closed))
        except Unavailable:
            answer = message(escape(texts.not_now))
        else:
            chat = link_button(texts.open_chat, f"https://discord.com/channels/@me/{channel}")
            answer = {**message(escape(texts.private_only)), "components": chat}
        try:
            await self._api.finish(to, answer)
        except (Unavailable, discord.HTTPException) as error:
            logger.info("a command in a server was not answered (%s)", type(error).__name__)

    # --- looking back ---

    async def _looked_back(self, conversation: str) -> bool:
        async with self._order(conversation):
            try:
                await self._catch_up(conversation)
            except Unavailable:
                return False
            except Exception:
                logger.exception("one conversation could not be read back")
        return True

    async def _catch_up(self, conversation: str, live: FromParent | None = None) -> None:
        """Take what a parent said, before `live`, while nobody listened. Raises `Unavailable`.

        A reply that got lost is shown again: the message was handled, the chat has no answer.
        """
        if conversation in self._caught_up:
            return
        last = _IDENTITY.match(self._missed.get(conversation, ""))
        until = _IDENTITY.match(live.incoming[0].message) if live else None
        channel, said = "", list[Json]()
        try:
            channel = await self._api.open(conversation)
            if last is not None:
                said = await self._api.history(channel, after=last[1])
            elif until is not None:
                said = _unanswered(await self._api.before(channel, until[1]), int(until[1]))
        except discord.HTTPException as error:
            logger.info("a conversation cannot be read back (%s)", code(error))
        missed = [
            (int(one["id"]), heard)
            for one in said
            if isinstance(heard := read("MESSAGE_CREATE", one), FromParent)
            and heard.conversation == conversation
            and (until is None or int(one["id"]) < int(until[1]))
        ]
        self._caught_up[conversation] = missed[-1][0] if missed else 0
        answered = any(was_said_by_bot(one) for one in said)
        if last is not None and channel and not (live or missed or answered):
            await self._turn(Incoming("discord", conversation, last[0], Wrote("")), channel)
        for _, heard in missed:
            logger.info("read back a message that was missed")
            for incoming in heard.incoming:
                await self._turn(incoming, channel)

    def _was_caught(self, incoming: Incoming) -> bool:
        """Whether a message was taken when its conversation was read back."""
        identity = _IDENTITY.match(incoming.message)
        if identity is None or incoming.message.startswith("i"):
            return False
        return int(identity[1]) <= self._caught_up.get(incoming.conversation, 0)

    def _order(self, conversation: str) -> asyncio.Lock:
        """First come, first served within a conversation; conversations do not wait for others."""
        lock = self._orders.get(conversation)
        if lock is None:
            lock = self._orders[conversation] = asyncio.Lock()
        return lock


def _latest(handled: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The latest message of each conversation. An edit (`e…`) has the id of an older one."""
    latest: dict[str, tuple[int, str]] = {}
    for conversation, identity in handled:
        if found_id := _IDENTITY.match(identity):
            found = (int(found_id[1]), found_id[0])
            latest[conversation] = max(found, latest.get(conversation, found))
    return {conversation: identity for conversation, (_, identity) in latest.items()}


def _unanswered(said: list[Json], now: int) -> list[Json]:
    """The end of a chat since the bot spoke last, if it is of today."""
    tail: list[Json] = []
    for one in reversed(said):
        if was_said_by_bot(one) or (now - int(one["id"])) >> 22 > _A_DAY:
            break
        tail.insert(0, one)
    return tail
