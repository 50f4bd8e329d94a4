"""What must be true of the words: nothing is said that should not be, and all reads easily."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

from dialogs import reading
from dialogs.content import Content
from dialogs.source import Place, Problem, Source

SCREEN_FILES = ("questions", "outcomes", "cards")
#: The only screen that speaks of the policy as a whole.
ABOUT_THE_POLICY = "policy"

#: A line of its own between two messages of one screen.
MESSAGES_APART = re.compile(r"^---$", re.M)

MOST_SENTENCES = 4
LONGEST_SENTENCE = 20
MEAN_SENTENCE = 10
GRADE = 5
#: A grade says nothing of a message shorter than this.
GRADED_WORDS = 12

#: An hour of the clock, as # stands for it in language.yaml.
HOUR = r"[0-9]{1,2}(?:[:.][0-9]{2})?"

_SHOUT = re.compile(r"[!！¡]")
_LONG_NUMBER = re.compile(r"(?<![\d-])0\d{2,4}[ \d]{5,}\d")


@dataclass(frozen=True, slots=True)
class Said:
    """One text for parents as it stands in its file, placeholders and all."""

    source: Source
    place: Place
    text: str
    screen: str = ""

    def problem(self, sentence: str, at: int = 0) -> Problem:
        """`sentence`, said of the line on which the character `at` stands."""
        return self.source.problem(sentence, *self.place, above=self.text[:at])


def source_of(content: Content, language: str, state: str) -> Source:
    """The file that holds a screen; questions.yaml for a screen that is missing."""
    files = [content.sources[f"{language}/{name}.yaml"] for name in SCREEN_FILES]
    return next((file for file in files if state in (file.value or {})), files[0])


def texts(content: Content, language: str) -> Iterator[Said]:
    """Everything a parent can read in one language, apart from the labels of buttons."""
    for state in content.wordings[language].screens:
        source = source_of(content, language, state)
        yield Said(source, (state, "text"), source.value[state]["text"], state)
    messages = content.sources[f"{language}/messages.yaml"]
    for key, text in messages.value.items():
        if key != "also":
            yield Said(messages, (key,), str(text))
    rules = content.sources[f"{language}/draft_check.yaml"]
    for index, rule in enumerate(_rules(rules.value.get("rules"))):
        for key in ("reason", "gentler"):
            yield Said(rules, ("rules", index, key), str(rule.get(key, "")))
    if language == content.school.language:
        clauses = content.sources["clauses.yaml"]
        for clause, one in content.clauses.items():
            yield Said(clauses, (clause, "words"), one.words)


def _rules(rules: Any) -> list[Mapping[str, Any]]:
    """The rules of a draft check that have the shape of rules; dialogs.draft names the others."""
    return [one for one in rules if isinstance(one, dict)] if isinstance(rules, list) else []


def labels(content: Content, language: str) -> Iterator[Said]:
    """The labels of all buttons in one language."""
    for state in content.wordings[language].screens:
        source = source_of(content, language, state)
        for choice, label in (source.value[state].get("choices") or {}).items():
            yield Said(source, (state, "choices", choice), str(label), state)


def tone_problems(content: Content, language: str) -> Iterator[Problem]:
    """Words that are never said, the policy named where no clause stands behind it, and "!"."""
    spoken = content.languages[language]
    banned = _words(spoken.banned)
    policy = _words(spoken.policy_words)
    screens = content.wordings[language].screens
    for said in (*texts(content, language), *labels(content, language)):
        for found in _SHOUT.finditer(said.text):
            yield said.problem("has an exclamation mark; say it calmly", found.start())
        for found in banned.finditer(said.text.replace("’", "'")):
            yield said.problem(
                f'says "{found[0]}", which is on the list of words to avoid', found.start()
            )
        if said.place[-1] == "text" and said.screen and said.screen != ABOUT_THE_POLICY:
            rests_on = screens[said.screen].provenance
            named = policy.search(said.text)
            if rests_on not in content.clauses and named:
                yield said.problem(
                    f'speaks of the policy, but its provenance is "{rests_on}" and not a clause',
                    named.start(),
                )
        yield from _numbers(content, said)


def hour_problems(content: Content, language: str) -> Iterator[Problem]:
    """Opening hours on a card, or at a signpost: sources disagree, and a wrong one does harm."""
    hours = _words(content.languages[language].clock_hours, HOUR)
    cards = content.sources[f"{language}/cards.yaml"]
    told = [one for one in (*texts(content, language), *labels(content, language))
            if one.source is cards]  # fmt: skip
    if language == content.school.language:
        file = content.sources["signposts.yaml"]
        for name, signpost in content.signposts.items():
            for key in ("label", "press", "word", "text"):
                told.append(Said(file, (name, key), getattr(signpost, key)))
    for said in told:
        for found in hours.finditer(said.text.replace("’", "'")):
            yield said.problem(f'has opening hours, "{found[0]}"; leave them out', found.start())


def _words(banned: tuple[str, ...], number: str = "#") -> re.Pattern[str]:
    """Any of these as whole words, with a `number` for each #."""
    either = "|".join(
        re.escape(one).replace(r"\#", number).replace(r"\ ", r"\s+")
        for one in sorted(banned, key=len, reverse=True)
    )
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)" if banned else r"(?!)", re.I)


def _numbers(content: Content, said: Said) -> Iterator[Problem]:
    """A number typed into the words would not be looked up again with the signposts."""
    for found in _LONG_NUMBER.finditer(said.text):
        digits = found[0].replace(" ", "")
        ids = [n for n, one in content.signposts.items() if one.phone.replace(" ", "") == digits]
        hint = f"; write ${ids[0]}_phone" if ids else "; add it to signposts.yaml"
        yield said.problem(f'has the number "{found[0]}" in its words{hint}', found.start())


def reading_problems(content: Content, language: str) -> Iterator[Problem]:
    """What is too hard to read at nine. Lines that only say where to turn are not counted."""
    for said in texts(content, language):
        at = 0
        for message in MESSAGES_APART.split(said.text):
            yield from _reading(said, message, at)
            at += len(message) + len("---")
        grade = reading.measure(_told(said.text))
        if grade.grade > GRADE and (said.screen or grade.words >= GRADED_WORDS):
            yield said.problem(f"reads at grade {grade.grade}; {GRADE} is the most")


def _reading(said: Said, message: str, at: int) -> Iterator[Problem]:
    at += len(message) - len(message.lstrip())
    whole, told = reading.measure(message), reading.measure(_told(message))
    if whole.longest > LONGEST_SENTENCE:
        sentence = max(whole.sentences, key=lambda one: len(one.split()))
        yield said.problem(
            f"has a sentence of {whole.longest} words; {LONGEST_SENTENCE} is the most: "
            f'"{sentence[:40]}…"',
            at,
        )
    if told.mean > MEAN_SENTENCE:
        yield said.problem(f"has {told.mean:.1f} words a sentence; {MEAN_SENTENCE} is the most", at)
    if said.screen and len(told.sentences) > MOST_SENTENCES:
        yield said.problem(
            f"has {len(told.sentences)} sentences in one message; {MOST_SENTENCES} are the most",
            at,
        )


def _told(text: str) -> str:
    """The text without the lines that only say where to turn."""
    return "\n".join(line for line in text.split("\n") if not reading.is_a_signpost(line))


def hardest(content: Content, language: str, count: int = 5) -> list[tuple[float, str]]:
    """The screens that are hardest to read: grade and name, hardest first."""
    graded = [
        (reading.measure(_told(said.text)).grade, said.screen)
        for said in texts(content, language)
        if said.screen
    ]
    return sorted(graded, reverse=True)[:count]


def translation_problems(content: Content, language: str, warning: bool) -> Iterator[Problem]:
    """Another language against the school's own: the same texts with the same placeholders."""
    own = content.school.language
    for name in (*SCREEN_FILES, "messages", "letter"):
        source, model = (
            content.sources[f"{language}/{name}.yaml"],
            content.sources[f"{own}/{name}.yaml"],
        )
        here, there = _flat(source.value), _flat(model.value)
        for place in there.keys() - here.keys():
            yield source.problem(
                f"lacks {_dotted(place)}, which {model.path} has", *place, warning=warning
            )
        for place in here.keys() - there.keys():
            yield source.problem(
                f"has {_dotted(place)}, which {model.path} lacks", *place, warning=warning
            )
        for place in here.keys() & there.keys():
            lost = _asked(there[place]) ^ _asked(here[place])
            if lost:
                names = ", ".join(f"${one}" for one in sorted(lost))
                yield source.problem(
                    f"differs from {model.path} in {names}", *place, warning=warning
                )


def _flat(value: Mapping[str, object], *place: str) -> dict[tuple[str, ...], str]:
    """Every text by its place; other ways to type a choice are each language's own business."""
    flat: dict[tuple[str, ...], str] = {}
    for key, one in value.items():
        if isinstance(one, dict) and key != "also":
            flat |= _flat(one, *place, key)
        elif key not in ("also", "provenance"):
            flat[(*place, key)] = str(one)
    return flat


def _asked(text: str) -> set[str]:
    return set(Template(text).get_identifiers())


def _dotted(place: tuple[str, ...]) -> str:
    return f'"{".".join(place)}"'
