from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from bot.admin import LISTED, at_the_desk
from bot.channels import Incoming, Unavailable
from bot.mail import MailRefused, MailUnavailable
from bot.store import StoreUnavailable
from dialogs.messages import Commanded, Reply, Wrote
from tests.shell import Clock, open_store
from tests.test_outbox import Shell


@dataclass
class Desk:
    shell: Shell
    handed_on: list[Incoming] = field(default_factory=list)

    async def says(self, line: str, chat: str = "telegram:123") -> str | None:
        """What the desk answers, or None when it was a parent's."""

        async def handle(incoming: Incoming) -> Sequence[Reply]:
            self.handed_on.append(incoming)
            return ()

        admins = ("telegram:123", "discord:77", "telegram:-100200", "")
        desk = at_the_desk(handle, self.shell.store, self.shell.clock, admins)
        channel, _, conversation = chat.partition(":")
        command, _, argument = line.partition(" ")
        event = Commanded(command[1:], argument) if line.startswith("/") else Wrote(line)
        replies = await desk(Incoming(channel, conversation, "1", event))
        return replies[0].text if replies else None


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = open_store(tmp_path)
    yield Desk(Shell(store, Clock()))
    store.close()


async def test_when_nothing_waits_all_is_well(desk: Desk) -> None:
    await desk.shell.say("send lunch")
    await desk.shell.deliver_due()

    assert await desk.says("/status") == "All is well. 1 sent, 0 waiting, 0 parked."
    assert await desk.says("/list") == "No letter waits."


async def test_what_waits_and_what_was_refused_is_listed_without_its_words(desk: Desk) -> None:
    desk.shell.mail.failures = [MailRefused("the mail server refused it (550)")]
    await desk.shell.say("send canary-words")
    await desk.shell.deliver_due()
    desk.shell.clock.pass_time(minutes=90)
    desk.shell.mail.failures = [MailUnavailable("down")] * 2
    await desk.shell.say("send unsafe canary-words", "bob")
    await desk.shell.deliver_due()
    desk.shell.clock.pass_time(hours=1)
    references = [row.reference for row in await desk.shell.store.outbox_rows()]

    status, listed = await desk.says("/status"), await desk.says("/list")

    assert status == "0 sent, 2 waiting, 1 parked. The oldest waits for 60 min."
    assert (listed or "").splitlines() == [
        f"{references[0]} to office: parked for 2 h, 1 try,"
        " MailRefused: the mail server refused it (550)",
        f"{references[1]} to office: queued for 60 min, 1 try, MailUnavailable: down",
        f"{references[2]} to safeguarding: queued for 60 min, 1 try, MailUnavailable: down",
    ]


async def test_a_letter_is_tried_again(desk: Desk) -> None:
    desk.shell.mail.failures = [MailRefused("no")]
    await desk.shell.say("send lunch")
    await desk.shell.deliver_due()
    reference = (await desk.shell.row()).reference

    said = await desk.says(f"/retry {reference.lower()}")
    await desk.shell.deliver_due()

    assert said == f"{reference}: 1 letter will be tried again now."
    assert len(desk.shell.mail.taken) == 1


async def test_a_parked_letter_that_was_taken_care_of_worries_nobody(desk: Desk) -> None:
    desk.shell.mail.failures = [MailRefused("no")] * 2
    await desk.shell.say("send unsafe canary-words")
    await desk.shell.deliver_due()
    reference = (await desk.shell.store.outbox_rows())[0].reference
    assert await desk.says(f"/retry {reference}X") == f"No letter waits under {reference}X."

    said = await desk.says(f"/settle {reference}")

    assert said == f"{reference}: 2 letters marked as taken care of."
    assert await desk.says("/list") == "No letter waits."
    assert await desk.says(f"/settle {reference}") == f"No letter waits under {reference}."
    assert await desk.says(f"/retry {reference}") == f"No letter waits under {reference}."


async def test_without_a_reference_it_asks_for_one(desk: Desk) -> None:
    assert "K7Q2-M4XP" in (await desk.says("/retry") or "")
    assert "/settle" in (await desk.says("/settle") or "")


async def test_a_long_list_ends_where_a_screen_does(desk: Desk) -> None:
    for n in range(LISTED + 3):
        await desk.shell.say("send lunch", f"p{n}")
        desk.shell.clock.now -= timedelta(days=n == 0 and 3)

    lines = (await desk.says("/list") or "").splitlines()

    assert len(lines) == LISTED + 1
    assert lines[-1] == "… and 3 more."


@pytest.mark.parametrize(
    ("line", "chat"),
    [
        ("/status", "telegram:124"),
        ("/status", "discord:123"),
        ("/status", "telegram:-100200"),
        ("/status", "console:123"),
        ("/status", ":"),
        ("/retry K7Q2-M4XP", "telegram:124"),
        ("status", "telegram:123"),
        ("/help", "telegram:123"),
        ("/forget", "telegram:123"),
    ],
)
async def test_everything_else_is_a_parents(line: str, chat: str, desk: Desk) -> None:
    assert await desk.says(line, chat) is None

    assert len(desk.handed_on) == 1


async def test_a_database_that_takes_nothing_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(work: object) -> object:
        raise StoreUnavailable("full")

    monkeypatch.setattr(desk.shell.store, "turn", full)

    with pytest.raises(Unavailable):
        await desk.says("/status", "discord:77")


async def test_ages_are_said_as_people_say_them(desk: Desk) -> None:
    await desk.shell.say("send lunch")
    said = []
    for amount in ({"seconds": -30}, {"minutes": 5}, {"hours": 5}, {"days": 3}):
        now = desk.shell.clock.now
        desk.shell.clock.pass_time(**amount)
        said.append((await desk.says("/status") or "").partition("waits for ")[2])
        desk.shell.clock.now = now

    assert said == ["0 min.", "5 min.", "5 h.", "3 days."]
