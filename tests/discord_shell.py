"""The Discord channel between a fake Discord and a handle, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from bot.channels import Handle, Incoming
from bot.channels.discord import Command, Discord, Texts
from dialogs.messages import Choice, Chose, Reply, Wrote
from tests.fake_discord import FakeDiscord

TEXTS = Texts(
    private_only="I only talk in private. I have sent you a message.",
    closed="I could not send you a message. Please open your direct messages.",
    not_now="I could not do that just now.",
    come_here="Here we can talk in private.",
    start="Start",
    open_chat="Open our chat",
    not_yours="That button is not yours.",
    not_taken="I did not take that in. Please try again.",
    write="Write it here",
    form_title="Your words",
    form_label="Type it here",
)
COMMANDS = (
    Command("start", "Begin again"),
    Command("concern", "Write to school in private"),
    Command("language", "Change the language", "Which language"),
)
NAVIGATION = (
    Choice("help", "Get help now"),
    Choice("talk", "Talk to school"),
    Choice("back", "Back"),
    Choice("stop", "Stop"),
)


@dataclass
class Scripted:
    """A handle that honours each message once, and asks numbered questions for ever."""

    handled: list[Incoming] = field(default_factory=list)
    calls: int = 0
    step: dict[str, int] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)

    async def __call__(self, incoming: Incoming) -> Sequence[Reply]:
        self.calls += 1
        await asyncio.sleep(0)
        where, refused = self.step.setdefault(incoming.conversation, 0), False
        if (incoming.conversation, incoming.message) not in self.seen:
            self.seen.add((incoming.conversation, incoming.message))
            self.handled.append(incoming)
            event = incoming.event
            offered = {Chose(f"q{where}", one) for one in ("yes", "no", "help", "stop")}
            refused = isinstance(event, Chose) and event not in offered
            if not refused:
                where = self.step[incoming.conversation] = where + 1
        note = (Reply("That button is from an earlier message.", refused=True),) if refused else ()
        choices = (Choice("yes", "Yes, now"), Choice("no", "No"))
        return (*note, Reply(f"Question {where}?", f"q{where}", choices, NAVIGATION))

    async def known(self) -> list[tuple[str, str]]:
        return [(one.conversation, one.message) for one in self.handled]

    def words(self) -> list[str]:
        return [one.event.text for one in self.handled if isinstance(one.event, Wrote)]

    def messages(self) -> list[str]:
        return [one.message for one in self.handled]


@dataclass
class Running:
    """A channel that runs, and what it told the person on call."""

    channel: Discord
    task: asyncio.Task[None]
    alerts: list[str]


@asynccontextmanager
async def running(
    fake: FakeDiscord, handle: Handle, known: object = None, *, token: str = "", url: str = "",
    heartbeat_timeout: float = 60.0, wait: bool = True,
) -> AsyncIterator[Running]:  # fmt: skip
    """The channel, signed in and listening; stopped at the end as SIGTERM stops it."""
    alerts: list[str] = []
    channel = Discord(
        token or fake.token, url or fake.url, TEXTS, COMMANDS,
        known or getattr(handle, "known", _nobody), alerts.append,  # type: ignore[arg-type]
        pause=0.01, heartbeat_timeout=heartbeat_timeout,
    )  # fmt: skip

    async def counted(incoming: Incoming) -> Sequence[Reply]:
        fake.busy += 1
        try:
            return await handle(incoming)
        finally:
            fake.busy -= 1

    identified = fake.gateway_events["identify"]
    task = asyncio.create_task(channel.run(counted))
    if wait:
        await fake.until(lambda: fake.gateway_events["identify"] > identified)
        await fake.until(lambda: any(session.socket for session in fake.sessions.values()))
        await fake.quiet(0.03)
    try:
        yield Running(channel, task, alerts)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task
        await channel.close()


async def _nobody() -> list[tuple[str, str]]:
    return []
