"""Forgetting in time: what is wiped, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store import Store, Transaction

#: After the last message of a thread.
THREAD = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Keep:
    """How long things are kept. Letters lose their words the moment they are delivered."""

    #: A conversation without a turn, with everything that was written in it. One that waits for its
    #: check-in is kept until then.
    session: timedelta = timedelta(hours=24)
    #: A post that was kept for a reminder which nobody answered.
    post: timedelta = timedelta(hours=24)
    #: Ids of messages; longer than any channel sends one again (Telegram: 24 hours).
    seen: timedelta = timedelta(days=7)
    #: Which conversation a concern came from, and the mails in answer: after the last message.
    link: timedelta = THREAD
    #: What stands for a forgotten conversation, for the limit of the day.
    alias: timedelta = timedelta(hours=25)


async def sweep(store: Store, now: datetime, keep: Keep = Keep()) -> None:
    """Wipe what is older than we promise to keep it."""

    def work(tx: Transaction) -> bool:
        wiped = tx.wipe_idle_sessions(now - keep.session)
        wiped += tx.wipe_old_posts(now - keep.post)
        wiped += tx.wipe_old_seen(now - keep.seen)
        wiped += tx.unlink_aliases(now - keep.alias)
        wiped += tx.wipe_old_inbound(now - keep.link)
        wiped += tx.unlink_old(now - keep.link)
        wiped += tx.drop_old_notices(now - keep.link)
        wiped += tx.drop_old_audit(now - keep.link)
        return wiped > 0

    if await store.turn(work):
        await store.scrub()
