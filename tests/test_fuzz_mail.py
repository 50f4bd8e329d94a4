"""Hostile names, words and headers, by the builder and over SMTP, as `make fuzz-mail` counts them.

Each letter is built by us, cut and dotted by the library that sends it, and read by the parser of
a mail server. What arrives must be one letter, for one recipient, with our headers and the words.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header

import aiosmtplib
import pytest

from bot.letter_bytes import Letter, clean_body, marked, readdressed
from bot.office import Office
from tests.mail_servers import Office as MailServer
from tests.mail_servers import mail_server
from tests.shell import MONDAY, concern_of

HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted",
    "X-Auto-Response-Suppress", "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
]  # fmt: skip
SENDERS = ("bot@oak.school.example", "Oak Bot <bot@oak.school.example>", "O'Hara-Bot <b@x.example>")
RECIPIENTS = (
    "office@oak.school.example",
    "a.very.long.name.of.an.office.that.makes.a.header.fold@a.very.long.domain.school.example",
    "o'neill+bot@oak.school.example",
)
#: What attacks are made of, and what people type.
PIECES = (
    "\r\nBcc: x@y.example\r\n", "\nTo: x@y.example\n", "\rCc: x@y.example", "\r\n\r\n", "\n.\n",
    "\r\n.\r\n", "\r.\r", ".", "..", "\n..", "\r\n.\r\nMAIL FROM:<x@y>\r\nRCPT TO:<z@y>\r\n",
    "=?UTF-8?Q?=0A?=Bcc: x@y", "=?utf-8?b?DQpCY2M6IHhAeQ==?=", "=?", "?=", "=", "=0D=0A", "=20",
    "Content-Type: text/html", "--boundary", "begin 644 x", "From ", ">From ", "\x00", "\x07",
    "\x1b[2J", "\x7f", "\x85", "\x9b", "\u2028", "\u2029", "\v", "\f", "\x1c", "\ufeff", "\ufffe",
    "\ud800", "\udfff", "\u202e", "\u200f", "é", "مدرسة", "ż", "ਸਕੂਲ", "学校", "👩‍👧", "\U0010ffff",
    "<b>", "<script>", "*bold*", "{reference}", "$name", "%s", "\\", '"', "'", "\t", " ", "  ",
    "x" * 100, "y" * 1100, "Anna", "O'Neill", "lunch queue", "\n", "\r\n", "é" * 90, " " * 80,
)  # fmt: skip
SECOND_COPY = "Może to druga kopia tego samego listu."


def text(chance: random.Random, most: int) -> str:
    """Pieces and characters from anywhere, one after the other."""
    parts = []
    for _ in range(chance.randrange(most + 1)):
        if chance.random() < 0.8:
            parts.append(chance.choice(PIECES))
        else:
            parts.append("".join(chr(chance.randrange(0x110000)) for _ in range(4)))
    return "".join(parts)


def built(chance: random.Random, number: int) -> tuple[Letter, str]:
    """One letter as the office builds it, and the words that it must hold."""
    words = text(chance, 10)
    reference = f"{number:08X}"[:4] + "-" + f"{number:08X}"[4:]
    subject = f"[School bot] {text(chance, 3)} – ref {reference}"
    # The reference itself comes from us; a name and a subject could one day hold a parent's words.
    concern = replace(concern_of(words, reference), subject=subject)
    office = Office({"office": chance.choice(RECIPIENTS)}, chance.choice(SENDERS))
    (letter,) = office.letters(concern, MONDAY)
    if chance.random() < 0.3:
        recipient = chance.choice(RECIPIENTS)
        content = readdressed(letter.content, recipient)
        letter = replace(letter, recipient=recipient, content=content)
    words = clean_body(words)
    if chance.random() < 0.1:
        letter = replace(letter, content=marked(letter.content, SECOND_COPY))
        # A text in mail always ends its last line, be it empty.
        words = f"{SECOND_COPY}\n\n{words or chr(10)}"
    return letter, words


def faults(letter: Letter, words: str, recipients: list[str], content: bytes) -> list[str]:
    """What is wrong with a letter as it arrived."""
    message = message_from_bytes(content)
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    ends = content.replace(b"\r\n", b"")
    is_marked = words.startswith(SECOND_COPY)
    found = {
        "it changed on the way": content != letter.content,
        "not one recipient": recipients != [letter.recipient],
        "other headers": [*message.keys()][is_marked:] != HEADERS,
        "another To": "".join(message["To"].split()) != letter.recipient,
        "another Message-ID": "".join(message["Message-ID"].split()) != letter.message_id,
        "other words": body.decode().replace("\r\n", "\n").removesuffix("\n")
        != words.removesuffix("\n"),
        "a bare CR or LF": b"\r" in ends or b"\n" in ends,
        "a line too long": max(map(len, content.split(b"\r\n"))) > 998,
        "not plain ASCII": not content.isascii(),
        "a subject of two lines": "\n" in str(make_header(decode_header(message["Subject"]))),
    }
    return [what for what, is_so in found.items() if is_so]


async def deliver(seed: int, count: int) -> list[str]:
    """Send so many letters over one connection. Returns what was wrong with which."""
    chance = random.Random(seed)
    wrong: list[str] = []
    server = MailServer()
    async with mail_server(server) as port:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False)
        await client.connect()
        for number in range(count):
            letter, words = built(chance, number)
            await client.mail(letter.sender, encoding="ascii")
            await client.rcpt(letter.recipient, encoding="ascii")
            await client.data(letter.content)
            if len(server.received) != 1:
                wrong.append(f"{number}: {len(server.received)} letters arrived")
            for received in server.received:
                for fault in faults(letter, words, received.recipients, received.content):
                    wrong.append(f"{number}: {fault}")
            server.received.clear()
        await client.quit()
    return wrong


#: As many as BYP_LETTERS in all; 100,000 for the numbers in docs/reliability.md.
LETTERS = int(os.environ.get("BYP_LETTERS", "1000"))
SHARDS = 4


@pytest.mark.parametrize("shard", range(SHARDS))
def test_whatever_is_typed_one_letter_arrives_with_our_headers_and_the_words(
    shard: int, tell: Callable[[str], None]
) -> None:
    seed = int(os.environ.get("BYP_SEED", "1")) * 100 + shard
    started = time.process_time()

    wrong = asyncio.run(deliver(seed, LETTERS // SHARDS))

    tell(
        f"hostile letters through builder and SMTP (part {shard + 1} of {SHARDS}): "
        f"{LETTERS // SHARDS} sent, {len(wrong)} wrong, {time.process_time() - started:.0f} s CPU"
    )
    assert wrong == []


def test_the_check_of_a_letter_finds_what_is_wrong_with_it() -> None:
    letter, words = built(random.Random(3), 1)
    injected = letter.content.replace(b"Date:", b"Bcc: x@y.example\r\nDate:", 1)

    assert faults(letter, words, [letter.recipient], letter.content) == []
    assert "other headers" in faults(letter, words, [letter.recipient], injected)
    assert "not one recipient" in faults(letter, words, ["x@y"], letter.content)
    assert "other words" in faults(letter, words + "!", [letter.recipient], letter.content)
    assert "a bare CR or LF" in faults(letter, words, [], letter.content + b"\n.")
