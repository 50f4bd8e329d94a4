"""A copy of the database, made while it is in use, and put back when it is lost."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from bot.store.problems import StoreProblem
from bot.store.sqlite import BACKUP, BUSY
from bot.store.transaction import Transaction

#: Beside the database, these belong to it and to no other.
BESIDE = ("-wal", "-shm", "-journal")


def backup(path: Path, target: Path) -> None:
    """Copy the database at `path` to a new file `target`, whole, verified and private.

    The bot may be running. `target` appears only when it is complete. Raises StoreProblem.
    """
    if not path.exists():
        raise StoreProblem(f"{path} is not there: there is nothing to copy.")
    if target.exists():
        raise StoreProblem(f"{target} is there already: name a new file for each backup.")
    draft = target.with_name(f"{target.name}.part")
    with _clearly(target, draft):
        _copy(path, draft)
        with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
            # One file without a log beside it, and the mark that time passes from now on.
            copy.execute("PRAGMA journal_mode = DELETE")
            Transaction(copy).set_meta(BACKUP, datetime.now(UTC).isoformat(timespec="seconds"))
        _verify(draft)
        _sync(draft)
        draft.rename(target)
        _sync(target.parent)


def restore(source: Path, path: Path) -> Path | None:
    """Put the backup `source` in the place of the database at `path`, which is kept beside it.

    Returns where the old one lies now, or None when there was none. Raises StoreProblem when the
    backup is damaged, or when a bot is running.
    """
    if not source.exists():
        raise StoreProblem(f"{source} is not there: name the file that backup made.")
    draft = path.with_name(f"{path.name}.part")
    with _clearly(path, draft):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _copy(source, draft)
        with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")
            if not Transaction(copy).meta(BACKUP):
                raise StoreProblem(f"{source} was not made by backup, so it is not put back.")
        _verify(draft)
        _sync(draft)
        _refuse_in_use(path)
        old = _set_aside(path)
        draft.rename(path)
        _sync(path.parent)
    return old


def _copy(path: Path, draft: Path) -> None:
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with (
        closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=BUSY)) as old,
        closing(sqlite3.connect(draft)) as new,
    ):
        old.backup(new)


def _verify(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        found = [line for (line,) in connection.execute("PRAGMA integrity_check(3)")]
        found += [f"{table} points nowhere" for table, *_ in _dangling(connection)]
    if found != ["ok"]:
        raise sqlite3.DatabaseError("the copy is not whole")


def _dangling(connection: sqlite3.Connection) -> list[tuple[str, int, str, int]]:
    return connection.execute("PRAGMA foreign_key_check").fetchall()


def _refuse_in_use(path: Path) -> None:
    """A bot that still runs would go on writing into the file that was set aside."""
    if not path.exists() or path.stat().st_size == 0:
        return
    try:
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
            # Only the last to leave may turn the log off.
            (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            in_use = mode != "delete"
    except sqlite3.OperationalError:
        in_use = True
    except sqlite3.DatabaseError:
        in_use = False  # damaged: that is why it is replaced
    if in_use:
        raise StoreProblem(f"{path} is in use: stop the bot first, then restore.")


def _set_aside(path: Path) -> Path | None:
    """A log that was left beside the old database would damage the new one."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    old = path.with_name(f"{path.name}.before-{stamp}")
    for ending in ("", *BESIDE):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(old.with_name(old.name + ending))
    return old if old.exists() else None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _clearly(path: Path, draft: Path) -> Iterator[None]:
    """Leave no half copy behind, and say in one sentence what went wrong."""
    try:
        yield
    except StoreProblem:
        raise
    except (OSError, sqlite3.Error) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error
        raise StoreProblem(
            f"{path} could not be written ({reason}): nothing was changed."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
