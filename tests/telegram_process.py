"""A bot in a process of its own, to be killed: real channel, real store, a dialogue that counts."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.channels.telegram import Telegram, Texts, Webhook
from bot.conversations import Conversations
from bot.store import Store
from dialogs.dialogue import Step
from dialogs.messages import Choice, Chose, Event, Given, Reply, Wrote
from dialogs.session import Session


class CountingDialogue:
    """Keeps every word and every press, in order: what is lost or doubled shows."""

    def begin(self, language: str = "") -> Session:
        return Session(state="hello")

    def show(self, session: Session, given: Given) -> tuple[Reply, ...]:
        count = len(session.trail)
        return (Reply(f"{count} taken", f"q{count}", (Choice("more", "More"),)),)

    def take(self, session: Session, event: Event, given: Given) -> Step:
        match event:
            case Wrote(text):
                session = replace(session, trail=(*session.trail, text))
            case Chose(question, _) if question == f"q{len(session.trail)}":
                session = replace(session, trail=(*session.trail, "press"))
        return Step(session, self.show(session, given))


async def main(token: str, url: str, database: str, webhook: str) -> None:
    store = Store.open(f"sqlite:///{database}")
    office: Any = None  # no concern is passed on here
    talks = Conversations(store, CountingDialogue(), office, lambda: datetime.now(UTC), b"k" * 32)
    port = int(webhook.rpartition(":")[2].partition("/")[0]) if webhook else 0
    hook = Webhook(webhook, "w" * 32, "127.0.0.1", port) if webhook else None
    texts = Texts("private only", "not yours", "not taken")
    await Telegram(token, url, texts=texts, webhook=hook).run(talks.handle)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
