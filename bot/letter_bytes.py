"""A letter as mail, byte for byte: written, sent on, marked as a second copy. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import quoprimime
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache

#: For mail programs that sort by headers.
SECOND_COPY = b"X-Possible-Second-Copy: yes\r\n"
#: The end of every head.
SAME_IN_ALL = (
    b"Auto-Submitted: auto-generated\r\n"
    b"X-Auto-Response-Suppress: All\r\n"
    b'Content-Type: text/plain; charset="utf-8"\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"MIME-Version: 1.0\r\n\r\n"
)
#: As long as a reference, and folded in the same way; no reference has an O.
STAND_IN = "OOOO-OOOO"
#: A Message-ID that fits on one line after any name of ours.
SHORT = 60
#: How the first line of a letter begins that can be answered into the chat.
MARKER = "##-"

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_UNHOLDABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
#: The whole line, also where it was folded for the mail.
_MARKER_LINE = re.compile(MARKER.encode() + rb".*?(?<!=)\r\n", re.DOTALL)
_TO = re.compile(rb"^To:.*\r\n(?:[ \t].*\r\n)*", re.MULTILINE)
_USUAL_ID = re.compile(r"<[a-z0-9.]+@[a-z0-9.-]+>")
_MESSAGE_ID = re.compile(rb"^Message-ID:.*\r\n(?:[ \t].*\r\n)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail for one address, complete: what is sent is `content`, byte for byte."""

    reference: str
    role: str
    sender: str
    recipient: str
    message_id: str
    content: bytes


def written(
    local: str,
    reference: str,
    role: str,
    recipient: str,
    subject: str,
    body: str,
    mail_from: str,
    now: datetime,
    reply_to: str,
    answers: str = "",
) -> Letter:
    """`local` makes the Message-ID; `answers` is the one of the letter that this one goes on."""
    name, sender = _sender(mail_from)
    message_id = f"<{local.replace('-', '').lower()}@{sender.rpartition('@')[2]}>"
    head = [_address("From", name, sender), _address("To", "", recipient)]
    if reply_to:
        head.append(_header("Reply-To", Address(addr_spec=reply_to)))
    head.append(_subject(_one_line(subject), reference))
    head.append(f"Date: {format_datetime(now)}\r\n".encode("ascii"))
    head.append(_id("Message-ID", message_id))
    if answers:
        head += [_id("In-Reply-To", answers), _id("References", answers)]
    content = b"".join((*head, SAME_IN_ALL, _quoted(body)))
    return Letter(reference, role, sender, recipient, message_id, content)


def readdressed(content: bytes, recipient: str, message_id: str = "") -> bytes:
    """The same letter for another recipient, or with another Message-ID; all else untouched."""
    head, end, body = content.partition(b"\r\n\r\n")
    head = _TO.sub(lambda _: _address("To", "", recipient), head + b"\r\n", count=1)
    if message_id:
        head = _MESSAGE_ID.sub(
            lambda _: f"Message-ID: {message_id}\r\n".encode("ascii"), head, count=1
        )
    return head.removesuffix(b"\r\n") + end + body


def marked(content: bytes, words: str) -> bytes:
    """The same letter, saying that it may be a second copy: in a header, and above its words.

    Nothing else is touched, so it is the same letter to whoever has both.
    """
    head, end, body = content.partition(b"\r\n\r\n")
    # Above the marker there is room for an answer only.
    marker = _MARKER_LINE.match(body)
    above = marker.end() if marker else 0
    said = _quoted(f"{words}\n\n" if words else "")
    return SECOND_COPY + head + end + body[:above] + said + body[above:]


def second_message_id(message_id: str) -> str:
    """The Message-ID of the same letter to the second address of its role."""
    local, _, domain = message_id.partition("@")
    return f"{local}.second@{domain}"


def clean_body(text: str) -> str:
    """Text that every mail program can hold; what it cannot shows as U+FFFD.

    Every kind of line end becomes a plain one: the builder breaks on some of them.
    """
    lines = _LINE_ENDS.sub("\n", text)
    return _UNHOLDABLE.sub("\N{REPLACEMENT CHARACTER}", lines)


@lru_cache(100)
def _sender(mail_from: str) -> tuple[str, str]:
    """The name and the address of MAIL_FROM."""
    return parseaddr(mail_from)


@lru_cache(100)
def _address(header: str, name: str, address: str) -> bytes:
    """The same few addresses in all letters."""
    return _header(header, Address(display_name=name, addr_spec=address))


def _subject(line: str, reference: str) -> bytes:
    """Letters of a kind differ in the reference alone, so each kind is folded once."""
    if line.count(reference) == 1 and len(reference) == len(STAND_IN) and STAND_IN not in line:
        folded = _subject_of_kind(line.replace(reference, STAND_IN))
        if folded.count(STAND_IN.encode()) == 1:  # not parted by a fold
            return folded.replace(STAND_IN.encode(), reference.encode("ascii"))
    return _header("Subject", line)


@lru_cache(100)
def _subject_of_kind(line: str) -> bytes:
    return _header("Subject", line)


def _id(name: str, message_id: str) -> bytes:
    """The header of a Message-ID; the usual ones are written as they are."""
    if len(message_id) <= SHORT and _USUAL_ID.fullmatch(message_id):
        return f"{name}: {message_id}\r\n".encode("ascii")
    return _header(name, message_id)


def _header(name: str, value: str | Address) -> bytes:
    """A header as the library writes it, folded where that is long; ValueError for two lines."""
    return SMTP.fold_binary(*SMTP.header_store_parse(name, value))


def _quoted(text: str) -> bytes:
    """Lines that no mail server can break or change on its way, as the library writes them."""
    lines = b"".join(line + b"\n" for line in clean_body(text).encode().splitlines()) or b"\n"
    quoted = quoprimime.body_encode(lines.decode("latin-1"), SMTP.max_line_length or 78)
    return quoted.encode("ascii").replace(b"\n", b"\r\n")


def _one_line(subject: str) -> str:
    """A subject that stays one header, whoever wrote it.

    On Python 3.11.7 `=?UTF-8?Q?=0A?=Bcc: x@y` in a header becomes a real Bcc.
    """
    return " ".join(clean_body(subject).replace("=?", "= ?").split())
