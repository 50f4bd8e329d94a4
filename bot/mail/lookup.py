"""Looking into a mailbox, over IMAP, whether a letter has come."""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import logging
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.mail.values import Envelope

if TYPE_CHECKING:  # loaded when somebody looks
    from imap_tools import BaseMailBox

logger = logging.getLogger(__name__)

#: Folders with these flags hold no letters.
_NEVER = {"\\noselect", "\\nonexistent"}


@dataclass(frozen=True, slots=True)
class Lookup:
    """A mailbox that can be searched; `secure` is tls, starttls, or none for this machine."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    secure: str = "tls"
    #: How long one answer may take, and one look in all, in seconds.
    answer_within: float = 15.0
    look_within: float = 60.0
    tls: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"Lookup({self.host}:{self.port})"

    async def has(self, envelope: Envelope, earlier: str = "") -> bool | None:
        """Whether the letter is there. False only from a mailbox that would show it.

        That is the recipient's own, or one in which an earlier letter to this recipient is seen:
        silence from any other mailbox proves nothing.
        """
        try:
            return await asyncio.to_thread(self._has, envelope, earlier)
        except Exception as error:
            # Whatever it was, we do not know; a letter twice is better than a letter lost.
            logger.warning("could not look into the mailbox: %s", type(error).__name__)
            return None

    def _has(self, envelope: Envelope, earlier: str) -> bool | None:
        enough = time.monotonic() + self.look_within
        mailbox = self._opened()
        try:
            shows = envelope.recipient.casefold() == self.user.casefold()
            for folder in _folders(mailbox):
                if time.monotonic() > enough:
                    raise TimeoutError
                mailbox.folder.set(folder, readonly=True)
                if _finds(mailbox, envelope.message_id):
                    return True
                shows = shows or (bool(earlier) and _finds(mailbox, earlier))
            return False if shows else None
        finally:
            with contextlib.suppress(Exception):  # what we know by now, we know
                mailbox.logout()
            with contextlib.suppress(OSError):
                mailbox.client.shutdown()

    def _opened(self) -> BaseMailBox:
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


def _folders(mailbox: BaseMailBox) -> list[str]:
    """All of them, the inbox first: a person or a rule may have filed the letter at once."""
    names = [
        folder.name
        for folder in mailbox.folder.list()
        if not _NEVER & {flag.casefold() for flag in folder.flags}
    ]
    return sorted(names, key=lambda name: name.upper() != "INBOX")


def _finds(mailbox: BaseMailBox, message_id: str) -> bool:
    """The whole Message-ID between its brackets: servers also find a part of one."""
    quoted = message_id.replace("\\", "\\\\").replace('"', '\\"')
    return bool(mailbox.uids(f'HEADER Message-ID "{quoted}"', charset=None))
