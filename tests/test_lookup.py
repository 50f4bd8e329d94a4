from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.mail import Envelope, Lookup, SmtpMail, lookup_from_url, mail_from_url
from tests.fake_imap import ImapOffice, imap_server
from tests.mail_servers import certificate, trusting

MINE = "<k7q2m4xp.office@oak.school.example>"
EARLIER = "<0000aaaa.office@oak.school.example>"
OTHER = "<k7q2m4xp.head@oak.school.example>"
ENVELOPE = Envelope("bot@oak.school.example", "office@oak.school.example", MINE)


def letter(message_id: str) -> bytes:
    return f"Message-ID: {message_id}\r\nSubject: x\r\n\r\nwords\r\n".encode()


def office(folders: Mapping[str, list[str]], **rest: object) -> ImapOffice:
    held = {name: [letter(one) for one in ids] for name, ids in folders.items()}
    return ImapOffice(lambda: held, **rest)  # type: ignore[arg-type] # literal values


def looking(port: int, user: str = "office@oak.school.example", **rest: object) -> Lookup:
    parts: dict[str, object] = {"secure": "none", "answer_within": 2.0, **rest}
    return Lookup("127.0.0.1", port, user, "secret", **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("folders", "user", "found"),
    [
        pytest.param({"INBOX": [EARLIER, MINE]}, "office@", True, id="it is there"),
        pytest.param({"Filed": [MINE], "INBOX": []}, "office@", True, id="it was filed"),
        pytest.param({"INBOX": [EARLIER]}, "office@", False, id="it is not in its own mailbox"),
        pytest.param({"INBOX": []}, "office@", False, id="its own mailbox is empty"),
        pytest.param({"INBOX": []}, "bot@", None, id="an empty mailbox of somebody else"),
        pytest.param({"INBOX": [OTHER]}, "bot@", None, id="a mailbox that shows others"),
        pytest.param({"Sent": [EARLIER]}, "bot@", False, id="a mailbox that would show it"),
        pytest.param({"Sent": [EARLIER, MINE]}, "bot@", True, id="a mailbox that shows it"),
    ],
)
async def test_a_mailbox_says_no_only_when_it_would_show_the_letter(
    folders: Mapping[str, list[str]], user: str, found: bool | None
) -> None:
    user += "oak.school.example"
    async with imap_server(office(folders, user=user, containers=("Archive",))) as port:
        assert await looking(port, user).has(ENVELOPE, EARLIER) is found


async def test_without_an_earlier_letter_somebody_elses_mailbox_proves_nothing() -> None:
    async with imap_server(office({"INBOX": [OTHER]}, user="bot@x.example")) as port:
        assert await looking(port, "bot@x.example").has(ENVELOPE) is None


async def test_a_part_of_a_message_id_is_another_letter() -> None:
    longer = "<k7q2m4xp.office@oak.school.example.org>"
    async with imap_server(office({"INBOX": [longer, f"<x{MINE[1:]}"]})) as port:
        assert await looking(port).has(ENVELOPE) is False


async def test_looking_marks_nothing_as_read() -> None:
    asked = office({"INBOX": [MINE]})
    async with imap_server(asked) as port:
        await looking(port).has(ENVELOPE)

    assert "SELECT" not in asked.commands
    assert asked.commands[-1] == "LOGOUT"


@pytest.mark.parametrize(
    "fault",
    [
        {"password": "another"},
        {"hangs_up_at": "LOGIN"},
        {"hangs_up_at": "LIST"},
        {"hangs_up_at": "EXAMINE"},
        {"hangs_up_at": "UID"},
        {"silent_at": "UID"},
        {"silent_at": "CAPABILITY"},
    ],
    ids=lambda fault: " ".join(f"{key} {value}" for key, value in fault.items()),
)
async def test_a_mailbox_that_cannot_be_read_says_neither_yes_nor_no(
    fault: Mapping[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    async with imap_server(office({"INBOX": [MINE]}, **fault)) as port:
        assert await looking(port, answer_within=0.3).has(ENVELOPE) is None

    assert "could not look into the mailbox" in caplog.text
    assert "secret" not in caplog.text


async def test_a_connection_lost_after_the_answer_changes_nothing() -> None:
    async with imap_server(office({"INBOX": [MINE]}, hangs_up_at="LOGOUT")) as port:
        assert await looking(port).has(ENVELOPE) is True


async def test_nobody_looks_for_ever() -> None:
    async with imap_server(office({"INBOX": []})) as port:
        assert await looking(port, look_within=-1.0).has(ENVELOPE) is None


async def test_a_mailbox_is_read_over_tls_that_we_trust() -> None:
    async with imap_server(office({"INBOX": [MINE]}), certificate("good")) as port:
        lookup = looking(port, secure="tls", tls=trusting("good"))

        assert await lookup.has(ENVELOPE) is True


async def test_a_mailbox_is_read_once_tls_has_begun() -> None:
    asked = office({"INBOX": [MINE]}, offers_tls=True, starttls=certificate("good"))
    async with imap_server(asked) as port:
        lookup = looking(port, secure="starttls", tls=trusting("good"))

        assert await lookup.has(ENVELOPE) is True


@pytest.mark.parametrize("shown", ["expired", "other_name"])
async def test_a_wrong_certificate_is_told_no_password(
    shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "asyncio")
    asked = office({"INBOX": [MINE]})
    async with imap_server(asked, certificate(shown)) as port:
        lookup = looking(port, secure="tls", tls=trusting(shown), answer_within=1.0)

        assert await lookup.has(ENVELOPE) is None

    assert asked.commands == []


@pytest.mark.parametrize("offers_tls", [True, False], ids=["TLS fails", "no TLS"])
async def test_without_the_tls_that_was_asked_for_no_password_is_said(offers_tls: bool) -> None:
    asked = office({"INBOX": [MINE]}, offers_tls=offers_tls)
    async with imap_server(asked) as port:
        assert await looking(port, secure="starttls").has(ENVELOPE) is None

    assert "LOGIN" not in asked.commands


async def test_smtp_looks_where_it_is_told_to() -> None:
    async with imap_server(office({"INBOX": [MINE]})) as port:
        mail = SmtpMail("127.0.0.1", 25, lookup=looking(port))

        assert await mail.has(ENVELOPE) is True
        assert await mail.has(replace(ENVELOPE, message_id=OTHER)) is False


@pytest.mark.parametrize(
    ("url", "lookup"),
    [
        ("imaps://u:p%40ss@mail.example/INBOX", Lookup("mail.example", 993, "u", "p@ss")),
        ("imap://u:p@mail.example", Lookup("mail.example", 143, "u", "p", secure="starttls")),
        ("imap://u:p@127.0.0.1:1143", Lookup("127.0.0.1", 1143, "u", "p", secure="none")),
    ],
)
def test_an_inbox_url_says_which_mailbox(url: str, lookup: Lookup) -> None:
    assert lookup_from_url(url) == lookup
    assert mail_from_url("smtps://mail.example", inbox_url=url).lookup == lookup  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("pop3://mail.example", "imaps://"),
        ("imaps://", "names no mail server"),
        ("imaps://hunter2@mail.example", "both"),
        ("imaps://u:hunter2@mail.example:x", "port"),
    ],
)
def test_an_inbox_url_that_cannot_be_used_is_one_sentence_without_its_password(
    url: str, says: str
) -> None:
    with pytest.raises(ValueError, match=says) as problem:
        lookup_from_url(url)

    assert "INBOX_URL" in str(problem.value)
    assert "hunter2" not in str(problem.value)


def test_no_password_is_shown_with_the_mailbox() -> None:
    assert "secret" not in repr(looking(143))
