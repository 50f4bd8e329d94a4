"""The composition root: builds the parts, runs them side by side, stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot import health, live, loop, schools
from bot.admin import at_the_desk
from bot.alerts import tell_admin, watch
from bot.answers.tokens import reply_address, token
from bot.answers.verdicts import Rules
from bot.channels import Channel, Unavailable
from bot.conversations import Conversations
from bot.engine import Check, Engine
from bot.inbound import Inbound, NotReleased, words_of
from bot.mail import mail_from_url, mailbox_from_url
from bot.mailroom import Mailroom, for_us
from bot.memos import Memos
from bot.office import Office, nowhere
from bot.outbox import Outbox
from bot.overdue import Overdue, ask_at
from bot.retention import Keep
from bot.settings import Settings, SettingsError
from bot.store import Store, StoreUnavailable
from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.flow import FLOW, Flow
from dialogs.messages import Reply
from dialogs.office_letters import OfficeLetters
from dialogs.source import read

if TYPE_CHECKING:  # what answers on the web takes long to load
    from bot.web import Listen

logger = logging.getLogger(__name__)

#: After a signal: the time for what is in hand, and the time after which we are gone.
FINISH_WITHIN = 3.0
#: Before the server is asked again who reads the mailbox, in seconds.
AGAIN = 5.0
GONE_WITHIN = 9.5
#: How long the end of a script waits to hear of the letters in it.
DRAIN = 5.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What was built, for whoever runs it."""

    store: Store
    dialogue: Dialogue
    conversations: Conversations
    engine: Engine
    inbound: Inbound
    #: What reads school's answers, where they can come back.
    mailroom: Mailroom | None


@asynccontextmanager
async def built(
    settings: Settings,
    content: Content,
    channels: Mapping[str, Channel],
    only: Mapping[str, str] | None = None,
) -> AsyncIterator[Parts]:
    """The parts that every way of running has, opened; closed again at the end."""
    rules = _rules(settings)
    try:
        inbox_url = settings.inbox_url.get_secret_value()
        mail = mail_from_url(settings.mail_url.get_secret_value(), inbox_url=inbox_url)
        mailbox = None
        if settings.answers_come_back:
            mailbox = mailbox_from_url(inbox_url, for_us(settings.address, rules.pattern))
    except ValueError as fault:
        raise SettingsError([str(fault)]) from None
    dialogue = Dialogue(content, _flow())
    roles = content.school.roles
    people = {name: getattr(roles, name) for name in ("office", "head", "chair", "safeguarding")}
    office = Office(
        {name: role.email for name, role in people.items()},
        settings.mail_from,
        {name: role.second for name, role in people.items() if role.second},
        reply_to=_reply_to(rules) if mailbox else nowhere,
    )
    memos = Memos(office, OfficeLetters(content))
    calendar = content.school.calendar()
    keep = Keep(
        session=timedelta(hours=settings.keep_conversation_hours),
        link=timedelta(days=settings.keep_link_days),
    )
    store = Store.open(settings.database_url.get_secret_value())
    try:
        secret = rules.keys[0] if rules.keys else await store.secret_key()
        conversations = Conversations(
            store, dialogue, office, _now, secret, mailbox is not None, keep.link
        )

        def render(language: str, message: str, values: Mapping[str, str]) -> Reply:
            known = content.wordings.get(language) or content.wordings[content.school.language]
            return Reply(known.say(message, **values))

        outbox = Outbox(
            store,
            mail,
            channels,
            conversations.handle,
            render,
            _now,
            only,
            address=office.address,
            second_copy=content.wordings[content.school.language].write("second_copy"),
            gone=memos.telephone,
        )
        ask = partial(ask_at, calendar=calendar)
        inbound = Inbound(memos, outbox.take_back, ask, keep.link)
        mailroom, check = None, None
        if mailbox:
            domain = settings.address.rpartition("@")[2]
            mailroom = Mailroom(store, mailbox, inbound, rules, domain, _now)
            check = Overdue(store, memos, calendar, _now, mailroom.has_looked_lately).note
        engine = _engine(settings, store, outbox, check, keep, alone=bool(only))
        yield Parts(store, dialogue, conversations, engine, inbound, mailroom)
    finally:
        store.close()


@cache
def _flow() -> Flow:
    """The program's own, not a school's: one for all of them."""
    return Flow(read(FLOW).value)


def _engine(
    settings: Settings, store: Store, outbox: Outbox, check: Check | None, keep: Keep, alone: bool
) -> Engine:
    """Several processes on one server are woken by its jobs; one that is alone by itself."""
    url = settings.database_url.get_secret_value()
    if alone or url.startswith("sqlite:"):
        return Engine(store, outbox, _now, FINISH_WITHIN, check=check, keep=keep)
    from bot.woken import Woken

    return Woken(store, outbox, _now, url, FINISH_WITHIN, check=check, keep=keep)


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
            await parts.store.turn(lambda tx: tx.count(_now().date(), what))

    async def stopped(channel: str, why: str) -> None:
        try:
            await parts.store.turn(lambda tx: health.note_stopped(tx, channel, why))
        except StoreUnavailable as fault:
            alerts.put_nowait(f"{channel} has stopped: {why}")
            logger.error("that %s has stopped could not be stored: %s", channel, fault)

    async def look() -> health.Health:
        return await parts.store.turn(lambda tx: health.watch(tx, _now()))

    lives = live.channels(settings, content, alerts.put_nowait, heard, reached)
    channels = {one.channel.name: one.channel for one in lives}
    webhooks = {path: receive for one in lives for path, receive in one.webhooks.items()}
    host, _, port = settings.listen.rpartition(":")
    async with built(settings, content, channels) as parts:
        parts.dialogue.ready()
        content.promise(_now())  # loads the bank holidays now, and not while a parent waits
        loop.settle()
        await parts.store.turn(lambda tx: health.note_start(tx, channels))
        async with asyncio.TaskGroup() as group:
            engine = group.create_task(parts.engine.run())
            background = [
                group.create_task(watch(parts.store, _now, alerts.put_nowait)),
                group.create_task(tell_admin(alerts, settings.admin_chat, channels)),
                group.create_task(listen(host, int(port), look, webhooks, alerts.put_nowait)),
            ]
            if parts.mailroom:
                background.append(group.create_task(_read_mail(parts.store, parts.mailroom)))
            handle = at_the_desk(
                parts.conversations.handle, parts.store, _now, (settings.admin_chat,)
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
    read = partial(words_of, rules=_rules(settings), instead=words.strip())
    async with built(settings, content, {}) as parts:
        return await parts.store.turn(lambda tx: parts.inbound.release(tx, beginning, read, _now()))


def _rules(settings: Settings) -> Rules:
    """What tells our own mail from everybody else's."""
    return Rules(
        server=settings.mail_host_id,
        own=frozenset({settings.address.lower()}),
        names=frozenset({parseaddr(settings.mail_from)[0]} - {""}),
        keys=settings.reply_keys,
        pattern=settings.reply_pattern,
    )


def _reply_to(rules: Rules) -> Callable[[str], str]:
    return lambda reference: reply_address(rules.pattern, token(reference, rules.keys[0]))


async def _read_mail(store: Store, mailroom: Mailroom) -> None:
    """One process on a server reads the mailbox; the others stand by."""
    while True:
        with contextlib.suppress(StoreUnavailable):
            return await store.alone("mailbox", mailroom.run)
        await asyncio.sleep(AGAIN)


def _now() -> datetime:
    return datetime.now(UTC)


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
