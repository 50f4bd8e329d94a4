"""What mail programs write between an answer and the quotation below it, in many languages.

They all name the sender of the quoted letter, which is us. So the heading is known by our own
name or address in it, and words are needed only for where it begins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answers.tokens import LETTERS, PLACE
from bot.answers.verdicts import Rules

#: Lines above the marker in which a heading is looked for. Outlook writes five, wrapped more.
FARTHEST = 16
#: "On Tuesday … wrote:" is wrapped into this many lines at most, none narrower than this.
_LONGEST = 4
NARROWEST = 60


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading found: it begins at `start`, and its last line is before `end`."""

    start: int
    end: int


class Headings:
    """Finds headings over letters of ours, which come from these names and addresses."""

    def __init__(self, rules: Rules) -> None:
        before, _, after = (re.escape(end) for end in rules.pattern.partition(PLACE))
        addresses = [*map(re.escape, rules.own), rf"{before}[{LETTERS}]{{34}}{after}"]
        self._addresses = _any_of(addresses)
        names = [re.escape(name) for name in rules.names if " " in name]
        self._ours = _any_of([*names, *addresses])

    def names_us(self, text: str) -> bool:
        return bool(self._ours.search(text))

    def gives_us(self, text: str) -> bool:
        """Whether an address of ours is in `text`: people have no reason to write one."""
        return bool(self._addresses.search(text))

    def find(self, lines: Sequence[str]) -> Heading | None:
        """The last heading in `lines`, which are what stands above a quotation."""
        first = max(0, len(lines) - FARTHEST)
        for start in range(len(lines) - 1, first - 1, -1):
            if end := self._block_end(lines, start):
                above = start - 1 if start and _SENT.match(lines[start - 1]) else start
                return Heading(_above_rules(lines, above), end)
        for end in range(len(lines), first, -1):
            if (wrote := self._wrote_start(lines, end)) is not None:
                return Heading(_above_rules(lines, wrote), end)
        if lines and _is_rule(lines[-1]):
            return Heading(_above_rules(lines, len(lines)), len(lines))
        return None

    def _block_end(self, lines: Sequence[str], start: int) -> int:
        """Where a block of From, Sent, To, Subject that begins here ends; 0 if none does."""
        said = _LABEL.match(lines[start])
        if not said or not (self.names_us(lines[start]) or _label(said) in _FROM):
            return 0
        labels = 0
        end = start
        while end < len(lines) and end < start + FARTHEST:
            if _LABEL.match(lines[end]):
                labels += 1
            elif not _goes_on(lines[end - 1], lines[end]):
                break
            end += 1
        ours = any(self.names_us(line) for line in lines[start:end])
        return end if labels >= 3 and ours else 0

    def _wrote_start(self, lines: Sequence[str], end: int) -> int | None:
        """Where "On Tuesday our name wrote:", whose last line is before `end`, begins."""
        last = _plain(lines[end - 1])
        if _DRAWN.match(_short(lines[end - 1])) and self.names_us(last):
            return end - 1
        if not last.endswith((":", "：")):
            return None
        top = end - 1
        while top and end - top < _LONGEST and self._is_wrapped(lines[top - 1], lines[top]):
            top -= 1
        told = [start for start in range(top, end) if self._tells(" ".join(lines[start:end]))]
        begun = [start for start in told if self._begins(_plain(lines[start]))]
        dated = [start for start in begun if _WHEN.search(lines[start])]
        if found := dated or begun:  # several: the first could be the answer's last line
            return found[0] if len(found) == 1 else None
        return top if told and (top == 0 or not _plain(lines[top - 1])) else None

    def _tells(self, text: str) -> bool:
        """Whether our address is in it, or our name and a time: a name alone is in answers too."""
        return self.gives_us(text) or (self.names_us(text) and bool(_WHEN.search(text)))

    def may_be(self, line: str) -> bool:
        """Whether a line could be a heading, though it is none for sure."""
        said = _plain(line)
        ends = said.endswith((":", "："))
        return (ends and bool(_WHEN.search(said) or self.names_us(said))) or _is_rule(line)

    def _begins(self, line: str) -> bool:
        return bool(_WROTE.match(line) or _DATED.match(line) or self._ours.match(line))

    def _is_wrapped(self, above: str, line: str) -> bool:
        """Whether `line` goes on from `above`, which had no room for its first word."""
        above = _plain(above)
        if not above or (above.endswith((".", "!", "?", ":")) and not self.names_us(above)):
            return False
        return _is_full(above, line)


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.+-])(?:{'|'.join(patterns)})(?![\w-])", re.IGNORECASE)


def _is_full(above: str, line: str) -> bool:
    """Whether the first word of `line` had no room in `above`."""
    return bool(above) and len(above) + 1 + len((line.split() or [""])[0]) > NARROWEST


def _above_rules(lines: Sequence[str], start: int) -> int:
    """Past the blank lines and the ruled ones ("-----Original Message-----") above `start`."""
    above = start
    while above and not lines[above - 1].strip():
        above -= 1
    if above and _RULED.match(_short(lines[above - 1])):
        return _above_rules(lines, above - 1)
    return start


def _is_rule(line: str) -> bool:
    return bool(_RULE.match(_short(line)))


def _goes_on(above: str, line: str) -> bool:
    """Whether `line` goes on with the names of `above` in a block."""
    is_more = line[:1].isspace() or "@" in line or above.rstrip().endswith((",", ";"))
    return is_more and bool(line.strip())


def has_heading(lines: Sequence[str]) -> bool:
    """Whether a heading over anybody's letter stands anywhere in `lines`, as far as it is marked.

    An office that writes to and fro about a concern has notes below it that no parent may read.
    """
    return (
        any(_WORDED.match(_short(line)) for line in lines)
        or any(_is_wrote(lines, at) for at in range(len(lines)))
        or any(_begins_block(lines, at) for at in range(len(lines)))
    )


def _is_wrote(lines: Sequence[str], at: int) -> bool:
    """Whether "On Tuesday, somebody <address> wrote:" ends here, be it wrapped."""
    said = _plain(lines[at])
    if not said.endswith((":", "：")):
        return False
    for above in map(_plain, reversed(lines[max(0, at + 1 - _LONGEST) : at])):
        if above.endswith((".", "!", "?", ":")) or not _is_full(above, said):
            break
        said = f"{above} {said}"
    is_dated = bool(_YEAR.search(said) and _TIME.search(said))
    return is_dated or bool(_ANGLED.search(said)) or ("@" in said and bool(_WHEN.search(said)))


def _begins_block(lines: Sequence[str], at: int) -> bool:
    """Whether From stands here, and Subject below it; with an address, any label will do."""
    label = _LABEL.match(lines[at])
    if not label or _label(label) not in _FROM:
        return False
    below = [_LABEL.match(line) for line in lines[at + 1 : at + FARTHEST]]
    labels = [_label(found) for found in below if found]
    return not _SUBJECT.isdisjoint(labels) or ("@" in "".join(lines[at : at + 2]) and bool(labels))


def _label(found: re.Match[str]) -> str:
    return found[1].strip().casefold()


def _short(line: str) -> str:
    """A line without the spaces around it; empty when it is longer than any that is drawn."""
    return line.strip() if len(line) < 300 else ""


def _plain(line: str) -> str:
    """A line without marks of direction, emphasis and spaces around it."""
    return line.strip(" \t*_>|\u200b\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff")


_LABEL = re.compile(
    r"[\s*>|\u200e\u200f]*([^\W\d_][^\d:：@<>]{0,24}?)\*?[ \xa0]?(?:[:：]\*?(?:\s|$)|：)"
)
#: What some put above From.
_SENT = re.compile(r"(?:Sent|Gesendet|Anfonwyd): .*\d")
#: A line that is drawn, with or without words in it.
_RULED = re.compile(r"[-\u2010\u2500_]{5,}$|[-\u2010_]{3,}.{1,200}?[-\u2010_]{3,}$")
#: A heading that ends without a colon: drawn, or after GroupWise's angles.
_DRAWN = re.compile(rf"{_RULED.pattern}|>>> ")
#: One that says by itself that a quotation follows.
_WORDED = re.compile(
    r"-{3,} ?(?:original|urspr|message d'origine|mensaje|messaggio|wiadomo|oorspronkelijk"
    r"|oprindelig|mesaj|исходное|neges wreiddiol|forwarded)[^-]{0,40}-{3,}$",
    re.IGNORECASE,
)
_RULE = re.compile(rf"[-\u2010\u2500_]{{5,}}$|{_WORDED.pattern}", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_TIME = re.compile(r"\d[:.h]\d\d\b")
_ANGLED = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")
_WHEN = re.compile(r"\b(?:19|20)\d\d\b|\d[:.h]\d\d\b|\d\d年")
_DATED = re.compile(r"\S{0,14}?[ ,]?\S?\d")
_WROTE = re.compile(
    r"(?:on|am|le|el|il|em|op|den|pe|în|in data|på|w dniu|dnia|dne|ar|ma|στις|на|em|vào|pada"
    r"|noong|ngày|da|das|kl|في|بتاریخ|در تاریخ|בתאריך)\b",
    re.IGNORECASE,
)
_FROM = frozenset({
    "from", "von", "de", "da", "van", "od", "fra", "från", "kimden", "gönderen", "feladó", "от",
    "від", "από", "lähettäjä", "nuo", "no", "saatja", "de la", "desde", "expéditeur", "di",
    "mittente", "من", "מאת", "از", "منجانب", "差出人", "发件人", "寄件者", "寄件人", "보낸 사람",
    "từ", "dari", "mula kay", "oddi wrth",
})  # fmt: skip
_SUBJECT = frozenset({
    "subject", "betreff", "objet", "asunto", "assunto", "oggetto", "onderwerp", "temat", "ämne",
    "emne", "aihe", "konu", "tárgy", "předmět", "predmet", "subiect", "tema", "тема", "θέμα",
    "الموضوع", "موضوع", "נושא", "件名", "主题", "主旨", "제목", "chủ đề", "subjek", "paksa",
    "teema", "temats", "re", "pwnc",
})  # fmt: skip
