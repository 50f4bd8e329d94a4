"""A mail server, spoken to over TLS, and what its answers mean for the letter."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

import aiosmtplib
from aiosmtplib import SMTPRecipientRefused, SMTPSenderRefused

from bot.mail.lookup import Lookup
from bot.mail.values import (
    Envelope,
    LastCheck,
    MailRefused,
    MailUnavailable,
    MailUncertain,
    no_check,
)


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
    """A mail server. TLS is verified and never given up, unless `security` is NONE.

    `lookup` searches the mailbox that the letters arrive in, where there is a way.
    """

    host: str
    port: int
    user: str = ""
    password: str = ""
    security: Security = Security.STARTTLS
    patience: Patience = Patience()
    tls: ssl.SSLContext | None = None
    #: As long as a mail server waits for a client that fell silent (Postfix: 300 s): whoever was
    #: stopped in the middle of a letter finds the line cut when he wakes.
    lease: timedelta = timedelta(minutes=5)
    lookup: Lookup | None = None

    def __repr__(self) -> str:
        return f"SmtpMail({self.host}:{self.port})"

    async def send(self, letter: bytes, envelope: Envelope, check: LastCheck = no_check) -> None:
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
            await check()
            with _from_the_letter_on():
                await client.data(letter, timeout=self.patience.data)
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=2)
        finally:
            client.close()

    async def has(self, envelope: Envelope, earlier: str = "") -> bool | None:
        """SMTP itself cannot look into a mailbox."""
        return await self.lookup.has(envelope, earlier) if self.lookup else None

    def _verified(self) -> ssl.SSLContext | None:
        if self.security is Security.NONE:
            return None
        return self.tls or ssl.create_default_context()

    async def _secure(self, client: aiosmtplib.SMTP) -> None:
        await client.ehlo()
        if not client.supports_extension("starttls"):
            raise MailUnavailable("the mail server offers no TLS, and nothing is sent without")
        await client.starttls(timeout=self.patience.connect)


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
