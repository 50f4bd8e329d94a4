"""The `$names` in a text: which are known, and what the school's facts put in their place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from string import Template

from dialogs.school import School
from dialogs.signposts import Signpost
from dialogs.source import did_you_mean

#: What is filled in turn by turn: in the texts of which screens, in which messages, and in which
#: lines of the letter. All else is filled in once, when the content is loaded.
_SCREENS: Mapping[str, str] = {
    "too_long": "count limit",
    "full_name": "name",
    "keep_post": "date time",
    "reminder_set": "date time",
    "reminder_waits": "date time",
    "sent": "reference promise",
    "answer": "unnamed",
    "privacy": "answers",
    "answered": "reference",
    "is_it_sorted": "reference",
    "write_back": "reference",
    "added": "reference date",
}
_MESSAGES: Mapping[str, str] = {
    "did_you_mean": "choice",
    "draft_too_long": "count limit",
    "far_too_long": "count limit",
    "parts_today": "count left",
    "line_too_long": "count limit",
    "post_too_long": "count limit",
    "finding": "words reason gentler clause",
    "finding_again": "reason gentler clause",
    "from_policy": "clause",
    "suggested": "choice",
    "findings_gone": "choice",
    "kinder_step": "before after",
    "kinder_more": "count",
    "policy_clause": "clause words",
    "promise_by": "date",
    "promise_here": "date",
    "delivered": "reference time",
    "still_trying": "reference",
    "not_delivered": "reference",
    "answer_intro": "reference",
    "overdue": "reference",
    "came_back": "reference",
    "sorted_later": "reference",
    "added_enough": "limit",
    "thread_answered": "thread",
    "thread_sorted": "thread",
    "thread_concern": "reference",
    "thread_feedback": "reference",
    "thread_thanks": "reference",
    "thread_formal": "reference",
    "thread_call_back": "reference",
    "date": "weekday day month",
    "full_date": "date year",
    "console_goodbye": "commands",
    "console_demo_letter": "letter",
}
_LETTER: Mapping[str, str] = {
    "subject": "kind reference",
    "marker": "reference",
    **{
        f"{letter}_subject": "reference"
        for letter in ("overdue", "still_overdue", "telephone", "question", "attachments")
    },
    "overdue": "reference kind written promised",
    "still_overdue": "reference kind written promised",
    "telephone": "reference kind",
    "question": "reference kind",
    "attachments": "reference kind",
    "not_passed_on": "date",
    "not_passed_on_reference": "reference",
    "reference": "reference",
    "more": "reference",
    "written": "date time",
    "kind": "kind",
    "for": "roles",
    "whom": "words",
    "need": "need",
    "when": "words",
    "child_name": "words",
    "told": "words",
    "right": "words",
    "relation": "words",
    "name": "words",
    "language": "words",
    "answer_here": "address",
    "answer_email": "address",
    "answer_phone": "address",
    "answer_unnamed": "address",
    "answer_unnamed_here": "address",
    "promised": "date",
}
_DYNAMIC = frozenset(
    name
    for table in (_SCREENS, _MESSAGES, _LETTER)
    for names in table.values()
    for name in names.split()
)


def in_turn(file: str, key: str, part: str = "text", *_: str) -> frozenset[str]:
    """What a turn fills in, in one text of a file; a button's label is said as it stands."""
    tables = {"messages.yaml": _MESSAGES, "letter.yaml": _LETTER}
    table = tables.get(file.rpartition("/")[2], _SCREENS)
    return frozenset(table.get(key, "").split() if part == "text" else ())


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


def faults(
    text: str, facts: Mapping[str, str], in_turn: Collection[str]
) -> Iterator[tuple[str, str]]:
    """What is wrong with the `$names` of a text, each with the part of the text above it.

    `in_turn` are the names that a turn fills in here.
    """
    known = facts.keys() | set(in_turn)
    for found in Template.pattern.finditer(text):
        above, name = text[: found.start()], found["named"] or found["braced"]
        if name in _DYNAMIC - known:
            here = ", ".join(f"${one}" for one in sorted(in_turn)) or "nothing"
            yield above, f'"${name}" is not filled in here; {here} is'
        elif name and name not in known:
            yield above, f'knows no "${name}"{did_you_mean(f"${name}", (f"${k}" for k in known))}'
        elif found["invalid"] is not None:
            yield above, "has a $ that starts no name; write $$ for the sign itself"
