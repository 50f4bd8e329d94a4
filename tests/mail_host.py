"""A mail host in a process of its own: takes letters by SMTP, shows them over IMAP, keeps a log.

The log is what the world outside saw: it is written before the server says 250.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fake_imap import ImapOffice, imap_server
from tests.mail_servers import Office, mail_server

LOG = "mail.log"
#: Holds the process that is to be killed once the server has the whole letter.
VICTIM = "victim"


@dataclass(frozen=True, slots=True)
class Host:
    smtp: int
    imap: int
    process: int


@contextmanager
def mail_host(
    folder: Path,
    patience: float = 300.0,
    answers: Mapping[str, list[str]] | None = None,
    dawdles: int = 0,
) -> Iterator[Host]:
    """`patience` is how long the server waits for a client that fell silent, in seconds.

    `answers` are said before the usual ones (`{"to_data": ["451 later"]}`); so many letters are
    taken and answered only after a second, when nobody listens any more.
    """
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(read)
        try:
            asyncio.run(_serve(folder, patience, Office(**(answers or {})), dawdles, write))
        finally:
            os._exit(1)
    os.close(write)
    with os.fdopen(read) as ports:
        smtp, imap = map(int, ports.readline().split())
    try:
        yield Host(smtp, imap, process)
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


async def _serve(folder: Path, patience: float, office: Office, dawdles: int, write: int) -> None:
    async def note() -> None:
        nonlocal dawdles
        letter = office.received[-1]
        line = {
            "at": time.monotonic(),
            "recipients": letter.recipients,
            "content": letter.content.decode("latin-1"),
        }
        with (folder / LOG).open("a") as log:
            log.write(json.dumps(line) + "\n")
        victim = folder / VICTIM
        if victim.exists():
            process = int(victim.read_text())
            victim.unlink()
            os.kill(process, signal.SIGKILL)
            await asyncio.sleep(0.02)
        if dawdles:
            dawdles -= 1
            await asyncio.sleep(1)

    office.before_answer = note
    mailbox = ImapOffice(lambda: {"INBOX": [letter.content for letter in office.received]})
    async with (
        mail_server(office, patience=patience) as smtp,
        imap_server(mailbox) as imap,
    ):
        os.write(write, f"{smtp} {imap}\n".encode())
        await asyncio.get_running_loop().create_future()


def mail_log(folder: Path) -> list[dict[str, object]]:
    log = folder / LOG
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
