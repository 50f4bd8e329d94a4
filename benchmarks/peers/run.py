"""One program on the workload: `run.py PROGRAM inproc|serve|seed …`. Prints one line of JSON."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import logging
import os
import sys
from pathlib import Path

import w8

#: The module of each program, and which of its kinds.
PROGRAMS = {
    "product": ("product", ""),
    "floor": ("floor", "floor"),
    "lean": ("floor", "lean"),
    "ptb-sqlite": ("peer_ptb", "sqlite"),
    "ptb-pickle": ("peer_ptb", "pickle"),
    "aiogram": ("peer_aiogram", ""),
    "telebot": ("peer_telebot", ""),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("program", choices=PROGRAMS)
    parser.add_argument("mode", choices=("inproc", "serve", "seed", "workload"))
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--parents", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--api", default="")
    parser.add_argument("--count", type=int, default=0)
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    asked.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    module, kind = PROGRAMS[asked.program]
    loaded = importlib.import_module(module)
    program = loaded.Program(kind) if kind else loaded.Program()
    run = getattr(program, "run", asyncio.run)
    if asked.mode == "workload":
        run(save(program, asked))
    elif asked.mode == "seed":
        program.seed(asked.folder, asked.count)
    elif asked.mode == "serve":
        run(serve(program, asked))
    else:
        run(measure(program, asked))


async def serve(program: w8.Program, asked: argparse.Namespace) -> None:
    await program.serve(asked.folder, asked.port, asked.api)
    await asyncio.Event().wait()


async def save(program: w8.Program, asked: argparse.Namespace) -> None:
    """The updates, for the driver in C and for the programs on Node."""
    await program.setup(asked.folder)
    name = "product" if asked.program == "product" else "usual"
    w8.save(program.workload, asked.folder, name)
    os._exit(0)


async def measure(program: w8.Program, asked: argparse.Namespace) -> None:
    await program.setup(asked.folder)
    await w8.in_process(program, min(asked.parents, 10), 300_000_000, asked.seconds / 4)
    found = await w8.in_process(program, asked.parents, 200_000_000, asked.seconds)
    print(json.dumps({**found, "mb": w8.memory()}), flush=True)
    os._exit(0)  # threads of a database that nobody closed would keep it waiting


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
