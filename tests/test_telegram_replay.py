"""Updates that come more than once: the end is the same as if each had come once."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram import Telegram
from dialogs.content import Content
from dialogs.dialogue import Dialogue
from tests.fake_telegram import FakeTelegram, TelegramParent, running
from tests.school import plainly, school, until
from tests.stories import STORIES, Says
from tests.test_stories_everywhere import letters_of, lived, receipts
from tests.test_telegram import TEXTS, Script

ACTS = ["/start", "yes", "no", "some words", "yes", "yes", "more words", "no"]


async def story(numbers: range, chance: random.Random | None) -> tuple[Script, FakeTelegram]:
    """Each parent does all acts in turn. With `chance`, each update comes one to five times,
    among old ones of the same chat, in any order that has its first time where it belongs."""
    script = Script()
    async with FakeTelegram() as server:
        bot = Telegram(server.token, server.url, texts=TEXTS)
        async with running(bot, script.handle):
            old: dict[int, list[dict[str, Any]]] = {number: [] for number in numbers}
            for act in ACTS:
                for number in numbers:
                    parent = TelegramParent(server, number, bot.settled)
                    if act in ("yes", "no"):
                        message, button = parent.button(act)
                        server.put_press(number, message, button["callback_data"])
                    else:
                        server.put_message(number, text=act)
                    if chance:
                        _, _, update = server.pending[-1]
                        again = [update] * chance.randint(0, 4)
                        again += chance.choices(old[number], k=3) if old[number] else []
                        chance.shuffle(again)
                        old[number].append(update)
                        for one in again:
                            server.put({k: v for k, v in one.items() if k != "update_id"})
                for number in numbers:
                    await TelegramParent(server, number, bot.settled).settle()
    return script, server


@pytest.mark.parametrize("seed", range(4))
async def test_updates_that_come_one_to_five_times_end_as_if_they_came_once(seed: int) -> None:
    once, _ = await story(range(1, 9), None)
    often, server = await story(range(1, 9), random.Random(seed))

    assert often.at == once.at
    assert [len(answers) for _, answers in server.presses.values()] == [1] * len(server.presses)
    for number in range(1, 9):
        mine = [i for i in often.taken if i.conversation == str(number)]
        assert len(mine) == len(ACTS)
        last = server.from_bot(number)[-1]["text"]
        assert last == f"Question {often.at[str(number)]}: private or public?"


async def test_a_tap_on_every_button_of_a_finished_conversation_changes_nothing() -> None:
    script = Script()
    async with FakeTelegram() as server:
        bot = Telegram(server.token, server.url, texts=TEXTS)
        async with running(bot, script.handle):
            parent = TelegramParent(server, 1, bot.settled)
            shown = []
            for act in ACTS:
                if act in ("yes", "no"):
                    shown.append(dict(parent.messages()[-1]))
                    await parent.tap(act)
                else:
                    await parent.say(act)
            before = (dict(script.at), parent.record())

            presses = [
                server.put_press(1, message, button["callback_data"])
                for message in shown
                for row in message["reply_markup"]["inline_keyboard"]
                for button in row
            ]
            await parent.settle()

            assert script.at == before[0]
            assert parent.record()[: len(before[1])] == before[1]
            assert all(len(server.presses[press][1]) == 1 for press in presses)


@pytest.mark.parametrize("channel", ["telegram polling", "telegram webhook"])
async def test_a_story_whose_every_update_comes_again_and_again_ends_in_one_letter(
    channel: str,
    dialogue: Dialogue,
    content: Content,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance, put, old, again = random.Random(5), FakeTelegram.put, list[dict[str, Any]](), [0]

    def put_often(server: FakeTelegram, update: dict[str, Any]) -> int:
        number = put(server, update)
        repeats = [update] * chance.randint(0, 4) + chance.choices([*old, update], k=2)
        old.append(update)
        for one in repeats:
            put(server, one)
        again[0] += len(repeats)
        return number

    monkeypatch.setattr(FakeTelegram, "put", put_often)
    story = STORIES["bullying, a child named"]
    core = lived(story, dialogue)
    (receipt,) = receipts(core.passed_on, content)

    async with school(channel, story.at, content, tmp_path, monkeypatch) as bot:
        await bot.parent.command("start")
        for step in story.steps:
            await (
                bot.parent.say(step.text) if isinstance(step, Says) else bot.parent.tap(step.choice)  # type: ignore[union-attr] # nobody waits here
            )
        await until(lambda: any(plainly(text) == plainly(receipt) for text in bot.said()))

    assert again[0] > 2 * len(story.steps)
    assert bot.letters() == letters_of(core.passed_on, content)
    assert sum(plainly(text) == plainly(receipt) for text in bot.said()) == 1
