"""What many schools would need: costs measured on the whole bot, and a snow day worked out.

`python -m benchmarks.scale` measures (a minute or two). `--days` only works out, from the costs in
`MEASURED`, which is what docs/scale.md was written from.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

#: A conversation that ends in a letter: hello, the intake, Send.
TURNS = 9
#: Parents of one school, on average: 281 pupils, and about that many people who would write.
PARENTS = 280
#: An ordinary day: so many of a hundred parents write.
ORDINARY = 1
#: How full a core may be, so that turns hardly wait.
FULL = 0.6
#: Memory of one more school in a process, in MB, with the rules and phrases of the others
#: (`benchmarks.schools`).
SCHOOL = 1.1
#: Assumed prices in pounds a month, without VAT: a core with what belongs to it, a core of a
#: managed database, a GB of memory beyond the 2 that come with a core.
CORE, DATABASE_CORE, GIGABYTE = 12.0, 30.0, 3.0
SIZES = (("one school", 1), ("a council", 500), ("the country", 20_000))


@dataclass(frozen=True)
class Costs:
    """CPU in milliseconds, memory in MB, writes in KB. A turn is one message over a webhook."""

    turn: float
    turn_in_database: float
    written: float
    commits: float
    memory: float
    database_memory: float


#: One run on the machine of docs/performance.md, with other work beside it.
MEASURED = Costs(5.1, 2.0, 2.0, 2.3, 125, 53)


async def measure(parents: int) -> Costs:
    """The whole bot behind webhooks, on a durable server: one process, parents side by side."""
    import psutil

    from tests import test_soak_postgres as soak

    soak.PROCESSES = 1
    soak.QUICK = ()
    with tempfile.TemporaryDirectory() as folder:
        async with soak.world(Path(folder)) as (server, telegram, troop), troop.up():
            bot = psutil.Process(troop.processes[0].pid)
            postmaster = psutil.Process(server.process.pid)
            few = [soak.Patient(telegram, 500 + n) for n in range(5)]
            await asyncio.gather(*(one.live() for one in few))  # caches are warm now

            def now() -> tuple[float, float, int, int, int]:
                theirs = sum(_cpu(one) for one in postmaster.children())
                wal, commits = server.ask(
                    "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn, xact_commit"
                    " FROM pg_stat_database WHERE datname = 'bot'",
                    "bot",
                )[0]
                turns = server.ask("SELECT COUNT(*) FROM seen", "bot")[0][0]
                return _cpu(bot), theirs, int(wal), int(commits), int(turns)

            before = now()
            many = [soak.Patient(telegram, 1000 + n) for n in range(parents)]
            await asyncio.gather(*(one.live() for one in many))
            after = now()
            memory = bot.memory_info().rss / 1e6
            shared = sum(_unshared(one) for one in (postmaster, *postmaster.children())) / 1e6
    ours, theirs, wal, commits, turns = (b - a for a, b in zip(before, after, strict=True))
    return Costs(
        1000 * ours / turns, 1000 * theirs / turns, wal / 1000 / turns, commits / turns,
        memory, shared,
    )  # fmt: skip


def _cpu(process: object) -> float:
    import psutil

    assert isinstance(process, psutil.Process)
    try:
        spent = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(spent.user + spent.system)


def _unshared(process: object) -> int:
    import psutil

    assert isinstance(process, psutil.Process)
    try:
        return int(process.memory_full_info().uss)
    except psutil.Error:
        return 0


# --- working out ---


def arrivals(parents: int, minutes: int = 60) -> list[float]:
    """Conversations that begin in each second of a snow day's hour.

    The word gets round: as many in the first ten minutes as in the other fifty.
    """
    seconds, rush = minutes * 60, 600
    return [parents / 2 / (rush if s < rush else seconds - rush) for s in range(seconds)]


def waits(costs: Costs, parents: int, cores: float) -> tuple[float, float]:
    """The longest and the mean wait for a turn, in seconds, when all parents come in an hour.

    A conversation's turns come half a minute apart. What a second brings and the cores cannot do
    in it, waits.
    """
    begun = arrivals(parents)
    turns = [0.0] * (len(begun) + 30 * TURNS)
    for second, many in enumerate(begun):
        for n in range(TURNS):
            turns[second + 30 * n] += many
    a_second = cores * 1000 / costs.turn
    waiting = longest = waited = 0.0
    for many in turns:
        waiting = max(0.0, waiting + many - a_second)
        longest = max(longest, waiting / a_second)
        waited += waiting / a_second * many
    return longest, waited / sum(turns)


def cores_for(costs: Costs, parents: int) -> float:
    """Cores that keep up with the rush, and are no fuller than `FULL`."""
    a_second = parents / 2 / 600 * TURNS
    return a_second * costs.turn / 1000 / FULL


def snow_day(costs: Costs) -> list[str]:
    """All parents in an hour: the rows of a table."""
    rows = [
        "| | parents | turns/s in the rush | bot cores | database cores | commits/s | written |"
        " wait on half the cores |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, schools in SIZES:
        parents = schools * PARENTS
        rush, cores = parents / 2 / 600 * TURNS, cores_for(costs, parents)
        database = rush * costs.turn_in_database / 1000 / FULL
        half, _ = waits(costs, parents, cores / 2)
        rows.append(
            f"| {name} | {parents:,} | {rush:,.0f} | {cores:,.2f} | {database:,.2f} |"
            f" {rush * costs.commits:,.0f} | {rush * costs.written / 1000:,.2f} MB/s |"
            f" {half:,.0f} s |"
        )
    return rows


def money(costs: Costs) -> list[str]:
    """What a snow day's size costs in a month, and what an ordinary day needs of it."""
    rows = [
        "| | memory | pounds a month | a school | bot cores on an ordinary day | written a day |",
        "|---|---|---|---|---|---|",
    ]
    for name, schools in SIZES:
        parents = schools * PARENTS
        cores = max(1.0, cores_for(costs, parents))
        database = parents / 2 / 600 * TURNS * costs.turn_in_database / 1000 / FULL
        memory = (schools * SCHOOL + cores * costs.memory) / 1000
        pounds = cores * CORE + database * DATABASE_CORE + max(0, memory - 2 * cores) * GIGABYTE
        turns = parents * ORDINARY / 100 * TURNS
        peak = turns / (6 * 3600) * 4  # six busy hours, and four times as busy at once
        rows.append(
            f"| {name} | {memory:,.1f} GB | £{pounds:,.0f} | £{pounds / schools:,.2f} |"
            f" {peak * costs.turn / 1000:,.3f} | {turns * costs.written / 1000:,.1f} MB |"
        )
    return rows


if __name__ == "__main__":
    found = MEASURED
    if "--days" not in sys.argv:
        started = time.monotonic()
        found = asyncio.run(measure(60))
        print(f"{found}  ({time.monotonic() - started:.0f} s)\n")
    print("\n".join([*snow_day(found), "", *money(found)]))
