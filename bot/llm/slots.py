"""How many tasks a server works on at once, and who waits for whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext


class Slots:
    """So many at once; what nobody waits for gets half of them at most, so that a person soon has one."""

    def __init__(self, most: int) -> None:
        self._all = asyncio.Semaphore(most)
        self._background = asyncio.Semaphore(max(most // 2, 1))

    @asynccontextmanager
    async def held(self, *, background: bool) -> AsyncIterator[None]:
        """Wait for a slot and hold it for as long as the block runs."""
        async with self._background if background else nullcontext(), self._all:
            yield
