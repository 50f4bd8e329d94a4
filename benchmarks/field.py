"""Ours and what people would use instead, on one workload (W8), in one interleaved run.

`make bench` installs the peers and prints the tables: turns a second, latency, memory, start-up.
PROGRAMS, ROUNDS, SECONDS (a cell) and SKIP (inproc,http,stored) in the environment narrow it. Each
cell is also written to standard error; given files of that, their tables are printed.
"""

from __future__ import annotations

import json
import os
import platform
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent / "peers"
PEERS = Path(os.environ.get("PEERS", ".peers")).absolute()
PYTHON, NODE, DRIVER = PEERS / "bench/bin/python", PEERS / "node", PEERS / "load"
NAMES = {
    "product": "**Before You Post**",
    "floor": "*floor*",
    "lean": "*lean PTB*",
    "telegraf": "telegraf scenes + SQLite",
    "grammy": "grammY conversations + SQLite",
    "aiogram": "aiogram FSM + SQLite",
    "ptb-sqlite": "PTB ConversationHandler + SQLite each turn",
    "ptb-pickle": "PTB ConversationHandler + pickle each turn",
    "telebot": "pyTelegramBotAPI + pickle",
}
PARENTS = (1, 100, 1000)
STORED = (1_000, 10_000, 100_000)
SLOW = "100, 40 ms"  #: a hundred parents, and a Bot API that takes 40 ms to answer
SECONDS = float(os.environ.get("SECONDS", "3"))
ROUNDS = int(os.environ.get("ROUNDS", "1"))
SKIP = os.environ.get("SKIP", "").split(",")

Found = dict[str, float]
#: What was measured: by program and column, once a round.
Measured = dict[tuple[str, str], list[Found]]


def main() -> None:
    programs = os.environ.get("PROGRAMS", ",".join(NAMES)).split(",")
    found: Measured = defaultdict(list)
    for kept in sys.argv[1:]:  # what runs have written to standard error
        for line in Path(kept).read_text().splitlines():
            if line.startswith("["):
                program, column, cell = json.loads(line)
                found[program, column].append(cell)
    if not found:
        print(_machine(), flush=True)
        with tempfile.TemporaryDirectory() as folder:
            measure_all(Path(folder), programs, found)
    print(table(programs, found))


def measure_all(folder: Path, programs: Sequence[str], found: Measured) -> None:
    save_workloads(folder)
    for _ in range(ROUNDS):
        for column, measure in columns(folder):
            for program in programs:
                try:
                    cell = measure(program)
                except (subprocess.SubprocessError, OSError, ValueError) as error:
                    print(f"{program}, {column}: {error}", file=sys.stderr, flush=True)
                else:
                    found[program, column].append(cell)
                    print(json.dumps([program, column, cell]), file=sys.stderr, flush=True)


def columns(folder: Path) -> Iterator[tuple[str, Callable[[str], Found]]]:
    for parents in PARENTS if "inproc" not in SKIP else ():
        yield f"in process {parents}", lambda p, n=parents: in_process(p, n, folder)
    for parents in PARENTS if "http" not in SKIP else ():
        yield f"HTTP {parents}", lambda p, n=parents: over_http(p, n, folder)
    if "http" not in SKIP:
        yield f"HTTP {SLOW}", lambda p: over_http(p, 100, folder, latency=40_000)
    for count in STORED if "stored" not in SKIP else ():
        yield f"stored {count:,}", lambda p, n=count: in_process(p, 10, folder, stored=n)


def command(program: str, mode: str, *more: object) -> list[str]:
    if program in ("telegraf", "grammy"):
        return ["node", str(NODE / f"{program}.mjs"), mode, *map(str, more)]
    python = sys.executable if program == "product" else str(PYTHON)
    return [python, str(HERE / "run.py"), program, mode, *map(str, more)]


def in_process(program: str, parents: int, folder: Path, stored: int = 0) -> Found:
    with tempfile.TemporaryDirectory() as own:
        if stored:
            run(command(program, "seed", "--folder", own, "--count", stored), folder)
        asked = ("--folder", own, "--parents", parents, "--seconds", SECONDS)
        answer = run(command(program, "inproc", *asked), folder)
    return dict(json.loads(answer.splitlines()[-1]))


def over_http(program: str, parents: int, folder: Path, latency: int = 0) -> Found:
    port, api = free_port(), free_port()
    workload = folder / ("product.w8" if program == "product" else "usual.w8")
    conversations = max(parents, 20) * 400
    asked = [port, api, parents, conversations, 200_000_000, latency, 256, min(parents, 30)]
    with tempfile.TemporaryDirectory() as own:
        driver = subprocess.Popen(
            [str(DRIVER), str(workload), *map(str, asked), str(SECONDS)],
            stdout=subprocess.PIPE,
            text=True,
        )
        serve = command(
            program, "serve", "--folder", own, "--port", port, "--api", f"http://127.0.0.1:{api}"
        )
        began = time.monotonic()
        with running(serve, folder) as server:
            ready = began
            while not _is_listening(port) and time.monotonic() - began < 60:
                time.sleep(0.01)
            ready = time.monotonic() - began
            try:
                answer, _ = driver.communicate(timeout=SECONDS + 120)
            finally:
                driver.kill()
            pages = Path(f"/proc/{server.pid}/statm").read_text().split()[1]
    if driver.returncode:
        raise ValueError(f"the driver ended with {driver.returncode}")
    found: Found = json.loads(answer)
    mb = int(pages) * os.sysconf("SC_PAGESIZE") / 1e6
    calls = found["api_calls"] / found["posts"] * 8
    return {**found, "calls": calls, "mb": mb, "ready": ready}


def run(asked: Sequence[str], folder: Path) -> str:
    done = subprocess.run(
        asked, env=_environment(folder), capture_output=True, text=True, timeout=SECONDS + 240
    )
    if done.returncode:
        raise ValueError(done.stderr[-500:])
    return done.stdout


@contextmanager
def running(asked: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    server = subprocess.Popen(
        asked, env=_environment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield server
    finally:
        server.kill()
        server.wait()


def save_workloads(folder: Path) -> None:
    run(command("floor", "workload", "--folder", folder), folder)
    run(command("product", "workload", "--folder", folder), folder)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "W8_WORKLOAD": str(folder / "usual.json"), "PYTHONPATH": "."}


def table(programs: Sequence[str], found: Measured) -> str:
    """Medians of the rounds; beside each, what part of the floor it is."""
    lines = []
    for kind, wanted in (
        ("turns a second (× the floor)", "turns_s"),
        ("p50, milliseconds", "p50_ms"),
        ("p99, milliseconds", "p99_ms"),
        ("Bot API calls a conversation", "calls"),
        ("megabytes", "mb"),
        ("seconds until it listens", "ready"),
    ):
        columns = list(
            dict.fromkeys(column for (_, column), got in found.items() if wanted in got[0])
        )
        if not columns:
            continue
        lines += ["", f"### {kind}", "", "| Program | " + " | ".join(columns) + " |"]
        lines.append("|---" * (len(columns) + 1) + "|")
        for program in programs:
            cells = [_cell(found, program, column, wanted) for column in columns]
            lines.append(f"| {NAMES[program]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(found: Measured, program: str, column: str, wanted: str) -> str:
    got = found.get((program, column))
    if not got:
        return "–"
    value = statistics.median(one[wanted] for one in got)
    text = f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"
    floor = found.get(("floor", column))
    if wanted == "turns_s" and floor and program != "floor":
        text += f" ({value / statistics.median(one[wanted] for one in floor):.2f})"
    return text


def _machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{os.cpu_count()} × {model}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; "
        f"load before the run {load}; {ROUNDS} rounds of {SECONDS:g} s a cell"
    )


if __name__ == "__main__":
    main()
