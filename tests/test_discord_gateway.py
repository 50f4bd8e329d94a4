"""Discord's gateway at its worst: what is lost, what comes back, and when to give up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import discord
import pytest

from bot.channels import Incoming
from bot.channels.discord import Refused
from tests.discord_shell import Running, Scripted, running
from tests.fake_discord import DiscordParent, FakeDiscord


@pytest.fixture
async def fake() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as discord_server:
        yield discord_server


@pytest.fixture
def handle() -> Scripted:
    return Scripted()


@pytest.fixture
async def bot(fake: FakeDiscord, handle: Scripted) -> AsyncIterator[Running]:
    async with running(fake, handle) as bot:
        yield bot


@pytest.fixture
async def parent(bot: Running, fake: FakeDiscord) -> DiscordParent:
    """A parent who has begun."""
    parent = DiscordParent(fake)
    await parent.command("start")
    return parent


def answers(parent: DiscordParent, number: int) -> bool:
    return parent.all_seen()[-1] == f"Question {number}?"


async def test_a_lost_connection_is_resumed_and_what_was_missed_is_replayed(
    fake: FakeDiscord, parent: DiscordParent, handle: Scripted
) -> None:
    await fake.drop()
    await fake.say(parent.id, "while you were away")

    await fake.until(lambda: answers(parent, 2))

    assert fake.gateway_events["resume"] == 1
    assert fake.gateway_events["identify"] == 1
    assert handle.words() == ["while you were away"]


@pytest.mark.parametrize("code", [4000, 4001, 4008, 1000, 1011])
async def test_a_closed_connection_is_resumed(
    code: int, fake: FakeDiscord, parent: DiscordParent, handle: Scripted
) -> None:
    await fake.drop(code=code)
    await fake.say(parent.id, "still there?")

    await fake.until(lambda: answers(parent, 2))

    assert handle.words() == ["still there?"]


async def test_asked_to_reconnect_it_resumes(
    fake: FakeDiscord, parent: DiscordParent, handle: Scripted
) -> None:
    await fake.ask(7)
    await fake.until(lambda: fake.gateway_events["resume"] == 1)
    await fake.say(parent.id, "after op 7")

    await fake.until(lambda: answers(parent, 2))

    assert handle.words() == ["after op 7"]


async def test_an_invalid_session_that_may_be_resumed_is_resumed(
    fake: FakeDiscord, parent: DiscordParent, handle: Scripted
) -> None:
    await fake.ask(9, True)

    await fake.until(lambda: fake.gateway_events["resume"] == 1)

    assert fake.gateway_events["identify"] == 1


async def test_after_a_lost_session_the_messages_missed_are_read_back_once_and_in_order(
    fake: FakeDiscord, parent: DiscordParent, handle: Scripted
) -> None:
    await fake.ask(9, False, forget=True)
    await fake.say(parent.id, "missed 1")
    await fake.say(parent.id, "missed 2")
    await fake.until(lambda: fake.gateway_events["identify"] == 2)
    await fake.say(parent.id, "live")

    await fake.until(lambda: answers(parent, 4))
    await fake.quiet()

    assert handle.words() == ["missed 1", "missed 2", "live"]
    assert len(handle.handled) == len(set(handle.messages()))
    assert parent.all_seen() == [f"Question {number}?" for number in (1, 2, 3, 4)]


async def test_a_tap_waits_until_what_was_missed_is_read_back(
    fake: FakeDiscord, parent: DiscordParent, handle: Scripted
) -> None:
    await fake.drop(forget=True)
    await fake.say(parent.id, "missed")
    fake.fault("GET messages", "503")
    await fake.until(lambda: any(session.socket for session in fake.sessions.values()))

    await parent.tap("yes")
    await fake.quiet()

    assert [type(one.event).__name__ for one in handle.handled] == ["Commanded", "Wrote", "Chose"]


async def test_a_message_that_comes_while_looking_back_is_taken_once(
    fake: FakeDiscord, parent: DiscordParent, handle: Scripted
) -> None:
    fake.history_gate = asyncio.Event()
    await fake.drop(forget=True)
    await fake.say(parent.id, "missed")
    await fake.until(lambda: any(method == "GET" for method, *_ in fake.calls[-1:]))
    await fake.say(parent.id, "live")
    fake.history_gate.set()

    await fake.until(lambda: answers(parent, 3))
    await fake.quiet()

    assert handle.words() == ["missed", "live"]
    assert handle.calls == 3


async def test_nothing_is_taken_before_it_is_known_where_to_look_back(
    fake: FakeDiscord, handle: Scripted
) -> None:
    gate = asyncio.Event()

    async def known() -> list[tuple[str, str]]:
        await gate.wait()
        return await handle.known()

    parent = DiscordParent(fake)
    async with running(fake, handle):
        await parent.command("start")
    await fake.say(parent.id, "missed")
    async with running(fake, handle, known):
        message, custom_id = parent.find("yes")
        await fake.interact(parent.id, 3, {"component_type": 2, "custom_id": custom_id}, message)
        await fake.say(parent.id, "live")
        await fake.quiet()
        assert len(handle.handled) == 1
        gate.set()
        await fake.until(lambda: len(handle.handled) == 4)

    # The tap was on a question that the missed message had answered.
    assert [one.message[0] for one in handle.handled] == ["i", "m", "i", "m"]
    assert handle.words() == ["missed", "live"]


async def test_history_that_cannot_be_read_just_now_is_read_later(
    fake: FakeDiscord, parent: DiscordParent, handle: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.discord_turns.LOOKING", 0.02)
    fake.fault("GET messages", "503", "reset", "503")
    await fake.drop(forget=True)
    await fake.say(parent.id, "missed")

    await fake.until(lambda: answers(parent, 2))

    assert handle.words() == ["missed"]


async def test_a_first_message_that_nobody_heard_is_taken_with_the_next(
    fake: FakeDiscord, handle: Scripted
) -> None:
    parent = DiscordParent(fake)
    await fake.say(parent.id, "is anybody there?")

    async with running(fake, handle):
        await parent.say("hello?")

    assert handle.words() == ["is anybody there?", "hello?"]


async def test_what_was_answered_before_a_conversation_was_forgotten_stays_forgotten(
    fake: FakeDiscord, handle: Scripted
) -> None:
    parent = DiscordParent(fake)
    async with running(fake, handle):
        await parent.say("old words")
    handle.handled.clear()
    handle.seen.clear()

    async with running(fake, handle):
        await parent.say("new words")

    assert handle.words() == ["new words"]


async def test_a_reply_lost_when_the_bot_died_is_shown_after_the_restart(
    fake: FakeDiscord, handle: Scripted
) -> None:
    parent = DiscordParent(fake)
    async with running(fake, handle):
        await parent.command("start")
        message = await fake.say(parent.id, "kept, not answered")
        await fake.quiet()
    fake.channels[parent.channel].remove(fake.sent(parent.channel)[-1])
    fake.nonces.clear()
    assert handle.messages()[-1] == f"m{message['id']}"

    async with running(fake, handle):
        await fake.until(lambda: answers(parent, 2))

    assert len(handle.handled) == 2
    assert parent.all_seen() == ["Question 1?", "Question 2?"]


async def test_an_answer_lost_behind_the_answer_to_another_message_is_shown_too(
    fake: FakeDiscord, handle: Scripted
) -> None:
    parent = DiscordParent(fake)
    gate = asyncio.Event()

    async def slow(incoming: Incoming) -> object:
        if handle.handled:
            await gate.wait()
        return await handle(incoming)

    async with running(fake, slow, handle.known):  # type: ignore[arg-type]
        await parent.command("start")
        await fake.say(parent.id, "one")
        await fake.say(parent.id, "two, before the answer")
        gate.set()
        await fake.until(lambda: answers(parent, 3))
        await fake.quiet()
    fake.nonces.clear()

    async with running(fake, handle):
        await fake.quiet(0.1)
    assert parent.all_seen() == ["Question 1?", "Question 2?", "Question 3?"]
    fake.channels[parent.channel].remove(fake.sent(parent.channel)[-1])

    async with running(fake, handle):
        await fake.until(lambda: answers(parent, 3))

    assert len(handle.handled) == 3


async def test_a_restart_says_nothing_to_whoever_was_answered(
    fake: FakeDiscord, handle: Scripted
) -> None:
    parent = DiscordParent(fake)
    async with running(fake, handle):
        await parent.command("start")
        await parent.say("hello")
    fake.nonces.clear()  # Discord knows a message again for some minutes only

    async with running(fake, handle):
        await fake.quiet(0.1)

    assert parent.all_seen() == ["Question 1?", "Question 2?"]


async def test_where_to_look_is_asked_again_when_the_store_is_away(
    fake: FakeDiscord, handle: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.discord.PAUSES", (0.01,))
    tries = 0

    async def known() -> list[tuple[str, str]]:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise OSError("the disk is away")
        return await handle.known()

    parent = DiscordParent(fake)
    async with running(fake, handle, known):
        await parent.say("hello")
        await fake.until(lambda: parent.all_seen())

    assert handle.words() == ["hello"]


async def test_a_socket_that_has_died_silently_is_noticed_and_replaced(
    fake: FakeDiscord, handle: Scripted
) -> None:
    fake.heartbeat, fake.acknowledges = 60, False

    async with running(fake, handle, heartbeat_timeout=0.3):
        parent = DiscordParent(fake)
        await fake.until(lambda: fake.gateway_events["resume"] >= 1)
        fake.acknowledges = True
        await fake.say(parent.id, "alive")
        await fake.until(lambda: parent.all_seen())

    assert handle.words() == ["alive"]
    assert fake.gateway_events["heartbeat"] > 2


@pytest.mark.parametrize(
    ("code", "words"),
    [(4004, "token"), (4010, "shard"), (4011, "shards"), (4012, "version"), (4013, "intents"),
     (4014, "intents")],
)  # fmt: skip
async def test_a_fatal_close_code_ends_the_channel_with_a_clear_message(
    code: int, words: str, fake: FakeDiscord, handle: Scripted
) -> None:
    fake.refuse_identify = code

    async with running(fake, handle, wait=False) as bot:
        with pytest.raises(Refused, match=words):
            await asyncio.wait_for(bot.task, 5)

    assert len(bot.alerts) == 1
    assert words in bot.alerts[0]


async def test_a_wrong_token_ends_the_channel_with_a_clear_message(
    fake: FakeDiscord, handle: Scripted
) -> None:
    async with running(fake, handle, token="wrong", wait=False) as bot:
        with pytest.raises(Refused, match="DISCORD_TOKEN"):
            await asyncio.wait_for(bot.task, 5)

    assert fake.gateway_events["identify"] == 0
    assert "wrong" not in bot.alerts[0]


async def test_a_server_that_is_down_is_tried_until_it_is_back(
    fake: FakeDiscord, handle: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.discord.PAUSES", (0.01,))
    monkeypatch.setattr("bot.channels.discord.WORRYING", 3)
    fake.fault("GET", "503", "reset", "503", "503")

    async with running(fake, handle) as bot:
        parent = DiscordParent(fake)
        await parent.say("hello")

    assert handle.words() == ["hello"]
    assert bot.alerts == ["Discord cannot be reached. I keep trying."]


@pytest.mark.parametrize("path", ["", "/", "/api", "/api/v10", "/api/v10/"])
async def test_the_address_may_leave_out_what_every_server_has(
    path: str, fake: FakeDiscord, handle: Scripted
) -> None:
    async with running(fake, handle, url=f"http://{fake.host}{path}"):
        parent = DiscordParent(fake)
        await parent.say("hello")

    assert handle.words() == ["hello"]


async def test_two_channels_with_two_addresses_do_not_disturb_each_other(
    fake: FakeDiscord, handle: Scripted
) -> None:
    before = (discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY)
    theirs = Scripted()
    async with FakeDiscord() as other, running(fake, handle), running(other, theirs):
        await DiscordParent(fake).say("to one")
        await DiscordParent(other).say("to the other")

    assert (handle.words(), theirs.words()) == (["to one"], ["to the other"])
    assert before == (discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY)


async def test_stopping_lets_a_turn_finish_and_be_answered(fake: FakeDiscord) -> None:
    begun, gate = asyncio.Event(), asyncio.Event()
    scripted = Scripted()

    async def handle(incoming: Incoming) -> object:
        begun.set()
        await gate.wait()
        return await scripted(incoming)

    parent = DiscordParent(fake)
    async with running(fake, handle) as bot:  # type: ignore[arg-type]
        await fake.say(parent.id, "last words")
        await begun.wait()
        bot.task.cancel()
        await asyncio.sleep(0.02)
        gate.set()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(bot.task, 5)

    assert parent.all_seen() == ["Question 1?"]


async def test_stopping_does_not_wait_for_a_turn_that_hangs(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.discord.SETTLING", 0.05)

    async def handle(incoming: Incoming) -> list[object]:
        await asyncio.sleep(3600)
        return []

    async with running(fake, handle) as bot:  # type: ignore[arg-type]
        await fake.say("20001", "hello")
        await fake.until(lambda: fake.busy)
        bot.task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(bot.task, 2)

    assert bot.task.done()


async def test_stopping_does_not_wait_for_a_server_that_says_nothing(
    fake: FakeDiscord, handle: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.discord_gateway._GOODBYE", 0.1)
    fake.heartbeat = 50
    async with running(fake, handle) as bot:
        fake.frozen = True
        await asyncio.sleep(0.1)
        bot.task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(bot.task, 2)
        fake.frozen = False

    assert bot.task.done()


async def test_more_than_one_page_of_missed_messages_is_read_back(
    fake: FakeDiscord, parent: DiscordParent, handle: Scripted
) -> None:
    await fake.drop(forget=True)
    for number in range(130):
        await fake.say(parent.id, str(number))

    await fake.until(lambda: len(handle.words()) == 130)

    assert handle.words() == [str(number) for number in range(130)]


@pytest.mark.parametrize("frame", ["{{{", "[]", "null", '{"op": 10}', '{"op": 0, "t": "READY"}'])
async def test_a_broken_frame_costs_a_new_session_and_no_message(
    frame: str, fake: FakeDiscord, parent: DiscordParent, handle: Scripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("bot.channels.discord.PAUSES", (0.01,))
    (session,) = fake.sessions.values()
    assert session.socket

    await session.socket.send(frame)
    await fake.say(parent.id, "right after it")
    await fake.until(lambda: handle.words())
    await parent.say("and later")

    assert handle.words() == ["right after it", "and later"]
    assert len(handle.handled) == len(set(handle.messages()))


async def test_a_broken_event_does_not_end_the_connection(
    fake: FakeDiscord, parent: DiscordParent, handle: Scripted
) -> None:
    for event in (None, [], "x", {}, {"id": {}}, {"author": 5}, {"type": "3"}):
        for name in ("MESSAGE_CREATE", "INTERACTION_CREATE", "MESSAGE_UPDATE", "GUILD_CREATE", "X"):
            await fake.dispatch(name, event)  # type: ignore[arg-type]
    await parent.say("still here")

    assert handle.words() == ["still here"]
    assert fake.gateway_events["connected"] == 1
