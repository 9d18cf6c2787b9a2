"""Fetching: what is too much or too slow is stopped, and costs nobody else anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.fetch import MAX_BODY_BYTES, Fetch, FetchRequest
from bot.ingest.feeds.fetcher import SMALL_BODY_BYTES, open_fetcher
from tests.servers.web import hostile
from tests.servers.web.pages import FEED, Page
from tests.servers.web.server import Answer, FakeWeb


@pytest.fixture
async def web() -> AsyncIterator[FakeWeb]:
    """Return a web on which there is nothing yet."""
    async with FakeWeb() as web:
        yield web


@pytest.fixture
async def fetch(web: FakeWeb) -> AsyncIterator[Fetch]:
    """Return what fetches from it, in little time."""
    async with open_fetcher(lambda _: True, resolver=web.names, seconds=0.5) as fetch:
        yield fetch


async def stopped(fetch: Fetch, url: str) -> FeedHealth:
    """Return why something is not fetched."""
    with pytest.raises(FeedError) as failure:
        await fetch(FetchRequest(url))
    return failure.value.health


@pytest.mark.parametrize("answer", [hostile.Drip(), hostile.Drip(headers=True), hostile.silent])
async def test_a_drip_ends_in_time(web: FakeWeb, fetch: Fetch, answer: Answer) -> None:
    """Though there is always a byte to come; in the headers, too, or where there is none at all."""
    assert await stopped(fetch, web.at("/drip", answer)) is FeedHealth.TIMED_OUT


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "bare"])
async def test_a_bomb_is_stopped_at_the_limit(web: FakeWeb, fetch: Fetch, encoding: str) -> None:
    """By what it unpacks to."""
    named = "deflate" if encoding == "bare" else encoding
    answer = hostile.bomb(0, named, hostile.packed(20, encoding))
    assert await stopped(fetch, web.at("/bomb", answer)) is FeedHealth.TOO_LARGE


async def test_a_body_without_end_is_stopped_at_the_limit(web: FakeWeb, fetch: Fetch) -> None:
    """Announced, it is not even begun; unannounced, hardly more than the limit is sent."""
    endless = hostile.Endless()
    assert await stopped(fetch, web.at("/endless", endless)) is FeedHealth.TOO_LARGE
    assert MAX_BODY_BYTES * 0.9 < endless.sent < MAX_BODY_BYTES + 10_000_000
    announced = hostile.Endless(announced=True)
    assert await stopped(fetch, web.at("/announced", announced)) is FeedHealth.TOO_LARGE
    assert announced.sent < MAX_BODY_BYTES


async def test_the_limit_itself_is_no_fault(web: FakeWeb) -> None:
    """A byte more is."""
    async with open_fetcher(lambda _: True, resolver=web.names, limit=1_000) as fetch:
        assert len((await fetch(FetchRequest(web.at("/a", Page(b"x" * 1_000))))).body) == 1_000
        assert await stopped(fetch, web.at("/b", Page(b"x" * 1_001))) is FeedHealth.TOO_LARGE


async def test_a_large_body_waits_for_room(web: FakeWeb, fetch: Fetch) -> None:
    """Once, as soon as it turns out to be large; the time that takes is not held against it."""
    asked = []

    async def room() -> None:
        asked.append(True)
        await asyncio.sleep(0.6)

    assert (await fetch(FetchRequest(web.at("/small", Page(b"x" * SMALL_BODY_BYTES))), room)).status == 200
    assert asked == []
    assert (
        len((await fetch(FetchRequest(web.at("/large", Page(b"x" * SMALL_BODY_BYTES * 4))), room)).body)
        == SMALL_BODY_BYTES * 4
    )
    assert asked == [True]


async def test_others_are_fetched_meanwhile(web: FakeWeb, fetch: Fetch) -> None:
    """Whatever the hostile ones do."""
    good = web.at("/good", Page())
    answers = (hostile.Drip(), hostile.silent, hostile.Endless(), hostile.bomb(30))
    bad = [asyncio.create_task(stopped(fetch, web.at(f"/{n}", answer))) for n, answer in enumerate(answers)]
    for _ in range(20):
        assert (await fetch(FetchRequest(good))).body == FEED
    assert {await each for each in bad} == {FeedHealth.TIMED_OUT, FeedHealth.TOO_LARGE}
