"""Telephone numbers, e-mail addresses and links: whether they are written well, and are real."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dialogs.source import Place

# Telephone numbers that Ofcom keeps free "for use in TV and radio drama programmes": a thousand
# in each range, never given to anyone. https://www.ofcom.org.uk, "Telephone numbers for drama use".
_DRAMA = re.compile(
    r"01632960\d{3}"  # no area
    r"|0(?:113|114|115|116|117|118|121|131|141|151|161)4960\d{3}"  # the large cities
    r"|01914980\d{3}|02079460\d{3}|02920180\d{3}|02890180\d{3}|02896496\d{3}"
    r"|07700900\d{3}|08081570\d{3}|09098790\d{3}|03069990\d{3}"  # mobile, free, premium, UK-wide
)
# RFC 2606: these names belong to nobody.
_NOBODY = re.compile(r"\.(?:example|test|invalid)(?:[/:?#]|$)|[@./]example\.(?:com|org|net)\b")
_EMAIL = re.compile(r"[^\s@<>,;:\"()]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_TELEPHONE = re.compile(r"\+?[0-9][0-9 ]{1,15}[0-9]")
_LINK = re.compile(r"https://[^\s<>\"]+\.[^\s<>\"]+")


def is_invented(said: str) -> bool:
    """Whether a number, address or link is kept free for inventions and so belongs to nobody."""
    digits = re.sub(r"[^0-9+]", "", said)
    digits = "0" + digits[3:] if digits.startswith("+44") else digits
    return bool(_DRAMA.fullmatch(digits) or _NOBODY.search(said.lower()))


def email_faults(said: str, *place: str) -> Iterator[tuple[Place, str]]:
    if not _EMAIL.fullmatch(said):
        yield place, f'"{said}" is not an e-mail address'


def telephone_faults(said: str, *place: str) -> Iterator[tuple[Place, str]]:
    if not _TELEPHONE.fullmatch(said):
        yield place, f'"{said}" is not a telephone number; write it in quotes, digits and spaces'


def link_faults(said: str, *place: str) -> Iterator[tuple[Place, str]]:
    if not _LINK.fullmatch(said):
        yield place, f'"{said}" is not a link; it starts with https://'
