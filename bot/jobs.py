"""The timetable. One tick looks at rows that say when they are due; nothing lives in the scheduler.

APScheduler drops a run that starts late and forgets everything at a restart, so it only ever says "now".
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.calendar import next_run
from bot.ports import Clock, Delivery, Measures, State, Subscription, Subscriptions, Unmeasured

logger = logging.getLogger(__name__)

LATE = dt.timedelta(minutes=15)
"""A brief that starts this much after its time says that it is late."""

TOO_LATE = dt.timedelta(hours=6)
"""A brief that could not start for this long is skipped."""

A_MOMENT = 1.0

Step = Callable[[], Awaitable[object]]


async def queue_briefs(subscriptions: Subscriptions, clock: Clock, measures: Measures | None = None) -> int:
    """Put each due brief into the outbox, once a local date; return how many.

    Those too late to be news are kept there as failed, so that `status` can name them.
    """
    now, measures = clock.now(), measures or Unmeasured()
    queued = 0
    for due in await subscriptions.due(now):
        following = next_run(due.at_time, due.zone, due.days, now)
        out = [_delivery(run, now - run.due) for run in _runs(due, now)]
        if await subscriptions.advance(due, *following, out):
            measures.queued((now - due.due).total_seconds())
            queued += sum(delivery.state is State.PENDING for delivery in out)
    return queued


def _runs(due: Subscription, now: dt.datetime) -> Iterator[Subscription]:
    """Yield it as of each run up to now: after a long sleep there are several."""
    while due.due <= now:
        yield due
        moment, date = next_run(due.at_time, due.zone, due.days, due.due)
        due = replace(due, due=moment, due_date=date)


def _delivery(run: Subscription, lateness: dt.timedelta) -> Delivery:
    what = f"{'late' if lateness > LATE else 'brief'} {run.due_date.isoformat()} {run.topic}".strip()
    kept = Delivery(f"brief/{run.id}/{run.due_date}", what, run.at)
    if lateness <= TOO_LATE:
        return kept
    return replace(kept, state=State.FAILED, reason="the bot was not running until over six hours later")


@asynccontextmanager
async def ticking(seconds: float, *steps: Step) -> AsyncIterator[None]:
    """Run the steps in order every so many seconds, for as long as the block runs.

    A step that fails is logged and the others go on; a tick that takes long delays the next one.
    """
    lock = asyncio.Lock()

    async def tick() -> None:
        async with lock:
            for step in steps:
                await _safely(step)

    scheduler = AsyncIOScheduler(timezone=dt.UTC)
    scheduler.add_job(tick, "interval", seconds=seconds, misfire_grace_time=None, coalesce=True, max_instances=1)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
        # What is under way is finished: a half-done step would only be done again.
        async with lock:
            pass


async def repeat(seconds: float, step: Step) -> None:
    """Run one step again and again, so many seconds apart, beside the others; it must bear being cancelled midway.

    A step that fails is logged and tried again, a moment later at the earliest.
    """
    while True:
        await asyncio.sleep(seconds)
        if not await _safely(step):
            await asyncio.sleep(A_MOMENT)


async def _safely(step: Step) -> bool:
    try:
        await step()
    except Exception:
        logger.exception("A step of the timetable failed; it will be tried again")
        return False
    return True
