from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.letter_bytes import clean_body, marked
from bot.office import Office
from dialogs.messages import Concern

NOW = datetime(2026, 7, 6, 9, 30, tzinfo=ZoneInfo("Europe/London"))
ROLES = {
    "office": "office@oak.school.example",
    "head": "head@oak.school.example",
    "safeguarding": "Office@oak.school.example",
}
FROM = "bot@oak.school.example"


def concern(
    body: str = "Lunch queue.",
    subject: str = "[School bot] Concern – ref K7Q2-M4XP",
    **changes: object,
) -> Concern:
    fields = {
        "reference": "K7Q2-M4XP",
        "kind": "concern",
        "roles": ("office",),
        "subject": subject,
        "body": body,
        "language": "en",
        "promised": None,
        **changes,
    }
    return Concern(**fields)  # type: ignore[arg-type] # literal values, some replaced


def read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body_of(content: bytes) -> str:
    return read(content).get_content().replace("\r\n", "\n")


def test_a_letter_says_who_when_and_which_and_that_a_machine_sent_it() -> None:
    (letter,) = Office(ROLES, FROM).letters(concern(), NOW)

    assert [f"{name}: {value}" for name, value in read(letter.content).items()] == [
        "From: bot@oak.school.example",
        "To: office@oak.school.example",
        "Subject: [School bot] Concern – ref K7Q2-M4XP",
        "Date: Mon, 06 Jul 2026 09:30:00 +0100",
        "Message-ID: <k7q2m4xp.office@oak.school.example>",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "MIME-Version: 1.0",
    ]
    assert (letter.sender, letter.recipient) == (FROM, ROLES["office"])
    assert letter.message_id == "<k7q2m4xp.office@oak.school.example>"


def test_a_letter_says_where_its_answer_is_to_go() -> None:
    office = Office(ROLES, FROM, reply_to=lambda reference: f"bot+{reference}@oak.school.example")

    (letter,) = office.letters(concern(), NOW)

    assert read(letter.content)["Reply-To"] == "bot+K7Q2-M4XP@oak.school.example"


def test_the_same_concern_makes_the_same_letter_byte_for_byte() -> None:
    office = Office(ROLES, FROM)

    assert office.letters(concern(), NOW) == office.letters(concern(), NOW)


def test_each_role_gets_its_own_letter_and_one_address_gets_one() -> None:
    made = Office(ROLES, FROM).letters(concern(roles=("office", "head", "safeguarding")), NOW)

    assert [(letter.role, letter.recipient) for letter in made] == [
        ("office", "office@oak.school.example"),
        ("head", "head@oak.school.example"),
    ]
    assert len({letter.message_id for letter in made}) == 2


@pytest.mark.parametrize("roles", [("chair",), ()], ids=["nobody has it", "no role"])
def test_a_role_without_an_address_goes_to_the_office(roles: tuple[str, ...]) -> None:
    (letter,) = Office(ROLES, FROM).letters(concern(roles=roles), NOW)

    assert letter.recipient == "office@oak.school.example"


CHAIR = {**ROLES, "chair": "chair@oak.school.example", "safeguarding": "lead@oak.school.example"}


@pytest.mark.parametrize(
    ("roles", "second", "reached"),
    [
        (CHAIR, {}, ["chair", "lead"]),
        (CHAIR | {"safeguarding": "HEAD@oak.school.example"}, {}, ["chair"]),
        (CHAIR | {"safeguarding": "deputy@oak.school.example"},
         {"head": "Deputy@oak.school.example"}, ["chair"]),
        (CHAIR | {"chair": "", "office": "Head@oak.school.example"}, {}, ["lead"]),
        (CHAIR | {"chair": ""}, {}, ["office", "lead"]),
        (CHAIR | {"chair": "head@oak.school.example", "safeguarding": "Head@oak.school.example"},
         {}, ["head"]),
    ],
    ids=["apart", "lead is head", "lead is deputy", "office is head", "no chair", "all are head"],
)  # fmt: skip
def test_a_concern_about_the_head_does_not_reach_the_head(
    roles: dict[str, str], second: dict[str, str], reached: list[str]
) -> None:
    made = Office(roles, FROM, second).letters(concern(roles=("chair", "safeguarding")), NOW)

    assert [letter.recipient.partition("@")[0] for letter in made] == reached


def test_a_concern_about_the_head_is_not_sent_to_a_head_who_is_the_office() -> None:
    office = Office({"office": "head@oak.school.example", "head": "Head@oak.school.example"}, FROM)

    with pytest.raises(ValueError, match="no address for chair"):
        office.letters(concern(roles=("chair",)), NOW)
    assert office.address("chair") == ""
    assert Office(ROLES, FROM).address("chair") == ROLES["office"]


def test_a_school_without_any_address_is_an_error_and_not_a_lost_letter() -> None:
    with pytest.raises(ValueError, match="no address for office"):
        Office({}, FROM).letters(concern(), NOW)


def test_a_name_in_front_of_our_address_is_kept_out_of_the_envelope() -> None:
    (letter,) = Office(ROLES, "Oak Bot <bot@oak.school.example>").letters(concern(), NOW)

    assert letter.sender == "bot@oak.school.example"
    assert read(letter.content)["From"] == "Oak Bot <bot@oak.school.example>"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
        ("one\u2028two\u2029three\x85four\vfive\fsix", "one\ntwo\nthree\nfour\nfive\nsix"),
        ("bell\x07 null\x00 delete\x7f csi\x9b", "bell\ufffd null\ufffd delete\ufffd csi\ufffd"),
        ("half\ud83d a smile\ude00", "half\ufffd a smile\ufffd"),
        ("tab\tstays", "tab\tstays"),
        ("مدرسة 👩‍👧 zażółć", "مدرسة 👩‍👧 zażółć"),
    ],
)
def test_what_mail_cannot_hold_is_replaced_where_it_can_be_seen(text: str, cleaned: str) -> None:
    assert clean_body(text) == cleaned


HOSTILE = st.one_of(
    st.text(alphabet=st.characters(), max_size=300),
    st.lists(
        st.sampled_from(
            [
                "\r\nBcc: x@y.example\r\n", "\nTo: x@y.example", "=?UTF-8?Q?=0A?=Bcc: x@y.example",
                "=?utf-8?b?DQpCY2M6IHhAeQ==?=", "\r\n.\r\nMAIL FROM:<x@y>\r\n", "\n.\n", ".", "\r",
                "\u2028", "\x85", "\v", "\f", "\ud800", "\x00", "=", "=0A", " ", "\t", "From ",
                "--boundary", "😀", "ا", "x" * 1200, "\n", "Subject:",
            ]
        ),
        max_size=12,
    ).map("".join),
)  # fmt: skip


@given(HOSTILE)
@example("=?UTF-8?Q?=0A?=Bcc: x@y.example")
@example("\r\n.\r\nMAIL FROM:<x@y.example>")
def test_no_words_reach_a_header_and_every_body_comes_back(words: str) -> None:
    (letter,) = Office(ROLES, FROM).letters(concern(body=words), NOW)

    message = read(letter.content)
    assert message.keys() == [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted",
        "X-Auto-Response-Suppress", "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    ]  # fmt: skip
    expected = clean_body(words)
    # A text in mail always ends its last line.
    assert body_of(letter.content) == (expected if expected.endswith("\n") else expected + "\n")
    assert letter.content.isascii()
    assert letter.content.count(b"\n") == letter.content.count(b"\r\n")
    assert letter.content.count(b"\r") == letter.content.count(b"\r\n")
    assert max(map(len, letter.content.split(b"\r\n"))) <= 998


@given(HOSTILE)
@example("")
@example("x" * 200 + "\n.\n trailing \n\tć")
def test_a_letter_is_to_the_byte_what_the_library_would_write(words: str) -> None:
    (letter,) = Office(ROLES, "The bot <bot@oak.school.example>").letters(concern(body=words), NOW)

    message = EmailMessage(policy=policy.SMTP)
    for name, value in read(letter.content).items():
        if name not in ("Content-Type", "Content-Transfer-Encoding", "MIME-Version"):
            message[name] = value
    message.set_content(clean_body(words), charset="utf-8", cte="quoted-printable")
    assert letter.content == message.as_bytes()


REFERENCE = st.from_regex(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", fullmatch=True)
#: Words of a subject; `R` is the reference.
SUBJECT = st.lists(
    st.sampled_from(["R", "(R)", "–R", "OOOO-OOOO", "[School bot]", "One", "ref", "–", "ł" * 9])
    | st.text(st.characters(min_codepoint=33, max_codepoint=0x17F), max_size=60)
).map(" ".join)  # fmt: skip


@given(
    SUBJECT,
    REFERENCE,
    st.from_regex(r"[a-z0-9.+!/-]{0,60}", fullmatch=True),
    st.datetimes(timezones=st.timezones(), allow_imaginary=False),
)
@example("[School bot] Concern – ref R", "K7Q2-M4XP", "x", NOW)
@example("[School bot] Concern – ref R", "9999-9999", "x" * 44, NOW)
@example("[School bot] Concern –R", "K7Q2-M4XP", "x", NOW)  # parted by a fold
@example("OOOO-OOOO 0000000000::\x7f R \x7f", "K7Q2-M4XP", "x" * 60, NOW)
def test_the_head_of_a_letter_is_to_the_byte_what_the_library_would_write(
    subject: str, reference: str, tag: str, now: datetime
) -> None:
    subject = " ".join(clean_body(subject).replace("R", reference).replace("=?", "= ?").split())
    first = f"<first.{tag}@oak.school.example>"
    letter = Office(ROLES, FROM).later(reference, "office", subject, "x", tag, now, answers=first)

    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"] = FROM, ROLES["office"]
    message["Subject"], message["Date"] = subject, now
    message["Message-ID"] = letter.message_id
    message["In-Reply-To"] = message["References"] = first
    assert letter.content.startswith(message.as_bytes().removesuffix(b"\r\n") + b"Auto-Submitted")


@given(HOSTILE)
@example("=?UTF-8?Q?=0A?=Bcc: x@y.example")
def test_even_a_subject_with_foreign_text_stays_one_header(words: str) -> None:
    (letter,) = Office(ROLES, FROM).letters(concern(subject=words), NOW)

    message = read(letter.content)
    assert len(message.keys()) == 10
    assert message.get_all("To") == ["office@oak.school.example"]
    assert "Bcc" not in message


@given(HOSTILE)
@example("")
def test_a_marked_letter_says_so_first_and_is_else_the_same_to_the_byte(words: str) -> None:
    (letter,) = Office(ROLES, FROM).letters(concern(body=words), NOW)
    line = "To może być druga kopia tego samego listu: serwer nie odpowiedział za pierwszym razem"

    copy = marked(letter.content, line)

    assert copy.startswith(b"X-Possible-Second-Copy: yes\r\n")
    head, _, body = letter.content.partition(b"\r\n\r\n")
    assert copy.partition(b"\r\n\r\n")[0].endswith(head)
    assert copy.endswith(body)
    assert body_of(copy) == f"{line}\n\n{body_of(letter.content)}"
    assert copy.isascii()
    assert copy.count(b"\r") == copy.count(b"\n") == copy.count(b"\r\n")
    assert max(map(len, copy.split(b"\r\n"))) <= 998


def test_the_day_of_a_letter_is_the_day_it_was_written() -> None:
    winter = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)

    (letter,) = Office(ROLES, FROM).letters(concern(), winter)

    assert read(letter.content)["Date"] == "Tue, 01 Dec 2026 08:00:00 +0000"


def test_who_joins_a_thread_later_has_an_address_of_their_own_and_is_not_the_head() -> None:
    office = Office(
        {
            "office": "office@school.example",
            "head": "head@school.example",
            "chair": "chair@school.example",
            "safeguarding": "Head@school.example",
        },
        "bot@school.example",
    )

    assert office.joins("safeguarding", ("office", "safeguarding"), ["office@school.example"])
    assert not office.joins("safeguarding", ("head", "safeguarding"), ["head@school.example"])
    assert not office.joins("safeguarding", ("chair", "safeguarding"), ["chair@school.example"])
