"""The acceptance stories as what a parent does, step by step, on any channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.parent import LONDON


@dataclass(frozen=True)
class Says:
    text: str


@dataclass(frozen=True)
class Taps:
    choice: str


@dataclass(frozen=True)
class Waits:
    """Comes back after so many hours."""

    hours: float


Step = Says | Taps | Waits


@dataclass(frozen=True)
class Story:
    """`letters` is how many letters the school gets."""

    at: datetime
    steps: Sequence[Step]
    letters: int


def taps(*choices: str) -> list[Step]:
    return [Taps(choice) for choice in choices]


MISSING_KIT = (
    "absolutley fuming 3rd time lilys pe kit gone missing, school dont care bout our stuff "
    "putting it on fb"
)
PRAISE = (
    "just want to say thankyou to miss patel on insta, sports day was brill got a lush pic of the "
    "whole relay team"
)
BULLYING = (
    "that little brat kai thompson in yr4 is making my sons life hell n school wont do nothing, "
    "naming n shaming 2nite"
)
DISCLOSURE = "hes got brusies on his back agen he said stepdad did it im scared 2 say owt"
STAFF = "that TA mr davis grabbed my daughters arm left a mark everyone needs 2 know wat hes like"
FORMAL = (
    "i have emailed 3 times about his EHCP support. no reply. i want to make a FORMAL complaint "
    "and dont fob me off"
)
SHOUTED = "teacher shouted at my lad infront of whole class posting this NOW"
HONEST = (
    "The new pick-up rules are badly planned. My two children waited 25 minutes in the rain on "
    "Monday. I have told the school. I think they should think again."
)

ANGRY = (
    "mrs brimble never answers and im fed up, shes bloody useless. everyone share this so people "
    "see wot its like"
)

STORIES = {
    "missing kit": Story(
        datetime(2026, 11, 24, 22, 40, tzinfo=LONDON),
        [
            Says(MISSING_KIT),
            *taps("post", "no"),
            Says(MISSING_KIT),
            *taps("fix", "private", "write"),
            Says("Lily's PE kit has gone missing from the cloakroom for the third time."),
            Says("Lily, Year 2"),
            *taps("action", "skip", "email"),
            Says("lilys.mum@home.example"),
            *taps("send"),
        ],
        letters=1,
    ),
    "praise with a photo": Story(
        datetime(2026, 11, 20, 17, 5, tzinfo=LONDON),
        [
            *taps("post", "no"),
            Says(PRAISE),
            *taps("carry_on", "thanks", "thanks", "children", "fair", "help_or_no_harm"),
            *taps("pass_thanks"),
            Says("Sports day was brilliant. Please thank Miss Patel from all of us."),
            Says("Miss Patel"),
            *taps("skip", "unnamed", "send"),
        ],
        letters=1,
    ),
    "bullying, a child named": Story(
        datetime(2026, 11, 24, 23, 15, tzinfo=LONDON),
        [
            *taps("post", "no"),
            Says(BULLYING),
            *taps("carry_on", "fix", "private", "write"),
            Says("kai thompson in yr4 pushes my son every day and calls him names."),
            *taps("first_name"),
            Says("Jacob, Year 4"),
            *taps("action", "other_child", "phone"),
            Says("07700 900123"),
            *taps("send"),
        ],
        letters=1,
    ),
    "a disclosure": Story(
        datetime(2026, 11, 21, 1, 30, tzinfo=LONDON),
        [Says(DISCLOSURE), *taps("carry_on")],
        letters=0,
    ),
    "about a member of staff": Story(
        datetime(2026, 11, 24, 19, 20, tzinfo=LONDON),
        [
            Says(STAFF),
            *taps("carry_on", "talk", "write"),
            Says("Mr Davis grabbed my daughter's arm on Monday. It left a mark."),
            *taps("carry_on"),
            Says("Ella, Year 3"),
            *taps("action", "someone", "phone"),
            Says("07700 900123"),
            *taps("send"),
        ],
        letters=2,
    ),
    "formal complaint": Story(
        datetime(2026, 11, 23, 8, 10, tzinfo=LONDON),
        [
            Says(FORMAL),
            *taps("write"),
            Says("I have emailed three times about his EHCP support and had no reply."),
            Says("Noah, Year 5"),
            *taps("skip"),
            Says("Emails on 2, 9 and 16 November"),
            Says("A meeting about his support, and a plan in writing"),
            *taps("email"),
            Says("noahs.dad@home.example"),
            *taps("send"),
        ],
        letters=1,
    ),
    "changes her mind": Story(
        datetime(2026, 11, 24, 22, 5, tzinfo=LONDON),
        [
            Says(SHOUTED),
            *taps("talk", "write"),
            Says("A teacher shouted at my lad in front of the whole class."),
            Says("nah leave it"),
            Waits(9.5),
            Says("actually can u send it"),
        ],
        letters=0,
    ),
    "honest criticism": Story(
        datetime(2026, 11, 24, 20, 0, tzinfo=LONDON),
        [
            *taps("post", "no"),
            Says(HONEST),
            *taps("view", "post", "nobody", "true_and_fair", "harm_school", "post_it"),
        ],
        letters=0,
    ),
    "sleeps on it": Story(
        datetime(2026, 11, 24, 21, 40, tzinfo=LONDON),
        [
            *taps("post", "no"),
            Says(ANGRY),
            *taps("carry_on", "view", "post"),
            Says("yes"),
            *taps("take_out", "unfair", "harm_school", "reword"),
            Says(ANGRY),
            *taps("remind"),
            Says("someone to ring me back"),
            Says("7.45"),
            Says("We wait too long for an answer. I would like school to ring back."),
            Says("/reminders"),
        ],
        letters=0,
    ),
}
