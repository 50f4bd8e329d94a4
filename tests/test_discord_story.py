"""A letter on Discord: what a parent is shown, markdown and all, is what the school gets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.channels import Incoming
from bot.conversations import Conversations
from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.messages import Reply
from tests.discord_shell import running
from tests.fake_discord import DiscordParent, FakeDiscord, buttons
from tests.keyboard import TO_A_LETTER
from tests.school import OFFICE
from tests.shell import Clock, open_store

WORDS = "Lily's PE kit went *missing* again\n> @everyone knows\n1. <@123> `it` is # not fair"


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
