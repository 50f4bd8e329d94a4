"""Letters in a Maildir: for a trial, and for a school whose mail program opens folders."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from bot.mail.values import Envelope, LastCheck, MailUnavailable, no_check

#: What may follow the name of a letter that a mail program has touched.
FLAGS = ":;,!"
#: All that follows the name of an unread letter in `new`: flagged, answered, to be deleted.
UNREAD = (":2,F", ":2,R", ":2,T", ":2,FR", ":2,FT", ":2,RT", ":2,FRT")


class FolderMail:
    """A Maildir. The same letter delivered twice is one file, with the line ends of files."""

    lease = timedelta(seconds=3)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __repr__(self) -> str:
        return f"FolderMail({self.folder})"

    async def send(self, letter: bytes, envelope: Envelope, check: LastCheck = no_check) -> None:
        await check()
        try:
            await asyncio.to_thread(self._deliver, letter, _file_name(envelope.message_id))
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else "the system refused"
            raise MailUnavailable(f"the mail folder cannot be written: {reason}") from None

    async def has(self, envelope: Envelope, earlier: str = "") -> bool | None:
        return await asyncio.to_thread(self._has, _file_name(envelope.message_id))

    def _deliver(self, letter: bytes, name: str) -> None:
        new, temporary = self.folder / "new", self.folder / "tmp"
        for folder in (new, temporary, self.folder / "cur"):
            _make_folders(folder)
        for left_over in _names(temporary):
            if left_over.startswith(f"{name}."):
                (temporary / left_over).unlink(missing_ok=True)
        if self._has(name):
            return
        draft = temporary / f"{name}.{secrets.token_hex(4)}"
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(letter.replace(b"\r\n", b"\n"))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(new / name)
        _sync_folder(new)

    def _has(self, name: str) -> bool:
        """Also when a mail program has moved it: into cur, with flags, or into a subfolder.

        In `new`, however much lies in it, nothing is listed: a letter there has no flags, but those
        that mutt gives one that is not read yet.
        """
        flagged = tuple(name + mark for mark in FLAGS)
        unread = tuple(name + flags for flags in UNREAD)
        return any(
            (folder / "new" / name).exists()
            or any((folder / "new" / one).exists() for one in unread)
            or (folder / "cur" / name).exists()
            or any(one.startswith(flagged) for one in _names(folder / "cur"))
            for folder in self._folders()
        )

    def _folders(self) -> Iterator[Path]:
        yield self.folder
        for name in _names(self.folder):
            if name.startswith(".") and (self.folder / name).is_dir():  # not a link to itself
                yield self.folder / name


def _names(folder: Path) -> list[str]:
    """What lies in a folder that we may read, if it is one; much faster than `glob`."""
    try:
        with os.scandir(folder) as found:
            return [one.name for one in found]
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []


def _file_name(message_id: str) -> str:
    name = quote(message_id.strip("<>"), safe="@")
    return name.replace(".", "%2E", 1) if name.startswith(".") else name


def _make_folders(folder: Path) -> None:
    if folder.exists():
        return
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(one.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
