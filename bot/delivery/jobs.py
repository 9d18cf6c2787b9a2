"""The timetable. One tick looks at rows that say when they are due; nothing lives in the scheduler.

APScheduler drops a run that starts late and forgets everything at a restart, so it only ever says "now".
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.briefs.service import BriefService
from bot.chat.platform import Platform
from bot.domain.address import Address
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.subscription import Subscription
from bot.due_times import Clock
from bot.errors import Denied, Gone
from bot.metrics import Metrics, NoMetrics
from bot.store.backup import CopyMark
from bot.store.feeds import Feeds
from bot.store.follows import Follows
from bot.store.outbox import Outbox
from bot.store.subscriptions import Subscriptions
from bot.views.system import restored_notice, unconfirmed_reason

logger = logging.getLogger(__name__)

LATE_AFTER = dt.timedelta(minutes=15)
"""A brief that starts this much after its time says that it is late."""

SKIP_AFTER = dt.timedelta(hours=6)
"""A brief that could not start for this long is skipped."""

PREPARE_AHEAD = dt.timedelta(minutes=5)
"""How long before it is due an edition is made."""

RETRY_SECONDS = 1.0

Job = Callable[[], Awaitable[object]]


async def prepare_briefs(subscriptions: Subscriptions, briefs: BriefService, clock: Clock) -> int:
    """Make the editions that will be due soon, so that they only have to be sent then; return how many."""
    wanted = await subscriptions.unmade_editions(clock.now() + PREPARE_AHEAD)
    for space, topic, date in wanted:
        await _run_safely(partial(briefs.publish, topic, date, space=space))
    return len(wanted)


async def queue_briefs(
    subscriptions: Subscriptions, clock: Clock, spread_seconds: int = 0, metrics: Metrics | None = None
) -> int:
    """Put each due brief into the outbox, once a local date; return how many.

    Those too late to be news are kept there as failed, so that `status` can name them. Each is sent up to `spread`
    seconds later, the same channel always by as much.
    """
    now, metrics = clock.now(), metrics or NoMetrics()
    queued = 0
    for due in await subscriptions.due(now):
        out = [_brief_delivery(run, now - run.due, spread_seconds) for run in _due_occurrences(due, now)]
        if await subscriptions.advance(due, _next_occurrence(due, now), out):
            metrics.record_queue_lag((now - due.due).total_seconds())
            queued += sum(delivery.state is DeliveryState.PENDING for delivery in out)
    return queued


def _next_occurrence(due: Subscription, now: dt.datetime) -> Subscription:
    """Return it as of its next run; one that was promised and is still to come stays, whatever the clock did."""
    upcoming = due.with_next_run(now)
    return upcoming if due.due <= now or upcoming.due_date <= due.due_date else upcoming.with_promised_run(due)


def _due_occurrences(due: Subscription, now: dt.datetime) -> Iterator[Subscription]:
    """Yield it as of each run up to now: after a long sleep there are several."""
    while due.due <= now:
        yield due
        due = due.with_next_run(due.due)


def _brief_delivery(run: Subscription, lateness: dt.timedelta, spread_seconds: int) -> Delivery:
    what = f"{'late' if lateness > LATE_AFTER else 'brief'} {run.due_date.isoformat()} {run.topic}".strip()
    if lateness <= SKIP_AFTER:
        return Delivery(run.delivery_key, what, run.at, due=run.due + _spread_offset(run, spread_seconds))
    # Under another key: that a date was passed over is no reason to pass it over again, if a wrong clock said so.
    reason = "the bot was not running until over six hours later"
    return Delivery(
        f"skipped/{run.delivery_key.removeprefix('brief/')}", what, run.at, state=DeliveryState.FAILED, reason=reason
    )


def _spread_offset(run: Subscription, spread_seconds: int) -> dt.timedelta:
    """Return by how much a channel's briefs come later; a checksum is the same in every process."""
    return dt.timedelta(seconds=zlib.crc32(str(run.at).encode()) % spread_seconds if spread_seconds else 0)


async def notify_pauses(subscriptions: Subscriptions, platforms: Mapping[str, Platform], clock: Clock) -> int:
    """Tell whoever subscribed that their brief is paused, once and alone; return how many pauses are known now.

    What somebody gets alone is told to nobody: it is there that nothing can be sent.
    """
    known = 0
    for paused in await subscriptions.unannounced_pauses():
        place = platforms.get(paused.at.platform)
        if place or paused.is_direct:
            to = await _open_direct(place, paused.at.space, paused.user) if place and not paused.is_direct else None
            out = [Delivery(paused.pause_notice_key, f"paused {paused.id}", to)] if to and to != paused.at else []
            known += await subscriptions.announce(paused, clock.now(), out)
    return known


async def notify_feed_health(feeds: Feeds, platforms: Mapping[str, Platform], clock: Clock) -> int:
    """Tell whoever added a source how it does, once for each change and alone; return how many are known now."""
    known = 0
    for feed in await feeds.unannounced():
        platform, _, space = feed.tenant.partition(":")
        if place := platforms.get(platform):
            to = await _open_direct(place, space, feed.user)
            # The moment sets it apart from an earlier notice of the same.
            key = f"source/{feed.id}/{feed.health}/{clock.now().isoformat()}"
            out = [Delivery(key, f"source {feed.id}", to)] if to else []
            known += await feeds.announce(feed, clock.now(), out)
    return known


async def notify_missing_briefs(
    subscriptions: Subscriptions, outbox: Outbox, platforms: Mapping[str, Platform], clock: Clock, days: int
) -> int:
    """Tell those who subscribed, once and alone, that for so many days no brief came; 0 days tell nobody."""
    told = 0
    until = clock.now().date() - dt.timedelta(days=days)
    for silence in await subscriptions.silences(until) if days else []:
        platform, _, space = silence.tenant.partition(":")
        name = f"{silence.since} {silence.tenant}"
        for user in silence.users if platform in platforms else ():
            if to := await _open_direct(platforms[platform], space, user):
                notice = Delivery(f"silence/{silence.since}/{silence.tenant}/{user}", f"silence {name}", to)
                told += await outbox.put([notice], clock.now())
    return told


async def _open_direct(platform: Platform, space: str, user: str) -> Address | None:
    try:
        return await platform.direct(space, user)
    except (Gone, Denied) as refusal:
        logger.warning("Nobody can be told in %s: %s", space, refusal)
        return None


@asynccontextmanager
async def scheduled(seconds: float, *jobs: Job) -> AsyncIterator[None]:
    """Run the steps in order every so many seconds, for as long as the block runs.

    A step that fails is logged and the others go on; a tick that takes long delays the next one.
    """
    lock = asyncio.Lock()

    async def tick() -> None:
        async with lock:
            for step in jobs:
                await _run_safely(step)

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


async def repeat(seconds: float, job: Job) -> None:
    """Run one step again and again, so many seconds apart, beside the others; it must bear being cancelled midway.

    A step that fails is logged and tried again, a moment later at the earliest.
    """
    while True:
        await asyncio.sleep(seconds)
        if not await _run_safely(job):
            await asyncio.sleep(RETRY_SECONDS)


async def _run_safely(job: Job) -> bool:
    try:
        await job()
    except Exception:
        logger.exception("A step of the timetable failed; it will be tried again")
        return False
    return True


async def settle_restored_copy(
    copies: CopyMark,
    subscriptions: Subscriptions,
    follows: Follows,
    catch_up: Callable[[], Awaitable[object]],
    clock: Clock,
) -> str:
    """Queue all that fell due as ever, then doubt it instead of sending it; return what to say of it, if anything.

    `catch_up` reads what the original may have read meanwhile, so that it alerts nobody. Cut off at any point, it
    may be begun again: nothing is sent before the mark of the copy is gone.
    """
    taken = await copies.taken_at()
    if taken is None:
        return ""
    await catch_up()
    await queue_briefs(subscriptions, clock)
    await follows.queue_alerts(clock.now())
    return restored_notice(taken, await copies.mark_due_unknown(clock.now(), unconfirmed_reason(taken)))
