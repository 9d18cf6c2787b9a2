"""What hostile servers cost: memory, and the time of everybody else."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable
from functools import partial

import pytest

from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.fetch import FetchRequest, FetchResponse
from bot.ingest.feeds.fetcher import open_fetcher
from tests.measuring import cost
from tests.servers.web import hostile
from tests.servers.web.pages import FEED, Page
from tests.servers.web.server import Answer, FakeWeb

logger = logging.getLogger(__name__)

MEGABYTES, LATE = 64, 50


async def _why(trying: asyncio.Task[FetchResponse]) -> FeedHealth:
    try:
        await trying
    except FeedError as error:
        return error.health
    return FeedHealth.OK


@pytest.mark.long
@pytest.mark.parametrize(
    ("make", "health"),
    [
        (hostile.Endless, FeedHealth.TOO_LARGE),
        (partial(hostile.bomb, 1_000), FeedHealth.TOO_LARGE),
        (partial(hostile.bomb, 1_000, "deflate"), FeedHealth.TOO_LARGE),
        (partial(hostile.nested, 1_000), FeedHealth.BAD_RESPONSE),
        (lambda: hostile.headers_without_end, FeedHealth.BAD_RESPONSE),
        (partial(hostile.Drip, 0.001), FeedHealth.TIMED_OUT),
    ],
    ids=["a gigabyte", "gzip", "deflate", "nested", "headers", "drip"],
)
async def test_a_hostile_server_costs_little(make: Callable[[], Answer], health: FeedHealth) -> None:
    """Four in a row: less than 64 MB on top, a loop that is never late, and others are fetched meanwhile."""
    async with FakeWeb() as web, open_fetcher(lambda _: True, resolver=web.names, seconds=5) as fetch:
        good, bad = web.at("/good", Page()), web.at("/bad", make())
        await fetch(FetchRequest(good))
        gc.collect()
        async with cost() as found:
            for _ in range(4):
                trying = asyncio.create_task(fetch(FetchRequest(bad)))
                while not trying.done():
                    assert (await fetch(FetchRequest(good))).body == FEED
                    await asyncio.sleep(0.01)
                assert await _why(trying) is health
        logger.info("%s: %.0f MB, loop %.1f ms late", health, found.grown, found.lag)
        assert found.grown < MEGABYTES
        assert found.lag < LATE
