"""What wakes a delivery: a loop over what is due."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import retention
from bot.outbox import MAIL, Door, Outbox
from bot.retention import Keep
from bot.store import Store, StoreUnavailable

logger = logging.getLogger(__name__)

#: Deliveries through one door at a time: a slow one never holds up the others.
AT_ONCE = 20
#: Look this often, in seconds, for what another process queued or a clock that was set.
LOOK_EVERY = 5.0
SWEEP_EVERY = timedelta(hours=1)
#: Between two looks for promised days that have passed.
CHECK_EVERY = timedelta(minutes=10)


#: Queues what became due in another way than by its time.
Check = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _InHand:
    """One delivery that is going on."""

    door: Door
    conversation: str
    task: asyncio.Task[None]


class Engine:
    """Delivers whatever is due, until cancelled; then finishes or puts back what is in hand."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        clock: Callable[[], datetime],
        stop_within: float = 10.0,
        look_every: float = LOOK_EVERY,
        check: Check | None = None,
        keep: Keep | None = None,
    ) -> None:
        """`check` is called every ten minutes, to queue what became due otherwise."""
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._stop_within = stop_within
        self._look_every = look_every
        self._in_hand: dict[str, _InHand] = {}
        self._woken = asyncio.Event()
        self._check = check
        self._keep = keep or Keep()
        self._swept: datetime | None = None
        self._checked: datetime | None = None
        self._running = False

    async def run(self) -> None:
        """Deliver until cancelled; what is in hand then has a few seconds to finish."""
        loop = asyncio.get_running_loop()
        self._store.when_queued(lambda: _wake(loop, self._woken))
        self._running = True
        try:
            while True:
                pause = await self._look()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._woken.wait()
                self._woken.clear()
        finally:
            self._running = False
            await self._stop()

    async def drain(self, seconds: float) -> bool:
        """Wait until nothing is due. False when something still is, after so many seconds.

        Works whether or not `run` is running. What failed for now is due later, and not waited for.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + seconds
        try:
            while self._in_hand or await self._is_anything_due():
                if clock() >= deadline:
                    return False
                if not self._running:
                    await self._look()
                await asyncio.sleep(0.02)
        finally:
            if not self._running:
                await self._stop()
        return True

    async def _is_anything_due(self) -> bool:
        """True also when the store cannot say: then there may be."""
        try:
            return await self._outbox.unfinished() > 0
        except StoreUnavailable:
            return True

    async def _look(self) -> float:
        """Start what is due. Returns how long to wait before looking again, in seconds."""
        try:
            await self._sweep()
            await self._check_on_promises()
            await self._outbox.note_late()
            for door in self._outbox.doors:
                await self._start(door)
            due = await self._outbox.next_due()
        except Exception:
            # The disk is full or the database is locked: everything is still there later.
            logger.exception("could not look into the outbox")
            return self._look_every
        wait = (due - self._clock()).total_seconds() if due else 0.0
        # Due, and not started: its door is full, or it is being leased by someone this moment.
        return min(wait, self._look_every) if wait > 0 else self._look_every

    async def _start(self, door: Door) -> None:
        room = AT_ONCE - sum(one.door == door for one in self._in_hand.values())
        for waiting in await self._outbox.due(door, AT_ONCE):
            # In a conversation, one thing is said after the other; letters do not wait.
            key = "" if door.via == MAIL else waiting.conversation
            busy = key and key in (one.conversation for one in self._in_hand.values())
            if room and not busy and waiting.id not in self._in_hand:
                task = asyncio.create_task(self._deliver(waiting.id))
                self._in_hand[waiting.id] = _InHand(door, key, task)
                room -= 1

    async def _deliver(self, id: str) -> None:
        try:
            await self._outbox.deliver(id)
        except Exception:
            # The store failed while it was in hand. Its lease will end.
            logger.exception("could not note what became of %s", id)
        finally:
            del self._in_hand[id]
            self._woken.set()

    async def _stop(self) -> None:
        tasks = [one.task for one in self._in_hand.values()]
        if tasks:
            _, unfinished = await asyncio.wait(tasks, timeout=self._stop_within)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    async def _sweep(self) -> None:
        now = self._clock()
        if self._swept is None or abs(now - self._swept) >= SWEEP_EVERY:
            await retention.sweep(self._store, now, self._keep)
            self._swept = now

    async def _check_on_promises(self) -> None:
        now = self._clock()
        if self._check and (self._checked is None or abs(now - self._checked) >= CHECK_EVERY):
            await self._check()
            self._checked = now


def _wake(loop: asyncio.AbstractEventLoop, woken: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to wake
        loop.call_soon_threadsafe(woken.set)
