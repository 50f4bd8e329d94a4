"""The shell around the dialogue: channels, store, outbox."""

from __future__ import annotations
