"""Each story on each channel: the same words are seen, and the school gets the same letters.

What is right is what the dialogue itself says, lived through by `tests.parent.Parent`.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.channels.terminal import marked, navigation
from bot.letter_bytes import clean_body
from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.messages import Concern, Reply
from tests.conftest import ROOT
from tests.fake_discord import FakeDiscord
from tests.keyboard import number
from tests.parent import Parent
from tests.patience import PATIENCE
from tests.school import (
    CHANNELS,
    Letter,
    School,
    flat,
    letters_in,
    plainly,
    pressable,
    school,
    until,
)
from tests.stories import STORIES, Says, Step, Story, Taps, Waits

pytestmark = pytest.mark.filterwarnings("ignore:'audioop' is deprecated")


def at_hello(story: Story, dialogue: Dialogue) -> Parent:
    return Parent(dialogue, now=story.at).commands("start")


def takes(parent: Parent, step: Step) -> None:
    match step:
        case Says(text):
            parent.writes(text)
        case Taps(choice):
            parent.taps_on(choice)
        case Waits(hours):
            parent.comes_back_after(hours=hours)


def lived(story: Story, dialogue: Dialogue) -> Parent:
    """The story as it should be."""
    parent = at_hello(story, dialogue)
    for step in story.steps:
        takes(parent, step)
    return parent


def letters_of(concerns: Sequence[Concern], content: Content) -> list[Letter]:
    return sorted(
        (
            getattr(content.school.roles, role).email,
            plainly(concern.subject),
            plainly(clean_body(concern.body)),
        )
        for concern in concerns
        for role in concern.roles
    )


def receipts(concerns: Sequence[Concern], content: Content) -> list[str]:
    """What is said once the letters have arrived."""
    say = content.wordings[content.school.language].say
    return [say("delivered", reference=one.reference, time="23:59") for one in concerns]


# --- the console: one process for each sitting, a line for each turn ---


def sittings(story: Story, dialogue: Dialogue, way: str) -> list[list[tuple[str, Sequence[Reply]]]]:
    """What is typed and what it should lead to, with buttons as their numbers or their labels."""
    parent = at_hello(story, dialogue)
    found = [[("/start", parent.replies)]]
    for step in story.steps:
        if isinstance(step, Waits):
            found.append([])
            takes(parent, step)
            continue
        line = step.text if isinstance(step, Says) else parent.label(step.choice)
        if isinstance(step, Taps) and way == "numbers":
            line = number(parent.replies, step.choice)
        takes(parent, step)
        found[-1].append((line, parent.replies))
    return found


def printed(replies: Sequence[Reply]) -> str:
    """How the line protocol prints replies."""
    lines = []
    for reply, marks in marked(replies):
        lines.append(reply.text)
        lines += [f"{mark}. {choice.label}" for mark, choice in (*marks, *navigation(reply))]
    return "\n".join(lines)


def console(lines: Sequence[str], at: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.console_process", "console", "--as", "anna"],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "STORY_TIME": at},
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("way", ["numbers", "labels"])
@pytest.mark.parametrize("name", STORIES)
def test_each_story_on_the_console(
    name: str, way: str, dialogue: Dialogue, content: Content, tmp_path: Path
) -> None:
    story = STORIES[name]
    core = lived(story, dialogue)
    goodbye = content.wordings[content.school.language].say(
        "console_goodbye", commands="before-you-post console --as anna"
    )
    screen = Parent(dialogue).replies
    for turns in sittings(story, dialogue, way):
        shown = console([line for line, _ in turns], story.at.isoformat(), tmp_path)

        said = "\n".join(printed(replies) for replies in (screen, *(said for _, said in turns)))
        screen = turns[-1][1]
        ends = receipts(core.passed_on, content)
        assert plainly(shown) == plainly("\n".join([said, *ends, goodbye]))

    assert letters_in(tmp_path / "var/office-inbox") == letters_of(core.passed_on, content)


# --- Telegram and Discord: the whole bot, over the wire ---


async def live_through(story: Story, bot: School) -> list[dict[str, object]]:
    """The story on a channel. Returns each message as it was when it was shown."""
    shown: list[dict[str, object]] = []

    def look() -> None:
        known = [message.get("message_id", message.get("id")) for message in shown]
        for message in bot.messages():
            if message.get("message_id", message.get("id")) not in known:
                shown.append(json.loads(json.dumps(message)))

    await bot.parent.command("start")
    for step in story.steps:
        look()
        assert any(data.endswith(":help") for data in pressable(bot.messages()[-1]))
        bot.clock.pass_time(seconds=20)
        match step:
            case Says(text):
                await bot.parent.say(text)
            case Taps(choice):
                await bot.parent.tap(choice)
            case Waits(hours):
                bot.clock.pass_time(hours=hours)
    look()
    return shown


@pytest.mark.parametrize(
    ("channel", "database"),
    [*((channel, "sqlite") for channel in CHANNELS), ("telegram webhook", "postgres")],
    indirect=["database"],
)
@pytest.mark.parametrize("name", STORIES)
async def test_each_story_over_the_wire(
    name: str,
    channel: str,
    dialogue: Dialogue,
    content: Content,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = STORIES[name]
    core = lived(story, dialogue)
    right = [*(reply.text for reply in core.said), *receipts(core.passed_on, content)]
    async with school(channel, story.at, content, tmp_path, monkeypatch) as bot:
        await live_through(story, bot)
        with contextlib.suppress(TimeoutError):
            await until(lambda: flat(bot.said()) == flat(right))

    assert flat(bot.said()) == flat(right)
    assert bot.letters() == letters_of(core.passed_on, content)
    if isinstance(bot.fake, FakeDiscord):
        assert bot.fake.doubled == 0
    else:
        assert all(len(answers) == 1 for _, answers in bot.fake.presses.values())


@pytest.mark.parametrize("channel", ["telegram polling", "discord"])
async def test_a_tap_on_every_button_of_a_finished_story_changes_nothing(
    channel: str,
    dialogue: Dialogue,
    content: Content,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = STORIES["bullying, a child named"]
    (receipt,) = receipts(lived(story, dialogue).passed_on, content)
    async with school(channel, story.at, content, tmp_path, monkeypatch) as bot:
        shown = await live_through(story, bot)
        await until(lambda: plainly(bot.said()[-1]) == plainly(receipt))
        before, letters = bot.said(), bot.letters()

        presses = 0
        last = next(message for message in reversed(shown) if pressable(message))
        for message in shown:
            for data in pressable(message) if message is not last else ():
                if not data.endswith(":help") and data != "write":
                    told = len(bot.said())
                    await bot.press(message, data)
                    presses += 1
                    assert len(bot.said()) > told, "there is always an answer"

    assert presses > 40
    assert bot.letters() == letters
    assert bot.said()[: len(before)] == before
    assert bot.said()[-1] == before[-2], "the last screen is still the last screen"


@pytest.mark.parametrize("argument", ["", "concern", "help", "nonsense", "/../x"])
async def test_a_deep_link_of_telegram_opens_a_screen(
    argument: str,
    dialogue: Dialogue,
    content: Content,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    core = Parent(dialogue).commands("start", argument)
    async with school("telegram polling", core.now, content, tmp_path, monkeypatch) as bot:
        await bot.parent.command("start", argument)

        assert plainly("\n".join(bot.said())) == plainly(core.sees())
