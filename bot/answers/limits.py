"""How much of a mail is looked at: counted in its bytes, before anything takes it apart.

The parser of the standard library compares each line with every boundary that is open, and reads
one long Content-Type in quadratic time. Within these limits both stay small.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    size: int = 10 * 1024 * 1024
    lines: int = 200_000
    header_bytes: int = 128 * 1024
    headers: int = 1_000
    boundaries: int = 20
    parts: int = 100
    part_header: int = 4_096
    text: int = 512 * 1024  #: of all bodies together


LIMITS = Limits()


def too_big(raw: bytes, limits: Limits) -> bool:
    """Whether a mail is larger than an answer with its attachments would be."""
    return len(raw) > limits.size or max(raw.count(b"\n"), raw.count(b"\r")) > limits.lines


def too_odd(raw: bytes, limits: Limits) -> bool:
    """Whether taking a mail apart could cost more than reading it once."""
    if len(re.findall(rb"boundary", raw, re.IGNORECASE)) > limits.boundaries:
        return True
    described = _DESCRIPTION.findall(raw)
    return len(described) > limits.parts or any(len(one) > limits.part_header for one in described)


_DESCRIPTION = re.compile(
    rb"^content-(?:type|disposition|transfer-encoding)[ \t]*:"
    rb"[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*",
    re.IGNORECASE | re.MULTILINE,
)
