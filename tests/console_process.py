"""The console in a process of its own, as `before-you-post console`, at the hour of a story."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta

from bot import parts
from bot.cli import cli

STORY = datetime.fromisoformat(os.environ["STORY_TIME"])
BEGAN = time.monotonic()

if __name__ == "__main__":
    parts._now = lambda: STORY + timedelta(seconds=time.monotonic() - BEGAN)
    cli(obj=os.environ)
