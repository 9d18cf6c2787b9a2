"""Builds everything, wires it once, runs it, and stops it in order. Only this file knows every class."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.analysis.plain import PlainAnalyst
from bot.calendar import today
from bot.config import Settings
from bot.desk import PlainDesk, Writer
from bot.dispatch import Dispatcher
from bot.intake import Intake
from bot.platforms.console.zone import machine_zone
from bot.ports import Address, Clock, Platform, Request
from bot.search.hybrid import HybridSearch, open_search
from bot.store.store import Store
from bot.store.store import opened as store_opened
from handlers import router

SPACE = "console:local"
"""The space of whoever sits at this machine."""

MEMORY = dt.timedelta(days=30)
"""How long questions, settled deliveries and received events are remembered."""


class SystemClock:
    """The time of this machine."""

    def now(self) -> dt.datetime:
        """Return the present moment in UTC."""
        return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class App:
    """Everything, built and wired."""

    settings: Settings
    clock: Clock
    zone: str
    store: Store
    search: HybridSearch
    desk: PlainDesk
    intake: Intake
    dispatcher: Dispatcher

    @property
    def space(self) -> str:
        """The space of whoever sits at this machine."""
        return SPACE

    @property
    def today(self) -> dt.date:
        """The local date of this machine."""
        return today(self.clock.now(), self.zone)

    def request(self, verb: str, **args: str) -> Request:
        """Return a request from whoever sits at this machine."""
        at = Address.parse(f"{SPACE}/terminal")
        return Request(verb, args, "you", at, self.clock.now(), may_manage=True, zone=self.zone)


@asynccontextmanager
async def opened(settings: Settings, clock: Clock | None = None) -> AsyncIterator[App]:
    """Build the application on its database, and close it at the end; the clock is this machine's where none is given.

    Raises SettingsError where the database cannot be opened.
    """
    clock = clock or SystemClock()
    async with store_opened(settings.database) as store:
        analyst = PlainAnalyst()
        search = open_search(store.index, store.index)
        desk = PlainDesk(store.editions, search, analyst)
        intake = Intake(store.library, store.registry, search, store.sources, clock, settings.workers)
        services = {
            "audience": store.audience,
            "clock": clock,
            "desk": desk,
            "library": store.library,
            "outbox": store.outbox,
            "privacy": store.privacy,
            "reader": intake,
            "registry": store.registry,
            "replies": store.replies,
            "search": search,
            "sources": store.sources,
            "subscriptions": store.subscriptions,
            "threads": store.threads,
            "verbs": router.verbs,
            "votes": store.votes,
        }
        dispatcher = Dispatcher(router, services, store.replies, clock)
        zone = settings.timezone or machine_zone(os.environ)
        yield App(settings, clock, zone, store, search, desk, intake, dispatcher)


async def run(app: App, platforms: Mapping[str, Platform], *beside: Coroutine[object, object, None]) -> None:
    """Run the platforms, and the timetable beside them, until a platform that a person sits at is left.

    What is to run beside them begins once they have; a failure of it, of the timetable or of a platform ends
    everything and is raised.
    """
    rooms = [asyncio.create_task(place.run(router.verbs, app.dispatcher)) for place in platforms.values()]
    others = [asyncio.create_task(work) for work in (*beside, _timetable(app, platforms))]
    waiting = {*rooms, *others}
    try:
        while waiting.issuperset(rooms):
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        for task in waiting:
            task.cancel()
        ends = await asyncio.gather(*waiting, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            raise end


async def _timetable(app: App, platforms: Mapping[str, Platform]) -> None:
    """Do what is due, again and again; its imports would hold up the first prompt."""
    from bot.jobs import queue_briefs, ticking
    from bot.outbox import Postman

    writer = Writer(app.desk, app.store.library, app.store.audience, app.store.replies)
    postman = Postman(app.store.outbox, app.store.subscriptions, writer.write, platforms, app.clock)

    async def due() -> None:
        await queue_briefs(app.store.subscriptions, app.clock)
        await app.store.audience.alerts(app.clock.now())

    async def poll() -> None:
        await app.intake.poll(SPACE)

    async def tidy() -> None:
        await app.store.outbox.tidy(app.clock.now() - MEMORY)
        await app.store.threads.tidy(app.clock.now() - MEMORY)
        await app.store.replies.tidy(app.clock.now() - MEMORY)

    async with ticking(app.settings.tick_seconds, poll, due, postman.deliver, app.search.refresh, tidy):
        await asyncio.Event().wait()
