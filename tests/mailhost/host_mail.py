"""Letters as servers that others wrote see them: Postfix takes them, Dovecot shows them.

Run by `make test-mail`, as root; not part of the suite.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from imap_tools import MailBox

from bot.bounces import Bounce, read_bounce
from bot.mail import Envelope, Lookup, MailRefused, MailUnavailable, Security, SmtpMail
from bot.office import Letter, Office
from tests.mail_servers import CERTIFICATES, trusting
from tests.shell import MONDAY, concern_of

HERE = Path(__file__).parent
OFFICE = "office@school.example"
BOT = "School bot <bot@school.example>"
WORDS = "The queue at lunch – „żółć” مدرسة 👩‍👧\n.\n..two\nFrom here\n" + "x" * 1200


@dataclass(frozen=True, slots=True)
class Host:
    smtp: int
    imap: int
    trust: ssl.SSLContext

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
            yield Host(smtp, imap, trusting("good"))
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
