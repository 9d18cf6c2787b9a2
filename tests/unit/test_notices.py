"""What people are told when no brief comes: once, alone, and with the reason."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.delivery.jobs import notify_feed_health, notify_missing_briefs, notify_pauses, queue_briefs
from bot.delivery.refusals import CONSOLE, Refusals, notify_refusals
from bot.domain.address import Address, Member
from bot.domain.delivery import DeliveryState
from bot.domain.refusal import Refusal
from bot.domain.subscription import Subscription
from bot.due_times import next_run
from bot.errors import Denied, FeedHealth
from bot.store.store import Store
from tests.fakes import FixedClock, MemoryPlatform

HERE = Address("slack", "T1", "C1")
HOUR = dt.timedelta(hours=1)


async def subscribed(store: Store, clock: FixedClock, days: str = "0123456") -> Subscription:
    """Subscribe a channel to a brief at one o'clock."""
    on, at = frozenset(int(day) for day in days), dt.time(13)
    due, date = next_run(at, "UTC", on, clock.now())
    return await store.subscriptions.subscribe(Subscription(0, "ai", HERE, "U1", at, "UTC", on, due, date))


class Closed(MemoryPlatform):
    """A platform that opens no direct conversations."""

    async def direct(self, space: str, user: str) -> Address:
        """Refuse."""
        del space, user
        raise Denied


async def test_the_owner_of_a_paused_brief_is_told_once(store: Store, clock: FixedClock) -> None:
    """In a direct message, for each pause; since when is known from then on."""
    await subscribed(store, clock)
    places = {"slack": MemoryPlatform("slack")}
    (paused,) = await store.subscriptions.pause(HERE, "archived")
    assert [await notify_pauses(store.subscriptions, places, clock) for _ in range(3)] == [1, 0, 0]
    (notice,) = await store.outbox.deliveries("slack:T1", [DeliveryState.PENDING])
    assert (notice.what, notice.at.channel) == (f"paused {paused.id}", "direct-U1")
    (kept,) = await store.subscriptions.subscriptions("slack:T1")
    assert kept.since == clock.now()
    clock.advance(days=1)
    await store.subscriptions.resume(kept, clock.now())
    await store.subscriptions.pause(HERE, "archived again")
    assert await notify_pauses(store.subscriptions, places, clock) == 1
    assert len(await store.outbox.deliveries("slack:T1", [DeliveryState.PENDING])) == 2


async def test_who_is_alone_with_the_bot_is_told_nothing(store: Store, clock: FixedClock) -> None:
    """It is there that nothing can be sent; nor is anybody who takes no direct messages asked again and again."""
    first = await subscribed(store, clock)
    await store.subscriptions.subscribe(replace(first, at=replace(HERE, channel="U1")))
    for channel in ("C1", "U1"):
        await store.subscriptions.pause(replace(HERE, channel=channel), "gone")
    assert await notify_pauses(store.subscriptions, {}, clock) == 1
    assert await notify_pauses(store.subscriptions, {"slack": Closed("slack")}, clock) == 1
    assert await notify_pauses(store.subscriptions, {"slack": MemoryPlatform("slack")}, clock) == 0
    assert await store.outbox.deliveries("slack:T1", list(DeliveryState)) == []


async def silence(store: Store, clock: FixedClock, days: int = 3) -> int:
    """Look for spaces that get nothing."""
    places = {"slack": MemoryPlatform("slack")}
    return await notify_missing_briefs(store.subscriptions, store.outbox, places, clock, days)


async def settled(store: Store, clock: FixedClock, state: DeliveryState, reason: str = "") -> None:
    """Let what is due end so."""
    while claimed := await store.outbox.claim(clock.now(), HOUR, 99, "slack"):
        for delivery in claimed:
            await store.outbox.settle(delivery, state, reason)


async def test_a_space_that_gets_nothing_for_days_is_told_of_once(store: Store, clock: FixedClock) -> None:
    """On the third day after the first brief that did not come, with why; again only after one came in between."""
    await subscribed(store, clock)
    told = []
    clock.advance(hours=-23)
    for day in range(9):
        clock.advance(days=1)
        await queue_briefs(store.subscriptions, clock)
        await settled(
            store, clock, DeliveryState.SENT if day == 4 else DeliveryState.UNKNOWN, "nobody knows whether it came"
        )
        told.append(await silence(store, clock))
    assert told == [0, 0, 0, 1, 0, 0, 0, 0, 1]
    (found,) = await store.subscriptions.silences(clock.now().date())
    assert (found.since, found.users) == (dt.date(2031, 7, 1), ("U1",))
    assert found.reason == "nobody knows whether it came"


async def test_no_alarm_where_nothing_was_due_or_nobody_wants_one(store: Store, clock: FixedClock) -> None:
    """A brief once a week is not missed in between, one that comes is no silence, and 0 days turn the alarm off."""
    await subscribed(store, clock, days="4")
    clock.advance(hours=1)
    for _ in range(7):
        clock.advance(days=1)
        await queue_briefs(store.subscriptions, clock)
        await settled(store, clock, DeliveryState.SENT)
        assert await silence(store, clock) == 0
    clock.advance(days=30)
    await queue_briefs(store.subscriptions, clock)
    await settled(store, clock, DeliveryState.FAILED, "broken")
    assert await silence(store, clock, 0) == 0
    assert await silence(store, clock) == 1
    await store.subscriptions.pause(HERE, "gone")
    assert await store.subscriptions.silences(clock.now().date()) == []


async def test_who_added_a_source_hears_of_each_change_once(store: Store, clock: FixedClock) -> None:
    """Alone, where they added it; and not where nobody can be told."""
    places = {"slack": MemoryPlatform("slack")}
    for tenant in ("slack:T1", "discord:1"):
        feed = await store.feeds.add(tenant, Member("U1"), "https://harbour.example/feed", clock.now(), space=tenant)
        await store.feeds.settle(replace(feed, health=FeedHealth.DENIED, alert_pending=True))
    assert [await notify_feed_health(store.feeds, places, clock) for _ in range(3)] == [1, 0, 0]
    (notice,) = await store.outbox.deliveries("slack:T1", [DeliveryState.PENDING])
    (feed,) = await store.feeds.feeds("slack:T1")
    assert (notice.what, notice.at.channel) == (f"source {feed.id}", "direct-U1")
    for health, told in ((FeedHealth.DENIED, 0), (FeedHealth.OK, 1), (FeedHealth.OK, 0), (FeedHealth.GONE, 1)):
        clock.advance(days=1)
        (feed,) = await store.feeds.feeds("slack:T1")
        await store.feeds.settle(replace(feed, health=health, alert_pending=True))
        assert await notify_feed_health(store.feeds, places, clock) == told
    assert len(await store.outbox.deliveries("slack:T1", [DeliveryState.PENDING])) == 1 + 2
    assert await notify_feed_health(store.feeds, {"discord": Closed("discord")}, clock) == 1
    assert await store.outbox.deliveries("discord:1", list(DeliveryState)) == []


async def subscribed_on_discord(store: Store, clock: FixedClock, *users: str) -> list[Address]:
    """Subscribe a channel of its own for each person, one after the other."""
    places = [Address("discord", "55", f"7{user}") for user in users]
    first = await subscribed(store, clock)
    for at, user in zip(places, users, strict=True):
        await store.subscriptions.subscribe(replace(first, at=at, user=user))
    return places


async def refused(store: Store, clock: FixedClock, refusals: Refusals, platform: MemoryPlatform | None = None) -> int:
    """Let Slack refuse the bot beside Discord, and tell somebody of it."""
    refusals.report(Refusal("slack", "it rejected SLACK_BOT_TOKEN", clock.now()))
    places = {"slack": MemoryPlatform("slack"), CONSOLE: MemoryPlatform(CONSOLE)}
    places |= {platform.name: platform} if platform else {}
    return await notify_refusals(refusals, store.subscriptions, store.outbox, store.replies, places, clock)


async def told_of_refusals(store: Store) -> list[str]:
    """Return who was sent a message of a refusal, the first one first."""
    sent = await store.outbox.deliveries("discord:55", list(DeliveryState))
    return [one.at.channel for one in reversed(sent) if one.key.startswith("refused/")]


async def test_whose_brief_is_paused_may_be_gone_and_is_not_told_of_a_refusal(store: Store, clock: FixedClock) -> None:
    """The next one is, once."""
    gone, _ = await subscribed_on_discord(store, clock, "1", "2")
    await store.subscriptions.pause(gone, "gone")
    refusals, discord = Refusals(), MemoryPlatform("discord")
    assert [await refused(store, clock, refusals, discord) for _ in range(3)] == [1, 0, 0]
    assert await told_of_refusals(store) == ["direct-2"]


async def test_whom_a_refusal_does_not_reach_another_is_told_of_it(store: Store, clock: FixedClock) -> None:
    """One after the other, until somebody has it."""
    await subscribed_on_discord(store, clock, "1", "2", "3")
    refusals, discord = Refusals(), MemoryPlatform("discord")
    for state in (DeliveryState.FAILED, DeliveryState.SENT):
        while not await refused(store, clock, refusals, discord):
            assert refusals.untold
        await refused(store, clock, refusals, discord)
        for delivery in await store.outbox.claim(clock.now(), HOUR, 9, "discord"):
            await store.outbox.settle(delivery, state)
    assert await refused(store, clock, refusals, discord) == 0
    assert await told_of_refusals(store) == ["direct-1", "direct-2"]
    assert refusals.untold == []


async def test_where_nobody_can_be_told_of_a_refusal_nobody_is(store: Store, clock: FixedClock) -> None:
    """No other platform works, or it opens no conversations."""
    await subscribed_on_discord(store, clock, "1", "2")
    refusals = Refusals()
    assert await refused(store, clock, refusals) == 0
    assert [await refused(store, clock, refusals, Closed("discord")) for _ in range(3)] == [0, 0, 0]
    assert await told_of_refusals(store) == []
