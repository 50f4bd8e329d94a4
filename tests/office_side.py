"""The office's side: presses Reply to a letter, as its mail program and its mail server have it."""

from __future__ import annotations

from datetime import date
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP, default
from pathlib import Path

from bot.memos import Words

HOST = "mx.school.example"
#: What the school's own server writes on top of a mail that it has found to be genuine.
GENUINE = f"{HOST}; dkim=pass header.d=school.example"
KEY = "k" * 32


def reply_to(letter: bytes) -> str:
    return str(message_from_bytes(letter, policy=default)["Reply-To"])


def answer(
    letter: bytes,
    words: str,
    *,
    sender: str = "",
    to: str = "",
    results: str = GENUINE,
    attachment: bytes = b"",
    number: int = 1,
) -> bytes:
    """A reply with the letter quoted below, sent to its Reply-To unless `to` says otherwise."""
    theirs = message_from_bytes(letter, policy=default)
    assert isinstance(theirs, EmailMessage)
    mail = EmailMessage(policy=SMTP)
    if results:
        mail["Authentication-Results"] = results
    mail["From"] = sender or str(theirs["To"])
    mail["To"] = to or reply_to(letter)
    mail["Subject"] = f"Re: {theirs['Subject']}"
    mail["Message-ID"] = f"<{number}@mail.school.example>"
    mail["In-Reply-To"] = str(theirs["Message-ID"])
    quoted = "".join(f"> {line}\n" for line in theirs.get_content().splitlines())
    when = "On Mon, 23 Nov 2026 at 11:02"
    mail.set_content(f"{words}\n\n{when}, {theirs['From']} wrote:\n{quoted}")
    if attachment:
        mail.add_attachment(attachment, "application", "pdf", filename="timetable.pdf")
    return mail.as_bytes()


def away(letter: bytes) -> bytes:
    """An out-of-office reply to a letter."""
    mail = message_from_bytes(answer(letter, "I am away until Monday."), policy=SMTP)
    mail["Auto-Submitted"] = "auto-replied"
    return mail.as_bytes()


def bounce(letter: bytes, to: str) -> bytes:
    """What a mail server writes when it cannot deliver a letter after all."""
    theirs = message_from_bytes(letter)
    head = "".join(f"{name}: {value}\n" for name, value in theirs.items())
    return (
        f"Return-Path: <>\nFrom: MAILER-DAEMON@{HOST}\nTo: {to}\nSubject: Undelivered\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nNo such user.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
        f"Final-Recipient: rfc822; {theirs['To']}\nAction: failed\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{head}\n--b--\n"
    ).encode()


def deliver(mail: bytes, maildir: Path, name: str = "") -> None:
    """Put a mail where a Maildir's owner would find it, whole at once."""
    new, draft = maildir / "new", maildir / "tmp"
    for folder in (new, draft):
        folder.mkdir(parents=True, exist_ok=True)
    name = name or str(len(list(new.iterdir())) + 1)
    (draft / name).write_bytes(mail)
    (draft / name).rename(new / name)


def body(mail: Message) -> str:
    content = mail.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode().replace("\r\n", "\n")


class Plain:
    """Memos that say which they are."""

    def overdue(self, reference: str, kind: str, written: date, promised: date) -> Words:
        return f"overdue {reference}", f"{kind} of {written}, promised {promised}"

    def still_overdue(self, reference: str, kind: str, written: date, promised: date) -> Words:
        return f"still overdue {reference}", f"{kind} of {written}, promised {promised}"

    def telephone(self, reference: str, kind: str) -> Words:
        return f"telephone {reference}", kind

    def question(self, reference: str, kind: str) -> Words:
        return f"question {reference}", f"##- above -##\n{kind}"

    def attachments(self, reference: str, kind: str) -> Words:
        return f"attachments {reference}", kind

    def not_passed_on(self, reference: str, on: date) -> Words:
        return f"not passed on {reference}", f"on {on}"
