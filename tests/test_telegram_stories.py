"""The acceptance stories over Telegram: the same words as the dialogue has, the same letters."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.channels.telegram import Telegram
from bot.channels.telegram_replies import CHOSEN
from bot.conversations import Conversations
from bot.office import Office
from bot.store import Store
from dialogs.dialogue import Dialogue
from tests.fake_telegram import FakeTelegram, TelegramParent, buttons, running
from tests.parent import Parent
from tests.shell import Clock, open_store
from tests.stories import STORIES, Says, Taps, Waits
from tests.test_telegram import TEXTS
from tests.test_telegram_webhook import webhook

OFFICE = Office(
    {role: f"{role}@oak.school.example" for role in ("office", "head", "chair", "safeguarding")},
    "bot@oak.school.example",
)
_REFERENCE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")


@dataclass
class School:
    """One bot on a fake Telegram, with all of ours behind it and a clock to set."""

    server: FakeTelegram
    bot: Telegram
    store: Store
    clock: Clock

    def parent(self, number: int) -> TelegramParent:
        return TelegramParent(self.server, number, self.bot.settled)


@asynccontextmanager
async def school(dialogue: Dialogue, folder: Path, mode: str = "polling") -> AsyncIterator[School]:
    store, clock = open_store(folder), Clock()
    talks = Conversations(store, dialogue, OFFICE, clock, b"secret")
    async with FakeTelegram() as server:
        hook = webhook() if mode == "webhook" else None
        bot = Telegram(server.token, server.url, texts=TEXTS, webhook=hook)
        async with running(bot, talks.handle):
            yield School(server, bot, store, clock)
    store.close()


def plainly(texts: list[str]) -> str:
    """Texts one after the other, whatever the reference and the white space at their ends."""
    joined = "\n".join(text.partition(f"\n\n{CHOSEN}")[0].strip() for text in texts)
    return _REFERENCE.sub("REFERENCE", joined)


@pytest.mark.parametrize("mode", ["polling", "webhook"])
@pytest.mark.parametrize("name", STORIES)
async def test_each_story_has_the_same_words_and_letters_as_in_the_dialogue(
    name: str, mode: str, dialogue: Dialogue, tmp_path: Path
) -> None:
    story = STORIES[name]
    core = Parent(dialogue, now=story.at)
    async with school(dialogue, tmp_path, mode) as s:
        parent = s.parent(42)
        s.clock.now = core.now
        await parent.command("start")
        core.commands("start")
        for step in story.steps:
            s.clock.now = core.now
            match step:
                case Says(text):
                    await parent.say(text)
                    core.writes(text)
                case Taps(choice):
                    await parent.tap(choice)
                    core.taps_on(choice)
                case Waits(hours):
                    core.comes_back_after(hours=hours)

        assert plainly(parent.seen()) == plainly([reply.text for reply in core.said])
        letters = [row for row in await s.store.outbox_rows() if row.kind == "letter"]
        assert len(letters) == story.letters
        assert all(len(answers) == 1 for _, answers in s.server.presses.values())


async def test_a_tap_on_every_button_of_a_finished_story_changes_nothing(
    dialogue: Dialogue, tmp_path: Path
) -> None:
    story = STORIES["bullying, a child named"]
    async with school(dialogue, tmp_path) as s:
        parent = s.parent(42)
        s.clock.now = story.at
        await parent.command("start")
        shown = [dict(parent.messages()[-1])]
        for step in story.steps:
            if isinstance(step, Says):
                await parent.say(step.text)
            elif isinstance(step, Taps):
                await parent.tap(step.choice)
            shown += [dict(message) for message in parent.messages() if message not in shown]
        before, letters = parent.record(), await s.store.outbox_rows()
        finished = parent.messages()[-1]["message_id"]

        presses = 0
        for message in shown:
            if message["message_id"] != finished:
                for button in buttons(message):
                    s.server.put_press(42, message, button["callback_data"])
                    presses += 1
        await parent.settle()

        assert presses > 50
        assert all(len(answers) == 1 for _, answers in s.server.presses.values())
        assert await s.store.outbox_rows() == letters
        assert parent.record()[: len(before)] == before
        assert parent.seen()[-1] == before[-1][1]


@pytest.mark.parametrize("argument", ["", "concern", "help", "nonsense", "/../x"])
async def test_a_deep_link_opens_a_screen(
    argument: str, dialogue: Dialogue, tmp_path: Path
) -> None:
    core = Parent(dialogue).commands("start", argument)
    async with school(dialogue, tmp_path) as s:
        parent = s.parent(42)

        await parent.command("start", argument)

        assert plainly(parent.seen()) == plainly([reply.text for reply in core.said])


async def test_help_is_one_tap_away_on_every_screen_of_a_story(
    dialogue: Dialogue, tmp_path: Path
) -> None:
    async with school(dialogue, tmp_path) as s:
        parent = s.parent(42)
        await parent.command("start")
        for step in STORIES["bullying, a child named"].steps:
            last = [button["callback_data"] for button in buttons(parent.messages()[-1])]
            assert [data for data in last if data.endswith(":help")]
            if isinstance(step, Says):
                await parent.say(step.text)
            elif isinstance(step, Taps):
                await parent.tap(step.choice)
