"""What the intake asks for, in which order, for each kind of concern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

#: Asked of everyone who sends this kind; each but `answer` and `address` can be skipped.
ASKED: Mapping[str, tuple[str, ...]] = {
    "concern": ("child_name", "need", "about", "answer", "address"),
    "feedback": ("need", "about", "answer", "address"),
    "thanks": ("whom", "name", "answer", "address"),
    "formal": ("child_name", "about", "told", "right", "answer", "address"),
    "call_back": ("child_name", "name", "address"),
}

#: Asked only after "Add details".
MORE = ("name", "relation", "when", "told", "right", "spoken")

#: Left out of the letter of who stays unnamed, so not asked then either.
WHO = ("relation", "name")

#: One line each; longer words belong in what happened.
LINE_CHARACTERS = 200

#: How often a day a parent may write back. More than concerns: school has answered in between.
ADDITIONS_A_DAY = 10

#: A draft is checked up to here; the channels' own limit is of the same size.
DRAFT_CHARACTERS = 4000

#: Who else than the office receives a concern, by what it is about (content rule 6: a concern
#: about the head never goes to the head).
ROLES: Mapping[str, tuple[str, ...]] = {
    "someone": ("head",),
    "head": ("chair",),
    "other_child": ("head",),
    "safety": ("safeguarding",),
}

#: Prepared words that begin the message where the kind alone says enough.
KIND_OPENINGS: Mapping[str, str] = {
    "call_back": "opening_call_back",
    "thanks": "opening_thanks",
    "formal": "opening_formal",
}

#: Prepared words by what was answered. The answers themselves are never sent.
ANSWER_OPENINGS: Sequence[tuple[str, str, str]] = (
    ("right_place", "fix", "opening_fix"),
    ("right_place", "view", "opening_view"),
    ("right_place", "pile_on", "opening_pile_on"),
    ("fair", "not_looked", "opening_not_looked"),
    ("effect", "upset_children", "opening_upset_children"),
)


def openings(answers: Mapping[str, str], unsent: Mapping[str, str]) -> tuple[str, ...]:
    """Which prepared words begin the message: our words for what the parent has told us."""
    kind = KIND_OPENINGS.get(unsent.get("kind", ""))
    if kind:
        return (kind,)
    return tuple(
        opening for question, answer, opening in ANSWER_OPENINGS if answers.get(question) == answer
    )


def missing(unsent: Mapping[str, str]) -> str:
    """The next field to ask for, or empty when the letter can be shown."""
    wanted = ASKED[unsent.get("kind", "concern")]
    if "more" in unsent:
        wanted = MORE + wanted
    for field in wanted:
        if field == "address" and unsent.get("answer") not in ("email", "phone"):
            continue
        if field in WHO and unsent.get("answer") == "unnamed":
            continue
        if field not in unsent:
            return field
    return ""


def roles(unsent: Mapping[str, str], worried: bool) -> tuple[str, ...]:
    """Who receives the letter. With a worry about a child, the safeguarding lead as well: for
    thanks only when it was in their own words, not in what was said before them.
    """
    if unsent.get("kind") == "thanks":
        worried = "worry" in unsent
    return with_safeguarding(ROLES.get(unsent.get("about", ""), ("office",)), worried)


def with_safeguarding(roles: tuple[str, ...], worried: bool) -> tuple[str, ...]:
    if worried and "safeguarding" not in roles:
        return (*roles, "safeguarding")
    return roles
