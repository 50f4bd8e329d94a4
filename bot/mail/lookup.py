"""Looking into a mailbox, over IMAP, whether a letter has come."""

from __future__ import annotations

import asyncio
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

#: These never hold a letter that only just came.
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
        with self._opened() as mailbox:
            folders = [
                folder.name
                for folder in mailbox.folder.list()
                if not _NEVER & {flag.casefold() for flag in folder.flags}
            ]
            folders.sort(key=lambda name: name.upper() != "INBOX")
            shows = envelope.recipient.casefold() == self.user.casefold()
            for folder in folders:
                if time.monotonic() > enough:
                    raise TimeoutError
                mailbox.folder.set(folder, readonly=True)
                if _finds(mailbox, envelope.message_id):
                    return True
                shows = shows or bool(earlier) and _finds(mailbox, earlier)
        return False if shows else None

    def _opened(self) -> BaseMailBox:
        from imap_tools import MailBox, MailBoxStartTls, MailBoxUnencrypted

        context = self.tls or ssl.create_default_context()
        wait = self.answer_within
        box: BaseMailBox
        match self.secure:
            case "tls":
                box = MailBox(self.host, self.port, timeout=wait, ssl_context=context)
            case "starttls":
                box = MailBoxStartTls(self.host, self.port, timeout=wait, ssl_context=context)
            case _:
                box = MailBoxUnencrypted(self.host, self.port, timeout=wait)
        try:
            return box.login(self.user, self.password, initial_folder=None)
        except BaseException:
            box.client.shutdown()
            raise


def _finds(mailbox: BaseMailBox, message_id: str) -> bool:
    """The whole Message-ID between its brackets: servers also find a part of one."""
    quoted = imaplib.IMAP4._quote(None, message_id)  # type: ignore[attr-defined] # as imaplib does
    return bool(mailbox.uids(f"HEADER Message-ID {quoted}"))
