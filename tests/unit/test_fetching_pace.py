"""Pace: a host is asked one thing at a time and then left alone, whoever waits; nobody waits for another host."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from bot.errors import FeedError
from bot.ingest.feeds.fetch import FetchRequest, FetchResponse, MemoryGate
from bot.ingest.feeds.fetcher import pace_by_host
from tests.timeless import without_waiting

GAP = 5


class Noted:
    """A Fetch that notes who is asked when, takes a moment, and fails where the address says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float]] = []
        self.open = self.most = 0

    async def __call__(self, request: FetchRequest, memory_gate: MemoryGate | None = None) -> FetchResponse:
        """Answer after a moment."""
        del memory_gate
        self.asked.append((request.url, asyncio.get_running_loop().time()))
        self.open += 1
        self.most = max(self.most, self.open)
        await asyncio.sleep(1)
        self.open -= 1
        if "fails" in request.url:
            raise FeedError
        return FetchResponse(request.url, 200, {}, b"", "")


@without_waiting
async def test_a_host_is_asked_one_thing_at_a_time() -> None:
    """In the order in which it was wanted, also after a failure."""
    noted = Noted()
    fetch = pace_by_host(noted, GAP)
    wanted = [f"https://a.test/{n}{'fails' if n % 2 else ''}" for n in range(4)]
    await asyncio.gather(*(fetch(FetchRequest(url)) for url in wanted), return_exceptions=True)
    assert [url for url, _ in noted.asked] == wanted
    assert noted.most == 1
    assert all(after - before >= GAP for (_, before), (_, after) in itertools.pairwise(noted.asked))


@without_waiting
async def test_hosts_do_not_wait_for_each_other() -> None:
    """However many there are."""
    noted = Noted()
    fetch = pace_by_host(noted, 9)
    await asyncio.gather(*(fetch(FetchRequest(f"https://{n}.test/")) for n in range(50)))
    assert noted.most == 50


@without_waiting
async def test_who_gives_up_waiting_is_passed_over() -> None:
    """And the next is asked."""
    noted = Noted()
    fetch = pace_by_host(noted, GAP)
    first, second, third = (asyncio.create_task(fetch(FetchRequest(f"https://a.test/{n}"))) for n in range(3))
    await first
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    await third
    assert [url[-1] for url, _ in noted.asked] == ["0", "2"]
