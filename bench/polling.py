"""Measures how fast sources are polled: ours beside feedparser in a loop, over the same pages in the same run.

    python bench/polling.py

The pages lie on a web of our own on loopback, in a process of its own. Ours fetches them with every guard there is,
keeps what is next in the database, and hands each new body on; feedparser fetches and parses one after the other, as
most do. A bare client that asks for the same tells what the guards and the database cost.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import multiprocessing as mp
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp

from bot.domain.address import Member
from bot.domain.feed import Feed
from bot.errors import FeedError
from bot.ingest.feeds.fetch import FeedUpdate, FetchRequest, FetchResponse
from bot.ingest.feeds.fetcher import open_fetcher
from bot.ingest.feeds.poller import Poller
from bot.store.store import Store, open_store
from tests.fakes import FixedClock
from tests.measuring import cost
from tests.servers.web import hostile
from tests.servers.web.names import FakeNames
from tests.servers.web.pages import Page
from tests.servers.web.server import FakeWeb

SOURCES, BY_FEEDPARSER = 1_000, 60
ITEMS = 250
ITEM = (
    "<item><title>Episode {n}: the one about chips</title><guid>ep-{n}</guid><pubDate>Thu, 26 Jun 2031 12:00:00 GMT"
    "</pubDate><description>{words}</description><enclosure url='https://cdn.test/{n}.mp3' type='audio/mpeg'/></item>"
)
PATHS = {"/near": 0.0, "/far": 0.05}
"""How many seconds a page is away: one on this machine, and one as far off as most are."""

ASKED = dt.timedelta(days=1)


def body() -> bytes:
    """Return a feed of the usual size: two hundred kilobytes."""
    items = "".join(ITEM.format(n=n, words="What was said of memory. " * 24) for n in range(ITEMS))
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>A show</title>{items}</channel></rss>'.encode()


def serve(pipe: Connection) -> None:
    """Serve a page that says when nothing has changed, and a bomb, until told to stop."""

    async def serving() -> None:
        async with FakeWeb() as web:
            web.answers |= {"/bomb": hostile.bomb(1_000)}
            web.answers |= {path: Page(body(), tagged=True, delay=delay) for path, delay in PATHS.items()}
            pipe.send(web.port)
            await asyncio.to_thread(pipe.recv)

    asyncio.run(serving())


@contextmanager
def served() -> Iterator[int]:
    """Run the server in a process of its own; return its port."""
    ours, theirs = mp.get_context("spawn").Pipe()
    process = mp.get_context("spawn").Process(target=serve, args=(theirs,))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send(None)
        process.join()


async def take(_: Feed, fetched: FetchResponse) -> FeedUpdate:
    """Take a body as read."""
    return FeedUpdate([dt.datetime.now(dt.UTC)]) if fetched.body else FeedUpdate()


def report(name: str, sources: int, seconds: float, megabytes: float) -> None:
    """Print a line."""
    print(f"polling, {name:<48} {sources / seconds:7.0f} sources/s {megabytes / seconds:7.1f} MB/s")


async def ours(store: Store, port: int, path: str, megabytes: float) -> None:
    """Poll all twice: when everything is new, and when nothing is."""
    clock = FixedClock(dt.datetime.now(dt.UTC))
    for number in range(SOURCES):
        await store.feeds.add(
            "console:x", Member("you"), f"http://f{number}.test:{port}{path}", clock.now(), space=None
        )
    async with open_fetcher(lambda _: True, resolver=FakeNames()) as fetch:
        for name, size in ((f"ours, {path}, everything new", megabytes), (f"ours, {path}, nothing changed", 0.0)):
            poller = Poller(store.feeds, fetch, take, clock)
            begun = time.perf_counter()
            async with cost() as found:
                asked = await poller.poll()
            report(name, asked, time.perf_counter() - begun, asked * size)
            print(f"polling, {'':<48} {found.grown:7.0f} MB on top, loop {found.lag:.1f} ms late (p99)")
            clock.moment += ASKED


async def bomb(port: int) -> None:
    """Fetch what is a megabyte packed and a gigabyte unpacked."""
    async with open_fetcher(lambda _: True, resolver=FakeNames()) as fetch:
        begun = time.perf_counter()
        try:
            await fetch(FetchRequest(f"http://bomb.test:{port}/bomb"))
        except FeedError as stopped:
            print(f"polling, a gigabyte in a megabyte: {stopped}, after {time.perf_counter() - begun:.2f} s")


async def bare(port: int, path: str, megabytes: float) -> None:
    """Ask for the same with nothing around the client."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100)) as session:

        async def one() -> None:
            async with session.get(f"http://127.0.0.1:{port}{path}") as response:
                await response.read()

        begun = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(SOURCES)))
    report(f"a bare client, {path}, everything new", SOURCES, time.perf_counter() - begun, SOURCES * megabytes)


def feedparser_in_a_loop(port: int, path: str, megabytes: float) -> None:
    """Fetch and parse one after the other; then, with their marks, those that have not changed."""
    import feedparser

    url = f"http://127.0.0.1:{port}{path}"
    begun = time.perf_counter()
    for _ in range(BY_FEEDPARSER):
        found = feedparser.parse(url)
    seconds = time.perf_counter() - begun
    report(f"feedparser in a loop, {path}, everything new, parsed", BY_FEEDPARSER, seconds, BY_FEEDPARSER * megabytes)
    begun = time.perf_counter()
    for _ in range(BY_FEEDPARSER):
        feedparser.parse(url, etag=found.etag)
    report(f"feedparser in a loop, {path}, nothing changed", BY_FEEDPARSER, time.perf_counter() - begun, 0.0)


async def measure(port: int) -> None:
    """Print all of it."""
    megabytes = len(body()) / 1_000_000
    print(f"polling, {SOURCES} sources of {megabytes:.2f} MB, one host each")
    for path in PATHS:
        with tempfile.TemporaryDirectory() as folder:
            async with open_store(Path(folder) / "bench.db") as store:
                await ours(store, port, path, megabytes)
        await bare(port, path, megabytes)
        if find_spec("feedparser"):
            await asyncio.to_thread(feedparser_in_a_loop, port, path, megabytes)
        else:
            print("polling, feedparser is not installed and was passed over")
    await bomb(port)


if __name__ == "__main__":
    with served() as port:
        asyncio.run(measure(port))
