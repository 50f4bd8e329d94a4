"""What a school fills in about itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import ClassVar

from dialogs.addresses import email_faults, is_invented, link_faults, telephone_faults
from dialogs.school_days import Calendar
from dialogs.source import Place

#: Unknown keys are refused, and 101 may be written without quotes where text is wanted.
STRICT = {"extra": "forbid", "coerce_numbers_to_str": True}


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody who receives concerns. Without a name the language's own words for it are used.

    `second` is where a letter goes when the mail server of `email` refuses it for good.
    """

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT

    email: str
    name: str = ""
    second: str = ""


@dataclass(frozen=True, slots=True)
class Roles:
    """Who receives a concern. Most go to the office; the others are for what concerns them."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT

    office: Role
    head: Role
    chair: Role
    safeguarding: Role


@dataclass(frozen=True, slots=True)
class Council:
    """The council's children's services: they differ from place to place."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT

    name: str
    telephone: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The school's own policy. `exact_words` holds its words by clause id."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT

    link: str = ""
    exact_words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hours:
    """When the office is open on a school day."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Term:
    """One stretch of school days; both days belong to it."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be sent at once, and how often."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT

    concern_characters: int = 1500
    concerns_a_day: int = 3


@dataclass(frozen=True, slots=True)
class School:
    """Everything in school.yaml."""

    __pydantic_config__: ClassVar[Mapping[str, object]] = STRICT

    name: str
    telephone: str
    visit: str
    roles: Roles
    council: Council
    complaints_procedure: str
    office_hours: Hours
    terms: tuple[Term, ...]
    language: str = "en"
    policy: Policy = field(default_factory=Policy)
    answer_within_school_days: int = 5
    acknowledge: str = ""
    closed_days: tuple[date, ...] = ()
    asks_about_other_children: bool = True
    photo_rule: str = ""
    limits: Limits = field(default_factory=Limits)

    @property
    def addresses(self) -> frozenset[str]:
        """Where letters go, in small letters."""
        said = (address for role in self._people() for address in (role.email, role.second))
        return frozenset(address.casefold() for address in said if address)

    @property
    def invented(self) -> tuple[str, ...]:
        """Addresses and numbers that belong to nobody: a school that still has some is not real."""
        said = (
            *(role.email for role in self._people()),
            *(role.second for role in self._people()),
            self.telephone,
            self.council.telephone,
            self.complaints_procedure,
            self.policy.link,
        )
        return tuple(one for one in said if is_invented(one))

    @property
    def is_invented(self) -> bool:
        return bool(self.invented)

    def calendar(self) -> Calendar:
        """The school's days and hours, as promises are counted in them."""
        return Calendar(
            terms=tuple((term.first, term.last) for term in self.terms),
            closed=frozenset(self.closed_days),
            opens=self.office_hours.opens,
            closes=self.office_hours.closes,
            answer_within=self.answer_within_school_days,
        )

    def _people(self) -> tuple[Role, ...]:
        roles = self.roles
        return roles.office, roles.head, roles.chair, roles.safeguarding

    def faults(self) -> Iterator[tuple[Place, str]]:
        """What is wrong in itself, and where in school.yaml."""
        for key in ("name", "visit"):
            if not getattr(self, key).strip():
                yield (key,), f'"{key}" is empty'
        for role in ("office", "head", "chair", "safeguarding"):
            known = getattr(self.roles, role)
            yield from email_faults(known.email, "roles", role, "email")
            if known.second:
                yield from email_faults(known.second, "roles", role, "second")
                if known.second.casefold() == known.email.casefold():
                    yield ("roles", role, "second"), "is the same as email; name another, or none"
        reached = [("chair", key) for key in self._shared_with_head("chair")]
        if "second" in self._shared_with_head("safeguarding"):  # by now nobody knows the concern
            reached.append(("safeguarding", "second"))
        for role, key in reached:
            yield (
                ("roles", role, key),
                "is the head's address; a concern about the head must never reach the head",
            )
        yield from telephone_faults(self.telephone, "telephone")
        yield from telephone_faults(self.council.telephone, "council", "telephone")
        yield from link_faults(self.complaints_procedure, "complaints_procedure")
        if self.policy.link:
            yield from link_faults(self.policy.link, "policy", "link")
        if not 1 <= self.answer_within_school_days <= 30:
            yield ("answer_within_school_days",), "should be between 1 and 30 school days"
        if not 100 <= self.limits.concern_characters <= 3000:
            yield ("limits", "concern_characters"), "should be between 100 and 3000 characters"
        if not 1 <= self.limits.concerns_a_day <= 20:
            yield ("limits", "concerns_a_day"), "should be between 1 and 20"
        yield from self._faults_of_hours()
        if not self.terms:
            yield ("terms",), "needs at least one term; answers are promised in school days"
        yield from self._faults_of_terms()

    def doubts(self) -> Iterator[tuple[Place, str]]:
        """What may be meant so, and is worth a second look."""
        for role in ("office", "safeguarding"):
            if "email" in self._shared_with_head(role):
                yield (
                    ("roles", role, "email"),
                    "is the head's address too; a concern about the head will not be sent there",
                )

    def _shared_with_head(self, role: str) -> list[str]:
        """The keys of `role` that hold an address of the head."""
        head = {self.roles.head.email.casefold(), self.roles.head.second.casefold()} - {""}
        one = getattr(self.roles, role)
        return [key for key in ("email", "second") if getattr(one, key).casefold() in head]

    def _faults_of_hours(self) -> Iterator[tuple[Place, str]]:
        for key in ("opens", "closes"):
            if getattr(self.office_hours, key).tzinfo:  # 830 without its colon was read as seconds
                yield ("office_hours", key), "should be a time such as 08:30"
                return
        if self.office_hours.opens >= self.office_hours.closes:
            yield ("office_hours", "closes"), "the office closes before it opens"

    def _faults_of_terms(self) -> Iterator[tuple[Place, str]]:
        for index, term in enumerate(self.terms):
            if term.last < term.first:
                yield ("terms", index), "this term ends before it starts"
            elif index and term.first <= self.terms[index - 1].last:
                yield ("terms", index), "this term starts before the one above has ended"
        for index, day in enumerate(self.closed_days):
            if not any(term.first <= day <= term.last for term in self.terms):
                yield ("closed_days", index), f"{day} is in no term, so it is closed already"
