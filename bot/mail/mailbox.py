"""A mailbox that is read: every mail for us, oldest first, wherever in it somebody has put it."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Protocol

from bot.mail.imap import Imap, closed, folders

if TYPE_CHECKING:  # loaded when somebody reads
    from imap_tools import BaseMailBox

#: A mail that is longer is handed over cut off after one byte more: who judges it sees that.
LARGEST = 10 * 1024 * 1024
#: So much of a mail says whom it is for.
HEAD = 64 * 1024
#: Mails are asked for in such numbers, and searched for in ranges of UIDs of such a length: an
#: answer of any length would be one line of any length.
AT_ONCE = 50
#: A mail that broke off the reading so often in a row, more than a minute long, is passed by.
TRIES = 5
RANGE = 10_000
#: Nothing that came to us lies in these.
_OURS_ONLY = frozenset({"\\drafts", "\\sent", "\\all"})


@dataclass(frozen=True, slots=True)
class Arrived:
    """One mail as it lies in a mailbox, and where: no two have the same place, validity and UID."""

    raw: bytes
    place: str
    uidvalidity: int = 0
    uid: int = 0
    #: The server does not show it: `raw` is its head alone.
    is_unreadable: bool = False


class Desk(Protocol):
    """Where mails are put. Called in the thread that reads; whatever it raises ends the reading."""

    def position(self, place: str) -> tuple[int, int]:
        """How far a folder was read: UIDVALIDITY and UID."""

    def take(self, arrived: Arrived) -> None:
        """Keep one mail. When this returns, it need never be read again."""

    def passed(self, place: str, uidvalidity: int, uid: int) -> None:
        """Up to here, nothing else in this folder is for us."""

    def looked(self) -> None:
        """Everything that was there has been looked at."""


class Mailbox(Protocol):
    """A place that mail for us comes to."""

    def read(self, desk: Desk) -> None:
        """Hand over what is there and what comes, until closed. Raises when that breaks off."""

    def close(self) -> None:
        """End `read`, from another thread."""


class ImapMailbox:
    """A mailbox on a server. Nothing in it is changed: not even whether a mail was read.

    How far it was read is known by UIDVALIDITY and UID, folder by folder: a person may read, file
    and move mails at the same time. The server says when something comes (IDLE), and it is looked
    at every minute all the same, since a connection can die in silence.
    """

    def __init__(
        self,
        imap: Imap,
        is_for_us: Callable[[bytes], bool],
        folder: str = "INBOX",
        look_every: float = 60.0,
    ) -> None:
        """`is_for_us` is asked with the head of a mail; of any other, no more than that is read."""
        self._imap, self._is_for_us = imap, is_for_us
        self._folder, self._look_every = folder, look_every
        self._closed = Event()
        self._mailbox: BaseMailBox | None = None
        #: The mail that broke off the reading last, and how often in a row.
        self._stuck: tuple[tuple[str, int, int], int] = (("", 0, 0), 0)

    def read(self, desk: Desk) -> None:
        mailbox = self._mailbox = self._imap.opened()
        try:
            _, found = mailbox.client.capability()  # more is offered after the login than before
            idles = b"IDLE" in found[0].upper().split()
            while not self._closed.is_set():
                self._look(mailbox, desk)
                until = time.monotonic() + self._look_every
                while (left := until - time.monotonic()) > 0 and not self._closed.is_set():
                    if not idles:
                        self._closed.wait(left)
                    elif mailbox.idle.wait(left):
                        self._look_into(mailbox, self._folder, desk)
        except Exception:
            if not self._closed.is_set():
                raise
        finally:
            closed(mailbox)

    def close(self) -> None:
        self._closed.set()
        if self._mailbox is not None:
            with contextlib.suppress(OSError):
                self._mailbox.client.sock.shutdown(socket.SHUT_RDWR)

    def _look(self, mailbox: BaseMailBox, desk: Desk) -> None:
        """Through all folders with news; the one that is watched comes last, and so stays open."""
        names = folders(mailbox, self._folder, _OURS_ONLY)
        if self._folder.upper() not in (name.upper() for name in names):
            raise LookupError("the folder is not there")
        for name in names[1:]:
            known = desk.position(self._place(name))
            status = mailbox.folder.status(name, ("UIDNEXT", "UIDVALIDITY"))
            if (status["UIDVALIDITY"], status["UIDNEXT"] - 1) != known:
                self._look_into(mailbox, name, desk)
        self._look_into(mailbox, names[0], desk)
        desk.looked()

    def _look_into(self, mailbox: BaseMailBox, folder: str, desk: Desk) -> None:
        mailbox.folder.set(folder, readonly=True)
        said: dict[str, list[Any]] = mailbox.client.untagged_responses
        uidvalidity, uidnext = int(said["UIDVALIDITY"][-1]), int(said["UIDNEXT"][-1])
        place = self._place(folder)
        known, last = desk.position(place)
        first = last + 1 if known == uidvalidity else 1
        if known != uidvalidity:  # also of a folder with nothing in it
            desk.passed(place, uidvalidity, 0)
        for start in range(first, uidnext, RANGE):
            end = min(start + RANGE, uidnext) - 1
            uids = sorted(int(uid) for uid in mailbox.uids(f"UID {start}:{end}", charset=None))
            uids = [uid for uid in uids if start <= uid <= end]
            for number in range(0, len(uids), AT_ONCE):
                self._take(mailbox, uids[number : number + AT_ONCE], place, uidvalidity, desk)
            desk.passed(place, uidvalidity, end)

    def _take(
        self, mailbox: BaseMailBox, uids: Sequence[int], place: str, uidvalidity: int, desk: Desk
    ) -> None:
        wanted = ",".join(map(str, uids))
        heads = dict(_fetched(mailbox, wanted, f"BODY.PEEK[HEADER]<0.{HEAD}>"))
        for uid in sorted(uid for uid, head in heads.items() if self._is_for_us(head)):
            at = (place, uidvalidity, uid)
            tries = self._stuck[1] if self._stuck[0] == at else 0
            if tries >= TRIES:
                desk.take(Arrived(heads[uid], *at, is_unreadable=True))
                continue
            self._stuck = (at, tries + 1)
            found = list(_fetched(mailbox, str(uid), f"BODY.PEEK[]<0.{LARGEST + 1}>"))
            self._stuck = (("", 0, 0), 0)
            for _, raw in found:
                desk.take(Arrived(raw, *at))
        desk.passed(place, uidvalidity, uids[-1])

    def _place(self, folder: str) -> str:
        return f"imap:{self._imap.user}@{self._imap.host}/{folder}"


def _fetched(mailbox: BaseMailBox, uids: str, what: str) -> Iterator[tuple[int, bytes]]:
    """What the server shows of mails, by UID; a mail that somebody just moved is left out."""
    answer, parts = mailbox.client.uid("FETCH", uids, f"(UID {what})")
    if answer != "OK":
        raise LookupError("the server shows nothing")
    found: list[Any] = list(parts)
    for part, after in zip(found, [*found[1:], b")"], strict=True):
        # What a server says of its own accord, such as a flag that a person set, is no tuple.
        if isinstance(part, tuple):
            uid = _UID.search(part[0]) or _UID.search(after if isinstance(after, bytes) else b"")
            if uid:
                yield int(uid[1]), part[1]


_UID = re.compile(rb"\bUID (\d+)")


class FolderMailbox:
    """A Maildir, for trying it out. Made if it is not there; nothing in it is changed.

    A mail is taken when it lies there as it lay at the look before: not every program moves it in
    when it is whole, and half a mail would be told as an answer, or passed over as no mail for us.
    """

    def __init__(
        self, folder: Path, is_for_us: Callable[[bytes], bool], look_every: float = 1.0
    ) -> None:
        self._folder, self._is_for_us, self._look_every = folder, is_for_us, look_every
        self._closed = Event()

    def read(self, desk: Desk) -> None:
        for place in ("new", "cur", "tmp"):
            (self._folder / place).mkdir(mode=0o700, parents=True, exist_ok=True)
        known: set[str] = set()
        lay: dict[str, tuple[int, int]] = {}
        while not self._closed.is_set():
            lay_before, lay = lay, {}
            for path in sorted(self._paths(), key=lambda path: path.name):
                name = path.name.partition(":")[0]  # what follows are flags
                if name not in known:
                    with contextlib.suppress(FileNotFoundError):  # a person moved it this moment
                        found = path.stat()
                        lies = (found.st_size, found.st_mtime_ns)
                        if lay_before.get(name) == lies:
                            self._take(path, desk)
                            known.add(name)
                        else:
                            lay[name] = lies
            if not lay:
                desk.looked()
            self._closed.wait(self._look_every)

    def close(self) -> None:
        self._closed.set()

    def _paths(self) -> Iterator[Path]:
        for folder in (self._folder, *self._folder.glob(".*/")):
            for place in ("new", "cur"):
                yield from (folder / place).glob("[!.]*")

    def _take(self, path: Path, desk: Desk) -> None:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        if self._is_for_us(raw[:HEAD]):
            desk.take(Arrived(raw, f"maildir:{self._folder}"))
