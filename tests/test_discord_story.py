"""The stories on Discord: the real dialogue, the real store, over the wire; the same words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.channels import Incoming
from bot.conversations import Conversations
from bot.office import Office
from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.messages import Commanded, Reply
from tests.discord_shell import running
from tests.fake_discord import DiscordParent, FakeDiscord, buttons
from tests.keyboard import TO_A_LETTER
from tests.parent import Parent
from tests.shell import Clock, open_store
from tests.stories import STORIES, Says, Taps, Waits

ROLES = ("office", "head", "chair", "safeguarding")
OFFICE = Office({role: f"{role}@school.example" for role in ROLES}, "bot@school.example")
WORDS = "Lily's PE kit went *missing* again\n> @everyone knows\n1. <@123> `it` is # not fair"
REFERENCE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
RECORD = re.compile(r"\n\n✓ .*\Z")


def flat(texts: Sequence[str]) -> str:
    """All that was said, whatever it was parted into and whatever its reference is."""
    said = "".join(RECORD.sub("", text) for text in texts)
    return "".join(REFERENCE.sub("REFERENCE", said).split())


@pytest.mark.parametrize("name", STORIES)
async def test_each_story_is_told_on_discord_in_the_same_words(
    name: str, tmp_path: Path, dialogue: Dialogue
) -> None:
    story = STORIES[name]
    core = Parent(dialogue, now=story.at).take(Commanded("start"))
    clock, store = Clock(story.at), open_store(tmp_path)
    talks = Conversations(store, dialogue, OFFICE, clock, b"k" * 32)

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        replies = await talks.handle(incoming)
        clock.pass_time(seconds=20)
        return replies

    async with FakeDiscord() as fake, running(fake, handle):
        parent = DiscordParent(fake)
        await parent.command("start")
        for step in story.steps:
            match step:
                case Says(text):
                    core.writes(text)
                    await parent.say(text)
                case Taps(choice):
                    core.taps_on(choice)
                    await parent.tap(choice)
                case Waits(hours):
                    core.comes_back_after(hours=hours)
                    clock.pass_time(hours=hours)
        await fake.quiet()

    rows = await store.outbox_rows()
    store.close()
    assert flat(parent.all_seen()) == flat([reply.text for reply in core.said])
    assert len(rows) == story.letters
    assert fake.doubled == 0


def question(parent: DiscordParent) -> str:
    newest = parent.fake.sent(parent.channel)[-1]
    return next(one.partition(":")[0] for one in buttons(newest) if ":" in one)


async def test_a_parent_sees_letter_for_letter_what_is_sent(
    tmp_path: Path, content: Content, dialogue: Dialogue
) -> None:
    store = open_store(tmp_path)
    talks = Conversations(store, dialogue, OFFICE, Clock(), b"k" * 32)
    letters: list[str] = []

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        replies = await talks.handle(incoming)
        letters.extend(reply.text for reply in replies if reply.verbatim)
        return replies

    steps: list[str] = []
    async with FakeDiscord() as fake, running(fake, handle):
        parent = DiscordParent(fake)
        await parent.command("start")
        while question(parent) != "sent":
            where = question(parent).partition(".")[0]
            steps.append(where)
            assert len(steps) < 30, steps
            offered = [one.partition(":")[2] for one in buttons(fake.sent(parent.channel)[-1])]
            if where == "what":
                await parent.say(WORDS)
            elif where in TO_A_LETTER:
                await parent.tap(TO_A_LETTER[where])
            else:
                await parent.tap("carry_on" if "carry_on" in offered else "skip")

    rows = await store.outbox_rows()
    store.close()
    assert "preview" in steps
    assert all(line in letters[-1] for line in WORDS.split("\n"))
    assert letters[-1].rstrip("\n") in parent.all_seen()
    assert len({row.reference for row in rows}) == 1
    assert any(rows[0].reference in text for text in parent.seen())
