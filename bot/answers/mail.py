"""Inbound mail, read within limits: headers as they stand, bodies as text. Never raises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from html import escape
from typing import Literal

from bot.answers.charsets import decoded, unflowed
from bot.answers.limits import LIMITS, Limits, too_big, too_odd
from bot.bounces import Bounce, bounce_in


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the body: the same words plain, as HTML, or both; never neither."""

    plain: str | None = None
    html: str | None = None

    def as_html(self) -> str:
        return f"<pre>{escape(self.plain or '')}</pre>" if self.html is None else self.html


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. `headers` are in order, names in small letters, values unfolded and undecoded."""

    headers: tuple[tuple[str, str], ...] = ()
    kind: str = ""  #: the content type of the whole, with the kind of report if it is one
    parts: tuple[Part, ...] = ()
    attachments: int = 0
    pictures: tuple[str, ...] = ()  #: Content-IDs of pictures that the HTML may show
    bounce: Bounce | None = None
    broken: Literal["", "broken", "too_big"] = ""

    def all(self, *names: str) -> tuple[str, ...]:
        """The values of every header with one of these names, in the mail's order."""
        return tuple(value for name, value in self.headers if name in names)


def read_mail(raw: bytes, domain: str, limits: Limits = LIMITS) -> Mail:
    """The mail in `raw`; `domain` is the one of our Message-IDs, for bounces of our letters.

    What is too big or cannot be read keeps its headers, as far as they are clear, so that it can
    be said which thread it belongs to.
    """
    headers = _headers(raw, limits)
    if headers is None:
        return Mail(broken="broken")
    if too_big(raw, limits):
        return Mail(headers, broken="too_big")
    if too_odd(raw, limits):
        return Mail(headers, broken="broken")
    try:
        message = message_from_bytes(raw, policy=policy.compat32)
        return _read(message, headers, domain, limits)
    except Exception:  # the parser fails in many ways on broken mail; none may stop the next mail
        return Mail(headers, broken="broken")


def _headers(raw: bytes, limits: Limits) -> tuple[tuple[str, str], ...] | None:
    """The headers as every server must read them, or None where servers could disagree.

    A carriage return alone, a NUL or a line that is no header hides a second From from one
    program and not from the next.
    """
    end = _HEAD_END.search(raw, 0, limits.header_bytes)
    head = raw[: end.start()] if end else raw
    if len(head) > limits.header_bytes or _HIDING.search(head):
        return None
    found: list[tuple[str, str]] = []
    for line in re.split(r"\r?\n(?![ \t])", head.rstrip(b"\r\n").decode("utf-8", "replace")):
        header = _HEADER.match(line)
        if header is None or len(found) == limits.headers:
            return None
        found.append((header[1].lower(), _FOLD.sub("", line[header.end() :]).strip()))
    return tuple(found)


_HEAD_END = re.compile(rb"\r?\n\r?\n")
_HIDING = re.compile(rb"\r(?!\n)|\0")
_HEADER = re.compile(r"([!-9;-~]+):")
_FOLD = re.compile(r"\r?\n")


class _TooBig(Exception):
    pass


def _read(
    message: Message, headers: tuple[tuple[str, str], ...], domain: str, limits: Limits
) -> Mail:
    taken = _Taken(limits.text)
    try:
        parts = tuple(taken.parts_of(message))
    except _TooBig:
        return Mail(headers, broken="too_big")
    report = message.get_param("report-type", "")
    kind = message.get_content_type()
    return Mail(
        headers,
        f"{kind} {report}".lower().strip() if kind == "multipart/report" else kind,
        parts,
        taken.attachments,
        tuple(taken.pictures),
        bounce_in(message, domain),
    )


class _Taken:
    """What a mail holds, counted while it is walked."""

    def __init__(self, room: int) -> None:
        self.attachments = 0
        self.pictures: list[str] = []
        self._room = room

    def parts_of(self, message: Message) -> Iterator[Part]:
        kind = message.get_content_type()
        payload = message.get_payload()
        if kind.startswith("multipart/") and isinstance(payload, list):
            inside = [list(self.parts_of(child)) for child in payload if isinstance(child, Message)]
            if kind == "multipart/alternative":
                yield from _one_of(inside)
            else:
                yield from (part for parts in inside for part in parts)
            if message.defects:
                yield Part(plain=DAMAGE)
        elif kind in ("text/plain", "text/html") and not _is_file(message):
            text = self._text(message)
            yield Part(html=text) if kind == "text/html" else Part(plain=text)
        elif kind in _SIGNATURES or (kind in _OTHER_FORMS and not _is_file(message)):
            return
        elif kind.startswith("image/") and message["Content-ID"] and not _is_file(message, False):
            self._picture(message)
        else:
            self.attachments += 1

    def _text(self, message: Message) -> str:
        content = message.get_payload(decode=True)
        content = content if isinstance(content, bytes) else b""
        self._room -= len(content)
        if self._room < 0:
            raise _TooBig
        text = decoded(content, str(message.get_content_charset("")))
        text = DAMAGE + text if message.defects else text
        if str(message.get_param("format", "")).lower() == "flowed":
            return unflowed(text, str(message.get_param("delsp", "")).lower() == "yes")
        return text

    def _picture(self, message: Message) -> None:
        payload = message.get_payload()
        if isinstance(payload, str) and len(payload) > LARGEST_DECORATION:
            self.pictures.append(str(message["Content-ID"]).strip(" <>"))


#: Stands where something of the mail is missing.
DAMAGE = "\N{REPLACEMENT CHARACTER}"
#: A picture in the text that is smaller, as sent, is the logo of a signature.
LARGEST_DECORATION = 32 * 1024
#: The words once more, for a program that we are not.
_OTHER_FORMS = ("text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext")
_SIGNATURES = (
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-signature",
)


def _is_file(message: Message, by_name: bool = True) -> bool:
    if message.get_content_disposition() == "attachment":
        return True
    return by_name and message.get_filename() is not None


def _one_of(inside: list[list[Part]]) -> Iterator[Part]:
    """One part of several that say the same: plain from the first that is, HTML from the last."""
    plain = next((parts for parts in inside if _is_all_plain(parts)), None)
    html = next((parts for parts in reversed(inside) if any(p.html is not None for p in parts)), [])
    if plain is None and not html:
        return
    yield Part(
        "\n".join(part.plain or "" for part in plain) if plain is not None else None,
        "\n".join(part.as_html() for part in html) if html else None,
    )


def _is_all_plain(parts: list[Part]) -> bool:
    return bool(parts) and all(part.plain is not None for part in parts)
