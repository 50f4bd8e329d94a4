"""Looking into a mailbox, over IMAP, whether a letter has come."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.mail.imap import Imap, closed, folders
from bot.mail.values import Envelope

if TYPE_CHECKING:  # loaded when somebody looks
    from imap_tools import BaseMailBox

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class Lookup(Imap):
    """A mailbox that can be searched."""

    #: How long one look may take in all, in seconds.
    look_within: float = 60.0

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
        mailbox = self.opened()
        try:
            shows = envelope.recipient.casefold() == self.user.casefold()
            for folder in folders(mailbox):
                if time.monotonic() > enough:
                    raise TimeoutError
                mailbox.folder.set(folder, readonly=True)
                if _finds(mailbox, envelope.message_id):
                    return True
                shows = shows or (bool(earlier) and _finds(mailbox, earlier))
            return False if shows else None
        finally:
            closed(mailbox)


def _finds(mailbox: BaseMailBox, message_id: str) -> bool:
    """The whole Message-ID between its brackets: servers also find a part of one."""
    quoted = message_id.replace("\\", "\\\\").replace('"', '\\"')
    return bool(mailbox.uids(f'HEADER Message-ID "{quoted}"', charset=None))
