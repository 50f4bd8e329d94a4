"""The loop of a program that stays: uvloop, and a collector that leaves what was loaded alone."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
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


def test_what_has_ended_after_it_had_settled_is_let_go(usual_collector: None) -> None:
    class School:
        """With something that knows it again, as schools have."""

        def __init__(self) -> None:
            self.itself = self

    school = School()
    loop.settle()
    ended = weakref.ref(school)
    del school
    gc.collect()
    assert ended() is not None

    loop.let_go()

    assert ended() is None
    assert gc.get_freeze_count() > 1000


def test_a_program_that_starts_looks_for_garbage_seldom(
    usual_collector: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.__main__ import main

    monkeypatch.setattr(sys, "argv", ["before-you-post", "version"])
    with pytest.raises(SystemExit):
        main()

    assert gc.get_threshold() == (loop.YOUNG, loop.MIDDLE, loop.OLD)
