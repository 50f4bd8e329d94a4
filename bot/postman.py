"""A letter on its way: look whether it is there, send it where its role is now, or elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from bot import notices
from bot.bounces import Bounce
from bot.letter_bytes import marked, readdressed, second_message_id
from bot.mail import Envelope, LastCheck, Mail
from bot.office import SECOND
from bot.store import Bounced, Leased, Store, Transaction

logger = logging.getLogger(__name__)

#: Where a role's letters go now, such as `head` or `head/second`; empty: nowhere known.
Address = Callable[[str], str]


def nowhere_else(role: str) -> str:
    """Every letter goes where it was addressed, and nobody has a second address."""
    return ""


class Postman:
    """Takes one letter to the school's mail."""

    def __init__(
        self,
        store: Store,
        mail: Mail,
        clock: Callable[[], datetime],
        address: Address,
        second_copy: str,
    ) -> None:
        """`second_copy` is the line that says so in a letter which may be one."""
        self._store = store
        self._mail = mail
        self._clock = clock
        self._address = address
        self._second_copy = second_copy

    async def send(self, leased: Leased, check: LastCheck) -> None:
        """Return once it has arrived. What a try before may have brought is looked for first."""
        envelope = Envelope(leased.sender, leased.recipient, leased.message_id)
        may_be_second = False
        if leased.tries > 1 or leased.uncertain:
            arrived = await self._mail.has(envelope, await self._earlier(leased))
            if arrived:
                return
            may_be_second = arrived is None and leased.uncertain
        recipient = await self._readdress(leased)
        letter = readdressed(leased.payload.encode("ascii"), recipient)
        if may_be_second:
            letter = marked(letter, self._second_copy)
        envelope = Envelope(leased.sender, recipient, leased.message_id)
        await self._mail.send(letter, envelope, check)

    async def _earlier(self, leased: Leased) -> str:
        return await self._store.turn(lambda tx: tx.earlier_letter(leased.recipient))

    async def _readdress(self, leased: Leased) -> str:
        """Where this role's letters go by now; that it changed is kept beside the letter."""
        recipient = self._address(leased.role) or leased.recipient
        if recipient != leased.recipient:
            now = self._clock()
            await self._store.turn(lambda tx: tx.readdress(leased.id, leased.owner, recipient, now))
            logger.warning("%s goes to where %s is now", leased.id, leased.role)
        return recipient

    def offer_to_second(self, tx: Transaction, letter: Leased | Bounced, now: datetime) -> bool:
        """What was refused for good goes to the role's second address, if it has one."""
        recipient = "" if letter.role.endswith(SECOND) else self._address(letter.role + SECOND)
        if not recipient:
            return False
        message_id = second_message_id(letter.message_id)
        content = readdressed(letter.payload.encode("ascii"), recipient, message_id)
        tx.queue_letter(
            reference=letter.reference,
            role=letter.role + SECOND,
            conversation=letter.conversation,
            language=letter.language,
            sender=letter.sender,
            recipient=recipient,
            message_id=message_id,
            content=content.decode("ascii"),
            now=now,
            part=letter.part,
        )
        return True

    def take_back(self, tx: Transaction, bounce: Bounce, now: datetime) -> Bounced | None:
        """A mail server gave a letter back, perhaps hours after it was taken: park it, say so.

        None when it is no letter of ours, or that was known. What only takes long changes nothing.
        """
        error = f"came back {bounce.status}".rstrip()
        letter = tx.bounce(bounce.message_id, now, error) if bounce.is_final else None
        if letter is None:
            return None
        tx.hold(letter.reference)
        if not (letter.payload and self.offer_to_second(tx, letter, now)):
            notices.tell_came_back(tx, letter.reference, now, letter.part)
        logger.error("parked %s: %s", letter.id, error)
        return letter
