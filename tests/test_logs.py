from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from bot import logs


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Our log, set up at DEBUG as it would be in a process of its own, and put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.TALKATIVE}
    stream = io.StringIO()
    logs.set_up("DEBUG", stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def test_an_error_is_logged_with_its_place_and_kind_and_without_its_words(
    log: io.StringIO,
) -> None:
    words = "".join(["can", "ary: my daughter Lily"])  # the line itself is shown; its value is not
    try:
        try:
            raise ValueError(words)
        except ValueError as error:
            error.add_note("while taking Wrote on console")
            raise LookupError(words) from error
    except LookupError:
        logging.getLogger("bot.test").exception("could not take a turn")

    said = log.getvalue()
    assert "could not take a turn" in said
    assert "builtins.ValueError" in said
    assert "builtins.LookupError" in said
    assert "while taking Wrote on console" in said
    assert "test_logs.py" in said
    assert "canary" not in said


def test_errors_in_a_group_are_told_without_their_words(log: io.StringIO) -> None:
    group = ExceptionGroup("canary", [OSError("canary-two")])

    logging.getLogger("bot.test").error("failed", exc_info=group)

    assert "builtins.OSError" in log.getvalue()
    assert "canary" not in log.getvalue()


@pytest.mark.parametrize("name", ["httpx", "httpcore.http11", "discord.gateway", "telegram.ext"])
def test_libraries_that_would_write_tokens_are_silent_below_warnings(
    name: str, log: io.StringIO
) -> None:
    logging.getLogger(name).info("https://api.telegram.org/bot123:canary/getMe")
    logging.getLogger(name).debug("canary")
    logging.getLogger("bot.test").debug("ours")

    assert "canary" not in log.getvalue()
    assert "ours" in log.getvalue()
