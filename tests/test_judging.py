from __future__ import annotations

from itertools import product

import pytest

from bot.answers.tokens import reply_address, token
from bot.answers.verdicts import Quarantine, Relay
from tests.inbound import ADDRESS, OFFICE, PATTERN, REFERENCE, SERVER, judged

PASSED = f"Authentication-Results: {SERVER}; dkim=pass header.d=oak.school.example\n"
WORDS = "The coats are in the hall. Come in any day after three."


def reply(
    results: str = PASSED,
    sender: str = f"From: Mrs Patel <{OFFICE}>\n",
    to: str = f"To: Oak School bot <{ADDRESS}>\n",
    more: str = "",
    body: str = WORDS,
) -> bytes:
    return f"""\
{results}{sender}{to}{more}Subject: Re: [School bot] Concern – ref {REFERENCE}
Message-ID: <1@oak.school.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{body}

On Tue, 24 Nov 2026 at 11:02, Oak School bot <{ADDRESS}> wrote:

> ##- Please write your answer above this line. Ref {REFERENCE} -##
> Reference: {REFERENCE}
> What the parent says:
> > words of a parent
""".encode()


def test_the_answer_of_the_office_reaches_the_parent() -> None:
    assert judged(reply()) == Relay(REFERENCE, WORDS, had_attachments=False)


RIGHT_TOKEN = f"To: {ADDRESS}\n"
WRONG_TOKEN = (
    f"To: {reply_address(PATTERN, token(REFERENCE, b'another key of over 32 letters!!'))}\n"
)
RIGHT_SENDER = f"From: {OFFICE}\n"
WRONG_SENDER = "From: cook@oak.school.example\n"
FAILED = f"Authentication-Results: {SERVER}; dkim=fail header.d=oak.school.example\n"


@pytest.mark.parametrize(
    ("to", "sender", "results"),
    list(product((RIGHT_TOKEN, WRONG_TOKEN), (RIGHT_SENDER, WRONG_SENDER), (PASSED, FAILED))),
)
def test_of_token_sender_and_authentication_all_three_must_be_right(
    to: str, sender: str, results: str
) -> None:
    verdict = judged(reply(results, sender, to))

    if (to, sender, results) == (RIGHT_TOKEN, RIGHT_SENDER, PASSED):
        assert isinstance(verdict, Relay)
    else:
        assert isinstance(verdict, Quarantine)
        assert verdict.reference == (REFERENCE if to == RIGHT_TOKEN else "")
