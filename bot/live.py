"""The channels of this installation, each kept going whatever becomes of the others."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any  # any class of texts will do

from pydantic import SecretStr

from bot.channels import Channel, Handle
from bot.settings import Settings
from dialogs.addresses import is_invented
from dialogs.content import Content

if TYPE_CHECKING:  # what answers on the web takes long to load
    from bot.web import Receive

logger = logging.getLogger(__name__)

#: The conversations of a channel that were active lately, each with messages that were handled.
Heard = Callable[[str], Awaitable[Iterable[tuple[str, str]]]]
#: A conversation of a channel was left (False: the parent blocked the bot) or taken up again.
Reached = Callable[[str, bool], Awaitable[None]]
#: A channel has stopped for good, and why.
Stopped = Callable[[str, str], Awaitable[None]]

#: Do some work while no other process does what bears that name.
Alone = Callable[[str, Callable[[], Awaitable[None]]], Awaitable[None]]

#: Between two goes of a channel that failed, in seconds; it starts again from the first after
#: a quiet while.
PAUSES = (1.0, 5.0, 15.0, 60.0)
QUIET = 600.0


async def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Live:
    """A channel, the errors after which trying again is no use, and its webhooks by path.

    `only` names what one process at a time may do: poll for a token, hold a shard. The others
    stand by. Empty: as many as there are. `close` lets go of what `tell` used.
    """

    channel: Channel
    fatal: tuple[type[Exception], ...] = ()
    webhooks: Mapping[str, Receive] = field(default_factory=dict)
    only: str = ""
    close: Callable[[], Awaitable[None]] = _nothing


def channels(
    settings: Settings,
    content: Content,
    alert: Callable[[str], None],
    heard: Heard,
    reached: Reached,
) -> list[Live]:
    """The channels that have a token. Each library is loaded only when it is wanted."""
    found = []
    if settings.telegram_token.get_secret_value():
        found.append(_telegram(settings, content, alert, reached))
    if settings.discord_token.get_secret_value():
        found += [
            _discord(settings, content, alert, heard, shard)
            for shard in range(settings.discord_shards)
        ]
    return found


def _telegram(
    settings: Settings, content: Content, alert: Callable[[str], None], reached: Reached
) -> Live:
    from bot.channels.telegram import Telegram, Texts, TokenRefused, Webhook, WebhookRefused

    webhook = None
    if settings.telegram_webhook_url:
        secret = settings.telegram_webhook_secret.get_secret_value()
        webhook = Webhook(settings.telegram_webhook_url, secret, port=None)
    telegram = Telegram(
        settings.telegram_token.get_secret_value(),
        settings.telegram_api_url,
        texts=Texts(**_said("telegram", Texts, content)),
        commands={language: _commands(content, language) for language in content.offered},
        webhook=webhook,
        alert=alert,
        reached=reached,
    )
    webhooks = {webhook.path: telegram.receive} if webhook else {}
    only = "" if webhook else f"telegram/{_digest(settings.telegram_token)}"
    return Live(telegram, (TokenRefused, WebhookRefused), webhooks, only, telegram.close)


def _discord(
    settings: Settings, content: Content, alert: Callable[[str], None], heard: Heard, shard: int
) -> Live:
    from bot.channels.discord import Command, Discord, Refused, Texts

    language = content.school.language
    argument = content.wordings[language].say("discord_command_words")
    discord = Discord(
        settings.discord_token.get_secret_value(),
        settings.discord_api_url,
        Texts(**_said("discord", Texts, content)),
        [
            Command(name, description, argument if name == "start" else "")
            for name, description in _commands(content, language).items()
        ],
        lambda: heard("discord"),
        alert,
        shard=(shard, settings.discord_shards),
    )
    only = f"discord/{_digest(settings.discord_token)}/{shard}"
    return Live(discord, (Refused,), only=only, close=discord.close)


def _digest(token: SecretStr) -> str:
    """Tells tokens apart and gives none away."""
    return hashlib.sha256(token.get_secret_value().encode()).hexdigest()[:16]


def _said(channel: str, texts: type[Any], content: Content) -> dict[str, str]:
    """What a channel says itself: the message `telegram_about` for its field `about`."""
    say = content.wordings[content.school.language].say
    return {field.name: say(f"{channel}_{field.name}") for field in fields(texts)}


def _commands(content: Content, language: str) -> dict[str, str]:
    """The commands of a language with their descriptions."""
    return {
        key.removeprefix("command_"): text
        for key, text in content.wordings[language].messages.items()
        if key.startswith("command_")
    }


def objections(settings: Settings, content: Content) -> list[str]:
    """Why this must not go live, as sentences; empty when it may."""
    found = [
        f"{content.folder}/school.yaml: {one} is invented: put in the school's own."
        for one in content.school.invented
    ]
    if "mail_url" not in settings.model_fields_set:
        # A folder that nobody opens must not be told to parents as the school's mailbox.
        found.append(
            "MAIL_URL is not set: name the school's mail server, or the Maildir the office reads."
        )
    if not (
        settings.telegram_token.get_secret_value() or settings.discord_token.get_secret_value()
    ):
        found.append("There is nobody to talk to: set TELEGRAM_TOKEN or DISCORD_TOKEN, or both.")
    if is_invented(settings.mail_from):
        found.append(f"MAIL_FROM: {settings.mail_from} is invented: put in the bot's own address.")
    if settings.answers_come_back and settings.address.casefold() in content.school.addresses:
        # What comes from the bot's own address is its own mail, and is passed on to nobody.
        found.append(
            f"MAIL_FROM: {settings.address} also receives letters, so its answers would look like "
            "the bot's own: give the bot an address of its own."
        )
    return found


async def supervise(one: Live, handle: Handle, stopped: Stopped, alone: Alone) -> bool:
    """Run a channel, again and again when it fails. Returns False when that is no use."""

    async def run() -> None:
        await one.channel.run(handle)

    name, failures = one.channel.name, 0
    while True:
        started = time.monotonic()
        try:
            await (alone(one.only, run) if one.only else run())
            logger.error("%s ended by itself", name)
        except one.fatal as error:
            logger.critical("%s stopped for good: %s", name, error)
            await stopped(name, str(error))
            return False
        except Exception:
            logger.exception("%s failed", name)
        if time.monotonic() - started >= QUIET:
            failures = 0
        await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
        failures += 1
