"""The event loop of a program that stays, and how garbage is looked for."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar  # Any: nobody sends anything into a main coroutine

T = TypeVar("T")

#: So many new objects before the youngest are looked through, and so many looks before the older
#: ones are. A turn makes hundreds; Python's own 700 had the collector take a third of all time.
#: With these it takes a twentieth, for some 5 MB (docs/performance.md).
YOUNG, MIDDLE, OLD = 20_000, 20, 50


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` on uvloop; where there is none (Windows), on the loop that Python brings."""
    if sys.platform == "win32":
        return asyncio.run(main)
    import uvloop

    return uvloop.run(main)


def look_seldom() -> None:
    """Look for garbage seldom. Nearly all that a start makes stays: looking took half its time."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)


def settle() -> None:
    """All that was loaded will stay: collect what was left over, and never look through it again.

    To be called when everything is built, and again when more was.
    """
    gc.collect()
    gc.freeze()
    look_seldom()


def let_go() -> None:
    """Something that had settled has ended: look through everything once, or it stays for ever."""
    gc.unfreeze()
    settle()
