"""The services that a parent can be pointed to, and the clauses that guidance rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from dialogs.addresses import email_faults, link_faults, telephone_faults
from dialogs.school import STRICT
from dialogs.source import Place


@dataclass(frozen=True, slots=True)
class Signpost:
    """A service outside the school. Opening hours are left out: sources disagree on them.

    `press` is what to press when the call is answered; `word` is what to write to `text`.
    """

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT

    label: str
    source: str
    checked_on: date
    provenance: str = "national"
    phone: str = ""
    textphone: str = ""
    press: str = ""
    text: str = ""
    word: str = ""
    email: str = ""
    link: str = ""
    from_age: str = ""

    def faults(self) -> Iterator[tuple[Place, str]]:
        """What is wrong in itself, and where under the signpost's id."""
        if not (self.phone or self.text or self.email or self.link):
            yield (), "needs a phone, text, email or link"
        for key in ("phone", "textphone", "text"):
            if getattr(self, key):
                yield from telephone_faults(getattr(self, key), key)
        if self.email:
            yield from email_faults(self.email, "email")
        if self.link:
            yield from link_faults(self.link, "link")
        if self.provenance not in ("national", "school"):
            yield ("provenance",), '"provenance" is national or school'


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of the policy in our own plain words, and where in the policy it stands."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT

    place: str
    words: str


#: 999 stays in, whatever a school's file says.
EMERGENCY = Signpost(
    label="999",
    source="built in",
    checked_on=date(2026, 11, 22),
    phone="999",
    press="55",
    textphone="18000",
)
