"""The channels of this installation, each kept going whatever becomes of the others."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.channels import Channel, Handle
from bot.settings import Settings
from dialogs.content import Content

logger = logging.getLogger(__name__)

#: Between two goes of a channel that failed, in seconds; it starts again from the first after
#: a quiet while.
PAUSES = (1.0, 5.0, 15.0, 60.0)
QUIET = 600.0


@dataclass(frozen=True, slots=True)
class Live:
    """A channel, and the errors after which trying again is no use."""

    channel: Channel
    fatal: tuple[type[Exception], ...] = ()


def channels(settings: Settings, content: Content, alert: Callable[[str], None]) -> list[Live]:
    """The channels that have a token. Each library is loaded only when it is wanted."""
    found = []
    wording = content.wordings[content.school.language]
    if token := settings.telegram_token.get_secret_value():
        from bot.channels.telegram import Telegram, Texts, TokenRefused, Webhook

        host, _, port = settings.listen.rpartition(":")
        webhook = None
        if settings.telegram_webhook_url:
            secret = settings.telegram_webhook_secret.get_secret_value()
            webhook = Webhook(settings.telegram_webhook_url, secret, host, int(port))
        texts = Texts(
            private_only=wording.say("private_only"),
            not_yours=wording.say("not_yours"),
            not_taken=wording.say("not_taken"),
            about=wording.say("about_bot"),
        )
        telegram = Telegram(
            token,
            settings.telegram_api_url,
            texts=texts,
            commands=_commands(content),
            webhook=webhook,
            alert=alert,
        )
        found.append(Live(telegram, (TokenRefused,)))
    return found


def objections(settings: Settings, content: Content) -> list[str]:
    """Why this must not go live, as sentences; empty when it may."""
    found = [
        f"{content.folder}/school.yaml: {one} is invented: put in the school's own."
        for one in content.school.invented
    ]
    if not (
        settings.telegram_token.get_secret_value() or settings.discord_token.get_secret_value()
    ):
        found.append("There is nobody to talk to: set TELEGRAM_TOKEN or DISCORD_TOKEN, or both.")
    return found


async def supervise(one: Live, handle: Handle) -> bool:
    """Run a channel, again and again when it fails. Returns False when that is no use."""
    name, failures = one.channel.name, 0
    while True:
        started = time.monotonic()
        try:
            await one.channel.run(handle)
            logger.error("%s ended by itself", name)
        except one.fatal as error:
            logger.critical("%s stopped for good: %s", name, error)
            return False
        except Exception:
            logger.exception("%s failed", name)
        if time.monotonic() - started >= QUIET:
            failures = 0
        await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
        failures += 1


def _commands(content: Content) -> dict[str, dict[str, str]]:
    """The command menu in each language that is offered."""
    return {
        language: {
            key.removeprefix("command_"): text
            for key, text in content.wordings[language].messages.items()
            if key.startswith("command_")
        }
        for language in content.offered
    }
