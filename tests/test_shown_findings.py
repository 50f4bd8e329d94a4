"""A draft's findings quote the same words on every channel, and the draft is nowhere else."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import health
from bot.channels import Incoming
from bot.channels.discord_events import clean
from bot.channels.discord_replies import contents
from bot.channels.telegram_replies import render
from bot.conversations import Conversations
from bot.mail.folder import FolderMail
from bot.office import Office
from bot.outbox import Outbox
from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.draft import findings
from dialogs.listening import Listening
from dialogs.messages import Chose, Reply, Wrote
from tests.fake_discord import shown
from tests.parent import Parent
from tests.sample import ROOT
from tests.shell import Chat, Clock, held_in, open_store

RULES = Listening.of(Content.load(ROOT / "policy_content"), "en").rules

AWKWARD = st.text(
    st.sampled_from("aé .’“ا\u0301👍🏽👩\u200d🏫🇬🇧\ufe0f字*_`~|")
    | st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]),
    max_size=40,
)
UNKIND = st.sampled_from(
    [
        "mr davidson is a liar",
        "what a muppet",
        "he is a t w a t",
        "watch your back",
        "kai thompson in yr4 hit my son",
        "that head is a b!tch",
        "i heard she got sacked",
        "WHY IS NOBODY LISTENING",
        "07700 900123 ring his mum",
    ]
)
DRAFTS = st.lists(AWKWARD | UNKIND, min_size=1, max_size=4).map(" ".join)


@given(DRAFTS)
@settings(max_examples=40, deadline=None)
def test_the_quoted_words_are_the_same_on_every_channel(dialogue: Dialogue, text: str) -> None:
    quoted = {finding.words for finding in findings(text, RULES)}
    parent = Parent(dialogue).taps_on("post", "no").writes(text)

    for reply in parent.replies:
        for start, length in reply.emphasis:
            words = reply.text[start : start + length]
            assert reply.question != "findings" or not quoted or words in quoted
            one = Reply(reply.text, emphasis=((start, length),))
            assert joined(on_telegram(one)) == joined(words)
            assert joined(shown("".join(contents(one)))) == joined(clean(reply.text))


def joined(text: str) -> str:
    return "".join(text.split())


def on_telegram(reply: Reply) -> str:
    return "".join(
        call["text"]
        .encode("utf-16-le")[2 * e["offset"] : 2 * (e["offset"] + e["length"])]
        .decode("utf-16-le")
        for call in render(1, reply)
        for e in call.get("entities", [])
    )


CANARY = "wallcreeper"
DRAFT = (
    f"mr davidson {CANARY} is a liar, kai {CANARY} in yr4 hit my son. share this {CANARY}. "
    f"apparently she got sacked, what a muppet. {CANARY}@school.example 07700 900123"
)


@pytest.mark.parametrize("channel", ["console", "telegram", "discord"])
async def test_a_draft_is_in_no_file_log_metric_or_mail(
    channel: str, tmp_path: Path, dialogue: Dialogue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    clock = Clock()
    store = open_store(tmp_path)
    office = Office({"office": "office@oak.school.example"}, "bot@oak.school.example")
    conversations = Conversations(store, dialogue, office, clock, b"secret")
    number = 0

    async def take(event: Chose | Wrote) -> list[Reply]:
        nonlocal number
        number += 1
        return list(await conversations.handle(Incoming(channel, "7", str(number), event)))

    async def tap(choice: str) -> list[Reply]:
        shown_now = await conversations.show(channel, "7")
        question = next(
            reply.question
            for reply in shown_now
            if choice in [one.id for one in (*reply.choices, *reply.navigation)]
        )
        return await take(Chose(question, choice))

    await tap("post")
    await tap("no")
    told = await take(Wrote(DRAFT))
    assert CANARY in "".join(reply.text for reply in told), "else this test would show nothing"
    hides = [one.id for reply in told for one in reply.choices if one.id.startswith("hide.")]
    await tap(hides[0])
    outbox = Outbox(
        store=store,
        mail=FolderMail(tmp_path / "inbox"),
        channels={channel: Chat()},
        handle=conversations.handle,
        render=lambda language, message, values: Reply(message),
        clock=clock,
        second_copy="This may be a second copy.",
    )
    for door in outbox.doors:
        for waiting in await outbox.due(door, 100):
            await outbox.deliver(waiting.id)
    measured = repr(await store.turn(lambda tx: health.look(tx, clock())))
    store.close()
    held = held_in(tmp_path) + every_file_in(tmp_path)

    assert CANARY.encode() not in held
    assert CANARY not in caplog.text
    assert CANARY not in measured
    assert f"not_right.{hides[0].removeprefix('hide.')}".encode() in held


def every_file_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
