"""School's answers on their way in: fetched, judged, kept and passed on, each once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from bot import health
from bot.answers import judging
from bot.channels import Unavailable, Unreachable
from bot.inbound import Inbound, NotReleased
from bot.mail import Imap, ImapMailbox
from bot.mailroom import for_us
from bot.store import StoreUnavailable, Transaction
from dialogs.messages import Commanded, Reply
from tests.answering import BOT, PATTERN, Bot, address_for, until_received, until_turned
from tests.fake_imap import Folder, ImapOffice, imap_server
from tests.office_side import GENUINE, HOST, answer, away, body, bounce, deliver
from tests.school import until
from tests.shell import Incoming, open_store

#: Words that may stand in no log; not written out where a traceback would quote the line.
CANARY = "canary-words"


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    store = open_store(tmp_path)
    yield Bot(store, tmp_path)
    store.close()


def subjects(bot: Bot) -> list[str]:
    return [str(message_from_bytes(one, policy=default)["Subject"]) for one in bot.mail.taken]


# --- an answer reaches the parent ---


async def test_the_office_presses_reply_and_the_parent_reads_the_answer(bot: Bot) -> None:
    reference, letter = await bot.send()
    bot.chat.told.clear()

    await bot.take(answer(letter, "Thank you.\n\nWe have found it."))

    assert bot.told == [f"answer to {reference}", "Thank you.\n\nWe have found it."]
    assert await bot.verdicts() == ["relayed"]
    (row,) = await bot.store.outbox_rows("answer")
    assert row.state == "sent"
    (said,) = await bot.say("what threads")
    assert "answered=True" in said.text


@pytest.mark.sqlite
async def test_the_words_are_wiped_from_the_outbox_once_they_are_told(
    bot: Bot, tmp_path: Path
) -> None:
    _, letter = await bot.send()

    await bot.take(answer(letter, "canary-words"))

    await bot.say("/forget")
    await bot.conversations.handle(Incoming("console", "anna", "forget", Commanded("forget")))
    await bot.store.scrub()
    assert b"canary-words" not in everything_in(tmp_path)


def everything_in(folder: Path) -> bytes:
    return b"".join(one.read_bytes() for one in folder.glob("bot.db*"))


async def test_the_office_may_answer_any_number_of_times(bot: Bot) -> None:
    _, letter = await bot.send()
    bot.chat.told.clear()

    await bot.take(answer(letter, "One."), answer(letter, "Two.", number=2))

    assert {"One.", "Two."} <= set(bot.told)


async def test_a_mail_that_a_server_delivered_twice_is_one_answer(bot: Bot) -> None:
    _, letter = await bot.send()
    bot.chat.told.clear()
    twice = answer(letter, "Once.")

    await bot.take(twice, b"Received: from elsewhere\r\n" + twice)
    await bot.take(b"Received: again\r\n" + twice)

    assert bot.told.count("Once.") == 1
    assert await bot.verdicts() == ["relayed"] * 3


async def test_a_mail_that_was_read_before_is_known_wherever_it_lies(bot: Bot) -> None:
    reference, letter = await bot.send()
    await bot.take(answer(letter, "Once."))
    before = await bot.store.turn(lambda tx: tx.thread(reference))

    bot.clock.pass_time(days=1)
    deliver(answer(letter, "Once."), bot.folder / "answers", "another name")
    async with bot.reading() as room:
        assert await room.has_looked(20)

    assert await bot.verdicts() == ["relayed"]
    assert await bot.store.turn(lambda tx: tx.thread(reference)) == before


async def test_an_attachment_stays_behind_and_the_office_is_told(bot: Bot) -> None:
    reference, letter = await bot.send()

    await bot.take(answer(letter, "Please see the plan.", attachment=b"%PDF"))

    assert subjects(bot)[1:] == [f"attachments {reference}"]
    memo = message_from_bytes(bot.mail.taken[1], policy=default)
    assert memo["To"] == "office@school.example"
    assert memo["In-Reply-To"] == message_from_bytes(letter)["Message-ID"]


async def test_an_answer_to_an_older_key_still_comes_back(bot: Bot) -> None:
    reference, letter = await bot.send()
    old = "o" * 32
    rules = replace(bot.mailroom()._rules, keys=(b"k" * 32, old.encode()))
    room = bot.mailroom()
    room._rules = rules

    judged = await asyncio.to_thread(
        room._judged, answer(letter, "Hi.", to=address_for(reference, old))
    )

    assert judged.reference == reference


# --- who is let in ---


@pytest.mark.parametrize(("token", "sender", "authentic"), [*product([True, False], repeat=3)])
async def test_only_token_sender_and_authentication_together_reach_a_chat(
    token: bool, sender: bool, authentic: bool, bot: Bot
) -> None:
    reference, letter = await bot.send()
    bot.chat.told.clear()
    mail = answer(
        letter,
        "Let me in.",
        to="" if token else address_for(reference, "x" * 32),
        sender="" if sender else "stranger@school.example",
        results=GENUINE if authentic else f"{HOST}; dkim=fail header.d=school.example",
    )

    await bot.take(mail)

    assert ("Let me in." in bot.told) is (token and sender and authentic)
    assert (await bot.verdicts())[0].startswith("relayed" if bot.told else "quarantined")


async def test_a_forged_mail_reaches_nobody_and_the_office_hears_of_it(bot: Bot) -> None:
    reference, letter = await bot.send()
    bot.chat.told.clear()

    await bot.take(answer(letter, "canary-words", sender="office@evil.example"))

    assert bot.told == []
    assert subjects(bot)[1:] == [f"not passed on {reference}"]
    report = message_from_bytes(bot.mail.taken[1], policy=default)
    assert report["To"] == "office@school.example"
    assert b"canary" not in bot.mail.taken[1]
    assert b"evil" not in bot.mail.taken[1]
    assert report["Reply-To"] is None


async def test_no_address_brings_more_than_one_report_a_day_and_no_flood_more_than_five(
    bot: Bot,
) -> None:
    _, letter = await bot.send()
    flood = [answer(letter, f"{n}", sender=f"x{n % 9}@evil.example", number=n) for n in range(30)]

    await bot.take(*flood)
    assert len(subjects(bot)) == 1 + 5

    bot.clock.pass_time(days=1)
    await bot.take(answer(letter, "again", sender="x1@evil.example"))
    assert len(subjects(bot)) == 1 + 6


async def test_no_flood_of_strangers_silences_the_report_of_an_answer(bot: Bot) -> None:
    reference, letter = await bot.send()
    other, second = await bot.send("buses", "ben")
    before = len(subjects(bot))
    flood = [answer(letter, "x", to=BOT, sender=f"x{n}@evil.example", number=n) for n in range(6)]

    await bot.take(*flood)
    assert subjects(bot)[before:] == ["not passed on"] * 5

    await bot.take(answer(letter, "Ours.", results=""), answer(second, "Ours.", results=""))
    await bot.take(answer(letter, "Ours again.", results="", number=2))
    assert sorted(subjects(bot)[before + 5 :]) == sorted(
        [f"not passed on {reference}", f"not passed on {other}"]
    )


async def test_a_mail_without_a_token_is_kept_in_part_and_reported_to_the_office(bot: Bot) -> None:
    _, letter = await bot.send()

    await bot.take(answer(letter, "x" * 200_000, to=BOT))

    assert await bot.verdicts() == ["quarantined no_token"]
    assert subjects(bot)[1:] == ["not passed on"]
    (row,) = await bot.inbox()
    assert len(await bot.store.turn(lambda tx: tx.inbound_raw(row.id))) == 64 * 1024


async def test_a_flood_of_mails_takes_little_room(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.inbound.FLOOD", 2)
    _, letter = await bot.send()
    words = "x" * 10_000

    await bot.take(*(answer(letter, words, to=BOT, number=number) for number in range(4)))
    await bot.take(answer(letter, "x" * 2_000_000, sender="someone@school.example", number=9))

    rows = await bot.inbox()
    kept = [len(await bot.store.turn(lambda tx, row=row: tx.inbound_raw(row.id))) for row in rows]  # type: ignore[misc]
    assert sorted(kept)[:2] == [2048, 2048]
    assert sorted(kept)[2] > 10_000
    assert max(kept) == 1024 * 1024


async def test_a_parent_who_was_forgotten_hears_nothing_more(bot: Bot) -> None:
    _, letter = await bot.send()
    await bot.conversations.handle(Incoming("console", "anna", "9", Commanded("forget")))
    bot.chat.told.clear()

    await bot.take(answer(letter, "Too late."))

    assert bot.told == []
    assert await bot.verdicts() == ["quarantined unknown_thread"]


async def test_a_parent_who_forgets_at_that_very_moment_hears_nothing_more(bot: Bot) -> None:
    _, letter = await bot.send()
    judged = await asyncio.to_thread(bot.mailroom()._judged, answer(letter, "Too late."))
    await bot.conversations.handle(Incoming("console", "anna", "9", Commanded("forget")))

    await bot.store.turn(lambda tx: bot.inbound.take(tx, judged, bot.clock()))

    assert await bot.verdicts() == ["quarantined unknown_thread"]


async def test_a_parent_who_forgets_while_a_person_releases_a_mail_hears_nothing_more(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a server, where one waits for the other."""
    _, letter = await bot.send()
    await bot.take(answer(letter, "Too late.", sender="someone@school.example"))
    (row,) = await bot.inbox()
    bot.chat.told.clear()

    def release(tx: Transaction) -> str:
        monkeypatch.setattr(tx, "hold", lambda what: Transaction.forget(tx, what, "forgotten:x"))
        return bot.inbound.release(tx, row.id, lambda raw, _: (raw.decode(), False), bot.clock())

    with pytest.raises(NotReleased, match="no thread that goes on"):
        await bot.store.turn(release)

    await bot.deliver_due()
    assert bot.told == []
    assert await bot.verdicts() == ["quarantined sender"]


async def test_a_parent_who_forgets_while_an_answer_is_queued_leaves_nothing(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a server, where one waits for the other."""
    _, letter = await bot.send()
    judged = await asyncio.to_thread(bot.mailroom()._judged, answer(letter, "Too late."))
    alias = bot.conversations._alias("console:anna")

    def work(tx: Transaction) -> None:
        monkeypatch.setattr(tx, "hold", lambda what: Transaction.forget(tx, what, alias))
        bot.inbound.take(tx, judged, bot.clock())

    await bot.store.turn(work)

    assert await bot.verdicts() == ["quarantined unknown_thread"]
    assert await bot.store.turn(lambda tx: tx.inbound_raw(judged.id)) == b""
    assert await bot.store.turn(lambda tx: tx.outbox_rows(bot.clock(), "reminder")) == []


async def test_no_word_is_kept_of_a_mail_that_names_several_threads(bot: Bot) -> None:
    reference, letter = await bot.send()
    other, _ = await bot.send("shoes", "ben")
    both = f"{address_for(reference)}, {address_for(other)}"

    await bot.take(answer(letter, "Which one?", to=both))

    (row,) = await bot.inbox()
    assert (row.verdict, row.reason) == ("quarantined", "several_tokens")
    assert await bot.store.turn(lambda tx: tx.inbound_raw(row.id)) == b""


async def test_a_parent_who_forgets_while_an_answer_is_told_is_told_no_more(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, letter = await bot.send()
    bot.chat.told.clear()
    tell = bot.chat.tell

    async def told(conversation: str, reply: Reply, key: str = "") -> None:
        await tell(conversation, reply, key)
        await bot.conversations.handle(Incoming("console", "anna", "9", Commanded("forget")))

    monkeypatch.setattr(bot.chat, "tell", told)

    await bot.take(answer(letter, "Come in on Friday."))

    assert len(bot.told) == 1


@pytest.mark.parametrize("before", ["_attempt", "_teller._take"])
async def test_a_parent_who_forgets_before_an_answer_is_told_is_held_no_more(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    _, letter = await bot.send()
    bot.chat.told.clear()
    deliver(answer(letter, "Come in on Friday."), bot.folder / "answers")
    async with bot.reading():
        await until_received(bot, 1)
    owner, _, name = before.rpartition(".")
    owner = getattr(bot.outbox, owner) if owner else bot.outbox
    step = getattr(owner, name)

    async def forgotten_before(*given: Any) -> Any:
        await bot.conversations.handle(Incoming("console", "anna", "9", Commanded("forget")))
        return await step(*given)

    monkeypatch.setattr(owner, name, forgotten_before)

    await bot.deliver_due()

    assert bot.told == []
    assert await bot.store.turn(lambda tx: tx.session("console:anna")) is None


async def test_an_answer_of_a_worker_that_lost_its_lease_is_told_once(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, letter = await bot.send()
    bot.chat.told.clear()
    tell, other = bot.chat.tell, bot.make_outbox(bot.conversations.handle)
    stopped: list[str] = []

    async def told(conversation: str, reply: Reply, key: str = "") -> None:
        await tell(conversation, reply, key)
        if not stopped:
            stopped.append(key)
            bot.clock.pass_time(minutes=3)
            for waiting in await other.due(other.doors[1], 10):
                await other.deliver(waiting.id)

    monkeypatch.setattr(bot.chat, "tell", told)

    await bot.take(answer(letter, "Come in on Friday."))

    again = [text for text in bot.told if text.startswith("answer_again")]
    assert len(again) == 1
    assert bot.told.index(again[0]) == 1, "what the other worker tells says that it may be known"
    assert sum("Friday" in text for text in bot.told[2:]) <= 1


async def test_the_same_words_in_another_mail_without_an_id_are_another_answer(bot: Bot) -> None:
    _, letter = await bot.send()
    bot.chat.told.clear()
    mails = [
        answer(letter, "Yes, that is fine.", number=number).replace(b"Message-ID:", b"X-Was:")
        for number in (1, 2)
    ]

    await bot.take(*mails)

    assert await bot.verdicts() == ["relayed", "relayed"]
    assert sum("Yes, that is fine." in text for text in bot.told) == 2


async def test_a_thread_ends_ninety_days_after_its_last_message(bot: Bot) -> None:
    _, letter = await bot.send()
    bot.clock.pass_time(days=89)
    await bot.take(answer(letter, "Just in time."))
    bot.clock.pass_time(days=89)
    await bot.take(answer(letter, "Again.", number=2))
    bot.clock.pass_time(days=90)

    await bot.take(answer(letter, "Too late.", number=3))

    assert await bot.verdicts() == ["relayed", "relayed", "quarantined expired"]


async def test_an_answer_that_cannot_be_told_from_the_rest_is_held_and_asked_about(
    bot: Bot,
) -> None:
    reference, letter = await bot.send()
    bot.chat.told.clear()

    await bot.take(answer(letter, ""), answer(letter, "\n\n", number=2))

    assert bot.told == []
    assert await bot.verdicts() == ["held empty"] * 2
    assert subjects(bot)[1:] == [f"question {reference}"]
    question = message_from_bytes(bot.mail.taken[1], policy=default)
    assert question["Reply-To"] == address_for(reference)


async def test_a_question_about_a_thread_that_just_ended_is_not_asked(bot: Bot) -> None:
    _, letter = await bot.send()
    judged = await asyncio.to_thread(bot.mailroom()._judged, answer(letter, ""))
    nowhere = replace(judged, verdict=replace(judged.verdict, reference="NONE-0000"))  # type: ignore[type-var]

    await bot.store.turn(lambda tx: bot.inbound.take(tx, nowhere, bot.clock()))

    assert await bot.verdicts() == ["held empty"]
    await bot.deliver_due()
    assert len(bot.mail.taken) == 1


async def test_an_out_of_office_reply_is_kept_and_answered_by_nobody(bot: Bot) -> None:
    _, letter = await bot.send()
    bot.chat.told.clear()

    await bot.take(away(letter))

    assert await bot.verdicts() == ["ignored auto_reply"]
    assert (bot.told, len(bot.mail.taken)) == ([], 1)


async def test_a_letter_that_comes_back_is_told_to_its_parent(bot: Bot) -> None:
    reference, letter = await bot.send()
    bot.chat.told.clear()

    await bot.take(bounce(letter, BOT))

    assert await bot.verdicts() == ["bounced 5.1.1"]
    assert (await bot.inbox())[0].reference == reference
    assert bot.told == [f"came_back {{'reference': '{reference}'}}"]
    (row,) = await bot.store.outbox_rows()
    assert row.state == "parked"


@pytest.mark.parametrize("proof", [b"", b"X: ", b"Reply-To: bot+k7q2m4xp@school.example\r\nX: "])
async def test_a_forged_bounce_stops_nothing_and_tells_nobody(bot: Bot, proof: bytes) -> None:
    reference, letter = await bot.send()
    bot.chat.told.clear()
    returned = letter.replace(b"Reply-To: ", proof) if proof else letter
    returned = returned.replace(address_for(reference).encode(), address_for("0000-0000").encode())

    await bot.take(bounce(returned, BOT))

    assert await bot.verdicts() == ["quarantined bounce"]
    assert bot.told == []
    assert {row.state for row in await bot.store.outbox_rows()} == {"sent"}


async def test_a_bounce_of_nobodys_letter_changes_nothing(bot: Bot) -> None:
    _, letter = await bot.send()
    other = letter.replace(
        b"Message-ID: <", b"Message-ID: <00000000.office@school.example>\r\nX: <"
    )

    await bot.take(bounce(other, BOT))

    assert (await bot.verdicts())[0].split()[0] in ("bounced", "quarantined")
    assert (await bot.store.outbox_rows())[0].state == "sent"


# --- the thread goes on ---


async def test_what_a_parent_adds_goes_into_the_same_mail_thread(bot: Bot) -> None:
    reference, _ = await bot.send("it is unsafe")
    bot.chat.told.clear()

    await bot.say(f"add {reference} one more thing")
    await bot.deliver_due()

    first = [message_from_bytes(one, policy=default) for one in bot.mail.taken[:2]]
    added = [message_from_bytes(one, policy=default) for one in bot.mail.taken[2:]]
    assert sorted(one["To"] for one in added) == ["office@school.example", "safe@school.example"]
    originals = {one["To"]: one["Message-ID"] for one in first}
    assert {one["To"]: one["In-Reply-To"] for one in added} == originals
    assert {one["To"]: one["References"] for one in added} == originals
    assert all(body(one) == "one more thing\n" for one in added)
    assert [text.split()[0] for text in bot.told] == ["delivered"]


async def test_who_comes_into_a_thread_later_gets_all_from_then_on_and_can_answer(bot: Bot) -> None:
    reference, _ = await bot.send()
    await bot.say(f"add {reference} ##- marker -## it is unsafe")
    await bot.deliver_due()
    await bot.say(f"add {reference} ##- marker -## one more thing")
    await bot.deliver_due()
    bot.chat.told.clear()

    both = [message_from_bytes(one, policy=default)["To"] for one in bot.mail.taken[1:]]
    assert sorted(both) == ["office@school.example"] * 2 + ["safe@school.example"] * 2
    lead = next(one for one in bot.mail.taken if b"To: safe@school.example" in one)
    await bot.take(answer(lead, "I will ring you today.", sender="safe@school.example"))

    assert bot.told == [f"answer to {reference}", "I will ring you today."]
    thread = await bot.store.turn(lambda tx: tx.thread(reference))
    assert thread
    assert thread.roles == ("office", "safeguarding")


async def test_what_is_added_can_be_answered_and_is_counted(bot: Bot) -> None:
    reference, letter = await bot.send()
    await bot.take(answer(letter, "Sorted?"))
    await bot.say(f"add {reference} ##- marker -## not yet")
    await bot.deliver_due()

    (said,) = await bot.say("what threads")
    assert said.text.startswith("1 ")
    more = message_from_bytes(bot.mail.taken[-1], policy=default)
    assert more["Reply-To"] == address_for(reference)


async def test_nothing_is_added_to_the_thread_of_somebody_else(bot: Bot) -> None:
    reference, _ = await bot.send()

    with pytest.raises(Exception, match="not a thread of this conversation"):
        await bot.say(f"add {reference} let me in", "bob")
    await bot.say(f"sorted {reference}", "bob")

    assert len(await bot.store.outbox_rows()) == 1
    thread = await bot.store.turn(lambda tx: tx.thread(reference))
    assert thread
    assert thread.settled == ""


async def test_a_parent_is_asked_once_whether_it_was_sorted(bot: Bot) -> None:
    reference, letter = await bot.send()
    await bot.take(answer(letter, "One."))
    bot.clock.pass_time(days=1)
    await bot.take(answer(letter, "Two.", number=2))
    bot.chat.told.clear()

    bot.clock.pass_time(days=6, hours=6)  # five school days after Monday, but not after Tuesday
    await bot.deliver_due()
    assert bot.told == []
    bot.clock.pass_time(days=1)
    await bot.deliver_due()
    assert bot.told == [f"you asked me about sorted.{reference}"]

    await bot.take(answer(letter, "Three.", number=3))
    bot.clock.pass_time(days=30)
    await bot.deliver_due()
    assert bot.told[1:] == [f"answer to {reference}", "Three."]


async def test_a_parent_who_said_that_it_is_sorted_is_not_asked(bot: Bot) -> None:
    reference, letter = await bot.send()
    await bot.take(answer(letter, "One."))
    await bot.say(f"sorted {reference}")
    bot.chat.told.clear()

    bot.clock.pass_time(days=30)
    await bot.deliver_due()

    assert bot.told == []
    thread = await bot.store.turn(lambda tx: tx.thread(reference))
    assert thread
    assert thread.settled == "sorted"


# --- telling ---


async def test_a_parent_who_left_cannot_be_told_and_the_office_is_asked_to_telephone(
    bot: Bot,
) -> None:
    reference, letter = await bot.send()
    bot.chat.told.clear()
    bot.chat.failures = [Unreachable("blocked")]

    await bot.take(answer(letter, "Hello?"))
    await bot.deliver_due()

    assert subjects(bot)[1:] == [f"telephone {reference}"]
    (row,) = await bot.store.outbox_rows("answer")
    assert row.state == "parked"


@pytest.mark.parametrize("uncertain", [True, False])
async def test_an_answer_that_may_have_been_told_says_so_when_it_is_told_again(
    uncertain: bool, bot: Bot
) -> None:
    reference, letter = await bot.send()
    bot.chat.told.clear()
    bot.chat.failures = [Unavailable("cut", uncertain=uncertain)]
    await bot.take(answer(letter, "Hello."))
    assert bot.told == []

    bot.clock.pass_time(minutes=1)
    await bot.deliver_due()

    again = ["answer_again"] if uncertain else []
    assert bot.told == [*again, f"answer to {reference}", "Hello."]


async def test_an_answer_that_is_read_again_after_a_restore_says_that_it_may_be_known(
    bot: Bot,
) -> None:
    reference, letter = await bot.send()
    bot.chat.told.clear()
    bot.chat.remembers = timedelta(minutes=2)
    await bot.store.turn(lambda tx: tx.doubt_answers())  # as opening a backup does

    await bot.take(answer(letter, "Hello."))
    async with bot.reading() as room:
        await room.has_looked(20)
    await bot.take(answer(letter, "News.", number=2))

    intro = f"answer to {reference}"
    assert bot.told == ["answer_again", intro, "Hello.", intro, "News."]


async def test_only_what_was_not_told_yet_is_told_after_a_failure(bot: Bot) -> None:
    reference, letter = await bot.send()
    bot.chat.told.clear()
    tell, calls = bot.chat.tell, 0

    async def fails_second(conversation: str, reply: object, key: str) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise Unavailable("slow", retry_after=1)
        await tell(conversation, reply)  # type: ignore[arg-type]

    bot.chat.tell = fails_second  # type: ignore[method-assign]
    await bot.take(answer(letter, "Hello."))
    await bot.say("something in between")

    bot.clock.pass_time(minutes=1)
    await bot.deliver_due()

    assert bot.told == [f"answer to {reference}", "Hello."]


async def test_a_channel_that_knows_a_repeat_is_told_again_without_a_word(bot: Bot) -> None:
    reference, letter = await bot.send()
    bot.chat.told.clear()
    bot.chat.remembers = timedelta(minutes=2)
    bot.chat.failures = [Unavailable("cut", uncertain=True)] * 2
    await bot.take(answer(letter, "Hello."))
    bot.clock.pass_time(minutes=1)
    await bot.deliver_due()
    bot.clock.pass_time(minutes=3)
    await bot.deliver_due()

    assert bot.told == ["answer_again", f"answer to {reference}", "Hello."]


async def test_nobody_is_asked_to_telephone_about_a_thread_that_is_not_known(bot: Bot) -> None:
    await bot.store.turn(lambda tx: bot.memos.telephone(tx, "NONE-0000", bot.clock()))

    assert await bot.store.outbox_rows() == []


# --- trouble ---


async def test_whoever_ends_soon_can_wait_until_all_was_read(bot: Bot) -> None:
    room = bot.mailroom()
    assert not await room.has_looked(0.01)
    task = asyncio.create_task(room.run())

    assert await room.has_looked(20)

    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_mail_that_cannot_be_judged_for_now_is_not_set_aside(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, letter = await bot.send()
    threads, failures = Inbound.threads, 2

    def locked(self: Inbound, tx: Transaction, references: object) -> object:
        nonlocal failures
        failures -= 1
        if failures > 0:
            raise StoreUnavailable("locked")
        return threads(self, tx, references)  # type: ignore[arg-type]

    monkeypatch.setattr(Inbound, "threads", locked)
    await bot.take(answer(letter, "Hello."))

    assert await bot.verdicts() == ["relayed"]


@dataclass
class Broken:
    """Inbound that fails at every mail, as only a fault of our own would."""

    real: Inbound

    def threads(self, tx: Transaction, references: object) -> object:
        return self.real.threads(tx, references)  # type: ignore[arg-type]

    def take(self, tx: Transaction, judged: object, now: object) -> str:
        if getattr(judged.verdict, "reason", "") != "broken":  # type: ignore[attr-defined]
            raise KeyError(str(CANARY))
        return self.real.take(tx, judged, now)  # type: ignore[arg-type]


async def test_a_mail_that_we_fail_at_is_set_aside_and_holds_up_no_other(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _, letter = await bot.send()
    bot.chat.told.clear()
    judge = judging.judge

    def fails_once(mail: object, *rest: object) -> object:
        if "canary" in str(mail):
            raise KeyError(str(CANARY))
        return judge(mail, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("bot.mailroom.judge", fails_once)
    await bot.take(answer(letter, "canary-words"), answer(letter, "Hello.", number=2))

    assert sorted(await bot.verdicts()) == ["quarantined broken", "relayed"]
    assert "Hello." in bot.told
    assert "could not be judged: KeyError" in caplog.text
    assert "canary" not in caplog.text


async def test_a_mail_that_cannot_be_passed_on_is_set_aside(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    _, letter = await bot.send()
    bot.inbound = Broken(bot.inbound)  # type: ignore[assignment]

    await bot.take(answer(letter, "Hello."))

    assert await bot.verdicts() == ["quarantined broken"]
    assert "canary" not in caplog.text


async def test_while_the_disk_is_full_a_mail_is_read_again_and_again_and_then_kept(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, letter = await bot.send()
    bot.chat.told.clear()
    receive, failures = Transaction.receive, 3

    def full(self: Transaction, *arguments: object) -> None:
        nonlocal failures
        failures -= 1
        if failures > 0:
            raise StoreUnavailable("disk full")
        receive(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Transaction, "receive", full)
    await bot.take(answer(letter, "Hello."))

    assert bot.told[-1] == "Hello."
    assert bot.told.count("Hello.") == 1


async def test_a_mailbox_that_cannot_be_read_is_known_to_whoever_looks_after_the_bot(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    office = ImapOffice(lambda: {"INBOX": Folder()}, password="changed")

    async def problems() -> tuple[str, ...]:
        found = await bot.store.turn(lambda tx: health.look(tx, bot.clock()))
        return found.problems

    async with imap_server(office) as port:
        imap = Imap("127.0.0.1", port, office.user, "secret", "none", 1.0)
        async with bot.reading(ImapMailbox(imap, for_us(BOT, PATTERN))):
            await until(lambda: caplog.text.count("could not be read") > 2)
            assert await problems() == ()
            bot.clock.pass_time(minutes=16)
            (problem,) = await problems()
            assert problem.startswith("mailbox")
            office.password = "secret"
            await until_turned(bot, lambda tx: not health.look(tx, bot.clock()).problems)
    assert "secret" not in caplog.text


async def test_a_mail_that_the_server_cannot_show_holds_up_no_other(bot: Bot) -> None:
    _, letter = await bot.send()
    bot.chat.told.clear()
    inbox = Folder()
    for number, words in enumerate(("One.", "Two.", "Three."), 1):
        inbox.put(answer(letter, words, number=number))
    async with imap_server(ImapOffice(lambda: {"INBOX": inbox}, damaged=2)) as port:
        imap = Imap("127.0.0.1", port, "office@oak.school.example", "secret", "none", 2.0)
        async with bot.reading(ImapMailbox(imap, for_us(BOT, PATTERN), look_every=0.05)):
            await until_received(bot, 3)

    assert await bot.verdicts() == ["relayed", "quarantined unreadable", "relayed"]


async def test_answers_come_over_imap_too(bot: Bot) -> None:
    _, letter = await bot.send()
    inbox = Folder()
    office = ImapOffice(lambda: {"INBOX": inbox})
    async with imap_server(office) as port:
        imap = Imap("127.0.0.1", port, office.user, office.password, "none")
        async with bot.reading(ImapMailbox(imap, for_us(BOT, PATTERN), look_every=0.05)):
            inbox.put(answer(letter, "One."))
            await until_received(bot, 1)
            inbox.made_anew()
            inbox.put(answer(letter, "Two.", number=2))
            await until_received(bot, 2)
    await bot.deliver_due()

    assert await bot.verdicts() == ["relayed", "relayed"]
    assert {"One.", "Two."} <= set(bot.told)
