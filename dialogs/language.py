"""What is true of one language: its name, who stands behind it, and its words for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import ClassVar, Literal

from dialogs.school import STRICT, Roles
from dialogs.source import Place, did_you_mean


@dataclass(frozen=True, slots=True)
class Language:
    """What language.yaml says. `banned` words stand in no text for parents.

    Every outcome ends with `last_line`. `clock_hours` stand on no card and at no signpost; `#` in
    them is any hour, such as 9 or 9:30.
    """

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT

    name: str
    direction: Literal["ltr", "rtl"]
    reviewed_by: str | None
    roles: Mapping[str, str]
    reviewed_on: date | None = None
    policy_words: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    last_line: str = ""
    clock_hours: tuple[str, ...] = ()

    def faults(self) -> Iterator[tuple[Place, str]]:
        """What is wrong in itself, and where in language.yaml."""
        known = {role.name for role in fields(Roles)}
        for role in known - self.roles.keys():
            yield ("roles",), f'"{role}" is missing'
        for role in self.roles.keys() - known:
            yield ("roles", role), f'there is no role "{role}"{did_you_mean(role, known)}'
