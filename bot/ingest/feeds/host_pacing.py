"""One thing of a host at a time, with a pause after each: whatever is fetched for, a feed or what it names."""

from __future__ import annotations

import asyncio
from collections import Counter
from urllib.parse import urlsplit

from bot.ingest.feeds.fetch import Ask, Fetch, Fetched, Room

GAP = 1.0
"""Seconds for which a host is left alone after each answer."""


def paced(fetch: Fetch, gap: float = GAP) -> Fetch:
    """Return a Fetch that waits for its turn with each host; that time is not counted."""
    return _Paced(fetch, gap)


class _Paced:
    def __init__(self, fetch: Fetch, gap: float) -> None:
        self._fetch, self._gap = fetch, gap
        self._turns: dict[str, asyncio.Lock] = {}
        self._waiting: Counter[str] = Counter()

    async def __call__(self, ask: Ask, room: Room | None = None) -> Fetched:
        """Return the answer, when it is our turn."""
        host = urlsplit(ask.url).hostname or ""
        turn = self._turns.setdefault(host, asyncio.Lock())
        self._waiting[host] += 1
        try:
            await turn.acquire()
        except BaseException:
            self._left(host)
            raise
        try:
            return await self._fetch(ask, room)
        finally:
            asyncio.get_running_loop().call_later(self._gap, self._rested, host, turn)

    def _rested(self, host: str, turn: asyncio.Lock) -> None:
        turn.release()
        self._left(host)

    def _left(self, host: str) -> None:
        self._waiting[host] -= 1
        if not self._waiting[host]:
            del self._waiting[host], self._turns[host]
