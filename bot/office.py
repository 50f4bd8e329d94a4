"""Letters: a concern becomes one e-mail for each address that receives it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from dialogs.messages import Concern

#: Ends the role of a letter that goes to the second address of a role.
SECOND = "/second"
#: For mail programs that sort by headers.
SECOND_COPY = b"X-Possible-Second-Copy: yes\r\n"
#: Who receives a concern about the head.
ABOUT_HEAD = "chair"


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail for one address, complete: what is sent is `content`, byte for byte."""

    reference: str
    role: str
    sender: str
    recipient: str
    message_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Office:
    """Where concerns go: an address for each role, and who the letters are from.

    `second` holds, for a role that has one, where its letters go when the first refuses them.
    """

    roles: Mapping[str, str]
    mail_from: str
    second: Mapping[str, str] = field(default_factory=dict)

    def letters(self, concern: Concern, now: datetime) -> tuple[Letter, ...]:
        return letters(concern, self.roles, self.mail_from, now, self._head()[1])

    def address(self, role: str) -> str:
        """Where letters for `head`, or `head/second`, go now; empty when nobody is named."""
        if role.endswith(SECOND):
            return self.second.get(role.removesuffix(SECOND), "")
        address = self.roles.get(role) or self.roles.get("office", "")
        if role == ABOUT_HEAD and not self.roles.get(role):
            return "" if _is_one_of(address, self._head()) else address
        return address

    def _head(self) -> tuple[str, ...]:
        return self.roles.get("head", ""), self.second.get("head", "")


def letters(
    concern: Concern,
    roles: Mapping[str, str],
    mail_from: str,
    now: datetime,
    second_of_head: str = "",
) -> tuple[Letter, ...]:
    """One letter for each address behind the concern's roles.

    A role without an address goes to the office. What is for the chair is about the head: it goes
    to no address of the head, unless the chair has no other. Raises ValueError when there is no
    address.
    """
    addresses: dict[str, str] = {}
    about_head = ABOUT_HEAD in concern.roles
    head = (roles.get("head", ""), second_of_head)
    for role in concern.roles or ("office",):
        address = roles.get(role) or roles.get("office")
        if not address:
            raise ValueError(f"the school has no address for {role} and none for office")
        if about_head and _is_one_of(address, head):
            continue
        if address.casefold() not in (known.casefold() for known in addresses.values()):
            addresses[role] = address
    if not addresses:
        if not roles.get(ABOUT_HEAD):
            raise ValueError("the school has no address for chair, and all others are the head's")
        addresses[ABOUT_HEAD] = roles[ABOUT_HEAD]
    return tuple(
        _letter(concern, role, address, mail_from, now) for role, address in addresses.items()
    )


def _is_one_of(address: str, others: Iterable[str]) -> bool:
    return address.casefold() in {other.casefold() for other in others if other}


def readdressed(content: bytes, recipient: str, message_id: str = "") -> bytes:
    """The same letter for another recipient, or with another Message-ID; all else untouched."""
    head, end, body = content.partition(b"\r\n\r\n")
    head = _TO.sub(lambda _: _to(recipient), head + b"\r\n", count=1)
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
    line = EmailMessage(policy=SMTP)
    _fill(line, f"{words}\n\n" if words else "")
    return SECOND_COPY + head + end + line.as_bytes().partition(end)[2] + body


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


_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_UNHOLDABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


_TO = re.compile(rb"^To:.*\r\n(?:[ \t].*\r\n)*", re.MULTILINE)
_MESSAGE_ID = re.compile(rb"^Message-ID:.*\r\n(?:[ \t].*\r\n)*", re.MULTILINE)


def _to(recipient: str) -> bytes:
    """The header as the builder writes it, folded where that is long."""
    header: str = SMTP.header_factory("To", Address(addr_spec=recipient)).fold(policy=SMTP)
    return header.encode("ascii")


def _letter(concern: Concern, role: str, recipient: str, mail_from: str, now: datetime) -> Letter:
    name, sender = parseaddr(mail_from)
    _, _, domain = sender.rpartition("@")
    message_id = f"<{concern.reference.replace('-', '').lower()}.{role}@{domain}>"
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=name, addr_spec=sender)
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = _one_line(concern.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    _fill(message, concern.body)
    return Letter(concern.reference, role, sender, recipient, message_id, message.as_bytes())


def _fill(message: EmailMessage, text: str) -> None:
    """Lines that no mail server can break or change on its way."""
    message.set_content(clean_body(text), charset="utf-8", cte="quoted-printable")


def _one_line(subject: str) -> str:
    """A subject that stays one header, whoever wrote it.

    On Python 3.11.7 `=?UTF-8?Q?=0A?=Bcc: x@y` in a header becomes a real Bcc.
    """
    return " ".join(clean_body(subject).replace("=?", "= ?").split())
