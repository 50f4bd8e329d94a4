from __future__ import annotations

import asyncio
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.store import Store, StoreProblem, StoreUnavailable, Transaction
from bot.store.sqlite import BACKUP, MIGRATIONS, _advice, connect
from tests.conftest import ROOT
from tests.patience import PATIENCE
from tests.permissions import obey
from tests.shell import MONDAY, open_store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


def files_in(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def save(conversation: str, text: str) -> Callable[[Transaction], str]:
    def work(tx: Transaction) -> str:
        tx.save_session(conversation, text, "en", MONDAY)
        return text

    return work


async def saved(store: Store, conversation: str) -> str | None:
    return await store.turn(lambda tx: tx.session(conversation))


# --- turns ---


async def test_a_turn_is_kept_when_the_store_is_opened_again(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    await store.turn(save("console:anna", "one"))
    store.close()

    store = open_store(tmp_path)

    assert await saved(store, "console:anna") == "one"
    store.close()


async def test_a_failing_turn_leaves_nothing_and_spares_those_beside_it(store: Store) -> None:
    def fail(tx: Transaction) -> str:
        tx.save_session("console:bob", "half", "en", MONDAY)
        raise LookupError("halfway")

    outcomes = await asyncio.gather(
        *(store.turn(save(f"console:{n}", str(n))) for n in range(10)),
        store.turn(fail),
        *(store.turn(save(f"console:{n}", str(n))) for n in range(10, 20)),
        return_exceptions=True,
    )

    assert [o for o in outcomes if isinstance(o, str)] == [str(n) for n in range(20)]
    assert isinstance(outcomes[10], LookupError)
    assert await saved(store, "console:bob") is None
    assert [await saved(store, f"console:{n}") for n in range(20)] == [str(n) for n in range(20)]


@pytest.mark.sqlite
async def test_turns_that_arrive_together_share_a_commit(store: Store) -> None:
    commits: list[str] = []

    def listen(tx: Transaction) -> None:
        tx._connection.set_trace_callback(
            lambda statement: commits.append(statement) if statement == "COMMIT" else None
        )

    await store.turn(listen)
    commits.clear()

    await asyncio.gather(*(store.turn(save(f"console:{n}", "x")) for n in range(50)))

    assert 1 <= len(commits) <= 3


@pytest.mark.sqlite
async def test_a_failing_commit_fails_every_turn_in_it_and_the_next_ones_work(
    store: Store,
) -> None:
    def break_the_commit(tx: Transaction) -> str:
        # A letter without its concern: found only at the commit.
        tx._connection.execute("PRAGMA defer_foreign_keys = ON")
        tx._queue(
            "letter/x", "letter", via="mail", conversation="", reference="NONE-0000",
            language="en", payload="", created=MONDAY, due=MONDAY, put_at=MONDAY,
        )  # fmt: skip
        return "done"

    outcomes = await asyncio.gather(
        store.turn(save("console:anna", "one")),
        store.turn(break_the_commit),
        store.turn(save("console:bob", "one")),
        return_exceptions=True,
    )

    assert all(isinstance(outcome, StoreUnavailable) for outcome in outcomes[1:])
    assert await store.turn(save("console:anna", "two")) == "two"
    assert await saved(store, "console:bob") is None
    assert await store.outbox_rows() == []


@pytest.mark.sqlite
async def test_a_full_disk_gives_no_receipt_and_recovers_by_itself(store: Store) -> None:
    await store.turn(save("console:anna", "small"))
    pages = await store.turn(lambda tx: tx._connection.execute("PRAGMA page_count").fetchone()[0])
    await store.turn(
        lambda tx: tx._connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()
    )

    with pytest.raises(StoreUnavailable, match="full"):
        await store.turn(save("console:bob", "large" * 10_000))
    await store.turn(
        lambda tx: tx._connection.execute("PRAGMA max_page_count = 1000000").fetchall()
    )

    assert await store.turn(save("console:bob", "large" * 10_000))
    assert await saved(store, "console:anna") == "small"


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=PATIENCE
    )


#: Runs until the file may grow no more, says which turns got a receipt, then has room again.
FULL = """
import asyncio, resource, sys
from datetime import UTC, datetime
from bot.store import Store, StoreUnavailable
now = datetime.now(UTC)
async def main():
    store = Store.open(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    refused = 0
    for n in range(200):
        try:
            await store.turn(lambda tx: tx.save_session(f"c:{n}", "x" * 3000, "en", now))
        except StoreUnavailable:
            refused += 1
        else:
            print("kept", n)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await store.turn(lambda tx: tx.save_session("c:after", "x" * 3000, "en", now))
    print("refused", refused)
    store.close()
asyncio.run(main())
"""


@pytest.mark.sqlite
async def test_a_file_that_may_not_grow_refuses_turns_and_keeps_the_others(tmp_path: Path) -> None:
    done = await asyncio.to_thread(run, FULL, f"sqlite:///{tmp_path}/bot.db")

    kept = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("kept")]
    refused = int(done.stdout.split()[-1])
    store = open_store(tmp_path)
    assert kept
    assert refused
    assert all([await saved(store, f"c:{n}") for n in kept])
    assert await saved(store, "c:after")
    store.close()


async def test_a_caller_that_is_cancelled_does_not_stop_its_turn(tmp_path: Path) -> None:
    store = open_store(tmp_path)

    def slow(tx: Transaction) -> None:
        time.sleep(0.1)
        tx.save_session("console:anna", "kept", "en", MONDAY)

    turn = asyncio.create_task(store.turn(slow))
    await asyncio.sleep(0.02)
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    store.close()

    store = open_store(tmp_path)
    assert await saved(store, "console:anna") == "kept"
    store.close()


async def test_a_closed_store_has_finished_what_was_asked_and_takes_no_more(
    tmp_path: Path,
) -> None:
    store = open_store(tmp_path)
    turns = [asyncio.create_task(store.turn(save(f"c:{n}", "x"))) for n in range(300)]
    await asyncio.sleep(0)

    store.close()

    assert await asyncio.gather(*turns) == ["x"] * 300
    with pytest.raises(StoreUnavailable):
        await store.turn(save("c:late", "x"))


async def test_two_open_stores_see_each_others_turns(tmp_path: Path) -> None:
    one, two = open_store(tmp_path), open_store(tmp_path)

    await asyncio.gather(
        *(one.turn(save(f"c:{n}", "one")) for n in range(50)),
        *(two.turn(save(f"d:{n}", "two")) for n in range(50)),
    )

    assert await saved(two, "c:49") == "one"
    assert await saved(one, "d:49") == "two"
    one.close()
    two.close()


async def test_the_secret_is_made_once(tmp_path: Path) -> None:
    one, two = open_store(tmp_path), open_store(tmp_path)

    keys = await asyncio.gather(one.secret_key(), two.secret_key(), one.secret_key())

    assert len(set(keys)) == 1
    assert len(keys[0]) == 32
    one.close()
    two.close()


async def test_counting_says_how_many_and_not_whose(store: Store) -> None:
    for _ in range(3):
        await store.turn(lambda tx: tx.count(MONDAY.date(), "passed_on"))

    assert await store.turn(lambda tx: tx.counted("passed_on")) == 3
    assert await store.turn(lambda tx: tx.counted("reworded")) == 0


@pytest.mark.sqlite
async def test_what_was_wiped_is_in_no_file(store: Store, tmp_path: Path) -> None:
    await store.turn(save("console:anna", "canary-words" * 500))

    await store.turn(lambda tx: tx.forget("console:anna", "forgotten:x"))
    await store.scrub()

    for name, content in files_in(tmp_path).items():
        assert b"canary-words" not in content, name


# --- opening ---


@pytest.mark.sqlite
async def test_the_file_and_its_folder_are_private(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/var/data/bot.db")

    await store.turn(save("console:anna", "one"))

    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "var/data").stat().st_mode) == 0o700
    for file in (tmp_path / "var/data").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    store.close()


@pytest.mark.sqlite
async def test_every_commit_is_on_the_disk_before_its_receipt(store: Store) -> None:
    settings = await store.turn(
        lambda tx: [
            tx._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        ]
    )

    assert settings == ["wal", 2, 1, 1]


def world_readable_file(path: Path) -> None:
    path.chmod(0o644)


def world_readable_folder(path: Path) -> None:
    path.parent.chmod(0o755)


def lost(path: Path) -> None:
    for file in path.parent.glob("bot.db*"):
        if file.name != "bot.db.exists":
            file.unlink()


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def not_a_database(path: Path) -> None:
    path.write_bytes(b"Dear office, this is a letter and no database at all." * 100)


def corrupt(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)


def corrupt_in_one_table(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'concern'"
        ).fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    connection.close()


def of_something_else(path: Path) -> None:
    lost(path)
    (path.parent / "bot.db.exists").unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (cake TEXT)")
    connection.close()
    path.chmod(0o600)


def a_folder(path: Path) -> None:
    lost(path)
    (path.parent / "bot.db.exists").unlink()
    path.mkdir(mode=0o700)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (world_readable_file, "chmod 600"),
        (world_readable_folder, "chmod 700"),
        (lost, "restore it from a backup"),
        (emptied, "restore it from a backup"),
        (not_a_database, "not a database"),
        (corrupt, "restore a backup"),
        (corrupt_in_one_table, "restore a backup"),
        (newer, "newer version"),
        (of_something_else, "something else"),
        (a_folder, "cannot be opened"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_file_that_cannot_be_trusted_is_refused_in_one_sentence(
    fault: Callable[[Path], None], says: str, tmp_path: Path
) -> None:
    path = tmp_path / "bot.db"
    open_store(tmp_path).close()
    fault(path)
    before = files_in(tmp_path)

    with pytest.raises(StoreProblem) as problem:
        open_store(tmp_path)

    sentence = str(problem.value)
    assert says in sentence
    assert "bot.db" in sentence or str(tmp_path) in sentence
    assert sentence.endswith(".") or "chmod" in sentence
    assert "\n" not in sentence
    assert files_in(tmp_path) == before


@pytest.mark.sqlite
def test_a_lost_database_is_let_go_by_deleting_what_remembers_it(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    lost(tmp_path / "bot.db")
    (tmp_path / "bot.db.exists").unlink()

    open_store(tmp_path).close()

    assert (tmp_path / "bot.db").stat().st_size > 0


@pytest.mark.sqlite
def test_a_database_restored_without_its_marker_is_taken(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    (tmp_path / "bot.db.exists").unlink()

    open_store(tmp_path).close()

    assert (tmp_path / "bot.db.exists").exists()


@pytest.mark.sqlite
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    opening = (
        "import sys; from bot.store import Store; Store.open(f'sqlite:///{sys.argv[1]}/bot.db')"
    )

    done = subprocess.run(
        [sys.executable, "-c", opening, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        preexec_fn=obey,
    )

    tmp_path.chmod(0o700)
    assert "StoreProblem" in done.stderr.splitlines()[-1]
    assert "writable" in done.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.sqlite
def test_a_place_where_nothing_can_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file, where a folder should be")

    with pytest.raises(StoreProblem, match="folder"):
        Store.open(f"sqlite:///{tmp_path}/var/bot.db")


@pytest.mark.parametrize("url", ["sqlite:bot.db", "bot.db", "sqlite:///", "mysql:///x"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(StoreProblem, match="sqlite:///"):
        Store.open(url)


@pytest.mark.sqlite
def test_a_locked_database_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.sqlite.BUSY", 0.1)
    open_store(tmp_path).close()
    other = sqlite3.connect(tmp_path / "bot.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreProblem, match="locked"):
        open_store(tmp_path)
    other.close()


@pytest.mark.sqlite
async def test_a_lock_held_for_long_gives_no_receipt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.sqlite.BUSY", 0.1)
    store = open_store(tmp_path)
    other = sqlite3.connect(tmp_path / "bot.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable, match="locked"):
        await store.turn(save("console:anna", "one"))
    other.execute("ROLLBACK")

    assert await store.turn(save("console:anna", "two")) == "two"
    other.close()
    store.close()


@pytest.mark.sqlite
def test_a_disk_that_is_full_at_the_start_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    script = (
        "import resource, sys; from bot.store import Store\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))\n"
        "Store.open(sys.argv[1])"
    )

    done = run(script, f"sqlite:///{tmp_path}/bot.db")

    assert "StoreProblem" in done.stderr.splitlines()[-1]
    assert "room" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("SQLITE_FULL", "disk is full"),
        ("SQLITE_BUSY", "locked"),
        ("SQLITE_READONLY_DIRECTORY", "writable"),
        ("SQLITE_CANTOPEN", "writable"),
        ("SQLITE_NOTADB", "backup"),
        ("SQLITE_CORRUPT_INDEX", "backup"),
        ("SQLITE_IOERR_WRITE", "disk is healthy"),
    ],
)
def test_every_fault_of_the_disk_has_its_advice(name: str, says: str) -> None:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorname = name

    assert says in _advice(error)


@pytest.mark.sqlite
def test_whoever_opens_a_backup_doubts_the_answers_that_are_read_again(tmp_path: Path) -> None:
    connection = connect(tmp_path / "bot.db")
    Transaction(connection).set_meta(BACKUP, "made yesterday")
    assert not Transaction(connection).are_answers_doubted()
    connection.close()

    connection = connect(tmp_path / "bot.db")

    assert Transaction(connection).are_answers_doubted()
    connection.close()


# --- migrations ---


@pytest.mark.sqlite
def test_every_released_schema_is_brought_forward(tmp_path: Path) -> None:
    steps = sorted(MIGRATIONS.glob("*.sql"))
    for old in range(1, len(steps) + 1):
        path = tmp_path / f"{old}" / "bot.db"
        connect(path, steps[:old]).close()

        connection = connect(path)

        version = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
        assert version == (str(len(steps)),)
        connection.close()


@pytest.mark.sqlite
def test_what_was_in_the_outbox_of_an_older_schema_is_still_there(tmp_path: Path) -> None:
    steps = sorted(MIGRATIONS.glob("*.sql"))
    connection = connect(tmp_path / "bot.db", steps[:2])
    connection.execute(
        "INSERT INTO concern VALUES ('K7Q2-M4XP', 'console:anna', 'concern', 'office', 'en', '', 5)"
    )
    connection.execute(
        "INSERT INTO outbox VALUES ('letter/K7Q2-M4XP/office', 'letter', 'mail', 'console:anna',"
        " 'K7Q2-M4XP', 'office', 'bot@x', 'office@x', '<1@x>', 'en', 'words', 5, 6, 1, 0, '', 0,"
        " NULL, 7, 'refused', 5, NULL)"
    )
    connection.close()

    transaction = Transaction(connect(tmp_path / "bot.db"))

    (row,) = transaction.outbox_rows(MONDAY)
    thread = transaction.thread("K7Q2-M4XP")
    assert (row.id, row.state, row.last_error) == ("letter/K7Q2-M4XP/office", "parked", "refused")
    assert thread
    assert thread.last_at == thread.created
    transaction._connection.close()


@pytest.mark.sqlite
def test_a_migration_that_fails_leaves_the_old_schema(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    steps = sorted(MIGRATIONS.glob("*.sql"))
    wrong = tmp_path / "0099.sql"
    wrong.write_text("CREATE TABLE half (x TEXT);\nCREATE TABLE meta (again TEXT);")

    with pytest.raises(StoreProblem):
        connect(tmp_path / "bot.db", [*steps, wrong])

    connection = connect(tmp_path / "bot.db")
    assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'half'").fetchall() == []
    connection.close()


#: A migration of many steps, on a database that says when it may be killed.
MIGRATE = """
import sys
from pathlib import Path
from bot.store.sqlite import MIGRATIONS, connect
print("go", flush=True)
connect(Path(sys.argv[1]), [*sorted(MIGRATIONS.glob("*.sql")), Path(sys.argv[2])])
"""


@pytest.mark.sqlite
def test_a_migration_killed_half_way_leaves_the_old_schema_or_the_new(tmp_path: Path) -> None:
    open_store(tmp_path / "old").close()
    steps = sorted(MIGRATIONS.glob("*.sql"))
    long = tmp_path / "0099.sql"
    long.write_text("".join(f"CREATE TABLE step{n} (x TEXT);\n" for n in range(300)))
    found = set()
    for n in range(6):
        folder = tmp_path / f"try{n}"
        shutil.copytree(tmp_path / "old", folder)
        path = folder / "bot.db"
        process = subprocess.Popen(
            [sys.executable, "-c", MIGRATE, str(path), str(long)], stdout=subprocess.PIPE
        )
        assert process.stdout
        process.stdout.readline()
        time.sleep(0.004 * n)
        process.send_signal(signal.SIGKILL)
        process.communicate()

        with sqlite3.connect(path) as connection:
            tables = connection.execute(
                "SELECT COUNT(*) FROM sqlite_master WHERE name LIKE 'step%'"
            ).fetchone()[0]
            version = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
        connection.close()
        found.add(tables)

        assert (tables, version) in ((0, (str(len(steps)),)), (300, (str(len(steps) + 1),)))
        connect(path, [*steps, long]).close()
    assert found <= {0, 300}


async def test_a_notice_of_a_concern_that_was_unlinked_is_told_to_nobody(store: Store) -> None:
    def work(tx: Transaction) -> None:
        tx.add_concern("K7Q2-M4XP", "console:a", "concern", ("office",), "en", None, MONDAY)
        tx.unlink_old(MONDAY + timedelta(days=1))
        tx.queue_notice("K7Q2-M4XP", "delivered", "{}", MONDAY)

    await store.turn(work)

    assert await store.outbox_rows("notice") == []
