"""Runs what `app.py` builds: the platforms with the timetable beside them, and an end in good order."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager, nullcontext, suppress
from functools import partial
from typing import Any

from bot.app import LOCAL_SPACE, App, require_extra
from bot.chat.platform import Notify, Platform
from bot.delivery.leader_election import Leadership
from bot.delivery.renderer import Renderer
from bot.domain.address import Address
from bot.errors import Denied, PlatformError, SettingsError
from bot.health.server import HealthChecks
from handlers import router

logger = logging.getLogger(__name__)

RETENTION = dt.timedelta(days=30)
"""How long questions, settled deliveries and received events are remembered."""

COST_RETENTION = dt.timedelta(days=400)
"""How long is kept what a language model cost: a year, to be compared with the one before."""

FEED_POLL_SECONDS = 3.0
"""How many seconds pass at most between two looks for what live sources have that is new: it is news for as long."""

MISSING_BRIEFS_CHECK_SECONDS = 3600.0
"""How many seconds pass between two looks for spaces that get nothing."""

FIRST_RECONNECT_SECONDS, MAX_RECONNECT_SECONDS = 2.0, 60.0
"""How many seconds pass before a platform that failed is tried again: twice as many each time."""


async def run(
    app: App,
    console: Platform | None,
    chats: Mapping[str, Platform],
    notify: Notify,
    *background: Coroutine[object, object, None],
) -> None:
    """Run the platforms, with the timetable beside them, until whoever sits at `seat` leaves, or until cancelled.

    A chat platform that takes us no more is told of, and the others go on; raises SettingsError for the last one, or
    where what a language model needs is not installed.
    What is to run `beside` begins once they have; a failure of it, or of the timetable, ends everything.
    """
    if app.llm or app.settings.model.model_transcribe:
        require_extra("openai", "model")
    vitals = HealthChecks(app.store.load_counter, chats.values())
    async with _health_endpoint(app, vitals):
        await _start(app, console, chats, notify, vitals, *background)


async def _start(
    app: App,
    console: Platform | None,
    chats: Mapping[str, Platform],
    notify: Notify,
    health: HealthChecks,
    *background: Coroutine[object, object, None],
) -> None:
    if chats:
        # What search needs takes a second to load, in which nothing else would be answered.
        await app.search.refresh()
    await _settle_restored_copy(app, notify)
    # Who only sits at a terminal shares no platform's pace.
    async with app.replicas.membership() if chats else nullcontext():
        await _supervise(app, console, chats, notify, health, *background)


async def _supervise(
    app: App,
    console: Platform | None,
    chats: Mapping[str, Platform],
    notify: Notify,
    health: HealthChecks,
    *background: Coroutine[object, object, None],
) -> None:
    platforms = {**chats, **({console.name: console} if console else {})}
    rooms = {asyncio.create_task(_stay_connected(place, app, notify)) for place in chats.values()}
    sitting = [asyncio.create_task(console.run(router.verbs, app.dispatcher))] if console else []
    others = {asyncio.create_task(work) for work in (*background, _run_schedule(app, platforms, health))}
    waiting: set[asyncio.Task[str] | asyncio.Task[None]] = {*rooms, *sitting, *others}
    health.started = True
    try:
        while waiting - others and waiting.issuperset(sitting):
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for refusal in filter(None, [task.result() for task in done]):
                if not waiting - others:
                    raise SettingsError(refusal)
                await notify(refusal)
    finally:
        health.stopping = True
        await cancel_and_wait(waiting & others, DELIVERY_GRACE_SECONDS)
        await cancel_and_wait(waiting, ANSWER_GRACE_SECONDS)
        await cancel_and_wait(waiting, CONNECTION_GRACE_SECONDS)
    for task in waiting:
        if task.done() and not task.cancelled() and (failure := task.exception()):
            raise failure


@asynccontextmanager
async def _health_endpoint(app: App, health: HealthChecks) -> AsyncIterator[None]:
    """Answer at the health port for as long as the block runs, where one is set.

    Raises SettingsError where it is taken, or where what it needs is not installed.
    """
    if not app.settings.health_port:
        yield
        return
    require_extra("prometheus_client", "health")
    from bot.health.prometheus import Prometheus
    from bot.health.server import health_server

    measures = app.metrics if isinstance(app.metrics, Prometheus) else Prometheus()
    settings = app.settings
    where = (settings.health_host, settings.health_port)
    async with health_server(where, health, measures, app.store.load_counter, app.clock):
        yield


async def _settle_restored_copy(app: App, notify: Notify) -> None:
    """On a copy of the database, see before anything is sent that nothing is sent again."""
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
    """Listen to a chat platform, again after every failure; return why it does not take us any more."""
    wait = FIRST_RECONNECT_SECONDS
    while True:
        try:
            await platform.run(router.verbs, app.dispatcher)
        except Denied as refusal:
            return f"{platform.name.capitalize()}: {refusal}"
        except Exception as error:
            why = str(error) if isinstance(error, PlatformError) else "it stopped listening"
            logger.warning("%s: %s", platform.name, why, exc_info=not isinstance(error, PlatformError))
            await notify(f"{platform.name.capitalize()}: {why}; trying again in {wait:.0f} seconds.")
            await asyncio.sleep(wait)
            wait = min(wait * 2, MAX_RECONNECT_SECONDS)


async def queue_due(app: App, platforms: Mapping[str, Platform]) -> None:
    """Put into the outbox what is due now."""
    from bot.delivery.jobs import notify_feed_health, notify_pauses, queue_briefs

    subscriptions = app.store.subscriptions
    await queue_briefs(subscriptions, app.clock, app.settings.spread_seconds, app.metrics)
    await app.store.follows.queue_alerts(app.clock.now())
    await notify_pauses(subscriptions, platforms, app.clock)
    await notify_feed_health(app.store.feeds, platforms, app.clock)


class _PlatformOutsiders:
    """Who reads along, on whichever platform it is."""

    def __init__(self, platforms: Mapping[str, Platform]) -> None:
        self._platforms = platforms

    async def has_outsiders(self, at: Address) -> bool:
        """Return whether people from elsewhere read along there."""
        return await self._platforms[at.platform].has_outsiders(at)


def build_renderer(app: App, platforms: Mapping[str, Platform]) -> Renderer:
    """Return who writes what the outbox names."""
    store = app.store
    return Renderer(
        app.briefs,
        store.library,
        store.follows,
        store.replies,
        store.subscriptions,
        store.subscriptions,
        store.languages,
        app.analyst,
        store.feeds,
        _PlatformOutsiders(platforms),
    )


async def _delete_expired(app: App) -> None:
    """Forget what is kept for a while only."""
    store, now = app.store, app.clock.now()
    for kept in (store.outbox, store.threads, store.replies, store.follows, store.leases, store.completions):
        await kept.prune(now - RETENTION)
    await store.spending.prune(now - COST_RETENTION)
    if app.settings.note_days:
        await store.notes.prune(now - dt.timedelta(days=app.settings.note_days))


async def _run_schedule(app: App, platforms: Mapping[str, Platform], health: HealthChecks) -> None:
    """Do what is due, again and again; its imports would hold up the first prompt."""
    from bot.delivery.jobs import notify_missing_briefs, prepare_briefs, repeat, scheduled
    from bot.delivery.outbox import DELIVERY_LEASE, DeliveryWorker

    store, clock, settings = app.store, app.clock, app.settings
    write = build_renderer(app, platforms).render
    postman = DeliveryWorker(store.outbox, store.subscriptions, write, platforms, clock, settings.delivery, app.metrics)
    silent = partial(notify_missing_briefs, store.subscriptions, store.outbox, platforms, clock, settings.silence_days)

    async def poll() -> None:
        await app.importer.import_changed_sources(LOCAL_SPACE)

    async def tell() -> None:
        if await app.feeds.process_pending():
            # Whoever follows need not wait for the next tick.
            await queue_due(app, platforms)

    async def turned() -> None:
        health.heartbeat("timetable")

    async def deliver() -> None:
        health.heartbeat("deliveries")
        await postman.run_once(partial(store.outbox.wait, settings.tick_seconds))

    reading, tick = Leadership(), settings.tick_seconds
    async with scheduled(
        tick,
        turned,
        reading.guard(poll),
        partial(queue_due, app, platforms),
        app.search.refresh,
        partial(_delete_expired, app),
    ):
        try:
            # With their exceptions returned, it waits for all of them to end when it is cancelled.
            await asyncio.gather(
                repeat(0, deliver),
                repeat(DELIVERY_LEASE.total_seconds() / 3, postman.renew_leases),
                repeat(tick, reading.guard(app.search.encode_pending)),
                repeat(min(tick, FEED_POLL_SECONDS), reading.guard(app.feeds.poll)),
                repeat(min(tick, FEED_POLL_SECONDS), reading.guard(tell)),
                repeat(tick, partial(prepare_briefs, store.subscriptions, app.briefs, clock)),
                repeat(MISSING_BRIEFS_CHECK_SECONDS, silent),
                repeat(0, partial(app.replicas.run_as_leader, "reading", reading.hold)),
                return_exceptions=True,
            )
        finally:
            await postman.drain()


DELIVERY_GRACE_SECONDS, ANSWER_GRACE_SECONDS, CONNECTION_GRACE_SECONDS = 11.0, 7.0, 1.0
"""How many seconds, one after the other, deliveries have to finish, then answers, then connections to close."""


async def cancel_and_wait(tasks: Iterable[asyncio.Task[Any]], seconds: float) -> None:
    """Cancel tasks, and give them so long to end; cancelled meanwhile, wait no longer."""
    left = {task for task in tasks if not task.done()}
    for task in left:
        task.cancel()
    if left:
        with suppress(asyncio.CancelledError):
            await asyncio.wait(left, timeout=seconds)
