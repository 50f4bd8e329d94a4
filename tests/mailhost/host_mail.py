"""Letters as servers that others wrote see them: Postfix takes them, Dovecot shows them.

Run by `make test-mail`, as root; not part of the suite.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from imap_tools import AND, MailBox

from bot.bounces import Bounce, read_bounce
from bot.letter_bytes import Letter
from bot.mail import (
    Arrived,
    Envelope,
    Imap,
    ImapMailbox,
    Lookup,
    MailRefused,
    MailUnavailable,
    Security,
    SmtpMail,
)
from bot.mailroom import for_us
from bot.office import Office
from tests.mail_servers import CERTIFICATES, trusting
from tests.shell import MONDAY, concern_of

HERE = Path(__file__).parent
OFFICE = "office@school.example"
ROBOT = "bot@school.example"
BOT = "School bot <bot@school.example>"
WORDS = "The queue at lunch – „żółć” مدرسة 👩‍👧\n.\n..two\nFrom here\n" + "x" * 1200


@dataclass(frozen=True, slots=True)
class Host:
    smtp: int
    imap: int
    trust: ssl.SSLContext
    folder: Path

    def mail(self, user: str = OFFICE) -> SmtpMail:
        return SmtpMail(
            "127.0.0.1", self.smtp, security=Security.STARTTLS, tls=self.trust,
            lookup=Lookup("127.0.0.1", self.imap, user, "secret", tls=self.trust),
        )  # fmt: skip

    def read(self, user: str = OFFICE, wanted: int = 1) -> list[bytes]:
        """What lies in a mailbox, once there is so much."""
        for _ in range(100):
            with MailBox("127.0.0.1", self.imap, ssl_context=self.trust).login(
                user, "secret"
            ) as box:
                found = [message.obj.as_bytes() for message in box.fetch(mark_seen=False)]
            if len(found) >= wanted:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{user} has {len(found)} mails, not {wanted}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def host() -> Iterator[Host]:
    # Not below a private folder: the servers run as users of their own.
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="mailhost-") as folder:
        Path(folder).chmod(0o755)
        certificate = Path(folder) / "certificate.pem"
        certificate.write_bytes((CERTIFICATES / "good.pem").read_bytes())
        smtp, imap = free_port(), free_port()
        subprocess.run([HERE / "up", folder, str(smtp), str(imap), certificate], check=True)
        try:
            yield Host(smtp, imap, trusting("good"), Path(folder))
        finally:
            subprocess.run([HERE / "down", folder], check=False)


def made(recipient: str = OFFICE, reference: str = "K7Q2-M4XP", words: str = WORDS) -> Letter:
    (letter,) = Office({"office": recipient}, BOT).letters(concern_of(words, reference), MONDAY)
    return letter


def deliver(host: Host, letter: Letter, mail: SmtpMail | None = None) -> None:
    async def send() -> None:
        try:
            await (mail or host.mail()).send(letter.content, envelope(letter))
        finally:
            await asyncio.sleep(0.05)  # for the line to be closed

    asyncio.run(send())


def envelope(letter: Letter) -> Envelope:
    return Envelope(letter.sender, letter.recipient, letter.message_id)


def lint(mail: bytes) -> list[str]:
    """What a strict reader of RFC 5322, 2045 and 3834 says of the headers."""
    head = mail.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    message = message_from_bytes(mail, policy=policy.default)
    assert isinstance(message, EmailMessage)
    once = ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
            "Content-Type", "Content-Transfer-Encoding")  # fmt: skip
    checks = {
        "not ASCII": mail.isascii(),
        "a line over 998": max(map(len, mail.split(b"\r\n"))) <= 998,
        "a header line over 78": max(map(len, head)) <= 78 or "Received" in "".join(head),
        "a line that is no header": all(re.match(r"[!-9;-~]+:|[ \t]", line) for line in head),
        "defects": not message.defects
        and not [d for _, value in message.items() for d in value.defects],
        "a date without a zone": message["Date"].datetime.utcoffset() is not None,
        "an odd Message-ID": re.fullmatch(r"<[^<>\s@]+@[a-z0-9.-]+>", message["Message-ID"]),
        "not said to be automatic": message["Auto-Submitted"] == "auto-generated",
        "not plain text": message.get_content_type() == "text/plain",
        "a domain that is not ours": message["Message-ID"].rstrip(">").endswith("@school.example"),
        **{f"{name} not once": len(message.get_all(name, [])) == 1 for name in once},
        **{f"{name} at all": name not in message for name in ("Bcc", "Cc", "Reply-To", "Sender")},
    }
    return [what for what, holds in checks.items() if not holds]


def test_a_letter_arrives_is_readable_and_has_clean_headers(host: Host) -> None:
    letter = made()

    deliver(host, letter)

    (mail,) = host.read()
    message = message_from_bytes(mail, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message.get_content().replace("\r\n", "\n") == WORDS + "\n"
    assert message["To"] == OFFICE
    assert lint(mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")) == []
    assert lint(letter.content) == []


def test_the_mailbox_says_what_has_arrived(host: Host) -> None:
    letter = made()
    other = replace(envelope(letter), message_id="<00000000.office@school.example>")
    deliver(host, letter)
    host.read()

    assert asyncio.run(host.mail().has(envelope(letter))) is True
    assert asyncio.run(host.mail().has(other)) is False
    assert asyncio.run(host.mail("bot@school.example").has(envelope(letter))) is None


def test_a_letter_that_was_filed_is_found(host: Host) -> None:
    letter = made()
    deliver(host, letter)
    host.read()
    with MailBox("127.0.0.1", host.imap, ssl_context=host.trust).login(OFFICE, "secret") as box:
        box.folder.create("Concerns zażółć")
        box.move(box.uids(), "Concerns zażółć")

    assert asyncio.run(host.mail().has(envelope(letter))) is True


def test_nobody_of_that_name_is_refused_at_once(host: Host) -> None:
    with pytest.raises(MailRefused, match=r"550 5\.1\.1"):
        deliver(host, made("nobody@school.example"))


def test_a_letter_that_bounces_later_comes_back_as_ours(host: Host) -> None:
    letter = made("gone@school.example")

    deliver(host, letter)

    (report,) = host.read("bot@school.example")
    assert read_bounce(report, "school.example") == Bounce(letter.message_id, "5.1.1", True)


def test_hostile_words_make_one_letter(host: Host) -> None:
    hostile = (
        "\r\n.\r\nMAIL FROM:<x@y>\r\nRCPT TO:<bot@school.example>\r\nDATA\r\n\r\n.\r\nQUIT\r\n"
    )

    deliver(host, made(words=hostile))
    deliver(host, made(reference="0000-0000", words="second"))

    assert len(host.read(wanted=2)) == 2
    assert host.read("bot@school.example", 0) == []


def test_without_tls_that_we_trust_nothing_is_sent(host: Host) -> None:
    with pytest.raises(MailUnavailable, match="no mail server"):
        deliver(host, made(), replace(host.mail(), tls=None))

    assert host.read(wanted=0) == []


# --- answers, read from Dovecot ---


class Desk:
    """Where the mails of the bot's mailbox are put."""

    def __init__(self) -> None:
        self.taken: list[Arrived] = []
        self.positions: dict[str, tuple[int, int]] = {}
        self.looks = 0

    def position(self, place: str) -> tuple[int, int]:
        return self.positions.get(place, (0, 0))

    def take(self, arrived: Arrived) -> None:
        self.taken.append(arrived)
        self.passed(arrived.place, arrived.uidvalidity, arrived.uid)

    def passed(self, place: str, uidvalidity: int, uid: int) -> None:
        self.positions[place] = (uidvalidity, uid)

    def looked(self) -> None:
        self.looks += 1

    @property
    def words(self) -> list[str]:
        return [one.raw.partition(b"\r\n\r\n")[2].decode().strip() for one in self.taken]


@contextmanager
def reading(host: Host, desk: Desk, look_every: float = 0.5) -> Iterator[list[Exception]]:
    imap = Imap("127.0.0.1", host.imap, ROBOT, "secret", tls=host.trust)
    mailbox = ImapMailbox(imap, for_us(ROBOT, "bot+*@school.example"), look_every=look_every)
    faults: list[Exception] = []

    def read() -> None:
        try:
            mailbox.read(desk)
        except Exception as error:
            faults.append(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield faults
    finally:
        mailbox.close()
        thread.join(10)
        assert not thread.is_alive()


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def mail(words: str, to: str = "bot+aaaa@school.example") -> bytes:
    return f"From: {OFFICE}\r\nTo: {to}\r\nSubject: Re\r\n\r\n{words}\r\n".encode()


def person(host: Host) -> MailBox:
    """Somebody at the bot's mailbox, with a mail program."""
    return MailBox("127.0.0.1", host.imap, ssl_context=host.trust).login(ROBOT, "secret")


def test_answers_come_by_smtp_and_are_read_while_nobody_looks(host: Host) -> None:
    desk = Desk()
    with reading(host, desk, look_every=60), smtplib.SMTP("127.0.0.1", host.smtp) as smtp:
        until(lambda: desk.looks)
        smtp.sendmail(OFFICE, ["bot+aaaa@school.example"], mail("over SMTP"))
        until(lambda: desk.words == ["over SMTP"])  # by IDLE: the next look is a minute away


def test_a_person_who_reads_files_and_deletes_hides_no_answer(host: Host) -> None:
    desk = Desk()
    with person(host) as box:
        box.append(mail("read first"), "INBOX")
        box.flag(box.uids(), "\\Seen", True)
        box.folder.create("Done zażółć")
        box.append(mail("filed"), "INBOX")
        box.move(box.uids(AND(body="filed")), "Done zażółć")
        with reading(host, desk):
            until(lambda: len(desk.taken) == 2)
            box.append(mail("moved at once"), "INBOX")
            box.move(box.uids(AND(body="moved at once")), "Done zażółć")
            until(lambda: "moved at once" in desk.words)
            box.append(mail("and deleted"), "INBOX")
            until(lambda: "and deleted" in desk.words)
            box.delete(box.uids())
            box.append(mail("last"), "INBOX")
            until(lambda: "last" in desk.words)
        box.folder.set("INBOX")
        assert not any("\\Seen" in one.flags for one in box.fetch(mark_seen=False))

    assert sorted(set(desk.words)) == sorted(
        ["read first", "filed", "moved at once", "and deleted", "last"]
    )


def test_a_mailbox_that_loses_count_is_read_again_from_its_start(host: Host) -> None:
    desk = Desk()
    with person(host) as box:
        box.append(mail("one"), "INBOX")
    with reading(host, desk):
        until(lambda: desk.taken)
    (host.folder / "mail" / "bot" / "dovecot-uidlist").unlink()
    for index in (host.folder / "mail" / "bot").glob("dovecot.index*"):
        index.unlink()
    with person(host) as box:
        box.append(mail("two"), "INBOX")

    with reading(host, desk):
        until(lambda: "two" in desk.words)

    assert desk.words in (["one", "one", "two"], ["one", "two", "one"])
    assert len({one.raw for one in desk.taken}) == 2, "byte for byte the same mail"


def test_a_server_that_goes_away_ends_the_reading_and_nothing_is_lost(host: Host) -> None:
    desk = Desk()
    with person(host) as box:
        box.append(mail("one"), "INBOX")
    configuration = str(host.folder / "dovecot" / "dovecot.conf")
    with reading(host, desk) as faults:
        until(lambda: desk.taken)
        subprocess.run(["doveadm", "-c", configuration, "stop"], check=True)
        until(lambda: faults)
    subprocess.run(["dovecot", "-c", configuration], check=True)
    until(lambda: is_up(host))
    with person(host) as box:
        box.append(mail("two"), "INBOX")

    with reading(host, desk):
        until(lambda: len(desk.taken) == 2)

    assert desk.words == ["one", "two"]


def is_up(host: Host) -> bool:
    try:
        person(host).logout()
    except OSError:
        return False
    return True


def test_ten_thousand_old_mails_are_passed_and_the_new_one_is_found(host: Host) -> None:
    desk = Desk()
    new = host.folder / "mail" / "bot" / "new"
    with person(host) as box:
        box.append(mail("first"), "INBOX")
    for number in range(10_000):
        old = new / f"{1_000_000 + number}.M1P1.host"
        old.write_bytes(mail("old", "somebody@school.example").replace(b"\r\n", b"\n"))
        shutil.chown(old, "mail", "mail")
    with person(host) as box:
        box.append(mail("new"), "INBOX")

    began = time.monotonic()
    with reading(host, desk):
        until(lambda: desk.looks, 300)
    seconds = time.monotonic() - began

    assert sorted(desk.words) == ["first", "new"]
    assert next(iter(desk.positions.values()))[1] == 10_002
    print(f"10,000 old mails passed in {seconds:.1f} s")
