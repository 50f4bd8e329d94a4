"""Reading a mailbox: every mail for us once it is there, whatever others do to it meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.mail import Arrived, FolderMailbox, Imap, ImapMailbox, Mailbox, mailbox_from_url
from bot.mailroom import for_us
from tests.fake_imap import Folder, ImapOffice, imap_server
from tests.school import until

OURS = "bot+aaaa@school.example"
is_for_us = for_us("bot@school.example", "bot+*@school.example")


def mail(words: str, to: str = OURS) -> bytes:
    return f"From: office@school.example\r\nTo: {to}\r\n\r\n{words}\r\n".encode()


@dataclass
class Notes:
    """A desk that keeps in memory what it is given."""

    taken: list[Arrived] = field(default_factory=list)
    positions: dict[str, tuple[int, int]] = field(default_factory=dict)
    looks: int = 0
    full: bool = False

    def position(self, place: str) -> tuple[int, int]:
        return self.positions.get(place, (0, 0))

    def take(self, arrived: Arrived) -> None:
        if self.full:
            raise OSError("the disk is full")
        self.taken.append(arrived)
        self.passed(arrived.place, arrived.uidvalidity, arrived.uid)

    def passed(self, place: str, uidvalidity: int, uid: int) -> None:
        self.positions[place] = (uidvalidity, uid)

    def looked(self) -> None:
        self.looks += 1

    @property
    def words(self) -> list[str]:
        return [one.raw.partition(b"\r\n\r\n")[2].decode().strip() for one in self.taken]


@asynccontextmanager
async def reading(mailbox: Mailbox, notes: Notes) -> AsyncIterator[list[Exception]]:
    """Read in a thread, as the mailroom does; yields what ended it."""
    faults: list[Exception] = []

    def read() -> None:
        try:
            mailbox.read(notes)
        except Exception as error:
            faults.append(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield faults
    finally:
        mailbox.close()
        await asyncio.to_thread(thread.join, 5)
        assert not thread.is_alive()


def at(
    port: int, folder: str = "INBOX", look_every: float = 30.0, wait: float = 5.0
) -> ImapMailbox:
    imap = Imap("127.0.0.1", port, "office@oak.school.example", "secret", "none", wait)
    return ImapMailbox(imap, is_for_us, folder, look_every)


def holding(*words: str) -> Folder:
    folder = Folder(uidvalidity=7)
    for one in words:
        folder.put(mail(one))
    return folder


async def test_what_is_there_and_what_comes_is_read_oldest_first() -> None:
    inbox, notes = holding("one", "two"), Notes()
    office = ImapOffice(lambda: {"INBOX": inbox})
    async with imap_server(office) as port, reading(at(port), notes):
        await until(lambda: notes.looks)
        inbox.put(mail("three"))
        await until(lambda: len(notes.taken) == 3)

    assert notes.words == ["one", "two", "three"]
    assert notes.positions == {"imap:office@oak.school.example@127.0.0.1/INBOX": (7, 3)}
    assert notes.taken[0].raw == mail("one")
    assert not {"SELECT", "STORE"} & set(office.commands)


async def test_what_was_read_is_not_read_again() -> None:
    inbox, notes = holding("one"), Notes()
    async with imap_server(ImapOffice(lambda: {"INBOX": inbox})) as port:
        async with reading(at(port), notes):
            await until(lambda: notes.looks)
        inbox.put(mail("two"))
        async with reading(at(port), notes):
            await until(lambda: len(notes.taken) == 2)

    assert notes.words == ["one", "two"]


async def test_of_a_mail_that_is_not_for_us_only_the_head_is_read() -> None:
    inbox, notes = holding("one"), Notes()
    inbox.put(mail("for somebody else", "office@school.example"))
    inbox.put(mail("in passing", f"office@school.example\r\nX-About: {OURS}"))
    office = ImapOffice(lambda: {"INBOX": inbox})
    async with imap_server(office) as port, reading(at(port), notes):
        await until(lambda: notes.looks)

    assert notes.words == ["one"]
    assert list(notes.positions.values()) == [(7, 3)]


async def test_a_mailbox_that_was_made_anew_is_read_from_its_start() -> None:
    inbox, notes = holding("one", "two"), Notes()
    async with imap_server(ImapOffice(lambda: {"INBOX": inbox})) as port:
        async with reading(at(port), notes):
            await until(lambda: notes.looks)
        inbox.made_anew()
        inbox.put(mail("three"))
        async with reading(at(port), notes):
            await until(lambda: len(notes.taken) == 5)

    assert notes.words == ["one", "two", "one", "two", "three"]
    assert list(notes.positions.values()) == [(8, 3)]


async def test_a_mail_that_somebody_filed_first_is_found_where_it_was_put() -> None:
    inbox, done, sent = holding("one"), holding(), holding("our own copy")
    sent.flags = "\\Sent"
    notes = Notes()
    folders = {"Done": done, "INBOX": inbox, "Sent": sent}
    async with (
        imap_server(ImapOffice(lambda: folders)) as port,
        reading(at(port, look_every=0.05), notes),
    ):
        await until(lambda: notes.looks)
        done.put(mail("two"))
        await until(lambda: len(notes.taken) == 2)

    assert notes.words == ["one", "two"]


async def test_a_folder_without_news_is_not_opened() -> None:
    office = ImapOffice(lambda: {"INBOX": holding("one"), "Done": holding("two")})
    notes = Notes()
    async with imap_server(office) as port, reading(at(port, look_every=0.05), notes):
        await until(lambda: notes.looks > 3)

    opened = office.commands.count("EXAMINE")
    assert opened < office.commands.count("STATUS") + 3
    assert notes.words == ["two", "one"]


async def test_a_server_that_refuses_to_show_a_mail_ends_the_reading() -> None:
    office = ImapOffice(lambda: {"INBOX": holding("one")}, refuses_fetch=True)
    async with imap_server(office) as port, reading(at(port), Notes()) as faults:
        await until(lambda: faults)

    assert isinstance(faults[0], LookupError)


async def test_a_mail_that_is_moved_while_it_is_read_is_left_for_its_new_place() -> None:
    inbox, notes = holding("one", "two"), Notes()

    def folders() -> dict[str, list[bytes] | Folder]:
        return {"INBOX": inbox}

    def moves(head: bytes) -> bool:
        inbox.mails.pop(1, None)
        return True

    async with imap_server(ImapOffice(folders)) as port:
        mailbox = at(port)
        mailbox._is_for_us = moves
        async with reading(mailbox, notes):
            await until(lambda: notes.looks)

    assert notes.words == ["two"]


async def test_what_a_person_does_meanwhile_is_not_taken_for_a_mail() -> None:
    notes = Notes()
    office = ImapOffice(
        lambda: {"INBOX": holding("one")},
        interjects=("1 FETCH (FLAGS (\\Seen))", "4 EXPUNGE", "9 FETCH (X {3}\r\nabc)"),
    )
    async with imap_server(office) as port, reading(at(port), notes):
        await until(lambda: notes.looks)

    assert notes.words == ["one"]


@pytest.mark.parametrize("offers_idle", [True, False], ids=["IDLE", "no IDLE"])
async def test_it_is_looked_every_while_whatever_the_server_says(offers_idle: bool) -> None:
    inbox, notes = holding(), Notes()
    office = ImapOffice(lambda: {"INBOX": inbox}, offers_idle=offers_idle)
    async with imap_server(office) as port, reading(at(port, look_every=0.05), notes):
        await until(lambda: notes.looks > 3)
        inbox.put(mail("one"))
        await until(lambda: notes.words == ["one"])

    assert ("IDLE" in office.commands) is offers_idle


async def test_a_connection_that_dies_in_silence_is_noticed() -> None:
    office = ImapOffice(lambda: {"INBOX": holding("one")}, idle_dies=True)
    notes = Notes()
    async with (
        imap_server(office) as port,
        reading(at(port, look_every=0.1, wait=0.2), notes) as faults,
    ):
        await until(lambda: faults)

    assert notes.words == ["one"]


@pytest.mark.parametrize("command", ["LOGIN", "EXAMINE", "UID", "IDLE"])
async def test_a_connection_that_is_cut_ends_the_reading(command: str) -> None:
    office = ImapOffice(lambda: {"INBOX": holding("one")}, hangs_up_at=command)
    async with imap_server(office) as port, reading(at(port), Notes()) as faults:
        await until(lambda: faults)


async def test_a_folder_that_is_not_there_ends_the_reading() -> None:
    office = ImapOffice(lambda: {"INBOX": holding("one")})
    async with imap_server(office) as port, reading(at(port, "Answers"), Notes()) as faults:
        await until(lambda: faults)

    assert isinstance(faults[0], LookupError)


async def test_a_mail_that_could_not_be_kept_is_read_again() -> None:
    notes = Notes(full=True)
    async with imap_server(ImapOffice(lambda: {"INBOX": holding("one")})) as port:
        async with reading(at(port), notes) as faults:
            await until(lambda: faults)
        notes.full = False
        async with reading(at(port), notes):
            await until(lambda: notes.looks)

    assert notes.words == ["one"]


async def test_ten_thousand_old_mails_are_read_before_the_new_one_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.mail.mailbox.RANGE", 700)
    inbox, notes = Folder(uidvalidity=7), Notes()
    for number in range(10_000):
        inbox.put(mail("old", "office@school.example") if number % 100 else mail(str(number)))
    async with imap_server(ImapOffice(lambda: {"INBOX": inbox})) as port, reading(at(port), notes):
        await until(lambda: notes.looks)

    assert notes.words == [str(number) for number in range(0, 10_000, 100)]
    assert list(notes.positions.values()) == [(7, 10_000)]


async def test_a_mail_that_is_too_big_is_cut_off_after_one_byte_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.mail.mailbox.LARGEST", 1000)
    notes = Notes()
    async with (
        imap_server(ImapOffice(lambda: {"INBOX": holding("x" * 5000)})) as port,
        reading(at(port), notes),
    ):
        await until(lambda: notes.looks)

    assert len(notes.taken[0].raw) == 1001


# --- a Maildir ---


@pytest.mark.parametrize("place", ["new", "cur", ".Done/cur"])
async def test_a_maildir_is_read_wherever_a_mail_program_puts_things(
    place: str, tmp_path: Path
) -> None:
    notes = Notes()
    async with reading(FolderMailbox(tmp_path / "answers", is_for_us, 0.02), notes):
        await until(lambda: notes.looks)
        folder = tmp_path / "answers" / place
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".draft").write_bytes(mail("not yet"))
        (folder / "1.M2.host:2,S").write_bytes(mail("one"))
        (folder / "2.M2.host").write_bytes(mail("not ours", "office@school.example"))
        await until(lambda: notes.taken)
        (folder / "1.M2.host:2,S").rename(folder / "1.M2.host:2,SR")
        looks = notes.looks
        await until(lambda: notes.looks > looks + 2)

    assert notes.words == ["one"]


async def test_a_mail_that_is_still_being_written_into_a_maildir_is_read_when_it_is_whole(
    tmp_path: Path,
) -> None:
    notes = Notes()
    whole = mail("one\r\nand the rest of it")
    seen: list[int] = []

    def paths() -> Iterator[Path]:
        """At each look the mail has grown, until it is whole."""
        path = tmp_path / "new" / "1.M2.host"
        with path.open("ab") as file:
            file.write(whole[len(seen) * 40 : len(seen) * 40 + 40])
        seen.append(len(notes.taken) + notes.looks)
        yield path

    mailbox = FolderMailbox(tmp_path, is_for_us, 0.001)
    mailbox._paths = paths  # type: ignore[method-assign]
    async with reading(mailbox, notes):
        await until(lambda: notes.looks)

    assert notes.words == ["one\r\nand the rest of it"]
    growing = -(-len(whole) // 40)
    assert growing > 2
    assert seen[: growing + 1] == [0] * (growing + 1)


async def test_a_mail_that_vanishes_from_a_maildir_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = Notes()
    mailbox = FolderMailbox(tmp_path, is_for_us, 0.02)
    monkeypatch.setattr(mailbox, "_paths", lambda: iter([tmp_path / "new" / "gone"]))
    async with reading(mailbox, notes) as faults:
        await until(lambda: notes.looks > 2)

    assert faults == []


# --- for us, and where it is ---


@pytest.mark.parametrize(
    ("head", "ours"),
    [
        ("To: bot@school.example", True),
        ("To: BOT+XYZ@School.Example", True),
        ('Cc: "School bot" <bot+xyz@school.example>, other@school.example', True),
        ("Delivered-To: bot+xyz@school.example", True),
        ("X-Original-To: bot+xyz@school.example", True),
        ("To: a@school.example,\r\n\tbot+xyz@school.example", True),
        ("To: robot@school.example", False),
        ("To: bot@school.example.com", False),
        ("To: bot+x y@school.example", False),
        ("Subject: bot@school.example", False),
        ("From: bot@school.example", False),
        ("To: office@school.example\r\n\r\nTo: bot@school.example", False),
    ],
)
def test_only_what_was_sent_to_us_is_ours(head: str, ours: bool) -> None:
    assert is_for_us(f"From: x@y\r\n{head}\r\n\r\nwords".encode()) is ours


@pytest.mark.parametrize(
    ("url", "folder"),
    [("imaps://u:p@mail.example", "INBOX"), ("imaps://u:p@mail.example/An%20swers", "An swers")],
)
def test_an_inbox_url_says_which_folder_is_watched(url: str, folder: str) -> None:
    mailbox = mailbox_from_url(url, is_for_us)

    assert isinstance(mailbox, ImapMailbox)
    assert mailbox._folder == folder
    assert "p@" not in repr(mailbox._imap)


def test_an_inbox_url_can_be_a_maildir(tmp_path: Path) -> None:
    mailbox = mailbox_from_url("maildir:var/answers", is_for_us, tmp_path)

    assert isinstance(mailbox, FolderMailbox)
    assert mailbox._folder == tmp_path / "var/answers"
