"""telemelya (PyPI) on 127.0.0.1, run by its own Python: telemelya_server.py PORT SECRET

It wants a Redis and an object store, and does not show the webhook's secret, as Telegram does.
Mended here: a Redis in memory, no object store (nothing is ever uploaded), the secret shown.
"""

from __future__ import annotations

import functools
import os
import socket
import sys
import threading
from types import SimpleNamespace
from typing import Any

port, secret = int(sys.argv[1]), sys.argv[2]

import fakeredis  # noqa: E402 (in telemelya's own environment)

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    redis_port = probe.getsockname()[1]
redis = fakeredis.TcpFakeServer(("127.0.0.1", redis_port), server_type="redis")
threading.Thread(target=redis.serve_forever, daemon=True).start()
os.environ["REDIS_URL"] = f"redis://127.0.0.1:{redis_port}/0"
os.environ["STRICT_EDIT"] = "true"

import aiohttp  # noqa: E402
import uvicorn  # noqa: E402
from telemelya.server import media, webhook  # noqa: E402
from telemelya.server.app import app  # noqa: E402


async def no_store(*_: Any) -> None:
    pass


media.media_manager.connect = no_store
media.media_manager.close = no_store
showing = functools.partial(
    aiohttp.ClientSession, headers={"X-Telegram-Bot-Api-Secret-Token": secret}
)
webhook.aiohttp = SimpleNamespace(**{**vars(aiohttp), "ClientSession": showing})
uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
