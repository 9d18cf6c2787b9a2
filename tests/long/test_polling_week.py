"""A week of polling a thousand sources, twenty of which mean harm; the clock is ours, the network is real."""

from __future__ import annotations

import datetime as dt
import itertools
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.domain.address import Member
from bot.domain.feed import Feed
from bot.errors import FeedHealth
from bot.ingest.feeds.fetch import FeedUpdate, FetchResponse
from bot.ingest.feeds.fetcher import open_fetcher
from bot.ingest.feeds.poller import MAX_INTERVAL, MIN_INTERVAL, Poller
from bot.store.store import Store, open_store
from tests.conftest import NOON
from tests.fakes import FixedClock
from tests.measuring import cost
from tests.servers.web import hostile
from tests.servers.web.pages import CHALLENGE, Page, leading
from tests.servers.web.server import Answer, Asked, FakeWeb

logger = logging.getLogger(__name__)

HOUR, DAY, DAYS = 3600, 86_400, 7
STEP = dt.timedelta(minutes=10)
SOURCES, SHARED = 1_000, 20
MEGABYTES, LATE = 96, 50
RHYTHMS = (HOUR, *[DAY] * 9, *[7 * DAY] * 10)
_DATE = re.compile(rb"<pubDate>([^<]+)</pubDate>")


@dataclass
class Show:
    """A source with a new item now and then, in one of several manners."""

    clock: FixedClock
    every: int
    manner: str
    born: dt.datetime = NOON - dt.timedelta(days=70)
    marks: Counter[bool] = field(default_factory=Counter)

    def items(self) -> list[dt.datetime]:
        """Return when the newest ten items are of."""
        newest = int((self.clock.now() - self.born).total_seconds()) // self.every
        return [self.born + dt.timedelta(seconds=self.every * (newest - back)) for back in range(10)]

    async def __call__(self, asked: Asked, writer: object) -> bool:
        """Answer as a server of this manner does."""
        body = "".join(f"<pubDate>{format_datetime(item)}</pubDate>" for item in self.items()).encode()
        self.marks["if-none-match" in asked.headers] += 1
        headers = {"Cache-Control": "max-age=7200"} if self.manner == "fresh" else {}
        page = Page(body, headers=headers, tagged=self.manner == "tagged")
        if self.manner == "busy" and sum(self.marks.values()) % 3 == 0:
            page = Page(b"", 429, {"Retry-After": str(6 * HOUR)})
        return await page(asked, writer)


class World:
    """The sources of a week, and what came of them."""

    def __init__(self, web: FakeWeb, clock: FixedClock) -> None:
        self.web, self.clock = web, clock
        self.shows: dict[str, Show] = {}
        self.taken: dict[str, list[dt.datetime]] = {}
        self.heard: list[tuple[str, FeedHealth]] = []

    def build(self) -> dict[str, str]:
        """Put a thousand sources on the web; return the address of each by its path."""
        places = {f"/bad{n}": self.web.at(f"/bad{n}", bad, f"bad{n}.test") for n, bad in enumerate(_hostile())}
        manners = itertools.cycle(("plain", "tagged", "fresh", "busy", "plain", "tagged", "gone", "moved"))
        for number, manner in zip(range(SOURCES - len(places)), manners, strict=False):
            path, host = f"/{manner}{number}", "big.test" if number < SHARED else f"f{number}.test"
            places[path] = self._put(path, host, manner, RHYTHMS[number % len(RHYTHMS)])
        return places

    def _put(self, path: str, host: str, manner: str, every: int) -> str:
        if manner == "gone":
            return self.web.at(path, Page(b"", 410), host)
        show = self.shows[path] = Show(self.clock, every, manner)
        if manner != "moved":
            return self.web.at(path, show, host)
        return self.web.at(path, leading(self.web.at(f"/new{path}", show, host), 301), host)

    async def take(self, feed: Feed, fetched: FetchResponse) -> FeedUpdate:
        """Take in the dates of what is new."""
        dates = [dt.datetime.strptime(d.decode(), "%a, %d %b %Y %H:%M:%S %z") for d in _DATE.findall(fetched.body)]
        self.taken.setdefault(feed.id, []).append(max(dates))
        return FeedUpdate(dates)

    async def listen(self, store: Store) -> None:
        """Let owners hear what there is to hear."""
        for feed in await store.feeds.unannounced():
            assert await store.feeds.announce(feed, self.clock.now(), [])
            self.heard.append((feed.id, feed.health))


def _hostile() -> list[Answer]:
    kinds: list[Answer] = [
        hostile.Drip(),
        hostile.silent,
        hostile.Endless(40),
        hostile.bomb(40),
        hostile.headers_without_end,
        hostile.saying(b"SSH-2.0-OpenSSH_9.9\r\n"),
        Page(CHALLENGE, 403),
        leading("/loop", 301),
        leading("http://169.254.169.254/latest/"),
        Page(b"", 500),
    ]
    return kinds * 2


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Return an empty store."""
    async with open_store(tmp_path / "week.db") as empty:
        yield empty


@pytest.mark.long
async def test_a_week_with_a_thousand_sources(store: Store, clock: FixedClock) -> None:
    """Every rule of politeness holds, counted at the server; what is new is read; memory and loop are at ease."""
    async with FakeWeb(lambda: clock.now().timestamp()) as web:
        world = World(web, clock)
        ids = {}
        for path, url in world.build().items():
            ids[path] = (await store.feeds.add("slack:T1", Member("U1"), url, NOON, space=None)).id
        permitted = {"127.0.0.1"}
        async with (
            open_fetcher(lambda a: str(a) in permitted, resolver=web.names, seconds=0.5) as fetch,
            cost() as found,
        ):
            poller = Poller(store.feeds, fetch, world.take, clock)
            while clock.now() < NOON + dt.timedelta(days=DAYS):
                await poller.poll()
                await world.listen(store)
                clock.moment += STEP
        logger.info("%d requests, %.0f MB on top, loop %.1f ms late", len(web.asked), found.grown, found.lag)
        assert found.grown < MEGABYTES
        assert found.lag < LATE
        _polite(world, web)
        _read(world, ids)
        _heard(world, ids)


def _polite(world: World, web: FakeWeb) -> None:
    times: dict[str, list[float]] = {}
    for asked in web.asked:
        times.setdefault(asked.path, []).append(asked.at)
    gaps = {path: [b - a for a, b in itertools.pairwise(each)] for path, each in times.items() if path != "/loop"}
    step = STEP.total_seconds()
    assert all(MIN_INTERVAL <= gap <= MAX_INTERVAL + step for each in gaps.values() for gap in each)
    assert all(gap >= 2 * HOUR for path, each in gaps.items() if path.startswith("/fresh") for gap in each)
    assert {len(each) for path, each in times.items() if path.startswith("/gone")} == {1}
    assert {len(each) for path, each in times.items() if path.startswith("/moved")} <= {1, 2, 3}
    for path, show in world.shows.items():
        if path.startswith("/tagged"):
            assert show.marks[False] == 1
        if path.startswith("/busy"):
            assert all(gap >= 6 * HOUR for gap in gaps[path][2::3])
    # Those that mean harm do not notice that nobody listens any more.
    assert {many for host, many in web.most_open.items() if not host.startswith("bad")} == {1}


def _read(world: World, ids: dict[str, str]) -> None:
    for path, show in world.shows.items():
        seen = world.taken[ids[path]]
        assert len(seen) == len(set(seen))
        assert show.items()[0] - seen[-1] <= dt.timedelta(seconds=MAX_INTERVAL + show.every)
        if show.every == HOUR and path.startswith(("/plain", "/tagged")):
            assert len(seen) > DAYS * DAY / HOUR * 0.9


def _heard(world: World, ids: dict[str, str]) -> None:
    names = {id_: path.strip("/0123456789") for path, id_ in ids.items()}
    heard = Counter((names[id_], health) for id_, health in world.heard)
    assert len(world.heard) == len(set(world.heard))
    assert {name for name, _ in heard} == {"bad", "gone", "moved"}
    assert sum(many for (name, _), many in heard.items() if name == "bad") == len(_hostile())
