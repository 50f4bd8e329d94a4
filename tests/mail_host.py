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
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

from bot.answers.marker import OPENS
from tests.fake_imap import Folder, ImapOffice, imap_server
from tests.mail_servers import Office, mail_server
from tests.office_side import HOST, answer, body

LOG = "mail.log"
#: What the school's server writes on top of a mail from the office.
GENUINE = f"{HOST}; dkim=pass header.d=oak.school.example"
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
    answered: bool = False,
) -> Iterator[Host]:
    """`answered`: the office presses Reply to every letter, as soon as it has come.

    `patience` is how long the server waits for a client that fell silent, in seconds.

    `answers` are said before the usual ones (`{"to_data": ["451 later"]}`); so many letters are
    taken and answered only after a second, when nobody listens any more.
    """
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(read)
        try:
            office = Office(**(answers or {}))
            asyncio.run(_serve(folder, patience, office, dawdles, answered, write))
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


async def _serve(
    folder: Path, patience: float, office: Office, dawdles: int, answered: bool, write: int
) -> None:
    inbox, known = Folder(), set[str]()

    async def note() -> None:
        nonlocal dawdles
        letter = office.received[-1]
        inbox.put(letter.content)
        message = message_from_bytes(letter.content, policy=default)
        answers = (
            answered and "Concern" in message["Subject"] and message["Message-ID"] not in known
        )
        known.add(message["Message-ID"])
        line = {
            "at": time.monotonic(),
            "answered": answers,
            "recipients": letter.recipients,
            "content": letter.content.decode("latin-1"),
        }
        with (folder / LOG).open("a") as log:
            log.write(json.dumps(line) + "\n")
        if answers:
            words = f"Answer to {words_of(message)}"
            inbox.put(answer(letter.content, words, results=GENUINE, number=inbox.uidnext))
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
    mailbox = ImapOffice(lambda: {"INBOX": inbox})
    async with (
        mail_server(office, patience=patience) as smtp,
        imap_server(mailbox) as imap,
    ):
        os.write(write, f"{smtp} {imap}\n".encode())
        await asyncio.get_running_loop().create_future()


def words_of(letter: Message) -> str:
    """The parent's words, below the line that the office answers above."""
    lines = body(letter).splitlines()
    return "\n".join(line for line in lines if not line.startswith(OPENS)).strip()


def mail_log(folder: Path) -> list[dict[str, object]]:
    log = folder / LOG
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
