"""Discord over the wire: the real library, a fake server with the real rules."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import random
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from bot.channels import Incoming, Unavailable, Unreachable
from dialogs.messages import Attached, Chose, Commanded, Reply, Wrote
from tests.discord_shell import COMMANDS, TEXTS, Running, Scripted, running
from tests.fake_discord import (
    EPHEMERAL,
    NO_PREVIEWS,
    TOKEN,
    DiscordParent,
    FakeDiscord,
    buttons,
    shown,
)


@pytest.fixture
async def fake() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as discord:
        yield discord


@pytest.fixture
def handle() -> Scripted:
    return Scripted()


@pytest.fixture
async def bot(fake: FakeDiscord, handle: Scripted) -> AsyncIterator[Running]:
    async with running(fake, handle) as bot:
        yield bot


@pytest.fixture
def parent(fake: FakeDiscord) -> DiscordParent:
    return DiscordParent(fake)


# --- what a parent does ---


async def test_a_parent_starts_taps_and_writes(
    bot: Running, parent: DiscordParent, handle: Scripted
) -> None:
    await parent.command("start")
    assert parent.seen() == ["Question 1?"]

    await parent.tap("Yes, now")
    assert parent.seen() == ["Question 2?"]

    await parent.say("It happened *yesterday*")
    assert parent.seen() == ["Question 3?"]

    assert [one.event for one in handle.handled] == [
        Commanded("start"),
        Chose("q1", "yes"),
        Wrote("It happened *yesterday*"),
    ]
    assert {one.conversation for one in handle.handled} == {parent.id}
    assert [one.message[0] for one in handle.handled] == ["i", "i", "m"]
    assert handle.handled[0].language == "en-GB"


async def test_a_pressed_message_shows_what_was_chosen_and_loses_its_buttons(
    fake: FakeDiscord, bot: Running, parent: DiscordParent
) -> None:
    await parent.command("start")

    await parent.tap("yes")

    pressed = fake.sent(parent.channel)[0]
    assert shown(pressed["content"]) == "Question 1?\n\n✓ Yes, now"
    assert not buttons(pressed)


async def test_buttons_outlive_a_restart(
    fake: FakeDiscord, handle: Scripted, parent: DiscordParent
) -> None:
    async with running(fake, handle):
        await parent.command("start")

    async with running(fake, handle):
        await parent.tap("yes")

    assert handle.handled[-1].event == Chose("q1", "yes")
    assert parent.seen() == ["Question 2?"]


async def test_the_slash_commands_are_registered_for_servers_and_direct_messages(
    fake: FakeDiscord, bot: Running
) -> None:
    assert [one["name"] for one in fake.commands] == [one.name for one in COMMANDS]
    assert {tuple(one["contexts"]) for one in fake.commands} == {(0, 1)}


async def test_a_command_may_carry_words(
    bot: Running, parent: DiscordParent, handle: Scripted
) -> None:
    await parent.command("language", "Polski")
    await parent.say("/start concern")

    assert [one.event for one in handle.handled] == [
        Commanded("language", "Polski"),
        Commanded("start", "concern"),
    ]


async def test_words_can_be_written_in_a_form(fake: FakeDiscord, parent: DiscordParent) -> None:
    handled: list[Incoming] = []

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        handled.append(incoming)
        return (Reply("What happened?", "what", asks_for_words=True),)

    async with running(fake, handle):
        await parent.command("concern")
        await parent.modal("Two lines\nof *words*")

    assert handled[-1].event == Wrote("Two lines\nof *words*")
    assert shown(fake.sent(parent.channel)[0]["content"]) == "What happened?\n\n✓ Write it here"


async def test_opening_the_form_takes_no_turn(fake: FakeDiscord, parent: DiscordParent) -> None:
    handled: list[Incoming] = []

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        handled.append(incoming)
        return (Reply("What happened?", "what", asks_for_words=True),)

    async with running(fake, handle):
        await parent.command("concern")
        opened = await parent.press(*parent.find("write"))

    assert [answer["type"] for answer in opened.answers] == [9]
    assert len(handled) == 1


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"attachments": [{"id": "1", "content_type": "image/png", "url": "x"}]}, "photo"),
        ({"attachments": [{"id": "1", "content_type": "video/mp4"}]}, "video"),
        ({"attachments": [{"id": "1", "filename": "a.pdf"}]}, "document"),
        ({"attachments": [{"content_type": "audio/ogg"}], "flags": 8192}, "voice"),
        ({"sticker_items": [{"id": "1", "name": "wave", "format_type": 1}]}, "sticker"),
        ({"message_snapshots": [{"message": {}}], "message_reference": {"type": 1}}, "forward"),
        ({"poll": {"question": {"text": "?"}}}, "poll"),
        ({}, "other"),
    ],
)
async def test_what_is_not_text_gets_a_kind_answer_and_is_not_fetched(
    more: dict[str, object], what: str, fake: FakeDiscord, bot: Running,
    parent: DiscordParent, handle: Scripted,
) -> None:  # fmt: skip
    await parent.say("", **more)

    assert [one.event for one in handle.handled] == [Attached(what)]
    assert parent.seen() == ["Question 1?"]
    assert not any("attachments" in path for _, path, _ in fake.calls)


async def test_a_photo_with_words_is_both(
    bot: Running, parent: DiscordParent, handle: Scripted
) -> None:
    await parent.say("look at this", attachments=[{"id": "1", "content_type": "image/png"}])

    assert [one.event for one in handle.handled] == [Wrote("look at this"), Attached("photo")]
    assert len(set(handle.messages())) == 2


async def test_an_edit_is_answered_not_obeyed_and_a_link_preview_is_no_edit(
    fake: FakeDiscord, bot: Running, parent: DiscordParent, handle: Scripted
) -> None:
    message = await fake.say(parent.id, "first")
    await fake.quiet()

    await fake.dispatch("MESSAGE_UPDATE", {**message, "embeds": [{"type": "link"}]})
    edit = {**message, "content": "second", "edited_timestamp": "2026-11-24T22:41:00.1+00:00"}
    await fake.dispatch("MESSAGE_UPDATE", edit)
    await fake.quiet()

    assert [one.event for one in handle.handled] == [Wrote("first"), Attached("edited")]


# --- servers ---


async def test_a_command_in_a_server_is_answered_for_one_and_points_to_direct_messages(
    fake: FakeDiscord, bot: Running, parent: DiscordParent, handle: Scripted
) -> None:
    asked = await parent.command("start", in_server=True)

    assert asked.is_ephemeral
    assert asked.original is not None
    assert shown(asked.original["content"]) == TEXTS.private_only
    assert parent.all_seen() == [TEXTS.come_here]
    assert handle.calls == 0

    await parent.tap("Start")

    assert handle.handled[-1].event == Commanded("start")
    assert parent.seen() == ["Question 1?"]


async def test_closed_direct_messages_are_found_out_before_a_concern_is_accepted(
    fake: FakeDiscord, bot: Running, parent: DiscordParent, handle: Scripted
) -> None:
    fake.close_direct_messages(parent.id)

    asked = await parent.command("concern", in_server=True)

    assert asked.original is not None
    assert asked.is_ephemeral
    assert shown(asked.original["content"]) == TEXTS.closed
    assert handle.calls == 0


async def test_when_discord_fails_the_server_command_says_so(
    fake: FakeDiscord, bot: Running, parent: DiscordParent
) -> None:
    fake.fault("POST users/@me/channels", "503")

    asked = await parent.command("start", in_server=True)

    assert asked.original is not None
    assert shown(asked.original["content"]) == TEXTS.not_now


async def test_nothing_said_in_a_server_is_asked_for_read_or_answered(
    fake: FakeDiscord, bot: Running, parent: DiscordParent, handle: Scripted
) -> None:
    await fake.say_in_server(parent.id, "what a school")
    await fake.dispatch("MESSAGE_CREATE", fake.channels["3001"][0])  # even if it did come
    await fake.quiet()

    assert handle.calls == 0
    assert not fake.sent("3001")
    assert [session.intents for session in fake.sessions.values()] == [1 << 12]


async def test_another_persons_button_is_refused_kindly(
    fake: FakeDiscord, bot: Running, parent: DiscordParent, handle: Scripted
) -> None:
    await parent.command("start")
    message, custom_id = parent.find("yes")
    stranger = DiscordParent(fake, "20002")

    theirs = {"id": parent.channel, "type": 1, "recipients": [{"id": parent.id}]}
    pressed = await stranger.press(message, custom_id, channel=theirs, channel_id=parent.channel)

    assert pressed.is_ephemeral
    assert pressed.answers[0]["data"]["content"] == TEXTS.not_yours
    assert len(handle.handled) == 1
    assert buttons(fake.sent(parent.channel)[0])


async def test_a_button_in_a_server_is_refused_and_seen_by_one_only(
    fake: FakeDiscord, bot: Running, parent: DiscordParent, handle: Scripted
) -> None:
    await parent.command("start")
    message, custom_id = parent.find("yes")

    pressed = await parent.press(message, custom_id, in_server=True)

    assert pressed.is_ephemeral
    assert len(handle.handled) == 1


async def test_an_answer_goes_to_whoever_asked_whatever_channel_the_event_names(
    fake: FakeDiscord, bot: Running, parent: DiscordParent
) -> None:
    await parent.command("start")
    before = parent.all_seen()
    stranger = DiscordParent(fake, "20002")

    await stranger.command("start")
    message, custom_id = stranger.find("yes")
    forged = {"channel_id": parent.channel, "channel": {"id": parent.channel, "type": 1}}
    await stranger.press({**message, "channel_id": stranger.channel}, custom_id, **forged)

    assert parent.all_seen() == before
    assert stranger.all_seen()[-1] == "Question 2?"


# --- again and again ---


async def test_two_taps_at_once_count_once_and_both_are_answered(
    fake: FakeDiscord, bot: Running, parent: DiscordParent, handle: Scripted
) -> None:
    await parent.command("start")
    message, _ = parent.find("yes")
    snapshot = json.loads(json.dumps(message))

    taps = [
        await fake.interact(parent.id, 3, {"component_type": 2, "custom_id": custom_id}, snapshot)
        for custom_id in ("q1:yes", "q1:no")
    ]
    await fake.quiet()

    assert [one.event for one in handle.handled[1:]] == [Chose("q1", "yes"), Chose("q1", "no")]
    assert handle.step[parent.id] == 2
    assert [answer["type"] for tap in taps for answer in tap.answers] == [7, 6]
    assert shown(fake.sent(parent.channel)[0]["content"]).endswith("✓ Yes, now")
    assert "That button is from an earlier message." in parent.all_seen()


async def test_every_button_of_a_finished_question_is_answered_and_changes_nothing(
    fake: FakeDiscord, bot: Running, parent: DiscordParent, handle: Scripted
) -> None:
    await parent.command("start")
    old = json.loads(json.dumps(fake.sent(parent.channel)[0]))
    await parent.tap("yes")

    for custom_id in buttons(old):
        await parent.press(old, custom_id)
        assert parent.seen()[0] == "That button is from an earlier message."

    assert handle.step[parent.id] == 2


async def test_a_stale_button_leaves_the_record_of_its_message_alone(
    fake: FakeDiscord, bot: Running, parent: DiscordParent
) -> None:
    await parent.command("start")
    old = json.loads(json.dumps(fake.sent(parent.channel)[0]))
    await parent.tap("yes")

    await parent.press(old, "q1:no")

    assert shown(fake.sent(parent.channel)[0]["content"]) == "Question 1?\n\n✓ Yes, now"


@pytest.mark.parametrize(
    "forged",
    [
        "",
        ":",
        "q1",
        "q1:",
        "::::",
        "q1:yes\x00",
        "🙂" * 100,
        "a" * 4000,
        "../../x",
        "q1:yes ",
        "\ud800",
    ],
)
async def test_a_forged_button_is_always_answered_and_changes_nothing(
    forged: str, fake: FakeDiscord, bot: Running, parent: DiscordParent, handle: Scripted
) -> None:
    await parent.command("start")

    await parent.press(fake.sent(parent.channel)[0], forged)

    assert handle.step[parent.id] == 1
    assert parent.seen()[0] == "That button is from an earlier message."
    assert buttons(fake.sent(parent.channel)[0])


async def test_events_delivered_one_to_five_times_and_shuffled_end_as_once(
    fake: FakeDiscord, handle: Scripted, tell: Callable[[str], None]
) -> None:
    chance = random.Random(7)
    delivered = 0
    async with running(fake, handle):
        parents = [DiscordParent(fake, f"3000{number}") for number in range(6)]
        for parent in parents:
            started = await fake.interact(parent.id, 2, {"name": "start", "type": 1})
            await fake.dispatch("INTERACTION_CREATE", started.event)
        await fake.until(lambda: all(parent.all_seen() == ["Question 1?"] for parent in parents))
        live = fake.sessions[next(iter(fake.sessions))]
        for turn, parent in itertools.product(range(5), parents):
            before = len(live.events)
            message, custom_id = parent.find("yes")
            data = {"component_type": 2, "custom_id": custom_id}
            await fake.interact(parent.id, 3, data, json.loads(json.dumps(message)))
            await fake.say(parent.id, f"words {turn}")
            both = [json.loads(text)["d"] for text in live.events[before:]]
            again = [event for event in both for _ in range(chance.randint(0, 4))]
            chance.shuffle(again)
            delivered += 2 + len(again)
            for event in again:
                name = "INTERACTION_CREATE" if "token" in event else "MESSAGE_CREATE"
                await fake.dispatch(name, event)
            wanted = 3 + 2 * turn
            await fake.until(
                lambda parent=parent, wanted=wanted: (
                    handle.step[parent.id] >= wanted
                    and parent.all_seen()[-1] == f"Question {wanted}?"
                )
            )
        await fake.quiet()

    assert len(handle.handled) == 6 + 6 * 5 * 2
    assert set(handle.step.values()) == {11}
    for parent in parents:
        asked = [text.partition("\n")[0] for text in parent.all_seen()]
        assert asked == [f"Question {number}?" for number in range(1, 12)]
    tell(f"discord: 60 events delivered {delivered} times, handled 60, answers shown twice 0")


async def test_messages_of_one_parent_are_taken_in_order_and_parents_do_not_wait(
    fake: FakeDiscord,
) -> None:
    taken: list[str] = []
    gate = asyncio.Event()

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        assert isinstance(incoming.event, Wrote)
        if incoming.event.text == "slow":
            await gate.wait()
        taken.append(incoming.event.text)
        return (Reply(f"heard {incoming.event.text}"),)

    async with running(fake, handle):
        await fake.say("20001", "slow")
        await fake.say("20001", "quick")
        await fake.say("20002", "other")
        await fake.until(lambda: taken == ["other"])
        gate.set()
        await fake.until(lambda: len(fake.sent(fake.channel_of("20001"))) == 2)

    assert taken == ["other", "slow", "quick"]


# --- three seconds and fifteen minutes ---


async def test_a_slow_turn_is_acknowledged_in_time(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.discord_turns.ACKNOWLEDGED_BY", 0.02)
    gate = asyncio.Event()

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        await gate.wait()
        return (Reply("here I am"),)

    async with running(fake, handle):
        asked = await fake.interact("20001", 2, {"name": "start", "type": 1})
        await fake.until(lambda: asked.answers)
        assert asked.answers == [{"type": 5}]
        fake.later(60)
        gate.set()
        await fake.until(lambda: asked.original and asked.original["content"] == "here I am")

    assert not asked.refused


async def test_a_slow_tap_is_acknowledged_in_time_and_recorded_later(
    fake: FakeDiscord, handle: Scripted, parent: DiscordParent, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()

    async def slow(incoming: Incoming) -> Sequence[Reply]:
        if isinstance(incoming.event, Chose):
            await gate.wait()
        return await handle(incoming)

    async with running(fake, slow, handle.known):
        await parent.command("start")
        monkeypatch.setattr("bot.channels.discord_turns.ACKNOWLEDGED_BY", 0.02)
        message, custom_id = parent.find("yes")
        data = {"component_type": 2, "custom_id": custom_id}
        tapped = await fake.interact(parent.id, 3, data, json.loads(json.dumps(message)))
        await fake.until(lambda: tapped.answers)
        assert tapped.answers == [{"type": 6}]
        fake.later(60)
        gate.set()
        await fake.until(lambda: "Question 2?" in parent.all_seen())
        await fake.quiet()

    assert parent.all_seen()[0] == "Question 1?\n\n✓ Yes, now"


async def test_what_is_acknowledged_is_on_the_disk(
    fake: FakeDiscord, parent: DiscordParent
) -> None:
    acknowledged: list[int] = []

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        await asyncio.sleep(0.05)
        acknowledged.extend(len(one.answers) for one in fake.interactions.values())
        return (Reply("kept"),)

    async with running(fake, handle):
        asked = await parent.command("start")

    assert acknowledged == [0]
    assert [answer["type"] for answer in asked.answers] == [4]


async def test_after_fifteen_minutes_the_answer_comes_as_a_message(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.discord_turns.ACKNOWLEDGED_BY", 0.02)
    gate = asyncio.Event()

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        await gate.wait()
        return (Reply("here I am"), Reply("and here"))

    parent = DiscordParent(fake)
    async with running(fake, handle):
        asked = await fake.interact(parent.id, 2, {"name": "start", "type": 1})
        await fake.until(lambda: asked.answers)
        fake.later(901)
        gate.set()
        await fake.until(lambda: "and here" in parent.all_seen())

    assert parent.all_seen()[-2:] == ["here I am", "and here"]
    assert sum(path.startswith("webhooks/") for _, path, _ in fake.calls) == 1


async def test_an_interaction_that_came_too_late_is_still_taken_and_answered(
    fake: FakeDiscord, parent: DiscordParent, handle: Scripted
) -> None:
    async def slow(incoming: Incoming) -> Sequence[Reply]:
        fake.later(10)
        return await handle(incoming)

    async with running(fake, slow, handle.known):
        asked = await fake.interact(parent.id, 2, {"name": "start", "type": 1})
        await fake.until(lambda: parent.all_seen())

    assert asked.refused == [10062]
    assert parent.all_seen() == ["Question 1?"]


# --- what cannot be saved or sent ---


async def test_a_turn_that_could_not_be_saved_is_tried_again_and_then_said(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch, parent: DiscordParent
) -> None:
    monkeypatch.setattr("bot.channels.discord_turns.SAVING", (0.01, 0.01))
    tries = 0

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise Unavailable("the disk is full")
        if incoming.event == Wrote("poison"):
            raise ValueError("our own fault")
        return (Reply("taken", "q", choices=()),)

    async with running(fake, handle):
        await parent.say("first")
        assert parent.seen() == ["taken"]

        await parent.say("poison")
        assert parent.seen() == [TEXTS.not_taken]
        assert tries == 4

        await parent.say("third")
        assert parent.seen() == ["taken"]


async def test_a_button_whose_turn_failed_can_be_pressed_again(
    fake: FakeDiscord, handle: Scripted, parent: DiscordParent
) -> None:
    broken = False

    async def brittle(incoming: Incoming) -> Sequence[Reply]:
        if broken:
            raise ValueError("our own fault")
        return await handle(incoming)

    async with running(fake, brittle):
        await parent.command("start")
        broken = True
        await parent.tap("yes")
        assert parent.seen() == [TEXTS.not_taken]
        broken = False
        await parent.tap("yes")

    assert parent.seen() == ["Question 2?"]


@pytest.mark.parametrize("fault", ["reset", "reset_after", "503", "429:0.05"])
async def test_a_reply_is_shown_once_whatever_happens_on_the_way(
    fault: str, fake: FakeDiscord, bot: Running, parent: DiscordParent
) -> None:
    await parent.command("start")
    fake.fault("POST messages", fault)

    await fake.say(parent.id, "hello")
    await fake.until(lambda: "Question 2?" in parent.all_seen())
    await fake.until(lambda: fake.doubled == (fault == "reset_after"))
    await fake.quiet()

    assert parent.all_seen().count("Question 2?") == 1


async def test_a_limit_that_is_not_reached_holds_nothing_up(
    fake: FakeDiscord, bot: Running, parent: DiscordParent
) -> None:
    fake.headers = {
        "X-RateLimit-Limit": "9", "X-RateLimit-Remaining": "8",
        "X-RateLimit-Reset-After": "120", "X-RateLimit-Bucket": "abc",
    }  # fmt: skip
    await parent.command("start")

    await parent.say("one")
    await parent.say("two")

    assert parent.seen() == ["Question 3?"]


async def test_refused_buttons_do_not_cost_the_parent_the_words(
    fake: FakeDiscord, bot: Running, parent: DiscordParent
) -> None:
    await parent.command("start")
    fake.fault("POST messages", "400:50035")

    await parent.say("hello")

    assert parent.seen() == ["Question 2?"]


async def test_a_parent_who_blocks_the_bot_in_the_middle_costs_nobody_else(
    fake: FakeDiscord, bot: Running, parent: DiscordParent
) -> None:
    await parent.command("start")
    fake.close_direct_messages(parent.id)
    await parent.say("hello?")
    other = DiscordParent(fake, "20002")

    await other.command("start")

    assert other.seen() == ["Question 1?"]


async def test_nobody_is_mentioned_and_no_preview_is_shown(
    fake: FakeDiscord, parent: DiscordParent
) -> None:
    async def handle(incoming: Incoming) -> Sequence[Reply]:
        return (Reply("@everyone <@20002> https://school.example/a_b_c **no** [x](https://y)"),)

    async with running(fake, handle):
        await parent.say("hello")

    said = fake.sent(parent.channel)[0]
    assert said["allowed_mentions"] == {"parse": []}
    assert said["flags"] & NO_PREVIEWS
    assert not said["flags"] & EPHEMERAL
    assert parent.seen() == [
        "@everyone <@20002> https://school.example/a_b_c **no** [x](https://y)"
    ]
    assert "\\<@20002>" in said["content"]


# --- notices ---


async def test_a_notice_reaches_a_parent_at_any_time(
    fake: FakeDiscord, bot: Running, parent: DiscordParent
) -> None:
    await bot.channel.tell(parent.id, Reply("Your message is in the school's mailbox."))

    assert parent.all_seen() == ["Your message is in the school's mailbox."]


async def test_a_notice_whose_answer_was_lost_is_not_shown_twice(
    fake: FakeDiscord, bot: Running, parent: DiscordParent
) -> None:
    fake.fault("POST messages", "reset_after")

    with pytest.raises(Unavailable):
        await bot.channel.tell(parent.id, Reply("Once only."))
    await bot.channel.tell(parent.id, Reply("Once only."))

    assert parent.all_seen() == ["Once only."]


async def test_two_answers_in_the_same_words_are_two(
    fake: FakeDiscord, bot: Running, parent: DiscordParent
) -> None:
    for key in ("answer:1", "answer:2", "answer:2"):
        await bot.channel.tell(parent.id, Reply("School has answered."), key)

    assert parent.all_seen() == ["School has answered."] * 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("403:50007", Unreachable),
        ("403:0", Unreachable),
        ("404:10003", Unreachable),
        ("403:40003", Unavailable),
        ("503", Unavailable),
        ("429:120", Unavailable),
        ("reset", Unavailable),
        ("html", Unavailable),
    ],
)
async def test_a_notice_that_cannot_be_told_says_whether_to_try_again(
    fault: str, error: type[Exception], fake: FakeDiscord, bot: Running, parent: DiscordParent
) -> None:
    fake.fault("POST messages", fault)

    with pytest.raises(error) as caught:
        await bot.channel.tell(parent.id, Reply("A notice."))

    if fault.startswith("429"):
        assert isinstance(caught.value, Unavailable)
        assert caught.value.retry_after == 120


async def test_a_notice_before_discord_can_be_reached_waits(fake: FakeDiscord) -> None:
    async with running(fake, Scripted(), url="http://127.0.0.1:1", wait=False) as bot:
        with pytest.raises(Unavailable):
            await bot.channel.tell("20001", Reply("Too early."))


async def test_a_notice_to_what_is_no_conversation_is_refused(bot: Running) -> None:
    with pytest.raises(Unreachable):
        await bot.channel.tell("@everyone", Reply("Nobody."))


# --- secrets ---


async def test_neither_the_token_nor_a_word_is_logged_even_at_debug(
    fake: FakeDiscord, handle: Scripted, parent: DiscordParent, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("", "discord", "discord.http", "discord.gateway", "discord.client"):
        caplog.set_level(logging.DEBUG, logger=name)

    async with running(fake, handle) as bot:
        await parent.command("start", "canary-argument")
        await parent.say("canary-words")
        await parent.tap("yes")
        fake.fault("POST messages", "400:1", "reset", "429:0.01")
        await parent.say("canary-again")
        await bot.channel.tell(parent.id, Reply("canary-notice"))

    everything = "\n".join(str(record.__dict__) for record in caplog.records) + caplog.text
    assert TOKEN not in everything
    assert "canary" not in everything
    assert "token-of-" not in everything
    assert "Question" not in everything
