"""The office's answers, from raw mail to what may be done with it. Pure: no clock, no network."""

from __future__ import annotations
