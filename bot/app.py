"""Builds everything, wires it once, runs it, and stops it in order. Only this file knows every class."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeAlias

from bot.analysis.plain import PlainAnalyst
from bot.calendar import today
from bot.config import Settings
from bot.desk import PlainDesk, Writer
from bot.dispatch import Dispatcher
from bot.errors import Denied, PlatformError, SettingsError
from bot.intake import Intake
from bot.platforms.console.zone import machine_zone
from bot.ports import Address, Clock, Platform, Request
from bot.search.hybrid import HybridSearch, open_search
from bot.store.store import Store
from bot.store.store import opened as store_opened
from bot.turn import Alone, Duty, Together, holder
from handlers import router

if TYPE_CHECKING:
    from bot.platforms.slack.connection import Connection

logger = logging.getLogger(__name__)

Tell: TypeAlias = Callable[[str], Awaitable[None]]
"""Says one sentence to whoever started the bot."""

SPACE = "console:local"
"""The space of whoever sits at this machine."""

MEMORY = dt.timedelta(days=30)
"""How long questions, settled deliveries and received events are remembered."""

DRAIN = 20.0
"""How many seconds deliveries that are under way have to end when the bot stops."""

FIRST_WAIT, LONGEST_WAIT = 2.0, 60.0
"""How many seconds pass before a platform that failed is tried again: twice as many each time."""


class SystemClock:
    """The time of this machine."""

    def now(self) -> dt.datetime:
        """Return the present moment in UTC."""
        return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class App:
    """Everything, built and wired. `replicas` are this process, and the others on its database."""

    settings: Settings
    clock: Clock
    zone: str
    store: Store
    search: HybridSearch
    desk: PlainDesk
    intake: Intake
    dispatcher: Dispatcher
    replicas: Alone | Together

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
async def opened(settings: Settings, clock: Clock | None = None, *, shared: bool = False) -> AsyncIterator[App]:
    """Build the application on its database, and close it at the end; the clock is this machine's where none is given.

    `shared` is one of several replicas, also on a database that is made for one process. Raises SettingsError where
    the database cannot be opened.
    """
    clock, name = clock or SystemClock(), holder()
    async with store_opened(settings.database, settings.secret_key, name) as store:
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
        replicas = Together(store.leases, name, clock) if shared or store.database.shared else Alone()
        yield App(settings, clock, zone, store, search, desk, intake, dispatcher, replicas)


async def chats(app: App, tell: Tell) -> dict[str, Platform]:
    """Return each chat platform that is configured; each tells when it is connected.

    Raises SettingsError where what it needs is not installed.
    """
    # An SDK takes a second to import: only who uses it waits.
    places: list[Platform] = []
    if app.settings.slack.configured:
        _require("slack_bolt", "slack")
        from bot.platforms.slack.adapter import Slack

        places.append(Slack(await _slack(app, tell), app.store.inbox, app.store.threads, app.clock))
    if app.settings.discord.token:
        _require("discord", "discord")
        from bot.platforms.discord.adapter import Discord

        store = app.store
        places.append(Discord(app.settings.discord, store.inbox, store.registry, app.clock, tell, app.replicas))
    return {place.name: place for place in places}


def _require(module: str, extra: str) -> None:
    if find_spec(module) is None:
        message = f"{extra.capitalize()} is configured, but what it needs is missing: pip install 'overheard[{extra}]'"
        raise SettingsError(message)


async def _slack(app: App, tell: Tell) -> Connection:
    settings = app.settings
    if settings.slack.by_socket:
        from bot.platforms.slack.by_socket import SocketConnection

        return SocketConnection(settings.slack, app.clock, tell, app.replicas)
    from bot.platforms.slack.by_http import HTTPConnection

    # A key that is missing or wrong is said now, not when the first workspace installs; an older one is retired.
    await app.store.vault.rotate()

    async def gone(team: str) -> None:
        await app.store.privacy.forget_space(f"slack:{team}")

    listening = (settings.http_host, settings.http_port)
    return HTTPConnection(settings.slack, app.store.vault, app.clock, listening, gone, tell, app.replicas)


async def run(
    app: App, seat: Platform | None, chats: Mapping[str, Platform], tell: Tell, *beside: Coroutine[object, object, None]
) -> None:
    """Run the platforms, with the timetable beside them, until whoever sits at `seat` leaves, or until cancelled.

    A chat platform that takes us no more is told of, and the others go on; raises SettingsError for the last one.
    What is to run `beside` begins once they have; a failure of it, or of the timetable, ends everything.
    """
    if chats:
        # What search needs takes a second to load, in which nothing else would be answered.
        await app.search.refresh()
    # Who only sits at a terminal shares no platform's pace.
    async with app.replicas.present() if chats else nullcontext():
        await _run(app, seat, chats, tell, beside)


async def _run(
    app: App,
    seat: Platform | None,
    chats: Mapping[str, Platform],
    tell: Tell,
    beside: Iterable[Coroutine[object, object, None]],
) -> None:
    platforms = {**chats, **({seat.name: seat} if seat else {})}
    rooms = {asyncio.create_task(_kept_open(place, app, tell)) for place in chats.values()}
    sitting = [asyncio.create_task(seat.run(router.verbs, app.dispatcher))] if seat else []
    others = {asyncio.create_task(work) for work in (*beside, _timetable(app, platforms))}
    waiting: set[asyncio.Task[str] | asyncio.Task[None]] = {*rooms, *sitting, *others}
    try:
        while waiting - others and waiting.issuperset(sitting):
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for refusal in filter(None, [task.result() for task in done]):
                if not waiting - others:
                    raise SettingsError(refusal)
                await tell(refusal)
    finally:
        for task in waiting:
            task.cancel()
        ends = await asyncio.gather(*waiting, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            raise end


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


async def _timetable(app: App, platforms: Mapping[str, Platform]) -> None:
    """Do what is due, again and again; its imports would hold up the first prompt."""
    from bot.jobs import queue_briefs, repeat, ticking
    from bot.outbox import LEASE, Postman

    writer = Writer(app.desk, app.store.library, app.store.audience, app.store.replies)
    promise = app.settings.delivery
    postman = Postman(app.store.outbox, app.store.subscriptions, writer.write, platforms, app.clock, promise)

    async def due() -> None:
        await queue_briefs(app.store.subscriptions, app.clock)
        await app.store.audience.alerts(app.clock.now())

    async def poll() -> None:
        await app.intake.poll(SPACE)

    async def tidy() -> None:
        await app.store.outbox.tidy(app.clock.now() - MEMORY)
        await app.store.threads.tidy(app.clock.now() - MEMORY)
        await app.store.replies.tidy(app.clock.now() - MEMORY)
        await app.store.leases.tidy(app.clock.now() - MEMORY)

    async def deliver() -> None:
        await postman.step(partial(app.store.outbox.wait, app.settings.tick_seconds))

    reading = Duty()
    async with ticking(app.settings.tick_seconds, reading.only(poll), due, app.search.refresh, tidy):
        try:
            await asyncio.gather(
                repeat(0, deliver),
                repeat(LEASE.total_seconds() / 3, postman.renew),
                repeat(app.settings.tick_seconds, reading.only(app.search.sharpen)),
                repeat(0, partial(app.replicas.turn, "reading", reading.held)),
            )
        finally:
            await postman.drained(DRAIN)
