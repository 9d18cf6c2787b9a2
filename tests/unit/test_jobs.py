"""The timetable: due once, late said, too late skipped, whatever the clock does."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from bot.analysts.rules import RuleAnalyst
from bot.briefs.service import BriefService
from bot.delivery.jobs import prepare_briefs, queue_briefs, scheduled
from bot.domain import Brief
from bot.domain.address import Address
from bot.domain.delivery import DeliveryState
from bot.domain.subscription import Subscription
from bot.store.store import Store, open_store
from tests.fakes import FixedClock

HERE = Address("slack", "T1", "C1")
HOUR = dt.timedelta(hours=1)


async def subscribed(
    store: Store, clock: FixedClock, at: dt.time = dt.time(13), zone: str = "UTC", days: str = "0123456"
) -> Subscription:
    """Subscribe a channel as its person would, now."""
    on = frozenset(int(day) for day in days)
    now = clock.now()
    plan = Subscription(0, "ai", HERE, "U1", at, zone, on, now, now.date())
    return await store.subscriptions.subscribe(plan.with_next_run(now))


async def queued(store: Store, state: DeliveryState = DeliveryState.PENDING) -> list[str]:
    """Return what is to be sent, or what is in another state, the oldest first."""
    return [delivery.what for delivery in reversed(await store.outbox.deliveries("slack:T1", [state]))]


async def test_a_brief_is_queued_at_its_time_and_once(store: Store, clock: FixedClock) -> None:
    """Not before, and not again until tomorrow."""
    await subscribed(store, clock)
    assert await queue_briefs(store.subscriptions, clock) == 0
    clock.advance(hours=1)
    assert [await queue_briefs(store.subscriptions, clock) for _ in range(3)] == [1, 0, 0]
    clock.advance(hours=23, minutes=59)
    assert await queue_briefs(store.subscriptions, clock) == 0
    clock.advance(minutes=1)
    assert await queue_briefs(store.subscriptions, clock) == 1
    assert await queued(store) == ["brief 2031-06-26 ai", "brief 2031-06-27 ai"]


@pytest.mark.parametrize(
    ("late", "what"),
    [
        (dt.timedelta(minutes=15), "brief"),
        (dt.timedelta(minutes=16), "late"),
        (dt.timedelta(hours=6), "late"),
        (dt.timedelta(hours=6, seconds=1), ""),
    ],
)
async def test_a_late_brief_says_so_and_a_stale_one_is_skipped(
    store: Store, clock: FixedClock, late: dt.timedelta, what: str
) -> None:
    """Up to six hours it goes out; after that it is skipped, which is recorded, and the next one comes."""
    await subscribed(store, clock)
    clock.moment += HOUR + late
    assert await queue_briefs(store.subscriptions, clock) == bool(what)
    assert await queued(store) == ([f"{what} 2031-06-26 ai"] if what else [])
    assert await queued(store, DeliveryState.FAILED) == ([] if what else ["late 2031-06-26 ai"])
    (after,) = await store.subscriptions.subscriptions("slack:T1")
    assert after.due_date == dt.date(2031, 6, 27)


@pytest.mark.parametrize("days", [1, 3, 40, 400])
async def test_after_a_long_sleep_only_todays_brief_goes_out(store: Store, clock: FixedClock, days: int) -> None:
    """However long nobody ticked: the run of an hour ago is late, all the older ones are skipped."""
    await subscribed(store, clock)
    clock.advance(days=days, hours=2)
    today = clock.now().date()
    assert await queue_briefs(store.subscriptions, clock) == 1
    assert await queued(store) == [f"late {today} ai"]
    assert len(await queued(store, DeliveryState.FAILED)) == min(days, 100)
    assert await queue_briefs(store.subscriptions, clock) == 0


async def test_a_clock_that_jumps_back_repeats_nothing(store: Store, clock: FixedClock) -> None:
    """A day sent stays sent, and the next one comes at its own time."""
    await subscribed(store, clock)
    clock.advance(hours=1)
    await queue_briefs(store.subscriptions, clock)
    clock.advance(hours=-20)
    assert await queue_briefs(store.subscriptions, clock) == 0
    clock.advance(hours=20)
    assert await queue_briefs(store.subscriptions, clock) == 0
    assert await queued(store) == ["brief 2031-06-26 ai"]


async def test_two_timetables_queue_one_brief(store: Store, clock: FixedClock, place: Path | str) -> None:
    """In one process or two, at the same moment."""
    await subscribed(store, clock)
    clock.advance(hours=1)
    async with open_store(place) as other:
        counts = await asyncio.gather(*(queue_briefs(s.subscriptions, clock) for s in (store, other) * 4))
    assert sum(counts) == 1
    assert len(await queued(store)) == 1


async def test_a_change_of_zone_does_not_repeat_the_day(store: Store, clock: FixedClock) -> None:
    """The brief of a local date that was sent is not sent again after moving west, and comes the next day."""
    await subscribed(store, clock)
    clock.advance(hours=1)
    await queue_briefs(store.subscriptions, clock)
    moved = await subscribed(store, clock, dt.time(13), "America/Los_Angeles")
    assert moved.due_date == dt.date(2031, 6, 27)
    clock.advance(hours=7)
    await queue_briefs(store.subscriptions, clock)
    assert await queued(store) == ["brief 2031-06-26 ai"]
    clock.advance(days=1)
    await queue_briefs(store.subscriptions, clock)
    assert await queued(store) == ["brief 2031-06-26 ai", "brief 2031-06-27 ai"]


async def test_days_are_days_of_the_persons_own_week(store: Store, clock: FixedClock) -> None:
    """Friday the 27th in Auckland begins while it is Thursday in UTC."""
    due = await subscribed(store, clock, dt.time(8), "Pacific/Auckland", "4")
    assert (due.due_date, due.due) == (dt.date(2031, 6, 27), dt.datetime(2031, 6, 26, 20, tzinfo=dt.UTC))


async def test_each_channel_gets_its_own(store: Store, clock: FixedClock) -> None:
    """Two channels and two topics at one time: a delivery each."""
    first = await subscribed(store, clock)
    for other in (replace(first, topic=""), replace(first, at=replace(HERE, channel="C2"))):
        await store.subscriptions.subscribe(other)
    clock.advance(hours=1)
    assert await queue_briefs(store.subscriptions, clock) == 3
    assert sorted(await queued(store)) == ["brief 2031-06-26", "brief 2031-06-26 ai", "brief 2031-06-26 ai"]


async def test_a_channel_that_subscribes_after_another_left_is_not_taken_for_it(
    store: Store, clock: FixedClock
) -> None:
    """The newcomer gets its brief on the day the other had its own."""
    first = await subscribed(store, clock)
    clock.advance(hours=1)
    await queue_briefs(store.subscriptions, clock)
    await store.subscriptions.unsubscribe(HERE, "")
    again = replace(first, at=replace(HERE, channel="C2"), due=first.due + HOUR, at_time=dt.time(14))
    await store.subscriptions.subscribe(again)
    clock.advance(hours=1)
    assert await queue_briefs(store.subscriptions, clock) == 1
    assert len(await queued(store)) == 2


async def test_a_clock_that_was_a_day_ahead_costs_no_date_its_brief(store: Store, clock: FixedClock) -> None:
    """Set right again, the date that seemed to be over has its brief, and the one that came early is not repeated."""
    await subscribed(store, clock)
    clock.advance(days=1, hours=2)
    assert await queue_briefs(store.subscriptions, clock) == 1
    clock.advance(days=-1, hours=-2)
    for _ in range(60):
        await queue_briefs(store.subscriptions, clock)
        clock.advance(hours=1)
    assert await queued(store) == [
        "late 2031-06-27 ai",
        "brief 2031-06-26 ai",
        "brief 2031-06-28 ai",
    ]


async def test_subscribing_anew_on_the_same_day_brings_no_second_brief(store: Store, clock: FixedClock) -> None:
    """The channel, the topic and the date are the same, and so is the brief; the next run is tomorrow's."""
    await subscribed(store, clock)
    clock.advance(hours=1)
    await queue_briefs(store.subscriptions, clock)
    await store.subscriptions.unsubscribe(HERE, "")
    assert (await subscribed(store, clock, dt.time(14))).due_date == dt.date(2031, 6, 27)
    clock.advance(hours=5)
    assert await queue_briefs(store.subscriptions, clock) == 0
    assert len(await queued(store)) == 1


@pytest.mark.parametrize("at", [dt.time(7), dt.time(12, 30), dt.time(14)])
@pytest.mark.parametrize("minutes", [-1, 0, 1])
async def test_a_change_around_the_run_costs_and_doubles_nothing(
    store: Store, clock: FixedClock, at: dt.time, minutes: int
) -> None:
    """A minute before, at its moment before anybody looked, or after: the day has one brief, and the next day one."""
    await subscribed(store, clock)
    clock.advance(hours=1, minutes=minutes)
    if minutes > 0:
        await queue_briefs(store.subscriptions, clock)
    await subscribed(store, clock, at)
    for _ in range(48):
        await queue_briefs(store.subscriptions, clock)
        clock.advance(hours=1)
    dates = [what.split()[1] for what in await queued(store)]
    assert dates == ["2031-06-26", "2031-06-27", "2031-06-28"][: len(dates)]
    assert len(dates) >= 2


async def test_a_promise_that_would_come_after_the_next_days_brief_is_kept_at_once(
    store: Store, clock: FixedClock
) -> None:
    """From an evening in California to a morning in Berlin: today's brief now, tomorrow's at its new time."""
    await subscribed(store, clock, dt.time(22, 30), "America/Los_Angeles")
    clock.advance(hours=1)
    moved = await subscribed(store, clock, dt.time(6, 30), "Europe/Berlin")
    assert (moved.due, moved.due_date) == (clock.now(), dt.date(2031, 6, 26))
    for _ in range(48):
        await queue_briefs(store.subscriptions, clock)
        clock.advance(minutes=30)
    assert await queued(store) == ["brief 2031-06-26 ai", "brief 2031-06-27 ai"]


async def test_a_resumed_subscription_makes_up_for_nothing(store: Store, clock: FixedClock) -> None:
    """Paused for three days, its next run is the one to come, and those missed are neither sent nor recorded."""
    await subscribed(store, clock)
    (paused,) = await store.subscriptions.pause(HERE, "archived")
    clock.advance(days=3, hours=2)
    assert await queue_briefs(store.subscriptions, clock) == 0
    resumed = await store.subscriptions.resume(paused, clock.now())
    assert (resumed.state, resumed.due_date) == ("on", dt.date(2031, 6, 30))
    assert await queue_briefs(store.subscriptions, clock) == 0
    clock.advance(hours=23)
    assert await queue_briefs(store.subscriptions, clock) == 1
    assert await queued(store) == ["brief 2031-06-30 ai"]
    assert await queued(store, DeliveryState.FAILED) == []


async def test_channels_are_spread_over_the_window_and_each_keeps_its_moment(store: Store, clock: FixedClock) -> None:
    """Every delivery becomes due within the window, the same seconds after the run every day, and not before."""
    first = await subscribed(store, clock)
    for n in range(50):
        await store.subscriptions.subscribe(replace(first, at=replace(HERE, channel=f"C{n}")))
    days = []
    for _ in range(2):
        clock.moment = (await store.subscriptions.subscriptions("slack:T1"))[0].due
        start = clock.now()
        assert await queue_briefs(store.subscriptions, clock, 600) == 50
        seconds = {}
        for second in range(600):
            for due in await store.outbox.claim(start + dt.timedelta(seconds=second), 24 * HOUR, 99, "slack"):
                seconds[due.at.channel] = second
        days.append(seconds)
    assert days[0] == days[1]
    assert len(days[0]) == 50
    assert len(set(days[0].values())) > 25


class Press:
    """A service that writes down which editions it was asked to make; one topic cannot be made."""

    def __init__(self, briefs: BriefService) -> None:
        self._briefs = briefs
        self.made: list[tuple[str, str | None]] = []

    async def publish(self, topic: str, date: dt.date, *, space: str | None) -> Brief:
        """Make it, unless it is of the broken topic."""
        self.made.append((topic, space))
        if topic == "broken":
            message = "that cannot be made"
            raise RuntimeError(message)
        return await self._briefs.publish(topic, date, space=space)


async def test_an_edition_is_made_five_minutes_before_it_is_due(
    store: Store, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Once for a topic, date and space; one that fails holds up no other and is tried again."""
    first = await subscribed(store, clock)
    for topic, channel in (("ai", "C2"), ("broken", "C1"), ("chips", "C1")):
        await store.subscriptions.subscribe(replace(first, topic=topic, at=replace(HERE, channel=channel)))
    press = Press(BriefService(store.editions, RuleAnalyst()))
    clock.advance(minutes=54)
    assert await prepare_briefs(store.subscriptions, press, clock) == 0
    clock.advance(minutes=1)
    assert [await prepare_briefs(store.subscriptions, press, clock) for _ in range(2)] == [3, 1]
    assert press.made == [("ai", "slack:T1"), ("broken", "slack:T1"), ("chips", "slack:T1"), ("broken", "slack:T1")]
    assert await store.editions.edition("ai", dt.date(2031, 6, 26), space="slack:T1")
    assert "that cannot be made" in caplog.text


class Steps:
    """Steps of a timetable that write down when they run; the second one fails."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.twice = asyncio.Event()

    async def first(self) -> None:
        """Run."""
        self.ran.append("first")

    async def broken(self) -> None:
        """Fail."""
        self.ran.append("broken")
        message = "a step that fails"
        raise RuntimeError(message)

    async def last(self) -> None:
        """Run, giving way to others in between."""
        await asyncio.sleep(0)
        self.ran.append("last")
        if len(self.ran) > 3:
            self.twice.set()


async def test_the_timetable_ticks_and_a_failure_stops_no_step(caplog: pytest.LogCaptureFixture) -> None:
    """Again and again, in order; what fails is logged; a tick under way is finished when the block ends."""
    steps = Steps()
    async with scheduled(0.01, steps.first, steps.broken, steps.last), asyncio.timeout(5):
        await steps.twice.wait()
    assert steps.ran == ["first", "broken", "last"] * (len(steps.ran) // 3)
    assert "a step that fails" in caplog.text
