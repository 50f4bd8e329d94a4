"""What is read of a mail, and where reading stops: limits are counted before it is taken apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.answers.authentication import LONGEST_LINE, sender
from bot.answers.automatic import automatic
from bot.answers.limits import LIMITS, Limits
from bot.answers.mail import Mail, read_mail
from bot.answers.verdicts import Quarantine
from tests.inbound import ADDRESS, DOMAIN, OFFICE, REFERENCE, RULES, judged

HEAD = f"From: {OFFICE}\nTo: {ADDRESS}\n"


def mail(body: str = "words\n", more: str = "") -> bytes:
    return f"{HEAD}{more}\n{body}".encode()


def nested(depth: int, body: str = "words\n") -> bytes:
    kinds = [f'Content-Type: multipart/mixed; boundary="b{level}"\n' for level in range(depth)]
    inner = "".join(f"\n--b{level}\n{kinds[level + 1]}" for level in range(depth - 1))
    return f"{HEAD}{kinds[0]}{inner}\n--b{depth - 1}\n\n{body}".encode()


SMALL = Limits(1_000, 50, 400, 10, 3, 4, 100, 200)


@pytest.mark.parametrize(
    ("raw", "broken"),
    [
        (mail(), ""),
        (mail("x" * 1_000), "too_big"),
        (mail("\n" * 60), "too_big"),
        (mail("\r" * 60), "too_big"),
        (mail("x" * 201), "too_big"),
        (mail(more="X-A: " + "a" * 400 + "\n"), "broken"),
        (mail(more="X-A: b\n" * 9), "broken"),
        (mail(more="Content-Type: text/plain;\n " + "a" * 100 + "\n"), "broken"),
        (mail(more="Content-Type: text/plain; a=b\n"), ""),
        (mail("Content-Type: text/plain\n" * 5), "broken"),
        (mail("boundary " * 4), "broken"),
        (nested(3), ""),
        (nested(4), "broken"),
    ],
)
def test_a_mail_is_read_within_limits(raw: bytes, broken: str) -> None:
    assert read_mail(raw, DOMAIN, SMALL).broken == broken


@pytest.mark.parametrize("limit", ["size", "lines", "text"])
def test_what_is_too_big_still_says_which_thread_it_is_of(limit: str) -> None:
    read = read_mail(mail("x\n" * 30), DOMAIN, replace(LIMITS, **{limit: 20}))

    assert read.broken == "too_big"
    assert read.all("to") == (ADDRESS,)


def test_a_mail_larger_than_any_answer_is_held_with_its_reference() -> None:
    raw = mail("x" * (LIMITS.size + 1))

    assert judged(raw) == Quarantine("too_big", REFERENCE)


def test_headers_are_kept_in_order_and_unfolded() -> None:
    read = read_mail(b"A: 1\nb:\n 2\n\t3\nA:4\n\n", DOMAIN)

    assert read.headers == (("a", "1"), ("b", "2\t3"), ("a", "4"))
    assert read.all("a") == ("1", "4")


@pytest.mark.parametrize("raw", [b"", b"\n", b"no header\n\n", b" A: b\n\n", b"A: b\rC: d\n\n"])
def test_headers_that_programs_could_read_in_two_ways_are_not_read(raw: bytes) -> None:
    assert read_mail(raw, DOMAIN) == Mail(broken="broken")


def test_what_the_parser_cannot_read_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = mail("caf\u00e9", "Content-Type: text/plain; charset*=utf-8''utf-8\n")

    read = read_mail(raw, DOMAIN)

    assert read.broken == "broken"
    assert read.all("from") == (OFFICE,)


@pytest.mark.parametrize("length", [900, 1_000])
def test_a_sender_longer_than_a_line_of_mail_is_not_read(length: int) -> None:
    read = read_mail(f'From: "{"a" * length}" <{OFFICE}>\n\n'.encode(), DOMAIN)

    assert sender(read) == (OFFICE if length < LONGEST_LINE else "")


@pytest.mark.parametrize("length", [900, 1_000])
def test_of_a_subject_no_more_than_a_line_of_mail_is_decoded(length: int) -> None:
    subject = f"=?utf-8?q?Automatic_reply:_{'a' * length}?="
    read = read_mail(mail(more=f"Subject: {subject}\n"), DOMAIN)

    assert automatic(read, RULES) == ("auto_reply" if length < LONGEST_LINE else None)
