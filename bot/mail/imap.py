"""A connection to a mailbox over IMAP: TLS that is verified, and never given up."""

from __future__ import annotations

import contextlib
import imaplib
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loaded when somebody looks
    from imap_tools import BaseMailBox

#: Folders with these flags hold no letters.
_NEVER = {"\\noselect", "\\nonexistent"}


@dataclass(frozen=True, slots=True)
class Imap:
    """Where a mailbox is, and who reads it; `secure` is tls, starttls, or none for this machine."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    secure: str = "tls"
    #: How long one answer may take, in seconds.
    answer_within: float = 15.0
    tls: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.host}:{self.port})"

    def opened(self) -> BaseMailBox:
        """Connected and logged in, with no folder chosen."""
        from imap_tools import BaseMailBox

        class MailBox(BaseMailBox):
            """Theirs leave the connection open when TLS is refused."""

            def _get_mailbox_client(self) -> imaplib.IMAP4:
                return client

        client = self._connected()
        try:
            return MailBox().login(self.user, self.password, initial_folder=None)
        except BaseException:
            client.shutdown()
            raise

    def _connected(self) -> imaplib.IMAP4:
        wait = self.answer_within
        if self.secure == "none":
            return imaplib.IMAP4(self.host, self.port, timeout=wait)
        context = self.tls or ssl.create_default_context()
        if self.secure == "tls":
            return imaplib.IMAP4_SSL(self.host, self.port, ssl_context=context, timeout=wait)
        client = imaplib.IMAP4(self.host, self.port, timeout=wait)
        try:
            client.starttls(context)
        except BaseException:
            client.shutdown()
            raise
        return client


def closed(mailbox: BaseMailBox) -> None:
    """Leave, politely where the other side still listens."""
    with contextlib.suppress(Exception):  # what we know by now, we know
        mailbox.logout()
    with contextlib.suppress(OSError):
        mailbox.client.shutdown()


def folders(
    mailbox: BaseMailBox, first: str = "INBOX", but: frozenset[str] = frozenset()
) -> list[str]:
    """All folders that can hold letters, `first` before the others; none with a flag of `but`."""
    names = [
        folder.name
        for folder in mailbox.folder.list()
        if not (_NEVER | but) & {flag.casefold() for flag in folder.flags}
    ]
    return sorted(names, key=lambda name: name.upper() != first.upper())
