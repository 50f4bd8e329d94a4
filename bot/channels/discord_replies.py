"""A reply as Discord shows it: messages within its limits, escaped, with buttons. Pure."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any  # Messages of Discord's API are JSON.

from bot.channels.discord_events import COMMAND, WRITE, clean
from dialogs.messages import Choice, Reply

logger = logging.getLogger(__name__)

#: Below Discord's 2,000, so that the record of a choice still fits under the text.
LIMIT = 1_800
#: Marks the choice that was made. No word of ours, so right in every language.
CHOSEN = "✓ "
_EPHEMERAL, _NO_PREVIEWS, _THINKING = 1 << 6, 1 << 2, 1 << 7
_LABEL, _CUSTOM_ID, _PER_ROW, _ROWS = 80, 100, 5, 5
_BUTTON, _ROW, _TEXT_FIELD = 2, 1, 4  # component types
_BLUE, _GREY, _LINK, _PARAGRAPH = 1, 2, 5, 2  # styles
_FORM_WORDS, _FORM_TITLE = 4_000, 45
#: Where a long text may be parted, best first.
_BORDERS = ("\n\n", "\n", ". ", " ")
_FENCE = "```"

#: What Discord's markdown would take for itself, each with one group: what gets a backslash.
#: An address is first and has no group: nothing is marked up inside it, a backslash would break it.
#: One that runs into a `<` is made none: the backslash there would become part of it.
_MARKS = re.compile(
    r"""(?:https?|steam)(:)//(?=[^\s<]*<)|(?:https?|steam)://[^\s<]+[^<.,:;"'\]\s]"""
    r"|([\\*_~`|<\[])"
    r"|(@)(?=everyone|here)"
    r"|(:)(?=[0-9A-Za-z_+-]+:)"
    r"|^[ \t]*(?:(\#){1,3}\s|(>)|(-)\#|([-+])\s|[0-9]+(\.)\s)",
    re.MULTILINE,
)

Payload = dict[str, Any]


def render(reply: Reply, write: str = "") -> list[Payload]:
    """The messages that show one reply, in order; the buttons are on the last.

    `write` labels the button that opens the form, where the reply asks for words.
    """
    said = [message(part) for part in contents(reply)]
    if not said:
        logger.error("a reply of %s has no text to show", reply.question or "no question")
    elif rows := _rows(reply, write):
        said[-1]["components"] = rows
    return said


def message(content: str, *, ephemeral: bool = False) -> Payload:
    """One message of ready content: it mentions nobody and shows no previews of links."""
    flags = _NO_PREVIEWS | (_EPHEMERAL if ephemeral else 0)
    return {"content": content, "flags": flags, "allowed_mentions": {"parse": []}}


def form(title: str, label: str) -> Payload:
    """The form for free text. Discord closes an opened form only by the parent's hand."""
    field = {
        "type": _TEXT_FIELD,
        "custom_id": WRITE,
        "style": _PARAGRAPH,
        "label": _shortened(label, _FORM_TITLE),
        "max_length": _FORM_WORDS,
    }
    rows = [{"type": _ROW, "components": [field]}]
    return {"custom_id": WRITE, "title": _shortened(title, _FORM_TITLE), "components": rows}


def command_button(label: str, command: str) -> list[Payload]:
    """A row with one button that does the same as a slash command."""
    return [{"type": _ROW, "components": [_button(f"{COMMAND}{command}", label, _BLUE)]}]


def link_button(label: str, address: str) -> list[Payload]:
    """A row with one button that leads somewhere."""
    button = {"type": _BUTTON, "style": _LINK, "label": _shortened(label, _LABEL), "url": address}
    return [{"type": _ROW, "components": [button]}]


def record(pressed: Mapping[str, Any], custom_id: str) -> Payload | None:
    """The edit that turns a pressed message into a record of what was chosen.

    None when the message does not show that button: it was forged, or is answered already.
    """
    label = next((one for one in _labels(pressed.get("components"), custom_id)), None)
    content = pressed.get("content")
    if label is None or not isinstance(content, str):
        return None
    return {**message(f"{content}\n\n{CHOSEN}**{escape(label)}**"), "components": []}


def was_said_by_bot(said: Mapping[str, Any]) -> bool:
    """Whether a message is the bot's. One that is still "thinking" has said nothing yet."""
    author, flags = said.get("author"), said.get("flags")
    thinking = isinstance(flags, int) and bool(flags & _THINKING)
    return isinstance(author, Mapping) and author.get("bot") is True and not thinking


def contents(reply: Reply) -> Iterator[str]:
    """The text of a reply as ready content, in as many parts as it needs."""
    text = clean(reply.text)
    # Discord shows a block of code letter for letter, unless the text could end the block.
    exact = reply.verbatim and _FENCE not in text
    blank = "\n" if exact else None
    start, end = len(text) - len(text.lstrip(blank)), len(text.rstrip())
    while start < end:
        stop = _fitting(text, start, end, exact=exact)
        part = text[start:stop].rstrip()
        if exact and part:
            yield f"{_FENCE}\n{part}\n{_FENCE}"
        elif part:
            spans = () if reply.verbatim else [(at - start, n) for at, n in reply.emphasis]
            yield escape(part, spans)
        start = end - len(text[stop:end].lstrip(blank))


def escape(text: str, emphasis: Sequence[tuple[int, int]] = ()) -> str:
    """`text` so that Discord shows exactly it, with the spans of `emphasis` in bold."""
    places: set[int] = set()
    addresses = []
    for found in _MARKS.finditer(text):
        if found.lastindex:
            places.add(found.start(found.lastindex))
        else:
            addresses.append(found.span())
    opened, closed = _bold(text, emphasis, addresses)
    pieces = []
    for place, character in enumerate(text):
        pieces.append("**" if place in closed else "")
        pieces.append("**" if place in opened else "")
        pieces.append("\\" + character if place in places else character)
    pieces.append("**" if len(text) in closed else "")
    return "".join(pieces)


def _bold(
    text: str, emphasis: Sequence[tuple[int, int]], addresses: Sequence[tuple[int, int]]
) -> tuple[set[int], set[int]]:
    """Where bold begins and ends: trimmed, joined where they touch, never inside an address."""
    spans: list[tuple[int, int]] = []
    for start, length in sorted(emphasis):
        first, last = max(start, 0), min(start + length, len(text))
        inside = text[first:last] if first < last else ""
        first += len(inside) - len(inside.lstrip())
        last = first + len(inside.strip())
        if first >= last or any(a < first < b or a < last < b for a, b in addresses):
            continue
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((first, last))
    return {first for first, _ in spans}, {last for _, last in spans}


def _fitting(text: str, start: int, end: int, *, exact: bool) -> int:
    """Where the part that begins at `start` stops: within the limit, where a reader would pause."""
    room = LIMIT - 2 * len(_FENCE) - 2
    stop = min(end, start + room)
    if not exact:
        while len(escape(text[start:stop])) > room:
            stop = start + (stop - start) * 9 // 10
    if stop == end:
        return stop
    for border in _BORDERS:
        found = text.rfind(border, start + (stop - start) // 2, stop)
        if found >= 0:
            return found + len(border)
    return stop


def _rows(reply: Reply, write: str) -> list[Payload]:
    """The choices, long ones below each other; under them the way out of every screen."""
    taken: set[str] = set()
    choices = _buttons(reply.question, reply.choices, _BLUE, taken)
    below = _buttons(reply.question, reply.navigation, _GREY, taken)
    if write and reply.asks_for_words and len(below) < _PER_ROW:
        below.append(_button(WRITE, write, _GREY))
    rows = [[button] for button in choices]
    most = _ROWS - bool(below)
    if len(rows) > most:
        rows = [*rows[: most - 1], [button for row in rows[most - 1 :] for button in row]]
    if below:
        rows.append(below)
    return [{"type": _ROW, "components": row[:_PER_ROW]} for row in rows]


def _buttons(
    question: str, choices: Sequence[Choice], style: int, taken: set[str]
) -> list[Payload]:
    """Discord refuses a message with two buttons of one id: the first one stays."""
    buttons = []
    for choice in choices:
        custom_id = f"{question}:{choice.id}"
        if custom_id in taken:
            continue
        taken.add(custom_id)
        if len(custom_id) > _CUSTOM_ID or not choice.label.strip():
            # It can still be typed. The content check finds this before a parent does.
            logger.error("the button %s of %s is too long for Discord", choice.id, question)
            continue
        buttons.append(_button(custom_id, choice.label, style))
    return buttons


def _button(custom_id: str, label: str, style: int) -> Payload:
    shown = _shortened(clean(label), _LABEL)
    return {"type": _BUTTON, "style": style, "label": shown, "custom_id": custom_id}


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _labels(components: object, custom_id: str, depth: int = 0) -> Iterator[str]:
    for one in components if isinstance(components, list) and depth < 4 else ():
        if not isinstance(one, Mapping):
            continue
        label = one.get("label")
        if custom_id and one.get("custom_id") == custom_id and isinstance(label, str):
            yield clean(label)
        yield from _labels(one.get("components"), custom_id, depth + 1)
