"""The corpus, damaged: whatever comes in, there is a verdict, and nothing leaks into a chat.

`make fuzz-mail` makes 120 of each mail.
"""

from __future__ import annotations

import os
import random

import pytest

from bot.answers.verdicts import Ask, Bounced, Ignore, Quarantine, Relay
from tests.inbound import REPLIES, judged
from tests.test_replies import BELOW

MUTANTS = int(os.environ.get("BYP_MUTANTS", "2"))
MAILS = {path.stem: path.read_bytes() for path in sorted(REPLIES.glob("*.eml"))}
SMALL = [name for name, raw in MAILS.items() if len(raw) < 50_000]
#: What breaks parsers: charsets, boundaries, folding, ends of lines, signs of our own.
PIECES = (
    b"\r", b"\n", b"\r\n\r\n", b"\0", b"\xff", b"\x80", b"=", b"=?", b"?=", b"=?x?q?=ff?=", b"--",
    b";", b'"', b"(", b"<", b">", b"@", b",", b":", b"\t ", b"charset=", b"charset=idna",
    b"boundary=", b"Content-Type: ", b"Content-Type: message/rfc822\n\n",
    b"Content-Transfer-Encoding: base64\n",
    b"multipart/mixed", b"name*0*=x'", b"From: ", b"##-", b"-##", b"<!--", b"]]>", b"&#",
    b"&#x110000;", b"<blockquote>", b"</div>", b"begin 644 a\n", b"\xef\xbb\xbf",
    b"\xe2\x80\xae", b"> ", b"~" * 200,
)  # fmt: skip


def insert(chance: random.Random, raw: bytes) -> bytes:
    at = chance.randrange(len(raw) + 1)
    return raw[:at] + chance.choice(PIECES) + raw[at:]


def cut(chance: random.Random, raw: bytes) -> bytes:
    at = chance.randrange(len(raw) + 1)
    return raw[:at] + raw[at + chance.randrange(1, 200) :]


def flip(chance: random.Random, raw: bytes) -> bytes:
    at = chance.randrange(len(raw) + 1)
    return raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 :]


def repeat(chance: random.Random, raw: bytes) -> bytes:
    at = chance.randrange(len(raw) + 1)
    return raw[:at] + raw[at : at + chance.randrange(1, 300)] * chance.randrange(1, 5) + raw[at:]


def shuffle(chance: random.Random, raw: bytes) -> bytes:
    lines = raw.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def splice(chance: random.Random, raw: bytes) -> bytes:
    other = MAILS[chance.choice(SMALL)]
    return raw[: chance.randrange(len(raw) + 1)] + other[chance.randrange(len(other) + 1) :]


#: Larger ones may put what was quoted above the marker, and then it is no leak.
SMALL_DAMAGES = [insert, flip]
DAMAGES = [*SMALL_DAMAGES, cut, repeat, shuffle, splice]


@pytest.mark.parametrize("name", SMALL)
def test_a_damaged_mail_gets_a_verdict(name: str) -> None:
    chance = random.Random(name)

    for _ in range(MUTANTS):
        raw = MAILS[name]
        for _ in range(chance.randrange(1, 4)):
            raw = chance.choice(DAMAGES)(chance, raw)

        assert isinstance(judged(raw), Relay | Ask | Quarantine | Bounced | Ignore)


@pytest.mark.parametrize("name", SMALL)
def test_a_small_damage_leaks_nothing_of_the_letter(name: str) -> None:
    chance = random.Random(name)

    for _ in range(MUTANTS):
        raw = chance.choice(SMALL_DAMAGES)(chance, MAILS[name])

        verdict = judged(raw)

        assert not (isinstance(verdict, Relay) and BELOW.search(verdict.words)), raw
