"""Fetching into a file: under the same rules as anything else, with room and time of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO

import pytest

from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.fetch import FetchRequest
from bot.ingest.feeds.fetcher import SMALL_BODY_BYTES, Fetcher, open_fetcher
from bot.ingest.feeds.urls import IPAddress
from tests.servers.web import hostile
from tests.servers.web.pages import Page, leading
from tests.servers.web.server import Answer, FakeWeb

LARGE = 2_000_000


def _served(address: IPAddress) -> bool:
    return str(address) == "127.0.0.1"


@pytest.fixture
async def web() -> AsyncIterator[FakeWeb]:
    """Return a web on which there is nothing yet."""
    async with FakeWeb() as web:
        yield web


@pytest.fixture
async def fetcher(web: FakeWeb) -> AsyncIterator[Fetcher]:
    """Return what fetches two megabytes at most into a file, in little time, and less of anything else."""
    async with open_fetcher(_served, resolver=web.names, seconds=0.05, limit=SMALL_BODY_BYTES, large=LARGE) as fetcher:
        yield fetcher


async def test_a_recording_comes_whole(web: FakeWeb, fetcher: Fetcher) -> None:
    """Into the file, past what a body in memory may have, and wherever a redirect leads."""
    body = bytes(range(256)) * 7_000
    url = web.at("/moved", leading(web.at("/one.mp3", Page(body))))
    into = BytesIO()
    fetched = await fetcher.download(FetchRequest(url), into)
    assert into.getvalue() == body
    assert (fetched.url, fetched.body) == (web.url("/one.mp3"), b"")


@pytest.mark.parametrize(
    ("answer", "health"),
    [
        (hostile.Endless(), FeedHealth.TOO_LARGE),
        (hostile.Endless(announced=True), FeedHealth.TOO_LARGE),
        (hostile.bomb(5), FeedHealth.TOO_LARGE),
        (hostile.Drip(), FeedHealth.TIMED_OUT),
        (leading("http://127.0.0.2/"), FeedHealth.ADDRESS_BLOCKED),
        (leading("http://169.254.169.254/latest"), FeedHealth.ADDRESS_BLOCKED),
        (leading("file:///etc/passwd"), FeedHealth.ADDRESS_BLOCKED),
        (Page(status=404), FeedHealth.NOT_FOUND),
    ],
)
async def test_what_is_refused_is_refused_here_too(
    web: FakeWeb, fetcher: Fetcher, answer: Answer, health: FeedHealth
) -> None:
    """Too large, too slow, inside, or not there; no more is written than may be."""
    into = BytesIO()
    with pytest.raises(FeedError) as failure:
        await fetcher.download(FetchRequest(web.at("/one.mp3", answer)), into)
    assert failure.value.health is health
    assert len(into.getvalue()) <= LARGE
