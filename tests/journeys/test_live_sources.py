"""From a feed's address to an alert and a brief, at the console."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.message import ACTION_LIMIT
from bot.views.sources import catalogue_view
from tests.fakes import FixedClock
from tests.journeys.conftest import Visitor, visiting
from tests.servers.web.pages import Page
from tests.servers.web.server import FakeWeb
from tests.shows import LOOPBACK, Show

OLD = ("Dana Whitfield", "Halden Compute opened a plant in Oslo with 700 workers last year.")
NEW = ("Dana Whitfield", "Halden Compute raised its prices by 12 percent after the fire at the Torsund plant.")
OTHER = ("Ravi Anand", "Northgate sued Sablewood for $40 million over the design of its looms on Monday.")


@pytest.fixture
async def reader(tmp_path: Path, clock: FixedClock) -> AsyncIterator[Visitor]:
    """Return somebody at a terminal whose bot may read what this machine serves."""
    async with visiting(tmp_path / "o.db", clock, fetch_private=LOOPBACK) as somebody:
        yield somebody


@pytest.fixture
async def show(clock: FixedClock) -> AsyncIterator[Show]:
    """Return a show with one episode of last week."""
    async with FakeWeb() as web:
        one = Show(web)
        one.publish("The plant in Oslo", clock.now() - dt.timedelta(days=7), OLD)
        yield one


async def test_from_a_feeds_address_to_an_alert_and_the_brief(reader: Visitor, show: Show) -> None:
    """The back catalogue is read in silence; what is published then is told once, with the exact words."""
    added = await reader.says(f"sources add {show.site}")
    assert "Added 1 source" in added
    assert "Harbour Talk" in added
    assert "1 item, 1 with a transcript, en" in added
    assert "follow" in (await reader.says("follow Halden Compute instant")).lower()
    silence = await reader.waits(minutes=1)
    assert "plant in Oslo" not in silence
    asked = await reader.says("ask How many workers has the plant in Oslo?")
    assert "700 workers" in asked
    assert "No new sourced claims" in await reader.says("brief")
    show.publish("The price of compute", reader.clock.now() + dt.timedelta(hours=2), NEW, OTHER)
    told = await reader.waits(hours=25)
    assert told.count("raised its prices by 12 percent") == 1
    assert "12 percent" not in await reader.waits(hours=1)
    brief = await reader.says("brief")
    assert "12 percent" in brief
    assert "700 workers" not in brief


async def test_a_site_without_a_feed_says_so(reader: Visitor, show: Show) -> None:
    """And nothing is kept of it."""
    nothing = show.web.at("/about", Page(b"<html><head><title>About</title></head><body>We sew.</body></html>"))
    page = await reader.says(f"sources add {nothing}")
    assert "Nothing was added" in page
    assert "no feed was found there" in page
    assert "No sources on the web yet" in await reader.says("sources health")


async def test_a_list_of_feeds_is_added_line_by_line(reader: Visitor, show: Show) -> None:
    """Each line says what became of it."""
    lines = (show.url, show.web.url("/nowhere.xml"), show.url, "ftp://example.com/feed")
    outlines = "".join(f'<outline text="No {n}" type="rss" xmlUrl="{url}"/>' for n, url in enumerate(lines))
    opml = show.web.at("/list.opml", Page(f'<opml version="2.0"><body>{outlines}</body></opml>'.encode()))
    page = await reader.says(f"sources add {opml}")
    assert "Added 1 source" in page
    assert "there is nothing at that address" in page or "404" in page
    assert "is listed twice" in page
    assert "is not a web address" in page


async def test_a_source_is_paused_resumed_and_removed(reader: Visitor, show: Show) -> None:
    """By its name or its address; what was read stays."""
    await reader.says(f"sources add {show.url}")
    await reader.waits(minutes=1)
    assert "fine" in await reader.says("sources health")
    assert "is paused" in await reader.says("sources pause Harbour Talk")
    assert "paused" in await reader.says("sources health")
    assert "is read again" in await reader.says("sources resume harbour talk")
    assert show.url in await reader.says("sources export")
    assert "no longer read" in await reader.says(f"sources remove {show.url}")
    assert "No sources on the web yet" in await reader.says("sources health")
    assert "700 workers" in await reader.says("ask How many workers has the plant in Oslo?")


async def test_a_source_is_checked_when_somebody_asks(reader: Visitor, show: Show) -> None:
    """It says when it is read next; a press reads it at once, though not twice in a minute, nor while it is paused."""
    await reader.says(f"sources add {show.url}")
    await reader.waits(minutes=1)
    health = await reader.says("sources health")
    assert re.search(r"checked Thu 26 Jun, 12:0\d UTC, next Thu 26 Jun, 1\d:\d\d UTC", " ".join(health.split()))
    assert "was checked a moment ago" in await reader.presses("Check now", health)
    show.publish("The price of compute", reader.clock.now(), NEW)
    reader.clock.advance(minutes=5)
    assert "12 percent" not in await reader.says("claims Halden prices")
    assert "is checked now" in await reader.says("sources check Harbour Talk")
    await reader.waits(seconds=1)
    assert "12 percent" in await reader.says("claims Halden prices")
    await reader.says("sources pause Harbour Talk")
    reader.clock.advance(minutes=5)
    assert "is paused" in await reader.says("sources check Harbour Talk")
    assert "There is no source" in await reader.says("sources check Nobody")


SILENT = {
    "Eine Stunde am Hafen": "Der Hafen war am Abend sehr ruhig, und niemand hat an diesem Tag ein Schiff gesehen.",
    "Hello there": "How was the drive this morning, and did you find somewhere to park the car in the end?",
}
"""What is said in episodes of which nothing can be claimed."""


async def test_why_an_episode_gave_nothing_is_said(reader: Visitor, show: Show) -> None:
    """Beside those that were read, the latest first."""
    now = reader.clock.now()
    show.publish("A silent hour", now)
    show.web.at("/harbour/a-silent-hour.vtt", Page(status=404))
    for n, (title, words) in enumerate(SILENT.items(), 1):
        show.publish(title, now - dt.timedelta(hours=n), *([("Dana Whitfield", words)] * 8))
    await reader.says(f"sources add {show.url}")
    assert "None yet: not checked yet." in await reader.says(f"sources episodes {show.url}")
    await reader.waits(minutes=1)
    page = " ".join((await reader.presses("Episodes", await reader.says("sources health"))).split())
    assert "The plant in Oslo Thu 19 Jun 2031 · its transcript was read · 1 claim" in page
    assert re.search(r"A silent hour Thu 26 Jun 2031 · (?:nothing was|only its notes were) read: \w+", page)
    assert "What could not be read is read again as soon as its entry in the feed changes" in page
    assert re.search(r"Eine Stunde am Hafen .{,40}its transcript was read: .{,80}no claims, as only English", page)
    assert re.search(r"Hello there .{,40}its transcript was read · no claims, as nothing in it is both", page)
    assert "can still be searched, and ask finds its words" in page


async def test_what_may_not_be_asked_is_refused(reader: Visitor) -> None:
    """In words, and without asking."""
    for address in ("http://169.254.169.254/latest", "http://[::ffff:10.0.0.1]/feed", "https://user:pass@example.com/"):
        page = await reader.says(f"sources add {address}")
        assert "Nothing was added" in page
    assert "Nothing was added" in await reader.says("sources add http://localhost:1/feed")


async def test_there_are_shows_to_begin_with(reader: Visitor) -> None:
    """With what they are about, and their addresses."""
    page = await reader.says("sources catalogue ai")
    assert "The AI Daily Brief" in page
    assert "https://" in page


async def test_every_show_of_the_catalogue_can_be_added(reader: Visitor) -> None:
    """All are listed, each with a button that fits into a platform's, by its address or its name."""
    shows = await reader.app.feeds.catalogue("")
    buttons = catalogue_view(shows).buttons
    assert len(buttons) == len(shows) > 50
    for show, button in zip(shows, buttons, strict=True):
        assert button.action.arg in {f"add {show.url}", f"add {show.name}"}
    long = next(show for show in shows if len(show.url) > ACTION_LIMIT)
    added = await reader.says(f"sources add {long.name.lower()}")
    assert "There is no file or folder" not in added
    assert await reader.app.store.feeds.feeds(reader.app.space) or "not added" in added
