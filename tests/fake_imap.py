"""A mailbox over IMAP, on this machine: as much of RFC 3501 and 2177 as is needed."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes


@dataclass
class Folder:
    """Mails by their UIDs, which are never given twice while the folder keeps its validity."""

    uidvalidity: int = 1
    uidnext: int = 1
    mails: dict[int, bytes] = field(default_factory=dict)
    flags: str = "\\HasNoChildren"

    def put(self, mail: bytes) -> int:
        uid, self.uidnext = self.uidnext, self.uidnext + 1
        self.mails[uid] = mail
        return uid

    def made_anew(self) -> None:
        """The same mails, after the server lost count of them."""
        mails = list(self.mails.values())
        self.uidvalidity, self.uidnext, self.mails = self.uidvalidity + 1, 1, {}
        for mail in mails:
            self.put(mail)


#: The folders, each with its letters; letters in a list have their places as UIDs.
Folders = Mapping[str, list[bytes] | Folder]


def folder_of(letters: list[bytes] | Folder) -> Folder:
    if isinstance(letters, Folder):
        return letters
    return Folder(1, len(letters) + 1, dict(enumerate(letters, 1)))


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
    #: Say nothing any more once IDLE has begun, not even when something comes.
    idle_dies: bool = False
    offers_idle: bool = True
    refuses_fetch: bool = False
    #: Hang up when the whole of the mail with this UID is asked for.
    damaged: int = 0
    #: What the server says of its own accord before it shows a mail, such as what a person did.
    interjects: tuple[str, ...] = ()
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
    selected = Folder()
    writer.write(b"* OK ready\r\n")
    while line := (await reader.readline()).decode().rstrip("\r\n"):
        tag, _, rest = line.partition(" ")
        command, _, arguments = rest.partition(" ")
        command = command.upper()
        office.commands.append(command)
        if command == office.hangs_up_at:
            return
        if f"FETCH {office.damaged} " in arguments and "BODY.PEEK[]" in arguments:
            return
        if command == office.silent_at:
            await asyncio.sleep(3600)
        told: list[str | bytes] = []
        answer = "OK done"
        if command == "CAPABILITY":
            told = ["CAPABILITY IMAP4rev1" + (" STARTTLS" if office.offers_tls else "")
                    + (" IDLE" if office.offers_idle else "")]  # fmt: skip
        elif command == "LOGIN":
            if _words(arguments) != [office.user, office.password]:
                answer = "NO [AUTHENTICATIONFAILED] no"
        elif command == "LIST":
            told = [rf'LIST (\Noselect) "/" "{name}"' for name in office.containers]
            for name, letters in office.folders().items():
                told.append(f'LIST ({folder_of(letters).flags}) "/" "{name}"')
        elif command in ("SELECT", "EXAMINE", "STATUS"):
            name = _words(arguments)[0]
            found = office.folders().get(name)
            if found is None:
                answer = "NO [NONEXISTENT] no such folder"
            else:
                folder = folder_of(found)
                told = _described(command, name, folder)
                selected = folder if command != "STATUS" else selected
        elif command == "UID" and arguments.startswith("FETCH") and office.refuses_fetch:
            answer = "NO [SERVERBUG] not now"
        elif command == "UID":
            told = _answered(office, selected, arguments)
        elif command == "IDLE":
            await _idle(office, selected, reader, writer)
        elif command == "STARTTLS" and office.starttls:
            writer.write(f"{tag} OK begin\r\n".encode())
            await writer.start_tls(office.starttls)
            continue
        elif command == "LOGOUT":
            told = ["BYE"]
        else:
            answer = "BAD unknown"
        for one in told:
            writer.write(b"* " + (one if isinstance(one, bytes) else one.encode()) + b"\r\n")
        writer.write(f"{tag} {answer}\r\n".encode())
        await writer.drain()
        if command == "LOGOUT":
            return


def _described(command: str, name: str, folder: Folder) -> list[str | bytes]:
    said = f"UIDVALIDITY {folder.uidvalidity}", f"UIDNEXT {folder.uidnext}"
    if command == "STATUS":
        return [f'STATUS "{name}" ({" ".join(said)})']
    return [f"{len(folder.mails)} EXISTS", *(f"OK [{one}] so" for one in said)]


def _answered(office: ImapOffice, folder: Folder, arguments: str) -> list[str | bytes]:
    """UID SEARCH by UIDs or by Message-ID, and UID FETCH of a head or a whole mail."""
    what, _, rest = arguments.partition(" ")
    words = _words(rest)
    if what.upper() == "SEARCH":
        if words[0] == "UID":
            first, last = map(int, words[1].split(":"))
            uids = [uid for uid in folder.mails if first <= uid <= last]
        else:
            uids = [uid for uid, one in folder.mails.items() if words[-1] in _message_id(one)]
        return [" ".join(["SEARCH", *map(str, uids)])]
    said: list[str | bytes] = [*office.interjects]
    wanted = set(words[0].split(","))
    for number, uid in enumerate(folder.mails, 1):
        if str(uid) in wanted:
            mail = folder.mails[uid]
            shown = mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if "HEADER" in rest else mail
            first, length = map(int, re.search(r"<(\d+)\.(\d+)>", rest).groups())  # type: ignore[union-attr]
            shown = shown[first : first + length]
            section = "HEADER" if "HEADER" in rest else ""
            head = f"{number} FETCH (UID {uid} BODY[{section}]<0> {{{len(shown)}}}\r\n"
            said.append(head.encode() + shown + b")")
    return said


async def _idle(
    office: ImapOffice,
    folder: Folder,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Say what comes until the other side is done."""
    writer.write(b"+ idling\r\n")
    done = asyncio.ensure_future(reader.readline())
    known = len(folder.mails)
    while not done.done():
        if office.idle_dies:
            await asyncio.sleep(3600)
        if len(folder.mails) != known:
            known = len(folder.mails)
            writer.write(f"* {known} EXISTS\r\n".encode())
        await asyncio.wait([done], timeout=0.01)


def _message_id(letter: bytes) -> str:
    return str(message_from_bytes(letter)["Message-ID"])


def _words(arguments: str) -> list[str]:
    """Atoms and quoted strings."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', arguments)
    return [re.sub(r"\\(.)", r"\1", quoted) or atom for quoted, atom in found]
