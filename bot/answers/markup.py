"""HTML of mail as plain lines, quotations marked with `>`. One pass; nothing in it is followed.

The parser of the standard library searches for some ends again and again: broken HTML of 100 kB
costs it seconds on Python 3.11.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

#: Between their start and their end is nothing to read.
_HIDDEN = frozenset({"head", "style", "script", "title", "template", "noscript"})
_BREAKS = frozenset({
    "address", "article", "center", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "tr", "ul",
})  # fmt: skip
_TAG = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
_HREF = re.compile(r"""\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_SRC = re.compile(r"""\ssrc\s*=\s*["']?cid:([^"'\s>]+)""", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f]+")
#: What stands for a picture in the text, with its Content-ID, until the words are cut out.
PICTURE = "\x00cid:{}\x00"
PICTURES = re.compile("\x00cid:([^\x00]*)\x00")
#: Quotations deeper than this look the same.
_DEEPEST = 9


def plain(html: str) -> str:
    """The text of `html` as lines."""
    page = _Page()
    for tag, text in _tokens(html.replace("\x00", "\N{REPLACEMENT CHARACTER}")):
        page.read(tag) if tag else page.write(text)
    return page.text()


def _tokens(html: str) -> Iterator[tuple[str, str]]:
    """Tags (what is between `<` and `>`) and texts, in order; comments are left out.

    What is never closed stays as text after U+FFFD, so that it is not taken for certain.
    """
    at = 0
    while (start := html.find("<", at)) >= 0:
        yield "", html[at:start]
        at = start + 1
        is_comment = html.startswith("<!--", start)
        if not is_comment and not _TAG_START.match(html, start):
            yield "", "<"
            continue
        end = html.find("-->", start + 2) if is_comment else _end_of_tag(html, start)
        if end < 0:
            yield "", "\N{REPLACEMENT CHARACTER}" + html[start:]
            return
        if not is_comment:
            yield html[start + 1 : end], ""
        at = end + (3 if is_comment else 1)
    yield "", html[at:]


_TAG_START = re.compile(r"<[a-zA-Z/!?]")


def _end_of_tag(html: str, start: int) -> int:
    """The `>` that ends a tag: one outside of double quotes, if it is among the next few."""
    first = end = html.find(">", start)
    for _ in range(8):
        if end < 0:
            break
        if html.count('"', start, end) % 2 == 0:
            return end
        end = html.find(">", end + 1)
    return first


class _Page:
    """Lines while they are written."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._hidden = ""
        self._quoted = 0
        self._pre = 0
        self._lists: list[int | None] = []  # the next number of each open list; None has none
        self._link = ""
        self._spaced = False  # whether the paragraph has a blank line around it

    def write(self, text: str) -> None:
        if self._hidden or not text:
            return
        text = unescape(text)
        if self._pre:
            first, *others = re.split(r"\r\n|\r|\n", text)
            self._line.append(first)
            for line in others:
                self._end_line()
                self._line.append(line)
            return
        text = _SPACES.sub(" ", text)
        if not self._line or self._line[-1].endswith(" "):
            text = text.removeprefix(" ")
        if text:
            self._line.append(text)

    def read(self, tag: str) -> None:
        named = _TAG.match(tag)
        if named is None:
            return
        name, closes = named[2].lower(), bool(named[1])
        if self._hidden:
            self._hidden = "" if closes and name == self._hidden else self._hidden
        elif name in _HIDDEN:
            self._hidden = "" if closes or tag.endswith("/") else name
        elif name == "br":
            self._end_line()
        elif name == "blockquote":
            self._break()
            self._quoted = max(self._quoted + (-1 if closes else 1), 0)
        elif name in ("td", "th"):
            self.write(" ")
        elif name == "a":
            self._end_link() if closes else self._start_link(tag)
        elif name == "img":
            shown = _SRC.search(tag)
            self._line.append(PICTURE.format(shown[1]) if shown else "")
        elif name in _BREAKS:
            self._block(name, closes, tag)

    def text(self) -> str:
        self._break()
        return "\n".join(self._lines).replace("\xa0", " ")

    def _block(self, name: str, closes: bool, tag: str) -> None:
        self._break()
        if name in ("ol", "ul"):
            if closes:
                del self._lists[-1:]
            else:
                self._lists.append(1 if name == "ol" else None)
        elif name == "li" and not closes:
            number = self._lists[-1] if self._lists else None
            self._line.append("- " if number is None else f"{number}. ")
            if number is not None:
                self._lists[-1] = number + 1
        elif name == "pre":
            self._pre = max(self._pre + (-1 if closes else 1), 0)
        elif name == "hr":
            self._lines.append(self._prefix() + "_" * 8)
        elif name == "p":
            self._spaced = self._spaced if closes else "mso" not in tag.lower()
            if self._spaced and self._lines and self._lines[-1].strip("> "):
                self._lines.append(self._prefix())

    def _start_link(self, tag: str) -> None:
        found = _HREF.search(tag)
        self._link = unescape(found[1] or found[2] or found[3] or "") if found else ""

    def _end_link(self) -> None:
        """Say where a link leads, unless its words do."""
        plain = self._link.partition(":")[2].strip("/")
        if self._link.startswith(("http://", "https://")) and plain not in "".join(self._line[-4:]):
            self._line.append(f" ({self._link})")
        self._link = ""

    def _prefix(self) -> str:
        return ">" * min(self._quoted, _DEEPEST) + " " if self._quoted else ""

    def _break(self) -> None:
        if any(piece.strip(" ") for piece in self._line):
            self._end_line()
        self._line.clear()

    def _end_line(self) -> None:
        self._lines.append(self._prefix() + "".join(self._line).rstrip(" "))
        self._line.clear()
