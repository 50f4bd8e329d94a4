"""`before-you-post inbox`: what came in, and what a person answers for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.answers.tokens import reply_address, token
from bot.cli import cli
from bot.letters import readable_mail
from bot.office import Office
from bot.store import Store, Transaction
from tests.conftest import CONTENT
from tests.office_side import HOST, KEY, answer
from tests.shell import MONDAY, concern_of, marker

RUNNER = CliRunner()


@pytest.fixture
def office(tmp_path: Path) -> tuple[dict[str, str], bytes]:
    """An installation with a way back, and a letter that waits for an answer."""
    environ = {
        "CONTENT": str(CONTENT),
        "DATABASE_URL": f"sqlite:///{tmp_path}/data/bot.db",
        "MAIL_URL": f"maildir:{tmp_path}/office",
        "INBOX_URL": f"maildir:{tmp_path}/answers",
        "REPLY_KEY": KEY,
        "MAIL_HOST_ID": HOST,
    }
    concern = concern_of(f"{marker('K7Q2-M4XP')}\nlunch\n", "K7Q2-M4XP")
    address = reply_address("before-you-post+*@school.example", token("K7Q2-M4XP", KEY.encode()))
    office = Office({"office": "office@school.example"}, "before-you-post@school.example",
                    reply_to=lambda reference: address)  # fmt: skip
    (letter,) = office.letters(concern, MONDAY)
    return environ, letter.content


def received(environ: dict[str, str], letter: bytes, mail: bytes, **how: str) -> None:
    """A concern of an hour ago, and a mail that was kept back."""
    store = Store.open(environ["DATABASE_URL"])
    now = datetime.now(UTC)

    def work(tx: Transaction) -> None:
        tx.add_concern("K7Q2-M4XP", "console:anna", "concern", ("office",), "en", None, now)
        to = "office@school.example"
        tx.queue_letter("K7Q2-M4XP", "office", "console:anna", "en", "bot@x", to, "<1@x>", "", now)
        given = {"verdict": "quarantined", "reason": "sender", "reference": "K7Q2-M4XP", **how}
        said = (given["verdict"], given["reason"], given["reference"])
        tx.receive("abcdef0123456789", mail, *said, now)

    asyncio.run(store.turn(work))
    store.close()


def told(environ: dict[str, str]) -> list[str]:
    store = Store.open(environ["DATABASE_URL"])
    rows = asyncio.run(store.outbox_rows("answer"))
    store.close()
    return [row.reference for row in rows]


def test_a_mail_that_was_kept_back_is_listed_shown_and_released_once(
    office: tuple[dict[str, str], bytes],
) -> None:
    environ, letter = office
    mail = answer(letter, "We have found it.", sender="clerk@school.example", attachment=b"%PDF")
    received(environ, letter, mail)

    listed = RUNNER.invoke(cli, ["inbox"], obj=environ).output
    assert "abcdef0123" in listed
    assert "quarantined" in listed
    assert "clerk" not in listed
    shown = RUNNER.invoke(cli, ["inbox", "show", "abcdef"], obj=environ).output
    assert "from: clerk@school.example" in shown
    assert "We have found it." in shown
    assert "[1 attachments]" in shown
    released = RUNNER.invoke(cli, ["inbox", "release", "abcdef"], obj=environ)
    assert (released.exit_code, "K7Q2-M4XP" in released.output) == (0, True)
    assert told(environ) == ["K7Q2-M4XP"]
    again = RUNNER.invoke(cli, ["inbox", "release", "abcdef"], obj=environ)
    assert (again.exit_code, "released before" in again.output) == (1, True)


@pytest.mark.parametrize("way", ["file", "-"])
def test_the_words_of_a_mail_that_is_not_clear_are_named_by_a_person(
    way: str, office: tuple[dict[str, str], bytes], tmp_path: Path
) -> None:
    environ, letter = office
    received(environ, letter, answer(letter, ""), verdict="held", reason="empty")
    unclear = RUNNER.invoke(cli, ["inbox", "release", "abcdef"], obj=environ)
    assert (unclear.exit_code, "not certain" in unclear.output) == (1, True)

    words = tmp_path / "words"
    words.write_text("It is in the office.")
    given = str(words) if way == "file" else "-"
    done = RUNNER.invoke(
        cli, ["inbox", "release", "abcdef", "--words", given], obj=environ, input="In the office."
    )

    assert done.exit_code == 0
    assert told(environ) == ["K7Q2-M4XP"]


@pytest.mark.parametrize(
    ("how", "id", "says"),
    [
        ({}, "00", "0 mails have an id"),
        ({"verdict": "relayed"}, "abc", "was relayed"),
        ({"reference": ""}, "abc", "no thread that goes on"),
    ],
)
def test_what_cannot_be_released_says_why(
    how: dict[str, str], id: str, says: str, office: tuple[dict[str, str], bytes]
) -> None:
    environ, letter = office
    received(environ, letter, answer(letter, "Hello."), **how)

    done = RUNNER.invoke(cli, ["inbox", "release", id], obj=environ)

    assert (done.exit_code, says in done.output) == (1, True), done.output
    assert told(environ) == []


def test_nothing_is_released_where_answers_do_not_come_back(
    office: tuple[dict[str, str], bytes],
) -> None:
    environ, letter = office
    received(environ, letter, answer(letter, "Hello."))

    done = RUNNER.invoke(cli, ["inbox", "release", "abc"], obj={**environ, "MAIL_HOST_ID": ""})

    assert (done.exit_code, "MAIL_HOST_ID" in done.output) == (1, True)
    gone = RUNNER.invoke(cli, ["inbox", "show", "ffff"], obj=environ)
    assert (gone.exit_code, "no mail ffff" in gone.output) == (1, True)


def test_status_says_that_mails_were_kept_back(office: tuple[dict[str, str], bytes]) -> None:
    environ, letter = office
    received(environ, letter, answer(letter, "Hello."))

    said = RUNNER.invoke(cli, ["status"], obj=environ).output

    assert "1 mails were kept back" in said


def test_nothing_in_a_mail_can_drive_a_terminal() -> None:
    mail = b"From: a@b\r\nContent-Type: text/html\r\n\r\n<p>one\x1b[2J</p><p>two</p>"

    assert "\x1b" not in readable_mail(mail)
    assert "two" in readable_mail(mail)
