from __future__ import annotations

import pytest

from bot.bounces import LONGEST_HEAD, Bounce, read_bounce

OURS = "<k7q2m4xp.office@oak.school.example>"
DOMAIN = "oak.school.example"


def report(
    action: str = "failed",
    status: str = "5.1.1",
    message_id: str = OURS,
    kind: str = "multipart/report; report-type=delivery-status",
    returned: str = "message/rfc822",
    told: str = "message/delivery-status",
) -> bytes:
    """As Postfix writes it."""
    return f"""\
Return-Path: <>
From: MAILER-DAEMON@mail.school.example
To: bot@oak.school.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <20261124.BOUNCE@mail.school.example>
MIME-Version: 1.0
Content-Type: {kind}; boundary="b1"

--b1
Content-Type: text/plain

I'm sorry. Your letter <aaaa0000.head@oak.school.example> could not be delivered.

--b1
Content-Type: {told}

Reporting-MTA: dns; mail.school.example
Arrival-Date: Tue, 24 Nov 2026 11:00:00 +0000

Final-Recipient: rfc822; office@oak.school.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 canary words of a server

--b1
Content-Type: {returned}

From: bot@oak.school.example
To: office@oak.school.example
Message-ID: {message_id}
Subject: [School bot] Concern - ref K7Q2-M4XP

canary words of a parent
--b1--
""".replace("\n", "\r\n").encode()


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_says_where_the_letter_wanted_its_answers(returned: str) -> None:
    raw = report(returned=returned).replace(
        b"Message-ID: <k7q2", b"Reply-To: a+b@c\r\nMessage-ID: <k7q2"
    )

    found = read_bounce(raw, DOMAIN)

    assert found is not None
    assert (found.reply_to, found.thread) == ("a+b@c", "k7q2m4xp")


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_says_which_letter_came_back_and_why(returned: str) -> None:
    assert read_bounce(report(returned=returned), DOMAIN) == Bounce(OURS, "5.1.1", True)


def test_a_letter_to_a_second_address_comes_back_as_itself() -> None:
    second = "<k7q2m4xp.office.second@oak.school.example>"

    assert read_bounce(report(message_id=second), DOMAIN) == Bounce(second, "5.1.1", True)


@pytest.mark.parametrize(
    ("action", "is_final"),
    [("failed", True), ("Failed", True), ("delayed", False), ("relayed", False)],
)
def test_only_what_failed_is_final(action: str, is_final: bool) -> None:
    found = read_bounce(report(action=action), DOMAIN)

    assert found is not None
    assert found.is_final is is_final


@pytest.mark.parametrize("status", ["", "canary", "9.9.9", "5.1.1 <x@y>"])
def test_a_status_that_is_none_is_left_out(status: str) -> None:
    assert read_bounce(report(status=status), DOMAIN) == Bounce(OURS, "", True)


@pytest.mark.parametrize(
    "mail",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\x00\r\n\r\n\xff", id="no mail at all"),
        pytest.param(b"Subject: hello\r\n\r\n" + OURS.encode(), id="a reply that quotes us"),
        pytest.param(report(kind="multipart/mixed"), id="not a report"),
        pytest.param(report(message_id="<someone@else.example>"), id="a letter of others"),
        pytest.param(report(message_id="<k7q2m4xp.office@evil.example>"), id="another domain"),
        pytest.param(report(message_id="<../../etc@oak.school.example>"), id="odd"),
        pytest.param(report(action=""), id="no action"),
        pytest.param(report(told="text/plain"), id="nothing said of the delivery"),
        pytest.param(report(returned="text/plain"), id="nothing returned"),
        pytest.param(report()[:300], id="cut off"),
    ],
)
def test_what_is_no_report_about_a_letter_of_ours_says_nothing(mail: bytes) -> None:
    assert read_bounce(mail, DOMAIN) is None


def test_a_message_id_below_the_returned_headers_is_not_the_letters() -> None:
    early = f"Subject: x\nMessage-ID: {OURS}\n"
    below = f"Subject: x\n\nMessage-ID: {OURS}\n"
    late = f"X: {'a' * LONGEST_HEAD}\nMessage-ID: {OURS}\n"

    found = [
        read_bounce(report(returned=f"text/rfc822-headers\n\n{head}\n--b1--\n\n"), DOMAIN)
        for head in (early, below, late)
    ]

    assert found == [Bounce(OURS, "5.1.1", True), None, None]
