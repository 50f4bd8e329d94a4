from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.channels import Incoming, Unavailable, Unreachable
from bot.conversations import Conversations
from bot.mail import (
    Envelope,
    FolderMail,
    LastCheck,
    Mail,
    MailRefused,
    MailUnavailable,
    MailUncertain,
    no_check,
)
from bot.office import Office
from bot.outbox import Door, Outbox
from bot.retry import Park, when_to_retry
from bot.store import OutboxRow, Store, StoreUnavailable
from dialogs.messages import Commanded, Reply
from tests.shell import MONDAY, Chat, Clock, TinyDialogue, held_in, open_store, wrote

OFFICE = Office(
    {"office": "office@oak.school.example", "safeguarding": "safe@oak.school.example"},
    "bot@oak.school.example",
)


def render(language: str, message: str, values: object) -> Reply:
    return Reply(f"{language} {message} {values}")


@dataclass
class Post(Mail):
    """Mail that keeps what it is given, or raises what it is told to raise, in turn."""

    found: bool | None = None
    failures: list[Exception] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    looked: int = 0
    slow: float = 0.0
    begun: int = 0
    lease = timedelta(minutes=5)

    async def send(self, letter: bytes, envelope: Envelope, check: LastCheck = no_check) -> None:
        self.begun += 1
        await asyncio.sleep(self.slow)
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(letter)

    async def has(self, envelope: Envelope, earlier: str = "") -> bool | None:
        self.looked += 1
        return self.found


class Hung(Chat):
    async def tell(self, conversation: str, reply: Reply, key: str = "") -> None:
        await asyncio.sleep(60)


@dataclass
class Shell:
    """All parts of the shell around one store, with a parent who writes."""

    store: Store
    clock: Clock
    mail: Post = field(default_factory=Post)
    chat: Chat = field(default_factory=Chat)
    messages: int = 0

    @property
    def conversations(self) -> Conversations:
        return Conversations(self.store, TinyDialogue(), OFFICE, self.clock, b"secret")

    def outbox(self, **changes: object) -> Outbox:
        parts = {
            "store": self.store,
            "mail": self.mail,
            "channels": {"console": self.chat},
            "handle": self.conversations.handle,
            "render": render,
            "clock": self.clock,
            "jitter": lambda: 0.0,
            "second_copy": "This may be a second copy.",
            **changes,
        }
        return Outbox(**parts)  # type: ignore[arg-type] # the parts above, some replaced

    async def say(self, text: str, conversation: str = "anna") -> Sequence[Reply]:
        self.messages += 1
        return await self.conversations.handle(wrote(text, str(self.messages), conversation))

    async def deliver_due(self, outbox: Outbox | None = None) -> None:
        outbox = outbox or self.outbox()
        for door in outbox.doors:
            for waiting in await outbox.due(door, 100):
                await outbox.deliver(waiting.id)

    async def row(self, kind: str = "letter") -> OutboxRow:
        (row,) = await self.store.outbox_rows(kind)
        return row

    @property
    def told(self) -> list[str]:
        return [text for _, text in self.chat.told]


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    store = open_store(tmp_path)
    yield Shell(store, Clock())
    store.close()


def in_(**amount: float) -> datetime:
    return MONDAY + timedelta(**amount)


# --- when to retry ---


@pytest.mark.parametrize(
    ("tries", "failure", "jitter", "when"),
    [
        (1, MailUnavailable(), 0.0, in_(seconds=30)),
        (2, MailUnavailable(), 0.0, in_(minutes=1)),
        (3, MailUnavailable(), 0.0, in_(minutes=2)),
        (4, MailUnavailable(), 0.0, in_(minutes=5)),
        (5, MailUnavailable(), 0.0, in_(minutes=15)),
        (6, MailUnavailable(), 0.0, in_(minutes=30)),
        (7, MailUnavailable(), 0.0, in_(hours=1)),
        (8, MailUnavailable(), 0.0, in_(hours=1)),
        (10_000, MailUnavailable(), 0.0, in_(hours=1)),
        (1, MailUnavailable(), 1.0, in_(seconds=33)),
        (7, MailUnavailable(), 0.5, in_(minutes=63)),
        (1, MailUncertain(), 0.0, in_(minutes=5)),
        (6, MailUncertain(), 0.0, in_(minutes=30)),
        (1, Unavailable("flood", retry_after=90), 0.0, in_(seconds=90)),
        (1, Unavailable("flood", retry_after=1), 0.0, in_(seconds=30)),
        (1, Unavailable("flood", retry_after=1e9), 0.0, in_(hours=1)),
        (1, Unavailable("down"), 0.0, in_(seconds=30)),
        (0, RuntimeError("our own fault"), 0.0, in_(seconds=30)),
        (1, MailRefused(), 0.0, Park.PARK),
        (99, MailRefused(), 1.0, Park.PARK),
        (1, Unreachable(), 0.0, Park.PARK),
    ],
)  # fmt: skip
def test_when_to_retry(
    tries: int, failure: Exception, jitter: float, when: datetime | Park
) -> None:
    assert when_to_retry(tries, failure, MONDAY, jitter) == when


# --- letters ---


async def test_a_delivered_letter_is_told_to_its_parent_and_its_words_are_wiped(
    shell: Shell, tmp_path: Path
) -> None:
    mail = FolderMail(tmp_path / "inbox")
    await shell.say("send canary-words")

    await shell.deliver_due(shell.outbox(mail=mail))
    await shell.deliver_due(shell.outbox(mail=mail))

    row = await shell.row()
    (letter,) = (tmp_path / "inbox/new").iterdir()
    assert b"canary-words" in letter.read_bytes()
    assert (row.state, row.sent_at, row.last_error) == ("sent", MONDAY, "")
    assert shell.told == [f"en delivered {{'reference': '{row.reference}', 'time': '11:00'}}"]
    await shell.say("something else")  # the session held the words too
    await shell.store.scrub()
    assert b"canary-words" not in held_in(tmp_path)


async def test_nothing_is_told_before_the_letter_has_arrived(shell: Shell) -> None:
    shell.mail.failures = [MailUnavailable("down")]
    await shell.say("send lunch")

    await shell.deliver_due()
    await shell.deliver_due()

    assert shell.told == []


async def test_a_concern_for_two_is_delivered_when_both_have_it(shell: Shell) -> None:
    shell.mail.failures = [MailUnavailable("down")]
    await shell.say("send unsafe gate")
    await shell.deliver_due()
    assert (len(shell.mail.taken), await shell.store.outbox_rows("notice")) == (1, [])

    shell.clock.pass_time(minutes=1)
    await shell.deliver_due()

    assert len(shell.mail.taken) == 2
    assert len(await shell.store.outbox_rows("notice")) == 1


async def test_a_letter_that_was_not_taken_is_tried_again_when_it_is_due(shell: Shell) -> None:
    shell.mail.failures = [MailUnavailable("the mail server said not now (450)")]
    await shell.say("send lunch")
    await shell.deliver_due()
    row = await shell.row()
    assert (row.state, row.tries, row.due) == ("queued", 1, in_(seconds=30))
    assert row.last_error == "MailUnavailable: the mail server said not now (450)"

    await shell.deliver_due()
    assert shell.mail.taken == []
    shell.clock.pass_time(seconds=30)
    await shell.deliver_due()

    assert len(shell.mail.taken) == 1
    assert b"Second-Copy" not in shell.mail.taken[0]


async def test_a_refused_letter_is_parked_and_its_parent_told_to_telephone(
    shell: Shell, caplog: pytest.LogCaptureFixture
) -> None:
    shell.mail.failures = [MailRefused("the mail server refused it (550)")]
    await shell.say("send lunch")

    await shell.deliver_due()
    shell.clock.pass_time(days=30)
    await shell.deliver_due()

    row = await shell.row()
    assert row.state == "parked"
    assert shell.mail.taken == []
    assert shell.told == [f"en not_delivered {{'reference': '{row.reference}'}}"]
    assert f"parked letter/{row.reference}/office after 1 tries" in caplog.text


async def test_a_letter_that_another_delivered_is_not_parked_by_who_was_refused(
    shell: Shell,
) -> None:
    await shell.say("send lunch")
    id = (await shell.row()).id

    class SentByAnother(Post):
        async def send(self, *arguments: object) -> None:
            await shell.store.turn(lambda tx: tx.mark_sent(id, MONDAY))
            raise MailRefused("greylisted for good")

    await shell.deliver_due(shell.outbox(mail=SentByAnother()))

    assert (await shell.row()).state == "sent"
    assert shell.told == []


async def test_a_parked_letter_goes_when_it_is_released(shell: Shell) -> None:
    shell.mail.failures = [MailRefused("no")]
    await shell.say("send lunch")
    await shell.deliver_due()
    reference = (await shell.row()).reference

    assert await shell.store.release(reference) == 1
    await shell.deliver_due()
    await shell.deliver_due()

    assert len(shell.mail.taken) == 1
    assert [text.split()[1] for text in shell.told] == ["not_delivered", "delivered"]
    assert await shell.store.release(reference) == 0
    assert await shell.store.release("NONE-0000") == 0


async def test_a_parked_letter_of_two_is_never_called_delivered(shell: Shell) -> None:
    shell.mail.failures = [MailRefused("no")]
    await shell.say("send unsafe gate")

    await shell.deliver_due()
    await shell.deliver_due()

    assert [text.split()[1] for text in shell.told] == ["not_delivered"]


async def test_after_a_lost_answer_the_mailbox_is_looked_into(shell: Shell) -> None:
    shell.mail.failures = [MailUncertain("the answer was lost")]
    shell.mail.found = True
    await shell.say("send lunch")
    await shell.deliver_due()
    assert (await shell.row()).due == in_(minutes=5)

    shell.clock.pass_time(minutes=5)
    await shell.deliver_due()

    assert (await shell.row()).state == "sent"
    assert shell.mail.taken == []


async def test_after_a_lost_answer_a_letter_not_found_is_sent_as_it_was(shell: Shell) -> None:
    shell.mail.failures = [MailUncertain("the answer was lost")]
    shell.mail.found = False
    await shell.say("send lunch")
    await shell.deliver_due()

    shell.clock.pass_time(minutes=5)
    await shell.deliver_due()

    assert b"Second-Copy" not in shell.mail.taken[0]


async def test_where_nobody_can_look_a_second_copy_says_that_it_may_be_one(shell: Shell) -> None:
    shell.mail.failures = [MailUncertain("the answer was lost"), MailUnavailable("down")]
    await shell.say("send lunch")
    await shell.deliver_due()
    shell.clock.pass_time(minutes=5)
    await shell.deliver_due()

    shell.clock.pass_time(minutes=5)
    await shell.deliver_due()

    (letter,) = shell.mail.taken
    assert letter.startswith(b"X-Possible-Second-Copy: yes\r\n")
    assert letter.endswith(b"\r\n\r\nThis may be a second copy.\r\n\r\nlunch\r\n")


async def test_a_first_try_does_not_look(shell: Shell) -> None:
    await shell.say("send lunch")

    await shell.deliver_due()

    assert shell.mail.looked == 0


async def test_an_error_of_our_own_holds_up_nothing_and_says_nothing(
    shell: Shell, caplog: pytest.LogCaptureFixture
) -> None:
    shell.mail.failures = [KeyError("canary-words")]
    await shell.say("send lunch")
    await shell.say("send dinner", "bob")

    await shell.deliver_due()

    rows = {row.state: row for row in await shell.store.outbox_rows()}
    assert set(rows) == {"queued", "sent"}
    assert rows["queued"].last_error == "KeyError"
    assert "canary-words" not in caplog.text
    assert "bot/postman.py" in caplog.text


async def test_what_arrived_while_the_disk_was_full_is_marked_when_there_is_room(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shell.say("send lunch")
    outbox, id = shell.outbox(), (await shell.row()).id
    real, calls = shell.store.turn, 0

    async def full_for_a_while(work: object) -> object:
        nonlocal calls
        calls += 1
        if calls in (2, 3):
            raise StoreUnavailable("database or disk is full")
        return await real(work)  # type: ignore[arg-type] # whatever was asked for

    monkeypatch.setattr(shell.store, "turn", full_for_a_while)
    monkeypatch.setattr("bot.endings.HOLD_ON", 0.01)

    await outbox.deliver(id)

    assert (await shell.row()).state == "sent"
    assert len(shell.mail.taken) == 1


# --- leases ---


async def test_two_workers_send_a_letter_once(shell: Shell) -> None:
    await shell.say("send lunch")
    one, two = shell.outbox(), shell.outbox()
    id = (await shell.row()).id

    await asyncio.gather(one.deliver(id), two.deliver(id), one.deliver(id))

    assert len(shell.mail.taken) == 1
    assert (await shell.row()).tries == 1


async def test_a_letter_left_by_a_dead_worker_is_taken_when_its_lease_ends(shell: Shell) -> None:
    await shell.say("send lunch")
    id = (await shell.row()).id
    await shell.store.turn(lambda tx: tx.lease(id, "dead", MONDAY, in_(minutes=5)))

    shell.clock.pass_time(minutes=4, seconds=59)
    await shell.deliver_due()
    assert shell.mail.taken == []
    shell.clock.pass_time(seconds=1)
    await shell.deliver_due()

    assert shell.mail.looked == 1
    assert shell.mail.taken[0].startswith(b"X-Possible-Second-Copy: yes\r\n")


async def test_a_lease_from_a_clock_that_ran_ahead_is_no_lease(shell: Shell) -> None:
    await shell.say("send lunch")
    id = (await shell.row()).id
    tomorrow = MONDAY + timedelta(days=1)
    await shell.store.turn(lambda tx: tx.lease(id, "dead", tomorrow, tomorrow))

    await shell.deliver_due()

    assert len(shell.mail.taken) == 1


@pytest.mark.parametrize("hours", [1, 24])
async def test_when_the_clock_goes_back_a_letter_is_not_kept_waiting_for_it(
    hours: int, shell: Shell, caplog: pytest.LogCaptureFixture
) -> None:
    shell.mail.failures = [MailUnavailable("down")]
    await shell.say("send lunch")
    await shell.deliver_due()

    shell.clock.pass_time(hours=-hours)
    await shell.outbox().note_late()
    await shell.deliver_due()

    assert len(shell.mail.taken) == 1
    assert "the clock went back" in caplog.text
    shell.clock.pass_time(minutes=1)
    await shell.deliver_due()
    assert [text.split()[1] for text in shell.told] == ["delivered"]


async def test_when_the_clock_goes_back_an_uncertain_letter_waits_a_while(shell: Shell) -> None:
    shell.mail.failures = [MailUncertain("the answer was lost")]
    await shell.say("send lunch")
    await shell.deliver_due()

    shell.clock.pass_time(days=-1)
    await shell.outbox().note_late()

    assert (await shell.row()).due == in_(days=-1, minutes=5)


async def test_when_the_clock_goes_back_a_late_letter_is_late_after_a_quarter_of_an_hour(
    shell: Shell,
) -> None:
    shell.mail.failures = [MailUnavailable("down")] * 99
    await shell.say("send lunch")
    shell.clock.pass_time(days=-1)
    for _ in range(16):
        await shell.outbox().note_late()
        await shell.deliver_due()
        shell.clock.pass_time(minutes=1)

    assert [text.split()[1] for text in shell.told] == ["still_trying"]


async def test_when_the_clock_goes_back_a_reminder_keeps_its_hour(shell: Shell) -> None:
    await shell.say("remind me")

    shell.clock.pass_time(days=-1)
    await shell.outbox().note_late()

    assert (await shell.row("reminder")).due == in_(hours=1)


async def test_when_the_clock_goes_forward_everything_leaves_once(shell: Shell) -> None:
    shell.mail.failures = [MailUnavailable("down")]
    await shell.say("send lunch")
    await shell.deliver_due()

    shell.clock.pass_time(days=1)
    await shell.deliver_due()
    shell.clock.pass_time(days=-1)
    await shell.outbox().note_late()
    await shell.deliver_due()

    assert len(shell.mail.taken) == 1
    assert [text.split()[1] for text in shell.told] == ["delivered"]


async def test_a_slow_letter_stays_ours_while_it_is_sent(shell: Shell) -> None:
    await shell.say("send lunch")
    slow = Post(slow=0.6)
    slow.lease = timedelta(seconds=0.2)
    shell.clock.now = datetime.now(UTC)
    ticking = shell.outbox(mail=slow, clock=lambda: datetime.now(UTC))
    other = shell.outbox(clock=lambda: datetime.now(UTC))
    await shell.store.release((await shell.row()).reference)
    id = (await shell.row()).id

    sending = asyncio.create_task(ticking.deliver(id))
    for _ in range(10):
        await asyncio.sleep(0.05)
        await other.deliver(id)
    await sending

    assert (len(slow.taken), len(shell.mail.taken)) == (1, 0)
    assert (await shell.row()).state == "sent"


async def test_renewing_ends_when_the_lease_went_to_someone_else(shell: Shell) -> None:
    await shell.say("send lunch")
    slow = Post(slow=0.3)
    slow.lease = timedelta(seconds=0.03)
    id = (await shell.row()).id
    sending = asyncio.create_task(shell.outbox(mail=slow).deliver(id))
    await asyncio.sleep(0.1)
    shell.clock.pass_time(minutes=10)

    # As after SIGSTOP and SIGCONT: another has sent it, and ours arrives too.
    await shell.store.turn(lambda tx: tx.mark_sent(id, shell.clock()))
    await sending

    assert await shell.store.outbox_rows("notice") == []


async def test_a_failure_of_a_worker_that_lost_its_lease_changes_nothing(shell: Shell) -> None:
    await shell.say("send lunch")
    slow = Post(slow=0.1, failures=[MailRefused("no")])
    id = (await shell.row()).id
    sending = asyncio.create_task(shell.outbox(mail=slow).deliver(id))
    await asyncio.sleep(0.05)
    later = in_(minutes=10)
    await shell.store.turn(lambda tx: tx.lease(id, "other", later, in_(minutes=15)))

    await sending

    assert (await shell.store.turn(lambda tx: tx.outbox_rows(later)))[0].state == "leased"
    assert await shell.store.outbox_rows("notice") == []


async def test_stopping_puts_a_letter_back_and_remembers_that_it_may_be_there(
    shell: Shell,
) -> None:
    await shell.say("send lunch")
    slow = Post(slow=60)
    id = (await shell.row()).id
    sending = asyncio.create_task(shell.outbox(mail=slow).deliver(id))
    await asyncio.sleep(0.05)

    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

    row = await shell.row()
    assert (row.state, row.due, row.last_error) == ("queued", in_(minutes=5), "stopped half-way")
    shell.clock.pass_time(minutes=5)
    await shell.deliver_due()
    assert shell.mail.taken[0].startswith(b"X-Possible-Second-Copy: yes\r\n")


async def test_stopping_puts_a_notice_back_for_at_once(shell: Shell) -> None:
    await queue_delivered(shell)
    telling = asyncio.create_task(
        shell.outbox(channels={"console": Hung()}).deliver((await shell.row("notice")).id)
    )
    await asyncio.sleep(0.05)

    telling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await telling

    row = await shell.row("notice")
    assert (row.state, row.due) == ("queued", MONDAY)


# --- late letters ---


async def test_a_late_letter_is_told_once_and_not_before(shell: Shell) -> None:
    shell.mail.failures = [MailUnavailable("down")] * 99
    await shell.say("send unsafe gate")
    outbox = shell.outbox()
    for _ in range(14 * 60):
        shell.clock.pass_time(seconds=1)
    await outbox.note_late()
    assert await shell.store.outbox_rows("notice") == []

    for _ in range(10):
        shell.clock.pass_time(minutes=1)
        await outbox.note_late()
        await shell.deliver_due()

    assert [text.split()[1] for text in shell.told] == ["still_trying"]


async def test_once_delivered_nobody_is_told_that_it_is_late(shell: Shell) -> None:
    await shell.say("send lunch")
    shell.clock.pass_time(minutes=20)
    await shell.outbox().note_late()
    assert (await shell.row("notice")).id.startswith("notice/still_trying")

    await shell.outbox().deliver((await shell.row()).id)
    await shell.deliver_due()

    assert [text.split()[1] for text in shell.told] == ["delivered"]


async def test_nobody_is_told_about_a_forgotten_concern(shell: Shell) -> None:
    await shell.say("send lunch")
    await shell.conversations.handle(Incoming("console", "anna", "x", Commanded("forget")))
    shell.clock.pass_time(minutes=20)

    await shell.outbox().note_late()
    await shell.deliver_due()

    assert len(shell.mail.taken) == 1
    assert await shell.store.outbox_rows("notice") == []


# --- notices ---


async def queue_delivered(shell: Shell) -> None:
    await shell.say("send lunch")
    await shell.outbox().deliver((await shell.row()).id)


async def test_a_parent_who_left_is_not_told_again_and_again(shell: Shell) -> None:
    await queue_delivered(shell)
    shell.chat.failures = [Unreachable("blocked")]

    await shell.deliver_due()
    shell.clock.pass_time(days=3)
    await shell.deliver_due()

    assert (await shell.row("notice")).state == "parked"
    assert shell.told == []


async def test_a_busy_channel_says_when_to_come_back(shell: Shell) -> None:
    await queue_delivered(shell)
    shell.chat.failures = [Unavailable("flood", retry_after=120)]

    await shell.deliver_due()
    assert (await shell.row("notice")).due == in_(seconds=120)
    shell.clock.pass_time(seconds=120)
    await shell.deliver_due()

    assert len(shell.told) == 1


async def test_a_channel_that_hangs_is_left_alone_for_a_while(shell: Shell) -> None:
    await queue_delivered(shell)

    await shell.deliver_due(shell.outbox(channels={"console": Hung()}, tell_within=0.05))

    row = await shell.row("notice")
    assert (row.state, row.last_error) == ("queued", "TimeoutError")


async def test_a_notice_speaks_the_language_of_the_conversation(shell: Shell) -> None:
    await queue_delivered(shell)
    await shell.store.turn(lambda tx: tx.save_session("console:anna", "{}", "pl", MONDAY))

    await shell.deliver_due()

    assert shell.told[0].startswith("pl delivered")


async def test_a_notice_of_a_wiped_conversation_speaks_the_language_of_its_concern(
    shell: Shell,
) -> None:
    await queue_delivered(shell)
    await shell.store.turn(lambda tx: tx.wipe_idle_sessions(MONDAY))

    await shell.deliver_due()

    assert shell.told[0].startswith("en delivered")


async def test_what_is_for_another_window_is_left_for_that_window(shell: Shell) -> None:
    for name in ("anna", "bob"):
        await shell.say(f"send {name}'s lunch", name)
    window = shell.outbox(only={"console": "anna"})
    assert window.doors == (Door("mail"), Door("console", "console:anna"))

    await shell.deliver_due(window)
    await shell.deliver_due(window)

    assert [conversation for conversation, _ in shell.chat.told] == ["anna"]
    assert await window.unfinished() == 0
    assert await shell.outbox().unfinished() == 1


async def test_the_next_due_thing_is_known(shell: Shell) -> None:
    assert await shell.outbox().next_due() is None
    await shell.say("remind me")

    assert await shell.outbox().next_due() == in_(hours=1)
    await shell.say("send lunch")

    assert await shell.outbox().next_due() == MONDAY


# --- reminders ---


async def test_a_reminder_comes_when_it_is_due_and_once(shell: Shell) -> None:
    await shell.say("remind me")
    shell.clock.pass_time(minutes=59)
    await shell.deliver_due()
    assert shell.told == []

    shell.clock.pass_time(minutes=1)
    await shell.deliver_due()
    await shell.deliver_due()

    assert shell.told == ["you asked me about check_in"]
    assert await shell.store.outbox_rows("reminder") == []
    assert (await shell.say("hello"))[0].text == "turn 3, sent nothing"


async def test_a_reminder_that_could_not_be_told_is_one_turn_and_told_later(shell: Shell) -> None:
    await shell.say("remind me")
    shell.clock.pass_time(hours=1)
    shell.chat.failures = [Unavailable("down")]
    await shell.deliver_due()

    shell.clock.pass_time(minutes=1)
    await shell.deliver_due()

    assert shell.told == ["turn 2, sent nothing"]


async def test_a_reminder_asked_for_again_while_it_is_told_stays(shell: Shell) -> None:
    await shell.say("remind me")
    shell.clock.pass_time(hours=1)

    class Answering(Chat):
        async def tell(self, conversation: str, reply: Reply, key: str = "") -> None:
            await shell.say("remind me")

    await shell.deliver_due(shell.outbox(channels={"console": Answering()}))

    assert (await shell.row("reminder")).due == in_(hours=2)


async def test_a_forgotten_conversation_is_not_reminded(shell: Shell) -> None:
    await shell.say("remind me")
    await shell.conversations.handle(Incoming("console", "anna", "x", Commanded("forget")))
    shell.clock.pass_time(hours=2)

    await shell.deliver_due()

    assert shell.told == []


async def test_no_words_of_a_parent_are_logged(
    shell: Shell, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    await shell.say("send canary-words")
    await shell.deliver_due(shell.outbox(mail=FolderMail(tmp_path / "inbox")))
    await shell.deliver_due()

    assert "delivered letter/" in caplog.text
    assert "canary" not in caplog.text
    assert "anna" not in caplog.text
