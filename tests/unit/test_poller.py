"""Polling: what is due is asked and settled, politely and side by side, whatever single sources do."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.address import Member
from bot.domain.feed import Feed, Login
from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.fetch import FeedUpdate, FetchResponse, HandleFeed
from bot.ingest.feeds.fetcher import SMALL_BODY_BYTES, open_fetcher, pace_by_host
from bot.ingest.feeds.poller import LEASE, ConcurrencyLimits, Poller
from bot.store.store import Store, open_store
from bot.store.vault import new_key
from tests.conftest import NOON
from tests.fakes import FixedClock
from tests.servers.web import hostile
from tests.servers.web.pages import FEED, Locked, Page
from tests.servers.web.server import FakeWeb

OURS = "slack:T1"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Return an empty store with a key for secrets."""
    async with open_store(tmp_path / "feeds.db", new_key()) as empty:
        yield empty


class Rig:
    """A web, a store and a poller; what was taken is noted by its address."""

    def __init__(self, web: FakeWeb, store: Store, clock: FixedClock) -> None:
        self.web, self.store, self.clock = web, store, clock
        self.taken: list[str] = []

    async def add(self, path: str, host: str = "127.0.0.1", login: Login | None = None) -> Feed:
        """Add a source."""
        return await self.store.feeds.add(OURS, Member("U1"), self.web.url(path, host), NOON, space=None, login=login)

    async def take(self, feed: Feed, fetched: FetchResponse) -> FeedUpdate:
        """Take in a body, whatever it is."""
        assert fetched.body
        self.taken.append(feed.url)
        return FeedUpdate([self.clock.now()], "A show")

    async def poll(
        self, take: HandleFeed | None = None, flight: ConcurrencyLimits | None = None, gap: float = 0
    ) -> dict[str, Feed]:
        """Poll what is due, and return how all stand, by path."""
        async with open_fetcher(lambda _: True, resolver=self.web.names, seconds=1) as fetch:
            await Poller(self.store.feeds, pace_by_host(fetch, gap), take or self.take, self.clock, flight).poll()
        return {"/" + feed.url.split("/", 3)[3]: feed for feed in await self.store.feeds.feeds(OURS)}


@pytest.fixture
async def rig(store: Store, clock: FixedClock) -> AsyncIterator[Rig]:
    """Return everything, with no source yet."""
    async with FakeWeb() as web:
        yield Rig(web, store, clock)


async def test_what_is_due_is_asked_and_taken_once(rig: Rig) -> None:
    """Its marks go back the next time; nothing new is not taken again, whether its server says so or not."""
    rig.web.at("/tagged", Page(tagged=True))
    rig.web.at("/plain", Page())
    for path in ("/tagged", "/plain"):
        await rig.add(path)
    after = await rig.poll()
    assert {feed.health for feed in after.values()} == {FeedHealth.OK}
    assert {(feed.title, feed.is_backfilled, feed.polled_at) for feed in after.values()} == {("A show", True, NOON)}
    assert sorted(rig.taken) == [rig.web.url("/plain"), rig.web.url("/tagged")]
    assert len(await rig.poll()) == len(rig.web.asked) == 2
    rig.clock.advance(days=1)
    await rig.poll()
    assert len(rig.web.asked) == 4
    assert "if-none-match" in {name for asked in rig.web.asked[2:] for name in asked.headers}
    assert len(rig.taken) == 2


async def test_something_new_is_taken(rig: Rig) -> None:
    """Once."""
    page = Page(tagged=True)
    rig.web.at("/feed", page)
    await rig.add("/feed")
    for body in (FEED, FEED + b"<!-- more -->", FEED + b"<!-- more -->"):
        page.body = body
        await rig.poll()
        rig.clock.advance(days=1)
    assert len(rig.taken) == 2


async def test_a_failure_is_its_own(rig: Rig) -> None:
    """In the server, in what it sends, and in what takes it; all others are taken, and each has its reason."""
    answers = {
        "/drip": hostile.Drip(),
        "/bomb": hostile.bomb(20),
        "/gone": Page(b"", 410),
        "/busy": Page(b"", 429, {"Retry-After": "172800"}),
        "/ssh": hostile.saying(b"SSH-2.0-OpenSSH_9.9\r\n"),
        "/unreadable": Page(b"<unreadable>"),
        "/surprise": Page(b"<surprise>"),
        "/good": Page(),
    }
    for number, (path, answer) in enumerate(answers.items()):
        rig.web.at(path, answer, f"{number}.test")
        await rig.add(path, f"{number}.test")

    async def take(feed: Feed, fetched: FetchResponse) -> FeedUpdate:
        if fetched.body == b"<unreadable>":
            message = "line 1: no feed"
            raise FeedError(message)
        if fetched.body == b"<surprise>":
            raise KeyError
        return await rig.take(feed, fetched)

    after = await rig.poll(take)
    assert {path: feed.health.value for path, feed in after.items()} == {
        "/drip": "slow",
        "/bomb": "large",
        "/gone": "gone",
        "/busy": "busy",
        "/ssh": "garbled",
        "/unreadable": "unreadable",
        "/surprise": "ours",
        "/good": "fine",
    }
    assert after["/unreadable"].detail == "line 1: no feed"
    assert after["/gone"].is_paused
    assert after["/busy"].due == NOON + dt.timedelta(days=2)
    assert {feed.hash for path, feed in after.items() if path != "/good"} == {""}


async def test_a_login_is_fetched_with(rig: Rig) -> None:
    """From where secrets are kept."""
    rig.web.at("/feed", Locked("ann:secret"))
    await rig.add("/feed", login=Login("ann", "secret"))
    assert (await rig.poll())["/feed"].health is FeedHealth.OK


async def test_a_host_is_asked_one_thing_at_a_time(rig: Rig) -> None:
    """With a pause between; other hosts do not wait for that."""
    for host in ("a.test", "b.test"):
        for number in range(4):
            rig.web.at(f"/{number}", Page(), host)
            await rig.add(f"/{number}", host)
    await rig.poll(gap=0.1)
    times = {host: sorted(asked.at for asked in rig.web.asked if asked.host == host) for host in ("a.test", "b.test")}
    for each in times.values():
        assert len(each) == 4
        assert min(after - before for before, after in itertools.pairwise(each)) >= 0.1
    assert rig.web.most_open == {"a.test": 1, "b.test": 1}
    assert times["b.test"][0] < times["a.test"][1]


async def test_many_are_asked_side_by_side(rig: Rig) -> None:
    """As many as may be, and of large bodies as many as memory holds, until they have been taken in."""
    held, most = 0, 0

    async def take(feed: Feed, fetched: FetchResponse) -> FeedUpdate:
        nonlocal held, most
        held += 1
        most = max(most, held)
        await asyncio.sleep(0.01)
        held -= 1
        return await rig.take(feed, fetched)

    for number in range(12):
        rig.web.at("/feed", Page(b"x" * 2 * SMALL_BODY_BYTES), f"{number}.test")
        await rig.add("/feed", f"{number}.test")
    await rig.poll(take, ConcurrencyLimits(polls=6, large_bodies=2))
    assert (most, len(rig.taken)) == (2, 12)


async def test_what_is_cut_off_is_asked_again(rig: Rig) -> None:
    """By whoever polls next, at once; what nobody could let go of, when the lease is over."""
    rig.web.at("/feed", Page())
    await rig.add("/feed")
    begun = asyncio.Event()

    async def take(_: Feed, __: FetchResponse) -> FeedUpdate:
        begun.set()
        await asyncio.Event().wait()
        return FeedUpdate()

    polling = asyncio.create_task(rig.poll(take))
    await begun.wait()
    polling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await polling
    (held,) = await rig.store.feeds.claim_due(NOON, LEASE, 1)
    await rig.poll()
    assert (held.health, rig.taken) == (FeedHealth.NEW, [])
    rig.clock.moment += LEASE
    await rig.poll()
    assert len(rig.taken) == 1


async def test_what_cannot_be_kept_is_asked_again(rig: Rig) -> None:
    """A store that fails for one source fails for that one."""
    for host in ("a.test", "b.test"):
        rig.web.at("/feed", Page(), host)
    feed = await rig.add("/feed", "a.test")
    await rig.add("/feed", "b.test")

    class Failing:
        """The rows, of which one cannot be written."""

        claim_due, login = rig.store.feeds.claim_due, rig.store.feeds.login
        unannounced, announce = rig.store.feeds.unannounced, rig.store.feeds.announce

        async def settle(self, settled: Feed) -> bool:
            """Fail for one."""
            if settled.id == feed.id:
                raise OSError
            return await rig.store.feeds.settle(settled)

    async with open_fetcher(lambda _: True, resolver=rig.web.names) as fetch:
        assert await Poller(Failing(), fetch, rig.take, rig.clock).poll() == 2
    assert {one.health for one in await rig.store.feeds.feeds(OURS)} == {FeedHealth.NEW, FeedHealth.OK}
