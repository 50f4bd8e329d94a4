"""Text from outside, made safe to store, show and send, visibly."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: Line ends of every kind become one newline: U+2028 and its like would break a letter apart.
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
#: What cannot be sent as mail text or could hide: controls, lone surrogates, bidi overrides.
_UNSENDABLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_BLANK_RUN = re.compile(r"\n(?:[ \t]*\n){2,}")
_SPACES = re.compile(r"\s+")
_PUNCTUATION = re.compile(r"[^\w\s]|_")


def clean(text: str) -> str:
    """The same text with line ends unified and unsendable characters shown as U+FFFD."""
    text = _UNSENDABLE.sub("\ufffd", _LINE_ENDS.sub("\n", text))
    return _BLANK_RUN.sub("\n\n", text).strip()


def one_line(text: str) -> str:
    """Clean text on a single line."""
    return _SPACES.sub(" ", text).strip()


def plain(text: str) -> str:
    """Letters and digits only, case and punctuation forgiven: what labels are compared by."""
    text = unicodedata.normalize("NFKC", text).replace("'", "").replace("’", "")
    return one_line(_PUNCTUATION.sub(" ", text.casefold()))


def has_one_of(text: str, phrases: Iterable[str]) -> bool:
    """Whether a phrase stands in `text` as whole words, or owns something there (the head's)."""
    words = f" {plain(text)} "
    return any(f" {one} " in words or f" {one}s " in words for one in map(plain, phrases))


def parts(text: str, limit: int) -> tuple[str, ...]:
    """`text` in pieces of at most `limit` characters, cut at a paragraph, sentence or word."""
    pieces = []
    while len(text) > limit:
        cut = _border(text, limit)
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return (*pieces, text) if text else tuple(pieces)


def _border(text: str, limit: int) -> int:
    """Where to cut: after the last paragraph, sentence or word that still fits."""
    for mark in ("\n\n", "\n", ". ", "? ", " "):
        cut = text.rfind(mark, limit // 2, limit)
        if cut > 0:
            return cut + len(mark.rstrip(" "))
    return limit
