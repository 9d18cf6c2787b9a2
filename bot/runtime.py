"""Runs what `app.py` builds: the platforms with the timetable beside them, and an end in good order."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, nullcontext
from functools import partial

from bot.app import SPACE, App, Tell, require
from bot.chat.platform import Platform
from bot.delivery.leader_election import Duty
from bot.delivery.renderer import Renderer
from bot.delivery.shutdown import ANSWERING, CLOSING, SENDING, ended
from bot.domain.address import Address
from bot.errors import Denied, PlatformError, SettingsError
from bot.health.probes import Vitals
from handlers import router

logger = logging.getLogger(__name__)

MEMORY = dt.timedelta(days=30)
"""How long questions, settled deliveries and received events are remembered."""

ACCOUNTS = dt.timedelta(days=400)
"""How long is kept what a language model cost: a year, to be compared with the one before."""

SOON = 3.0
"""How many seconds pass at most between two looks for what live sources have that is new: it is news for as long."""

HOURLY = 3600.0
"""How many seconds pass between two looks for spaces that get nothing."""

FIRST_WAIT, LONGEST_WAIT = 2.0, 60.0
"""How many seconds pass before a platform that failed is tried again: twice as many each time."""


async def run(
    app: App, seat: Platform | None, chats: Mapping[str, Platform], tell: Tell, *beside: Coroutine[object, object, None]
) -> None:
    """Run the platforms, with the timetable beside them, until whoever sits at `seat` leaves, or until cancelled.

    A chat platform that takes us no more is told of, and the others go on; raises SettingsError for the last one, or
    where what a language model needs is not installed.
    What is to run `beside` begins once they have; a failure of it, or of the timetable, ends everything.
    """
    if app.llm or app.settings.model.model_transcribe:
        require("openai", "model")
    vitals = Vitals(app.store.standing, chats.values())
    async with _watched(app, vitals):
        await _run(app, seat, chats, tell, vitals, *beside)


async def _run(
    app: App,
    seat: Platform | None,
    chats: Mapping[str, Platform],
    tell: Tell,
    vitals: Vitals,
    *beside: Coroutine[object, object, None],
) -> None:
    if chats:
        # What search needs takes a second to load, in which nothing else would be answered.
        await app.search.refresh()
    await _restored(app, tell)
    # Who only sits at a terminal shares no platform's pace.
    async with app.replicas.present() if chats else nullcontext():
        await _in_step(app, seat, chats, tell, vitals, *beside)


async def _in_step(
    app: App,
    seat: Platform | None,
    chats: Mapping[str, Platform],
    tell: Tell,
    vitals: Vitals,
    *beside: Coroutine[object, object, None],
) -> None:
    platforms = {**chats, **({seat.name: seat} if seat else {})}
    rooms = {asyncio.create_task(_kept_open(place, app, tell)) for place in chats.values()}
    sitting = [asyncio.create_task(seat.run(router.verbs, app.dispatcher))] if seat else []
    others = {asyncio.create_task(work) for work in (*beside, _timetable(app, platforms, vitals))}
    waiting: set[asyncio.Task[str] | asyncio.Task[None]] = {*rooms, *sitting, *others}
    vitals.started = True
    try:
        while waiting - others and waiting.issuperset(sitting):
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for refusal in filter(None, [task.result() for task in done]):
                if not waiting - others:
                    raise SettingsError(refusal)
                await tell(refusal)
    finally:
        vitals.stopping = True
        await ended(waiting & others, SENDING)
        await ended(waiting, ANSWERING)
        await ended(waiting, CLOSING)
    for task in waiting:
        if task.done() and not task.cancelled() and (failure := task.exception()):
            raise failure


@asynccontextmanager
async def _watched(app: App, vitals: Vitals) -> AsyncIterator[None]:
    """Answer at the health port for as long as the block runs, where one is set.

    Raises SettingsError where it is taken, or where what it needs is not installed.
    """
    if not app.settings.health_port:
        yield
        return
    require("prometheus_client", "health")
    from bot.health.prometheus import Prometheus
    from bot.health.server import listening

    measures = app.measures if isinstance(app.measures, Prometheus) else Prometheus()
    settings = app.settings
    where = (settings.health_host, settings.health_port)
    async with listening(where, vitals, measures, app.store.standing, app.clock):
        yield


async def _restored(app: App, tell: Tell) -> None:
    """On a copy of the database, see before anything is sent that nothing is sent again."""
    if await app.store.copies.taken() is None:
        return
    from bot.delivery.restored_copy import go_on

    store = app.store
    words = await go_on(store.copies, store.subscriptions, store.follows, partial(app.importer.poll, SPACE), app.clock)
    logger.warning(words)
    await tell(words)


async def _kept_open(place: Platform, app: App, tell: Tell) -> str:
    """Listen to a chat platform, again after every failure; return why it does not take us any more."""
    wait = FIRST_WAIT
    while True:
        try:
            await place.run(router.verbs, app.dispatcher)
        except Denied as refusal:
            return f"{place.name.capitalize()}: {refusal}"
        except Exception as error:
            why = str(error) if isinstance(error, PlatformError) else "it stopped listening"
            logger.warning("%s: %s", place.name, why, exc_info=not isinstance(error, PlatformError))
            await tell(f"{place.name.capitalize()}: {why}; trying again in {wait:.0f} seconds.")
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)


async def due(app: App, platforms: Mapping[str, Platform]) -> None:
    """Put into the outbox what is due now."""
    from bot.delivery.jobs import queue_briefs, tell_of_pauses, tell_of_sources

    subscriptions = app.store.subscriptions
    await queue_briefs(subscriptions, app.clock, app.settings.spread_seconds, app.measures)
    await app.store.follows.alerts(app.clock.now())
    await tell_of_pauses(subscriptions, platforms, app.clock)
    await tell_of_sources(app.store.feeds, platforms, app.clock)


class _Guests:
    """Who reads along, on whichever platform it is."""

    def __init__(self, platforms: Mapping[str, Platform]) -> None:
        self._platforms = platforms

    async def outsiders(self, at: Address) -> bool:
        """Return whether people from elsewhere read along there."""
        return await self._platforms[at.platform].outsiders(at)


def writer(app: App, platforms: Mapping[str, Platform]) -> Renderer:
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
        _Guests(platforms),
    )


async def _tidy(app: App) -> None:
    """Forget what is kept for a while only."""
    store, now = app.store, app.clock.now()
    for kept in (store.outbox, store.threads, store.replies, store.follows, store.leases, store.memory):
        await kept.tidy(now - MEMORY)
    await store.spending.tidy(now - ACCOUNTS)
    if app.settings.note_days:
        await store.notes.tidy(now - dt.timedelta(days=app.settings.note_days))


async def _timetable(app: App, platforms: Mapping[str, Platform], vitals: Vitals) -> None:
    """Do what is due, again and again; its imports would hold up the first prompt."""
    from bot.delivery.jobs import prepare_briefs, repeat, tell_of_silence, ticking
    from bot.delivery.outbox import LEASE, Postman

    store, clock, settings = app.store, app.clock, app.settings
    write = writer(app, platforms).render
    postman = Postman(store.outbox, store.subscriptions, write, platforms, clock, settings.delivery, app.measures)
    silent = partial(tell_of_silence, store.subscriptions, store.outbox, platforms, clock, settings.silence_days)

    async def poll() -> None:
        await app.importer.poll(SPACE)

    async def tell() -> None:
        if await app.feeds.tell():
            # Whoever follows need not wait for the next tick.
            await due(app, platforms)

    async def turned() -> None:
        vitals.turned("timetable")

    async def deliver() -> None:
        vitals.turned("deliveries")
        await postman.step(partial(store.outbox.wait, settings.tick_seconds))

    reading, tick = Duty(), settings.tick_seconds
    async with ticking(
        tick, turned, reading.only(poll), partial(due, app, platforms), app.search.refresh, partial(_tidy, app)
    ):
        try:
            # With their exceptions returned, it waits for all of them to end when it is cancelled.
            await asyncio.gather(
                repeat(0, deliver),
                repeat(LEASE.total_seconds() / 3, postman.renew),
                repeat(tick, reading.only(app.search.sharpen)),
                repeat(min(tick, SOON), reading.only(app.feeds.poll)),
                repeat(min(tick, SOON), reading.only(tell)),
                repeat(tick, partial(prepare_briefs, store.subscriptions, app.briefs, clock)),
                repeat(HOURLY, silent),
                repeat(0, partial(app.replicas.turn, "reading", reading.held)),
                return_exceptions=True,
            )
        finally:
            await postman.drained()
