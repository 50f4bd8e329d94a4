"""Opening an SQLite file: safe settings, the right schema, and a clear no."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from bot.store.problems import StoreProblem
from bot.store.transaction import Transaction

#: How long to wait for another process that is writing, in seconds.
BUSY = 10.0

#: In the meta data of a backup: when it was made. Whoever opens it knows that time has passed.
BACKUP = "backup"

MIGRATIONS = Path(__file__).with_name("migrations")


def connect(path: Path, migrations: Sequence[Path] | None = None) -> sqlite3.Connection:
    """Open the database at `path`, or make it if it was never there. Raises StoreProblem."""
    steps = sorted(MIGRATIONS.glob("[0-9]*.sql")) if migrations is None else migrations
    with _clearly(path):
        _make_private_folder(path.parent)
        _make_private_file(path)
        connection = sqlite3.connect(
            _uri(path),
            uri=True,
            timeout=BUSY,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            _version(connection, path)  # before anything of someone else's file is changed
            connection.execute("PRAGMA journal_mode = WAL")
            # FULL: without it, the last commits can be lost when the power fails.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            _check(connection, path)
            migrate(connection, path, steps)
            _marker(path).touch(mode=0o600)
            _sync_folder(path.parent)
        except BaseException:
            connection.close()
            raise
    return connection


def migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[Path]) -> None:
    """Bring the schema to the newest version, in one transaction: all of it or none of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection, path)
        if version > len(steps):
            raise StoreProblem(
                f"{path} was written by a newer version of this program (schema {version}, this"
                f" one knows {len(steps)}): start the newer version, or restore an older backup."
            )
        for step in steps[version:]:
            for statement in _statements(step.read_text(encoding="utf-8")):
                connection.execute(statement)
        transaction = Transaction(connection)
        transaction.set_meta("schema", str(len(steps)))
        if transaction.meta(BACKUP):
            transaction.doubt_letters(datetime.now(UTC))
            transaction.doubt_answers()
            transaction.set_meta(BACKUP, "")
        # Written at every start, so that a disk that takes nothing is noticed now.
        transaction.set_meta("opened", datetime.now(UTC).isoformat(timespec="milliseconds"))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def scrub(path: Path) -> None:
    """Move all of the write-ahead log into the database and empty it."""
    with closing(sqlite3.connect(_uri(path), uri=True, timeout=BUSY)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _uri(path: Path) -> str:
    """Never `mode=rwc`: that would make a new file."""
    return f"file:{quote(str(path))}?mode=rw"


def _version(connection: sqlite3.Connection, path: Path) -> int:
    tables = {
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    if not tables:
        return 0
    saved = Transaction(connection).meta("schema") if "meta" in tables else None
    if saved is None or not saved.isdecimal():
        raise StoreProblem(
            f"{path} is a database of something else: name another file in DATABASE_URL."
        )
    return int(saved)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; `executescript` would commit before the first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _check(connection: sqlite3.Connection, path: Path) -> None:
    found = [line for (line,) in connection.execute("PRAGMA quick_check(3)")]
    if found != ["ok"]:
        raise StoreProblem(
            f"{path} is damaged: stop the program, keep a copy of the file, and restore a backup."
        )


def _make_private_folder(folder: Path) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    _refuse_open_to_all(folder, "700")


def _make_private_file(path: Path) -> None:
    """See that the file is there. Never a new empty one in place of one that was lost."""
    used_before = _marker(path).exists()
    if path.exists():
        _refuse_open_to_all(path, "600")
        lost = used_before and path.stat().st_size == 0
    else:
        lost = used_before
    if lost:
        raise StoreProblem(
            f"{path} is gone or empty, although it was used before: restore it from a backup, or"
            f" delete {_marker(path).name} beside it to start afresh without what was in it."
        )
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _marker(path: Path) -> Path:
    """Lies beside the database and says that there was one."""
    return path.with_name(path.name + ".exists")


def _refuse_open_to_all(path: Path, mode: str) -> None:
    if stat.S_IMODE(path.stat().st_mode) & 0o007:
        raise StoreProblem(
            f"{path} is open to every user of this machine, and parents' words are kept there:"
            f" close it with chmod {mode} {path}."
        )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _clearly(path: Path) -> Iterator[None]:
    """Say in one sentence what is wrong with the file or its folder."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreProblem(f"{path} cannot be used: {_advice(error)}") from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "the system refused"
        raise StoreProblem(
            f"{path} cannot be opened ({reason}): see that its folder exists, belongs to this user,"
            " is writable and has free space."
        ) from error


def _advice(error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_FULL"):
        return "the disk is full, so make room and start again."
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return "another program holds it locked, so stop that program and start again."
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
        return "this user may not write there, so make the file and its folder writable."
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return "it is damaged or not a database, so keep a copy and restore a backup."
    return f"{error}, so see that the disk is healthy and has room, and start again."
