"""Who hears of what, and when: once, and never of what was there before."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Entity, EntityKind, Mention
from bot.domain.address import Address
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.subscription import AlertFrequency, Follow, Subscription
from bot.store.store import Store, open_store
from tests.conftest import NOON
from tests.engines import Engine
from tests.said import company, conversation, reading

HERE = Address("slack", "T1", "C1")
HALDEN = company("Halden", "Halden Energy")
DAILY = Subscription(
    0, "ai", HERE, "U1", dt.time(8), "UTC", frozenset(range(7)), NOON + dt.timedelta(hours=20), dt.date(2031, 6, 27)
)
OUT = Delivery("brief/1/2031-06-27", "brief 2031-06-27 ai", HERE)


def wanting(entity: str = "Halden", pace: AlertFrequency = AlertFrequency.INSTANT, zone: str = "UTC") -> Follow:
    """Make a follow that begins at noon."""
    return Follow(0, entity, HERE, "U1", pace, zone, NOON)


async def hear(store: Store, *words: str, key: str = "open/1", entity: Entity = HALDEN) -> None:
    """Let a conversation be read."""
    await store.library.save([reading(conversation(key, *words), entity)])


async def told(store: Store) -> list[list[str]]:
    """Return what each alert in the outbox tells, the oldest first."""
    news = []
    for delivery in reversed(await store.outbox.deliveries(HERE.tenant, list(DeliveryState))):
        found = await store.follows.news(int(delivery.what.removeprefix("alert ")), delivery.at)
        claims = await store.library.claims([key for one in found for key in one.claim_ids], space=HERE.tenant)
        news.append([claim.text for claim in claims])
    return news


async def test_a_follow_is_listed_until_it_ends(store: Store) -> None:
    """Under its canonical name, whichever alias was followed; following again only changes the pace."""
    await hear(store, "Halden grew.")
    assert await store.follows.follow(wanting("halden energy"))
    later = replace(wanting("HALDEN", AlertFrequency.HOURLY), since=NOON + dt.timedelta(hours=1))
    assert not await store.follows.follow(later)
    (follow,) = await store.follows.following(HERE)
    assert (follow.entity, follow.pace, follow.user, follow.since) == ("Halden", AlertFrequency.HOURLY, "U1", NOON)
    assert await store.follows.unfollow("Halden Energy", HERE)
    assert not await store.follows.unfollow("Halden", HERE)
    assert await store.follows.following(HERE) == []


async def test_what_was_said_before_is_never_told(store: Store) -> None:
    """A follower hears only of what is read from then on, once."""
    await hear(store, "Halden grew.")
    await store.follows.follow(wanting())
    assert await store.follows.queue_alerts(NOON) == 0
    await hear(store, "Halden shrank.", "Rain fell.", key="open/2")
    assert [await store.follows.queue_alerts(NOON) for _ in range(3)] == [1, 0, 0]
    assert await told(store) == [["Halden shrank."]]


async def test_a_name_may_be_followed_before_anybody_speaks_of_it(store: Store) -> None:
    """When it is spoken of at last, it gets its kind and the follower hears."""
    await store.follows.follow(wanting("halden"))
    await hear(store, "Halden appeared.", entity=company("Halden"))
    assert await store.follows.queue_alerts(NOON) == 1
    assert await told(store) == [["Halden appeared."]]
    found = await store.registry.entity("Halden")
    assert found
    assert found.kind is EntityKind.COMPANY


async def test_two_timetables_alert_once(store: Store, place: Path | str) -> None:
    """Two that look at the same moment, also in two processes, make one delivery."""
    await store.follows.follow(wanting())
    await hear(store, "Halden grew.")
    async with open_store(place) as other:
        await asyncio.gather(*(s.follows.queue_alerts(NOON) for s in (store, other, store, other)))
    assert await told(store) == [["Halden grew."]]


async def test_an_edit_alerts_of_what_is_new_only(store: Store) -> None:
    """The claims that stayed are not told again; the one that came in is, though rows went."""
    await store.follows.follow(wanting())
    await hear(store, "Halden grew.", "Halden paid 4 dollars.")
    await store.follows.queue_alerts(NOON)
    await hear(store, "Halden grew.", "Halden paid 4 dollars.")
    await hear(store, "Halden paid 4 dollars.")
    assert await store.follows.queue_alerts(NOON) == 0
    await hear(store, "Halden paid 4 dollars.", "Halden paid 5 dollars.")
    assert await store.follows.queue_alerts(NOON) == 1
    assert await told(store) == [["Halden paid 4 dollars."], ["Halden paid 5 dollars."]]


async def test_an_edit_of_the_last_thing_said_is_heard(store: Store) -> None:
    """A claim that takes the place of the newest one is new to somebody who began to follow in between."""
    await hear(store, "Halden grew.")
    await store.follows.follow(wanting())
    await hear(store, "Halden shrank.")
    assert await store.follows.queue_alerts(NOON) == 1
    assert await told(store) == [["Halden shrank."]]


async def test_an_hourly_follower_hears_once_an_hour(store: Store) -> None:
    """The first news comes at once, what follows is gathered until the hour is over."""
    await store.follows.follow(wanting(pace=AlertFrequency.HOURLY))
    await hear(store, "Halden grew.")
    assert await store.follows.queue_alerts(NOON) == 1
    await hear(store, "Halden shrank.", key="open/2")
    await hear(store, "Halden sank.", key="open/3")
    assert await store.follows.queue_alerts(NOON + dt.timedelta(minutes=59)) == 0
    assert await store.follows.queue_alerts(NOON + dt.timedelta(minutes=60)) == 1
    assert [sorted(words) for words in await told(store)] == [["Halden grew."], ["Halden sank.", "Halden shrank."]]


async def test_alerts_with_the_brief_wait_for_the_morning(store: Store) -> None:
    """Eight o'clock in the follower's own zone, once a day."""
    await store.follows.follow(wanting(pace=AlertFrequency.BRIEF, zone="America/New_York"))
    await hear(store, "Halden grew.")
    eight = dt.datetime(2031, 6, 27, 12, tzinfo=dt.UTC)
    assert await store.follows.queue_alerts(eight - dt.timedelta(seconds=1)) == 0
    assert await store.follows.queue_alerts(eight) == 1
    await hear(store, "Halden shrank.", key="open/2")
    assert await store.follows.queue_alerts(eight + dt.timedelta(hours=23)) == 0
    assert await store.follows.queue_alerts(eight + dt.timedelta(hours=24)) == 1


async def test_each_follower_hears_of_its_own(store: Store) -> None:
    """Two followers of two names at two addresses: one delivery each."""
    there = replace(HERE, channel="C2")
    await store.follows.follow(wanting())
    await store.follows.follow(replace(wanting("Quillon"), at=there))
    await hear(store, "Halden grew.")
    await hear(store, "Quillon grew.", key="open/2", entity=company("Quillon"))
    assert await store.follows.queue_alerts(NOON) == 2
    assert {delivery.at for delivery in await store.outbox.deliveries("slack:T1", list(DeliveryState))} == {HERE, there}


async def test_an_alert_of_a_follow_that_ended_tells_nothing(store: Store) -> None:
    """Whoever unfollows before the delivery is spared it; who follows anew does not inherit it."""
    await store.follows.follow(wanting())
    await hear(store, "Halden grew.")
    await store.follows.queue_alerts(NOON)
    await store.follows.unfollow("Halden", HERE)
    assert await told(store) == [[]]
    await store.follows.follow(wanting())
    assert await told(store) == [[]]


async def test_passing_mentions_come_after_what_is_about_the_name(store: Store) -> None:
    """Claims about the entity stand first in the news."""
    await store.follows.follow(wanting())
    taken = reading(conversation("open/1", "Unlike Halden, Quillon grew.", "Halden shrank."), HALDEN)
    passing = replace(taken.claims[0], entities=(Mention("Halden", EntityKind.COMPANY, about=False),))
    await store.library.save([replace(taken, claims=(passing, taken.claims[1]))])
    await store.follows.queue_alerts(NOON)
    assert await told(store) == [["Halden shrank.", "Unlike Halden, Quillon grew."]]


async def test_a_merge_is_heard_by_both_names_followers(store: Store) -> None:
    """After a merge, the follower of the name that went hears under the name that stayed."""
    await hear(store, "Grid grew.", entity=company("Grid"))
    await hear(store, "Halden grew.", key="open/2")
    await store.follows.follow(wanting("Grid"))
    await store.registry.merge("Halden", "Grid")
    await hear(store, "Halden shrank.", key="open/3")
    await store.follows.queue_alerts(NOON)
    assert await told(store) == [["Halden shrank."]]
    assert [follow.entity for follow in await store.follows.following(HERE)] == ["Halden"]


# --- subscriptions ------------------------------------------------------------------------------------------


async def test_a_subscription_comes_back_as_it_was_made(store: Store) -> None:
    """All its fields, listed for the space and the channel; another topic is another subscription."""
    kept = await store.subscriptions.subscribe(DAILY)
    assert kept == replace(DAILY, id=kept.id)
    await store.subscriptions.subscribe(replace(DAILY, topic="", days=frozenset({0, 6}), zone="Asia/Kathmandu"))
    assert len(await store.subscriptions.subscriptions("slack:T1", HERE)) == 2
    assert await store.subscriptions.subscriptions("slack:T1", replace(HERE, channel="C2")) == []
    assert await store.subscriptions.unsubscribe(HERE, "chips") == 0
    assert await store.subscriptions.unsubscribe(HERE, "ai") == 1
    assert await store.subscriptions.unsubscribe(HERE, "") == 1


async def test_the_oldest_subscription_of_a_platform_is_found(store: Store) -> None:
    """Whoever's it is, but not a paused one, nor that of anybody who can't be reached."""
    there = Address("discord", "55", "71")
    for at, user in (
        (HERE, "U1"),
        (replace(there, channel="70"), "1"),
        (there, "1"),
        (replace(there, channel="72"), "2"),
    ):
        await store.subscriptions.subscribe(replace(DAILY, at=at, user=user))
    await store.subscriptions.pause(replace(there, channel="70"), "gone")
    oldest = store.subscriptions.oldest
    found = [await oldest({"discord"}, skipped) for skipped in ((), {"discord:55/1"}, {"discord:55/1", "discord:55/2"})]
    assert [one and one.at.channel for one in found] == ["71", "72", None]
    assert await oldest({"disc", "console"}, ()) is None
    first = await oldest({"discord", "slack"}, {"slack:T1/U2"})
    assert first
    assert first.at == HERE


async def test_subscribing_again_changes_the_plan_and_keeps_the_identity(store: Store) -> None:
    """The same channel and topic is the same subscription, so a day's brief does not come twice."""
    kept = await store.subscriptions.subscribe(DAILY)
    changed = replace(DAILY, at_time=dt.time(9, 30), zone="Europe/Berlin", days=frozenset({1}))
    assert await store.subscriptions.subscribe(changed) == replace(changed, id=kept.id)


async def test_the_number_of_an_ended_subscription_is_not_given_again(store: Store) -> None:
    """A day's delivery is keyed by it: with the old number a newcomer's brief would count as sent."""
    first = await store.subscriptions.subscribe(DAILY)
    await store.subscriptions.unsubscribe(HERE, "ai")
    second = await store.subscriptions.subscribe(replace(DAILY, at=replace(HERE, channel="C2")))
    assert first.id != second.id


async def test_what_is_due_is_found_at_its_moment(store: Store) -> None:
    """Not a microsecond before, and not while paused."""
    kept = await store.subscriptions.subscribe(DAILY)
    assert await store.subscriptions.due(DAILY.due - dt.timedelta(microseconds=1)) == []
    assert await store.subscriptions.due(DAILY.due) == [kept]
    assert await store.subscriptions.pause(HERE, "channel archived") == [replace(kept, state="channel archived")]
    assert await store.subscriptions.pause(HERE, "another reason") == []
    assert await store.subscriptions.due(DAILY.due) == []
    (paused,) = await store.subscriptions.subscriptions("slack:T1")
    assert paused.state == "channel archived"
    assert (await store.subscriptions.subscribe(DAILY)).state == "on"


async def test_one_of_many_moves_a_subscription_on(store: Store, place: Path | str) -> None:
    """Ten that claim one due row, in two processes: one succeeds, and there is one delivery."""
    due = await store.subscriptions.subscribe(DAILY)
    tomorrow = due.due + dt.timedelta(days=1)
    async with open_store(place) as other:
        moves = [s.subscriptions.advance(due, due.with_next_run(due.due), [OUT]) for s in (store, other) * 5]
        assert sorted(await asyncio.gather(*moves)) == [False] * 9 + [True]
    assert [delivery.key for delivery in await store.outbox.deliveries("slack:T1", list(DeliveryState))] == [OUT.key]
    (moved,) = await store.subscriptions.subscriptions("slack:T1")
    assert (moved.due, moved.due_date) == (tomorrow, tomorrow.date())


async def test_a_paused_or_changed_subscription_is_not_moved(store: Store) -> None:
    """Who looked before the change moves nothing and delivers nothing."""
    due = await store.subscriptions.subscribe(DAILY)
    await store.subscriptions.subscribe(replace(DAILY, due=due.due + dt.timedelta(hours=2)))
    assert not await store.subscriptions.advance(due, due.with_next_run(due.due), [OUT])
    await store.subscriptions.subscribe(DAILY)
    await store.subscriptions.pause(HERE, "gone")
    assert not await store.subscriptions.advance(due, due.with_next_run(due.due), [OUT])
    assert await store.outbox.deliveries("slack:T1", list(DeliveryState)) == []


async def test_moving_on_and_delivering_are_one_step(store: Store, engine: Engine) -> None:
    """Where the delivery cannot be kept, the subscription stays due."""
    due = await store.subscriptions.subscribe(DAILY)
    engine.refuse("outbox", "disk full")
    with pytest.raises(Exception, match="disk full"):
        await store.subscriptions.advance(due, due.with_next_run(due.due), [OUT])
    assert await store.subscriptions.due(DAILY.due) == [due]
    engine.allow("outbox")
    assert await store.subscriptions.advance(due, due.with_next_run(due.due), [OUT])
    assert len(await store.outbox.deliveries("slack:T1", [DeliveryState.PENDING])) == 1
