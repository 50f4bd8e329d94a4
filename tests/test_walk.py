"""The exhaustive walk: every session that can be told apart × every event, with the invariants.

Two sessions count as one when they differ only in words, or in answers that the rest of the
conversation cannot see; `shape` says exactly in what.
"""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from dialogs.content import Content
from dialogs.dialogue import Dialogue, Step
from dialogs.flow import FLOW, Flow, Moving
from dialogs.intake import missing, openings
from dialogs.messages import (
    AddToThread,
    Answered,
    Attached,
    Chose,
    Commanded,
    Event,
    Forget,
    Given,
    PassOn,
    Remind,
    Reminded,
    Reply,
    Settle,
    Thread,
    Wrote,
)
from dialogs.session import Session
from dialogs.source import read
from tests.parent import TUESDAY_EVENING, unbracketed

CARDS = {
    "urgent_now", "urgent", "staff", "online", "crisis", "child", "wrong_school", "whistleblower",
}  # fmt: skip
NAVIGATION = ["help", "talk", "back", "stop"]
REFLECTION = {"right_place", "private_talk", "names", "wrongdoer", "fair", "effect"}
INTAKE = {
    "what", "too_long", "full_name", "whom", "child_name", "need", "about", "name", "relation",
    "when", "told", "right", "spoken", "answer", "address", "preview", "change", "sent", "limit",
}  # fmt: skip
CANARY = "zebrafinch"
KEPT = "wallcreeper"
#: What a parent can do about a thread, and the states that speak of one.
ABOUT_A_THREAD = ("write_back", "sorted", "not_sorted")
OF_A_THREAD = {
    "answered", "is_it_sorted", "write_back", "write_back_preview", "added", "not_settled",
}  # fmt: skip
THREADS = (
    Thread("K7Q2-M4XP", "concern", answered=True),
    Thread("AAAA-1111", "thanks", sorted=True),
    Thread("BBBB-2222", "formal"),
)
#: Somebody else's letter. Nothing of it may ever be seen, or written to.
FOREIGN = "ZZZZ-9999"
FOREIGN_WORDS = "kingfisher"

#: One text for each card, and for each kind of odd input. Their words are never looked at here.
CARD_TEXTS = {
    "urgent_now": "he is hitting her right now",
    "urgent": "hes got brusies on his back agen he said stepdad did it",
    "staff": "that TA mr davis grabbed my daughters arm left a mark",
    "crisis": "i want to kill myself",
    "online": "someone shared a nude picture of my daughter",
    "child": "im in year 5 and my teacher shouted at me",
    "wrong_school": "this is the wrong school",
    "whistleblower": "i work at the school and want to report something",
    "formal": "i want to make a formal complaint",
}
WORDS = "It rained on Monday and nobody opened the gate."
TEXTS = [
    *CARD_TEXTS.values(),
    WORDS,
    "kai thompson in yr4 took her bag",
    "everyone share this, that " + CANARY + " miss patel is a useless idiot",
    "thank you miss patel for a lovely day",
    "this is bloody rubbish",
    "",
    "word " * 400,
    "stpo",
    "yes",
    "sam@home.example",
    "07700 900123",
    "7.45",
    "/nonsense",
]
ODD_TEXTS = [
    "qwertyuiop zxcvbnm",
    "  \n\t ",
    "Subject: hello\r\nBcc: a@b.example\r\n\r\n.",
    "\x00\x07\ud800 \u2028 \u2029 \x85 \u202e abc",
    "🦓🦓🦓 zażółć مرحبا بكم",
    "\u200b\u200b",
    "1",
    "3",
    "7",
    "0",
    "/help",
    "/nonsense here",
]
COMMANDS = [
    "start", "help", "policy", "contact", "concern", "privacy", "language", "reminders", "answers",
    "cancel",
    "forget", "nonsense", "",
]  # fmt: skip


class Recording(Flow):
    """The flow, noting every way that was taken."""

    taken: set[tuple[str, str, str]]

    def __init__(self, flow: dict[str, Any]) -> None:
        super().__init__(flow)
        self.taken = set()

    def move(self, turn: Moving, trigger: str) -> bool:
        before = turn.state
        moved = super().move(turn, trigger)
        self.taken.add((before, trigger, turn.state))
        return moved


@dataclass
class Walk:
    """What was seen on the way."""

    dialogue: Dialogue
    pseudo: bool
    sessions: set[Hashable] = field(default_factory=set)
    states: Counter[str] = field(default_factory=Counter)
    turns: int = 0

    def everywhere(self) -> None:
        """Take every event in every session until nothing new appears."""
        ahead: deque[Session] = deque([self.dialogue.begin()])
        self.sessions.add(shape(ahead[0]))
        while ahead:
            session = ahead.popleft()
            self.states[session.state] += 1
            replies = self.dialogue.show(session, given_in(session))
            for event in events(session, replies):
                step = self.take(session, replies, event)
                found = shape(step.session)
                if found not in self.sessions:
                    self.sessions.add(found)
                    ahead.append(step.session)

    def take(self, session: Session, seen: tuple[Reply, ...], event: Event) -> Step:
        self.turns += 1
        try:
            step = self.dialogue.take(session, event, given_in(session))
            check(self, session, seen, event, step)
        except Exception as error:
            error.add_note(f"while taking {event!r:.200} in {session!r:.800}")
            raise
        return step


def given_in(session: Session) -> Given:
    """Samples of what differs outside: answers here or not, threads, limits, a day gone by."""
    here = session.unsent.get("kind") in (None, "concern")
    many = 3 if session.unsent.get("about") == "other_child" else 0
    # A letter of this kind was dated the day before it is looked at.
    old = session.state == "preview" and session.unsent.get("kind") == "feedback"
    late = old or session.unsent.get("answer") == "phone"
    now = TUESDAY_EVENING + timedelta(days=late)
    # A reminder that waits where one was set, and a post that is kept for it where words were said.
    reminder = now + timedelta(hours=10) if "reminder" in session.answers else None
    kept = f"my {KEPT} post" if "right" in session.unsent else ""
    threads = THREADS if session.unsent.get("kind") != "formal" else ()
    enough = 10 if many else 0
    return Given(now, "TEST-0000", many, here, threads, enough, reminder=reminder, kept=kept)


def shape(session: Session) -> Hashable:
    """What tells two sessions apart for the rest of the conversation."""
    answers, unsent, state = session.answers, session.unsent, session.state
    way = [one for one in session.trail if one not in CARDS]
    if session.guess:
        return state, session.guess
    if state in REFLECTION:
        said = tuple(sorted((key, answers[key]) for key in answers.keys() & REFLECTION))
        # What a draft points to is looked at where nothing else was special on the way.
        plain = not {"fix", "unsure", "pile_on", "wrong", "unfair", "not_looked"} & {
            *answers.values()
        }
        shown = plain and (bool(session.findings), way[-1:] == ["kind_words"])
        return state, said, "card" in answers or "worry" in answers, "urgent" in answers, shown
    if state in CARDS:
        # Where "carry on" leads: on from a question, or back.
        last = way[-1] if way and way[-1] in {"safety", "right_place", "effect"} else ""
        return state, last, answers.get(last)
    if state in OF_A_THREAD:
        full = unsent.get("about") == "other_child"
        thread = unsent["thread"]
        return state, thread, f"addition.{thread}" in unsent, full, unsent.get("answer") == "phone"
    if state in INTAKE:
        ways: tuple[object, ...] = ()
        if state in {"preview", "sent", "change", "address"}:
            ways = (unsent.get("answer"), unsent.get("about") == "other_child", "rest" in unsent)
        return (
            state,
            unsent.get("kind"),
            missing(unsent),
            "more" in unsent,
            state == "what" and ("what" in unsent, bool(openings(answers, unsent))),
            ways,
        )
    if state in {"check_in", "reminder_waits"}:
        return state, "right" in unsent
    return state, bool(session.findings), unsent.get("kind") if state in {"talk", "formal"} else ""


def events(session: Session, replies: tuple[Reply, ...]) -> Iterator[Event]:
    """Everything that can arrive: each button, its label and number, old and odd ones, words."""
    number = 0
    for reply in replies:
        for choice in (*reply.choices, *reply.navigation):
            yield Chose(reply.question, choice.id)
            yield Wrote(choice.label)
            yield Wrote(f" {choice.label.upper()}! ")
    for number in range(1, len(replies[-1].choices) + 1):
        yield Wrote(str(number))
    for number in range(6, 10):
        yield Wrote(f"{number}.")
    for question, choice in (
        ("hello", "post"),
        ("preview", "send"),
        ("preview.OLD0-0000", "send"),
        (replies[-1].question, "no_such_choice"),
        (replies[-1].question, "hide.no-such-rule"),
        (replies[-1].question, "set.xx"),
        (replies[-1].question, "at.0300"),
        ("no_such_question", "help"),
        ("", ""),
        ("hello", "guess_yes"),
    ):
        yield Chose(question, choice)
    # With the pseudo-language it is words in code that are looked for: odd texts can stay away.
    for text in TEXTS if "BYP_CONTENT" in os.environ else (*TEXTS, *ODD_TEXTS):
        yield Wrote(text)
    if session.state == "findings":
        yield Wrote("thank you miss patel for a lovely day, we had such a good time at the farm")
    if session.state in {"hello", "draft", "reword", "for_school", "what", "child_name", "preview"}:
        yield Wrote("word " * 2000)
    if session.state in {
        "draft", "reword", "for_school", "what", "wait_task", "keep_post", "write_back",
    }:  # fmt: skip
        for text in CARD_TEXTS.values():
            yield Wrote(f"{text}. " + "word " * 1000)
    for command in COMMANDS:
        yield Commanded(command)
    yield Commanded("start", "concern")
    yield Commanded("START", "Nonsense")
    yield Reminded("check_in")
    for reference in (THREADS[0].reference, FOREIGN):
        for choice in ABOUT_A_THREAD:
            yield Chose(f"answered.{reference}", choice)
        yield Reminded(f"sorted.{reference}")
        yield Answered(reference, FOREIGN_WORDS if reference == FOREIGN else WORDS)
    yield Attached("photo")
    yield Attached("edited")


def check(walk: Walk, session: Session, seen: tuple[Reply, ...], event: Event, step: Step) -> None:
    """The invariants of a turn."""
    given = given_in(session)
    saved = step.session.to_json()
    assert Session.from_json(saved) == step.session
    check_replies(walk, step)
    again = walk.dialogue.show(step.session, given)
    assert again[-1] == step.replies[-1], "what a parent sees must follow from the session"

    offered = buttons(walk, session, seen, given) if isinstance(event, Chose) else []
    check_threads(session, given, seen, event, step, saved)
    if (
        isinstance(event, Chose)
        and (event.question, event.choice) not in offered
        and not names_a_thread(given, event)
    ):
        unchanged = replace(step.session, guess="") == replace(session, guess="")
        assert unchanged, "an old or forged button changes nothing"
        assert not step.effects
    passed_on = [effect.concern for effect in step.effects if isinstance(effect, PassOn)]
    if passed_on:
        (concern,) = passed_on
        assert session.state == "preview"
        shown = [reply.text for reply in seen if reply.verbatim]
        assert shown == [f"{concern.subject}\n\n{concern.body}"], "the preview is what is sent"
        assert step.session.state == "sent"
        assert step.session.sent["reference"] == concern.reference
        assert CANARY not in concern.body
    forgot = any(isinstance(effect, Forget) for effect in step.effects)
    if forgot or (isinstance(event, Chose) and event.choice == "stop" and step.effects):
        assert step.session.trail == ("hello",)
        assert not step.session.unsent
        assert not step.session.answers
    assert forgot == (event == Commanded("forget"))
    assert KEPT not in saved + repr(step.effects), "a kept post is in no session"
    reminds = [effect for effect in step.effects if isinstance(effect, Remind)]
    if any(effect.keep for effect in reminds):
        assert session.state == "keep_post", "a post is kept only where the parent was asked"
        assert isinstance(event, Wrote)
    if session.state == "check_in" != step.session.state and given_in(session).kept:
        assert Remind("check_in", None) in reminds, "a kept post is wiped by whatever follows"
    if isinstance(event, Wrote) and session.state in {
        "draft", "findings", "reword", "kinder", "keep_post",
    }:  # fmt: skip
        kept = step.session.unsent.items() <= session.unsent.items() | {("kind", "concern")}
        assert kept, "nothing of a draft is kept"
        new = {
            key: said for key, said in step.session.answers.items() if key not in session.answers
        }
        assert new.keys() <= {"card", "cards", "worry"}
        assert new.get("worry", "urgent") in CARDS
        assert CANARY not in repr(step.effects)
    if (
        isinstance(event, Chose)
        and event.choice in NAVIGATION
        and ((event.question, event.choice) in offered)
    ):
        to = {"help": "urgent_now", "talk": "talk", "stop": "stopped"}
        assert step.session.state == to.get(event.choice, step.session.state)
        if event.choice == "back":
            assert step.session.state in (*session.trail, "hello")
            assert step.session.trail == session.trail[: len(step.session.trail)]


def buttons(
    walk: Walk, session: Session, seen: tuple[Reply, ...], given: Given
) -> list[tuple[str, str]]:
    """All that can be pressed. While we ask back, the buttons of the screen itself still count."""
    beside = walk.dialogue.show(replace(session, guess=""), given) if session.guess else ()
    return [
        (reply.question, choice.id)
        for reply in (*seen, *beside)
        for choice in (*reply.choices, *reply.navigation)
    ]


def names_a_thread(given: Given, event: Chose) -> bool:
    """Whether a button counts from anywhere: it names a thread that is this conversation's own."""
    known = [f"answered.{thread.reference}" for thread in given.threads]
    return event.question in known and event.choice in ABOUT_A_THREAD


def check_threads(
    session: Session,
    given: Given,
    seen: tuple[Reply, ...],
    event: Event,
    step: Step,
    saved: str,
) -> None:
    """Nothing is said of, or done to, a thread that is not given; nothing is added without Send."""
    known = {thread.reference for thread in given.threads}
    assert FOREIGN not in saved
    assert FOREIGN_WORDS not in saved
    for reply in step.replies:
        assert FOREIGN not in reply.text
        assert FOREIGN_WORDS not in reply.text
    if isinstance(event, Answered):
        shown = [reply.text for reply in step.replies if reply.verbatim]
        assert (event.words in shown) == (event.reference in known)
        moved = step.session.state != session.state
        assert step.session.state == "answered" or not moved, "nobody is torn out of what they do"
        assert session.unsent.items() - step.session.unsent.items() <= {
            ("thread", session.unsent.get("thread", ""))
        }
        assert not step.effects
    for effect in step.effects:
        match effect:
            case AddToThread():
                assert effect.reference in known
                assert session.state == "write_back_preview"
                assert step.session.state == "added"
                sent = f"{effect.subject}\n\n{effect.body}"
                assert [reply.text for reply in seen if reply.verbatim] == [sent]
                assert CANARY not in effect.body or CANARY in str(session.unsent)
            case Settle():
                assert effect.reference in known
                assert step.session.state == {
                    "sorted": "settled", "not_sorted": "not_settled"
                }[effect.how]  # fmt: skip
            case _:
                pass


def check_replies(walk: Walk, step: Step) -> None:
    """What every channel can show, and every parent can answer."""
    *_, last = step.replies
    assert [choice.id for choice in last.navigation] == NAVIGATION
    for reply in step.replies:
        assert reply.text.strip()
        assert len(reply.text) <= 4096
        assert len(reply.choices) <= 5
        choices = (*reply.choices, *reply.navigation)
        assert len({choice.id for choice in choices}) == len(choices) or reply is last
        for choice in choices:
            assert choice.label.strip()
            assert len(f"{reply.question}:{choice.id}".encode()) <= 64
        if walk.pseudo:
            check_brackets(reply)


def check_brackets(reply: Reply) -> None:
    for choice in (*reply.choices, *reply.navigation):
        assert choice.label.startswith("⟦"), f"{choice.label!r} is a text in code"
    for line in unbracketed(reply.text).splitlines():
        own = line.startswith(">") or reply.verbatim
        assert own or not any(character.isalpha() for character in line), (
            f"{line!r} is a text in code"
        )


@pytest.fixture(scope="module")
def recording() -> Recording:
    return Recording(read(FLOW).value)


@pytest.fixture(scope="module")
def walk(content: Content, recording: Recording) -> Walk:
    pseudo = content.wordings["en"].messages["nav_stop"].startswith("⟦")
    return Walk(Dialogue(content, recording), pseudo)


def test_every_session_takes_every_event(
    walk: Walk, recording: Recording, tell: Callable[[str], None]
) -> None:
    began = time.perf_counter()

    walk.everywhere()

    seconds = time.perf_counter() - began
    shows = recording.states - recording.passing
    assert set(walk.states) == shows, "every state is reached"
    edges = {
        (source, transition["trigger"], transition["dest"])
        for transition in read(FLOW).value["transitions"]
        for source in sources(transition, recording)
    }
    missed = {edge for edge in edges if not any(is_taken(edge, taken) for taken in recording.taken)}
    assert not missed, f"edges never taken: {sorted(missed, key=str)}"
    tell(
        f"walk: {len(shows)} states, {len(edges)} edges, {len(walk.sessions):,} sessions, "
        f"{walk.turns:,} turns, {seconds:.1f} s"
    )


def sources(transition: dict[str, Any], flow: Flow) -> list[str]:
    source = transition["source"]
    if transition.get("conditions") == "is_resting":
        return sorted(flow.resting)
    if source == "*":
        return sorted(flow.states - flow.passing)
    return [source] if isinstance(source, str) else source


def is_taken(edge: tuple[str, str, str | None], taken: tuple[str, str, str]) -> bool:
    return edge[:2] == taken[:2] and edge[2] in (None, taken[2])
