"""How long a test waits for what must come."""

from __future__ import annotations

#: Seconds. Only what never comes should fail, also on a slow machine with much other work.
PATIENCE = 180.0
