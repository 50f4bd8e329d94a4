"""The `$names` in a text: which are known, and what the school's facts put in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from string import Template

from dialogs.school import School
from dialogs.signposts import Signpost
from dialogs.source import did_you_mean

#: Filled in turn by turn. All others are filled in once, when the content is loaded.
# fmt: off
DYNAMIC = frozenset({
    "address", "answer", "child", "choice", "clause", "clauses", "commands", "count", "date",
    "day", "field", "gentler", "kind", "language", "languages", "letter", "limit", "line", "month",
    "name", "need", "opening", "over", "parts", "promise", "quote", "reason", "reference", "roles",
    "summary", "time", "weekday", "what", "when", "words", "year",
})
# fmt: on


def facts(
    school: School, signposts: Mapping[str, Signpost], roles: Mapping[str, str]
) -> Mapping[str, str]:
    """What each name stands for. `roles` are a language's words for people without a name."""
    known = {
        "school": school.name,
        "telephone": school.telephone,
        "visit": school.visit,
        "council": school.council.name,
        "council_phone": school.council.telephone,
        "procedure_link": school.complaints_procedure,
        "policy_link": school.policy.link,
        "opens": f"{school.office_hours.opens:%H:%M}",
        "closes": f"{school.office_hours.closes:%H:%M}",
        "answer_days": str(school.answer_within_school_days),
        "acknowledge": school.acknowledge.strip(),
        "photo_rule": school.photo_rule.strip(),
        "concern_characters": str(school.limits.concern_characters),
        "concerns_a_day": str(school.limits.concerns_a_day),
    }
    for role in fields(school.roles):
        person = getattr(school.roles, role.name)
        known[role.name] = person.name or roles.get(role.name, "")
        known[f"{role.name}_email"] = person.email
    for name, signpost in signposts.items():
        for key in ("label", "phone", "textphone", "press", "text", "word", "email", "link",
                    "from_age"):  # fmt: skip
            if getattr(signpost, key):
                known[f"{name}_{key}"] = getattr(signpost, key)
    return known


def fill_facts(text: str, facts: Mapping[str, str]) -> str:
    """`text` with the facts in place; what a turn fills in, and `$$`, stay as they are."""

    def put(found: re.Match[str]) -> str:
        value = facts.get(found["named"] or found["braced"] or "")
        return found[0] if value is None else value.replace("$", "$$")

    return Template.pattern.sub(put, text) if "$" in text else text


def faults(text: str, facts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with the `$names` of a text, each with the part of the text above it."""
    for found in Template.pattern.finditer(text):
        above, name = text[: found.start()], found["named"] or found["braced"]
        if name and name not in DYNAMIC and name not in facts:
            known = {f"${one}" for one in DYNAMIC | facts.keys()}
            yield above, f'knows no "${name}"{did_you_mean(f"${name}", known)}'
        elif found["invalid"] is not None:
            yield above, "has a $ that starts no name; write $$ for the sign itself"
