"""A lock that those get first who have it urgent, such as what is acknowledged once it is stored."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class PriorityLock:
    """A lock that goes to the urgent first, by age; but after each of them comes one of the others, if any waits."""

    def __init__(self) -> None:
        self._is_taken = False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def hold(self, *, is_urgent: bool) -> AsyncIterator[None]:
        """Wait for the lock and hold it for as long as the block runs."""
        mine, theirs = (self._urgent, self._others) if is_urgent else (self._others, self._urgent)
        await self._take(mine)
        try:
            yield
        finally:
            self._pass_on(theirs, mine)

    async def _take(self, queue: deque[asyncio.Future[None]]) -> None:
        if not self._is_taken:
            self._is_taken = True
            return
        handed_over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(handed_over)
        try:
            await handed_over
        except asyncio.CancelledError:
            if not handed_over.cancelled():
                self._pass_on(self._urgent, self._others)
            raise

    def _pass_on(self, *queues: deque[asyncio.Future[None]]) -> None:
        for queue in queues:
            while queue:
                if not (waiting := queue.popleft()).done():
                    waiting.set_result(None)
                    return
        self._is_taken = False
