"""The console: a chat in the terminal, or one line in and one turn when there is no terminal.

In the terminal a pasted text of several lines stays one message (bracketed paste), and a typed
line that ends with a backslash goes on in the next one. Without a terminal a line is a message
as it stands: nothing in it is interpreted and nothing that is printed is wrapped.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from bot.channels import Handle, Incoming, Unavailable
from bot.channels.terminal import Screen, Terminal, marked, print_into_nowhere, screen
from dialogs.messages import Chose, Commanded, Event, Reply, Wrote

logger = logging.getLogger(__name__)


class Console:
    """One conversation in this process's own terminal or pipe."""

    name = "console"
    remembers = timedelta(0)

    def __init__(
        self,
        conversation: str,
        *,
        show: Callable[[], Awaitable[Sequence[Reply]]],
        say: Callable[..., str],
        again: str,
        finish: Callable[[], Awaitable[None]],
        script: str = "",
        on: Screen | None = None,
    ) -> None:
        """`again` is the command that goes on with this conversation. `finish` is awaited at the
        end of the input, while notices still arrive. `script` makes message ids of line numbers,
        so that a script which was cut off can be run again.
        """
        self._conversation = conversation
        self._show = show
        self._say = say
        self._again = again
        self._finish = finish
        self._script = script
        self._screen = on or screen()
        self._opened = asyncio.Event()
        self._lines = 0
        self._buttons: dict[str, Chose] = {}

    async def run(self, handle: Handle) -> None:
        """Talk until the input ends. Whoever reads our output may leave before that."""
        self._screen.open()
        try:
            if isinstance(self._screen, Terminal):
                self._print([Reply(self._say("console_hint"))])
            self._print(await self._show())
            self._opened.set()
            while (line := await _on_a_thread(self._screen.read)) is not None:
                self._lines += 1
                self._print(await self._turn(line, handle))
            await self._finish()
        except BrokenPipeError:
            print_into_nowhere()
        finally:
            self._opened.clear()
            with contextlib.suppress(OSError):
                self._screen.close()
                self._screen.print([Reply(self._say("console_goodbye", commands=self._again))])

    async def _turn(self, line: str, handle: Handle) -> Sequence[Reply]:
        if not line.strip():
            return await self._show() if isinstance(self._screen, Terminal) else ()
        message = f"{self._script}:{self._lines}" if self._script else uuid.uuid4().hex
        event = self._buttons.get(line.strip().lower()) or typed(line)
        try:
            return await handle(Incoming(self.name, self._conversation, message, event))
        except Unavailable:
            # Without a person to send it again, the lines after this one must not be taken.
            if not isinstance(self._screen, Terminal):
                raise
            logger.exception("could not store a turn")
        except Exception:
            logger.exception("could not take a turn")
        return [Reply(self._say("not_taken"))]

    def _print(self, replies: Sequence[Reply]) -> None:
        """Print, and remember what the letters stand for until the next screen."""
        self._screen.print(replies)
        if any(reply.navigation for reply in replies):
            self._buttons = {
                mark: Chose(reply.question, choice.id)
                for reply, marks in marked(replies)
                for mark, choice in marks
                if not reply.navigation
            }

    async def tell(self, conversation: str, reply: Reply, key: str = "") -> None:
        """Print a notice above whatever is being typed."""
        if conversation != self._conversation:
            raise Unavailable("that conversation is not open in this console")
        await self._opened.wait()
        try:
            self._print([reply])
        except OSError as error:
            raise Unavailable("nobody reads this console") from error


def typed(line: str) -> Event:
    """What a typed line means: a command when it begins with a slash, and words otherwise."""
    name, _, argument = line.removeprefix("/").partition(" ")
    if line.startswith("/") and name.strip():
        return Commanded(name.strip().lower(), argument.strip())
    return Wrote(line)


async def _on_a_thread(read: Callable[[], str | None]) -> str | None:
    """Wait for `read`, holding up neither the loop nor the end of the program (no pool to join)."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[str | None] = loop.create_future()

    def settle(line: str | None, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error:
            future.set_exception(error)
        else:
            future.set_result(line)

    def work() -> None:
        line, error = None, None
        try:
            line = read()
        except BaseException as caught:
            error = caught
        with contextlib.suppress(RuntimeError):  # the loop is gone and nobody waits any more
            loop.call_soon_threadsafe(settle, line, error)

    threading.Thread(target=work, name="console", daemon=True).start()
    return await future
