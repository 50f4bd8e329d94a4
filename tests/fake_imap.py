"""A mailbox to be searched over IMAP, on this machine: as much of RFC 3501 as a look needs."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes

#: The folders, each with its letters.
Folders = Mapping[str, list[bytes]]


@dataclass
class ImapOffice:
    """What the server holds, and how it is to behave."""

    folders: Callable[[], Folders]
    user: str = "office@oak.school.example"
    password: str = "secret"
    #: Folders that are listed but hold nothing, with this flag.
    containers: tuple[str, ...] = ()
    #: Say nothing any more, or hang up, when this command comes.
    silent_at: str = ""
    hangs_up_at: str = ""
    offers_tls: bool = False
    starttls: ssl.SSLContext | None = None
    commands: list[str] = field(default_factory=list)


@asynccontextmanager
async def imap_server(office: ImapOffice, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Run it and yield its port; `tls` is spoken from the first byte."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        try:
            await _talk(office, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _talk(
    office: ImapOffice, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    selected: list[bytes] = []
    writer.write(b"* OK ready\r\n")
    while line := (await reader.readline()).decode().rstrip("\r\n"):
        tag, _, rest = line.partition(" ")
        command, _, arguments = rest.partition(" ")
        command = command.upper()
        office.commands.append(command)
        if command == office.hangs_up_at:
            return
        if command == office.silent_at:
            await asyncio.sleep(3600)
        told, answer = [], "OK done"
        if command == "CAPABILITY":
            told = ["CAPABILITY IMAP4rev1" + (" STARTTLS" if office.offers_tls else "")]
        elif command == "LOGIN":
            if _words(arguments) != [office.user, office.password]:
                answer = "NO [AUTHENTICATIONFAILED] no"
        elif command == "LIST":
            told = [rf'LIST (\Noselect) "/" "{name}"' for name in office.containers]
            told += [rf'LIST (\HasNoChildren) "/" "{name}"' for name in office.folders()]
        elif command in ("SELECT", "EXAMINE"):
            selected = office.folders()[_words(arguments)[0]]
            told = [f"{len(selected)} EXISTS"]
        elif command == "UID":
            wanted = _words(arguments)[-1]
            found = [str(n) for n, one in enumerate(selected, 1) if wanted in _message_id(one)]
            told = [" ".join(["SEARCH", *found])]
        elif command == "STARTTLS" and office.starttls:
            writer.write(f"{tag} OK begin\r\n".encode())
            await writer.start_tls(office.starttls)
            continue
        elif command == "LOGOUT":
            told = ["BYE"]
        else:
            answer = "BAD unknown"
        for one in told:
            writer.write(f"* {one}\r\n".encode())
        writer.write(f"{tag} {answer}\r\n".encode())
        await writer.drain()
        if command == "LOGOUT":
            return


def _message_id(letter: bytes) -> str:
    return str(message_from_bytes(letter)["Message-ID"])


def _words(arguments: str) -> list[str]:
    """Atoms and quoted strings."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', arguments)
    return [re.sub(r"\\(.)", r"\1", quoted) or atom for quoted, atom in found]
