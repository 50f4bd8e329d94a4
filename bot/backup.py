"""Backups of what the bot holds: made while it runs, put back while it does not."""

from __future__ import annotations

from pathlib import Path

from bot.store import Store
from bot.store import backup as copies


def backup(url: str, target: Path) -> str:
    """Copy the database that `url` names to `target`. Returns one sentence. Raises StoreProblem."""
    copies.backup(Store.path_of(url), target)
    size = target.stat().st_size
    return f"{target} holds a whole and verified copy ({size // 1024} KiB); keep it private."


def restore(url: str, source: Path) -> str:
    """Put a backup in the place of the database. Returns sentences. Raises StoreProblem."""
    old = copies.restore(source, Store.path_of(url))
    kept = f" What was there before is kept as {old}." if old else ""
    return (
        f"{source} is in its place again.{kept} Letters that waited then may have been sent since:"
        " before they go, their mailbox is looked into, or they say that they may be second copies."
    )
