"""The timetable. One tick looks at rows that say when they are due; nothing lives in the scheduler.

APScheduler drops a run that starts late and forgets everything at a restart, so it only ever says "now".
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.calendar import next_run
from bot.ports import Clock, Delivery, Subscription, Subscriptions

logger = logging.getLogger(__name__)

LATE = dt.timedelta(minutes=15)
"""A brief that starts this much after its time says that it is late."""

TOO_LATE = dt.timedelta(hours=6)
"""A brief that could not start for this long is skipped."""

Step = Callable[[], Awaitable[object]]


async def queue_briefs(subscriptions: Subscriptions, clock: Clock) -> int:
    """Put each due brief into the outbox, once a local date; return how many. Those too late are skipped."""
    now = clock.now()
    queued = 0
    for due in await subscriptions.due(now):
        last, following = _last_run(due, now), next_run(due.at_time, due.zone, due.days, now)
        out = _delivery(last, now - last.due)
        if out is None:
            logger.warning("The brief of %s for %s is over %s late and skipped", last.due_date, due.at, TOO_LATE)
        queued += await subscriptions.advance(due, *following, out) and out is not None
    return queued


def _last_run(due: Subscription, now: dt.datetime) -> Subscription:
    """Return it as of its last run up to now: after a long sleep that may be one to deliver, unlike those before."""
    run, following = due, due
    while following.due <= now:
        moment, date = next_run(due.at_time, due.zone, due.days, following.due)
        run, following = following, replace(due, due=moment, due_date=date)
    return run


def _delivery(due: Subscription, lateness: dt.timedelta) -> Delivery | None:
    if lateness > TOO_LATE:
        return None
    name = f"{due.due_date.isoformat()} {due.topic}".strip()
    return Delivery(f"brief/{due.id}/{due.due_date}", f"{'late' if lateness > LATE else 'brief'} {name}", due.at)


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


async def _safely(step: Step) -> None:
    try:
        await step()
    except Exception:
        logger.exception("A step of the timetable failed; it will be tried again")
