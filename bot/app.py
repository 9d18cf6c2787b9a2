"""Builds everything, wires it once, runs it, and stops it in order. Only this file knows every class."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.analysis.gazetteer import must_not_merge
from bot.analysis.plain import PlainAnalyst
from bot.analysis.reading import read
from bot.calendar import today
from bot.config import Settings
from bot.desk import PlainDesk, Writer
from bot.dispatch import Dispatcher
from bot.ingest.pipeline import Pipeline, Summary
from bot.model import Conversation
from bot.platforms.console.zone import machine_zone
from bot.ports import Address, Clock, Platform, Progress, Report, Request, Search, Sources
from bot.search.hybrid import HybridSearch, open_search
from bot.store.store import Store
from bot.store.store import opened as store_opened
from bot.views.summary import summary_words
from handlers import router

SPACE = "console:local"
"""The space of whoever sits at this machine."""

DRAIN = dt.timedelta(days=30)
"""How long settled deliveries and received events are remembered."""


def in_words(summary: Summary) -> str:
    """Return what came of a reading."""
    return summary_words(
        new=summary.new,
        revised=summary.revised,
        unchanged=summary.unchanged,
        claims=summary.claims,
        problems=len(summary.problems),
    )


def _unseen(_: Progress) -> None:
    """Drop progress that nobody watches."""


class SystemClock:
    """The time of this machine."""

    def now(self) -> dt.datetime:
        """Return the present moment in UTC."""
        return dt.datetime.now(dt.UTC)


class Intake:
    """Reads files, folders and conversations, and lets search take them in afterwards."""

    def __init__(self, pipeline: Pipeline, search: Search, sources: Sources, clock: Clock) -> None:
        self._pipeline = pipeline
        self._search = search
        self._sources = sources
        self._clock = clock
        self._lock = asyncio.Lock()

    async def read(self, paths: Sequence[Path], report: Report) -> Summary:
        """Read files and folders; what is not new or edited is left alone."""
        async with self._lock:
            return await self._pipeline.run(paths, report)

    async def keep(self, conversations: Iterable[Conversation], report: Report) -> Summary:
        """Take in conversations that are already at hand."""
        async with self._lock:
            return await self._pipeline.keep(conversations, report)

    async def read_source(self, tenant: str, target: str) -> str:
        """Read a source, keep how it went, and say so in words."""
        state = in_words(await self.read([Path(target)], _unseen))
        await self._sources.report(tenant, target, state, self._clock.now())
        await self._search.refresh()
        return state

    async def poll(self) -> None:
        """Read again what was added as a source on this machine."""
        for source in await self._sources.sources(SPACE):
            await self.read_source(SPACE, source.target)


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
        await store.registry.keep_apart(must_not_merge())
        analyst = PlainAnalyst()
        search = open_search(store.index, store.index)
        desk = PlainDesk(store.editions, search, analyst)
        intake = Intake(Pipeline(store.library, read, clock, settings.workers), search, store.sources, clock)
        services = {
            "audience": store.audience,
            "clock": clock,
            "desk": desk,
            "library": store.library,
            "outbox": store.outbox,
            "privacy": store.privacy,
            "reader": intake,
            "registry": store.registry,
            "search": search,
            "sources": store.sources,
            "subscriptions": store.subscriptions,
            "threads": store.threads,
            "verbs": router.verbs,
            "votes": store.votes,
        }
        dispatcher = Dispatcher(router, services, store.inbox, clock)
        zone = settings.timezone or machine_zone(os.environ)
        yield App(settings, clock, zone, store, search, desk, intake, dispatcher)


async def run(app: App, platforms: Mapping[str, Platform]) -> None:
    """Run the platforms and the timetable until a platform that a person sits at is left."""
    from bot.jobs import queue_briefs, ticking
    from bot.outbox import Postman

    writer = Writer(app.desk, app.store.library, app.store.audience)
    postman = Postman(app.store.outbox, app.store.subscriptions, writer.write, platforms, app.clock)

    async def due() -> None:
        await queue_briefs(app.store.subscriptions, app.clock)
        await app.store.audience.alerts(app.clock.now())

    async def tidy() -> None:
        await app.store.outbox.tidy(app.clock.now() - DRAIN)

    async with ticking(app.settings.tick_seconds, app.intake.poll, due, postman.deliver, app.search.refresh, tidy):
        rooms = [asyncio.create_task(place.run(router.verbs, app.dispatcher)) for place in platforms.values()]
        try:
            await asyncio.wait(rooms, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for room in rooms:
                room.cancel()
            outcomes = await asyncio.gather(*rooms, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
