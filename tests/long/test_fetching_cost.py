"""What hostile servers cost: memory, and the time of everybody else."""

from __future__ import annotations

import asyncio
import gc
import logging

import pytest

from bot.errors import FeedError, Health
from bot.ingest.feeds.fetch import Ask, Fetched
from bot.ingest.feeds.fetcher import fetching
from tests.measuring import cost
from tests.servers.web import hostile
from tests.servers.web.pages import FEED, Page
from tests.servers.web.server import Answer, FakeWeb

logger = logging.getLogger(__name__)

MEGABYTES, LATE = 64, 50


async def _why(trying: asyncio.Task[Fetched]) -> Health:
    try:
        await trying
    except FeedError as error:
        return error.health
    return Health.FINE


@pytest.mark.long
@pytest.mark.parametrize(
    ("answer", "health"),
    [
        (hostile.Endless(), Health.LARGE),
        (hostile.bomb(1_000), Health.LARGE),
        (hostile.bomb(1_000, "deflate"), Health.LARGE),
        (hostile.nested(1_000), Health.GARBLED),
        (hostile.headers_without_end, Health.GARBLED),
        (hostile.Drip(0.001), Health.SLOW),
    ],
    ids=["a gigabyte", "gzip", "deflate", "nested", "headers", "drip"],
)
async def test_a_hostile_server_costs_little(answer: Answer, health: Health) -> None:
    """Four in a row: less than 64 MB on top, a loop that is never late, and others are fetched meanwhile."""
    async with FakeWeb() as web, fetching(lambda _: True, resolver=web.names, seconds=5) as fetch:
        good, bad = web.at("/good", Page()), web.at("/bad", answer)
        await fetch(Ask(good))
        gc.collect()
        async with cost() as found:
            for _ in range(4):
                trying = asyncio.create_task(fetch(Ask(bad)))
                while not trying.done():
                    assert (await fetch(Ask(good))).body == FEED
                    await asyncio.sleep(0.01)
                assert await _why(trying) is health
        logger.info("%s: %.0f MB, loop %.1f ms late", health, found.grown, found.lag)
        assert found.grown < MEGABYTES
        assert found.lag < LATE
