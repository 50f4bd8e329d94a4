"""Telegram over real HTTP: the real library, a fake Bot API, a small scripted handle."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.channels import Incoming, Unavailable, Unreachable
from bot.channels.telegram import Telegram, Texts, TokenRefused
from dialogs.messages import Attached, Choice, Chose, Commanded, Reply, Wrote
from tests.fake_telegram import FakeTelegram, TelegramParent, running

TEXTS = Texts(
    private_only="Please write to me in a private chat.",
    not_yours="This button is not for you.",
    not_taken="I could not take that in.",
    about="A robot helper.",
)
COMMANDS = {"en": {"start": "Begin", "help": "Get help now"}, "pl": {"start": "Zacznij"}}
NAVIGATION = (
    Choice("help", "Get help now"),
    Choice("talk", "Talk to school"),
    Choice("back", "Back"),
    Choice("stop", "Stop"),
)


def screen(number: int) -> Reply:
    return Reply(
        f"Question {number}: private or public?",
        f"q{number}",
        (Choice("yes", "Yes, please"), Choice("no", "No")),
        NAVIGATION,
    )


@dataclass
class Script:
    """A handle that remembers: question after question, each message honoured once."""

    taken: list[Incoming] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    at: dict[str, int] = field(default_factory=dict)
    fails: list[Exception] = field(default_factory=list)
    slow: float = 0.0

    async def handle(self, incoming: Incoming) -> Sequence[Reply]:
        if self.slow:
            await asyncio.sleep(self.slow)
        if self.fails:
            raise self.fails.pop(0)
        where = incoming.conversation
        now = self.at.setdefault(where, 1)
        if (where, incoming.message) in self.seen:
            return [screen(now)]
        self.seen.add((where, incoming.message))
        self.taken.append(incoming)
        match incoming.event:
            case Chose(question, _) if question == f"q{now}":
                self.at[where] = now + 1
            case Chose():
                return [Reply("That button is from before.", refused=True), screen(now)]
            case Attached():
                return [Reply("I cannot take files."), screen(now)]
        return [screen(self.at[where])]


@dataclass
class Bench:
    server: FakeTelegram
    bot: Telegram
    script: Script
    alerts: list[str]
    reached: list[tuple[str, bool]]

    def parent(self, number: int) -> TelegramParent:
        return TelegramParent(self.server, number, self.bot.settled)


@asynccontextmanager
async def bench(script: Script | None = None, **options: Any) -> AsyncIterator[Bench]:
    async with FakeTelegram() as server:
        alerts: list[str] = []
        reached: list[tuple[str, bool]] = []

        async def note(conversation: str, reachable: bool) -> None:
            reached.append((conversation, reachable))

        bot = Telegram(
            server.token,
            server.url,
            texts=TEXTS,
            commands=COMMANDS,
            alert=alerts.append,
            reached=note,
            **options,
        )
        script = script or Script()
        async with running(bot, script.handle):
            yield Bench(server, bot, script, alerts, reached)


# A chat that reads as a record.


async def test_a_question_has_each_choice_in_a_row_and_the_ways_out_below() -> None:
    async with bench() as b:
        parent = b.parent(1)

        await parent.command("start")

        keyboard = parent.messages()[-1]["reply_markup"]["inline_keyboard"]
        assert [[button["text"] for button in row] for row in keyboard] == [
            ["Yes, please"],
            ["No"],
            ["Get help now", "Talk to school"],
            ["Back", "Stop"],
        ]
        assert keyboard[0][0]["callback_data"] == "q1:yes"


async def test_a_pressed_message_shows_what_was_chosen_and_loses_its_buttons() -> None:
    async with bench() as b:
        parent = b.parent(1)
        await parent.command("start")

        await parent.tap("Yes, please")

        assert parent.seen() == [
            "Question 1: private or public?\n\n✓ Yes, please",
            "Question 2: private or public?",
        ]
        first = parent.messages()[0]
        assert "reply_markup" not in first
        assert first["entities"] == [{"type": "bold", "offset": 34, "length": 11}]
        assert [event.event for event in b.script.taken] == [
            Commanded("start"),
            Chose("q1", "yes"),
        ]


async def test_every_press_is_answered_once() -> None:
    async with bench() as b:
        parent = b.parent(1)
        await parent.command("start")

        for _ in range(3):
            await parent.tap("no")

        assert [len(answers) for _, answers in b.server.presses.values()] == [1, 1, 1]


async def test_two_taps_at_once_count_once_and_both_are_answered() -> None:
    async with bench() as b:
        parent = b.parent(1)
        await parent.command("start")
        message, button = parent.button("yes")

        b.server.put_press(1, message, button["callback_data"])
        b.server.put_press(1, message, "q1:no")
        await parent.settle()

        assert b.script.at["1"] == 2
        assert all(len(answers) == 1 for _, answers in b.server.presses.values())
        assert parent.seen()[0].endswith("✓ Yes, please")
        assert "That button is from before." in parent.seen()


async def test_a_stale_button_leaves_its_message_as_it_is() -> None:
    async with bench() as b:
        parent = b.parent(1)
        await parent.command("start")
        old = dict(parent.messages()[0])
        b.script.at["1"] = 5

        b.server.put_press(1, old, "q1:no")
        await parent.settle()

        assert parent.seen()[0] == "Question 1: private or public?"
        assert parent.seen()[1:] == [
            "That button is from before.",
            "Question 5: private or public?",
        ]


@pytest.mark.parametrize(
    "data",
    ["", ":", "q1", "q1:", ":yes", "q9:yes", "q1:yes:no", "q1:ye\x00s", "é" * 40, "\ud83d:x"],
)
async def test_forged_button_data_gets_an_answer_and_no_record(data: str) -> None:
    async with bench() as b:
        parent = b.parent(1)
        await parent.command("start")
        message = parent.messages()[0]

        b.server.put_press(1, message, data)
        await parent.settle()

        assert all(len(answers) == 1 for _, answers in b.server.presses.values())
        assert parent.seen()[0] == "Question 1: private or public?"
        assert parent.seen()[-1].startswith("Question")


async def test_another_persons_press_is_refused_kindly_and_not_handled() -> None:
    async with bench() as b:
        parent = b.parent(1)
        await parent.command("start")
        message, button = parent.button("yes")

        press = b.server.put_press(1, message, button["callback_data"], by=2)
        await parent.settle()

        assert b.server.presses[press][1][0]["text"] == TEXTS.not_yours
        assert b.script.at["1"] == 1
        assert "✓" not in "".join(parent.seen())


async def test_no_message_has_a_parse_mode_or_a_link_preview() -> None:
    async with bench() as b:
        parent = b.parent(1)
        await parent.say("<b>*see* https://school.example</b>")
        await parent.tap("yes")

        shown = b.server.made("sendMessage") + b.server.made("editMessageText")
        assert shown
        assert all("parse_mode" not in call for call in shown)
        assert all(call["link_preview_options"] == {"is_disabled": True} for call in shown)


async def test_typing_is_shown_while_a_turn_takes_long() -> None:
    async with bench(Script(slow=1.3)) as b:
        parent = b.parent(1)

        await parent.say("hello")

        assert b.server.chat(1).actions == ["typing"]


async def test_when_many_wait_their_answers_come_before_signs_of_typing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.channels.telegram_turns._TYPING_PAUSE", 60.0)
    async with bench(Script(slow=1.3)) as b:
        parents = [b.parent(number) for number in range(1, 6)]

        for parent in parents:
            b.server.put_message(parent.number, text="hello")
        for parent in parents:
            await parent.settle()

        assert [len(b.server.chat(number).actions) for number in range(1, 6)].count(1) == 1
        assert all(parent.seen() for parent in parents)


async def test_a_quick_turn_shows_no_typing() -> None:
    async with bench() as b:
        parent = b.parent(1)

        await parent.say("hello")

        assert b.server.chat(1).actions == []


async def test_the_menu_is_set_for_each_language_and_the_first_is_the_default() -> None:
    async with bench() as b:
        await b.server.until(lambda: b.server.counts["setMyDescription"] > 0)

        assert set(b.server.commands) == {"", "en", "pl"}
        assert b.server.commands[""] == [
            {"command": "start", "description": "Begin"},
            {"command": "help", "description": "Get help now"},
        ]
        scopes = [call["scope"] for call in b.server.made("setMyCommands")]
        assert scopes == [{"type": "all_private_chats"}] * 3


async def test_a_deep_link_carries_its_argument() -> None:
    async with bench() as b:
        parent = b.parent(1)

        await parent.command("start", "concern")
        await parent.say("/help@school_test_bot")

        events = [incoming.event for incoming in b.script.taken]
        assert events == [Commanded("start", "concern"), Commanded("help")]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ({"photo": [{"file_id": "A"}], "caption": "look"}, "photo"),
        ({"voice": {"file_id": "A"}}, "voice"),
        ({"sticker": {"file_id": "A"}}, "sticker"),
        ({"document": {"file_id": "A"}}, "document"),
        ({"animation": {"file_id": "A"}, "document": {"file_id": "A"}}, "video"),
        ({"video": {"file_id": "A"}}, "video"),
        ({"contact": {"phone_number": "1"}}, "contact"),
        ({"location": {"latitude": 1}}, "location"),
        ({"poll": {"id": "1"}}, "poll"),
        ({"text": "psst", "forward_origin": {"type": "user"}}, "forward"),
        ({"some_thing_of_2031": {"x": 1}}, "other"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_not_text_gets_a_kind_answer_and_is_never_fetched(
    content: dict[str, Any], what: str
) -> None:
    async with bench() as b:
        parent = b.parent(1)

        await parent.attach(**content)

        assert [incoming.event for incoming in b.script.taken] == [Attached(what)]
        assert parent.seen()[0].startswith("I cannot take files.\n\n")
        assert b.server.counts["getFile"] == 0


async def test_an_album_is_answered_once() -> None:
    async with bench() as b:
        parent = b.parent(1)

        for _ in range(5):
            await parent.attach(photo=[{"file_id": "A"}], media_group_id="77")

        assert len(b.script.taken) == 1


async def test_an_edited_message_is_answered_and_not_handled_as_a_new_one() -> None:
    async with bench() as b:
        parent = b.parent(1)
        await parent.say("one")

        b.server.put(
            {
                "edited_message": {
                    "message_id": 100,
                    "edit_date": 7,
                    "chat": {"id": 1, "type": "private"},
                    "from": {"id": 1, "is_bot": False},
                    "text": "two",
                }
            }
        )
        await parent.settle()

        events = [incoming.event for incoming in b.script.taken]
        assert events == [Wrote("one"), Attached("edited")]


# Elsewhere than in a private chat.


@pytest.mark.parametrize("kind", ["group", "supergroup"])
async def test_a_group_gets_one_fixed_line_and_is_not_read(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with bench() as b:
        for _ in range(4):
            b.server.put_message(-100, kind, text="/start CANARY-1 everybody")
        await b.server.until(lambda: bool(b.server.from_bot(-100)))
        await b.bot.settled()

        assert [m["text"] for m in b.server.from_bot(-100)] == [TEXTS.private_only]
        assert b.script.taken == []
        assert "CANARY" not in caplog.text


async def test_a_topic_is_answered_in_the_topic() -> None:
    async with bench() as b:
        b.server.put_message(
            -100, "supergroup", text="hi", message_thread_id=9, is_topic_message=True
        )
        await b.server.until(lambda: bool(b.server.from_bot(-100)))

        assert b.server.made("sendMessage")[0]["message_thread_id"] == 9


async def test_a_channel_gets_one_fixed_line() -> None:
    async with bench() as b:
        b.server.chat(-200, "channel")
        for _ in range(3):
            b.server.put({"channel_post": {"chat": {"id": -200, "type": "channel"}, "text": "x"}})
        await b.server.until(lambda: not b.server.pending)
        await b.bot.settled()

        assert len(b.server.from_bot(-200)) == 1
        assert b.script.taken == []


async def test_blocking_and_unblocking_is_recorded() -> None:
    async with bench() as b:
        for status in ("kicked", "member"):
            b.server.put(
                {
                    "my_chat_member": {
                        "chat": {"id": 5, "type": "private"},
                        "new_chat_member": {"status": status},
                    }
                }
            )
        await b.server.until(lambda: not b.server.pending)

        assert b.reached == [("5", False), ("5", True)]


# Order, and the pace.


async def test_each_chat_keeps_its_order_while_many_talk_at_once() -> None:
    async with bench() as b:
        parents = [b.parent(number) for number in range(1, 31)]
        for turn in range(10):
            for parent in parents:
                b.server.put_message(parent.number, text=f"{turn}")
        for parent in parents:
            await parent.settle()

        for parent in parents:
            mine = [i.event for i in b.script.taken if i.conversation == str(parent.number)]
            assert mine == [Wrote(str(turn)) for turn in range(10)]


async def test_a_quick_turn_does_not_overtake_a_slow_one_of_the_same_chat() -> None:
    script = Script()

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        await asyncio.sleep(0.3 if incoming.event == Wrote("slow") else 0)
        return await script.handle(incoming)

    async with FakeTelegram() as server:
        bot = Telegram(server.token, server.url, texts=TEXTS)
        async with running(bot, handle):
            server.chat(1)
            server.put_message(1, text="slow")
            server.put_message(1, text="quick")
            server.put_message(2, text="other")
            await server.until(lambda: not server.pending)

    assert [i.event for i in script.taken] == [Wrote("other"), Wrote("slow"), Wrote("quick")]


async def test_a_chat_that_is_slowed_down_waits_and_the_others_go_on() -> None:
    async with bench() as b:
        slow, quick = b.parent(1), b.parent(2)
        b.server.slow_down(1, 2.0)

        b.server.put_message(1, text="a")
        b.server.put_message(2, text="b")
        await b.server.until(lambda: bool(quick.seen()))
        seen_meanwhile = slow.seen()
        await slow.settle()

        assert seen_meanwhile == []
        assert len(slow.seen()) == 1
        # One refusal for the slow chat: it waited as long as it was told.
        assert b.server.counts["sendMessage"] == 3


@pytest.mark.parametrize(
    "kind", ["html", "truncated", "not_json_object", "500", "502", "reset", "429:1"]
)
@pytest.mark.parametrize("method", ["getUpdates", "sendMessage", "editMessageText", "getMe"])
async def test_a_fault_of_the_server_loses_nothing(
    kind: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram_sending.PAUSES", (0.01,) * 7)
    monkeypatch.setattr("bot.channels.telegram_polling._PAUSES", (0.01,))
    async with bench() as b:
        parent = b.parent(1)
        b.server.fault(method, kind)

        await parent.command("start")
        await parent.tap("yes")

        assert parent.seen() == [
            "Question 1: private or public?\n\n✓ Yes, please",
            "Question 2: private or public?",
        ]
        assert len(b.script.taken) == 2


async def test_an_answer_lost_after_delivery_is_sent_again_rather_than_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.channels.telegram_sending.PAUSES", (0.01,) * 7)
    async with bench() as b:
        parent = b.parent(1)
        b.server.fault("sendMessage", "reset_after")

        await parent.say("hi")

        assert parent.seen() == ["Question 1: private or public?"] * 2
        assert len(b.script.taken) == 1


async def test_a_server_that_hangs_is_left_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.channels.telegram_api._ANSWER", 0.2)
    monkeypatch.setattr("bot.channels.telegram_sending.PAUSES", (0.01,) * 7)
    async with bench() as b:
        parent = b.parent(1)
        b.server.fault("sendMessage", "hang")

        async with asyncio.timeout(40):
            await parent.say("hi")

        assert parent.seen() == ["Question 1: private or public?"]


async def test_a_name_that_cannot_be_found_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.telegram_polling._PAUSES", (0.01,))
    bot = Telegram("1:x", "http://no-such-host.invalid", texts=TEXTS)
    task = asyncio.create_task(bot.run(Script().handle))

    await asyncio.sleep(0.3)

    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_two_pollers_stand_by_without_a_busy_loop_and_one_alert() -> None:
    async with bench() as b:
        rival = Telegram(b.server.token, b.server.url, texts=TEXTS)
        await b.server.until(lambda: b.server.counts["getUpdates"] >= 1)

        async with running(rival, b.script.handle):
            await asyncio.sleep(1.0)

            assert len(b.alerts) == 1
            assert "another copy" in b.alerts[0]
            assert b.server.counts["getUpdates"] <= 4


async def test_a_refused_token_stops_the_channel_with_a_clear_message() -> None:
    async with FakeTelegram() as server:
        bot = Telegram("1:wrong", server.url, texts=TEXTS)

        with pytest.raises(TokenRefused, match="BotFather"):
            await bot.run(Script().handle)


async def test_a_token_revoked_later_stops_the_channel_too() -> None:
    async with FakeTelegram() as server:
        bot = Telegram(server.token, server.url, texts=TEXTS)
        task = asyncio.create_task(bot.run(Script().handle))
        await TelegramParent(server, 1, bot.settled).say("hi")

        server.token = "1:another"
        server.put_message(1, text="there")

        with pytest.raises(TokenRefused, match="BotFather"):
            await task


@pytest.mark.parametrize("method", ["answerCallbackQuery", "editMessageText", "sendMessage"])
async def test_a_token_refused_in_any_call_of_an_answer_stops_the_channel(method: str) -> None:
    async with FakeTelegram() as server:
        bot = Telegram(server.token, server.url, texts=TEXTS)
        task = asyncio.create_task(bot.run(Script().handle))
        parent = TelegramParent(server, 1, bot.settled)
        await parent.say("hi")
        message, button = parent.button("yes")

        server.fault(method, "401")
        server.put_press(1, message, button["callback_data"])

        with pytest.raises(TokenRefused, match="BotFather"):
            await task


async def test_an_answer_that_is_stopped_leaves_no_call_going_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.channels.telegram._FAREWELL", 0.05)
    calls = ("answerCallbackQuery", "editMessageText", "sendMessage")
    async with FakeTelegram() as server:
        bot = Telegram(server.token, server.url, texts=TEXTS)
        task = asyncio.create_task(bot.run(Script().handle))
        parent = TelegramParent(server, 1, bot.settled)
        await parent.say("hi")
        message, button = parent.button("yes")
        before = server.counts["sendMessage"]

        for call in calls:
            server.fault(call, "hang")
        server.put_press(1, message, button["callback_data"])
        await server.until(lambda: sum(server.counts[call] for call in calls) == before + 3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)

        assert [one for one in asyncio.all_tasks() if "Sending" in repr(one.get_coro())] == []


# Notices.


async def test_a_notice_is_pushed() -> None:
    async with bench() as b:
        parent = b.parent(1)

        await b.bot.tell("1", Reply("School has it.", emphasis=((0, 6),)))

        assert parent.seen() == ["School has it."]


async def test_a_notice_to_a_parent_who_blocked_the_bot_is_unreachable_and_recorded() -> None:
    async with bench() as b:
        b.server.chat(1).blocked = True

        with pytest.raises(Unreachable):
            await b.bot.tell("1", Reply("Hello"))

        assert b.reached == [("1", False)]


async def test_a_parent_who_blocks_the_bot_in_the_middle_of_a_turn_is_recorded() -> None:
    async with bench() as b:
        parent = b.parent(1)
        b.server.chat(1).blocked = True

        await parent.say("hi")

        assert b.reached == [("1", False)]
        assert len(b.script.taken) == 1
        b.server.chat(1).blocked = False
        await parent.say("back")
        assert parent.seen() == ["Question 1: private or public?"]


async def test_a_record_that_cannot_be_kept_stops_nobody() -> None:
    async def fail(_: str, __: bool) -> None:
        raise OSError("disk full")

    async with FakeTelegram() as server:
        bot = Telegram(server.token, server.url, texts=TEXTS, reached=fail)
        async with running(bot, Script().handle):
            one, two = (TelegramParent(server, number, bot.settled) for number in (1, 2))
            server.chat(1).blocked = True

            await one.say("hi")
            await two.say("hi")

            assert len(two.seen()) == 1


@pytest.mark.parametrize("conversation", ["77", "not-a-number"])
async def test_a_notice_to_nobody_is_unreachable(conversation: str) -> None:
    async with bench() as b:
        with pytest.raises(Unreachable):
            await b.bot.tell(conversation, Reply("Hello"))


@pytest.mark.parametrize(
    ("fault", "uncertain"),
    [("reset_after", True), ("hang", True), ("429:9", False), ("500", False)],
)
async def test_a_notice_whose_answer_was_lost_may_have_been_shown(
    fault: str, uncertain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram_api._ANSWER", 0.3)
    async with bench() as b:
        b.parent(1)
        b.server.fault("sendMessage", fault)

        with pytest.raises(Unavailable) as raised:
            await b.bot.tell("1", Reply("Hello"))

    assert raised.value.uncertain is uncertain


async def test_a_server_that_cannot_be_reached_was_told_nothing() -> None:
    async with bench() as b:
        b.parent(1)
        url = b.server.url
    bot = Telegram("1:secret", url.rsplit(":", 1)[0] + ":1", texts=TEXTS)

    with pytest.raises(Unavailable) as raised:
        await bot.tell("1", Reply("Hello"))

    await bot.close()
    assert not raised.value.uncertain


@pytest.mark.parametrize(
    ("fault", "wait"), [("429:9", 9.0), ("500", None), ("reset", None), ("html", None)]
)
async def test_a_notice_that_cannot_be_sent_now_says_when_to_try_again(
    fault: str, wait: float | None
) -> None:
    async with bench() as b:
        b.parent(1)
        b.server.fault("sendMessage", fault)

        with pytest.raises(Unavailable) as raised:
            await b.bot.tell("1", Reply("Hello"))

        assert raised.value.retry_after == wait


async def test_a_message_that_is_refused_is_said_in_a_simpler_way() -> None:
    async with bench() as b:
        parent = b.parent(1)
        b.server.fault("sendMessage", "400:ENTITY_BOUNDS_INVALID", "400:BUTTON_DATA_INVALID")

        await b.bot.tell("1", Reply("Hello there", "q", (Choice("a", "A"),), emphasis=((0, 5),)))

        assert parent.seen() == ["Hello there"]
        assert parent.labels() == []


async def test_a_message_that_is_too_long_for_the_server_is_sent_in_parts() -> None:
    async with bench() as b:
        parent = b.parent(1)
        b.server.fault("sendMessage", "400:message is too long")

        await b.bot.tell("1", Reply("word " * 400, "q", (Choice("a", "A"),)))

        assert "".join(parent.seen()).replace(" ", "") == "word" * 400
        assert 2 <= len(parent.seen()) <= 3
        assert parent.labels() == ["A"]


# Commit first, acknowledge second.


async def test_a_server_that_does_not_hold_the_line_is_not_asked_without_pause() -> None:
    async with bench() as b:
        b.server.holds_the_line = False
        await b.parent(1).say("hi")
        before = b.server.counts["getUpdates"]

        await asyncio.sleep(1.0)

        assert b.server.counts["getUpdates"] - before <= 6


async def test_after_a_week_of_silence_updates_may_be_counted_from_anywhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.channels.telegram_polling._FORGET_OFFSET", 0.2)
    monkeypatch.setattr("bot.channels.telegram_polling.LINE_OPEN", 0.1)
    async with bench() as b:
        parent = b.parent(1)
        await parent.say("before")
        await asyncio.sleep(0.5)

        b.server.count_updates_from(5)
        await parent.say("after")

        assert [incoming.event for incoming in b.script.taken] == [Wrote("before"), Wrote("after")]


async def test_an_update_is_acknowledged_only_after_the_commit() -> None:
    async with bench(Script(slow=0.5)) as b:
        b.parent(1)
        b.server.put_message(1, text="keep me")
        await asyncio.sleep(0.3)

        assert len(b.server.pending) == 1
        await b.server.until(lambda: not b.server.pending)
        assert len(b.script.taken) == 1


async def test_a_turn_that_hangs_keeps_its_update_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.channels.telegram_polling._GRACE", 0.05)
    script, free = Script(), asyncio.Event()

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        if incoming.event == Wrote("hang"):
            await free.wait()
        return await script.handle(incoming)

    async with FakeTelegram() as server:
        bot = Telegram(server.token, server.url, texts=TEXTS)
        async with running(bot, handle):
            one, two = (TelegramParent(server, number, bot.settled) for number in (1, 2))
            server.put_message(1, text="hang")
            server.put_message(2, text="go")
            await server.until(lambda: bool(two.seen()))
            server.put_message(2, text="on")
            await server.until(lambda: len(two.seen()) == 2)

            held = [update["message"]["text"] for update in server.unconfirmed(1)]
            free.set()
            await one.settle()

    assert held == ["hang"]
    assert len(script.taken) == 3
    assert one.seen() == ["Question 1: private or public?"]


async def test_a_store_that_fails_holds_the_update_until_it_is_saved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.channels.telegram_turns.PAUSES", (0.01,))
    async with bench(Script(fails=[Unavailable("disk full")] * 6)) as b:
        parent = b.parent(1)

        await parent.say("keep me")

        assert [incoming.event for incoming in b.script.taken] == [Wrote("keep me")]
        assert parent.seen() == ["Question 1: private or public?"]


async def test_a_poisoned_message_does_not_hold_up_the_next() -> None:
    script = Script()

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        if incoming.event == Wrote("poison"):
            raise RuntimeError("a bug")
        return await script.handle(incoming)

    async with FakeTelegram() as server:
        bot = Telegram(server.token, server.url, texts=TEXTS)
        async with running(bot, handle):
            one, two = (TelegramParent(server, number, bot.settled) for number in (1, 2))
            server.put_message(1, text="poison")
            server.put_message(1, text="after")
            await two.say("hello")
            await one.settle()

            assert one.seen() == [TEXTS.not_taken, "Question 1: private or public?"]
            assert two.seen() == ["Question 1: private or public?"]


async def test_stopping_sends_what_was_committed_and_lets_go_of_it() -> None:
    async with FakeTelegram() as server:
        server.latency = 0.05
        script = Script()
        bot = Telegram(server.token, server.url, texts=TEXTS)
        async with running(bot, script.handle):
            server.chat(1)
            server.put_message(1, text="hi")
            await server.until(lambda: server.counts["getUpdates"] > 0)
            await asyncio.sleep(0.15)

        assert len(server.from_bot(1)) == 1
        again = Telegram(server.token, server.url, texts=TEXTS)
        async with running(again, script.handle):
            await TelegramParent(server, 1, again.settled).settle()
        assert len(script.taken) == 1


async def test_nothing_secret_or_said_is_in_the_logs(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("bot.channels.telegram_sending.PAUSES", (0.01,) * 7)
    monkeypatch.setattr("bot.channels.telegram_turns.PAUSES", (0.01,))
    async with bench(Script(fails=[RuntimeError("a bug")])) as b:
        for kind in ("html", "truncated", "reset", "500", "400:x"):
            b.server.fault("sendMessage", kind)
        parent = b.parent(1)

        await parent.say("CANARY-WORDS")
        await parent.say("CANARY-WORDS /start CANARY")

    assert "CANARY" not in caplog.text
    assert b.server.token not in caplog.text
    assert b.server.token.split(":")[1] not in caplog.text
