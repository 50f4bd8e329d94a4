"""Who is named in a draft, which classes, and what somebody did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dialogs import acquaintances, adults, children, classes, deeds, full_names
from dialogs.names import Names
from dialogs.words import Word

#: What `find_names` adds to the lists of the rules.
KINDS = (
    "title_and_surname",
    "role_and_class",
    "adult_name",
    "child_name",
    "name_and_class",
    "childs_family",
    "likely_name",
    "class_name",
    "past_form",
    "owned",
    "first_name",
    "the_family",
)
#: Kinds of names with a verb behind them, rather than a job or a class.
_WHO_DOES = frozenset(("title_and_surname", "role_and_class", "adult_name", "name_and_class"))


def find_names(
    names: Names, words: Sequence[Word], harmless: Mapping[int, int], known: frozenset[str]
) -> dict[str, dict[int, int]]:
    """For each kind of name that occurs: where it starts, and the word after it. The `known`
    words are no surnames unless a list says so. In a `harmless` phrase nothing is found."""
    found: dict[str, dict[int, int]] = {}
    famous = {at for start, end in harmless.items() for at in range(start, end)}
    before = ""
    for at, word in enumerate(words):
        if at not in famous and _may_start(names, word, before):
            for kind, end in _at(names, words, at):
                if end:
                    found.setdefault(kind, {})[at] = end
                    if deeds.is_owner(words, end, names.after_is):
                        found.setdefault("owned", {})[end] = end + 1
                    elif (
                        kind in _WHO_DOES
                        and end not in famous
                        and deeds.is_doing(words, end, names.kind_deeds)
                    ):
                        found.setdefault("past_form", {})[end] = end + 1
            if word.capital and (end := children.rare_name_and_class(names, words, at, known)):
                found.setdefault("name_and_class", {})[at] = end
            childs = found.get("child_name", ())
            if at not in childs and full_names.likely_name(names, words, at, known):
                found.setdefault("likely_name", {})[at] = at + 2
            if word.capital and (end := adults.rare_name_and_job(names, words, at, known)):
                found.setdefault("adult_name", {})[at] = end
            if word.capital and (end := children.rare_childs_family(names, words, at, known)):
                found.setdefault("childs_family", {})[at] = end
            if end := acquaintances.first_name(names, words, at):
                found.setdefault("first_name", {})[at] = end
            if end := acquaintances.the_family(names, words, at, known):
                found.setdefault("the_family", {})[at] = end
        if at not in famous and deeds.is_deed(word.text, before, names.kind_deeds):
            found.setdefault("past_form", {})[at] = at + 1
        before = word.text
    return found


def _may_start(names: Names, word: Word, before: str) -> bool:
    """False of most words, and quick: nothing that we look for starts with them."""
    raw = word.raw
    return (
        word.capital
        or raw in names.child_names
        or raw in names.adult_names
        or raw in names.titles
        or raw in names.years
        or raw in names.classes
        or raw in names.class_names
        or raw[0].isdigit()
        or classes.CLASS.fullmatch(raw) is not None
        or word.text in names.roles
        or word.text in names.jobs
        or (raw.endswith("s") and raw[:-1] in names.child_names)
        or before in children.CALLED
        or before in names.child_words
    )


def _at(names: Names, words: Sequence[Word], at: int) -> list[tuple[str, int]]:
    full, grown = full_names.full_name(names, words, at)
    if full:
        job, in_class = 0, 0 if grown else classes.in_class(names, words, full)
    else:
        job = adults.name_and_job(names, words, at)
        # "Jan on reception" sits there; "Jan in reception" may be four years old.
        desk = job and words[at].raw in names.adult_names and words[at + 1].text == "on"
        in_class = 0 if desk else children.name_and_class(names, words, at)
    here = classes.class_here(names, words, at)
    of_a_class = here or words[at].text in names.roles
    return [
        ("title_and_surname", adults.title_and_surname(names, words, at)),
        ("role_and_class", of_a_class and classes.role_and_class(names, words, at)),
        ("adult_name", full if grown else job),
        ("child_name", 0 if grown else full),
        ("name_and_class", in_class),
        ("childs_family", children.childs_family(names, words, at)),
        ("class_name", here),
    ]
