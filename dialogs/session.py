"""Where one conversation is, as saved between turns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

FORMAT = 1

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Session:
    """One conversation between two turns.

    `answers` are the choices made at questions; `unsent` is the concern before Send, field by
    field (an empty value was skipped); `sent` is the receipt of the latest one. `trail` is the
    way back. `findings` are rule ids only: a draft's own words are never kept.
    `guess` is a choice we asked "did you mean" about.
    """

    state: str
    language: str = "en"
    answers: Mapping[str, str] = field(default_factory=dict)
    unsent: Mapping[str, str] = field(default_factory=dict)
    sent: Mapping[str, str] = field(default_factory=dict)
    trail: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    guess: str = ""

    def to_json(self) -> str:
        """The session as text for the store."""
        return _write(
            {
                "format": FORMAT,
                "state": self.state,
                "language": self.language,
                "answers": dict(self.answers),
                "unsent": dict(self.unsent),
                "sent": dict(self.sent),
                "trail": self.trail,
                "findings": self.findings,
                "guess": self.guess,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Session:
        """Read what `to_json` wrote. Raises ValueError for a format this version cannot read."""
        saved = json.loads(text)
        if not isinstance(saved, dict) or saved.pop("format", None) != FORMAT:
            raise ValueError("a saved session has a format that this version cannot read")
        return cls(
            **{**saved, "trail": tuple(saved["trail"]), "findings": tuple(saved["findings"])}
        )
