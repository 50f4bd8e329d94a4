"""How a store says no."""

from __future__ import annotations


class StoreProblem(Exception):
    """The store cannot be opened. The message is one sentence: what, where, what to do."""


class StoreUnavailable(Exception):
    """Nothing of this turn was stored: the disk is full, or the database is locked. Try again."""
