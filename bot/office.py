"""The office: which letters a concern becomes, one for each address that receives it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.letter_bytes import MARKER, Letter, written
from dialogs.messages import Concern

#: Ends the role of a letter that goes to the second address of a role.
SECOND = "/second"
#: Who receives a concern about the head.
ABOUT_HEAD = "chair"


def nowhere(reference: str) -> str:
    """Answers do not come back."""
    return ""


@dataclass(frozen=True, slots=True)
class Office:
    """Where concerns go: an address for each role, and who the letters are from.

    `second` holds, for a role that has one, where its letters go when the first refuses them.
    """

    roles: Mapping[str, str]
    mail_from: str
    second: Mapping[str, str] = field(default_factory=dict)
    #: The address for answers to a thread; empty when they cannot come back.
    reply_to: Callable[[str], str] = nowhere

    def letters(self, concern: Concern, now: datetime) -> tuple[Letter, ...]:
        """One letter for each address behind the concern's roles."""
        subject, reference = concern.subject, concern.reference
        reply_to = self.reply_to(reference)
        return tuple(
            written(
                f"{reference}.{role}", reference, role, address, subject, concern.body,
                self.mail_from, now, reply_to,
            )
            for role, address in self._addresses(concern).items()
        )  # fmt: skip

    def later(
        self,
        reference: str,
        role: str,
        subject: str,
        body: str,
        tag: str,
        now: datetime,
        answers: str = "",
        otherwise: str = "",
    ) -> Letter:
        """One more letter of a thread, or of none, to where `role` is now, or else `otherwise`.

        `tag` makes its Message-ID; `answers` is the one of the first letter, so that mail programs
        keep them together. Only what begins with the marker can be answered into the chat.
        """
        reply_to = self.reply_to(reference) if body.startswith(MARKER) else ""
        recipient = self.address(role) or otherwise
        local = f"{reference or 'all'}.{role}.{tag}"
        return written(
            local, reference, role, recipient, subject, body, self.mail_from, now, reply_to, answers
        )

    def address(self, role: str) -> str:
        """Where letters for `head`, or `head/second`, go now; empty when nobody is named."""
        if role.endswith(SECOND):
            return self.second.get(role.removesuffix(SECOND), "")
        address = self.roles.get(role) or self.roles.get("office", "")
        if role == ABOUT_HEAD and not self.roles.get(role):
            return "" if _is_one_of(address, self._head()) else address
        return address

    def joins(self, role: str, roles: Iterable[str], reached: Iterable[str]) -> bool:
        """Whether a role that had no letter yet gets what is added: at an address of its own, and
        about the head at no address of the head.
        """
        address = self.address(role)
        kept_from = (*reached, *(self._head() if ABOUT_HEAD in roles else ()))
        return bool(address) and not _is_one_of(address, kept_from)

    def _head(self) -> tuple[str, ...]:
        return self.roles.get("head", ""), self.second.get("head", "")

    def _addresses(self, concern: Concern) -> dict[str, str]:
        """By role. One without an address goes to the office. What is for the chair is about the
        head: it goes to no address of the head, unless the chair has no other. Raises ValueError
        when there is no address.
        """
        addresses: dict[str, str] = {}
        about_head = ABOUT_HEAD in concern.roles
        for role in concern.roles or ("office",):
            address = self.roles.get(role) or self.roles.get("office")
            if not address:
                raise ValueError(f"the school has no address for {role} and none for office")
            if about_head and _is_one_of(address, self._head()):
                continue
            if not _is_one_of(address, addresses.values()):
                addresses[role] = address
        if not addresses:
            if not self.roles.get(ABOUT_HEAD):
                raise ValueError(
                    "the school has no address for chair, and all others are the head's"
                )
            addresses[ABOUT_HEAD] = self.roles[ABOUT_HEAD]
        return addresses


def _is_one_of(address: str, others: Iterable[str]) -> bool:
    return address.casefold() in {other.casefold() for other in others if other}
