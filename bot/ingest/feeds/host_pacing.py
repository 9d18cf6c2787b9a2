"""One thing of a host at a time, with a pause after each: whatever is fetched for, a feed or what it names."""

from __future__ import annotations

import asyncio
from collections import Counter
from urllib.parse import urlsplit

from bot.ingest.feeds.fetch import Fetch, FetchRequest, FetchResponse, MemoryGate

PAUSE_SECONDS = 1.0
"""Seconds for which a host is left alone after each answer."""


def pace_by_host(fetch: Fetch, gap: float = PAUSE_SECONDS) -> Fetch:
    """Return a Fetch that waits for its turn with each host; that time is not counted."""
    return _PacedFetch(fetch, gap)


class _PacedFetch:
    def __init__(self, fetch: Fetch, gap: float) -> None:
        self._fetch, self._gap = fetch, gap
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: Counter[str] = Counter()

    async def __call__(self, request: FetchRequest, memory_gate: MemoryGate | None = None) -> FetchResponse:
        """Return the answer, when it is our turn."""
        host = urlsplit(request.url).hostname or ""
        turn = self._locks.setdefault(host, asyncio.Lock())
        self._waiting[host] += 1
        try:
            await turn.acquire()
        except BaseException:
            self._forget_waiter(host)
            raise
        try:
            return await self._fetch(request, memory_gate)
        finally:
            asyncio.get_running_loop().call_later(self._gap, self._release, host, turn)

    def _release(self, host: str, lock: asyncio.Lock) -> None:
        lock.release()
        self._forget_waiter(host)

    def _forget_waiter(self, host: str) -> None:
        self._waiting[host] -= 1
        if not self._waiting[host]:
            del self._waiting[host], self._locks[host]
