"""The schema on PostgreSQL: ours and procrastinate's, brought forward while others work on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from bot.store.asking import queries
from bot.store.problems import StoreProblem
from bot.store.sqlite import BACKUP
from bot.store.transaction import Transaction

#: One number for "whoever changes the schema"; the bytes of "byp".
LOCK = 0x627970
#: In the meta data: the newest file of procrastinate's schema; the oldest program that may start.
JOBS, OLDEST = "jobs", "oldest"
#: In the first line of a migration after which programs that do not know it cannot work.
CONTRACTS = "-- contracts"


def migrate(connection: psycopg.Connection[Any], name: str, steps: Sequence[Path]) -> None:
    """Bring the schema to the newest version, in one transaction: all of it or none of it."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    known = Transaction(connection, asked=queries("psycopg"))
    version = _version(connection, known, name)
    if version > len(steps) < int(known.meta(OLDEST) or version):
        raise StoreProblem(
            f"{name} was changed by a newer version of this program (schema {version}, this one"
            f" knows {len(steps)}): start the newer version, or restore an older backup."
        )
    for number, step in enumerate(steps[version:], version + 1):
        script = step.read_text(encoding="utf-8")
        connection.execute(script.encode())  # without parameters: many statements at once
        if number == 1 or script.startswith(CONTRACTS):
            known.set_meta(OLDEST, str(number))
    _bring_jobs(connection, known)
    known.set_meta("schema", str(max(version, len(steps))))
    if known.meta(BACKUP):
        known.doubt_letters(datetime.now(UTC))
        known.set_meta(BACKUP, "")
    known.set_meta("opened", datetime.now(UTC).isoformat(timespec="milliseconds"))
    connection.commit()


def _version(connection: psycopg.Connection[Any], known: Transaction, name: str) -> int:
    if _encoding(connection) != "UTF8":
        raise StoreProblem(f"{name} does not hold UTF-8: make it with ENCODING 'UTF8'.")
    tables = {table for (table,) in connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    )}  # fmt: skip
    if not tables:
        return 0
    saved = known.meta("schema") if "meta" in tables else None
    if saved is None or not saved.isdecimal():
        raise StoreProblem(f"{name} is of something else: name another one in DATABASE_URL.")
    return int(saved)


def _encoding(connection: psycopg.Connection[Any]) -> str:
    found = connection.execute("SHOW server_encoding").fetchone()
    return str(found[0]) if found else ""


def _bring_jobs(connection: psycopg.Connection[Any], known: Transaction) -> None:
    """Procrastinate's own schema: whole at first, later by its own migrations."""
    from procrastinate.schema import SchemaManager

    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    newest = files[-1].name
    had = known.meta(JOBS)
    if had is None:
        connection.execute(SchemaManager.get_schema().encode())
    else:
        for file in files:
            if file.name > had:
                connection.execute(file.read_bytes())
    known.set_meta(JOBS, max(newest, had or ""))
