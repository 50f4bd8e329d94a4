"""The console as other programs and people meet it: a real process, a pipe or a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.policy import default
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from bot.channels import Incoming, Unavailable
from bot.channels.console import Console, typed
from bot.channels.terminal import LONGEST, WIDEST, Lines, Terminal, marked
from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.messages import Choice, Chose, Commanded, Event, Reply, Wrote
from tests.keyboard import letter_script, number
from tests.parent import Parent
from tests.patience import PATIENCE

NAVIGATION = tuple(Choice(id, id.title()) for id in ("help", "talk", "back", "stop"))
HELLO = Reply("Hello", "hello", (Choice("post", "Post"),), NAVIGATION)


# --- what a line means ---


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("1", Wrote("1")),
        ("  hello there ", Wrote("  hello there ")),
        ("/start", Commanded("start")),
        ("/Start  Concern ", Commanded("start", "Concern")),
        ("/", Wrote("/")),
        ("/ and so on", Wrote("/ and so on")),
        ("and/or", Wrote("and/or")),
    ],
)
def test_a_line_is_a_command_only_after_a_slash(line: str, event: Event) -> None:
    assert typed(line) == event


def test_the_screen_has_numbers_and_what_is_beside_it_has_letters() -> None:
    beside = Reply("a finding", "findings", (Choice("hide.x", "Not right"),))

    marks = [[mark for mark, _ in found] for _, found in marked([beside, beside, HELLO])]

    assert marks == [["a"], ["b"], ["1"]]


class Typist:
    """A screen that types what it is told to, and notes what was printed."""

    def __init__(self, *lines: str) -> None:
        self._lines = iter(lines)
        self.printed: list[Reply] = []

    def open(self) -> None: ...

    def read(self) -> str | None:
        return next(self._lines, None)

    def print(self, replies: Sequence[Reply]) -> None:
        self.printed += replies

    def close(self) -> None: ...


class Core:
    """Notes what reaches the core."""

    def __init__(self, *answers: Reply) -> None:
        self.answers = answers or (HELLO,)
        self.got: list[Incoming] = []

    async def handle(self, incoming: Incoming) -> Sequence[Reply]:
        self.got.append(incoming)
        return self.answers


def console_with(screen: Typist, script: str = "") -> Console:
    async def show() -> Sequence[Reply]:
        return [HELLO]

    async def finish() -> None: ...

    def say(key: str, **values: str) -> str:
        return f"<{key} {' '.join(values.values())}>"

    return Console(
        "anna", show=show, say=say, again="go on", finish=finish, script=script, on=screen
    )


async def test_every_line_is_a_message_of_its_own() -> None:
    core = Core()

    await console_with(Typist("same", "", "same")).run(core.handle)

    assert [got.event for got in core.got] == [Wrote("same"), Wrote("same")]
    assert core.got[0].message != core.got[1].message
    assert {got.conversation for got in core.got} == {"anna"}


async def test_a_script_names_its_messages_after_their_lines() -> None:
    core = Core()

    await console_with(Typist("one", "", "three"), script="s1").run(core.handle)

    assert [got.message for got in core.got] == ["s1:1", "s1:3"]


async def test_a_letter_presses_the_button_beside_the_screen_until_the_next_screen() -> None:
    beside = Reply("a finding", "findings", (Choice("hide.x", "Not right"),))
    core = Core(beside, HELLO)
    first = console_with(Typist("words", "A", "b"))
    await first.run(core.handle)

    core.answers = (HELLO,)
    await console_with(Typist("a")).run(core.handle)

    events = [got.event for got in core.got]
    assert events == [Wrote("words"), Chose("findings", "hide.x"), Wrote("b"), Wrote("a")]


async def test_the_end_says_how_to_go_on() -> None:
    screen = Typist()

    await console_with(screen).run(Core().handle)

    assert screen.printed == [HELLO, Reply("<console_goodbye go on>")]


async def test_a_turn_that_fails_by_our_own_fault_is_answered_and_the_next_is_taken(
    caplog: pytest.LogCaptureFixture,
) -> None:
    screen, core = Typist("boom", "fine"), Core()

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        if incoming.event == Wrote("boom"):
            raise LookupError("boom")
        return await core.handle(incoming)

    await console_with(screen).run(handle)

    assert Reply("<not_taken >") in screen.printed
    assert [got.event for got in core.got] == [Wrote("fine")]
    assert "could not take a turn" in caplog.text


async def test_a_script_stops_at_the_line_that_could_not_be_stored() -> None:
    got = []

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        got.append(incoming)
        raise Unavailable("the disk is full")

    with pytest.raises(Unavailable):
        await console_with(Typist("one", "two")).run(handle)

    assert len(got) == 1


async def test_a_notice_is_printed_once_the_conversation_is_on_the_screen() -> None:
    screen = Typist("one")
    console = console_with(screen)
    notice = asyncio.create_task(console.tell("anna", Reply("delivered")))

    async def handle(incoming: Incoming) -> Sequence[Reply]:
        await notice
        return [Reply("answer")]

    await console.run(handle)

    assert [reply.text for reply in screen.printed[:3]] == ["Hello", "delivered", "answer"]


async def test_a_notice_for_somebody_else_is_kept_for_later() -> None:
    with pytest.raises(Unavailable):
        await console_with(Typist()).tell("bert", Reply("delivered"))


# --- the line protocol ---


def lines_of(sent: bytes) -> list[str]:
    """What the line protocol makes of these bytes."""
    reading, writing = os.pipe()
    with (
        open(reading, encoding="utf-8") as stdin,  # noqa: PTH123 - a pipe has no path
        open(os.devnull, "w", encoding="utf-8") as stdout,  # noqa: PTH123
    ):
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(BaseException):
                while sent:
                    sent = sent[os.write(writing, sent) :]
            os._exit(0)
        os.close(writing)
        assert isinstance(stdin, TextIOWrapper)
        assert isinstance(stdout, TextIOWrapper)
        lines = Lines(stdin, stdout)
        found = list(iter(lines.read, None))
        os.waitpid(pid, 0)
    return found


@pytest.mark.parametrize(
    ("sent", "lines"),
    [
        pytest.param(b"one\ntwo\n", ["one", "two"], id="two lines"),
        pytest.param(b"one\r\ntwo", ["one", "two"], id="carriage returns and no last newline"),
        pytest.param(b"\xef\xbb\xbfone\n", ["one"], id="a byte order mark"),
        pytest.param(b"\n\n", ["", ""], id="empty lines"),
        pytest.param(b"", [], id="nothing"),
        pytest.param(b"a\xff\xfe\n", ["a\ufffd\ufffd"], id="not UTF-8"),
        pytest.param(b"\xed\xa0\x80\n", ["\ufffd\ufffd\ufffd"], id="a lone surrogate"),
        pytest.param("x\u2028y\x85z\v\f\n".encode(), ["x\u2028y\x85z\v\f"], id="other line ends"),
        pytest.param(b"a\\nb\\\nc\n", ["a\\nb\\", "c"], id="a backslash means nothing"),
        pytest.param(b"a\0b\x1b[31m\n", ["a\0b\x1b[31m"], id="control characters"),
        pytest.param("\u202eسلام\n".encode(), ["\u202eسلام"], id="right to left"),
        pytest.param(b"x" * 300_000 + b"\ny", ["x" * 300_000, "y"], id="a long line"),
        pytest.param(b"x" * (LONGEST + 200_000) + b"\ny\n", ["x" * LONGEST, "y"], id="too long"),
    ],
)
def test_lines_are_read_as_they_are(sent: bytes, lines: list[str]) -> None:
    assert lines_of(sent) == lines


def test_replies_are_printed_byte_for_byte(tmp_path: Path) -> None:
    text = "  a\tb  \n" + "long " * 100 + "\n\u2068K7Q2-M4XP\u2069 \r\x1b end"
    file = tmp_path / "out"
    with file.open("w", encoding="latin-1") as stdout, Path(os.devnull).open() as stdin:
        assert isinstance(stdin, TextIOWrapper)
        assert isinstance(stdout, TextIOWrapper)
        screen = Lines(stdin, stdout)
        screen.open()

        screen.print([Reply(text, verbatim=True), HELLO, Reply("\ud800")])

    buttons = "1. Post\n6. Help\n7. Talk\n8. Back\n9. Stop\n"
    assert file.read_bytes().decode() == f"{text}\n\nHello\n{buttons}\n?\n\n"


# --- the whole program behind a pipe ---


def run(folder: Path, lines: Sequence[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "console", *arguments],
        cwd=folder,
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )


def letters(folder: Path) -> list[str]:
    return [
        message_from_bytes(path.read_bytes(), policy=default).get_content()
        for path in sorted((folder / "var/office-inbox/new").glob("*"))
    ]


def test_a_scripted_conversation_leaves_one_letter_and_says_when_it_arrived(
    tmp_path: Path, dialogue: Dialogue, content: Content
) -> None:
    draft = "canary-draft and more"
    lines = letter_script(dialogue, "Her kit has gone again.", draft)

    done = run(tmp_path, lines)

    assert (done.returncode, done.stderr) == (0, "")
    (letter,) = letters(tmp_path)
    assert "Her kit has gone again." in letter
    assert "canary-draft" not in letter
    delivered = content.wordings[content.school.language].messages["delivered"]
    assert delivered.partition("$")[0] in done.stdout
    assert "before-you-post console --as parent" in done.stdout


def test_two_names_are_two_parents_with_two_references(tmp_path: Path, dialogue: Dialogue) -> None:
    lines = letter_script(dialogue, "Her kit has gone again.")

    for name in ("anna", "bert"):
        assert run(tmp_path, lines, "--as", name).returncode == 0

    assert len(letters(tmp_path)) == 2


def test_a_conversation_goes_on_where_it_was(tmp_path: Path, dialogue: Dialogue) -> None:
    lines = letter_script(dialogue, "Her kit has gone again.")

    for part in (lines[:2], lines[2:-1], lines[-1:]):
        assert run(tmp_path, part).returncode == 0

    assert len(letters(tmp_path)) == 1


def test_the_same_script_again_under_its_name_changes_nothing(
    tmp_path: Path, dialogue: Dialogue
) -> None:
    lines = letter_script(dialogue, "Her kit has gone again.")

    for _ in range(2):
        assert run(tmp_path, lines, "--script", "once").returncode == 0

    assert len(letters(tmp_path)) == 1


def test_a_script_that_was_killed_can_be_run_again(tmp_path: Path, dialogue: Dialogue) -> None:
    lines = letter_script(dialogue, "Her kit has gone again.")
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "console", "--script", "once"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    with process, process.stdin as stdin:
        stdin.write("".join(f"{line}\n" for line in lines[:-3]).encode())
        stdin.flush()
        process.stdout.readline()
        process.kill()

    done = run(tmp_path, lines, "--script", "once")

    assert done.returncode == 0
    assert len(letters(tmp_path)) == 1


def test_odd_input_is_answered_and_never_an_error(tmp_path: Path) -> None:
    odd = ["x" * 10_000, "\x00\x1b[2J\x07", "Subject: a\r", "x\u2028y", "🙂" * 500, "\u202eسلام"]
    odd += ["/", "//", "/no_such_command " + "y" * 5000, "9" * 400, "%s{0}$name$$", "-1", "٣"]

    done = run(tmp_path, odd)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n6. ") >= len(odd)


def test_whoever_reads_our_output_may_leave_early(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "console"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        process.stdin.write(b"1\n" * 50)
        process.stdin.close()

        assert process.wait(30) == 0
        assert process.stderr.read() == b""


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_politely(stop: signal.Signals, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "console", "--as", "anna"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(stop)
        out, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, err) == (0, b"")
    assert b"before-you-post console --as anna" in out


# --- the whole program in a terminal ---


class Chat:
    """A person at a terminal, 60 columns wide."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            # Tests that run in the background may ignore it; a person at a terminal does not.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            command = [sys.executable, "-m", "bot", "console", "--as", "anna"]
            inherited = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
            os.execve(sys.executable, command, {**inherited, "TERM": "xterm-256color", **environ})
        termios.tcsetwinsize(self._terminal, (24, 60))
        self.before = termios.tcgetattr(self._terminal)
        self.seen = ""

    def sees(self, pattern: str = "> $") -> str:
        """Wait until what is on the terminal since we last looked matches."""
        deadline = time.monotonic() + PATIENCE
        shown = b""
        while not re.search(pattern, _words(shown)):
            assert time.monotonic() < deadline, f"waited for {pattern!r}: {_words(shown)!r}"
            if select.select([self._terminal], [], [], 0.1)[0]:
                try:
                    shown += os.read(self._terminal, 65_536)
                except OSError:  # the program has ended
                    break
        self.seen = shown.decode(errors="replace")
        return _words(shown)

    def types(self, keys: str, until: str = "> $") -> str:
        os.write(self._terminal, keys.encode())
        return self.sees(until)

    def leaves(self, key: str) -> tuple[str, int]:
        os.write(self._terminal, key.encode())
        said = self.sees(r"--as anna[^>]*$")
        _, status = os.waitpid(self.pid, 0)
        return said, os.waitstatus_to_exitcode(status)

    def settings(self) -> list[object]:
        return termios.tcgetattr(self._terminal)

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._terminal)


def _words(shown: bytes) -> str:
    """What is left for the eye."""
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode(errors="replace"))
    return text.replace("\r\n", "\n").replace("\r", "")


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    chat = Chat(tmp_path)
    yield chat
    chat.close()


def test_the_terminal_shows_the_screen_with_numbers_within_its_width(
    chat: Chat, dialogue: Dialogue
) -> None:
    shown = chat.sees()

    first = Parent(dialogue).replies[-1]
    assert all(f"{n}  {choice.label}" in shown for n, choice in enumerate(first.choices, 1))
    assert all(f"{n}  {choice.label}" in shown for n, choice in enumerate(first.navigation, 6))
    assert max(len(line) for line in shown.splitlines()) <= 60


def test_an_empty_line_shows_the_screen_again(chat: Chat, dialogue: Dialogue) -> None:
    chat.sees()
    asked = chat.types(number(Parent(dialogue).replies, "post") + "\r")

    again = chat.types("\r")

    assert asked.splitlines()[1:] == again.splitlines()[1:]


def test_a_paste_of_several_lines_is_one_message(chat: Chat, dialogue: Dialogue) -> None:
    parent = Parent(dialogue)
    chat.sees()
    for line in letter_script(dialogue, "unused")[:6]:
        if parent.state == "what":
            break
        parent.writes(line)
        chat.types(f"{line}\r")
    assert parent.state == "what"

    pasted = chat.types("\x1b[200~It rained.\nShe was wet.\x1b[201~\r")
    parent.writes("It rained.\nShe was wet.")
    back = chat.types(number(parent.replies, "back") + "\r")

    label = parent.replies[-1].choices[0].label
    assert label in pasted
    assert "It rained.\nShe was wet." in back


def test_a_line_that_ends_with_a_backslash_goes_on_in_the_next(chat: Chat) -> None:
    chat.sees()
    chat.types("/no_such\\\r", until=r"\. $")

    shown = chat.types("thing\r")

    assert shown.count("6  ") == 1


@pytest.mark.parametrize("key", ["\x04", "\x03"], ids=["Ctrl-D", "Ctrl-C"])
def test_leaving_says_how_to_go_on_and_leaves_the_terminal_as_it_was(chat: Chat, key: str) -> None:
    chat.sees()

    said, status = chat.leaves(key)

    assert "before-you-post console --as anna" in " ".join(said.split())
    assert status == 0
    assert chat.settings() == chat.before
    assert "\x1b[?2004l" in chat.seen


def test_without_colour_there_is_none(tmp_path: Path) -> None:
    with contextlib.closing(Chat(tmp_path, NO_COLOR="1")) as chat:
        chat.sees()

    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", chat.seen)


def shown_on_a_terminal(*replies: Reply) -> str:
    stdout = TextIOWrapper(BytesIO(), encoding="utf-8")
    Terminal(TextIOWrapper(BytesIO()), stdout).print(replies)
    stdout.seek(0)
    return stdout.read()


def test_nothing_in_a_reply_can_drive_the_terminal() -> None:
    label = Choice("x", "b\x1b[2J")

    shown = shown_on_a_terminal(Reply("a\x1b]0;owned\x07\x9b1m\r", "q", (label,), (label,)))

    assert not set(shown) & {"\x1b", "\x07", "\x9b", "\r"}
    assert "owned" in shown


def test_a_letter_is_not_wrapped_and_references_stay_isolated() -> None:
    letter = "\u0634\u0643\u0631\u0627 \u2068K7Q2-M4XP\u2069 " + "word " * 60

    shown = shown_on_a_terminal(Reply(letter, verbatim=True), Reply(letter))

    assert letter in shown
    assert max(len(line) for line in shown.splitlines() if letter not in line) <= WIDEST
