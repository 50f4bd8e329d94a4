from __future__ import annotations

import asyncio
import logging
import mailbox
import socket
import stat
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import office as school
from bot.mail import (
    Envelope,
    FolderMail,
    MailRefused,
    MailUnavailable,
    MailUncertain,
    Patience,
    Security,
    SmtpMail,
    mail_from_url,
)
from tests.mail_servers import Office, mail_server, scripted_server, trusting
from tests.shell import MONDAY, concern_of

ENVELOPE = Envelope(
    "bot@oak.school.example", "office@oak.school.example", "<k7q2m4xp.office@oak.school.example>"
)
LETTER = b"From: bot@oak.school.example\r\nSubject: x\r\n\r\n.one\r\n..two\r\n.\r\nthree\r\n"
QUICK = Patience(connect=0.5, command=0.3, data=0.3)
GREETING = b"220 mail.school.example\r\n"
OK = b"250 OK\r\n"


def smtp(port: int, patience: Patience = QUICK, **rest: object) -> SmtpMail:
    return SmtpMail("127.0.0.1", port, security=Security.NONE, patience=patience, **rest)  # type: ignore[arg-type]


# --- a mail server ---


async def test_a_letter_arrives_byte_for_byte_at_its_one_recipient() -> None:
    office = Office()
    async with mail_server(office) as port:
        await smtp(port).send(LETTER, ENVELOPE)

    (received,) = office.received
    assert received.sender == "bot@oak.school.example"
    assert received.recipients == ["office@oak.school.example"]
    assert received.content == LETTER


@pytest.mark.parametrize(
    ("place", "answer", "raised"),
    [
        ("to_mail", "451 4.3.0 later", MailUnavailable),
        ("to_mail", "530 5.7.0 log in first", MailUnavailable),
        ("to_mail", "553 5.1.8 we do not like you", MailRefused),
        ("to_recipient", "450 4.2.1 greylisted", MailUnavailable),
        ("to_recipient", "452 4.2.2 mailbox full", MailUnavailable),
        ("to_recipient", "550 5.1.1 nobody of that name", MailRefused),
        ("to_recipient", "421 4.3.2 going down", MailUnavailable),
        ("to_data", "451 4.3.0 later", MailUnavailable),
        ("to_data", "452 4.3.1 no room", MailUnavailable),
        ("to_data", "552 5.3.4 too big", MailRefused),
        ("to_data", "554 5.7.1 not wanted", MailRefused),
    ],
)
async def test_an_answer_that_is_no_yes_leaves_the_letter_with_us(
    place: str, answer: str, raised: type[Exception]
) -> None:
    office = Office()
    getattr(office, place).append(answer)
    async with mail_server(office) as port:
        with pytest.raises(raised) as failure:
            await smtp(port).send(LETTER, ENVELOPE)

    assert f"({answer[:9]})" in str(failure.value)
    assert answer[10:] not in str(failure.value)
    assert office.received == []


async def test_a_letter_refused_for_now_is_taken_the_next_time() -> None:
    office = Office(to_recipient=["450 4.2.1 later"] * 3)
    async with mail_server(office) as port:
        for _ in range(3):
            with pytest.raises(MailUnavailable):
                await smtp(port).send(LETTER, ENVELOPE)
        await smtp(port).send(LETTER, ENVELOPE)

    assert len(office.received) == 1


async def test_a_port_where_nobody_listens_is_tried_again() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))

        with pytest.raises(MailUnavailable, match="SMTPConnectError"):
            await smtp(unused.getsockname()[1]).send(LETTER, ENVELOPE)


async def test_a_name_that_nobody_knows_is_tried_again() -> None:
    mail = SmtpMail("mail.invalid", 25, patience=QUICK)

    with pytest.raises(MailUnavailable):
        await mail.send(LETTER, ENVELOPE)


@pytest.mark.parametrize(
    "script",
    [
        [],
        [GREETING],
        [GREETING, OK],
        [GREETING, OK, OK],
        [None],
        [GREETING, None],
        [GREETING, OK, OK, None],
        [b"421 too busy\r\n"],
        [b"554 go away\r\n"],
        [GREETING, b"500 what\r\n", b"500 what\r\n"],
        [b"HTTP/1.1 400 Bad Request\r\n\r\n"],
    ],
    ids=[
        "black hole", "silent after hello", "silent after sender", "silent after recipient",
        "hangs up at once", "hangs up on hello", "hangs up on recipient",
        "421 at once", "554 at once", "knows no hello", "no mail server",
    ],
)  # fmt: skip
async def test_a_server_that_fails_before_the_letter_has_not_got_it(
    script: list[bytes | None],
) -> None:
    async with scripted_server(*script) as port:
        with pytest.raises(MailUnavailable):
            await asyncio.wait_for(smtp(port).send(LETTER, ENVELOPE), 5)


@pytest.mark.parametrize("last", [[], [None]], ids=["silent", "hangs up"])
async def test_an_answer_lost_after_the_final_dot_is_uncertain(last: list[None]) -> None:
    script = [GREETING, OK, OK, OK, b"354 go on\r\n", *last]
    async with scripted_server(*script) as port:
        with pytest.raises(MailUncertain):
            await asyncio.wait_for(smtp(port).send(LETTER, ENVELOPE), 5)


async def test_a_server_of_one_byte_at_a_time_is_not_waited_for_for_ever() -> None:
    async with scripted_server(GREETING, b"250 " + b"x" * 200 + b"\r\n", pause=0.02) as port:
        with pytest.raises(MailUnavailable):
            await asyncio.wait_for(smtp(port).send(LETTER, ENVELOPE), 5)


async def test_the_answer_to_the_letter_may_take_longer_than_any_other() -> None:
    async def dawdle() -> None:
        await asyncio.sleep(0.5)

    office = Office(before_answer=dawdle)
    async with mail_server(office) as port:
        await smtp(port, Patience(connect=0.5, command=0.3, data=3)).send(LETTER, ENVELOPE)

    assert len(office.received) == 1


def test_we_wait_as_long_as_the_mail_standard_says() -> None:
    assert Patience() == Patience(connect=15, command=60, data=600)


async def test_a_wrong_password_is_no_fault_of_the_letter() -> None:
    async with mail_server(Office(), password="secret") as port:
        with pytest.raises(MailUnavailable, match="535"):
            await smtp(port, Patience(), user="bot", password="wrong").send(LETTER, ENVELOPE)


async def test_a_password_opens_the_server() -> None:
    office = Office()
    async with mail_server(office, password="secret") as port:
        await smtp(port, user="bot", password="secret").send(LETTER, ENVELOPE)

    assert len(office.received) == 1


async def test_a_mail_server_cannot_say_what_it_has() -> None:
    assert await smtp(25).has(ENVELOPE) is None


# --- TLS ---


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
async def test_a_certificate_that_we_trust_lets_the_letter_through(security: Security) -> None:
    office = Office()
    kind = {"starttls": "good"} if security is Security.STARTTLS else {"tls": "good"}
    async with mail_server(office, **kind) as port:
        mail = SmtpMail("127.0.0.1", port, security=security, tls=trusting("good"))
        await mail.send(LETTER, ENVELOPE)

    assert len(office.received) == 1


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
@pytest.mark.parametrize("name", ["expired", "other_name", "unknown"])
async def test_a_wrong_certificate_gets_nothing(
    name: str, security: Security, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "asyncio")
    office = Office()
    shown = "good" if name == "unknown" else name
    kind = {"starttls": shown} if security is Security.STARTTLS else {"tls": shown}
    tls = None if name == "unknown" else trusting(name)
    async with mail_server(office, **kind) as port:
        with pytest.raises(MailUnavailable):
            await SmtpMail("127.0.0.1", port, security=security, tls=tls, patience=QUICK).send(
                LETTER, ENVELOPE
            )

    assert office.received == []


async def test_a_server_that_offers_no_tls_gets_nothing() -> None:
    office = Office()
    async with mail_server(office) as port:
        with pytest.raises(MailUnavailable, match="TLS"):
            await SmtpMail("127.0.0.1", port, patience=QUICK).send(LETTER, ENVELOPE)

    assert office.received == []


# --- hostile words through a real server ---

HOSTILE = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(
            ["\r\n.\r\n", "\n.\n", "\r.\r", "\r\nBcc: x@y.example", "=?UTF-8?Q?=0A?=Bcc: x@y",
             "\r\n.\r\nMAIL FROM:<x@y>\r\nRCPT TO:<z@y>\r\nDATA\r\n", "\u2028", "\ud800", "x" * 999]
        ),
    ),
    max_size=8,
).map("".join)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(HOSTILE, min_size=5, max_size=5))
def test_whatever_a_parent_writes_one_letter_arrives_as_it_was_made(bodies: list[str]) -> None:
    async def deliver_all() -> None:
        office = Office()
        sender = school.Office({"office": ENVELOPE.recipient}, "b@x.example")
        made = [
            sender.letters(concern_of(b, f"K7Q2-M4X{n}"), MONDAY)[0] for n, b in enumerate(bodies)
        ]
        async with mail_server(office) as port:
            for letter in made:
                envelope = Envelope(letter.sender, letter.recipient, letter.message_id)
                await smtp(port, Patience()).send(letter.content, envelope)

        assert [r.content for r in office.received] == [letter.content for letter in made]
        assert {tuple(r.recipients) for r in office.received} == {(ENVELOPE.recipient,)}

    asyncio.run(deliver_all())


# --- a folder ---


def files_in(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


async def test_a_letter_in_a_folder_opens_in_any_mail_program(tmp_path: Path) -> None:
    await FolderMail(tmp_path / "var/inbox").send(LETTER, ENVELOPE)

    (message,) = mailbox.Maildir(tmp_path / "var/inbox", create=False)
    assert message["Subject"] == "x"
    (file,) = (tmp_path / "var/inbox/new").iterdir()
    assert file.read_bytes() == LETTER.replace(b"\r\n", b"\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for folder in (tmp_path / "var", tmp_path / "var/inbox", tmp_path / "var/inbox/new"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list((tmp_path / "var/inbox/tmp").iterdir()) == []


async def test_the_words_in_a_folder_are_the_words_of_the_letter(tmp_path: Path) -> None:
    body = "One.\n\n> " + "long " * 40 + "£5 = “fünf”\n"
    office = school.Office({"office": "o@x.example"}, "b@x.example")
    (letter,) = office.letters(concern_of(body, "K7Q2-M4XP"), MONDAY)

    await FolderMail(tmp_path).send(letter.content, ENVELOPE)

    (file,) = (tmp_path / "new").iterdir()
    assert b"\r" not in file.read_bytes()
    kept = message_from_bytes(file.read_bytes(), policy=default)
    assert kept.get_payload(decode=True) == body.encode()


def leave(inbox: Path, name: str) -> None:
    pass


def read_it(inbox: Path, name: str) -> None:
    (inbox / "new" / name).rename(inbox / "cur" / f"{name}:2,S")


def moved_unread(inbox: Path, name: str) -> None:
    (inbox / "new" / name).rename(inbox / "cur" / name)


def filed(inbox: Path, name: str) -> None:
    for place in ("new", "cur", "tmp"):
        (inbox / ".Concerns" / place).mkdir(parents=True)
    (inbox / "new" / name).rename(inbox / ".Concerns/cur" / f"{name}:2,FS")


def flagged_unread(inbox: Path, name: str) -> None:
    """As mutt does it."""
    (inbox / "new" / name).rename(inbox / "new" / f"{name}:2,F")


@pytest.mark.parametrize("meanwhile", [leave, read_it, moved_unread, filed, flagged_unread])
async def test_the_same_letter_twice_is_one_file(meanwhile: object, tmp_path: Path) -> None:
    mail = FolderMail(tmp_path)
    await mail.send(LETTER, ENVELOPE)
    (name,) = [file.name for file in (tmp_path / "new").iterdir()]
    assert callable(meanwhile)
    meanwhile(tmp_path, name)

    assert await mail.has(ENVELOPE) is True
    await mail.send(LETTER, ENVELOPE)

    assert len(files_in(tmp_path)) == 1


async def test_a_letter_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    mail = FolderMail(tmp_path)

    assert await mail.has(ENVELOPE) is False
    (tmp_path / ".subscriptions").write_text("a mail program keeps this here")
    (tmp_path / ".circle").symlink_to(".circle")
    await mail.send(LETTER, ENVELOPE)

    assert (
        await mail.has(replace(ENVELOPE, message_id="<k7q2m4xp.head@oak.school.example>")) is False
    )
    assert await mail.has(replace(ENVELOPE, message_id="<k7q2m4xp@oak.school.example>")) is False
    assert await mail.has(replace(ENVELOPE, message_id=ENVELOPE.message_id[:-2] + ">")) is False


async def test_what_a_death_left_half_written_goes_with_the_next_try(tmp_path: Path) -> None:
    mail = FolderMail(tmp_path)
    (tmp_path / "tmp").mkdir()
    half = tmp_path / "tmp/k7q2m4xp.office@oak.school.example.0badcafe"
    half.write_bytes(LETTER[:10])
    another = tmp_path / "tmp/k7q2m4xp.head@oak.school.example.0badcafe"
    another.write_bytes(LETTER[:10])

    await mail.send(LETTER, ENVELOPE)

    assert not half.exists()
    assert another.exists(), "it may be on its way"


async def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "inbox").write_text("a file, where a folder should be")

    with pytest.raises(MailUnavailable, match="directory"):
        await FolderMail(tmp_path / "inbox").send(LETTER, ENVELOPE)


@pytest.mark.parametrize(
    "message_id", ["<../../up@x>", "<a/b@x>", "<.hidden@x>", "<a:2,S@x>", "<*[a]?@x>"]
)
async def test_an_odd_message_id_stays_a_file_in_the_folder(
    message_id: str, tmp_path: Path
) -> None:
    mail = FolderMail(tmp_path / "inbox")
    envelope = Envelope("a@x", "b@x", message_id)

    await mail.send(LETTER, envelope)

    assert await mail.has(envelope)
    assert [file.parent for file in files_in(tmp_path)] == [tmp_path / "inbox/new"]
    assert len(mailbox.Maildir(tmp_path / "inbox", create=False)) == 1


# --- settings ---


@pytest.mark.parametrize(
    ("url", "mail"),
    [
        ("smtp://u:p%40ss@mail.example", SmtpMail("mail.example", 587, "u", "p@ss")),
        ("smtp://mail.example:25", SmtpMail("mail.example", 25)),
        ("smtps://mail.example", SmtpMail("mail.example", 465, security=Security.TLS)),
        ("smtp://127.0.0.1:2525", SmtpMail("127.0.0.1", 2525, security=Security.NONE)),
        ("smtp://[::1]:2525", SmtpMail("::1", 2525, security=Security.NONE)),
        ("smtp://localhost", SmtpMail("localhost", 587, security=Security.NONE)),
        ("smtps://localhost:465", SmtpMail("localhost", 465, security=Security.TLS)),
        ("smtp://localhost.example", SmtpMail("localhost.example", 587)),
    ],
)
def test_a_mail_url_says_which_server_and_only_this_machine_goes_without_tls(
    url: str, mail: SmtpMail
) -> None:
    assert mail_from_url(url) == mail


def test_a_mail_url_may_name_a_folder(tmp_path: Path) -> None:
    mail = mail_from_url("maildir:var/office-inbox", tmp_path)

    assert isinstance(mail, FolderMail)
    assert mail.folder == tmp_path / "var/office-inbox"
    assert repr(mail) == f"FolderMail({mail.folder})"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("maildir:", "names no folder"),
        ("imap://x", "must begin with"),
        ("smtp://", "names no mail server"),
        ("smtp://mail.example:twelve", "port"),
        ("smtp://hunter2@mail.example", "both"),
        ("smtp://u:hunter2@mail.example:99999", "port"),
    ],
)
def test_a_mail_url_that_cannot_be_used_is_one_sentence_without_its_password(
    url: str, says: str
) -> None:
    with pytest.raises(ValueError, match=says) as problem:
        mail_from_url(url)

    assert "hunter2" not in str(problem.value)


def test_no_password_is_shown_with_the_mail() -> None:
    assert "secret" not in repr(SmtpMail("mail.example", 587, "user", "secret"))
