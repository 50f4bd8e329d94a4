"""Answers to parents: sent in order, tried again, and never shown twice."""

from __future__ import annotations

import asyncio
import logging

import discord

from bot.channels import Unavailable
from bot.channels.discord_api import Api, Json, code
from bot.channels.discord_events import Interaction, snowflake
from bot.channels.discord_replies import record

logger = logging.getLogger(__name__)

#: Between tries of a message that could not be sent.
SENDING = (0.3, 1.0, 3.0, 9.0, 20.0)
_ANSWERED_ALREADY = 40060
#: Ways to answer an interaction.
SAY, THINK, SILENT, UPDATE, FORM = 4, 5, 6, 7, 9


class Sending:
    """A failure is logged and not raised: what a parent sees can be shown again."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def acknowledge(self, to: Interaction, kind: int, data: Json | None = None) -> bool:
        """Answer an interaction. False when Discord does not wait for the answer any more."""
        for pause in (SENDING[0], None):
            try:
                await self._api.answer(to, kind, data)
                return True
            except Unavailable:
                if pause is None:
                    break
                await asyncio.sleep(pause)
            except discord.HTTPException as error:
                return code(error) == _ANSWERED_ALREADY
        logger.warning("an interaction could not be answered")
        return False

    async def answer(self, to: Interaction, payloads: list[Json], *, thinks: bool) -> int:
        """Answer a command with the first message. Returns how many have been said by that.

        After 15 minutes it is too late for that; a message of its own never is.
        """
        if not thinks:
            kind, data = (SAY, payloads[0]) if payloads else (THINK, None)
            return int(await self.acknowledge(to, kind, data) and bool(payloads))
        for pause in (*SENDING[:2], None):
            try:
                if payloads:
                    await self._api.finish(to, payloads[0])
                else:
                    await self._api.finish_silently(to)
                return 1
            except Unavailable:
                if pause is not None:
                    await asyncio.sleep(pause)
            except discord.HTTPException:
                break
        return 0

    async def say(
        self, conversation: str, identity: str, channel: str, payloads: list[Json], first: int = 0
    ) -> None:
        """Send messages one after the other, from the `first` that was not said yet."""
        if first < len(payloads):
            channel = await self._channel(conversation, channel)
        for number in range(first, len(payloads)):
            if not await self._send(channel, payloads[number], f"{identity[:21]}.{number}"):
                break

    async def _channel(self, conversation: str, otherwise: str) -> str:
        """Where to answer: the parent's own direct messages, whatever the event said."""
        for pause in (*SENDING[:2], None):
            try:
                return await self._api.open(conversation)
            except Unavailable:
                if pause is None:
                    break
                await asyncio.sleep(pause)
            except discord.HTTPException:
                break
        return otherwise

    async def _send(self, channel: str, payload: Json, nonce: str) -> bool:
        """Send one message until Discord has it, once. False when it could not be sent."""
        for pause in (*SENDING, None):
            try:
                await self._api.send(channel, payload, nonce)
                return True
            except Unavailable as error:
                logger.info("a reply was not sent yet: %s", error)
                if pause is None:
                    break
                await asyncio.sleep(error.retry_after or pause)
            except discord.HTTPException as error:
                if error.status == 400 and "components" in payload:
                    logger.error("buttons were refused (%s); sent without them", code(error))
                    bare = {key: value for key, value in payload.items() if key != "components"}
                    return await self._send(channel, bare, nonce)
                logger.warning("a reply was refused (%s, %s)", error.status, code(error))
                return False
        logger.warning("a reply could not be sent; it is shown again when the parent writes")
        return False

    async def record(
        self, channel: str, interaction: Interaction, *, thinks: bool, counted: bool
    ) -> None:
        """Answer a press; if it counted, by turning its message into a record of the choice."""
        edit, identity = None, ""
        if counted and interaction.message:
            identity = snowflake(interaction.message.get("id"))
            channel = snowflake(interaction.message.get("channel_id")) or channel
            edit = record(interaction.message, interaction.pressed) if identity else None
        if not thinks:
            answered = await self.acknowledge(interaction, UPDATE if edit else SILENT, edit)
            if answered or edit is None:
                return
        if edit is None:
            return
        try:
            await self._api.edit(channel, identity, edit)
        except (Unavailable, discord.HTTPException) as error:
            logger.info("a choice was not recorded in the chat (%s)", type(error).__name__)
