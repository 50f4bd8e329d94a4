from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot import app, live
from bot.channels import Handle, Incoming
from bot.parts import built
from bot.settings import Settings
from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.messages import Reply, Wrote
from tests.keyboard import letter_script
from tests.parent import Parent
from tests.shell import Chat

NOWHERE = Path("there-is-no-such.env")


class Scripted(Chat):
    """A channel whose parent types these lines, and then waits for notices."""

    def __init__(self, lines: list[str], name: str = "telegram") -> None:
        super().__init__(name)
        self.lines = lines
        self.shown: list[Reply] = []
        self.delivered = asyncio.Event()
        self.stopped = False

    async def run(self, handle: Handle) -> None:
        try:
            for number, line in enumerate(self.lines):
                self.shown += await handle(Incoming(self.name, "12", str(number), Wrote(line)))
            await asyncio.get_running_loop().create_future()
        finally:
            self.stopped = True

    async def tell(self, conversation: str, reply: Reply, key: str = "") -> None:
        await super().tell(conversation, reply, key)
        self.delivered.set()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(
        {
            "DATABASE_URL": f"sqlite:///{tmp_path}/data/bot.db",
            "MAIL_URL": f"maildir:{tmp_path}/inbox",
            "LISTEN": "127.0.0.1:0",
        },
        NOWHERE,
    )


@contextlib.asynccontextmanager
async def serving(settings: Settings, content: Content):  # type: ignore[no-untyped-def]
    serving = asyncio.create_task(app.serve(settings, content))
    yield serving
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


async def test_a_concern_goes_in_at_a_channel_and_comes_out_as_a_letter_and_a_notice(
    settings: Settings,
    content: Content,
    dialogue: Dialogue,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = Scripted(letter_script(dialogue, "Her kit has gone again."))
    monkeypatch.setattr(live, "channels", lambda *_: [live.Live(channel)])

    async with serving(settings, content):
        await asyncio.wait_for(channel.delivered.wait(), 15)

    assert len(list((tmp_path / "inbox/new").iterdir())) == 1
    assert [conversation for conversation, _ in channel.told] == ["12"]
    assert channel.stopped


async def test_two_channels_run_side_by_side_and_one_that_fails_leaves_the_other(
    settings: Settings,
    content: Content,
    dialogue: Dialogue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Broken(Chat):
        async def run(self, handle: Handle) -> None:
            raise LookupError("broken")

    channel = Scripted(letter_script(dialogue, "Her kit has gone again."))
    lives = [live.Live(Broken("discord")), live.Live(channel)]
    monkeypatch.setattr(live, "channels", lambda *_: lives)

    async with serving(settings, content):
        await asyncio.wait_for(channel.delivered.wait(), 15)


async def test_it_ends_when_no_channel_can_go_on(
    settings: Settings, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refused(Chat):
        async def run(self, handle: Handle) -> None:
            raise PermissionError("wrong token")

    lives = [live.Live(Refused("telegram"), (PermissionError,))]
    monkeypatch.setattr(live, "channels", lambda *_: lives)

    assert await asyncio.wait_for(app.serve(settings, content), 15) is False


async def test_showing_takes_no_turn(
    settings: Settings, content: Content, dialogue: Dialogue
) -> None:
    async with built(settings, content, {}) as parts:
        first = await parts.conversations.show("console", "anna")
        await parts.conversations.handle(Incoming("console", "anna", "1", Wrote("1")))
        second = await parts.conversations.show("console", "anna")
        third = await parts.conversations.show("console", "anna")

    assert first == Parent(dialogue).replies
    assert second != first
    assert third == second


async def test_the_key_that_is_set_makes_the_references(
    content: Content, dialogue: Dialogue, tmp_path: Path
) -> None:
    lines = letter_script(dialogue, "Her kit has gone again.")
    found = []
    for number, key in enumerate(["k" * 32, "k" * 32, "K" * 32, "", ""]):
        folder = tmp_path / str(number)
        given = {
            "DATABASE_URL": f"sqlite:///{folder}/data/bot.db",
            "MAIL_URL": f"maildir:{folder}/inbox",
            "REPLY_KEY": key,
        }
        async with built(Settings.from_env(given, NOWHERE), content, {}) as parts:
            for line, text in enumerate(lines):
                await parts.conversations.handle(Incoming("c", "anna", str(line), Wrote(text)))
            found += [row.reference for row in await parts.store.outbox_rows()]

    assert found[0] == found[1], "the same key"
    assert len(set(found)) == 4, "another key, or one of each database"


LIVE = """
import asyncio, sys
from pathlib import Path
from bot import app, live
from bot.settings import Settings
from dialogs.content import Content
from tests.shell import Chat

class Stuck(Chat):
    async def run(self, handle):
        print("running", flush=True)
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if sys.argv[2] == "polite":
                    raise

live.channels = lambda *_: [live.Live(Stuck("telegram"))]
app.GONE_WITHIN = 1.5
settings = Settings.from_env(
    {"DATABASE_URL": "sqlite:///data/bot.db", "LISTEN": "127.0.0.1:0"}, None
)
asyncio.run(app.serve(settings, Content.load(Path(sys.argv[1]))))
"""


@pytest.mark.parametrize("manners", ["polite", "rude"])
def test_sigterm_ends_it_in_time_whatever_hangs(
    manners: str, tmp_path: Path, content: Content
) -> None:
    root = Path(__file__).parent.parent
    process = subprocess.Popen(
        [sys.executable, "-c", LIVE, str(Path(content.folder).absolute()), manners],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == b"running\n"
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)  # what hangs would hang for ever
        finally:
            process.kill()
