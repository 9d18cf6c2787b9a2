"""The schedule. Each tick looks at rows that say when they are due; nothing lives in the scheduler.

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
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.subscription import Subscription
from bot.due_times import Clock
from bot.errors import Denied, Gone
from bot.metrics import Metrics
from bot.store.backup import CopyMark
from bot.store.feeds import Feeds
from bot.store.follows import Follows
from bot.store.outbox import Outbox
from bot.store.subscriptions import Subscriptions
from bot.views.system import restored_notice, unconfirmed_reason

logger = logging.getLogger(__name__)

LATE_AFTER = dt.timedelta(minutes=15)
"""A brief that starts this long after its time says that it is late."""

SKIP_AFTER = dt.timedelta(hours=6)
"""A brief that could not start for this long is skipped."""

PREPARE_AHEAD = dt.timedelta(minutes=5)
"""How long before it is due an edition is composed."""

RETRY_SECONDS = 1.0

Job = Callable[[], Awaitable[object]]


async def prepare_briefs(subscriptions: Subscriptions, briefs: BriefService, clock: Clock) -> int:
    """Compose the editions that will be due soon, so that they only have to be sent then; return how many."""
    wanted = await subscriptions.unmade_editions(clock.now() + PREPARE_AHEAD)
    for space, topic, date in wanted:
        await _run_safely(partial(briefs.publish, topic, date, space=space))
    return len(wanted)


async def queue_briefs(
    subscriptions: Subscriptions, clock: Clock, spread_seconds: int = 0, metrics: Metrics | None = None
) -> int:
    """Put each due brief into the outbox, once per local date; return how many.

    Those too late to be news are kept there as failed, so that `status` can name them. Each is sent up to
    `spread_seconds` later, always by the same delay for a channel.
    """
    now, metrics = clock.now(), metrics or Metrics()
    queued = 0
    for due in await subscriptions.due(now):
        deliveries = [_brief_delivery(run, now - run.due, spread_seconds) for run in _due_occurrences(due, now)]
        if await subscriptions.advance(due, _next_occurrence(due, now), deliveries):
            metrics.record_queue_lag((now - due.due).total_seconds())
            queued += sum(delivery.state is DeliveryState.PENDING for delivery in deliveries)
    return queued


def _next_occurrence(due: Subscription, now: dt.datetime) -> Subscription:
    """Return it as of its next run; a run that was announced and is still to come stays, whatever the clock did."""
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
    # Under another key: a date skipped because of a wrong clock must not be skipped again.
    reason = "the bot was not running until more than six hours later"
    return Delivery(
        f"skipped/{run.delivery_key.removeprefix('brief/')}", what, run.at, state=DeliveryState.FAILED, reason=reason
    )


def _spread_offset(run: Subscription, spread_seconds: int) -> dt.timedelta:
    """Return by how much a channel's briefs are delayed; a checksum is the same in every process."""
    return dt.timedelta(seconds=zlib.crc32(str(run.at).encode()) % spread_seconds if spread_seconds else 0)


async def notify_pauses(subscriptions: Subscriptions, platforms: Mapping[str, Platform], clock: Clock) -> int:
    """Tell each subscriber once, in private, that their brief is paused; return how many pauses are announced.

    Nobody is told about a brief they get in private: nothing can be sent there.
    """
    announced = 0
    for paused in await subscriptions.unannounced_pauses():
        platform = platforms.get(paused.at.platform)
        if platform or paused.is_direct:
            notice = f"paused {paused.id}"
            notices = (
                await _direct_notice(platform, paused.at.space, paused.user, paused.pause_notice_key, notice)
                if platform and not paused.is_direct
                else []
            )
            sendable = [delivery for delivery in notices if delivery.at != paused.at]
            announced += await subscriptions.announce(paused, clock.now(), sendable)
    return announced


async def notify_feed_health(feeds: Feeds, platforms: Mapping[str, Platform], clock: Clock) -> int:
    """Tell whoever added a source how it is doing, once for each change and in private; return how many changes."""
    announced = 0
    for feed in await feeds.unannounced():
        name, _, space = feed.tenant.partition(":")
        if platform := platforms.get(name):
            # The moment tells it apart from an earlier notice of the same state.
            key = f"source/{feed.id}/{feed.health}/{clock.now().isoformat()}"
            notices = await _direct_notice(platform, space, feed.user, key, f"source {feed.id}")
            announced += await feeds.announce(feed, clock.now(), notices)
    return announced


async def notify_missing_briefs(
    subscriptions: Subscriptions, outbox: Outbox, platforms: Mapping[str, Platform], clock: Clock, days: int
) -> int:
    """Tell subscribers, once and in private, that no brief has come for so many days; 0 days switch this off."""
    queued = 0
    until = clock.now().date() - dt.timedelta(days=days)
    for outage in await subscriptions.silences(until) if days else []:
        name, _, space = outage.tenant.partition(":")
        for user in outage.users if name in platforms else ():
            key = f"silence/{outage.since}/{outage.tenant}/{user}"
            notice = f"silence {outage.since} {outage.tenant}"
            queued += await outbox.put(await _direct_notice(platforms[name], space, user, key, notice), clock.now())
    return queued


async def _direct_notice(platform: Platform, space: str, user: str, key: str, what: str) -> list[Delivery]:
    """Return a delivery to a person's direct conversation, or nothing if it can't be opened."""
    try:
        return [Delivery(key, what, await platform.direct(space, user))]
    except (Gone, Denied) as refusal:
        logger.warning("Nobody can be notified in %s: %s", space, refusal)
        return []


@asynccontextmanager
async def scheduled(seconds: float, *jobs: Job) -> AsyncIterator[None]:
    """Run the jobs in order every so many seconds, for as long as the block runs.

    A job that fails is logged and the others go on; a tick that takes long delays the next one.
    """
    lock = asyncio.Lock()

    async def tick() -> None:
        async with lock:
            for job in jobs:
                await _run_safely(job)

    scheduler = AsyncIOScheduler(timezone=dt.UTC)
    scheduler.add_job(tick, "interval", seconds=seconds, misfire_grace_time=None, coalesce=True, max_instances=1)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
        # The tick under way is finished: a half-done job would only be done again.
        async with lock:
            pass


async def repeat(seconds: float, job: Job) -> None:
    """Run one job again and again, so many seconds apart, beside the others; it may be cancelled at any point.

    A job that fails is logged and tried again, a second later at the earliest.
    """
    while True:
        await asyncio.sleep(seconds)
        if not await _run_safely(job):
            await asyncio.sleep(RETRY_SECONDS)


async def _run_safely(job: Job) -> bool:
    try:
        await job()
    except Exception:
        logger.exception("A scheduled job failed; it will be tried again")
        return False
    return True


async def settle_restored_copy(
    copies: CopyMark,
    subscriptions: Subscriptions,
    follows: Follows,
    catch_up: Callable[[], Awaitable[object]],
    clock: Clock,
) -> str:
    """Queue all that fell due as usual, then mark it uncertain instead of sending it; return the notice, if any.

    `catch_up` reads what the original may have read meanwhile, so that it causes no alerts. If this is interrupted,
    it can start over: nothing is sent while the database is marked as a copy.
    """
    taken = await copies.taken_at()
    if taken is None:
        return ""
    await catch_up()
    await queue_briefs(subscriptions, clock)
    await follows.queue_alerts(clock.now())
    return restored_notice(taken, await copies.mark_due_unknown(clock.now(), unconfirmed_reason(taken)))
