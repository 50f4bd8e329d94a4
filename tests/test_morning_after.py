"""The morning after "sleeps on it", over the wire: the kept post, one question, then nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from dialogs.content import Content
from tests.parent import LONDON
from tests.school import School, pressable, school, until
from tests.shell import held_in
from tests.stories import STORIES
from tests.test_stories_everywhere import live_through

pytestmark = pytest.mark.filterwarnings("ignore:'audioop' is deprecated")

POST = "We wait too long for an answer."
MORNING = datetime(2026, 11, 25, 7, 45, tzinfo=LONDON)


def said(bot: School, words: str) -> int:
    return sum(words in text for text in bot.said())


@pytest.mark.parametrize("channel", ["telegram polling", "discord"])
async def test_the_reminder_shows_the_post_once_and_an_answer_wipes_it(
    channel: str, content: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = STORIES["sleeps on it"]
    async with school(channel, story.at, content, tmp_path, monkeypatch) as bot:
        await live_through(story, bot)
        assert said(bot, POST) == 0
        assert POST.encode() in held_in(tmp_path / "data")
        bot.clock.now = MORNING

        await until(lambda: "check_in:changed" in [d for m in bot.messages() for d in pressable(m)])
        await bot.parent.tap("changed")

        assert said(bot, POST) == 1
        assert POST.encode() not in held_in(tmp_path / "data")
        assert bot.letters() == []


async def test_a_parent_who_blocked_the_bot_is_not_reminded_and_the_post_is_gone(
    content: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = STORIES["sleeps on it"]
    async with school("telegram polling", story.at, content, tmp_path, monkeypatch) as bot:
        await live_through(story, bot)
        bot.fake.chats[42].blocked = True  # type: ignore[union-attr] # Telegram's, here
        bot.clock.now = MORNING

        await until(lambda: POST.encode() not in held_in(tmp_path / "data"))

        assert said(bot, POST) == 0
