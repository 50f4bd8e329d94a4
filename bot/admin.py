"""The admin chat's commands: how the letters are, and to try one again. Never what they say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta

from bot.channels import Handle, Incoming, Unavailable
from bot.health import PATIENCE
from bot.store import OutboxRow, Store, StoreUnavailable, Transaction
from dialogs.messages import Commanded, Reply

#: What the admin chat may say. Everything else is a parent's, whoever types it.
COMMANDS = ("status", "list", "retry", "settle")
#: A chat shows no more than fits on a screen or two.
LISTED = 20
ANY_TIME = datetime(9999, 1, 1, tzinfo=UTC)


def at_the_desk(
    handle: Handle, store: Store, clock: Callable[[], datetime], admins: Collection[str]
) -> Handle:
    """`handle`, but a command from one of `admins`, such as `telegram:123456`, is answered here.

    Channels hand on private chats only, and there a chat has the number of its one person.
    """
    desks = frozenset(one for one in admins if one.partition(":")[2].isdecimal())

    async def at_desk(incoming: Incoming) -> Sequence[Reply]:
        here = f"{incoming.channel}:{incoming.conversation}" in desks
        match incoming.event:
            case Commanded(command, argument) if here and command in COMMANDS:
                try:
                    said = await store.turn(lambda tx: answer(tx, command, argument, clock()))
                except StoreUnavailable as fault:
                    raise Unavailable("the database takes nothing") from fault
                return (Reply(said),)
            case _:
                return await handle(incoming)

    return at_desk


def answer(tx: Transaction, command: str, argument: str, now: datetime) -> str:
    """What to say to a command. Holds references, roles, states and times only."""
    match command:
        case "status":
            return status(tx, now)
        case "list":
            return listed(tx, now)
        case _:
            reference = argument.strip().upper()
            if not reference:
                return f"Which one? Write /{command} and its reference, such as K7Q2-M4XP."
            again = command == "retry"
            count = tx.release(reference) if again else tx.settle(reference, now)
            if not count:
                return f"No letter waits under {reference}."
            what = "will be tried again now" if again else "marked as taken care of"
            return f"{reference}: {_letters(count)} {what}."


def status(tx: Transaction, now: datetime) -> str:
    found = tx.outbox_counts("letter", now - PATIENCE)
    said = f"{found.sent} sent, {found.waiting} waiting, {found.parked} parked."
    if found.oldest:
        said += f" The oldest waits for {_age(now - found.oldest)}."
    return said if found.late or found.parked else f"All is well. {said}"


def listed(tx: Transaction, now: datetime) -> str:
    """Every letter that has not arrived, the oldest first."""
    found = tx.outbox_counts("letter", now)
    left = found.waiting + found.parked
    lines = [_line(row, now) for row in tx.outbox_left("letter", now, ANY_TIME, LISTED)]
    if left > LISTED:
        lines.append(f"… and {left - LISTED} more.")
    return "\n".join(lines) or "No letter waits."


def _line(row: OutboxRow, now: datetime) -> str:
    why = f", {row.last_error}" if row.last_error else ""
    tries = f"{row.tries} {'try' if row.tries == 1 else 'tries'}"
    return f"{row.reference} to {row.role}: {row.state} for {_age(now - row.created)}, {tries}{why}"


def _letters(count: int) -> str:
    return f"{count} letter{'s' * (count != 1)}"


def _age(age: timedelta) -> str:
    minutes = max(int(age.total_seconds() // 60), 0)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
