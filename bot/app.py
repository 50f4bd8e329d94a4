"""The ways of running: the parts side by side, and stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot import health, live, loop, schools
from bot.admin import at_the_desk
from bot.alerts import tell_admin, watch
from bot.channels import Unavailable
from bot.inbound import NotReleased, words_of
from bot.mailroom import Mailroom
from bot.parts import built, rules_of
from bot.settings import Settings
from bot.store import Store, StoreUnavailable
from dialogs.content import Content
from dialogs.messages import Reply

if TYPE_CHECKING:  # what answers on the web takes long to load
    from bot.web import Listen

logger = logging.getLogger(__name__)

#: So long after a signal we are gone, in seconds.
GONE_WITHIN = 9.5
#: Before the server is asked again who reads the mailbox, in seconds.
AGAIN = 5.0
#: How long the end of a script waits to hear of the letters in it.
DRAIN = 5.0


async def talk(
    settings: Settings, content: Content, conversation: str, again: str, script: str = ""
) -> None:
    """One conversation on this console. Raises Unavailable when a script cannot be stored."""
    from bot.channels.console import Console

    async def show() -> Sequence[Reply]:
        return await parts.conversations.show("console", conversation)

    async def finish() -> None:
        if parts.mailroom:
            await parts.mailroom.has_looked(DRAIN)
        await parts.engine.drain(DRAIN)

    say = content.wordings[content.school.language].say
    console = Console(conversation, show=show, say=say, again=again, finish=finish, script=script)
    _stop_on_sigterm()
    async with built(settings, content, {"console": console}, {"console": conversation}) as parts:
        try:
            async with asyncio.TaskGroup() as group:
                working = [group.create_task(parts.engine.run())]
                if parts.mailroom:
                    working.append(group.create_task(parts.mailroom.run()))
                await console.run(parts.conversations.handle)
                for task in working:
                    task.cancel()
        except* Unavailable as found:
            raise found.exceptions[0] from None


async def serve(settings: Settings, content: Content) -> bool:
    """Run every channel that has a token, until a signal. False when each had to give up."""
    from bot.web import listen

    _stop_on_sigterm()
    return await serve_one(settings, content, listen)


async def serve_many(settings: Settings, folder: Path, refuse: schools.Refuse) -> None:
    """Run every school in `folder`, until a signal; they share this process and its port."""
    from bot.web import Shared

    _stop_on_sigterm()
    shared = Shared()
    host, _, port = settings.listen.rpartition(":")

    async def start(school: schools.School) -> bool:
        return await serve_one(school.settings, school.content, shared.of(school.name))

    async with asyncio.TaskGroup() as group:
        group.create_task(shared.listen(host, int(port)))
        group.create_task(schools.keep_running(folder, start, refuse))


async def serve_one(settings: Settings, content: Content, listen: Listen) -> bool:
    """Run one school's channels until cancelled. False when each had to give up."""
    alerts: asyncio.Queue[str] = asyncio.Queue()

    async def heard(channel: str) -> Sequence[tuple[str, str]]:
        latest = await parts.store.turn(lambda tx: tx.heard(channel))
        return [(name.removeprefix(f"{channel}:"), message) for name, message in latest]

    async def reached(conversation: str, reachable: bool) -> None:
        # Counted only: a notice that cannot be told is parked, and that is what tells of it.
        if not reachable:
            what = f"telegram.{health.UNREACHABLE}"
            await parts.store.turn(lambda tx: tx.count(parts.now().date(), what))

    async def stopped(channel: str, why: str) -> None:
        try:
            await parts.store.turn(lambda tx: health.note_stopped(tx, channel, why))
        except StoreUnavailable as fault:
            alerts.put_nowait(f"{channel} has stopped: {why}")
            logger.error("that %s has stopped could not be stored: %s", channel, fault)

    async def look() -> health.Health:
        return await parts.store.turn(lambda tx: health.watch(tx, parts.now()))

    lives = live.channels(settings, content, alerts.put_nowait, heard, reached)
    channels = {one.channel.name: one.channel for one in lives}
    webhooks = {path: receive for one in lives for path, receive in one.webhooks.items()}
    host, _, port = settings.listen.rpartition(":")
    async with built(settings, content, channels) as parts:
        parts.dialogue.ready()
        content.promise(parts.now())  # loads the bank holidays now, and not while a parent waits
        loop.settle()
        await parts.store.turn(lambda tx: health.note_start(tx, channels))
        async with asyncio.TaskGroup() as group:
            engine = group.create_task(parts.engine.run())
            background = [
                group.create_task(watch(parts.store, parts.now, alerts.put_nowait)),
                group.create_task(tell_admin(alerts, settings.admin_chat, channels)),
                group.create_task(listen(host, int(port), look, webhooks, alerts.put_nowait)),
            ]
            if parts.mailroom:
                background.append(group.create_task(_read_mail(parts.store, parts.mailroom)))
            handle = at_the_desk(
                parts.conversations.handle, parts.store, parts.now, (settings.admin_chat,)
            )
            talking = [
                group.create_task(live.supervise(one, handle, stopped, parts.store.alone))
                for one in lives
            ]
            try:
                if talking:
                    await asyncio.wait(talking)
            finally:
                # What is in hand ends while the channels can still say it; then they end as well.
                engine.cancel()
                await asyncio.wait([engine])
                for task in background:
                    task.cancel()
                for one in lives:
                    await one.close()
    return any(task.result() for task in talking)


async def release(settings: Settings, content: Content, beginning: str, words: str) -> str:
    """Pass on a mail that was kept back, with `words` in place of its own, if there are any."""
    if not settings.answers_come_back:
        raise NotReleased("Answers do not come back here: MAIL_HOST_ID is not set.")
    read = partial(words_of, rules=rules_of(settings), instead=words.strip())
    async with built(settings, content, {}) as parts:
        return await parts.store.turn(
            lambda tx: parts.inbound.release(tx, beginning, read, parts.now())
        )


async def _read_mail(store: Store, mailroom: Mailroom) -> None:
    """One process on a server reads the mailbox; the others stand by."""
    while True:
        with contextlib.suppress(StoreUnavailable):
            return await store.alone("mailbox", mailroom.run)
        await asyncio.sleep(AGAIN)


def _stop_on_sigterm() -> None:
    """Finish or put back, and be gone in time whatever hangs: all that matters is on the disk."""
    task = asyncio.current_task()
    assert task is not None

    def stop() -> None:
        last = threading.Timer(GONE_WITHIN, os._exit, [1])
        last.daemon = True
        last.start()
        task.cancel()

    with contextlib.suppress(NotImplementedError):  # Windows has no SIGTERM
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
