from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import cli
from bot.letters import newest, readable
from bot.store import Store, Transaction
from dialogs.dialogue import Dialogue
from tests.conftest import CONTENT
from tests.keyboard import letter_script
from tests.patience import PATIENCE
from tests.permissions import obey

REFERENCE = "K7Q2-M4XP"
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def bot(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(cli, arguments, obj={"CONTENT": str(CONTENT), **environ})


def with_store(work: Callable[[Transaction], object]) -> None:
    store = Store.open("sqlite:///var/before-you-post.db")
    asyncio.run(store.turn(work))
    store.close()


def queue_a_letter(tx: Transaction, created: datetime = NOW) -> None:
    tx.add_concern(REFERENCE, "console:anna", "concern", ("office",), "en", None, created)
    tx.queue_letter(
        reference=REFERENCE,
        role="office",
        conversation="console:anna",
        language="en",
        sender="bot@school.example",
        recipient="office@school.example",
        message_id="<k7q2m4xp.office@school.example>",
        content="canary-words",
        now=created,
    )


def park_it(tx: Transaction) -> None:
    leased = tx.lease(f"letter/{REFERENCE}/office", "me", NOW, NOW + timedelta(minutes=1))
    assert leased
    tx.park(leased.id, "me", NOW, "MailRefused: refused (550)")


# --- help and mistakes ---


def test_help_names_every_command_and_the_exit_status() -> None:
    done = bot("--help")

    commands = [
        "run",
        "console",
        "demo",
        "check",
        "diagram",
        "outbox",
        "status",
        "migrate",
        "forget",
        "version",
    ]
    assert all(f" {command} " in done.output for command in commands)
    assert "Exit status" in done.output


def test_an_unknown_command_is_a_mistake_of_the_caller() -> None:
    assert bot("fly").exit_code == 2


@pytest.mark.parametrize("command", ["run", "console", "check", "status", "outbox", "migrate"])
def test_all_problems_of_the_settings_are_told_at_once(command: str) -> None:
    done = bot(command, LISTEN="here", MAIL_URL="fax:1")

    assert done.exit_code == 2
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["MAIL_URL", "LISTEN"]


# --- content ---


def test_the_school_s_content_passes_the_check() -> None:
    done = bot("check")

    assert "0 problems" in done.output, done.output
    assert done.exit_code == 0


def test_broken_content_is_listed_with_lines(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(CONTENT, broken)
    messages = broken / "en/messages.yaml"
    messages.write_text(messages.read_text() + "nav_help: twice\n")
    (broken / "school.yaml").write_text("name: [\n")

    done = bot("check", str(broken))

    assert done.exit_code == 1
    assert "messages.yaml:" in done.output
    assert "school.yaml:" in done.output
    assert bot("console", CONTENT=str(broken)).exit_code == 2


@pytest.mark.parametrize("file", ["draft_words.yaml", "safety.yaml"])
def test_rules_that_cannot_be_compiled_are_said_before_anybody_types(
    file: str, tmp_path: Path
) -> None:
    shutil.copytree(CONTENT, tmp_path / "content")
    (tmp_path / "content/en" / file).write_text("lists: nonsense\n")

    done = subprocess.run(
        [sys.executable, "-m", "bot", "console"],
        input="hello\n",
        env={**os.environ, "CONTENT": str(tmp_path / "content")},
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert f'{file}:1: "lists"' in done.stderr
    assert "Traceback" not in done.stderr


def test_a_list_may_hold_what_has_no_words(tmp_path: Path) -> None:
    ours = Path(__file__).parent.parent / "policy_content"  # the same in every language
    shutil.copytree(ours, tmp_path / "content")
    rules = tmp_path / "content/en/draft_words.yaml"
    lists, begins, rest = rules.read_text().partition("\n  swearing:\n    [")
    rules.write_text(f'{lists}{begins}"!!!", {rest}')

    done = bot("check", str(tmp_path / "content"))

    assert begins
    assert (done.exit_code, "0 problems" in done.output) == (0, True), done.output


def test_a_content_folder_that_is_not_there_is_said_so() -> None:
    done = bot("console", CONTENT="nowhere")

    assert done.exit_code == 2
    assert "nowhere" in done.stderr


def test_the_diagram_can_be_drawn_both_ways(tmp_path: Path) -> None:
    assert bot("diagram").output.startswith("<svg")
    assert "flowchart" in bot("diagram", "--format", "mermaid").output
    assert bot("diagram", "--format", "gif").exit_code == 2

    bot("diagram", "--out", "flow.svg")

    assert (tmp_path / "flow.svg").read_text().rstrip().endswith("</svg>")


# --- going live ---


def test_a_school_that_is_invented_does_not_go_live() -> None:
    done = bot("run", TELEGRAM_TOKEN="123:abc")

    assert done.exit_code == 2
    assert "invented" in done.stderr
    assert "TELEGRAM_TOKEN" not in done.stderr


def test_without_a_token_there_is_nobody_to_talk_to() -> None:
    done = bot("run")

    assert done.exit_code == 2
    assert "TELEGRAM_TOKEN" in done.stderr


# --- letters ---


def test_status_is_well_when_letters_are_on_time() -> None:
    with_store(queue_a_letter)

    done = bot("status")

    assert done.exit_code == 0
    assert "1 waiting" in done.output


def test_status_fails_when_a_letter_is_late() -> None:
    with_store(lambda tx: queue_a_letter(tx, NOW - timedelta(minutes=16)))

    done = bot("status")

    assert done.exit_code == 1
    assert REFERENCE in done.output


def test_a_parked_letter_fails_the_status_until_it_is_tried_again() -> None:
    with_store(queue_a_letter)
    with_store(park_it)

    assert bot("status").exit_code == 1
    assert bot("outbox", "retry", REFERENCE.lower()).exit_code == 0
    assert bot("status").exit_code == 0


def test_the_list_shows_what_waits_and_never_its_words() -> None:
    with_store(queue_a_letter)

    for arguments in (["outbox"], ["outbox", "list"]):
        done = bot(*arguments)

        assert done.exit_code == 0
        assert REFERENCE in done.output
        assert "queued" in done.output
        assert "canary" not in done.output


def test_nothing_to_try_again_is_said_so() -> None:
    with_store(queue_a_letter)

    assert bot("outbox", "retry", "AAAA-AAAA").exit_code == 1


def test_forgetting_wipes_a_conversation() -> None:
    with_store(lambda tx: tx.save_session("console:anna", '{"canary": 1}', "en", NOW))

    done = bot("forget", "--as", "anna")

    assert done.exit_code == 0
    found: list[str | None] = []
    with_store(lambda tx: found.append(tx.session("console:anna")))
    assert found == [None]
    assert bot("forget").exit_code == 2


def test_migrating_makes_the_database(tmp_path: Path) -> None:
    done = bot("migrate")

    assert done.exit_code == 0
    assert (tmp_path / "var/before-you-post.db").is_file()


def test_a_database_that_was_lost_is_said_to_be_lost(tmp_path: Path) -> None:
    with_store(queue_a_letter)
    (tmp_path / "var/before-you-post.db").unlink()

    for command in ("status", "outbox"):
        done = bot(command)

        assert done.exit_code == 1
        assert "restore it from a backup" in done.stderr


def test_looking_does_not_make_a_database(tmp_path: Path) -> None:
    assert bot("status").exit_code == 1
    assert bot("outbox").exit_code == 1
    assert not (tmp_path / "var").exists()


# --- a data folder that cannot be used: one sentence, and nothing lost ---


def console(
    lines: str = "1\n", *, largest_file: int = 0, obeys: bool = False
) -> subprocess.CompletedProcess[str]:
    """`obeys`: bound by the permissions of files, root or not."""

    def limit() -> None:
        if obeys:
            obey()
        if largest_file:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    return subprocess.run(
        [sys.executable, "-m", "bot", "console"],
        input=lines,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        preexec_fn=limit,
    )


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    return sentence


def test_a_data_folder_that_everyone_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var").chmod(0o755)

    assert "var" in one_sentence(console())


def test_a_data_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("in the way")

    assert "var" in one_sentence(console())


def test_a_data_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir(mode=0o500)

    assert "var" in one_sentence(console(obeys=True))
    assert list((tmp_path / "var").iterdir()) == []


def test_a_database_that_cannot_be_written_is_refused_and_kept(tmp_path: Path) -> None:
    with_store(queue_a_letter)
    database = tmp_path / "var/before-you-post.db"
    database.chmod(0o400)
    before = database.read_bytes()

    assert "before-you-post.db" in one_sentence(console(obeys=True))
    assert database.read_bytes() == before


def test_a_database_that_is_missing_is_no_reason_for_a_new_one(tmp_path: Path) -> None:
    with_store(queue_a_letter)
    (tmp_path / "var/before-you-post.db").unlink()

    assert "restore it from a backup" in one_sentence(console())
    assert not (tmp_path / "var/before-you-post.db").exists()


def test_a_damaged_database_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir(mode=0o700)
    database = tmp_path / "var/before-you-post.db"
    database.write_bytes(b"this is not a database" * 500)
    database.chmod(0o600)
    before = database.read_bytes()

    assert "before-you-post.db" in one_sentence(console())
    assert database.read_bytes() == before


def test_a_disk_that_is_full_at_the_start_is_one_sentence() -> None:
    assert "before-you-post.db" in one_sentence(console(largest_file=4096))


def test_a_disk_that_fills_up_half_way_loses_nothing(tmp_path: Path, dialogue: Dialogue) -> None:
    lines = letter_script(dialogue, "Her kit has gone again.")
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "console"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(f"{lines[0]}\n")
        process.stdin.flush()
        while not process.stdout.readline().startswith("9. "):
            pass
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (8192, 8192))
        _, err = process.communicate("".join(f"{line}\n" for line in lines[1:]), timeout=PATIENCE)

    assert process.returncode == 1
    assert len(err.splitlines()) == 1
    done = console("".join(f"{line}\n" for line in lines))
    assert done.returncode == 0


# --- the demo ---


def test_the_demo_ends_with_the_place_of_the_letter(tmp_path: Path, dialogue: Dialogue) -> None:
    lines = letter_script(dialogue, "Her kit has gone again.")

    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo"],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, "MAIL_URL": "smtp://mail.invalid", "TELEGRAM_TOKEN": "1:x"},
    )

    assert (done.returncode, done.stderr) == (0, "")
    (letter,) = newest(tmp_path / "var/demo/office-inbox", NOW - timedelta(hours=1))
    assert str(letter.relative_to(tmp_path)) in done.stdout
    assert "\n> Her kit has gone again.\n" in readable(letter)


def test_a_letter_is_shown_without_what_could_drive_the_terminal(tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_bytes(b"Subject: one\r\n\r\nfirst\x1b[31m\r\nsecond\x07\r\n")

    shown = readable(letter)

    assert shown.endswith("first\ufffd[31m\nsecond\ufffd\n")


def test_a_refused_letter_is_settled_and_ends_the_alarm() -> None:
    with_store(queue_a_letter)
    with_store(park_it)
    assert bot("status").exit_code == 1

    assert bot("outbox", "settle", REFERENCE.lower()).exit_code == 0

    assert bot("status").exit_code == 0
    assert bot("outbox", "settle", REFERENCE).exit_code == 1, "there is nothing left to settle"


def test_a_backup_is_made_and_put_back() -> None:
    with_store(queue_a_letter)

    made = bot("backup", "copy.db")
    assert made.exit_code == 0, made.output
    Path("var/before-you-post.db").write_bytes(b"not a database any more")
    restored = bot("restore", "copy.db")

    assert restored.exit_code == 0, restored.output
    listed = bot("outbox", "list")
    assert REFERENCE in listed.output


def test_a_picture_that_cannot_be_written_is_one_sentence() -> None:
    done = bot("diagram", "--out", "nowhere/flow.svg")

    assert done.exit_code == 2
    assert "Traceback" not in done.output


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 65])
def test_a_name_that_cannot_be_typed_again_is_refused(name: str) -> None:
    done = bot("console", "--as", name)

    assert done.exit_code == 2
    assert not Path("var").exists()


def test_a_mail_address_without_a_password_is_one_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "console"],
        input=b"1\n",
        capture_output=True,
        env={**os.environ, "MAIL_URL": "smtp://bot@mail.school.internal"},
        check=False,
    )

    assert done.returncode == 2
    assert b"password" in done.stderr
    assert b"Traceback" not in done.stderr
