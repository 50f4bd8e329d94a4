"""What the console prints on and reads from: a person's terminal, or plain lines."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from itertools import cycle
from typing import Any, Protocol

from dialogs.messages import Choice, Reply

PROMPT = "> "
FIRST_NAVIGATION = 6
LETTERS = "abcdefghijklmnopqrstuvwxyz"
#: Wider lines are hard to read.
WIDEST = 88
#: A line is cut here, far above what a message may hold, so that no input fills the memory.
LONGEST = 1_000_000
#: What could drive a terminal, shown as itself: C0 but for the line feed, DEL and C1.
CONTROLS = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if code != 10}


#: What is typed for a button, and the button.
Mark = tuple[str, Choice]


class Screen(Protocol):
    """Where replies are printed and lines are read."""

    def open(self) -> None: ...

    def read(self) -> str | None:
        """The next message, or None at the end. Waits, on a thread of its own."""

    def print(self, replies: Sequence[Reply]) -> None: ...

    def close(self) -> None: ...


def marked(replies: Sequence[Reply]) -> list[tuple[Reply, list[Mark]]]:
    """Each reply with the marks of its choices.

    The numbers 1 to 5 belong to the screen (the reply with the navigation); buttons beside it,
    such as those of a finding, have letters through all the replies.
    """
    letters = cycle(LETTERS)
    return [
        (
            reply,
            [(str(number), choice) for number, choice in enumerate(reply.choices, 1)]
            if reply.navigation
            else [(next(letters), choice) for choice in reply.choices],
        )
        for reply in replies
    ]


def navigation(reply: Reply) -> list[Mark]:
    """The buttons that have the same numbers on every screen."""
    return [(str(n), choice) for n, choice in enumerate(reply.navigation, FIRST_NAVIGATION)]


class Terminal:
    """A person's terminal: wrapped, in colour where that is welcome, edited by readline."""

    def __init__(self, stdin: TextIOWrapper, stdout: TextIOWrapper) -> None:
        from rich.console import Console as Rich

        self._stdin = stdin
        self._stdout = stdout
        self._rich = Rich(file=stdout, highlight=False, markup=False, emoji=False)
        self._asking = ""
        self._before: list[Any] = []  # what termios gives and takes back

    def open(self) -> None:
        self._stdin.reconfigure(encoding="utf-8", errors="replace")
        self._stdout.reconfigure(encoding="utf-8", errors="replace")
        with contextlib.suppress(ImportError):
            import termios

            self._before = termios.tcgetattr(self._stdin)
        with contextlib.suppress(ImportError):
            import readline

            # What was typed is not for the next person at this keyboard.
            readline.set_auto_history(False)
            readline.parse_and_bind("tab: self-insert")
            readline.parse_and_bind("set enable-bracketed-paste on")

    def read(self) -> str | None:
        lines = []
        self._asking = PROMPT
        try:
            while (line := input(self._asking)).endswith("\\"):
                lines.append(line.removesuffix("\\"))
                self._asking = ". "
        except EOFError:
            return None
        finally:
            self._asking = ""
        return "\n".join([*lines, line])

    def print(self, replies: Sequence[Reply]) -> None:
        asking = self._asking
        if asking:
            self._stdout.write("\r" if self._rich.is_dumb_terminal else "\r\x1b[J")
        self._stdout.write("\n")
        for reply, marks in marked(replies):
            self._print(reply, marks)
        if asking:
            self._stdout.write(asking + _typed_so_far())
        self._stdout.flush()

    def _print(self, reply: Reply, marks: Sequence[Mark]) -> None:
        from rich.columns import Columns
        from rich.padding import Padding
        from rich.text import Text

        text = Text(reply.text.translate(CONTROLS))
        for start, length in reply.emphasis:
            text.stylize("bold", start, start + length)
        self._rich.print(text, soft_wrap=reply.verbatim, width=self._width())
        self._rich.print()
        for mark, choice in marks:
            line = Text.assemble((f"{mark}  ", "bold cyan"), choice.label.translate(CONTROLS))
            self._rich.print(Padding(line, (0, 0, 0, 2), expand=False), width=self._width())
        if reply.navigation:
            buttons = [
                Text.assemble((f"{mark}  ", "cyan"), (choice.label.translate(CONTROLS), "dim"))
                for mark, choice in navigation(reply)
            ]
            columns = Padding(Columns(buttons, padding=(0, 3)), (0, 0, 0, 2), expand=False)
            self._rich.print(columns, width=self._width())
        if marks or reply.navigation:
            self._rich.print()

    def _width(self) -> int:
        return min(self._rich.width, WIDEST)

    def close(self) -> None:
        """Leave the terminal as it was, even with a line half typed."""
        if self._asking:
            self._stdout.write("\n" if self._rich.is_dumb_terminal else "\x1b[?2004l\n")
            self._asking = ""
        else:
            self._stdout.write("\n")
        if self._before:
            import termios

            termios.tcsetattr(self._stdin, termios.TCSADRAIN, self._before)


class Lines:
    """The plain line protocol: a line in, the replies out, as they are and in UTF-8."""

    def __init__(self, stdin: TextIOWrapper, stdout: TextIOWrapper) -> None:
        # Not through the buffered reader: a thread that waits in it would hold its lock at exit.
        self._file = stdin.fileno()
        self._stdout = stdout
        self._kept = bytearray()
        self._ended = False

    def open(self) -> None:
        self._stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")

    def read(self) -> str | None:
        while (end := self._kept.find(b"\n")) < 0 and not self._ended:
            more = os.read(self._file, 65_536)
            self._ended = not more
            del self._kept[LONGEST:]
            self._kept += more
        if self._ended and not self._kept:
            return None
        line = self._kept[: end if end >= 0 else None]
        del self._kept[: len(line) + 1]
        return line[:LONGEST].decode(errors="replace").removeprefix("\ufeff").removesuffix("\r")

    def print(self, replies: Sequence[Reply]) -> None:
        for reply, marks in marked(replies):
            buttons = [f"{mark}. {choice.label}\n" for mark, choice in (*marks, *navigation(reply))]
            self._stdout.write("".join([f"{reply.text}\n", *buttons, "\n"]))
        self._stdout.flush()

    def close(self) -> None:
        """Nothing to put back."""


def screen() -> Screen:
    stdin, stdout = sys.stdin, sys.stdout
    assert isinstance(stdin, TextIOWrapper)
    assert isinstance(stdout, TextIOWrapper)
    return Terminal(stdin, stdout) if stdin.isatty() and stdout.isatty() else Lines(stdin, stdout)


def _typed_so_far() -> str:
    """What readline shows behind the prompt."""
    with contextlib.suppress(ImportError):
        import readline

        return readline.get_line_buffer()
    return ""


def print_into_nowhere() -> None:
    """Keep the interpreter's last flush from failing loudly when our reader has left."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
