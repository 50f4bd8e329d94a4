"""What a turn costs: of the core alone, and durable, beside a bare SQLite commit in the same run.

`make bench`. Figures are medians of several rounds; the ratio is what to compare by.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bot.channels import Incoming
from bot.conversations import Conversations
from bot.office import Office
from bot.store import Store
from dialogs.content import Content
from dialogs.dialogue import Dialogue
from dialogs.flow import FLOW, Flow
from dialogs.messages import Chose, Event, Wrote
from dialogs.source import read
from tests.parent import Parent

ROUNDS = 5
PARENTS = 200
WORDS = "Lily's PE kit has gone missing from the cloakroom for the third time. " * 3

ADDRESSES = {role: f"{role}@school.example" for role in ("office", "head", "chair", "safeguarding")}

#: One conversation: reflection, intake, Send.
CONVERSATION: tuple[str, ...] = (
    "post", "no", "skip", "fix", "private", "write", "WORDS", "skip", "action", "skip",
    "unnamed", "send",
)  # fmt: skip


def conversation(dialogue: Dialogue) -> list[Event]:
    """The events of one conversation, as a parent's app would send them."""
    parent = Parent(dialogue)
    events: list[Event] = []
    for step in CONVERSATION:
        event = Wrote(WORDS) if step == "WORDS" else Chose(parent.question(step), step)
        events.append(event)
        parent.take(event)
    return events


def core(dialogue: Dialogue, text: bool) -> float:
    """Seconds a turn of the core takes: for each turn of the conversation the median of all
    parents, so that what else the machine does in between does not count."""
    taken: dict[int, list[float]] = defaultdict(list)
    for _ in range(PARENTS):
        parent = Parent(dialogue)
        for number, step in enumerate(CONVERSATION):
            event = Wrote(WORDS) if step == "WORDS" else Chose(parent.question(step), step)
            given = parent.given()
            began = time.perf_counter()
            dialogue.take(parent.session, event, given)
            if (step == "WORDS") == text:
                taken[number].append(time.perf_counter() - began)
            parent.take(event)
    return statistics.mean(map(statistics.median, taken.values()))


def bare(folder: Path) -> float:
    """Seconds of one bare durable commit: one row, WAL, synchronous=FULL."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS one(id INTEGER PRIMARY KEY, words TEXT)")
    count = PARENTS * 5
    began = time.perf_counter()
    for _ in range(count):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO one(words) VALUES (?)", (WORDS,))
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return seconds / count


async def durable(folder: Path, dialogue: Dialogue, events: list[Event], together: int) -> float:
    """Seconds of one durable turn with so many parents at the same time."""
    office = Office(ADDRESSES, "bot@school.example")
    store = Store.open(f"sqlite:///{folder}/bench.db")
    try:
        handle = Conversations(store, dialogue, office, now, b"secret").handle

        async def parent(name: str) -> None:
            for number, event in enumerate(events):
                await handle(Incoming("bench", name, f"{number}", event))

        began = time.perf_counter()
        for first in range(0, PARENTS // 4, together):
            await asyncio.gather(*(parent(f"{first + number}") for number in range(together)))
        turns = max(PARENTS // 4 // together, 1) * together * len(events)
        return (time.perf_counter() - began) / turns
    finally:
        store.close()


def now() -> datetime:
    return datetime.now(UTC)


def median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(ROUNDS))


def main() -> None:
    content = Content.load(Path("policy_content"))
    dialogue = Dialogue(content, Flow(read(FLOW).value))
    dialogue.ready()
    events = conversation(dialogue)
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        rows: list[tuple[str, float]] = [
            ("one turn of the core, a button", median(lambda: core(dialogue, text=False))),
            ("one turn of the core, 210 characters of words", median(lambda: core(dialogue, True))),
        ]
        commit = median(lambda: bare(at))
        rows.append(("a bare SQLite commit", commit))
        for together in (1, 10, 50):
            seconds = median(
                lambda together=together: asyncio.run(
                    durable(Path(tempfile.mkdtemp(dir=at)), dialogue, events, together)
                )
            )
            rows.append((f"one durable turn, {together} parents at once", seconds))
    for name, seconds in rows:
        print(f"{name:48} {seconds * 1e6:9.1f} µs   {seconds / commit:6.2f} × a bare commit")


if __name__ == "__main__":
    main()
