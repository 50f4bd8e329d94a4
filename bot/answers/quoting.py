"""The answer in a reply: what is above our marker, less what the mail program put between."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answers.footers import is_banner, is_footer, paragraphs, without_signature
from bot.answers.headings import Headings, has_heading
from bot.answers.mail import Mail
from bot.answers.marker import CLOSES, DRAWN, OPENS, Place, find, is_quoted, quoted
from bot.answers.markup import PICTURES, plain
from bot.answers.verdicts import Rules, Unclear

#: Characters of one answer; more is a document, and a chat is no place for it.
LONGEST = 12_000


@dataclass(frozen=True, slots=True)
class Answer:
    """The words for the parent, and the Content-IDs of pictures among them."""

    words: str
    pictures: frozenset[str] = frozenset()


def answer(mail: Mail, reference: str, rules: Rules) -> Answer | Unclear:
    """What the office wrote in answer, or why that is not certain."""
    headings = Headings(rules)
    texts = [
        _lines(part.plain if part.plain is not None else plain(part.as_html()))
        for part in mail.parts
    ]
    text = [line for lines in texts for line in lines]
    if not any(part.plain is not None and part.html is not None for part in mail.parts):
        return _cut(text, reference, headings)
    rich = [line for part in mail.parts for line in _lines(plain(part.as_html()))]
    place, rich_place = find(text), find(rich)
    if place is None and rich_place is not None:
        return _cut(rich, reference, headings)
    if place is None and _letters(text) != _letters(rich):
        return "unsure"
    found = _cut(text, reference, headings)
    if isinstance(found, Answer):
        shown = rich[: rich_place.line] if rich_place else rich
        return Answer(found.words, _pictures(shown))
    return found


def _lines(text: str) -> list[str]:
    """Lines with plain spaces and without what has no width."""
    text = _LINE_ENDS.sub("\n", text.replace("\xa0", " ").translate(_NO_WIDTH))
    return [line.rstrip() for line in text.split("\n")]


_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_NO_WIDTH = dict.fromkeys(map(ord, "\ufeff\u200b\u2060\xad"))


def _letters(lines: Sequence[str]) -> str:
    """Only what is said, to compare two forms of the same text."""
    said = _ADDRESS.sub("", _DRAWN.sub("", PICTURES.sub("", " ".join(lines))))
    return "".join(character for character in said.casefold() if character.isalpha())


_ADDRESS = re.compile(r"[(<]?(?:https?://|mailto:|tel:)[^\s>)]*[>)]?")
#: How plain text says that a picture was here.
_DRAWN = re.compile(r"\[(?:cid|image):[^\]\n]{0,300}\]")


def _cut(lines: Sequence[str], reference: str, headings: Headings) -> Answer | Unclear:
    place = find(lines)
    if place is None:
        if any(_is_of_our_letter(line, reference, headings) for line in lines):
            return "unsure"
        if headings.may_be(_last(lines)):
            return "unsure"
        return _checked(lines, headings)
    above = _above(lines, place, headings)
    if above is None:
        return "unsure"
    found = _checked(above, headings)
    if _goes_on_below(lines[place.end :], is_quoted(place), found):
        return "unsure"
    return found


def _is_of_our_letter(line: str, reference: str, headings: Headings) -> bool:
    signs = (OPENS, CLOSES, reference)
    return quoted(line) or headings.names_us(line) or any(sign in line for sign in signs)


def _above(lines: Sequence[str], place: Place, headings: Headings) -> list[str] | None:
    """The lines above the marker and above the heading of the quotation; None if unsure."""
    above = list(lines[: place.line])
    if place.before.strip(DRAWN):
        above.append(place.before)
    while above and (not above[-1].strip() or (is_quoted(place) and quoted(above[-1]))):
        above.pop()
    heading = headings.find(above)
    if heading is None:
        return None if headings.may_be(_last(above)) else above
    if not all(is_banner(paragraph) for paragraph in paragraphs(above[heading.end :])):
        return None
    return above[: heading.start]


def _last(lines: Sequence[str]) -> str:
    return next((line for line in reversed(lines) if line.strip()), "")


def _goes_on_below(below: Sequence[str], marked: bool, found: Answer | Unclear) -> bool:
    """Whether something of the answer may stand below the marker."""
    if not marked:
        return isinstance(found, Answer) and bool(_SEE_BELOW.search(found.words))
    last = max((at for at, line in enumerate(below) if quoted(line)), default=-1)
    if any(line.strip() and not quoted(line) for line in below[: last + 1]):
        return True
    rest = paragraphs(below[last + 1 :])
    return bool(rest) and not (isinstance(found, Answer) and is_footer(rest[0]))


#: Where the quotation is not marked, only the office's own words say that more is in it.
_SEE_BELOW = re.compile(
    r"\b(?:(?:see|answer\w*|repl\w+|comment\w*|respon\w+|notes?|written|wrote) (?:\w+ ){0,3}?below"
    r"|below in|in-?line|in (?:red|blue|green|bold|capitals|caps|italics))\b",
    re.IGNORECASE,
)


def _checked(lines: Sequence[str], headings: Headings) -> Answer | Unclear:
    """The words, if nothing in them could be part of a letter or is damaged."""
    kept = without_signature(lines)
    if any(
        line.lstrip().startswith(">") or OPENS in line or CLOSES in line or headings.gives_us(line)
        for line in kept
    ):
        return "unsure"
    if has_heading(kept):
        return "unsure"
    text = _BLANKS.sub(
        "\n\n", "\n".join(_DRAWN.sub("", PICTURES.sub("", line)).rstrip() for line in kept)
    )
    words = text.strip()
    if _DAMAGED.search(words):
        return "unsure"
    if len(words) > LONGEST:
        return "too_long"
    return Answer(words, _pictures(kept)) if words else "empty"


_BLANKS = re.compile(r"\n{3,}")
_DAMAGED = re.compile("[\ufffd\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def _pictures(lines: Sequence[str]) -> frozenset[str]:
    return frozenset(PICTURES.findall("\n".join(lines)))
