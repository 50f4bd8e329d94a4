"""Discord's events taken as turns: in order, committed before they are answered, none missed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any  # A coroutine's own types do not matter here.
from weakref import WeakValueDictionary

import discord

from bot.channels import Handle, Incoming, Unavailable
from bot.channels import discord_past as past
from bot.channels.discord_api import Api, Json, code
from bot.channels.discord_doorway import Doorway, Texts
from bot.channels.discord_events import (
    AsksToWrite,
    FromElsewhere,
    FromParent,
    Interaction,
    read,
)
from bot.channels.discord_past import Answer, Latest
from bot.channels.discord_replies import form, render
from bot.channels.discord_sending import FORM, SILENT, THINK, Sending
from dialogs.messages import Reply, Wrote

logger = logging.getLogger(__name__)

#: Between tries of a turn that could not be saved; then the parent is asked to try again.
SAVING = (0.2, 1.0, 3.0)
#: Discord waits three seconds for an answer; a turn that takes longer is deferred.
ACKNOWLEDGED_BY = 1.5
#: Between tries of looking back.
LOOKING = 5.0

#: The conversations that were active lately, each with messages of theirs that were handled.
Known = Callable[[], Awaitable[Iterable[tuple[str, str]]]]


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
        self._doorway = Doorway(api, self._sending, texts)
        self._orders: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._loaded = asyncio.Event()
        self._missed: dict[str, Latest] = {}
        self._caught_up: dict[str, int] = {}

    def hear(self, name: str, event: object) -> None:
        """Begin the turn of one event. Called in the order in which Discord sent them."""
        match read(name, event):
            case FromParent() as heard:
                self._spawn(self._take(heard))
            case AsksToWrite(interaction):
                show = form(self._texts.form_title, self._texts.form_label)
                self._spawn(self._sending.acknowledge(interaction, FORM, show))
            case FromElsewhere() as heard:
                self._spawn(self._doorway.show(heard))

    def missed_some(self) -> None:
        """A fresh session: what was said before it is lost, until `look_back` has found it."""
        self._loaded.clear()
        self._caught_up.clear()

    async def look_back(self) -> None:
        """Take what was said while nobody listened, in every conversation that is known.

        Until it has been read back, a conversation takes no other turn.
        """
        self._missed = past.latest(await self._known())
        self._loaded.set()
        waiting = list(self._missed)
        while waiting:
            waiting = [one for one in waiting if not await self._looked_back(one)]
            if waiting:
                await asyncio.sleep(LOOKING)

    # --- one turn ---

    async def _take(self, heard: FromParent) -> None:
        kept, late = asyncio.Event(), None
        if heard.interaction is not None:
            late = self._spawn(self._think_if_slow(heard.interaction, kept))
        async with self._order(heard.conversation):
            await self._loaded.wait()
            try:
                await self._catch_up(heard.conversation, heard)
            except Unavailable:
                if heard.interaction is None and heard.conversation in self._missed:
                    return  # it is read back too, when that can be done again
                logger.warning("could not look back before a turn")
            for incoming in heard.incoming:
                if self._was_caught(incoming):
                    continue
                replies = await self._save(incoming)
                kept.set()
                if heard.interaction is None or late is None:
                    await self._say(incoming, heard.channel, replies)
                else:
                    await self._answer(heard, replies, thinks=await late)

    async def _think_if_slow(self, interaction: Interaction, kept: asyncio.Event) -> bool:
        """Discord gives three seconds. What it was told is answered should be on the disk."""
        try:
            await asyncio.wait_for(kept.wait(), ACKNOWLEDGED_BY)
        except TimeoutError:
            kind = SILENT if interaction.has_message else THINK
            return await self._sending.acknowledge(interaction, kind)
        return False

    async def _answer(
        self, heard: FromParent, replies: Sequence[Reply] | None, *, thinks: bool
    ) -> None:
        """Show what came of a command, a button or a form."""
        interaction = heard.interaction
        assert interaction is not None
        if interaction.has_message:
            counted = replies is not None and not any(reply.refused for reply in replies)
            await asyncio.gather(
                self._sending.record(heard.channel, interaction, thinks=thinks, counted=counted),
                self._say(heard.incoming[0], heard.channel, replies),
            )
            return
        await self._say(heard.incoming[0], heard.channel, replies, interaction, thinks=thinks)

    async def _say(
        self,
        incoming: Incoming,
        channel: str,
        replies: Sequence[Reply] | None,
        interaction: Interaction | None = None,
        *,
        thinks: bool = False,
    ) -> None:
        if replies is None:
            replies = (Reply(self._texts.not_taken),)
        payloads = [one for reply in replies for one in render(reply, self._texts.write)]
        first = 0
        if interaction is not None:
            first = await self._sending.answer(interaction, payloads, thinks=thinks)
        await self._sending.say(incoming.conversation, incoming.message, channel, payloads, first)

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

        An answer that got lost is shown again: the message was handled, the chat has no answer.
        """
        if conversation in self._caught_up:
            return
        last = self._missed.get(conversation)
        until = past.when(live.incoming[0].message) if live else None
        channel, since, said = "", 0, list[Json]()
        try:
            channel = await self._api.open(conversation)
            if last is not None:
                since, said = last.at, await self._api.after(channel, str(last.before))
            elif until is not None:
                said = await self._api.before(channel, str(until))
                since = past.unanswered(said, until)
        except discord.HTTPException as error:
            logger.info("a conversation cannot be read back (%s, %s)", error.status, code(error))
        missed = past.missed(said, conversation, since, until)
        places = [past.when(heard.incoming[0].message) or 0 for heard in missed]
        self._caught_up[conversation] = max(places, default=0)
        if last is not None and channel and not (live or missed):
            await self._show_again(conversation, last, channel, said)
        for heard in missed:
            logger.info("read back a message that was missed")
            for incoming in heard.incoming:
                await self._say(incoming, channel, await self._save(incoming))

    async def _show_again(
        self, conversation: str, last: Latest, channel: str, said: list[Json]
    ) -> None:
        """Show the answer to the latest message, unless the chat has it."""
        answer = past.answer(said, last)
        if answer is Answer.SHOWN:
            return
        again = Incoming("discord", conversation, last.identity, Wrote(""))
        replies = await self._save(again)
        shown = render(replies[-1]) if replies else []
        if not shown or (answer is Answer.UNCLEAR and past.shows(said, shown[-1]["content"])):
            return
        await self._say(again, channel, replies)

    def _was_caught(self, incoming: Incoming) -> bool:
        """Whether a message was taken when its conversation was read back."""
        at = past.when(incoming.message)
        if at is None or incoming.message.startswith("i"):
            return False
        return at <= self._caught_up.get(incoming.conversation, 0)

    def _order(self, conversation: str) -> asyncio.Lock:
        """First come, first served within a conversation; conversations do not wait for others."""
        lock = self._orders.get(conversation)
        if lock is None:
            lock = self._orders[conversation] = asyncio.Lock()
        return lock
