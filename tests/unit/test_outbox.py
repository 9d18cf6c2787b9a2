"""Delivery: everything that is due ends sent or failed, and is tried no more often than it must be."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.message import Group, Message, Prose
from bot.chat.platform import PostedPages, Sent
from bot.chat.text import styled_text
from bot.delivery.outbox import DELIVERY_LEASE, MAX_ATTEMPTS, POSSIBLE_DUPLICATE, DeliveryGuarantee, DeliveryWorker
from bot.domain.address import Address
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.subscription import Subscription
from bot.errors import Busy, Denied, Gone, LlmError, PlatformError, RateLimitScope, Unconfirmed, Unverifiable, UserError
from bot.store.store import Store, open_store
from tests.conftest import NOON
from tests.fakes import FixedClock, MemoryPlatform

HERE = Address("memory", "T1", "C1")


async def write(delivery: Delivery) -> Message | None:
    """Write what a delivery names; `nothing` has nothing to tell, and some fail."""
    match delivery.what:
        case "nothing":
            return None
        case "broken":
            message = "a secret detail"
            raise ZeroDivisionError(message)
        case "model":
            raise LlmError
        case "unwritable":
            message = "Nobody can write that."
            raise UserError(message)
        case what:
            return Message((Group((Prose(styled_text(what)),)),), what)


def postman(
    store: Store,
    clock: FixedClock,
    platform: MemoryPlatform,
    promise: DeliveryGuarantee = DeliveryGuarantee.AT_LEAST_ONCE,
) -> DeliveryWorker:
    """Return a postman for one platform."""
    return DeliveryWorker(store.outbox, store.subscriptions, write, {"memory": platform}, clock, promise)


async def put(store: Store, *whats: str, at: Address = HERE) -> None:
    """Put deliveries into the outbox, each under its own name."""
    places = [at if what == whats[0] else replace(at, channel=what) for what in whats]
    await store.outbox.put([Delivery(f"key/{what}", what, at) for what, at in zip(whats, places, strict=True)], NOON)


async def ended(store: Store, tenant: str = "memory:T1") -> dict[str, tuple[DeliveryState, str]]:
    """Return where each delivery stands, and why."""
    return {one.what: (one.state, one.reason) for one in await store.outbox.deliveries(tenant, list(DeliveryState))}


async def retries(store: Store, clock: FixedClock, refusals: Sequence[PlatformError], steps: int) -> list[int]:
    """Deliver again and again, a second apart, and return at which seconds the platform was asked."""
    platform = MemoryPlatform(refusals=refusals)
    post = postman(store, clock, platform)
    asked = []
    for second in range(steps):
        before = len(platform.attempts)
        await post.deliver_due()
        asked += [second] * (len(platform.attempts) - before)
        clock.advance(seconds=1)
    return asked


async def test_everything_due_is_sent_once(store: Store, clock: FixedClock) -> None:
    """Under its own key, however many there are; the next round has nothing to do."""
    platform = MemoryPlatform()
    await put(store, *(f"brief {n}" for n in range(50)))
    assert await postman(store, clock, platform).deliver_due() == 50
    assert await postman(store, clock, platform).deliver_due() == 0
    assert len(platform.attempts) == len(platform.posts) == 50
    at, message = platform.posts["key/brief 7"]
    assert (at.channel, message.summary) == ("brief 7", "brief 7")
    assert set((await ended(store)).values()) == {(DeliveryState.SENT, "")}


async def test_a_busy_platform_is_left_alone_for_as_long_as_it_asks(store: Store, clock: FixedClock) -> None:
    """Not a second earlier."""
    await put(store, "brief")
    assert await retries(store, clock, [Busy(3), Busy(7)], 20) == [0, 3, 10]
    assert await ended(store) == {"brief": (DeliveryState.SENT, "")}


async def test_a_platform_that_stays_busy_is_waited_for(store: Store, clock: FixedClock) -> None:
    """However often it asks us to slow down: that is no failure, and nothing is lost."""
    await put(store, "brief")
    assert len(await retries(store, clock, [Busy(0)] * 20, 3)) == 21
    assert await ended(store) == {"brief": (DeliveryState.SENT, "")}


async def test_being_asked_to_wait_is_no_attempt(store: Store, clock: FixedClock) -> None:
    """After many of those, one real failure is still the first of several that are forgiven."""
    await put(store, "brief")
    await retries(store, clock, [*[Busy(0)] * (MAX_ATTEMPTS * 2), PlatformError()], 60)
    assert await ended(store) == {"brief": (DeliveryState.SENT, "")}


@pytest.mark.parametrize("refusal", [Gone(), Denied()])
async def test_a_channel_that_refuses_is_asked_once_and_paused(
    store: Store, clock: FixedClock, caplog: pytest.LogCaptureFixture, refusal: PlatformError
) -> None:
    """The delivery has failed with the reason in words, and the channel's subscriptions wait for a person."""
    due = NOON + dt.timedelta(days=1)
    plan = Subscription(0, "ai", HERE, "U1", dt.time(12), "UTC", frozenset(range(7)), due, due.date())
    await store.subscriptions.subscribe(plan)
    await store.subscriptions.subscribe(replace(plan, at=replace(HERE, channel="C2")))
    await put(store, "brief")
    with caplog.at_level(logging.WARNING):
        assert await retries(store, clock, [refusal], 100) == [0]
    assert await ended(store) == {"brief": (DeliveryState.FAILED, str(refusal))}
    states = [one.state for one in await store.subscriptions.subscriptions("memory:T1")]
    assert states == [str(refusal), "on"]
    assert str(refusal) in caplog.text


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("broken", "Something went wrong on our side; the log has the details."),
        ("model", "The language model gave no usable answer."),
        ("unwritable", "Nobody can write that."),
    ],
)
async def test_what_cannot_be_written_is_tried_with_patience(
    store: Store, clock: FixedClock, what: str, reason: str
) -> None:
    """The waits double, the others are sent meanwhile, and in the end it has failed with a sentence."""
    await put(store, what, "brief")
    platform = MemoryPlatform()
    post = postman(store, clock, platform)
    for _ in range(100):
        await post.deliver_due()
        clock.advance(seconds=10)
    assert await ended(store) == {"brief": (DeliveryState.SENT, ""), what: (DeliveryState.FAILED, reason)}
    (failed,) = await store.outbox.deliveries("memory:T1", [DeliveryState.FAILED])
    assert failed.attempts == MAX_ATTEMPTS
    assert platform.attempts == ["key/brief"]


async def test_one_channels_trouble_is_not_anothers(store: Store, clock: FixedClock) -> None:
    """A refusal in the middle stops nobody behind it."""
    platform = MemoryPlatform(refusals=[Denied()])
    await put(store, "first", "second", "third")
    assert await postman(store, clock, platform).deliver_due() == 2
    assert (await ended(store))["first"][0] is DeliveryState.FAILED


async def test_nothing_left_to_tell_is_settled_in_silence(store: Store, clock: FixedClock) -> None:
    """No message is sent for it, now or later."""
    platform = MemoryPlatform()
    await put(store, "nothing")
    assert await postman(store, clock, platform).deliver_due() == 0
    assert platform.attempts == []
    assert await ended(store) == {"nothing": (DeliveryState.SENT, "nothing left to report")}


async def test_a_platform_that_is_not_connected_is_waited_for(store: Store, clock: FixedClock) -> None:
    """Its deliveries are left for whoever connects it, however long that takes."""
    await put(store, "brief", at=Address("pigeon", "T1", "C1"))
    for _ in range(MAX_ATTEMPTS + 1):
        await postman(store, clock, MemoryPlatform()).deliver_due()
        clock.advance(minutes=10)
    assert await ended(store, "pigeon:T1") == {"brief": (DeliveryState.PENDING, "")}


async def test_two_postmen_share_the_work(store: Store, clock: FixedClock, place: Path | str) -> None:
    """In two processes: each delivery reaches the platform once."""
    await put(store, *(f"brief {n}" for n in range(40)))
    platform = MemoryPlatform()
    async with open_store(place) as other:
        sent = await asyncio.gather(*(postman(mine, clock, platform).deliver_due() for mine in (store, other)))
    assert sum(sent) == len(platform.attempts) == 40


async def test_what_a_dead_sender_held_is_sent_by_another(store: Store, clock: FixedClock) -> None:
    """After its lease, under the same key, so that the platform can tell."""
    await put(store, "brief")
    (held,) = await store.outbox.claim(clock.now(), DELIVERY_LEASE, 9, "memory")
    platform = MemoryPlatform()
    await platform.send(HERE, Message((), "brief"), key=held.key)
    assert await postman(store, clock, platform).deliver_due() == 0
    clock.moment += DELIVERY_LEASE
    assert await postman(store, clock, platform).deliver_due() == 1
    assert len(platform.posts) == 1
    assert not await store.outbox.settle(held, DeliveryState.FAILED)


class Forgetful(MemoryPlatform):
    """A platform that cannot tell what it posted; `stuck` are those keys whose sending does not end until released."""

    def __init__(self, *stuck: str) -> None:
        super().__init__()
        self.sent: list[str] = []
        self.asked: asyncio.Queue[str] = asyncio.Queue()
        self.released = asyncio.Event()
        self._stuck = set(stuck)

    async def send(self, to: Address, message: Message, *, key: str, trail: PostedPages | None = None) -> Sent:
        """Post again and again, and never where it is in doubt."""
        self.attempts.append(key)
        self.asked.put_nowait(key)
        if trail and trail.uncertain_since:
            raise Unverifiable
        if key in self._stuck:
            await self.released.wait()
        self.sent.append(key)
        if self.refusals:
            raise self.refusals.pop(0)
        return Sent(to, message.summary)


async def test_a_delivery_in_doubt_is_sent_again(store: Store, clock: FixedClock) -> None:
    """Where nothing may be lost: it may stand there twice then, and its row says so."""
    platform = Forgetful()
    platform.refusals = [Unconfirmed()]
    await put(store, "brief")
    post = postman(store, clock, platform)
    assert await post.deliver_due() == 0
    clock.advance(seconds=5)
    assert await post.deliver_due() == 1
    assert platform.sent == ["key/brief"] * 2
    assert await ended(store) == {"brief": (DeliveryState.SENT, POSSIBLE_DUPLICATE)}


@pytest.mark.parametrize("dead", [False, True])
async def test_a_delivery_in_doubt_ends_unknown(store: Store, clock: FixedClock, *, dead: bool) -> None:
    """Where nothing may be sent twice: after an answer that was lost, and after a sender that died."""
    platform = Forgetful()
    await put(store, "brief")
    post = postman(store, clock, platform, DeliveryGuarantee.AT_MOST_ONCE)
    if dead:
        await store.outbox.claim(clock.now(), DELIVERY_LEASE, 9, "memory")
    else:
        platform.refusals = [Unconfirmed()]
        await post.deliver_due()
    clock.moment += DELIVERY_LEASE
    assert await post.deliver_due() == 0
    assert platform.sent == ([] if dead else ["key/brief"])
    assert await ended(store) == {"brief": (DeliveryState.UNKNOWN, str(Unverifiable()))}


async def test_a_platform_that_never_answers_is_not_asked_for_ever(store: Store, clock: FixedClock) -> None:
    """After some tries it is not known whether it was posted, and said so."""
    await put(store, "brief")
    asked = await retries(store, clock, [Unconfirmed()] * 100, 200)
    assert len(asked) == MAX_ATTEMPTS
    assert await ended(store) == {"brief": (DeliveryState.UNKNOWN, str(Unconfirmed()))}


async def test_one_that_hangs_holds_up_nobody(store: Store, clock: FixedClock) -> None:
    """The others are sent meanwhile, those put later too; in the end all are."""
    platform = Forgetful("key/first")
    await put(store, "first", *(f"brief {n}" for n in range(100)))
    delivering = asyncio.create_task(postman(store, clock, platform).deliver_due())
    for _ in range(101):
        await asyncio.wait_for(platform.asked.get(), 5)
    platform.released.set()
    assert await delivering == 101


@pytest.mark.parametrize(
    ("reach", "others"), [(RateLimitScope.CHANNEL, 3), (RateLimitScope.SPACE, 2), (RateLimitScope.PLATFORM, 0)]
)
async def test_whoever_is_asked_to_wait_waits(
    store: Store, clock: FixedClock, reach: RateLimitScope, others: int
) -> None:
    """A channel, a space or the whole platform; nobody else, and not a second longer."""
    places = [HERE, replace(HERE, channel="C2"), Address("memory", "T2", "C3"), Address("memory", "T3", "C4")]
    await store.outbox.put([Delivery("key/0", "brief 0", HERE)], NOON)
    platform = MemoryPlatform(refusals=[Busy(30, reach)])
    post = postman(store, clock, platform)
    assert await post.deliver_due() == 0
    await store.outbox.put([Delivery(f"key/{n}", f"brief {n}", at) for n, at in enumerate(places)], NOON)
    assert await post.deliver_due() == others
    clock.advance(seconds=29)
    assert await post.deliver_due() == 0
    clock.advance(seconds=1)
    assert await post.deliver_due() == 4 - others
    assert len(platform.attempts) == 5


async def test_what_takes_long_is_held_for_longer(store: Store, clock: FixedClock) -> None:
    """A second sender gets nothing of it as long as the first one lives."""
    platform = Forgetful("key/brief")
    await put(store, "brief")
    post = postman(store, clock, platform)
    delivering = asyncio.create_task(post.deliver_due())
    await platform.asked.get()
    for _ in range(5):
        clock.moment += DELIVERY_LEASE / 2
        await post.renew_leases()
        assert await postman(store, clock, MemoryPlatform()).deliver_due() == 0
    platform.released.set()
    assert await delivering == 1


async def test_stopping_waits_for_what_is_under_way(store: Store, clock: FixedClock) -> None:
    """As long as it is worth; what does not end is in doubt, and taken up after its lease."""
    platform = Forgetful("key/brief")
    await put(store, "brief")
    post = postman(store, clock, platform)
    await post.run_once(asyncio.Event().wait)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(post.drain(), 0.01)
    assert await ended(store) == {"brief": (DeliveryState.SENDING, "")}
    clock.moment += DELIVERY_LEASE
    (held,) = await store.outbox.claim(clock.now(), DELIVERY_LEASE, 9, "memory")
    assert held.doubt == NOON


async def test_stopping_stops_where_the_database_is_gone(place: Path | str, clock: FixedClock) -> None:
    """What it was claiming fails, and that is no reason to go on."""
    async with open_store(place) as store:
        post = postman(store, clock, MemoryPlatform())
    running = asyncio.create_task(post.run_once(asyncio.Event().wait))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_pages_that_stand_are_kept(store: Store, clock: FixedClock) -> None:
    """As they are posted, so that a later try goes on behind them."""

    class Paged(MemoryPlatform):
        """Posts one page a try, three in all."""

        async def send(self, to: Address, message: Message, *, key: str, trail: PostedPages | None = None) -> Sent:
            assert trail
            self.attempts.append(key)
            await trail.record(f"page {len(trail.pages)}", last=len(trail.pages) == 2)
            if len(trail.pages) < 3:
                raise Busy(1)
            return Sent(to, f"{message.summary}: {'/'.join(trail.pages)}")

    await put(store, "brief")
    post = postman(store, clock, Paged())
    for _ in range(3):
        await post.deliver_due()
        clock.advance(seconds=1)
    (sent,) = await store.outbox.deliveries("memory:T1", [DeliveryState.SENT])
    assert sent.pages == ("page 0", "page 1")
