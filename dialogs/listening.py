"""What is heard in the words of a language: rules for drafts, phrases for safety."""

from __future__ import annotations

from dataclasses import dataclass

from dialogs.content import Content
from dialogs.rules import Rules
from dialogs.safety import Phrases
from dialogs.source import Source


@dataclass(frozen=True, slots=True)
class Listening:
    """The rules and phrases of one language.

    Each is compiled when it is first needed, once for all content that holds the same; that takes
    a third of a second. Expects content that `check` found sound.
    """

    draft_check: Source
    safety: Source

    @classmethod
    def of(cls, content: Content, language: str) -> Listening:
        sources = content.sources
        return cls(sources[f"{language}/draft_check.yaml"], sources[f"{language}/safety.yaml"])

    @property
    def rules(self) -> Rules:
        return self.draft_check.made(rules_of)

    @property
    def phrases(self) -> Phrases:
        return self.safety.made(phrases_of)


def rules_of(draft_check: Source) -> Rules:
    return Rules.compile(draft_check.value)


def phrases_of(safety: Source) -> Phrases:
    return Phrases.compile(safety.value)
