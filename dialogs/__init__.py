"""The dialogue: pure decisions, no clock, no network, no database."""

from __future__ import annotations
