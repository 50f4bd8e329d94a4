"""Handing one letter to the school's mail: by SMTP, or into a folder that mail programs open."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPRecipientRefused, SMTPSenderRefused


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a letter is from and for, and which letter it is. From configuration only."""

    sender: str
    recipient: str
    message_id: str


class MailRefused(Exception):
    """The mail server will never take this letter. Holds our own words and its code only."""


class MailUnavailable(Exception):
    """The letter was not taken this time; try again."""


class MailUncertain(Exception):
    """The whole letter was handed over and the answer was lost: it may have arrived."""


class Mail(Protocol):
    """A way to hand over letters."""

    @property
    def lease(self) -> timedelta:
        """How long a letter is ours without a sign of life, before another try may take it."""

    async def send(self, letter: bytes, envelope: Envelope) -> None:
        """Return once it was accepted. Raises MailRefused, MailUnavailable or MailUncertain."""

    async def has(self, message_id: str) -> bool | None:
        """Whether the letter has arrived; None when that cannot be known."""


class Security(Enum):
    """What must be agreed with a mail server before it is told anything."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a mail server, in seconds (RFC 5321, 4.5.3.2)."""

    connect: float = 15.0
    command: float = 60.0
    data: float = 600.0


@dataclass(frozen=True, slots=True)
class SmtpMail:
    """A mail server. TLS is verified and never given up, unless `security` is NONE."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    security: Security = Security.STARTTLS
    patience: Patience = Patience()
    tls: ssl.SSLContext | None = None
    lease: timedelta = timedelta(minutes=5)

    def __repr__(self) -> str:
        return f"SmtpMail({self.host}:{self.port})"

    async def send(self, letter: bytes, envelope: Envelope) -> None:
        _, _, our_domain = envelope.sender.rpartition("@")
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            local_hostname=our_domain,
            use_tls=self.security is Security.TLS,
            start_tls=False,
            tls_context=self._verified(),
            timeout=self.patience.command,
        )
        try:
            with _until_the_letter():
                await client.connect(timeout=self.patience.connect)
                if self.security is Security.STARTTLS:
                    await self._secure(client)
                if self.user:
                    await client.login(self.user, self.password)
                await client.mail(envelope.sender, encoding="ascii")
                await client.rcpt(envelope.recipient, encoding="ascii")
            with _from_the_letter_on():
                await client.data(letter, timeout=self.patience.data)
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=2)
        finally:
            client.close()

    async def has(self, message_id: str) -> bool | None:
        """SMTP cannot look into a mailbox."""
        return None

    def _verified(self) -> ssl.SSLContext | None:
        if self.security is Security.NONE:
            return None
        return self.tls or ssl.create_default_context()

    async def _secure(self, client: aiosmtplib.SMTP) -> None:
        await client.ehlo()
        if not client.supports_extension("starttls"):
            raise MailUnavailable("the mail server offers no TLS, and nothing is sent without")
        await client.starttls(timeout=self.patience.connect)


class FolderMail:
    """A Maildir. The same letter delivered twice is one file."""

    lease = timedelta(seconds=3)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __repr__(self) -> str:
        return f"FolderMail({self.folder})"

    async def send(self, letter: bytes, envelope: Envelope) -> None:
        try:
            await asyncio.to_thread(self._deliver, letter, _file_name(envelope.message_id))
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else "the system refused"
            raise MailUnavailable(f"the mail folder cannot be written: {reason}") from None

    async def has(self, message_id: str) -> bool | None:
        return await asyncio.to_thread(self._has, _file_name(message_id))

    def _deliver(self, letter: bytes, name: str) -> None:
        new, temporary = self.folder / "new", self.folder / "tmp"
        for folder in (new, temporary, self.folder / "cur"):
            _make_folders(folder)
        for left_over in temporary.glob(f"{name}.*"):
            left_over.unlink(missing_ok=True)
        if self._has(name):
            return
        draft = temporary / f"{name}.{secrets.token_hex(4)}"
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(letter)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(new / name)
        _sync_folder(new)

    def _has(self, name: str) -> bool:
        """Also when a mail program has moved it: into cur, with flags, or into a subfolder."""
        return any(
            (folder / place / name).exists() or any((folder / place).glob(f"{name}[:;,!]*"))
            for folder in (self.folder, *self.folder.glob(".*/"))
            for place in ("new", "cur")
        )


def mail_from_url(url: str, folder: Path = Path()) -> Mail:
    """`maildir:path` (from `folder`), `smtp://user:pass@host:587` or `smtps://…`.

    Raises ValueError with one sentence that holds no password.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "maildir":
        if not rest:
            raise ValueError("MAIL_URL names no folder: write maildir:var/office-inbox.")
        return FolderMail(folder / rest)
    if scheme not in ("smtp", "smtps"):
        raise ValueError(
            "MAIL_URL must begin with maildir:, smtp:// or smtps://, such as"
            " smtp://user:password@mail.school.example:587."
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"MAIL_URL has a port that is not a number: {scheme}://…:587.") from None
    if not host:
        raise ValueError(f"MAIL_URL names no mail server: {scheme}://mail.school.example.")
    if bool(parts.username) != bool(parts.password):
        raise ValueError("MAIL_URL needs both a user and a password, or neither.")
    return SmtpMail(
        host,
        port or (465 if scheme == "smtps" else 587),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        Security.TLS if scheme == "smtps" else _security_towards(host),
    )


def _security_towards(host: str) -> Security:
    """Nothing needs hiding on the way to this machine itself, where its name says so."""
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    return Security.NONE if loopback else Security.STARTTLS


@contextmanager
def _until_the_letter() -> Iterator[None]:
    """Before the letter is handed over, every failure is one that leaves it with us.

    Only what is said about its envelope can be a refusal of this letter; a server that refuses
    us (a password that ran out, a blocked network) may take it tomorrow.
    """
    try:
        yield
    except aiosmtplib.SMTPResponseException as error:
        of_the_envelope = isinstance(error, SMTPSenderRefused | SMTPRecipientRefused)
        if of_the_envelope and error.code >= 500 and error.code not in _ABOUT_US:
            raise MailRefused(f"the mail server refused it {_code(error)}") from None
        raise MailUnavailable(f"the mail server said not now {_code(error)}") from None
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        # ssl.SSLError and TimeoutError are OSErrors; ValueError: a host name nobody can look up.
        raise MailUnavailable(f"no mail server: {type(error).__name__}") from None


@contextmanager
def _from_the_letter_on() -> Iterator[None]:
    """Once the letter is being handed over, a lost connection may be a lost answer."""
    try:
        yield
    except aiosmtplib.SMTPDataError as error:
        if error.code >= 500:
            raise MailRefused(f"the mail server refused its text {_code(error)}") from None
        raise MailUnavailable(f"the mail server said not now {_code(error)}") from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise MailUncertain(f"the answer was lost: {type(error).__name__}") from None


#: Authentication needed, failed or too weak (RFC 4954): never the letter's fault.
_ABOUT_US = frozenset({530, 534, 535, 538})


def _code(error: aiosmtplib.SMTPResponseException) -> str:
    """The numbers only: a server may quote anything in its words."""
    first, _, _ = error.message.partition(" ")
    enhanced = first if first.replace(".", "").isdecimal() and first.count(".") == 2 else ""
    return f"({error.code} {enhanced})" if enhanced else f"({error.code})"


def _file_name(message_id: str) -> str:
    name = quote(message_id.strip("<>"), safe="@")
    return name.replace(".", "%2E", 1) if name.startswith(".") else name


def _make_folders(folder: Path) -> None:
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
