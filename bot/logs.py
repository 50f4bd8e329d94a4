"""Logging, set up in one place: what happened, never what a parent said."""

from __future__ import annotations

import logging
import traceback
from contextvars import ContextVar
from types import TracebackType
from typing import TextIO

#: These write tokens (in addresses), whole messages or a parent's answers when they are let.
TALKATIVE = (
    "aiohttp", "aiosmtplib", "discord", "httpcore", "httpx", "telegram", "mail", "asyncio",
    "transitions", "procrastinate", "psycopg",
)  # fmt: skip

#: Whose log it is, where many schools share a process.
SCHOOL: ContextVar[str] = ContextVar("school", default="")

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Wordless(logging.Formatter):
    """Shows where an error came from and its kind; its message could quote a parent."""

    def format(self, record: logging.LogRecord) -> str:
        school = SCHOOL.get()
        return f"[{school}] {super().format(record)}" if school else super().format(record)

    def formatException(self, ei: _ExcInfo) -> str:
        return "".join(_told(ei[1])).rstrip() if ei[1] else ""


def _told(error: BaseException) -> list[str]:
    before: list[str] = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        before = [*_told(cause), "and then\n"]
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    lines = [*traceback.format_tb(error.__traceback__), f"{kind}\n"]
    lines += [f"  {note}\n" for note in getattr(error, "__notes__", ())]
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            lines += ["in a group:\n", *_told(one)]
    return before + lines


def set_up(level: str, stream: TextIO) -> None:
    """Send our log to `stream`. The libraries below us speak up for warnings only."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Wordless("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
