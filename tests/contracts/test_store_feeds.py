"""Sources on the web: kept for a space, asked by one at a time, and told of once."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.address import Address, Member
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.feed import Feed, Login, NotedList
from bot.errors import FeedHealth, SettingsError
from bot.store.store import Store, open_store
from bot.store.vault import new_key
from tests.conftest import NOON, Look
from tests.engines import Engine

OURS, THEIRS = "slack:T1", "slack:T2"
LEASE = dt.timedelta(minutes=10)
MANY = 100


@pytest.fixture
async def store(place: Path | str) -> AsyncIterator[Store]:
    """Return an empty store with a key for secrets."""
    async with open_store(place, new_key()) as empty:
        yield empty


async def add(store: Store, url: str = "https://a.test/feed", tenant: str = OURS, login: Login | None = None) -> Feed:
    """Add a source."""
    return await store.feeds.add(tenant, Member("U1"), url, NOON, space=tenant, login=login)


async def due(store: Store, now: dt.datetime = NOON, limit: int = MANY) -> list[str]:
    """Take what is due, and return where it is."""
    return [feed.url for feed in await store.feeds.claim_due(now, LEASE, limit)]


async def test_a_source_comes_back_whole(store: Store) -> None:
    """Every field that a poll changes survives it."""
    feed = await add(store)
    assert feed == Feed(feed.id, OURS, "U1", "https://a.test/feed", NOON, NOON, OURS)
    (taken,) = await store.feeds.claim_due(NOON, LEASE, 1)
    after = replace(
        taken,
        url="https://b.test/new",
        title="A show",
        etag='W/"ä"',
        last_modified="yesterday",
        hash="h",
        interval=700,
        failures=2,
        moved_to="https://c.test/",
        moved_count=1,
        health=FeedHealth.TIMED_OUT,
        detail="it takes too long",
        alert_pending=True,
        due=NOON + LEASE,
        polled_at=NOON,
        is_backfilled=True,
    )
    assert await store.feeds.settle(after)
    assert await store.feeds.feeds(OURS) == [after]
    assert [found.id for found in await store.feeds.claim_due(NOON + LEASE, LEASE, 1)] == [feed.id]


async def test_what_is_there_is_added_once(store: Store) -> None:
    """By each space for itself; added again it is asked again, also one that has moved there."""
    first = await add(store)
    assert await add(store, tenant=THEIRS) != first
    await store.feeds.pause(OURS, first.id)
    assert await add(store) == first
    (taken,) = [feed for feed in await store.feeds.claim_due(NOON, LEASE, MANY) if feed.tenant == OURS]
    await store.feeds.settle(replace(taken, url="https://b.test/"))
    assert (await add(store, "https://b.test/")).id == first.id
    assert [feed.id for feed in await store.feeds.feeds(OURS)] == [first.id]


async def test_it_is_due_when_its_time_has_come(store: Store) -> None:
    """Not before, and not while it is paused; the longest due first."""
    for number in range(3):
        await add(store, f"https://{number}.test/")
    for feed in await store.feeds.claim_due(NOON, LEASE, MANY):
        await store.feeds.settle(replace(feed, due=NOON + dt.timedelta(minutes=9 - int(feed.url[8]))))
    assert await due(store, NOON + dt.timedelta(minutes=6)) == []
    feeds = {feed.url: feed.id for feed in await store.feeds.feeds(OURS)}
    assert await store.feeds.pause(OURS, feeds["https://1.test/"])
    assert not await store.feeds.pause(OURS, feeds["https://1.test/"])
    later = NOON + dt.timedelta(minutes=9)
    assert await due(store, later) == ["https://2.test/", "https://0.test/"]
    assert await store.feeds.resume(OURS, feeds["https://1.test/"], later)
    assert await due(store, later) == ["https://1.test/"]


async def test_one_of_a_host_is_asked_at_a_time(store: Store) -> None:
    """Whoever asks."""
    for number in range(3):
        await add(store, f"https://a.test:80{number}0/")
    await add(store, "https://b.test/")
    assert sorted(await due(store)) == ["https://a.test:8000/", "https://b.test/"]
    assert await due(store) == []


async def test_one_that_is_paused_holds_up_no_other_of_its_host(store: Store) -> None:
    """Though it was due before them."""
    paused = await add(store, "https://a.test/1")
    await store.feeds.pause(OURS, paused.id)
    await store.feeds.add(OURS, Member("U1"), "https://a.test/2", NOON + LEASE, space=None)
    assert await due(store, NOON + LEASE) == ["https://a.test/2"]


async def test_a_lease_that_is_over_is_anothers(store: Store) -> None:
    """And who had it before can settle nothing any more."""
    await add(store)
    (first,) = await store.feeds.claim_due(NOON, LEASE, 1)
    assert await due(store, NOON + LEASE - dt.timedelta(seconds=1)) == []
    (second,) = await store.feeds.claim_due(NOON + LEASE, LEASE, 1)
    assert not await store.feeds.settle(replace(first, title="late"))
    assert await store.feeds.settle(replace(second, title="in time"))
    assert [feed.title for feed in await store.feeds.feeds(OURS)] == ["in time"]


async def test_two_replicas_never_take_the_same(store: Store, place: Path | str) -> None:
    """However many there are, each is taken by one, and no two of a host at once."""
    for number in range(MANY):
        await add(store, f"https://{number % 50}.test/{number}")
    async with open_store(place) as other:
        took = await asyncio.gather(*(each.feeds.claim_due(NOON, LEASE, 10) for each in (store, other) * 10))
    urls = [feed.url for some in took for feed in some]
    hosts = [url.split("/")[2] for url in urls]
    assert len(hosts) == len(set(hosts)) == 50


async def test_what_its_owner_does_meanwhile_stands(store: Store) -> None:
    """A pause outlasts the poll that was under way; what was removed stays away."""
    await add(store)
    (taken,) = await store.feeds.claim_due(NOON, LEASE, 1)
    await store.feeds.pause(OURS, taken.id)
    assert await store.feeds.settle(taken)
    assert [feed.is_paused for feed in await store.feeds.feeds(OURS)] == [True]
    assert not await store.feeds.remove(THEIRS, taken.id)
    assert await store.feeds.remove(OURS, taken.id)
    assert not await store.feeds.settle(taken)
    assert await store.feeds.feeds(OURS) == []


async def test_two_that_become_one_are_asked_once(store: Store) -> None:
    """Where a source moves to another of its owner, that one goes on; nobody else's does."""
    await add(store, "https://b.test/")
    await add(store, "https://c.test/", THEIRS)
    moving = [await add(store, f"https://{name}.test/") for name in ("x", "y")]
    for feed in await store.feeds.claim_due(NOON, LEASE, MANY):
        place = {moving[0].id: "https://b.test/", moving[1].id: "https://c.test/"}.get(feed.id, feed.url)
        await store.feeds.settle(replace(feed, url=place))
    assert {feed.id: feed.is_paused for feed in await store.feeds.feeds(OURS) if feed.id in {f.id for f in moving}} == {
        moving[0].id: True,
        moving[1].id: False,
    }


async def test_a_login_is_kept_where_nobody_reads_it(store: Store, engine: Engine) -> None:
    """It comes back as it was, is in no row, and goes with its source, its owner and its space."""
    login = Login("ann", "a-secret-word")
    for forgetting in ("remove", "forget", "purge"):
        feed = await add(store, login=login)
        assert feed.has_login
        assert await store.feeds.login(feed) == login
        assert b"a-secret-word" not in engine.written()
        assert await store.vault.names("feed/") == [f"feed/{feed.id}/login"]
        if forgetting == "remove":
            await store.feeds.remove(OURS, feed.id)
        elif forgetting == "forget":
            assert await store.privacy.erase_user(OURS, "U1") == 1
        else:
            assert await store.privacy.erase_space(OURS) == 1
        assert await store.vault.names("feed/") == []


async def test_a_login_needs_a_key(place: Path | str) -> None:
    """Without one, nothing is kept; a source without a login needs none, and a newer login takes the older's place."""
    async with open_store(place) as store:
        with pytest.raises(SettingsError):
            await add(store, login=Login("ann", "secret"))
        assert await store.feeds.feeds(OURS) == []
        assert await store.feeds.login(await add(store)) is None
    async with open_store(place, new_key()) as store:
        await add(store, login=Login("ann", "old"))
        assert await store.feeds.login(await add(store, login=Login("", "new"))) == Login("", "new")
        assert (await add(store)).has_login


async def test_a_change_is_announced_once(store: Store, look: Look) -> None:
    """With its notice, by one of several who try; not where it has changed again meanwhile."""
    await add(store)
    (taken,) = await store.feeds.claim_due(NOON, LEASE, 1)
    await store.feeds.settle(replace(taken, health=FeedHealth.TIMED_OUT, alert_pending=True))
    (untold,) = await store.feeds.unannounced()
    notice = [Delivery(f"feed/{untold.id}", "feed", Address("slack", "T1", "U1"))]
    assert not await store.feeds.announce(replace(untold, health=FeedHealth.GONE), NOON, notice)
    tries = [store.feeds.announce(untold, NOON, notice) for _ in range(3)]
    assert sorted(await asyncio.gather(*tries)) == [False, False, True]
    assert await store.feeds.unannounced() == []
    assert look("SELECT told, tell FROM feeds") == [("slow", 0)]
    assert len(await store.outbox.deliveries(OURS, [DeliveryState.PENDING])) == 1
    # Who began before that and does not know it tells nobody again.
    await store.feeds.settle(replace(taken, health=FeedHealth.TIMED_OUT, alert_pending=True))
    assert await store.feeds.unannounced() == []


def listing(many: int) -> list[tuple[str, str]]:
    """Return a long list: addresses with titles, one of a host."""
    return [(f"https://show{n}.test/feed", f"Show {n}") for n in range(many)]


async def test_a_list_is_noted_as_far_as_there_is_room(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each address once; the same list again goes on where it ended, as soon as what waited has been checked."""
    monkeypatch.setattr("bot.store.feeds.MAX_UNCHECKED", 3)
    await add(store, "https://show1.test/feed")
    await add(store, "https://show0.test/feed", THEIRS)

    async def note() -> NotedList:
        return await store.feeds.note_list(OURS, Member("U1"), listing(6), NOON, space=OURS)

    assert await note() == NotedList(new=3, known=1, left=2)
    assert await note() == NotedList(new=0, known=4, left=2)
    noted = [feed for feed in await store.feeds.feeds(OURS) if feed.health is FeedHealth.LISTED]
    assert [(feed.url, feed.title, feed.due) for feed in noted] == [
        (f"https://show{n}.test/feed", f"Show {n}", NOON) for n in (0, 2, 3)
    ]
    for feed in await store.feeds.claim_due(NOON, LEASE, MANY):
        await store.feeds.settle(replace(feed, health=FeedHealth.OK, polled_at=NOON, due=NOON + LEASE))
    assert await note() == NotedList(new=2, known=4, left=0)


async def test_what_a_list_names_waits_for_what_is_known(store: Store) -> None:
    """News must not wait for a list of thousands; nor on the host that both share."""
    await store.feeds.note_list(OURS, Member("U1"), [*listing(4), ("https://a.test/other", "")], NOON, space=OURS)
    later = NOON + dt.timedelta(seconds=1)
    await store.feeds.add(OURS, Member("U1"), "https://a.test/feed", later, space=OURS)
    assert await due(store, later, 1) == ["https://a.test/feed"]
    assert len(await due(store, later, 9)) == 4


async def test_nobody_hears_of_each_line_of_a_list(store: Store) -> None:
    """Not of how it is at first; of what changes later they do."""
    await store.feeds.note_list(OURS, Member("U1"), listing(1), NOON, space=OURS)
    (feed,) = await store.feeds.claim_due(NOON, LEASE, MANY)
    await store.feeds.settle(replace(feed, health=FeedHealth.NO_TRANSCRIPTS, due=NOON))
    (known,) = await store.feeds.claim_due(NOON, LEASE, MANY)
    assert known.reported_health is FeedHealth.NO_TRANSCRIPTS
    await store.feeds.settle(replace(known, health=FeedHealth.OK, alert_pending=True))
    assert [one.url for one in await store.feeds.unannounced()] == [feed.url]


@pytest.mark.parametrize("chosen_by", ["resuming", "adding"])
async def test_a_line_that_somebody_chose_by_itself_is_a_source_like_any(store: Store, chosen_by: str) -> None:
    """Resumed or added by hand, also before it was checked; what troubles it is told from then on."""
    await store.feeds.note_list(OURS, Member("U1"), listing(1), NOON, space=OURS)
    (feed,) = await store.feeds.claim_due(NOON, LEASE, MANY)
    await store.feeds.settle(replace(feed, health=FeedHealth.UNREADABLE, failures=1, is_paused=True))
    await store.feeds.note_list(OURS, Member("U1"), listing(2), NOON, space=OURS)
    for one in await store.feeds.feeds(OURS):
        await store.feeds.pause(OURS, one.id)
        if chosen_by == "resuming":
            await store.feeds.resume(OURS, one.id, NOON)
        else:
            await store.feeds.add(OURS, Member("U1"), one.url, NOON, space=OURS)
    assert [(one.health, one.reported_health, one.is_paused) for one in await store.feeds.feeds(OURS)] == [
        (FeedHealth.UNREADABLE, FeedHealth.NEW, False),
        (FeedHealth.NEW, FeedHealth.NEW, False),
    ]


async def test_what_an_ended_process_was_polling_is_free_at_once(place: Path | str) -> None:
    """It would be another's for the length of its lease, and its whole host with it; the living keep theirs."""
    async with open_store(place, holder="dead") as dead, open_store(place, holder="alive") as alive:
        for n in range(2):
            await add(dead, f"https://a.test/{n}")
            await add(alive, f"https://b.test/{n}")
        taken = [*await due(dead, limit=1), *await due(alive, limit=1)]
        assert await due(alive) == []
        assert await alive.feeds.release_held(lambda holder: holder == "dead", NOON) == 1
        assert await alive.feeds.release_held(lambda holder: holder == "dead", NOON) == 0
        assert await due(alive) == taken[:1]
