"""The loop of a program that stays: uvloop, and a collector that leaves what was loaded alone."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Iterator

import pytest

from bot import loop


@pytest.fixture
def usual_collector() -> Iterator[None]:
    usual = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*usual)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop on Windows")
def test_the_program_runs_on_uvloop() -> None:
    async def which() -> str:
        return type(asyncio.get_running_loop()).__module__

    assert loop.run(which()).startswith("uvloop")


def test_where_there_is_no_uvloop_python_s_own_loop_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def which() -> str:
        return type(asyncio.get_running_loop()).__module__

    monkeypatch.setattr(sys, "platform", "win32")
    assert loop.run(which()).startswith("asyncio")


def test_what_was_loaded_is_not_looked_through_again(usual_collector: None) -> None:
    loaded = {"wordings": [["many"], ["texts"]]}
    loop.settle()
    assert gc.get_freeze_count() > 1000
    assert not any(one is loaded for one in gc.get_objects())
    assert gc.get_threshold()[0] == loop.YOUNG


def test_what_a_turn_leaves_behind_is_still_collected(usual_collector: None) -> None:
    loop.settle()
    gc.collect()
    for _ in range(10):
        ring: list[object] = []
        ring.append(ring)
    del ring
    assert gc.collect() >= 10
