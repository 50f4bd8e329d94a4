"""Letters as they lie in a Maildir, and mails that came in, to be shown to a person."""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from bot.answers.mail import read_mail
from bot.answers.markup import plain


def newest(maildir: Path, since: datetime) -> list[Path]:
    """The letters that arrived since then, oldest first."""
    found = [path for place in ("new", "cur") for path in (maildir / place).glob("*")]
    found = [path for path in found if path.stat().st_mtime >= since.timestamp() - 1]
    return sorted(found, key=lambda path: path.stat().st_mtime)


def readable(letter: Path) -> str:
    """Who it is for, its subject and its words; nothing in it can drive a terminal."""
    message = message_from_bytes(letter.read_bytes(), policy=default)
    heads = [f"{name}: {message[name]}" for name in ("From", "To", "Subject", "Date")]
    return _harmless("\n".join([*heads, "", str(message.get_content())]))


def readable_mail(raw: bytes) -> str:
    """The same of any mail that came in, and what mail servers say of its sender."""
    mail = read_mail(raw, "")
    names = ("from", "to", "subject", "date", "authentication-results")
    heads = [f"{name}: {value}" for name in names for value in mail.all(name)]
    texts = [p.plain if p.plain is not None else plain(p.as_html()) for p in mail.parts]
    more = [f"[{mail.attachments} attachments]"] * bool(mail.attachments)
    return _harmless("\n".join([*heads, "", *texts, *more]))


def _harmless(text: str) -> str:
    text = text.replace("\r\n", "\n")
    return "".join(c if c == "\n" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
