"""A reply as Telegram shows it: parts within its limits, entities, keyboard. Pure."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any  # Parameters of the Bot API are JSON.

from telegram.constants import InlineKeyboardButtonLimit, MessageEntityType, MessageLimit

from bot.channels.telegram_updates import Press, clean
from dialogs.messages import Choice, Reply

logger = logging.getLogger(__name__)

LIMIT = int(MessageLimit.MAX_TEXT_LENGTH)  # in UTF-16 units, as all of Telegram's lengths
_BUTTON = int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA)
#: Where a long text may be parted, best first.
_BORDERS = ("\n\n", "\n", ". ", " ")
#: Marks the choice that was made. No word of ours, so right in every language.
CHOSEN = "✓ "

Parameters = dict[str, Any]


def screen(chat: int, replies: Sequence[Reply]) -> list[Parameters]:
    """The messages that show all replies of a turn: as few as can be, for Telegram counts them.

    A reply without buttons goes into one message with the next, a blank line between; but what is
    said of an old button stays beside the screen.
    """
    shown: list[Parameters] = []
    beside = True
    for reply in replies:
        calls = render(chat, reply)
        if calls and not beside and (joined := _joined(shown[-1], calls[0])):
            shown[-1:] = [joined, *calls[1:]]
        else:
            shown += calls
        beside = reply.refused or not shown
    return shown


def _joined(above: Parameters, below: Parameters) -> Parameters | None:
    text = f"{above['text']}\n\n{below['text']}"
    if "reply_markup" in above or units(text) > LIMIT:
        return None
    by = units(above["text"]) + 2
    moved = [{**one, "offset": one["offset"] + by} for one in below.get("entities", ())]
    joined = {**below, "text": text}
    if entities := [*above.get("entities", ()), *moved]:
        joined["entities"] = entities
    return joined


def render(chat: int, reply: Reply, limit: int = LIMIT) -> list[Parameters]:
    """The messages that show one reply, in order; the keyboard is on the last."""
    text = clean(reply.text)
    calls = []
    for start, end in parts(text, limit, exact=reply.verbatim):
        part = text[start:end]
        call: Parameters = {
            "chat_id": chat,
            "text": part,
            "link_preview_options": {"is_disabled": True},
        }
        if found := _entities(part, start, reply):
            call["entities"] = found
        calls.append(call)
    if not calls:
        logger.error("a reply of %s has no text to show", reply.question or "no question")
    elif keyboard := _keyboard(reply):
        calls[-1]["reply_markup"] = {"inline_keyboard": keyboard}
    return calls


def record(chat: int, press: Press) -> tuple[str, Parameters] | None:
    """The edit that turns a pressed message into a record of what was chosen.

    None when the message does not show that button: it was forged, or is answered already.
    """
    message = press.message
    label = _label(message, press.data)
    if label is None or not isinstance(message.get("message_id"), int):
        return None
    where: Parameters = {"chat_id": chat, "message_id": message["message_id"]}
    text = message.get("text")
    if not isinstance(text, str) or units(text) + units(label) + 4 > LIMIT:
        return "editMessageReplyMarkup", where
    text, label = clean(text), clean(label)
    bold = {
        "type": MessageEntityType.BOLD.value,
        "offset": units(text) + 2 + units(CHOSEN),
        "length": units(label),
    }
    old = message.get("entities")
    return "editMessageText", {
        **where,
        "text": f"{text}\n\n{CHOSEN}{label}",
        "entities": [*(old if isinstance(old, list) else []), bold],
        "link_preview_options": {"is_disabled": True},
    }


def units(text: str) -> int:
    """The length of `text` as Telegram counts it: characters beyond U+FFFF count twice."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def parts(text: str, limit: int = LIMIT, *, exact: bool = False) -> Iterator[tuple[int, int]]:
    """Spans of `text` of at most `limit` units each, parted where a reader would pause.

    Telegram trims each message; unless the text is `exact`, white space at a border is left out
    here, so that entities keep their places.
    """
    start, end = 0, len(text)
    if not exact:
        start, end = end - len(text.lstrip()), len(text.rstrip())
    while start < end:
        stop = _fitting(text, start, end, limit)
        if stop < end:
            stop = _border(text, start, stop)
        trimmed = stop if exact else start + len(text[start:stop].rstrip())
        if text[start:trimmed].strip():
            yield start, trimmed
        start = stop
        while not exact and start < end and text[start].isspace():
            start += 1


def _fitting(text: str, start: int, end: int, limit: int) -> int:
    """The furthest place up to which the text from `start` fits."""
    if units(text[start : min(end, start + limit)]) <= limit:
        return min(end, start + limit)
    room, place = limit, start
    while place < end:
        room -= 2 if ord(text[place]) > 0xFFFF else 1
        if room < 0:
            break
        place += 1
    return max(place, start + 1)


def _border(text: str, start: int, stop: int) -> int:
    """The best place to part at or before `stop`, but not in the first half."""
    for border in _BORDERS:
        found = text.rfind(border, start + (stop - start) // 2, stop)
        if found >= 0:
            return found + len(border)
    place = stop
    # Marks, joiners and skin tones stay with the character that they belong to.
    while place > stop - 40 and place > start + 1 and _clings(text, place):
        place -= 1
    return stop if _clings(text, place) else place


def _clings(text: str, place: int) -> bool:
    here = ord(text[place])
    return (
        0x300 <= here <= 0x36F
        or here == 0x200D
        or 0xFE00 <= here <= 0xFE0F
        or 0x1F3FB <= here <= 0x1F3FF
        or text[place - 1] == "\u200d"
    )


def _entities(part: str, start: int, reply: Reply) -> list[Parameters]:
    if reply.verbatim:
        return [{"type": MessageEntityType.PRE.value, "offset": 0, "length": units(part)}]
    found = []
    for at, length in reply.emphasis:
        first, last = max(at - start, 0), min(at - start + length, len(part))
        if first < last:
            found.append(
                {
                    "type": MessageEntityType.BOLD.value,
                    "offset": units(part[:first]),
                    "length": units(part[first:last]),
                }
            )
    return found


def _keyboard(reply: Reply) -> list[list[Parameters]]:
    """Each choice in a row of its own; the way out of every screen below, two by two."""
    rows = [[choice] for choice in reply.choices]
    rows += [list(reply.navigation[at : at + 2]) for at in range(0, len(reply.navigation), 2)]
    shown = [[b for choice in row if (b := _button(reply.question, choice))] for row in rows]
    return [row for row in shown if row]


def _button(question: str, choice: Choice) -> Parameters | None:
    data = f"{question}:{choice.id}"
    if len(data.encode()) > _BUTTON or not choice.label.strip():
        # It can still be typed. The content check finds this before a parent does.
        logger.error("the button %s of %s is too long for Telegram", choice.id, question)
        return None
    return {"text": clean(choice.label), "callback_data": data}


def _label(message: Mapping[str, Any], data: str) -> str | None:
    markup = message.get("reply_markup")
    rows = markup.get("inline_keyboard") if isinstance(markup, Mapping) else None
    for row in rows if isinstance(rows, Sequence) else ():
        for button in row if isinstance(row, Sequence) else ():
            if isinstance(button, Mapping) and data and button.get("callback_data") == data:
                label = button.get("text")
                return label if isinstance(label, str) else None
    return None
