"""`MAIL_URL` and `INBOX_URL`: where letters go, where to see that they came, where answers come."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from bot.mail.folder import FolderMail
from bot.mail.imap import Imap
from bot.mail.lookup import Lookup
from bot.mail.mailbox import FolderMailbox, ImapMailbox, Mailbox
from bot.mail.smtp import Security, SmtpMail
from bot.mail.values import Mail


def mail_from_url(url: str, folder: Path = Path(), inbox_url: str = "") -> Mail:
    """`maildir:path` (from `folder`), `smtp://user:pass@host:587` or `smtps://…`.

    `inbox_url` is a mailbox in which SMTP letters can be seen to have come, or empty.
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
    parts = _split("MAIL_URL", url, 587)
    host = parts.hostname or ""
    return SmtpMail(
        host,
        parts.port or (465 if scheme == "smtps" else 587),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        Security.TLS if scheme == "smtps" else _security_towards(host),
        lookup=None
        if inbox_url.partition(":")[0] in ("", "maildir")
        else lookup_from_url(inbox_url),
    )


def mailbox_from_url(
    url: str, is_for_us: Callable[[bytes], bool], folder: Path = Path()
) -> Mailbox:
    """`maildir:path` (from `folder`) or a mailbox on a server, as `lookup_from_url` has it.

    The path of the address is the folder that is watched. Raises ValueError in the same way.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "maildir":
        return FolderMailbox(folder / rest, is_for_us)
    lookup = lookup_from_url(url)
    imap = Imap(lookup.host, lookup.port, lookup.user, lookup.password, lookup.secure)
    return ImapMailbox(imap, is_for_us, unquote(urlsplit(url).path.strip("/")) or "INBOX")


def lookup_from_url(url: str) -> Lookup:
    """`imaps://user:pass@host/INBOX`, or `imap://…` with STARTTLS, plain on this machine only.

    Raises ValueError with one sentence that holds no password.
    """
    scheme, _, _ = url.partition(":")
    if scheme not in ("imap", "imaps"):
        raise ValueError(
            "INBOX_URL must begin with imaps:// or imap://, such as"
            " imaps://user:password@mail.school.example/INBOX."
        )
    parts = _split("INBOX_URL", url, 993)
    host = parts.hostname or ""
    return Lookup(
        host,
        parts.port or (993 if scheme == "imaps" else 143),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        secure="tls" if scheme == "imaps" else _security_towards(host).value,
    )


def _split(setting: str, url: str, usual_port: int) -> SplitResult:
    scheme, _, _ = url.partition(":")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(
            f"{setting} has a port that is not a number: {scheme}://…:{usual_port}."
        ) from None
    if not host:
        raise ValueError(f"{setting} names no mail server: {scheme}://mail.school.example.")
    if bool(parts.username) != bool(parts.password):
        raise ValueError(f"{setting} needs both a user and a password, or neither.")
    return parts


def _security_towards(host: str) -> Security:
    """Nothing needs hiding on the way to this machine itself, where its name says so."""
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    return Security.NONE if loopback else Security.STARTTLS
