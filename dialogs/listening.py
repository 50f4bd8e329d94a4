"""What is heard in the words of a language: rules for drafts, phrases for safety."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dialogs import rule_faults
from dialogs import safety as cards
from dialogs.content import Content
from dialogs.rules import Rules
from dialogs.safety import Phrases
from dialogs.source import ContentError, Fault, Source


@dataclass(frozen=True, slots=True)
class Listening:
    """The rules and phrases of one language.

    Each is compiled when it is first needed, once for all content that holds the same; that takes
    about half a second. What could not be compiled then is found at once.
    """

    draft_check: Source
    safety: Source

    @classmethod
    def of(cls, content: Content, language: str) -> Listening:
        """Raises ContentError for files in which a part is missing or cannot be read."""
        one = content.sources[f"{language}/draft_check.yaml"]
        two = content.sources[f"{language}/safety.yaml"]
        faults = [one.problem(fault, *place) for place, fault in one.made(_rules_misshapen)]
        faults += [two.problem(fault, *place) for place, fault in two.made(_phrases_misshapen)]
        if faults:
            raise ContentError(faults)
        return cls(draft_check=one, safety=two)

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


def _rules_misshapen(draft_check: Source) -> Sequence[Fault]:
    return rule_faults.misshapen(draft_check.value)


def _phrases_misshapen(safety: Source) -> Sequence[Fault]:
    return cards.misshapen(safety.value)
