"""The letters of one typed word: made plain, and what slips and stars make of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´", "'"))
_KEPT = frozenset("'*@$")
_LONGEST = 400  #: code points of one word that are looked at; decoration may be many of them
_STRETCHED = re.compile(r"(.)\1\1+")


def plain_letters(typed: str) -> str:
    """Small plain letters and digits; apostrophes and masks stay, accents and riders go."""
    typed = typed[:_LONGEST]
    if typed.isascii():
        plain = typed.lower()
        if plain.isalnum():
            return plain
    else:
        plain = unicodedata.normalize("NFKD", typed.translate(_APOSTROPHES)).casefold()
    kept = "".join(c for c in plain if c.isalnum() or c in _KEPT or c == "&").strip("'")
    if not any(c.isalnum() or c == "&" for c in kept):
        return ""
    if "*" in kept:
        kept = one_star(kept)
    return "and" if kept == "&" else kept


def one_star(word: str) -> str:
    """f***ing -> f*ing; the bold stars around a word go."""
    kept: list[str] = []
    for c in word.lstrip("*"):
        if c != "*" or kept[-1:] != ["*"]:
            kept.append(c)
    return "".join(kept)


def forms_of(raw: str) -> tuple[str, ...]:
    """The word, and with stretched letters (idioooot) taken back to two and to one."""
    if raw.endswith("*"):
        return raw, raw[:-1]
    if _STRETCHED.search(raw):
        return raw, _STRETCHED.sub(r"\1\1", raw), _STRETCHED.sub(r"\1", raw)
    return (raw,)


def masks_of(word: str) -> Iterator[str]:
    """tw*t, t*t: a star for any letters but the first and the last."""
    for start in range(1, len(word) - 1):
        for end in range(start + 1, len(word)):
            yield word[:start] + "*" + word[end:]


def slips_of(word: str) -> Iterator[str]:
    for at in range(1, len(word)):
        yield word[:at] + word[at + 1 :]
        yield word[:at] + word[at] + word[at:]
        if at + 1 < len(word):
            yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
