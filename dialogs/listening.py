"""What is heard in the words of each language: rules for drafts, phrases for safety."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dialogs.content import Content
from dialogs.rules import Rules
from dialogs.safety import Phrases
from dialogs.source import Source


@dataclass(frozen=True, slots=True)
class Listening:
    """The rules and phrases of all languages, compiled once."""

    rules: Mapping[str, Rules]
    phrases: Mapping[str, Phrases]

    @classmethod
    def compile(cls, content: Content) -> Listening:
        """Takes a third of a second a language, if no other content had the same rules and phrases.

        Expects content that `check` found sound.
        """

        def of(language: str, file: str) -> Source:
            return content.sources[f"{language}/{file}.yaml"]

        return cls(
            {code: of(code, "draft_check").made(rules) for code in content.wordings},
            {code: of(code, "safety").made(phrases) for code in content.wordings},
        )


def rules(draft_check: Source) -> Rules:
    return Rules.compile(draft_check.value)


def phrases(safety: Source) -> Phrases:
    return Phrases.compile(safety.value)
