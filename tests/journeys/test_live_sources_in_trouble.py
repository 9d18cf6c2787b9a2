"""Sources that give nothing: who added one is told once, in words, and once more when it is well again."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes import FixedClock
from tests.journeys.chats import chatting, passes
from tests.journeys.conftest import Visitor, visiting
from tests.servers.web.pages import CHALLENGE, Page
from tests.servers.web.server import FakeWeb
from tests.shows import LOOPBACK, Show

WORDLESS = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>A show</title><item><title>One</title><guid>1</guid>'
    b'<enclosure url="https://cdn.example/1.mp3" type="audio/mpeg" length="1"/></item></channel></rss>'
)
OLD = ("Dana Whitfield", "Halden Compute opened a plant in Oslo with 700 workers last year.")


@pytest.fixture
async def show(clock: FixedClock) -> AsyncIterator[Show]:
    """Return a show with an episode of today."""
    async with FakeWeb() as web:
        one = Show(web)
        one.publish("The plant in Oslo", clock.now() - dt.timedelta(hours=1), OLD)
        yield one


@pytest.fixture
async def reader(tmp_path: Path, clock: FixedClock) -> AsyncIterator[Visitor]:
    """Return somebody at a terminal."""
    async with visiting(tmp_path / "o.db", clock, fetch_private=LOOPBACK) as somebody:
        yield somebody


async def test_who_added_a_source_hears_of_its_trouble_once(tmp_path: Path, show: Show, clock: FixedClock) -> None:
    """Once when it does not pass, and once when it is over; in between and afterwards nothing."""
    async with chatting("slack", tmp_path / "o.db", clock, alone=True) as chat:
        await chat.types(f"sources add {show.url}")
        quiet = await passes(chat, clock, minutes=1)
        feed = show.feed
        show.web.at("/harbour/feed.xml", Page(b"", 403))
        for _ in range(3):
            told = await passes(chat, clock, days=1, minutes=1)
        notice = told.removeprefix(quiet)
        assert "About the source Harbour Talk" in notice
        assert "it turned us away" in notice
        assert await passes(chat, clock, days=1, minutes=1) == told
        assert "it turned us away" in await chat.types("sources health")
        told = chat.told()
        show.web.at("/harbour/feed.xml", replace(feed))
        again = (await passes(chat, clock, days=2)).removeprefix(told)
        assert again.count("Harbour Talk works again") == 1
        told = chat.told()
        assert await passes(chat, clock, days=2) == told
        assert "fine" in await chat.types("sources health")


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (Page(b"", 403), "it turned us away"),
        (Page(b"", 404), "there is nothing at that address"),
        (Page(b"", 410), "it is gone for good and is no longer checked"),
        (Page(b"", 503), "it is overloaded"),
        (Page(CHALLENGE, 403, {"Content-Type": "text/html"}), "it lets only browsers in"),
        (Page(b"<html><body><p>We have moved on.</p></body></html>"), "it cannot be read"),
        (Page(WORDLESS), "its episodes have no transcripts"),
        (Page(b'<rss version="2.0"><channel><title>A show</title></channel></rss>'), "it is empty"),
    ],
)
async def test_health_says_what_is_wrong(reader: Visitor, show: Show, page: Page, why: str) -> None:
    """In words; and that it is well, when it is."""
    await reader.says(f"sources add {show.url}")
    await reader.waits(minutes=1)
    assert "fine" in await reader.says("sources health")
    show.web.at("/harbour/feed.xml", page)
    await reader.waits(days=1)
    assert why in await reader.says("sources health")
    assert "1 with problems" in await reader.says("sources health")
    show.web.at("/harbour/feed.xml", show.feed)
    await reader.says(f"sources add {show.url}")
    await reader.waits(days=1)
    assert "fine" in await reader.says("sources health")
