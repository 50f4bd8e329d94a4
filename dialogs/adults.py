"""Grown-ups in a draft by a title or a job: "Mrs Nutt", "coach dave", "Sue in the office".

Each function says which word the name ends before, or 0.
"""

from __future__ import annotations

from collections.abc import Sequence

from dialogs.names import Names
from dialogs.words import Word, goes_on, joined


def title_and_surname(names: Names, words: Sequence[Word], at: int) -> int:
    if words[at].raw not in names.titles or not joined(words, at + 1):
        return 0
    title, name = words[at], words[at + 1]
    hall = name.capital and title.capital and name.raw in names.surnames
    if not name.raw.isalpha() or (name.raw in names.not_surnames and not hall):
        return 0
    if len(name.raw) == 1 and name.raw in names.not_initials and not name.capital:
        return 0
    written = title.capital and name.capital and not name.shouted
    verb = title.raw == "miss" and at and words[at - 1].text in names.before_verb_miss
    return 0 if verb and not written else names.end_of_surname(words, at + 2)


def name_and_job(names: Names, words: Sequence[Word], at: int) -> int:
    """ "Sue in the office", "karen on reception", "coach dave", "the ta sue", "Kelly the school
    business manager"."""
    first = words[at]
    if first.text in names.jobs and goes_on(words, at + 1):
        name = words[at + 1]
        known = name.raw in names.adult_names or (name.raw in names.child_names and name.capital)
        if known and (name.capital or name.raw not in names.wordlike):
            return at + 2
    grown = first.raw in names.adult_names
    wordlike = first.raw in names.wordlike or first.raw in names.never_small
    if not grown and (wordlike or not first.capital or first.raw not in names.child_names):
        return 0
    if wordlike and not first.capital:
        return 0
    end = at + 1
    while (
        end < at + 4
        and goes_on(words, end)
        and (words[end].raw in names.joining or words[end].raw == "the")
    ):
        end += 1
    if end == at + 1 or not goes_on(words, end) or names.is_own(words, at):
        return 0
    at_work = words[end].text
    if names.is_job(words[end]) or (
        at_work in names.job_places and (grown or at_work not in names.classes)
    ):
        return end + 1
    if words[end - 1].text == "the":
        for job in range(end + 1, end + 3):
            if not goes_on(words, job):
                break
            if names.is_job(words[job]):
                return job + 1
    return 0


def rare_name_and_job(names: Names, words: Sequence[Word], at: int, known: frozenset[str]) -> int:
    """ "to Glenys in the office": a name that no list holds, inside a sentence."""
    first = words[at]
    if not at or first.pause == 2 or first.shouted or at + 3 >= len(words):
        return 0
    if first.raw in known or not first.raw.isalpha() or first.raw in names.not_surnames:
        return 0
    place, the, job = words[at + 1 : at + 4]
    if any(word.pause for word in (place, the, job)) or the.text != "the":
        return 0
    held = place.raw in names.joining and job.text in names.job_places
    return at + 4 if held and not names.is_own(words, at) else 0
