"""Faults met by the process that a technician runs: each is survived, and nobody is told a lie.

The table in docs/reliability.md says where each fault of the list is tested.
"""

from __future__ import annotations

import re
import resource
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, closing, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fake_telegram import FakeTelegram, TelegramParent
from tests.mail_servers import CERTIFICATES, Office, mail_server, scripted_server
from tests.office_side import HOST, KEY, bounce, deliver
from tests.school import until
from tests.service import Service, free_port
from tests.stories import Says
from tests.test_run import STORY, asked, is_told, live, meet

MONDAY = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
#: Longer than any pause between two tries.
LATER = timedelta(minutes=67)


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


def service_of(folder: Path, telegram: FakeTelegram, mail_url: str) -> Service:
    trusted = folder / "trusted.pem"
    trusted.write_text("".join(one.read_text() for one in sorted(CERTIFICATES.glob("*.pem"))))
    service = Service(
        folder,
        {
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "MAIL_URL": mail_url,
            "ADMIN_CHAT": "telegram:77",
            "SSL_CERT_FILE": str(trusted),
        },
        program="tests.clocked",
    )
    service.set_clock(MONDAY)
    return service


async def test_no_fault_of_a_mail_server_loses_doubles_or_shows_a_letter(
    tmp_path: Path, telegram: FakeTelegram
) -> None:
    port, wrong, office = free_port(), Office(), Office()

    def aiosmtpd(office: Office, **how: str) -> AbstractAsyncContextManager[object]:
        return mail_server(office, port=port, **how)  # type: ignore[arg-type] # names of files

    def scripted(*answers: bytes, **how: object) -> AbstractAsyncContextManager[object]:
        return scripted_server(*answers, port=port, **how)  # type: ignore[arg-type]

    faults: dict[str, tuple[AbstractAsyncContextManager[object], str]] = {
        "nobody listens": (nullcontext(), "SMTPConnectError"),
        "black hole": (scripted(), "SMTPConnectTimeoutError"),
        "certificate has expired": (aiosmtpd(wrong, tls="expired"), "SMTPConnectError"),
        "certificate of another": (aiosmtpd(wrong, tls="other_name"), "SMTPConnectError"),
        "TLS stripped": (aiosmtpd(wrong), "SMTPConnect"),
        "a byte now and then": (scripted(b"220 slow\r\n", tls="good", pause=0.2), "Timeout"),
        "421 on connect": (scripted(b"421 4.3.2 going down\r\n", tls="good"), "(421"),
        "wrong password": (aiosmtpd(wrong, tls="good", password="another"), "(535"),
    }
    service = service_of(tmp_path, telegram, f"smtps://bot:secret@localhost:{port}")
    parent, now, met = TelegramParent(telegram, 42), MONDAY, list[str]()
    async with service.running():
        await meet(parent, telegram)
        await live(parent)
        for tries, (server, _) in enumerate(faults.values(), 1):
            async with server:
                now += LATER
                service.set_clock(now if tries > 1 else MONDAY)
                await until(tried(service, tries))
            met += [one.error for one in service.letters()]
        assert not is_told(parent.seen())
        async with aiosmtpd(office, tls="good", password="secret"):
            service.set_clock(now + LATER)
            await telegram.until(lambda: is_told(parent.seen()))

    for name, error, (_, expected) in zip(faults, met, faults.values(), strict=True):
        assert expected in error, name
    assert wrong.received == [], "nothing was shown to a server that cannot prove who it is"
    assert len(office.received) == 1
    assert "Lily" not in service.log.read_text()


async def test_a_clock_that_is_set_neither_loses_nor_doubles_nor_holds_up(
    tmp_path: Path, telegram: FakeTelegram
) -> None:
    port, office = free_port(), Office()
    service = service_of(tmp_path, telegram, f"smtp://127.0.0.1:{port}")
    one, two, three = (TelegramParent(telegram, number) for number in (42, 43, 44))
    admin = TelegramParent(telegram, 77)
    summer_time_ends = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    async with service.running():
        await meet(admin, telegram)
        await meet(one, telegram)
        await live(one)
        await until(tried(service, 1))

        # Back by a day: what was put off until a time that never was is due now.
        async with mail_server(office, port=port):
            service.set_clock(MONDAY - timedelta(days=1))
            await telegram.until(lambda: is_told(one.seen()))

            # On by an hour and a day; and what is refused for good holds up nobody.
            office.to_data = ["552 5.2.2 mailbox full"]
            service.set_clock(MONDAY + timedelta(hours=1))
            await meet(two, telegram)
            await live(two)
            await telegram.until(lambda: "did not get through" in said(two))
            await telegram.until(lambda: "refused for good" in said(admin))
            service.set_clock(MONDAY + timedelta(days=1))
            assert not is_told(two.seen())
            (reference,) = set(re.findall("letter/(.+)/office was refused", said(admin)))
            await admin.command("retry", reference)
            await telegram.until(lambda: is_told(two.seen()))
            await telegram.until(lambda: "Over: letter/" in said(admin))

        # Summer time ends at two: the clocks of London show ten to two, and later five past one.
        service.set_clock(summer_time_ends - timedelta(minutes=10))
        await meet(three, telegram)
        await live(three)
        await until(lambda: len(service.letters()) == 3)
        service.set_clock(summer_time_ends + timedelta(minutes=4, seconds=59))
        assert (await asked(service, "/health"))[0] == 200
        assert "I keep trying" not in said(three)
        service.set_clock(summer_time_ends + timedelta(minutes=5))
        await telegram.until(lambda: "I keep trying" in said(three))
        async with mail_server(office, port=port):
            service.set_clock(summer_time_ends + timedelta(minutes=20))
            await telegram.until(lambda: is_told(three.seen()))

    assert "It got there at 11:00." in said(one)
    assert "It got there at 01:20." in said(three)
    assert len(office.received) == 3


async def test_a_database_that_takes_nothing_gives_no_receipt_and_the_bot_recovers_by_itself(
    tmp_path: Path, telegram: FakeTelegram
) -> None:
    service = service_of(tmp_path, telegram, "smtp://mail.school.invalid:587")
    database = tmp_path / "var/before-you-post.db"
    parent, admin = TelegramParent(telegram, 42), TelegramParent(telegram, 77)
    no_limit = resource.RLIM_INFINITY
    process = await service.start()
    try:
        await meet(admin, telegram)
        await meet(parent, telegram)
        await live(parent, steps=-2)

        # Locked by another program, for longer than the bot waits for it.
        before = len(parent.seen())
        with closing(sqlite3.connect(database, isolation_level=None, timeout=5)) as other:
            other.execute("BEGIN IMMEDIATE")
            telegram.put_message(42, text=last_words())
            await telegram.until(lambda: "takes nothing" in said(admin))
            assert (len(parent.seen()), len(telegram.unconfirmed(42))) == (before, 1)
            other.execute("ROLLBACK")
        await parent.settle()
        assert len(parent.seen()) > before

        # The disk is full when Send is pressed.
        before = len(parent.seen())
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, no_limit))
        service.set_clock(MONDAY + timedelta(minutes=1))
        alerts = said(admin).count("takes nothing")
        message, button = parent.button("send")
        telegram.put_press(42, message, button["callback_data"])
        await telegram.until(lambda: said(admin).count("takes nothing") > alerts)
        status, _ = await asked(service, "/health")
        assert (status, len(parent.seen()), service.letters()) == (503, before, [])
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (no_limit, no_limit))
        await telegram.until(lambda: "It is saved" in said(parent))

        # Nobody knows the name of the mail server: it is tried for ever, and people hear of it.
        await until(tried(service, 1))
        (letter,) = service.letters()
        service.set_clock(MONDAY + timedelta(minutes=16))
        await telegram.until(lambda: "I keep trying" in said(parent))
        assert (await asked(service, "/health"))[0] == 503
    finally:
        process.kill()
        await process.wait()

    assert letter.error.startswith("MailUnavailable: no mail server")
    assert said(parent).count("It is saved") == 1
    assert not is_told(parent.seen())


async def test_words_that_are_edited_half_way_are_seen_before_they_are_sent(
    tmp_path: Path, telegram: FakeTelegram
) -> None:
    service = service_of(tmp_path, telegram, "maildir:var/office-inbox")
    parent = TelegramParent(telegram, 42)
    async with service.running():
        await meet(parent, telegram)
        await live(parent, steps=-1)
    old = said(parent)

    words = tmp_path / "content/en/letter.yaml"
    words.write_text(words.read_text().replace("What the parent says:", "In the parent's words:"))
    async with service.running():
        await parent.tap("send")
        assert (service.letters(), service.inbox) == ([], [])
        new = said(parent).removeprefix(old)
        await parent.tap("send")
        await telegram.until(lambda: is_told(parent.seen()))

    assert "What the parent says:" in old
    assert "In the parent's words:" in new
    (letter,) = service.inbox
    assert "In the parent's words:" in letter.read_text()


async def test_a_letter_that_is_given_back_hours_later_is_told_to_its_parent_and_to_the_admin(
    tmp_path: Path, telegram: FakeTelegram
) -> None:
    service = service_of(tmp_path, telegram, "maildir:var/office-inbox")
    service.environ["INBOX_URL"] = "maildir:var/bot-inbox"
    service.environ["MAIL_HOST_ID"] = HOST
    service.environ["REPLY_KEY"] = KEY
    parent, admin = TelegramParent(telegram, 42), TelegramParent(telegram, 77)
    async with service.running():
        await meet(admin, telegram)
        await meet(parent, telegram)
        await live(parent)
        await telegram.until(lambda: is_told(parent.seen()))

        service.set_clock(MONDAY + timedelta(hours=3))
        (letter,) = service.inbox
        returned = bounce(letter.read_bytes(), "bot@school.internal")
        for _ in range(2):  # mail servers repeat themselves
            deliver(returned, tmp_path / "var/bot-inbox")
        await telegram.until(lambda: "came back" in said(parent))
        await telegram.until(lambda: "refused for good" in said(admin))
        status, _ = await asked(service, "/health")

    assert status == 503
    assert said(parent).count("came back") == 1
    assert "came back 5.1.1" in said(admin)


def tried(service: Service, times: int) -> Callable[[], bool]:
    return lambda: [one.tries for one in service.letters() if not one.in_hand] == [times]


def said(parent: TelegramParent) -> str:
    return "\n".join(parent.seen())


def last_words() -> str:
    step = STORY.steps[-2]
    assert isinstance(step, Says)
    return step.text
