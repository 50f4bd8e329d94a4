"""Story 9: the office presses Reply, the parent reads the answer in the chat. In real processes."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from dialogs.dialogue import Dialogue
from dialogs.messages import Thread
from tests.fake_discord import DiscordParent, FakeDiscord
from tests.fake_imap import Folder, ImapOffice, imap_server
from tests.fake_telegram import FakeTelegram, TelegramParent
from tests.office_side import HOST, KEY, answer, deliver
from tests.parent import Parent
from tests.school import pressable, until
from tests.service import Service
from tests.stories import Says, Step, Taps, taps
from tests.test_run import meet

pytestmark = pytest.mark.filterwarnings("ignore:'audioop' is deprecated")

GENUINE = f"{HOST}; dkim=pass header.d=school.internal"
REFERENCE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
FOUND = "Thank you. We have found the kit behind the bench.\n\nMrs Green has it."
SECOND = "It is in the office now."
LAST = "We will talk to the club."

WRITES: Sequence[Step] = [
    *taps("talk", "write"),
    Says("Lily's PE kit has gone missing from the cloakroom for the third time."),
    Says("Lily, Year 2"),
    *taps("action", "skip", "here", "send"),
]
WRITES_BACK: Sequence[Step] = [
    Taps("write_back"), Says("Thank you. It was the football club again."), Taps("send"),
]  # fmt: skip

Person = TelegramParent | DiscordParent


async def live(parent: Person, steps: Sequence[Step]) -> None:
    for step in steps:
        if isinstance(step, Says):
            await parent.say(step.text)
        elif isinstance(step, Taps):
            await parent.tap(step.choice)


def seen(parent: Person) -> str:
    texts = parent.all_seen() if isinstance(parent, DiscordParent) else parent.seen()
    return "\n".join(texts)


def offers(parent: Person, choice: str) -> bool:
    """Whether one of the newest messages has that button; a notice may have come since."""
    if isinstance(parent, DiscordParent):
        messages = parent.fake.sent(parent.channel)
    else:
        messages = parent.messages()
    return any(data.endswith(f":{choice}") for one in messages[-2:] for data in pressable(one))


def reference_of(parent: Person) -> str:
    found = REFERENCE.search(seen(parent).partition("saved")[2])
    assert found
    return found[0]


def letters(folder: Path) -> list[bytes]:
    found = sorted((folder / "var/office-inbox/new").glob("*"), key=lambda one: one.stat().st_mtime)
    return [one.read_bytes() for one in found]


def of(reference: str, folder: Path) -> list[bytes]:
    return [one for one in letters(folder) if reference in subject(one)]


def subject(letter: bytes) -> str:
    return str(message_from_bytes(letter, policy=default)["Subject"])


async def test_story_nine_on_telegram_and_discord(tmp_path: Path) -> None:
    answers = Folder()
    mailbox = ImapOffice(lambda: {"INBOX": [], "Answers": answers}, user="bot")
    async with AsyncExitStack() as world:
        telegram = await world.enter_async_context(FakeTelegram())
        discord = await world.enter_async_context(FakeDiscord())
        port = await world.enter_async_context(imap_server(mailbox))
        service = Service(
            tmp_path,
            {
                "TELEGRAM_TOKEN": telegram.token,
                "TELEGRAM_API_URL": telegram.url,
                "DISCORD_TOKEN": discord.token,
                "DISCORD_API_URL": discord.url,
                "INBOX_URL": f"imap://bot:secret@127.0.0.1:{port}/Answers",
                "REPLY_KEY": KEY,
                "MAIL_HOST_ID": HOST,
            },
        )
        one, two = TelegramParent(telegram, 42), DiscordParent(discord)
        async with service.running(signal.SIGKILL):
            await asyncio.gather(meet(one, telegram), meet(two, discord))
            await asyncio.gather(live(one, WRITES), live(two, WRITES))
            await until(lambda: len(letters(tmp_path)) == 2)
            first = {parent: of(reference_of(parent), tmp_path)[0] for parent in (one, two)}

            # What is forged comes first, and reaches nobody.
            for forged in forgeries(first[one]):
                answers.put(forged)
            answers.put(answer(first[one], FOUND, results=GENUINE))
            answers.put(answer(first[two], FOUND.replace("kit", "bag"), results=GENUINE))
            await until(lambda: "Mrs Green" in seen(one) and "Mrs Green" in seen(two))

        # While the bot is down, the office writes once more.
        answers.put(answer(first[one], SECOND, results=GENUINE, number=2))
        answers.put(answer(first[two], SECOND, results=GENUINE, number=2))
        async with service.running(signal.SIGTERM):
            await until(lambda: SECOND in seen(one) and SECOND in seen(two))

            # The parents write back, into the same mail thread, and hear of it.
            await asyncio.gather(live(one, WRITES_BACK), live(two, WRITES_BACK))
            for parent in (one, two):
                await until(lambda p=parent: answerable(p, tmp_path))  # type: ignore[misc]
            again = {parent: answerable(parent, tmp_path)[0] for parent in (one, two)}
            for parent in (one, two):
                answers.put(answer(again[parent], LAST, results=GENUINE, number=3))
            await until(lambda: LAST in seen(one) and LAST in seen(two))
            await until(lambda: offers(one, "sorted") and offers(two, "sorted"))
            await asyncio.gather(one.tap("sorted"), two.tap("sorted"))

        status, said = await service.command("inbox")
        assert (status, said.count("relayed"), said.count("quarantined")) == (0, 6, 3)
        assert "school" not in said

    for parent, other in ((one, "bag"), (two, "kit")):
        words = seen(parent)
        assert FOUND.replace("kit", "bag" if other == "kit" else "kit") in words.replace("\\", "")
        assert f"found the {other}" not in words
        assert "canary" not in words
        assert [words.count(text) for text in ("Mrs Green", SECOND, LAST)] == [1, 1, 1]
        head = message_from_bytes(again[parent], policy=default)
        assert head["In-Reply-To"] == message_from_bytes(first[parent])["Message-ID"]
        assert head["Subject"].startswith("Re: ")
    reports = [one for one in letters(tmp_path) if "not passed on" in subject(one)]
    assert len(reports) == 3, "one for each thread and address that was claimed"
    assert not any(b"canary" in one for one in letters(tmp_path))


def forgeries(letter: bytes) -> list[bytes]:
    theirs = message_from_bytes(letter, policy=default)
    guessed = re.sub(r"\+(.{8}).*@", lambda m: f"+{m[1]}{'0' * 26}@", str(theirs["Reply-To"]))
    return [
        answer(letter, "canary one", sender="office@evil.example", results=GENUINE, number=91),
        answer(letter, "canary two", results=f"{HOST}; dkim=none", number=92),
        answer(letter, "canary three", to=guessed, results=GENUINE, number=93),
    ]


def answerable(parent: Person, folder: Path) -> list[bytes]:
    """The letters that were added to a parent's thread."""
    return [one for one in of(reference_of(parent), folder) if subject(one).startswith("Re: ")]


def typed(parent: Parent, steps: Sequence[Step]) -> str:
    """The steps as lines, with the labels of the buttons."""
    lines = []
    for step in steps:
        if isinstance(step, Says):
            lines.append(step.text)
            parent.writes(step.text)
        elif isinstance(step, Taps):
            lines.append(parent.label(step.choice))
            parent.taps_on(step.choice)
    return "".join(f"{line}\n" for line in lines)


async def test_story_nine_on_the_console(dialogue: Dialogue, tmp_path: Path) -> None:
    core = Parent(dialogue, answers_here=True)
    service = Service(
        tmp_path,
        {"INBOX_URL": "maildir:var/answers", "REPLY_KEY": KEY, "MAIL_HOST_ID": HOST},
    )
    code, said = await service.command("console", "--as", "anna", lines=typed(core, WRITES))
    assert code == 0, said
    (letter,) = letters(tmp_path)
    reference = core.passed_on[0].reference
    core.threads = (Thread(reference, "concern", answered=True),)
    core.is_answered(reference, FOUND)

    deliver(answer(letter, FOUND, results=GENUINE), tmp_path / "var/answers")
    for number, forged in enumerate(forgeries(letter)):
        deliver(forged, tmp_path / "var/answers", f"forged{number}")
    _, said = await service.command("console", "--as", "bob", lines="/start\n")
    assert "Mrs Green" not in said, "it is for anna"
    code, said = await service.command("console", "--as", "anna", lines="")
    assert (code, said.count(FOUND)) == (0, 1)
    assert "canary" not in said

    lines = typed(core, WRITES_BACK)
    code, said = await service.command("console", "--as", "anna", lines=lines)
    assert code == 0
    assert FOUND not in said, "it is said once"
    more = [one for one in letters(tmp_path) if b"\nIn-Reply-To:" in one]
    assert len([one for one in more if b"football club" in one]) == 1
