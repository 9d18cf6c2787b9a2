"""The schedule under everything at once: changes of plan, pauses, clocks that jump, restarts, two timetables."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.delivery.jobs import SKIP_AFTER, queue_briefs
from bot.domain.address import Address
from bot.domain.subscription import ACTIVE, Subscription
from bot.due_times import wall_time_to_utc
from bot.store.store import Store, open_store
from bot.store.subscriptions import Subscriptions
from tests.fakes import FixedClock

HERE = Address("slack", "T1", "C1")
NEAR_A_CHANGE = dt.datetime(2031, 3, 29, 12, tzinfo=dt.UTC)
ZONES = ("UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland", "Pacific/Pago_Pago")
DAILY = frozenset(range(7))

times = st.builds(dt.time, st.integers(0, 23), st.sampled_from((0, 30)))
HOUR = 3600


def step(name: str, *args: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    """Make one kind of thing that happens to a channel."""
    return st.tuples(st.just(name), *args)


# One rule for all of them: of several rules, most examples would leave most out, and here it is the mixture that hurts.
anything = st.one_of(
    step("subscribes", times, st.sampled_from(ZONES)),
    step("subscribes_anew", times, st.sampled_from(ZONES)),
    step("pauses_and_resumes"),
    step("passes", st.sampled_from([1, 60, HOUR, 5 * HOUR, 7 * HOUR, 24 * HOUR, 50 * HOUR])),
    step("steps_back", st.sampled_from([1, 2 * HOUR, 24 * HOUR])),
    step("sleeps", st.sampled_from([1, HOUR, 24 * HOUR])),
    step("restarts"),
    step("reaches_the_run", st.sampled_from([-60, -1, 0, 1, 60, 5 * HOUR, 7 * HOUR]), st.integers(1, 2)),
    step("reaches_the_run", st.sampled_from([0, 60]), st.just(1)),
)


class Asleep(Subscriptions):
    """A schedule as a process knows it that has slept since it looked."""

    def __init__(self, store: Store, seen: Sequence[Subscription]) -> None:
        super().__init__(store.database)
        self._seen = list(seen)

    async def due(self, now: dt.datetime) -> list[Subscription]:
        """Return what was due when it looked."""
        del now
        return self._seen


class Channel(RuleBasedStateMachine):
    """One channel with one subscription: what is promised is had, once."""

    @initialize()
    def begins(self) -> None:
        """Open an empty store."""
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "schedule.db"
        self.clock = FixedClock(NEAR_A_CHANGE)
        self.stack = AsyncExitStack()
        self.store: Store = self.runner.run(self.stack.enter_async_context(open_store(self.path)))
        self.subscribes(dt.time(13), "UTC")

    def teardown(self) -> None:
        """Close it."""
        self.runner.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    def kept(self) -> Subscription:
        """Return the subscription as it stands."""
        (found,) = self.runner.run(self.store.subscriptions.subscriptions("slack:T1", HERE))
        return found

    def recorded(self, *kinds: str) -> list[str]:
        """Return the dates for which there is a delivery, with those passed over where they are asked for."""
        with closing(sqlite3.connect(self.path)) as connection:
            keys = [key for (key,) in connection.execute("SELECT key FROM outbox")]
        return [key.split("/")[1] for key in keys if key.split("/")[0] in kinds]

    @rule(what=anything)
    def happens(self, what: tuple[str, ...]) -> None:
        """Do it."""
        name, *args = what
        getattr(self, name)(*args)

    def subscribes(self, at: dt.time, zone: str) -> None:
        """Begin, or change the time or the zone: what was promised and is not had stays promised."""
        found = self.runner.run(self.store.subscriptions.subscriptions("slack:T1", HERE))
        was, now = found[0] if found else None, self.clock.now()
        wanted = Subscription(0, "ai", HERE, "U1", at, zone, DAILY, now, now.date()).with_next_run(now)
        foreseen = self.runner.run(self.store.subscriptions.preview(wanted))
        kept = self.runner.run(self.store.subscriptions.subscribe(wanted))
        assert (kept.due, kept.due_date) == (foreseen.due, foreseen.due_date)
        self.changed = now
        if was:
            assert kept.due_date <= was.due_date or was.due_date.isoformat() in self.recorded("brief")

    def subscribes_anew(self, at: dt.time, zone: str) -> None:
        """End it and begin again at once."""
        self.runner.run(self.store.subscriptions.unsubscribe(HERE, ""))
        self.subscribes(at, zone)

    def pauses_and_resumes(self) -> None:
        """Stop, as when the channel was archived, and go on with what is still to come."""
        self.runner.run(self.store.subscriptions.pause(HERE, "archived"))
        self.checks(self.store.subscriptions)
        resumed = self.runner.run(self.store.subscriptions.resume(self.kept(), self.clock.now()))
        assert (resumed.state, resumed.due > self.clock.now()) == (ACTIVE, True)

    def passes(self, seconds: int) -> None:
        """Let time pass, or the clock jump ahead, and tick."""
        self.clock.advance(seconds=seconds)
        self.checks(self.store.subscriptions)

    def steps_back(self, seconds: int) -> None:
        """Set the clock back, and tick."""
        self.clock.advance(seconds=-seconds)
        self.checks(self.store.subscriptions)

    def sleeps(self, seconds: int) -> None:
        """See what is due in a process that acts on it only later, beside one that looks then."""
        seen = self.runner.run(self.store.subscriptions.due(self.clock.now()))
        self.clock.advance(seconds=seconds)
        self.checks(Asleep(self.store, seen), self.store.subscriptions)

    def restarts(self) -> None:
        """Stop and start again on what was kept."""
        self.runner.run(self.stack.aclose())
        self.store = self.runner.run(self.stack.enter_async_context(open_store(self.path)))

    def reaches_the_run(self, seconds: int, timetables: int) -> None:
        """Tick around the moment of the next run, also twice at the same moment."""
        self.clock.moment = max(self.clock.moment, self.kept().due + dt.timedelta(seconds=seconds))
        self.checks(*[self.store.subscriptions] * timetables)

    def checks(self, *schedules: Subscriptions) -> None:
        """Tick: the promised date is had, and no date is passed over."""
        was = self.kept()
        self.runner.run(self.tick(schedules))
        kept = self.kept()
        if was.is_paused:
            assert kept == was
            return
        had = self.recorded("brief", "skipped")
        days = (kept.due_date - was.due_date).days
        dates = [was.due_date + dt.timedelta(days=n) for n in range(days)]
        # What was over by the plan's own clock when it was made is not owed, but for the date that was promised.
        owed = [
            date
            for date in dates
            if date == was.due_date or wall_time_to_utc(date, was.at_time, was.zone) > self.changed
        ]
        assert {date.isoformat() for date in owed} <= set(had)
        assert kept.due > self.clock.now()
        if was.due <= self.clock.now() <= was.due + SKIP_AFTER:
            assert was.due_date.isoformat() in self.recorded("brief")
        self.is_soon(kept)

    def is_soon(self, kept: Subscription) -> None:
        """Hold the next run against the clock: no free date lies between, also after the clock was set back."""
        had, now = self.recorded("brief"), self.clock.now()
        soonest = kept.with_next_run(now)
        while soonest.due_date.isoformat() in had:
            soonest = soonest.with_next_run(soonest.due)
        assert kept.due_date <= soonest.due_date

    async def tick(self, schedules: Sequence[Subscriptions]) -> None:
        """Tick in several processes at the same moment."""
        await asyncio.gather(*(queue_briefs(schedule, self.clock) for schedule in schedules))

    @invariant()
    def no_date_has_two_briefs(self) -> None:
        """And the run that is shown as the next one is for a date that had none."""
        had = self.recorded("brief")
        assert len(had) == len(set(had))
        assert self.kept().due_date.isoformat() not in had


# An example opens databases: to shrink one that fails would take minutes.
Channel.TestCase.settings = settings(
    stateful_step_count=25,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
TestOneChannel = Channel.TestCase
