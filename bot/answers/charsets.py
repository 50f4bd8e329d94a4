"""Text of mail bodies: from bytes whose charset may be wrong, and from lines cut for transport."""

from __future__ import annotations

import codecs
import re

#: Read as their larger sisters, as browsers do; often said of text that is UTF-8 after all.
_LATIN = frozenset({"", "ascii", "iso8859-1", "cp1252"})
_KNOWN = re.compile(
    r"utf-8|utf-8-sig|utf-16(-[bl]e)?|iso8859-\d+|cp125\d|cp874|koi8-[rtu]|mac-roman|gb2312|gbk"
    r"|gb18030|big5(hkscs)?|shift_jis|cp932|euc_jp|iso2022_jp(_\d)?|euc_kr|cp949|tis-620"
)


def decoded(content: bytes, charset: str) -> str:
    """`content` as text. What no charset explains becomes U+FFFD, and shows."""
    name = _codec(charset)
    if name in _LATIN:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            return content.decode("cp1252", "replace")
    try:
        return content.decode(name)
    except UnicodeDecodeError:
        is_latin = name == "utf-8" and not _UTF_8.search(content)
        return content.decode("cp1252" if is_latin else name, "replace")


#: Says in which order the letters of Hebrew or Arabic come, not which letters they are.
_ORDER = re.compile(r"(?<=\d)-[ie]$")


def _codec(charset: str) -> str:
    """Python's name for a charset of mail; empty for what is none. UTF-7 hides text, so is none."""
    try:
        name = codecs.lookup(_ORDER.sub("", charset)).name
    except (LookupError, ValueError):
        return ""
    return name if name == "ascii" or _KNOWN.fullmatch(name) else ""


#: A letter that is whole UTF-8: where there is one, the rest is damaged, not Latin.
_UTF_8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def unflowed(text: str, delete_space: bool) -> str:
    """Lines as they were typed, out of lines that end in a space where they go on (RFC 3676)."""
    lines: list[list[str]] = []
    going_on: int | None = None  # how deeply the line that goes on is quoted
    for line in re.split(r"\r\n|\r|\n", text):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ")
        goes_on = words.endswith(" ") and words != "-- "
        if going_on != depth or words == "-- ":
            lines.append([">" * depth + " " if depth else ""])
        lines[-1].append(words[:-1] if goes_on and delete_space else words)
        going_on = depth if goes_on else None
    return "\n".join("".join(pieces) for pieces in lines)
