"""Real mail servers on this machine: one that behaves, and scripted ones that do not."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

CERTIFICATES = Path(__file__).with_name("certificates")


@dataclass
class Received:
    """A letter as the server got it."""

    sender: str
    recipients: list[str]
    content: bytes


@dataclass
class Office:
    """The handler of an aiosmtpd server: keeps what it takes, answers as it is told."""

    received: list[Received] = field(default_factory=list)
    #: What to say, first come first served, before the usual answer.
    to_mail: list[str] = field(default_factory=list)
    to_recipient: list[str] = field(default_factory=list)
    to_data: list[str] = field(default_factory=list)
    #: Called when a letter has been taken and before the server says so.
    before_answer: Callable[[], Awaitable[None]] | None = None

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.to_mail:
            return self.to_mail.pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.to_recipient:
            return self.to_recipient.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.to_data:
            return self.to_data.pop(0)
        assert isinstance(envelope.content, bytes)
        self.received.append(
            Received(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.content)
        )
        if self.before_answer:
            await self.before_answer()
        return "250 2.0.0 taken"


def certificate(name: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem")
    return context


def trusting(name: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=CERTIFICATES / f"{name}.pem")


@asynccontextmanager
async def mail_server(
    office: Office,
    starttls: str = "",
    password: str = "",
    tls: str = "",
    patience: float = 300.0,
    port: int = 0,
) -> AsyncIterator[int]:
    """Run an aiosmtpd server and yield its port. It waits `patience` for a silent client."""

    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=data.password == password.encode(), handled=False)

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a password without TLS: yes, on this machine
            return SMTP(
                office,
                hostname="mail.school.example",
                ident="test",
                loop=loop,
                tls_context=certificate(starttls) if starttls else None,
                authenticator=authenticate if password else None,
                auth_required=bool(password),
                auth_require_tls=False,
                timeout=patience,
            )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        protocol,
        "127.0.0.1",
        port,
        ssl=certificate(tls) if tls else None,
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def scripted_server(
    *answers: bytes | None,
    pause: float = 0.0,
    connections: list[str] | None = None,
    tls: str = "",
    port: int = 0,
) -> AsyncIterator[int]:
    """A server that gives these answers, one for each line it reads after the first.

    None hangs up. After the last it says nothing any more. `pause` is between two bytes.
    """
    open_connections: list[asyncio.StreamWriter] = []

    async def say(writer: asyncio.StreamWriter, answer: bytes) -> None:
        for byte in [answer] if not pause else [bytes([one]) for one in answer]:
            writer.write(byte)
            await writer.drain()
            await asyncio.sleep(pause)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_connections.append(writer)
        if connections is not None:
            connections.append("came")
        try:
            await follow(reader, writer, answers)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def follow(
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        script: Sequence[bytes | None],
    ) -> None:
        in_data = False
        for answer in script:
            if answer is None:
                writer.transport.abort()
                return
            await say(writer, answer)
            in_data = answer.startswith(b"354")
            await reader.readuntil(b"\r\n.\r\n" if in_data else b"\r\n")
        await reader.read()

    server = await asyncio.start_server(
        serve, "127.0.0.1", port, ssl=certificate(tls) if tls else None
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in open_connections:
            writer.transport.abort()
        await asyncio.sleep(0)
