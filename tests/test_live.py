from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot import alerts as alerting
from bot import live
from bot.alerts import tell_admin, watch
from bot.channels import Handle, Incoming, Unavailable
from bot.settings import Settings
from dialogs.content import Content
from dialogs.messages import Reply
from tests.shell import MONDAY, Chat, Clock, open_store

NOWHERE = Path("there-is-no-such.env")


class WrongToken(Exception):
    pass


class Flaky(Chat):
    """A channel that raises what it is given, one error a run, and then stays."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__("flaky")
        self.errors = list(errors)
        self.runs = 0

    async def run(self, handle: Handle) -> None:
        self.runs += 1
        if self.errors:
            raise self.errors.pop(0)
        await asyncio.get_running_loop().create_future()


async def handle(incoming: Incoming) -> Sequence[Reply]:
    return ()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PAUSES", (0.0,))


async def note(channel: str, why: str) -> None:
    pass


async def _unclaimed(_: str, work: Callable[[], Awaitable[None]]) -> None:
    await work()


async def run_for_a_moment(*lives: live.Live) -> None:
    tasks = [asyncio.create_task(live.supervise(one, handle, note, _unclaimed)) for one in lives]
    await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_channel_that_fails_is_started_again_and_takes_no_other_down() -> None:
    failing, well = Flaky(LookupError("one"), OSError("two")), Flaky()

    await run_for_a_moment(live.Live(failing), live.Live(well))

    assert (failing.runs, well.runs) == (3, 1)


async def test_a_wrong_token_ends_its_channel_with_its_own_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    channel = Flaky(WrongToken("ask for the token again"))
    noted: list[tuple[str, str]] = []

    async def stopped(name: str, why: str) -> None:
        noted.append((name, why))

    goes_on = await live.supervise(live.Live(channel, (WrongToken,)), handle, stopped, _unclaimed)

    assert not goes_on
    assert noted == [("flaky", "ask for the token again")]
    assert channel.runs == 1
    assert "ask for the token again" in caplog.text


async def nothing(channel: str) -> Sequence[tuple[str, str]]:
    return ()


async def nobody(conversation: str, reachable: bool) -> None:
    pass


@pytest.mark.parametrize(
    "names",
    [(), ("telegram",), ("discord",), ("telegram", "discord")],
    ids=lambda names: repr(names),
)
@pytest.mark.filterwarnings("ignore:'audioop' is deprecated")
def test_each_token_is_a_channel(names: Sequence[str], content: Content) -> None:
    tokens = {f"{name.upper()}_TOKEN": "123:abc" for name in names}

    found = live.channels(Settings.from_env(tokens, NOWHERE), content, print, nothing, nobody)

    assert [one.channel.name for one in found] == list(names)


def test_an_invented_school_and_no_token_are_both_objected_to(content: Content) -> None:
    found = live.objections(Settings.from_env({}, NOWHERE), content)

    assert len(found) == len(content.school.invented) + 3
    assert found[-3].startswith("MAIL_URL"), "a folder nobody reads is no mailbox"
    assert found[-1].startswith("MAIL_FROM")


def test_a_real_school_with_a_token_may_go_live(content: Content) -> None:
    school = replace(
        content.school,
        telephone="01632 959999",
        roles=replace(
            content.school.roles,
            **{
                role: replace(getattr(content.school.roles, role), email=f"{role}@school.internal")
                for role in ("office", "head", "chair", "safeguarding")
            },
        ),
        council=replace(content.school.council, telephone="01632 959998"),
        complaints_procedure="https://school.internal/complaints",
        policy=replace(content.school.policy, link=""),
    )
    given = {
        "DISCORD_TOKEN": "abc",
        "MAIL_FROM": "bot@school.internal",
        "MAIL_URL": "smtps://bot:secret@mail.school.internal",
    }
    settings = Settings.from_env(given, NOWHERE)

    assert live.objections(settings, replace(content, school=school)) == []


@pytest.mark.parametrize(
    ("host", "objects"), [("mx.school.internal", True), ("", False)], ids=["back", "not back"]
)
def test_an_address_that_receives_letters_cannot_be_the_bots_where_answers_come_back(
    content: Content, host: str, objects: bool
) -> None:
    given = {
        "MAIL_FROM": f"School bot <{content.school.roles.office.email.upper()}>",
        "INBOX_URL": "imaps://bot:secret@mail.school.internal",
        "REPLY_KEY": "k" * 40,
        "MAIL_HOST_ID": host,
    }

    found = live.objections(Settings.from_env(given, NOWHERE), content)

    assert any("give the bot an address of its own" in one for one in found) is objects


async def test_a_late_letter_is_told_to_the_admin_once(tmp_path: Path) -> None:
    store, clock = open_store(tmp_path), Clock()
    await store.turn(
        lambda tx: tx.add_concern("K7Q2-M4XP", "c:a", "concern", ("office",), "en", None, MONDAY)
    )
    await store.turn(
        lambda tx: tx.queue_letter(
            "K7Q2-M4XP", "office", "c:a", "en", "b@s.example", "o@s.example", "<m>", "x", MONDAY
        )
    )
    chat, alerts = Chat("telegram"), asyncio.Queue[str]()
    telling = asyncio.create_task(tell_admin(alerts, "telegram:12", {"telegram": chat}))

    clock.pass_time(minutes=16)
    for _ in range(2):
        watching = asyncio.create_task(watch(store, clock, alerts.put_nowait))
        await asyncio.sleep(0.1)
        watching.cancel()
        break
    telling.cancel()
    store.close()

    ((conversation, text),) = chat.told
    assert conversation == "12"
    assert "K7Q2-M4XP" in text


def test_a_trouble_is_told_once_whatever_its_error_says_and_once_when_it_is_over() -> None:
    first, told = alerting._news({}, {"letter/A waits: refused.", "letter/B is parked."})
    assert first == ["letter/A waits: refused.", "letter/B is parked."]

    again, told = alerting._news(told, {"letter/A waits: no answer.", "letter/B is parked."})
    assert again == []

    over, told = alerting._news(told, {"letter/B is parked."})
    assert over == ["Over: letter/A waits: no answer."]
    assert list(told) == ["letter/B"]


async def test_an_admin_chat_that_cannot_be_told_now_is_told_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alerting, "AGAIN", (0.0,))
    failures: list[Exception] = [Unavailable("down")] * 3
    chat, alerts = Chat("telegram", failures=failures), asyncio.Queue[str]()
    telling = asyncio.create_task(tell_admin(alerts, "telegram:12", {"telegram": chat}))

    alerts.put_nowait("one")
    alerts.put_nowait("two")
    await asyncio.sleep(0.05)
    telling.cancel()

    assert chat.told == [("12", "two")], "the first was given up after two tries"


async def test_an_alert_without_an_admin_chat_is_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    alerts = asyncio.Queue[str]()
    telling = asyncio.create_task(tell_admin(alerts, "", {}))

    alerts.put_nowait("one")
    await asyncio.sleep(0.05)
    telling.cancel()

    assert [record.levelno for record in caplog.records] == [logging.ERROR]
