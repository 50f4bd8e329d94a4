"""One at a time within a chat, first come first served; chats never wait for each other."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Order:
    """A lane for each chat that has something going on; the others cost nothing."""

    def __init__(self) -> None:
        self._lanes: dict[int, _Lane] = {}

    def of(self, chat: int) -> _Lane:
        """`async with order.of(chat):` waits for all that came before in that chat."""
        lane = self._lanes.get(chat)
        if lane is None:
            lane = self._lanes[chat] = _Lane(self._lanes, chat)
        return lane

    def waiting(self, chat: int) -> int:
        """How many are in that chat's lane, the one at work included."""
        lane = self._lanes.get(chat)
        return lane.inside if lane else 0


class _Lane:
    __slots__ = ("_chat", "_lanes", "_lock", "inside")

    def __init__(self, lanes: dict[int, _Lane], chat: int) -> None:
        self._lanes, self._chat = lanes, chat
        self._lock = asyncio.Lock()
        self.inside = 0

    async def __aenter__(self) -> None:
        self.inside += 1
        try:
            await self._lock.acquire()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()
        self._leave()

    def _leave(self) -> None:
        self.inside -= 1
        if not self.inside:
            self._lanes.pop(self._chat, None)
