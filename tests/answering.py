"""The shell with a way back, around one store: a parent who writes, and an office that answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, time
from functools import partial
from pathlib import Path

from bot.answers.tokens import reply_address, token
from bot.answers.verdicts import Rules
from bot.channels import Handle
from bot.conversations import Conversations
from bot.inbound import Inbound
from bot.mail import FolderMailbox, Mailbox
from bot.mailroom import Mailroom, for_us
from bot.memos import Memos
from bot.office import Office
from bot.outbox import Outbox
from bot.overdue import Overdue, ask_at
from bot.store import InboundRow, Store, Transaction
from dialogs.messages import Reply
from dialogs.school_days import Calendar
from tests.office_side import HOST, KEY, Plain, deliver
from tests.patience import PATIENCE
from tests.shell import Chat, Clock, TinyDialogue, wrote
from tests.test_outbox import Post

BOT = "bot@school.example"
PATTERN = "bot+*@school.example"
RULES = Rules(HOST, frozenset({BOT}), frozenset({"School bot"}), (KEY.encode(),), PATTERN)
CALENDAR = Calendar(
    ((date(2026, 9, 1), date(2026, 12, 18)), (date(2027, 1, 4), date(2027, 2, 12))),
    closes=time(15, 30),
)


def address_for(reference: str, key: str = KEY) -> str:
    return reply_address(PATTERN, token(reference, key.encode()))


ROLES = {
    "office": "office@school.example",
    "head": "head@school.example",
    "chair": "chair@governors.example",
    "safeguarding": "safe@school.example",
}
OFFICE = Office(ROLES, f"School bot <{BOT}>", reply_to=address_for)


def render(language: str, message: str, values: object) -> Reply:
    return Reply(f"{message} {values}" if values else message)


@dataclass
class Bot:
    """`letters` are what the school has got so far, oldest first."""

    store: Store
    folder: Path
    clock: Clock = field(default_factory=Clock)
    mail: Post = field(default_factory=Post)
    chat: Chat = field(default_factory=Chat)
    messages: int = 0

    def __post_init__(self) -> None:
        self.memos = Memos(OFFICE, Plain())
        self.conversations = Conversations(
            self.store, TinyDialogue(), OFFICE, self.clock, b"secret", answers_here=True
        )
        self.outbox = self.make_outbox(self.conversations.handle)
        self.inbound = Inbound(
            self.memos, self.outbox.take_back, partial(ask_at, calendar=CALENDAR)
        )
        self.overdue = Overdue(self.store, self.memos, CALENDAR, self.clock, lambda: True)

    def make_outbox(self, handle: Handle) -> Outbox:
        return Outbox(
            self.store, self.mail, {"console": self.chat}, handle, render, self.clock,
            jitter=lambda: 0.0, address=OFFICE.address, gone=self.memos.telephone,
        )  # fmt: skip

    def mailroom(self, mailbox: Mailbox | None = None) -> Mailroom:
        mailbox = mailbox or FolderMailbox(self.folder / "answers", for_us(BOT, PATTERN), 0.01)
        return Mailroom(
            self.store, mailbox, self.inbound, RULES, "school.example", self.clock, (0.02,)
        )

    async def say(self, text: str, conversation: str = "anna") -> Sequence[Reply]:
        self.messages += 1
        return await self.conversations.handle(wrote(text, str(self.messages), conversation))

    async def send(self, words: str = "lunch", conversation: str = "anna") -> tuple[str, bytes]:
        """A concern that has arrived: its reference, and its letter as the office has it."""
        (reply,) = await self.say(f"send {words}", conversation)
        before = len(self.mail.taken)
        await self.deliver_due()
        return reply.text.rpartition(" ")[2], self.mail.taken[before]

    async def deliver_due(self) -> None:
        for door in self.outbox.doors:
            for waiting in await self.outbox.due(door, 100):
                await self.outbox.deliver(waiting.id)

    async def take(self, *mails: bytes) -> None:
        """Have mails read from the Maildir, and everything delivered that comes of them."""
        known = len(await self.inbox())
        for mail in mails:
            deliver(mail, self.folder / "answers")
        async with self.reading():
            await until_received(self, known + len(mails))
        await self.deliver_due()

    @asynccontextmanager
    async def reading(self, mailbox: Mailbox | None = None) -> AsyncIterator[Mailroom]:
        room = self.mailroom(mailbox)
        task = asyncio.create_task(room.run())
        try:
            yield room
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def inbox(self) -> list[InboundRow]:
        return await self.store.turn(lambda tx: tx.inbound_rows())

    async def verdicts(self) -> list[str]:
        return [f"{row.verdict} {row.reason}".strip() for row in await self.inbox()]

    @property
    def told(self) -> list[str]:
        return [text for _, text in self.chat.told]


async def until_turned(bot: Bot, holds: Callable[[Transaction], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await bot.store.turn(holds):  # noqa: ASYNC110 (another task makes it true)
            await asyncio.sleep(0.01)


async def until_received(bot: Bot, count: int) -> None:
    await until_turned(bot, lambda tx: len(tx.inbound_rows()) >= count)
