"""Letters that come back: which one, and why, read from what a mail server wrote. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from email.parser import BytesHeaderParser


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a mail server says of one of our letters; `is_final` when it stopped trying.

    `reply_to` is where that letter wanted its answers: only who has seen the letter knows it.
    """

    message_id: str
    status: str
    is_final: bool
    reply_to: str = ""

    @property
    def thread(self) -> str:
        """The reference as it stands in addresses; `all` of a letter that belongs to no thread."""
        return self.message_id.strip("<>").partition(".")[0]


def read_bounce(mail: bytes, domain: str) -> Bounce | None:
    """The bounce in `mail`, or None when it is no report, or one about nobody's letter of ours.

    `domain` is the one of our Message-IDs. Only what a report quotes as the returned letter
    counts: words in its text could be anyone's.
    """
    return bounce_in(message_from_bytes(mail, policy=policy.compat32), domain)


def bounce_in(message: Message, domain: str) -> Bounce | None:
    """The same of a mail that is parsed already."""
    if message.get_content_type() != "multipart/report":
        return None
    told = [part for part in message.walk() if part.get_content_type() == DELIVERY_STATUS]
    fields = [one for part in told for one in _blocks(part)]
    actions = [_value(block, "Action").casefold() for block in fields if block.get("Action")]
    ids = [
        (found, _value(part, "Reply-To"))
        for part in _returned(message)
        if (found := _message_id(part, domain))
    ]
    if not actions or not ids:
        return None
    statuses = [_value(block, "Status") for block in fields if block.get("Status")]
    status = next((one for one in statuses if _STATUS.fullmatch(one)), "")
    message_id, reply_to = ids[0]
    return Bounce(message_id, status, "failed" in actions, reply_to)


DELIVERY_STATUS = "message/delivery-status"
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
#: Our Message-IDs: a reference, the role, perhaps which later letter, and perhaps that it went to
#: the second address.
_OURS = re.compile(r"<(?:[0-9a-z]{8}|all)\.[a-z]+(?:\.[0-9a-z]+){0,2}@([^<>\s@]+)>")


def _blocks(part: Message) -> Iterator[Message]:
    """The blocks of fields in a delivery status: one for the mail, one for each recipient."""
    yield from (block for block in part.get_payload() if isinstance(block, Message))


def _returned(message: Message) -> Iterator[Message]:
    """The letter that came back, whole or only its headers."""
    for part in message.walk():
        payload = part.get_payload()
        if part.get_content_type() == "message/rfc822" and isinstance(payload, list):
            yield from (one for one in payload[:1] if isinstance(one, Message))
        elif part.get_content_type() == "text/rfc822-headers":
            text = part.get_payload(decode=True)
            yield BytesHeaderParser().parsebytes(_head(text if isinstance(text, bytes) else b""))


def _head(text: bytes) -> bytes:
    """What stands above the first blank line. Nobody has counted yet what encoding hid in it."""
    return re.split(rb"\r?\n\r?\n", text[:LONGEST_HEAD], maxsplit=1)[0]


#: Bytes of a returned letter's headers; ours have two thousand, and each server adds a few.
LONGEST_HEAD = 64 * 1024


def _message_id(letter: Message, domain: str) -> str:
    said = _value(letter, "Message-ID")
    found = _OURS.fullmatch(said)
    return said if found and found[1].casefold() == domain.casefold() else ""


def _value(message: Message, name: str) -> str:
    return str(message.get(name, "")).strip()
