"""The webhook: who is let in, and when Telegram hears that an update is safe."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from io import BytesIO

import aiohttp
import pytest
from aiohttp import web

from bot.channels import Incoming, Unavailable
from bot.channels.telegram import Telegram, Webhook, WebhookRefused
from dialogs.messages import Reply, Wrote
from tests.fake_telegram import FakeTelegram, TelegramParent, running
from tests.test_telegram import TEXTS, Script

SECRET = "s3cret_" * 6
HEADER = "X-Telegram-Bot-Api-Secret-Token"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def webhook() -> Webhook:
    port = free_port()
    return Webhook(f"http://127.0.0.1:{port}/telegram", SECRET, "127.0.0.1", port)


@asynccontextmanager
async def listening(
    server: FakeTelegram, script: Script, hook: Webhook | None = None
) -> AsyncIterator[tuple[Telegram, Webhook]]:
    hook = hook or webhook()
    bot = Telegram(server.token, server.url, texts=TEXTS, webhook=hook)
    async with running(bot, script.handle):
        await server.until(lambda: bool(server.webhook))
        yield bot, hook


@pytest.mark.parametrize("secret", ["", "short", "x" * 31, "ü" * 40, "with space " * 5, "x" * 257])
def test_a_secret_that_can_be_guessed_is_refused_at_the_start(secret: str) -> None:
    with pytest.raises(ValueError, match="TELEGRAM_WEBHOOK_SECRET must be 32"):
        Webhook("https://bot.school.example/telegram", secret)


@pytest.mark.parametrize("url", ["", "bot.school.example", "ftp://bot.school.example/x"])
def test_an_address_that_is_not_whole_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="TELEGRAM_WEBHOOK_URL"):
        Webhook(url, SECRET)


def test_the_secret_is_not_in_the_settings_as_printed() -> None:
    assert SECRET not in repr(Webhook("https://bot.school.example/telegram", SECRET))


async def test_a_conversation_runs_over_the_webhook() -> None:
    async with FakeTelegram() as server, listening(server, Script()) as (bot, hook):
        parent = TelegramParent(server, 1, bot.settled)

        await parent.command("start")
        await parent.tap("yes")

        assert parent.seen() == [
            "Question 1: private or public?\n\n✓ Yes, please",
            "Question 2: private or public?",
        ]
        assert server.webhook["url"] == hook.url
        assert server.counts["getUpdates"] == 0


async def test_two_hundred_comes_only_after_the_commit() -> None:
    async with FakeTelegram() as server, listening(server, Script(slow=0.4)) as (_, _hook):
        server.chat(1)
        server.put_message(1, text="keep me")
        await asyncio.sleep(0.2)

        assert server.webhook_answers == []
        await server.until(lambda: not server.pending)
        assert server.webhook_answers == [200]


async def test_an_update_that_could_not_be_saved_is_brought_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.channels.telegram_turns.PAUSES", (0.02,))
    monkeypatch.setattr("bot.channels.telegram_webhook.PATIENCE", 0.05)
    script = Script(fails=[Unavailable("disk full")] * 8)
    async with FakeTelegram() as server, listening(server, script) as (bot, _):
        parent = TelegramParent(server, 1, bot.settled)

        await parent.say("keep me")

        assert 503 in server.webhook_answers
        assert server.webhook_answers[-1] == 200
        assert [incoming.event for incoming in script.taken] == [Wrote("keep me")]


async def test_many_chats_at_once_each_keep_their_order() -> None:
    script = Script()
    async with FakeTelegram() as server, listening(server, script) as (bot, _):
        parents = [TelegramParent(server, number, bot.settled) for number in range(1, 21)]
        for turn in range(6):
            for parent in parents:
                server.put_message(parent.number, text=str(turn))
        for parent in parents:
            await parent.settle()

        for parent in parents:
            mine = [i.event for i in script.taken if i.conversation == str(parent.number)]
            assert mine == [Wrote(str(turn)) for turn in range(6)]


async def post(hook: Webhook, body: bytes, **headers: str) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(hook.url, data=body, headers=headers) as answer,
    ):
        return answer.status


@pytest.mark.parametrize("shown", [None, "", "wrong", SECRET[:-1], SECRET + "x", "ü" * 40])
async def test_without_the_secret_nothing_is_read(shown: str | None) -> None:
    script = Script()
    async with FakeTelegram() as server, listening(server, script) as (_, hook):
        headers = {} if shown is None else {HEADER: shown}

        assert await post(hook, b'{"update_id":1}', **headers) == 403
        assert script.taken == []


async def test_a_header_of_raw_bytes_is_refused_without_a_crash() -> None:
    async with FakeTelegram() as server, listening(server, Script()) as (_, hook):
        reader, writer = await asyncio.open_connection("127.0.0.1", hook.port)
        head = b"POST /telegram HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
        writer.write(head + HEADER.encode() + b": \xff\xfe\x80" + b"\r\n\r\n{}")

        answer = await reader.readline()

        assert answer.split()[1] in (b"403", b"400")
        writer.close()


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_body_of_50_megabytes_is_refused_before_it_is_read(chunked: bool) -> None:
    async with FakeTelegram() as server, listening(server, Script()) as (_, hook):

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(50):
                yield b"x" * 1024 * 1024

        status = 0
        body = pieces() if chunked else BytesIO(b"x" * 50 * 1024 * 1024)
        async with aiohttp.ClientSession() as session:
            try:
                async with session.post(hook.url, data=body, headers={HEADER: SECRET}) as answer:
                    status = answer.status
            except aiohttp.ClientError:
                status = 413  # the line was cut while we were still sending

        assert status == 413


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff\xfe"])
async def test_a_body_that_is_not_json_is_refused(body: bytes) -> None:
    async with FakeTelegram() as server, listening(server, Script()) as (_, hook):
        assert await post(hook, body, **{HEADER: SECRET}) == 400


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b"{}", b'{"message":[]}'])
async def test_json_that_is_no_update_is_let_go(body: bytes) -> None:
    script = Script()
    async with FakeTelegram() as server, listening(server, script) as (_, hook):
        assert await post(hook, body, **{HEADER: SECRET}) == 200
        assert script.taken == []


async def test_an_update_that_a_strict_reader_refuses_is_taken() -> None:
    script = Script()
    body = (
        b'{"update_id":1,"message":{"message_id":7,"date":1764000000,"from":{"id":42},'
        b'"chat":{"id":42,"type":"private"},"text":"half a pair: \\ud83d","weight":NaN}}'
    )
    async with FakeTelegram() as server, listening(server, script) as (_, hook):
        assert await post(hook, body, **{HEADER: SECRET}) == 200
        assert [incoming.event for incoming in script.taken] == [Wrote("half a pair: \ufffd")]


async def test_from_polling_to_webhook_and_back_nothing_that_was_pending_is_lost() -> None:
    script = Script()
    async with FakeTelegram() as server:
        server.chat(1)
        server.put_message(1, text="before polling")
        polling = Telegram(server.token, server.url, texts=TEXTS)
        async with running(polling, script.handle):
            await server.until(lambda: not server.pending)
        server.put_message(1, text="before the webhook")
        async with listening(server, script):
            await server.until(lambda: not server.pending)
        server.put_message(1, text="before polling again")
        async with running(Telegram(server.token, server.url, texts=TEXTS), script.handle):
            await server.until(lambda: not server.pending)

        assert [incoming.event for incoming in script.taken] == [
            Wrote("before polling"),
            Wrote("before the webhook"),
            Wrote("before polling again"),
        ]
        assert server.webhook == {}
        drops = server.made("setWebhook") + server.made("deleteWebhook")
        assert all(call["drop_pending_updates"] is False for call in drops)


async def test_a_webhook_is_set_again_when_telegram_was_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.channels.telegram_webhook._PAUSES", (0.01,))
    async with FakeTelegram() as server:
        server.fault("setWebhook", "500", "html", "reset", "truncated")
        async with listening(server, Script()):
            assert server.webhook["secret_token"] == SECRET


async def test_an_address_that_telegram_refuses_stops_the_channel_with_its_reason() -> None:
    async with FakeTelegram() as server:
        hook = Webhook("http://bot.school.example/telegram", SECRET, "127.0.0.1", free_port())
        bot = Telegram(server.token, server.url, texts=TEXTS, webhook=hook)

        with pytest.raises(WebhookRefused, match=r"(?i)an https url must be provided"):
            await bot.run(Script().handle)


async def test_a_server_that_others_share_may_pass_the_request_on() -> None:
    async def handle(_: Incoming) -> Sequence[Reply]:
        return []

    port = free_port()
    hook = Webhook(f"http://127.0.0.1:{port}/telegram", SECRET, port=None)
    async with FakeTelegram() as server:
        bot = Telegram(server.token, server.url, texts=TEXTS, webhook=hook)
        app = web.Application()
        app.router.add_post(hook.path, bot.receive)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()

        assert await post(hook, b"{}", **{HEADER: SECRET}) == 503
        async with running(bot, handle):
            await server.until(lambda: bool(server.webhook))
            assert await post(hook, b"{}", **{HEADER: SECRET}) == 200
        await runner.cleanup()


async def test_the_answer_to_a_press_rides_on_what_telegram_is_answered() -> None:
    async with FakeTelegram() as server, listening(server, Script()) as (bot, _):
        parent = TelegramParent(server, 1, bot.settled)
        await parent.command("start")

        await parent.tap("yes")

        assert [len(answers) for _, answers in server.presses.values()] == [1]
        assert server.counts["answerCallbackQuery"] == 0
        assert server.counts["editMessageText"] == 1
        assert server.counts["sendMessage"] == 2


async def test_a_press_of_another_person_is_answered_on_the_way_back_too() -> None:
    async with FakeTelegram() as server, listening(server, Script()) as (bot, _):
        parent = TelegramParent(server, 1, bot.settled)
        await parent.command("start")
        message, button = parent.button("yes")

        server.put_press(1, message, button["callback_data"], by=2)
        await parent.settle()

        ((_, answers),) = server.presses.values()
        assert [answer["text"] for answer in answers] == [TEXTS.not_yours]
        assert server.counts["answerCallbackQuery"] == 0
