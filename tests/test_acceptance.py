"""What issue 2 promises of the console: one Send is one letter, whatever happens to the process."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from dialogs.content import Content
from dialogs.dialogue import Dialogue
from tests.conftest import ROOT
from tests.keyboard import number
from tests.parent import Parent
from tests.patience import PATIENCE
from tests.school import letters_in
from tests.stories import MISSING_KIT, STORIES, Says, Taps
from tests.test_journeys import labels_of_the_questions

#: `KILLS=1000 python -m pytest tests/test_acceptance.py` goes on for longer.
KILLS = int(os.environ.get("KILLS", "20"))
CONCERN = "Lily's PE kit has gone missing from the cloakroom for the third time."
INBOX = Path("var/office-inbox")


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def script(dialogue: Dialogue, tmp_path: Path) -> Path:
    """A file with what a parent types in story 1: their words, and numbers for buttons."""
    story = STORIES["missing kit"]
    parent, lines = Parent(dialogue, now=story.at), []
    for step in story.steps:
        if isinstance(step, Says):
            lines.append(step.text)
            parent.writes(step.text)
        elif isinstance(step, Taps):
            lines.append(number(parent.replies, step.choice))
            parent.taps_on(step.choice)
    file = tmp_path / "story1.txt"
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def console(script: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """`before-you-post console < script`."""
    with script.open("rb") as lines:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", "console", *arguments],
            stdin=lines,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )


def words(path: Path) -> str:
    """All of a letter as the office reads it, with its headers."""
    letter = message_from_bytes(path.read_bytes(), policy=default)
    return f"{letter['Subject']}\n{letter.get_content()}"


def test_story_1_through_a_pipe_leaves_one_letter_and_another_parent_a_second(
    script: Path, content: Content
) -> None:
    said, errors = console(script).communicate(timeout=PATIENCE)
    assert errors == b""
    (letter,) = INBOX.glob("new/*")
    told = words(letter)
    assert CONCERN in told
    for draft in ("absolutley", "fuming", "3rd", "bout", "stuff", "putting", "fb"):
        assert draft in MISSING_KIT
        assert draft not in told
    for label in labels_of_the_questions(content):
        assert label not in told, "one of the four answers"

    console(script, "--as", "another").communicate(timeout=PATIENCE)

    letters = [words(path) for path in INBOX.glob("new/*")]
    references = {told.partition("\n")[0].rpartition(" ")[2] for told in letters}
    assert (len(letters), len(references)) == (2, 2)
    assert sum(reference in said.decode() for reference in references) == 1


def test_killed_at_any_moment_the_conversation_goes_on_to_one_letter(
    script: Path, tell: Callable[[str], None]
) -> None:
    chance = random.Random(11)
    lines = console(script, "--as", "parent1").communicate(timeout=PATIENCE)[0].count(b"\n")
    killed, parents, sent_before = 0, 1, 0
    while killed < KILLS:
        parents += 1
        arguments = ("--as", f"parent{parents}", "--script", "story1")
        for _ in range(4):
            process = console(script, *arguments)
            assert process.stdout
            if chance.random() < 0.2:
                time.sleep(chance.uniform(0, 1))  # while it starts
            for _ in range(chance.randrange(lines)):
                process.stdout.readline()
            process.kill()
            process.communicate()
            killed += process.returncode == -signal.SIGKILL
            assert len(letters_in(INBOX)) <= parents, "a second letter"
        sent_before += len(letters_in(INBOX)) == parents
        _, errors = console(script, *arguments).communicate(timeout=PATIENCE)
        assert errors == b""
        assert len(letters_in(INBOX)) == parents

    letters = [words(path) for path in INBOX.glob("new/*")]
    references = {told.partition("\n")[0] for told in letters}
    tell(
        f"console: {killed} kills -9 in {parents - 1} conversations ({sent_before} sent before the "
        f"last): {parents - len(references)} letters lost, {len(letters) - len(references)} doubled"
    )
    assert len(references) == len(letters) == parents
    assert all(CONCERN in told for told in letters)
    assert not {state for state in outbox_states() if state != "sent"}


def outbox_states() -> set[str]:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "status"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return {"sent"} if done.returncode == 0 and " 0 waiting" in done.stdout else {done.stdout}


def test_a_script_that_is_run_twice_under_one_name_sends_once(script: Path) -> None:
    script.write_text("/start\n" + script.read_text())  # it could begin again, and send again
    for _ in range(2):
        _, errors = console(script, "--script", "story1").communicate(timeout=PATIENCE)
        assert errors == b""

    assert len(letters_in(INBOX)) == 1


def test_nothing_that_was_typed_is_left_once_the_letter_is_delivered(
    script: Path, tmp_path: Path
) -> None:
    console(script).communicate(timeout=PATIENCE)

    held = b"".join(path.read_bytes() for path in (tmp_path / "var").glob("before-you-post.db*"))
    for said in ("fuming", "cloakroom", "lilys.mum", "third time"):
        assert said.encode() not in held
        assert json.dumps(said).encode() not in held
