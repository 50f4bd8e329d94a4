"""What wakes a delivery where several processes share a server: procrastinate's workers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from bot.engine import AT_ONCE, LOOK_EVERY, Check, Engine
from bot.outbox import Outbox
from bot.retention import Keep
from bot.store import Store

if TYPE_CHECKING:  # on import, a library of procrastinate's starts a program
    from procrastinate import App

logger = logging.getLogger(__name__)

#: The task that delivers a row, as the store puts it in (see `bot/store/jobs.py`).
DELIVER = "deliver"
#: The queue of what is done for all processes, by one of them.
UPKEEP = "upkeep"
#: A worker that has said nothing for so many seconds was killed.
SILENT = 30
#: Before the workers start again, in seconds.
PAUSE = 1.0


class Woken(Engine):
    """Delivers what its jobs name, until cancelled.

    Every few seconds one of all processes also looks for what no job woke, wipes what is old, and
    clears away the jobs of workers that were killed: jobs may be lost, rows may not.
    """

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        clock: Callable[[], datetime],
        url: str,
        stop_within: float = 10.0,
        look_every: float = LOOK_EVERY,
        check: Check | None = None,
        keep: Keep | None = None,
    ) -> None:
        super().__init__(store, outbox, clock, stop_within, look_every, check, keep)
        self._url = url

    async def run(self) -> None:
        """Deliver until cancelled; what is in hand then has a few seconds to finish."""
        self._running = True
        try:
            while True:
                try:
                    await self._work()
                except Exception as fault:
                    logger.error("the workers stopped: %s", type(fault).__name__)
                await asyncio.sleep(PAUSE)
        finally:
            self._running = False
            await self._stop()

    async def _work(self) -> None:
        """A worker for each door, so that a slow one never holds up the others."""
        from procrastinate import App, PsycopgConnector

        connector = PsycopgConnector(conninfo=self._url, min_size=1, max_size=4)
        doors, upkeep = App(connector=connector), App(connector=connector)
        doors.task(name=DELIVER)(self._outbox.deliver)
        self._keep_up(upkeep)
        async with doors.open_async():
            workers = [
                asyncio.create_task(_run(doors, door.via, AT_ONCE, self._stop_within))
                for door in self._outbox.doors
            ]
            workers.append(asyncio.create_task(_run(upkeep, UPKEEP, 1, self._stop_within)))
            try:
                # One ends only when its connection was cut: then all begin again.
                await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    def _keep_up(self, app: App) -> None:
        from procrastinate.jobs import Status

        seconds = max(1, round(self._look_every))

        # One such job at most waits; those that were missed are not made up for.
        @app.periodic(cron=f"* * * * * */{seconds}")
        @app.task(name="look", queue=UPKEEP, queueing_lock="look")
        async def look(timestamp: int) -> None:
            await self._look()
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT):
                await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)


async def _run(app: App, queue: str, at_once: int, stop_within: float) -> None:
    await app.run_worker_async(
        queues=[queue],
        name=queue,
        concurrency=at_once,
        fetch_job_polling_interval=LOOK_EVERY,
        listen_notify=queue != UPKEEP,
        shutdown_graceful_timeout=stop_within,
        install_signal_handlers=False,
        delete_jobs="always",
    )
