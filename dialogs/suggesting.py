"""What the findings in a draft say of the four questions: answers to offer first, never to give."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An answer that a draft points to, and the message that asks whether it is so."""

    choice: str
    message: str


#: By question: what any of these families points to, first match wins. Fair criticism points to
#: nothing: that someone did wrong says nothing of whether it is fair to say so.
_POINTS_TO = {
    "names": (
        ({"names_adult"}, Suggestion("wrong", "suggest_adult")),
        ({"identifies_child"}, Suggestion("children", "suggest_children")),
        ({"did_wrong"}, Suggestion("wrong", "suggest_someone")),
    ),
    "fair": (
        ({"insult", "threat", "private"}, Suggestion("unfair", "suggest_unfair")),
        ({"hearsay"}, Suggestion("unsure", "suggest_hearsay")),
    ),
    "effect": (({"crowd", "threat"}, Suggestion("harm_school", "suggest_crowd")),),
}

#: Of a draft that reads like thanks.
THANKS = Suggestion("thanks", "suggest_thanks")


def suggestion(question: str, families: Collection[str]) -> Suggestion | None:
    """What findings of these families point to at this question."""
    return next(
        (found for wanted, found in _POINTS_TO.get(question, ()) if wanted & set(families)), None
    )
