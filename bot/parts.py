"""The composition root: builds the parts that every way of running has, opened and closed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from functools import cache, partial

from bot.answers.tokens import reply_address, token
from bot.answers.verdicts import Rules
from bot.channels import Channel
from bot.conversations import Conversations
from bot.engine import Check, Engine
from bot.inbound import Inbound
from bot.mail import mail_from_url, mailbox_from_url
from bot.mailroom import Mailroom, for_us
from bot.memos import Memos
from bot.office import Office, nowhere
from bot.outbox import Outbox
from bot.overdue import Overdue, ask_at
from bot.retention import Keep
from bot.settings import Settings, SettingsError
from bot.store import Store
from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.flow import FLOW, Flow
from dialogs.messages import Reply
from dialogs.office_letters import OfficeLetters
from dialogs.source import read

#: After a signal: the time for what is in hand, in seconds.
FINISH_WITHIN = 3.0


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
    #: The clock that all of them go by.
    now: Callable[[], datetime]


@asynccontextmanager
async def built(
    settings: Settings,
    content: Content,
    channels: Mapping[str, Channel],
    only: Mapping[str, str] | None = None,
) -> AsyncIterator[Parts]:
    """The parts that every way of running has, opened; closed again at the end."""
    rules = rules_of(settings)
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
        yield Parts(store, dialogue, conversations, engine, inbound, mailroom, _now)
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


def rules_of(settings: Settings) -> Rules:
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


def _now() -> datetime:
    return datetime.now(UTC)
