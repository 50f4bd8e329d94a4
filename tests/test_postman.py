"""Where a letter goes when it is sent, when it is refused, and when it comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email import message_from_bytes
from pathlib import Path

import pytest

from bot.bounces import Bounce
from bot.mail import Envelope, LastCheck, MailRefused, MailUnavailable, MailUncertain, no_check
from bot.office import Office
from bot.outbox import Outbox
from bot.store import StoreUnavailable, Transaction
from bot.store.asking import queries
from tests.shell import MONDAY, Clock, open_store
from tests.test_outbox import OFFICE, Post, Shell, in_

OAK = "oak.school.example"


class Round(Post):
    """Mail that also notes where each letter went, and asks first as SMTP does."""

    went: list[str]

    async def send(self, letter: bytes, envelope: Envelope, check: LastCheck = no_check) -> None:
        await check()
        self.went.append(envelope.recipient)
        await super().send(letter, envelope, check)


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    store = open_store(tmp_path)
    mail = Round()
    mail.went = []
    yield Shell(store, Clock(), mail)
    store.close()


def went(shell: Shell) -> list[str]:
    assert isinstance(shell.mail, Round)
    return shell.mail.went


def with_office(shell: Shell, **roles: str) -> Outbox:
    second = {name.removesuffix("_2"): to for name, to in roles.items() if name.endswith("_2")}
    first = {name: to for name, to in roles.items() if not name.endswith("_2")}
    return shell.outbox(address=Office({**OFFICE.roles, **first}, "bot@x", second).address)


def said(shell: Shell) -> list[str]:
    return [text.split()[1] for text in shell.told]


def header(shell: Shell, name: str) -> str:
    return str(message_from_bytes(shell.mail.taken[-1])[name])


# --- routing ---


async def test_a_letter_goes_to_whoever_has_the_role_when_it_is_sent(shell: Shell) -> None:
    await shell.say("send lunch")

    await shell.deliver_due(with_office(shell, office="new-office@oak.school.example"))

    row = await shell.row()
    assert went(shell) == [f"new-office@{OAK}"]
    assert header(shell, "To") == f"new-office@{OAK}"
    assert header(shell, "Message-ID") == f"<{row.reference.replace('-', '').lower()}.office@{OAK}>"
    assert await shell.store.turn(lambda tx: tx.audit(row.id)) == [
        f"office is now new-office@{OAK}, it was office@{OAK}"
    ]


async def test_a_letter_whose_role_did_not_move_is_sent_as_it_was_made(shell: Shell) -> None:
    await shell.say("send lunch")
    made = await shell.store.turn(
        lambda tx: tx._connection.execute("SELECT payload FROM outbox").fetchone()[0]
    )

    await shell.deliver_due(with_office(shell))

    assert shell.mail.taken == [made.encode()]
    assert await shell.store.turn(lambda tx: tx.audit("letter")) == []


async def test_a_role_that_nobody_has_any_more_keeps_its_letter(shell: Shell) -> None:
    await shell.say("send lunch")

    await shell.deliver_due(shell.outbox(address=lambda role: ""))

    assert went(shell) == [f"office@{OAK}"]


async def test_the_audit_is_kept_as_long_as_the_link_and_no_longer(shell: Shell) -> None:
    await shell.say("send lunch")
    await shell.deliver_due(with_office(shell, office="new@oak.school.example"))

    gone = await shell.store.turn(lambda tx: tx.drop_old_audit(in_(seconds=1)))

    assert gone == 1


# --- a second address ---


async def test_what_the_first_address_refuses_goes_to_the_second(shell: Shell) -> None:
    shell.mail.failures = [MailRefused("the mail server refused it (550 5.1.1)")]
    await shell.say("send lunch")
    outbox = with_office(shell, office_2="deputy@oak.school.example")

    await shell.deliver_due(outbox)
    await shell.deliver_due(outbox)
    await shell.deliver_due(outbox)

    first, second = await shell.store.outbox_rows()
    assert went(shell) == [f"office@{OAK}", f"deputy@{OAK}"]
    assert (first.state, first.role, second.state, second.role) == (
        "parked", "office", "sent", "office/second",
    )  # fmt: skip
    assert header(shell, "To") == f"deputy@{OAK}"
    assert header(shell, "Message-ID").endswith(f".office.second@{OAK}>")
    assert said(shell) == ["delivered"]


@pytest.mark.parametrize("arrived", ["office", "office/second"])
async def test_a_letter_has_arrived_when_it_is_at_either_address(
    shell: Shell, arrived: str
) -> None:
    def work(tx: Transaction) -> tuple[int, int]:
        tx.add_concern("K7Q2-M4XP", "console:anna", "concern", ("office",), "en", None, MONDAY)
        for role in ("office", "office/second", "safeguarding"):
            tx.queue_letter("K7Q2-M4XP", role, "", "en", "b@x", "o@x", f"<{role}@x>", "x", MONDAY)
        before = tx.letters_left("K7Q2-M4XP")
        tx.mark_sent(f"letter/K7Q2-M4XP/{arrived}", MONDAY)
        return before, tx.letters_left("K7Q2-M4XP")

    assert await shell.store.turn(work) == (3, 1)


@pytest.mark.sqlite
async def test_no_letter_of_long_ago_is_read_to_know_what_is_left(shell: Shell) -> None:
    asked = f"EXPLAIN QUERY PLAN {queries().letters_left.sql}"
    given = {"reference": "K7Q2-M4XP", "part": ""}

    plan = await shell.store.turn(
        lambda tx: [row[3] for row in tx._connection.execute(asked, given)]
    )

    assert any(step.startswith("SEARCH other") for step in plan)
    assert not any("outbox_sent" in step for step in plan)


async def test_when_both_addresses_refuse_it_the_parent_is_told_to_telephone(shell: Shell) -> None:
    shell.mail.failures = [MailRefused("no")] * 2
    await shell.say("send lunch")
    outbox = with_office(shell, office_2="deputy@oak.school.example")

    for _ in range(3):
        await shell.deliver_due(outbox)

    assert [row.state for row in await shell.store.outbox_rows()] == ["parked", "parked"]
    assert said(shell) == ["not_delivered"]


async def test_a_concern_for_two_waits_for_the_second_address_of_one(shell: Shell) -> None:
    shell.mail.failures = [MailRefused("no")]
    await shell.say("send unsafe gate")
    outbox = with_office(
        shell, office_2="d@oak.school.example", safeguarding_2="d@oak.school.example"
    )

    await shell.deliver_due(outbox)
    assert said(shell) == []
    await shell.deliver_due(outbox)
    await shell.deliver_due(outbox)

    assert said(shell) == ["delivered"]


async def test_a_parked_letter_retried_after_its_second_arrived_says_nothing_new(
    shell: Shell,
) -> None:
    shell.mail.failures = [MailRefused("no")]
    await shell.say("send lunch")
    outbox = with_office(shell, office_2="deputy@oak.school.example")
    for _ in range(3):
        await shell.deliver_due(outbox)

    await shell.store.release((await shell.store.outbox_rows())[0].reference)
    for _ in range(2):
        await shell.deliver_due(outbox)

    assert [row.state for row in await shell.store.outbox_rows()] == ["sent", "sent"]
    assert said(shell) == ["delivered"]


# --- letters that come back ---


async def delivered(shell: Shell) -> Bounce:
    await shell.say("send lunch")
    await shell.deliver_due()
    reference = (await shell.row()).reference.replace("-", "").lower()
    return Bounce(f"<{reference}.office@{OAK}>", "5.1.1", True)


async def came_back(shell: Shell, bounce: Bounce, outbox: Outbox | None = None) -> bool:
    outbox = outbox or shell.outbox()
    letter = await shell.store.turn(lambda tx: outbox.take_back(tx, bounce, shell.clock()))
    return letter is not None


async def test_a_parent_is_told_when_a_delivered_letter_comes_back(shell: Shell) -> None:
    bounce = await delivered(shell)
    await shell.deliver_due()
    shell.clock.pass_time(hours=3)

    assert await came_back(shell, bounce) is True
    await shell.deliver_due()

    row = await shell.row()
    assert (row.state, row.last_error, row.sent_at) == ("parked", "came back 5.1.1", None)
    assert said(shell) == ["delivered", "came_back"]


async def test_a_letter_that_no_server_was_handed_cannot_come_back(shell: Shell) -> None:
    shell.mail.failures = [MailUnavailable("451 later")]
    bounce = await delivered(shell)

    assert await came_back(shell, bounce) is False
    shell.clock.pass_time(minutes=5)
    await shell.deliver_due()

    assert (await shell.row()).state == "sent"


async def test_that_it_came_back_is_told_once(shell: Shell) -> None:
    bounce = await delivered(shell)
    await came_back(shell, bounce)

    assert await came_back(shell, bounce) is False
    await shell.deliver_due()

    assert said(shell) == ["delivered", "came_back"]


async def test_a_letter_that_came_back_without_its_words_cannot_go_again(shell: Shell) -> None:
    await came_back(shell, await delivered(shell))

    assert await shell.store.release((await shell.row()).reference) == 0
    assert await shell.store.settle((await shell.row()).reference) == 1
    assert (await shell.row()).state == "settled"


async def test_a_letter_that_came_back_before_it_was_known_to_have_arrived_goes_elsewhere(
    shell: Shell,
) -> None:
    shell.mail.failures = [MailUncertain("the answer was lost")]
    bounce = await delivered(shell)
    outbox = with_office(shell, office_2="deputy@oak.school.example")

    await came_back(shell, bounce, outbox)
    await shell.deliver_due(outbox)
    await shell.deliver_due(outbox)

    assert went(shell)[1:] == [f"deputy@{OAK}"]
    assert said(shell) == ["delivered"]


async def test_what_only_takes_long_or_is_not_ours_changes_nothing(shell: Shell) -> None:
    bounce = await delivered(shell)

    assert await came_back(shell, Bounce(bounce.message_id, "4.2.2", False)) is False
    assert await came_back(shell, Bounce("<x@y>", "5.1.1", True)) is False
    assert (await shell.row()).state == "sent"


# --- a worker that lost its lease ---


async def test_a_worker_that_lost_its_lease_hands_over_nothing(
    shell: Shell, caplog: pytest.LogCaptureFixture
) -> None:
    await shell.say("send lunch")

    class Stopped(Round):
        async def send(
            self, letter: bytes, envelope: Envelope, check: LastCheck = no_check
        ) -> None:
            later = in_(minutes=10)
            id = (await shell.row()).id
            await shell.store.turn(lambda tx: tx.lease(id, "other", later, in_(minutes=15)))
            await super().send(letter, envelope, check)

    mail = Stopped()
    mail.went = []
    shell.mail = mail

    await shell.deliver_due()

    assert mail.went == []
    assert "our lease had ended" in caplog.text
    rows = await shell.store.turn(lambda tx: tx.outbox_rows(in_(minutes=11)))
    assert (rows[0].state, rows[0].last_error) == ("leased", "")


async def test_a_database_that_fails_before_the_letter_is_handed_over_leaves_it_certain(
    shell: Shell,
) -> None:
    await shell.say("send lunch")

    class Locked(Round):
        async def send(
            self, letter: bytes, envelope: Envelope, check: LastCheck = no_check
        ) -> None:
            raise StoreUnavailable("database is locked")

    shell.mail = Locked()
    await shell.deliver_due()
    shell.mail = Round()
    shell.mail.went = []  # type: ignore[attr-defined]
    shell.clock.pass_time(seconds=30)
    await shell.deliver_due()

    assert b"Second-Copy" not in shell.mail.taken[0]
    assert (await shell.row()).sent_at == MONDAY.replace(second=30)
