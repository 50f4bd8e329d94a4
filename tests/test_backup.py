"""Backups, and what is true after an old one was put back."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.backup import backup, restore
from bot.mail import MailRefused
from bot.store import Store, StoreProblem
from tests.crash import Fate, Truth, World, life, truth
from tests.mail_host import mail_host
from tests.patience import PATIENCE
from tests.shell import Clock, open_store
from tests.test_outbox import Shell


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/bot.db"


def filled(folder: Path) -> None:
    async def fill() -> None:
        shell = Shell(open_store(folder), Clock())
        for n in range(5):
            await shell.say("send lunch", f"p{n}")
        shell.store.close()

    asyncio.run(fill())


async def test_a_backup_is_whole_private_and_says_when_it_was_made(tmp_path: Path) -> None:
    shell = Shell(open_store(tmp_path), Clock())
    await shell.say("send lunch")

    said = backup(url(tmp_path), tmp_path / "copy.db")

    assert "whole and verified" in said
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    assert not (tmp_path / "copy.db-wal").exists()
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT COUNT(*) FROM outbox").fetchone() == (1,)
        assert copy.execute("SELECT value FROM meta WHERE key = 'backup'").fetchone()
    copy.close()
    shell.store.close()


#: Writes as fast as it can, until it is told to stop.
BUSY = """
import asyncio, sys
from datetime import UTC, datetime
from bot.store import Store
async def main():
    store, n = Store.open(sys.argv[1]), 0
    print("go", flush=True)
    while True:
        n += 1
        text = str(n)
        def work(tx):
            tx.save_session("c:a", text, "en", datetime.now(UTC))
            tx.save_session("c:b", text, "en", datetime.now(UTC))
        await store.turn(work)
asyncio.run(main())
"""


def test_a_backup_made_while_the_bot_writes_holds_whole_turns(tmp_path: Path) -> None:
    filled(tmp_path)
    busy = subprocess.Popen([sys.executable, "-c", BUSY, url(tmp_path)], stdout=subprocess.PIPE)
    try:
        assert busy.stdout
        busy.stdout.readline()
        for n in range(3):
            backup(url(tmp_path), tmp_path / f"copy{n}.db")
    finally:
        busy.kill()
        busy.communicate()

    for n in range(3):
        with sqlite3.connect(tmp_path / f"copy{n}.db") as copy:
            both = copy.execute("SELECT session FROM session WHERE conversation LIKE 'c:%'")
            assert len(set(both.fetchall())) <= 1
        copy.close()


def missing(folder: Path) -> None:
    (folder / "bot.db").unlink()


def there_already(folder: Path) -> None:
    (folder / "copy.db").write_text("yesterday's")


def nowhere_to_go(folder: Path) -> None:
    (folder / "bot.db").rename(folder / "elsewhere.db")
    (folder / "bot.db").symlink_to(folder / "elsewhere.db")
    (folder / "copy.db.part").mkdir()


def damaged(folder: Path) -> None:
    with (folder / "bot.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)


def dangling(folder: Path) -> None:
    with sqlite3.connect(folder / "bot.db") as connection:
        connection.execute("DELETE FROM concern")
    connection.close()


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (dangling, "not whole"),
        (missing, "nothing to copy"),
        (there_already, "a new file for each"),
        (nowhere_to_go, "could not be written"),
        (damaged, "could not be written"),
    ],
)
def test_a_backup_that_cannot_be_made_leaves_nothing(
    fault: Callable[[Path], None], says: str, tmp_path: Path
) -> None:
    filled(tmp_path)
    fault(tmp_path)
    before = {path.name for path in tmp_path.glob("copy.db*")}

    with pytest.raises(StoreProblem, match=says):
        backup(url(tmp_path), tmp_path / "copy.db")

    assert {path.name for path in tmp_path.glob("copy.db*")} == before


def test_a_disk_without_room_for_the_backup_is_said(tmp_path: Path) -> None:
    filled(tmp_path)
    script = (
        "import resource, sys; from pathlib import Path; from bot.backup import backup\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))\n"
        "backup(sys.argv[1], Path(sys.argv[2]))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, url(tmp_path), str(tmp_path / "copy.db")],
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip

    assert "StoreProblem" in done.stderr.splitlines()[-1]
    assert list(tmp_path.glob("copy*")) == []


# --- putting one back ---


def test_a_restored_backup_takes_the_place_of_what_was_lost(tmp_path: Path) -> None:
    filled(tmp_path)
    backup(url(tmp_path), tmp_path / "copy.db")
    damaged(tmp_path)

    said = restore(url(tmp_path), tmp_path / "copy.db")

    store = Store.open(url(tmp_path))
    assert len(asyncio.run(store.outbox_rows())) == 5
    store.close()
    (kept,) = tmp_path.glob("bot.db.before-*")
    assert str(kept) in said
    assert stat.S_IMODE((tmp_path / "bot.db").stat().st_mode) == 0o600


def test_a_backup_can_be_put_where_nothing_was(tmp_path: Path) -> None:
    filled(tmp_path)
    backup(url(tmp_path), tmp_path / "copy.db")

    restore(url(tmp_path / "new"), tmp_path / "copy.db")

    store = Store.open(url(tmp_path / "new"))
    assert len(asyncio.run(store.outbox_rows())) == 5
    store.close()


def test_a_log_left_by_a_crash_does_not_reach_the_restored_file(tmp_path: Path) -> None:
    filled(tmp_path)
    backup(url(tmp_path), tmp_path / "copy.db")
    (tmp_path / "bot.db").write_bytes(b"")
    (tmp_path / "bot.db-wal").write_bytes(b"what a crash left" * 500)

    restore(url(tmp_path), tmp_path / "copy.db")

    assert not (tmp_path / "bot.db-wal").exists()
    store = Store.open(url(tmp_path))
    assert len(asyncio.run(store.outbox_rows())) == 5
    store.close()


def test_nothing_is_put_back_under_a_bot_that_runs(tmp_path: Path) -> None:
    filled(tmp_path)
    backup(url(tmp_path), tmp_path / "copy.db")
    store = Store.open(url(tmp_path))

    with pytest.raises(StoreProblem, match="stop the bot first"):
        restore(url(tmp_path), tmp_path / "copy.db")

    assert len(asyncio.run(store.outbox_rows())) == 5
    store.close()
    restore(url(tmp_path), tmp_path / "copy.db")


@pytest.mark.parametrize("what", ["missing", "a plain copy", "damaged", "no database"])
def test_what_is_no_sound_backup_is_not_put_back(what: str, tmp_path: Path) -> None:
    filled(tmp_path)
    copy = tmp_path / "copy.db"
    if what == "a plain copy":
        copy.write_bytes((tmp_path / "bot.db").read_bytes())
    elif what == "damaged":
        backup(url(tmp_path), copy)
        content = copy.read_bytes()
        copy.write_bytes(content[:8192] + b"\xff" * 4096 + content[12288:])
    elif what == "no database":
        copy.write_text("Dear office, this is a letter.")
    before = (tmp_path / "bot.db").read_bytes()

    with pytest.raises(StoreProblem):
        restore(url(tmp_path), copy)

    assert (tmp_path / "bot.db").read_bytes() == before
    assert not list(tmp_path.glob("*.part"))


def test_a_backup_takes_the_place_of_what_is_no_database_any_more(tmp_path: Path) -> None:
    filled(tmp_path)
    backup(url(tmp_path), tmp_path / "copy.db")
    (tmp_path / "bot.db").write_bytes(b"Dear office, this is a letter and no database." * 100)

    restore(url(tmp_path), tmp_path / "copy.db")

    store = Store.open(url(tmp_path))
    assert len(asyncio.run(store.outbox_rows())) == 5
    store.close()


# --- yesterday's backup ---


@pytest.mark.parametrize("can_look", [True, False])
def test_after_yesterdays_backup_nothing_is_sent_twice_without_saying_so(
    can_look: bool, tmp_path: Path
) -> None:
    folder = tmp_path / "world"
    folder.mkdir(mode=0o700)
    with mail_host(folder) as host:
        world = World(folder, host, can_look=can_look)
        assert life(world, Fate("letter claimed")) == 77
        backup(url(folder), tmp_path / "yesterday.db")
        assert life(world) == 0
        restore(url(folder), tmp_path / "yesterday.db")

        assert life(world) == 0

    seen = truth(world)
    # What might be a second copy says so, and so may a letter that turns out to be the only one.
    assert seen.second_copies <= seen.marked_copies
    assert bool(seen.second_copies) is not can_look
    assert replace(seen, second_copies=0, marked_copies=0) == Truth(concerns=2)


async def test_a_letter_parked_at_the_time_of_the_backup_is_looked_for_before_it_is_retried(
    tmp_path: Path,
) -> None:
    shell = Shell(open_store(tmp_path), Clock())
    shell.mail.failures = [MailRefused("no")]
    await shell.say("send lunch")
    await shell.deliver_due()
    backup(url(tmp_path), tmp_path / "copy.db")
    shell.store.close()
    restore(url(tmp_path), tmp_path / "copy.db")
    shell.store = open_store(tmp_path)
    row = await shell.row()
    assert await shell.store.turn(lambda tx: tx.audit(row.id)) == [
        "restored from a backup: may have been sent since"
    ]

    await shell.store.release(row.reference)
    shell.mail.found = True
    await shell.deliver_due()

    assert shell.mail.taken == []
    assert (await shell.row()).state == "sent"
    shell.store.close()


def test_opening_a_restored_backup_again_doubts_nothing_more(tmp_path: Path) -> None:
    filled(tmp_path)
    backup(url(tmp_path), tmp_path / "copy.db")
    restore(url(tmp_path), tmp_path / "copy.db")
    for _ in range(2):
        store = Store.open(url(tmp_path))
        notes = asyncio.run(
            store.turn(
                lambda tx: tx._connection.execute("SELECT COUNT(*) FROM audit").fetchone()[0]
            )
        )
        store.close()

    assert notes == 5
