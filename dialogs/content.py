"""Everything that a school edits, read once at the start, or a list of all that is wrong in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar, TypeVar

from dialogs import placeholders
from dialogs.language import Language
from dialogs.school import STRICT, School
from dialogs.school_days import promise
from dialogs.shape import Misshapen, shape
from dialogs.signposts import EMERGENCY, Clause, Signpost
from dialogs.source import ContentError, Problem, Source, did_you_mean, join, read
from dialogs.wording import Screen, Wording

_Kind = TypeVar("_Kind")
_SCREENS = ("questions", "outcomes", "cards")


@dataclass(frozen=True, slots=True)
class _ScreenText:
    """One screen as questions.yaml, outcomes.yaml and cards.yaml hold it."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT

    provenance: str
    text: str
    choices: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Content:
    """A loaded content folder.

    `wordings` has every language that was found; `offered` those that a reviewer stands behind,
    the school's own first. `sources` are the files by name (`en/questions.yaml`), and
    `en/draft_check.yaml` is joined by `en/draft_words.yaml`.
    """

    folder: str
    school: School
    signposts: Mapping[str, Signpost]
    clauses: Mapping[str, Clause]
    languages: Mapping[str, Language]
    wordings: Mapping[str, Wording]
    offered: tuple[str, ...]
    sources: Mapping[str, Source] = field(repr=False)
    warnings: tuple[Problem, ...] = ()

    @classmethod
    def load(cls, folder: Path) -> Content:
        """Read a whole folder. Raises ContentError with every problem in every file at once."""
        return _Loading(folder).content()

    def promise(self, now: datetime) -> date:
        """The day by which the school answers what reaches it at `now`."""
        return promise(now, self.school.calendar())

    def facts(self, language: str) -> Mapping[str, str]:
        """What the placeholders filled in at the start stand for, in one language."""
        return placeholders.facts(self.school, self.signposts, self.languages[language].roles)


class _Loading:
    """One go at a folder: reads on past a problem, to find them all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sources: dict[str, Source] = {}
        self._problems: list[Problem] = []
        self._warnings: list[Problem] = []

    def content(self) -> Content:
        school = self._school()
        signposts = self._signposts()
        clauses = self._read("clauses.yaml", dict[str, Clause])
        languages = self._languages()
        wordings: dict[str, Wording] = {}
        if school is not None:
            if school.language not in languages:
                known = did_you_mean(school.language, languages)
                self._say(
                    "school.yaml", f'there is no folder for "{school.language}"{known}', "language"
                )
            elif not languages[school.language].reviewed_by:
                self._say(
                    f"{school.language}/language.yaml",
                    "the school's own language has no reviewer, so it is not offered",
                    "reviewed_by",
                )
            for clause in set(school.policy.exact_words) - set(clauses or ()):
                known = did_you_mean(clause, clauses or ())
                self._say(
                    "school.yaml",
                    f'there is no clause "{clause}"{known}',
                    "policy",
                    "exact_words",
                    clause,
                )
        for code, language in languages.items():
            facts = None  # without a file that they come from, every name would seem unknown
            if school is not None and signposts is not None:
                facts = placeholders.facts(school, signposts, language.roles)
            wordings[code] = self._wording(code, language, facts)
        if self._problems or school is None or signposts is None or clauses is None:
            raise ContentError(self._problems)
        offered = [code for code, one in languages.items() if one.reviewed_by]
        offered.sort(key=lambda code: (code != school.language, code))
        return Content(
            folder=self._folder.as_posix(),
            school=school,
            signposts=signposts,
            clauses=clauses,
            languages=languages,
            wordings=wordings,
            offered=tuple(offered),
            sources=self._sources,
            warnings=tuple(sorted(self._warnings)),
        )

    def _school(self) -> School | None:
        school = self._read("school.yaml", School)
        if school is not None:
            for place, fault in school.faults():
                self._say("school.yaml", fault, *place)
            for place, doubt in school.doubts():
                source = self._sources["school.yaml"]
                self._warnings.append(source.problem(doubt, *place, warning=True))
        return school

    def _signposts(self) -> dict[str, Signpost] | None:
        signposts = self._read("signposts.yaml", dict[str, Signpost])
        if signposts is None:
            return None
        for name, signpost in signposts.items():
            for place, fault in signpost.faults():
                self._say("signposts.yaml", fault, name, *place)
        written = signposts.get("emergency")
        if written is None:
            said = '"emergency" was left out; 999 is built in and stays'
            self._warnings.append(self._sources["signposts.yaml"].problem(said, warning=True))
            signposts = {"emergency": EMERGENCY, **signposts}
        elif (written.phone, written.press) != (EMERGENCY.phone, EMERGENCY.press):
            self._say(
                "signposts.yaml",
                "999, then 55, is built in; it cannot be changed",
                "emergency",
                "phone",
            )
        return signposts

    def _languages(self) -> dict[str, Language]:
        languages = {}
        for path in sorted(self._folder.glob("*/language.yaml")):
            code = path.parent.name
            language = self._read(f"{code}/language.yaml", Language)
            if language is not None:
                languages[code] = language
                for place, fault in language.faults():
                    self._say(f"{code}/language.yaml", fault, *place)
        if not languages and not self._problems:
            self._say("school.yaml", "no language was found; each is a folder with language.yaml")
        return languages

    def _wording(self, code: str, language: Language, facts: Mapping[str, str] | None) -> Wording:
        screens: dict[str, Screen] = {}
        for file in _SCREENS:
            name = f"{code}/{file}.yaml"
            for state, one in (self._read(name, dict[str, _ScreenText]) or {}).items():
                if state in screens:
                    self._say(name, f'"{state}" is a screen in another file too', state)
                say = self._filler(name, facts)
                screens[state] = Screen(
                    state,
                    one.provenance,
                    say(one.text, state, "text").strip(),
                    {id: say(label, state, "choices", id) for id, label in one.choices.items()},
                    one.also,
                )
        self._rules(code)
        also, messages = self._messages(f"{code}/messages.yaml", facts)
        _, letter = self._messages(f"{code}/letter.yaml", facts)
        return Wording(
            code, language.name, language.direction, language.reviewed_by,
            screens, messages, letter, also,
        )  # fmt: skip

    def _rules(self, code: str) -> None:
        """What is understood by dialogs.draft and dialogs.safety: here only that it is there."""
        self._read(f"{code}/safety.yaml", dict[str, object])
        check, words = f"{code}/draft_check.yaml", f"{code}/draft_words.yaml"
        rules, lists = (self._read(name, dict[str, object]) for name in (check, words))
        for key in (rules or {}).keys() - {"rules"}:
            self._say(check, f'only "rules" belongs here; move "{key}" to draft_words.yaml', key)
        if rules is not None and "rules" not in rules:
            self._say(check, '"rules" is missing')
        if "rules" in (lists or {}):
            self._say(words, '"rules" belongs in draft_check.yaml', "rules")
        if rules is not None and lists is not None:
            self._sources[check] = join(self._sources[check], self._sources[words])

    def _messages(
        self, name: str, facts: Mapping[str, str] | None
    ) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, str]]:
        """The texts of a file by name, and apart from them what it has under `also`."""
        source = self._source(name)
        if source is None:
            return {}, {}
        value = source.value
        also: Mapping[str, tuple[str, ...]] = {}
        if isinstance(value, dict) and "also" in value:
            also = self._shape(value["also"], dict[str, tuple[str, ...]], source, "also") or {}
            value = {key: text for key, text in value.items() if key != "also"}
        texts = self._shape(value, dict[str, str], source) or {}
        say = self._filler(name, facts)
        return also, {key: say(text, key).rstrip("\n") for key, text in texts.items()}

    def _filler(self, name: str, facts: Mapping[str, str] | None) -> Callable[..., str]:
        """What reads one text of a file. Without facts nothing is filled in."""

        def say(text: str, *place: str) -> str:
            if facts is None:
                return text
            in_turn = placeholders.in_turn(name, *place)
            for above, fault in placeholders.faults(text, facts, in_turn):
                self._problems.append(self._sources[name].problem(fault, *place, above=above))
            return placeholders.fill_facts(text, facts)

        return say

    def _read(self, name: str, kind: type[_Kind]) -> _Kind | None:
        source = self._source(name)
        return None if source is None else self._shape(source.value, kind, source)

    def _source(self, name: str) -> Source | None:
        try:
            self._sources[name] = read(self._folder / name)
        except ContentError as error:
            self._problems += error.problems
        return self._sources.get(name)

    def _shape(self, value: object, kind: type[_Kind], source: Source, *place: str) -> _Kind | None:
        try:
            return shape(value, kind, source, *place)
        except Misshapen as error:
            self._problems += error.problems
            return None

    def _say(self, name: str, sentence: str, *place: str | int) -> None:
        self._problems.append(self._sources[name].problem(sentence, *place))
