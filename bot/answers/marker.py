"""The marker in our letters, above which the office writes: where it stands in a reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

OPENS = "##-"
CLOSES = "-##"
#: What may stand before it on its line and is nobody's word: quotation, emphasis, brackets.
DRAWN = " \t>|*_[(\"'“‘«⟦"
#: Mail programs wrap the marker; further apart, the two ends are not of one line.
_WRAPPED = 3


@dataclass(frozen=True, slots=True)
class Place:
    """The marker begins on line `line`, after the text `before` it on that line."""

    line: int
    before: str
    end: int  #: the first line after the marker


def find(lines: Sequence[str]) -> Place | None:
    """The first marker in `lines`: below one, everything is quoted."""
    for number, line in enumerate(lines):
        at = line.find(OPENS)
        if at < 0:
            continue
        rest = line[at + len(OPENS) :]
        for end, text in enumerate([rest, *lines[number + 1 : number + 1 + _WRAPPED]], number):
            if CLOSES in text:
                return Place(number, line[:at], end + 1)
    return None


def is_quoted(place: Place) -> bool:
    """Whether the mail program marks quoted lines."""
    return place.before.lstrip().startswith((">", "|"))


def quoted(line: str) -> bool:
    return line.lstrip().startswith((">", "|"))
