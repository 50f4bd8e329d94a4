"""Whatever the office writes, in whichever program: all of it, and no more, or a question."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers.verdicts import Ask, Relay
from tests.inbound import REFERENCE, judged
from tests.mail_programs import LETTER, PROGRAMS, WROTE, mail, marked

WORDS = st.text("abcdefghijklmnopqrstuvwxyzäéßłșжصש你で’£€ABC0123456789", min_size=1, max_size=12)
LINES = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)
#: What people write: lines of words, some of them blank, some with a stop or a comma.
ANSWERS = st.lists(
    st.one_of(LINES, LINES.map(lambda line: line + "."), LINES.map("- {},".format), st.just("")),
    max_size=12,
).map("\n".join)
#: What nobody writes, but a program or an attacker might.
ODD = st.lists(
    st.one_of(
        st.text(max_size=30),
        LINES,
        st.sampled_from(
            ["##-", "-##", "##- -##", "> x", ">", "|", "From: a", "Subject: b", WROTE, "--", "____",
             "-----Original Message-----", "Sent from my iPhone", "<b>", "&lt;", "<!--", "On",
             LETTER, marked(LETTER), "Oak School bot:", "24/11/2026:", REFERENCE, "\x00", "\ufffd",
             "CAUTION: external", "\u2028", "\x85", "\xa0", "\u200b"]
        ),
    ),
    max_size=8,
).map("\n".join)  # fmt: skip


def as_lines(text: str) -> str:
    """What of a text must arrive: every line, with at most one blank line between two."""
    lines = re.split(r"\r\n|[\n\r\v\f\x85\u2028\u2029]", text)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()


@pytest.mark.parametrize("program", PROGRAMS)
@settings(max_examples=30, deadline=None)
@given(answer=ANSWERS)
def test_what_people_write_arrives_whole_and_nothing_else(program: str, answer: str) -> None:
    verdict = judged(PROGRAMS[program](answer))

    if as_lines(answer):
        assert verdict == Relay(REFERENCE, as_lines(answer), had_attachments=False)
    else:
        assert verdict == Ask(REFERENCE, "empty")


@pytest.mark.parametrize("program", PROGRAMS)
@settings(max_examples=40, deadline=None)
@given(answer=ODD)
def test_nothing_from_below_the_marker_ever_arrives(program: str, answer: str) -> None:
    verdict = judged(PROGRAMS[program](answer.encode(errors="replace").decode()))

    assert isinstance(verdict, Relay | Ask)
    if isinstance(verdict, Relay):
        assert "xyzzy" not in verdict.words
        assert "##" not in verdict.words


def signs(text: str) -> str:
    return re.sub(r"[\s\u200b\u2060\ufeff\xad\x1c-\x1f\x85]", "", text)


@settings(max_examples=150, deadline=None)
@given(
    answer=st.text(min_size=1, max_size=60), program=st.sampled_from(["gmail", "outlook", "bare"])
)
def test_no_sign_of_any_script_is_lost(answer: str, program: str) -> None:
    verdict = judged(PROGRAMS[program](answer.encode(errors="replace").decode()))

    assert isinstance(verdict, Relay | Ask)
    if isinstance(verdict, Relay):
        assert signs(verdict.words) == signs(answer)


@settings(max_examples=60, deadline=None)
@given(answer=ANSWERS, place=st.integers(0, len(LETTER.split("\n"))), more=LINES)
def test_words_between_the_lines_of_the_letter_are_asked_for(
    answer: str, place: int, more: str
) -> None:
    lines = marked(LETTER).split("\n")
    below = "\n".join([*lines[:place], "", more, "", *lines[place:]])

    verdict = judged(mail(f"{answer}\n\n{WROTE}\n{below}\n"))

    assert isinstance(verdict, Ask)


@settings(max_examples=40, deadline=None)
@given(answer=ANSWERS, first=st.integers(1, len(LETTER.split("\n")) - 1))
def test_a_letter_without_its_marker_is_asked_about(answer: str, first: int) -> None:
    rest = "\n".join(marked(LETTER).split("\n")[first:])

    verdict = judged(mail(f"{answer}\n\n{rest}\n"))

    assert isinstance(verdict, Ask)
