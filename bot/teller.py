"""What a parent is told outside of a turn of theirs: a notice, a reminder, or school's answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from bot.channels import Channel, Handle, Incoming
from bot.store import Leased, Store, Transaction
from dialogs.messages import Answered, Event, Reminded, Reply

#: Say a message of the wording in a language: `render(language, message, values)`.
Render = Callable[[str, str, Mapping[str, str]], Reply]

#: Called before each part that is told: raises when it is not ours to tell any more.
Check = Callable[[], Awaitable[None]]

#: Says that what follows may have been told before.
AGAIN = "answer_again"


class Teller:
    """Takes what is for a parent to the chat that it belongs to."""

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        handle: Handle,
        render: Render,
        clock: Callable[[], datetime],
        within: float,
    ) -> None:
        """`within` is how long one message may take, in seconds."""
        self._store = store
        self._channels = channels
        self._handle = handle
        self._render = render
        self._clock = clock
        self._within = within

    async def notify(self, leased: Leased) -> None:
        """Tell a notice, in the language of the conversation."""
        said = json.loads(leased.payload)
        await self._tell(leased, self._render(leased.language, said["message"], said["values"]))

    async def remind(self, leased: Leased) -> None:
        """Tell what the conversation shows once it was reminded.

        Handled before, and not told: then this is what it shows now.
        """
        for reply in await self._take(leased, Reminded(leased.payload)):
            await self._tell(leased, reply)

    async def relay(self, leased: Leased, check: Check) -> None:
        """Tell what was not told yet of an answer, and note each part, so that it is told once.

        Where the end of an earlier try is not known, and the channel cannot know a repeat from
        something new, the parent is told that it may be one.
        """
        said = json.loads(leased.payload)
        await check()  # the parent may have asked to be forgotten
        event = Answered(leased.reference, said["words"], said["had_attachments"])
        replies = (await self._take(leased, event))[leased.told :]
        age = self._clock() - leased.created
        unknown = leased.uncertain and age > self._channels[leased.via].remembers
        if replies and (unknown or said["again"]):
            await check()
            await self._tell(leased, self._render(leased.language, AGAIN, {}))
        for told, reply in enumerate(replies, leased.told + 1):
            await check()
            await self._tell(leased, reply)
            await self._store.turn(_noting(leased, told))

    async def _take(self, leased: Leased, event: Event) -> Sequence[Reply]:
        """Something that came due, as one turn of its conversation."""
        return await self._handle(
            Incoming(leased.via, _within_channel(leased), leased.message_id, event, leased.language)
        )

    async def _tell(self, leased: Leased, reply: Reply) -> None:
        async with asyncio.timeout(self._within):
            await self._channels[leased.via].tell(
                _within_channel(leased), reply, leased.message_id or leased.id
            )


def _within_channel(leased: Leased) -> str:
    """The conversation as its channel calls it."""
    return leased.conversation.partition(":")[2]


def _noting(leased: Leased, told: int) -> Callable[[Transaction], None]:
    return lambda tx: tx.note_told(leased.id, leased.owner, told)
