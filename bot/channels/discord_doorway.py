"""What the bot says in servers: to one person only, and only the way to their direct messages."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import discord

from bot.channels import Unavailable
from bot.channels.discord_api import Api, Json
from bot.channels.discord_events import FromElsewhere
from bot.channels.discord_replies import command_button, escape, link_button, message
from bot.channels.discord_sending import SAY, THINK, Sending

logger = logging.getLogger(__name__)

_ONLY_FOR_ONE: Json = {"flags": 64}


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


class Doorway:
    """Nothing that is done here is taken as a turn, and nothing of it is kept."""

    def __init__(self, api: Api, sending: Sending, texts: Texts) -> None:
        self._api, self._sending, self._texts = api, sending, texts

    async def show(self, heard: FromElsewhere) -> None:
        """Answer a command by a direct message; refuse a button kindly."""
        to, texts = heard.interaction, self._texts
        if not to.is_command or not heard.conversation:
            refusal = message(escape(texts.not_yours), ephemeral=True)
            await self._sending.acknowledge(to, SAY, refusal)
            return
        if not await self._sending.acknowledge(to, THINK, _ONLY_FOR_ONE):
            return
        answer = await self._open(heard.conversation, f"i{to.id}.d")
        try:
            await self._api.finish(to, answer)
        except (Unavailable, discord.HTTPException) as error:
            logger.info("a command in a server was not answered (%s)", type(error).__name__)

    async def _open(self, conversation: str, nonce: str) -> Json:
        """Send the first direct message. Returns what to say in the server about it."""
        texts = self._texts
        here = message(escape(texts.come_here))
        try:
            channel = await self._api.open(conversation)
            button = command_button(texts.start, "start")
            await self._api.send(channel, {**here, "components": button}, nonce)
        except discord.HTTPException:
            return message(escape(texts.closed), ephemeral=True)
        except Unavailable:
            return message(escape(texts.not_now), ephemeral=True)
        chat = link_button(texts.open_chat, f"https://discord.com/channels/@me/{channel}")
        return {**message(escape(texts.private_only), ephemeral=True), "components": chat}
