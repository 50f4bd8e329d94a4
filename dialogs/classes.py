"""Classes of the school in a draft: "year 4", "Oak class", "Mrs Brown's class".

Each function says which word it ends before, or 0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dialogs.adults import title_and_surname
from dialogs.names import Names
from dialogs.words import Word, goes_on, joined

INSIDE = ("in", "from")
CLASS = re.compile(r"(?:y|yr|year|class)[0-9]{1,2}[a-z]?|[0-9][a-z]s?|p[1-7][a-z]?")
_NUMBER = re.compile(r"[0-9]{1,2}[a-z]?")


def class_here(names: Names, words: Sequence[Word], at: int) -> int:
    """ "year 4", "yr4", "4 Oak", "reception", "oak class", "in Owls", "mrs brown's class"."""
    if at >= len(words):
        return 0
    raw = words[at].raw
    after = words[at + 1].raw if joined(words, at + 1) else ""
    if raw in names.years and (_NUMBER.fullmatch(after) or after in names.numbers):
        return at + 2
    if after in names.class_names and (raw in names.years or _NUMBER.fullmatch(raw)):
        street = at + 2 < len(words) and names.is_place(words[at + 2])
        if words[at + 1].capital and not street:
            return at + 2
    if CLASS.fullmatch(raw) or raw in names.classes:
        return at + 1
    before = words[at - 1].text if at and words[at].capital else ""
    if after == "class" and (raw in names.class_names or before in names.joining):
        return at + 2
    if before in INSIDE and raw in names.class_names:
        pupil = at > 1 and words[at - 2].text in names.child_words
        if raw.endswith("s") or pupil:
            return at + 1
    end = title_and_surname(names, words, at)
    return end + 1 if end and end < len(words) and words[end].text == "class" else 0


def in_class(names: Names, words: Sequence[Word], at: int) -> int:
    """ "in year 4", "from yr4", "(reception)" or plain "yr4"."""
    last = min(at + 4, len(words))
    while at < last and words[at].pause < 2 and words[at].text in names.joining:
        at += 1
    if not joined(words, at):
        return 0
    inside = words[at].capital and words[at - 1].text in INSIDE
    if inside and words[at].raw in names.class_names:
        return at + 1
    return class_here(names, words, at)


def role_and_class(names: Names, words: Sequence[Word], at: int) -> int:
    """ "the year 4 teacher", "the teacher of reception"."""
    if (end := class_here(names, words, at)) and words[at].raw not in names.titles:
        for role in range(end, end + 2):
            if not goes_on(words, role):
                break
            if words[role].text in names.roles:
                return role + 1
        return 0
    text = words[at].text if at < len(words) else ""
    if text in names.roles and text not in names.plural_roles:
        joining = at + 1
        if joining < len(words) and words[joining].text in names.joining:
            return class_here(names, words, joining + 1)
    return 0
