"""Runs what `app.py` builds: the platforms with the schedule beside them, until an orderly shutdown."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from itertools import count
from typing import Any

from bot.app import LOCAL_SPACE, App, require_extra
from bot.chat.platform import Notify, Platform
from bot.delivery.leader_election import Leadership
from bot.delivery.renderer import Renderer
from bot.domain.refusal import Refusal
from bot.errors import PlatformError, SettingsError, TokenRefused
from bot.health.server import HealthChecks
from bot.retry import RetryPolicy
from handlers import router

logger = logging.getLogger(__name__)

RETENTION = dt.timedelta(days=30)
"""How long questions, settled deliveries and received events are remembered."""

COST_RETENTION = dt.timedelta(days=400)
"""How long the costs of a language model are kept: a year, and some more to compare it with."""

FEED_POLL_SECONDS = 3.0
"""Seconds between two checks of live sources, at most: news should not wait longer."""

MISSING_BRIEFS_CHECK_SECONDS = 3600.0
"""Seconds between two searches for spaces that get no briefs."""

TAKE_OVER_SECONDS = 2.0
"""Seconds between two looks for deliveries and feeds whose processes have ended."""

RECONNECTS = RetryPolicy(first=2.0, longest=60.0)
"""When a platform whose connection failed is tried again."""


async def run(
    app: App,
    console: Platform | None,
    chats: Mapping[str, Platform],
    notify: Notify,
    *background: Coroutine[object, object, None],
) -> None:
    """Run the platforms, with the schedule beside them, until the person at the console leaves, or until cancelled.

    If a chat platform rejects the bot, `notify` says so and the others go on; raises SettingsError for the last one,
    or if what a language model needs is not installed.
    The `background` work starts with the platforms; if it or the schedule fails, everything ends.
    """
    if app.llm or app.settings.model.model_transcribe:
        require_extra("openai", "model")
    health = HealthChecks(app.store.load_counter, chats.values(), app.refusals.refuses)
    platforms = {**chats, **({console.name: console} if console else {})}
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_health_endpoint(app, health))
        if chats:
            # Loading what search needs takes a second, during which nothing else would be answered.
            await app.search.refresh()
        await _settle_restored_copy(app, notify)
        if chats:
            # A console alone shares no platform's rate limits with other replicas.
            await stack.enter_async_context(app.replicas.membership())
        connections = {asyncio.create_task(_stay_connected(platform, app, notify)) for platform in chats.values()}
        seat = {asyncio.create_task(console.run(router.verbs, app.dispatcher))} if console else set()
        services = {asyncio.create_task(work) for work in (*background, _run_schedule(app, platforms, health))}
        await _supervise(connections, seat, services, health, notify)


async def _supervise(
    connections: set[asyncio.Task[str]],
    seat: set[asyncio.Task[None]],
    services: set[asyncio.Task[None]],
    health: HealthChecks,
    notify: Notify,
) -> None:
    waiting: set[asyncio.Task[str] | asyncio.Task[None]] = {*connections, *seat, *services}
    health.started = True
    try:
        while waiting - services and waiting.issuperset(seat):
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for refusal in filter(None, [task.result() for task in done]):
                if not waiting - services:
                    raise SettingsError(refusal)
                await notify(refusal)
    finally:
        health.stopping = True
        await cancel_and_wait(waiting & services, DELIVERY_GRACE_SECONDS)
        await cancel_and_wait(waiting, ANSWER_GRACE_SECONDS)
        await cancel_and_wait(waiting, CONNECTION_GRACE_SECONDS)
    for task in waiting:
        if task.done() and not task.cancelled() and (failure := task.exception()):
            raise failure


@asynccontextmanager
async def _health_endpoint(app: App, health: HealthChecks) -> AsyncIterator[None]:
    """Serve the health port, if one is set, for as long as the block runs.

    Raises SettingsError if the port is taken, or if what it needs is not installed.
    """
    if not app.settings.health_port:
        yield
        return
    require_extra("prometheus_client", "health")
    from bot.health.prometheus import Prometheus
    from bot.health.server import health_server

    metrics = app.metrics if isinstance(app.metrics, Prometheus) else Prometheus()
    address = (app.settings.health_host, app.settings.health_port)
    async with health_server(address, health, metrics, app.store.load_counter, app.clock):
        yield


async def _settle_restored_copy(app: App, notify: Notify) -> None:
    """On a copy of the database, make sure that nothing is sent twice."""
    if await app.store.copy_mark.taken_at() is None:
        return
    from bot.delivery.jobs import settle_restored_copy

    store = app.store
    words = await settle_restored_copy(
        store.copy_mark,
        store.subscriptions,
        store.follows,
        partial(app.importer.import_changed_sources, LOCAL_SPACE),
        app.clock,
    )
    logger.warning(words)
    await notify(words)


async def _stay_connected(platform: Platform, app: App, notify: Notify) -> str:
    """Listen to a chat platform, and reconnect after every failure; return why that is of no use, if it isn't."""
    for attempt in count():
        try:
            await platform.run(router.verbs, app.dispatcher)
        except TokenRefused as refused:
            refusal = Refusal(platform.name, str(refused), app.clock.now())
            app.refusals.report(refusal)
            return str(refusal)
        except SettingsError as error:
            return f"{platform.name.capitalize()}: {error}"
        except Exception as error:
            reason = str(error) if isinstance(error, PlatformError) else "it disconnected"
            logger.warning("%s: %s", platform.name, reason, exc_info=not isinstance(error, PlatformError))
            wait = RECONNECTS.backoff(attempt)
            await notify(f"{platform.name.capitalize()}: {reason}; trying again in {wait:.0f} seconds.")
            await asyncio.sleep(wait)
    raise AssertionError


async def queue_due(app: App, platforms: Mapping[str, Platform]) -> None:
    """Put into the outbox what is due now."""
    from bot.delivery.jobs import notify_feed_health, notify_pauses, queue_briefs
    from bot.delivery.refusals import notify_refusals

    subscriptions = app.store.subscriptions
    await queue_briefs(subscriptions, app.clock, app.settings.spread_seconds, app.metrics)
    await app.store.follows.queue_alerts(app.clock.now())
    await notify_pauses(subscriptions, platforms, app.clock)
    await notify_feed_health(app.store.feeds, platforms, app.clock)
    await notify_refusals(app.refusals, subscriptions, app.store.outbox, app.store.replies, platforms, app.clock)


async def _delete_expired(app: App) -> None:
    store, now = app.store, app.clock.now()
    for table in (store.outbox, store.threads, store.replies, store.follows, store.leases, store.completions):
        await table.prune(now - RETENTION)
    await store.spending.prune(now - COST_RETENTION)
    if app.settings.note_days:
        await store.notes.prune(now - dt.timedelta(days=app.settings.note_days))


async def _run_schedule(app: App, platforms: Mapping[str, Platform], health: HealthChecks) -> None:
    """Do what is due, again and again; importing this at the top would delay the first prompt."""
    from bot.delivery.jobs import notify_missing_briefs, prepare_briefs, repeat, scheduled
    from bot.delivery.outbox import DELIVERY_LEASE, DeliveryWorker

    store, clock, settings = app.store, app.clock, app.settings
    render = Renderer(app.briefs, store, app.analyst, platforms).render
    worker = DeliveryWorker(store.outbox, store.subscriptions, render, platforms, clock, settings.delivery, app.metrics)
    notify_missing = partial(
        notify_missing_briefs, store.subscriptions, store.outbox, platforms, clock, settings.silence_days
    )

    async def process_pending() -> None:
        if await app.feeds.process_pending():
            # Followers need not wait for the next tick.
            await queue_due(app, platforms)

    async def heartbeat() -> None:
        health.heartbeat("timetable")

    async def deliver() -> None:
        health.heartbeat("deliveries")
        await worker.run_once(partial(store.outbox.wait, settings.tick_seconds))

    take_over = partial(worker.take_over, app.replicas.has_ended)
    reading, tick = Leadership(), settings.tick_seconds
    async with scheduled(
        tick,
        heartbeat,
        reading.guard(partial(app.importer.import_changed_sources, LOCAL_SPACE)),
        partial(queue_due, app, platforms),
        app.search.refresh,
        partial(_delete_expired, app),
    ):
        try:
            # With their exceptions returned, gather waits for all of them to end when it is cancelled.
            await asyncio.gather(
                repeat(0, deliver),
                repeat(TAKE_OVER_SECONDS, take_over),
                repeat(TAKE_OVER_SECONDS, partial(app.feeds.take_over, app.replicas.has_ended)),
                repeat(DELIVERY_LEASE.total_seconds() / 3, worker.renew_leases),
                repeat(tick, reading.guard(app.search.encode_pending)),
                repeat(tick, reading.guard(app.importer.reread_outdated)),
                repeat(min(tick, FEED_POLL_SECONDS), reading.guard(app.feeds.poll)),
                repeat(min(tick, FEED_POLL_SECONDS), reading.guard(process_pending)),
                repeat(tick, partial(prepare_briefs, store.subscriptions, app.briefs, clock)),
                repeat(MISSING_BRIEFS_CHECK_SECONDS, notify_missing),
                repeat(0, partial(app.replicas.run_as_leader, "reading", reading.hold)),
                return_exceptions=True,
            )
        finally:
            await worker.drain()


DELIVERY_GRACE_SECONDS, ANSWER_GRACE_SECONDS, CONNECTION_GRACE_SECONDS = 11.0, 7.0, 1.0
"""Seconds that deliveries have to finish, then answers, then connections to close, one after the other."""


async def cancel_and_wait(tasks: Iterable[asyncio.Task[Any]], seconds: float) -> None:
    """Cancel tasks and give them so long to end; if cancelled meanwhile, wait no longer."""
    pending = {task for task in tasks if not task.done()}
    for task in pending:
        task.cancel()
    if pending:
        with suppress(asyncio.CancelledError):
            await asyncio.wait(pending, timeout=seconds)
