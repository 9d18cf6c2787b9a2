"""Builds everything, wires it once, runs it, and stops it in order. Only this file knows every class."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
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

HOURLY = 3600.0
"""How many seconds pass between two looks for spaces that get nothing."""

FIRST_WAIT, LONGEST_WAIT = 2.0, 60.0
"""How many seconds pass before a platform that failed is tried again: twice as many each time."""


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
    async with store_opened(settings.database, settings.secret_key) as store:
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
            "pauses": store.subscriptions,
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

        places.append(Discord(app.settings.discord, app.store.inbox, app.store.registry, app.clock, tell))
    return {place.name: place for place in places}


def _require(module: str, extra: str) -> None:
    if find_spec(module) is None:
        message = f"{extra.capitalize()} is configured, but what it needs is missing: pip install 'overheard[{extra}]'"
        raise SettingsError(message)


async def _slack(app: App, tell: Tell) -> Connection:
    settings = app.settings
    if settings.slack.by_socket:
        from bot.platforms.slack.by_socket import SocketConnection

        return SocketConnection(settings.slack, app.clock, tell)
    from bot.platforms.slack.by_http import HTTPConnection

    # A key that is missing or wrong is said now, not when the first workspace installs; an older one is retired.
    await app.store.vault.rotate()

    async def gone(team: str) -> None:
        await app.store.privacy.forget_space(f"slack:{team}")

    listening = (settings.http_host, settings.http_port)
    return HTTPConnection(settings.slack, app.store.vault, app.clock, listening, gone, tell)


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


async def due(app: App, platforms: Mapping[str, Platform]) -> None:
    """Put into the outbox what is due now."""
    from bot.jobs import queue_briefs, tell_of_pauses

    subscriptions = app.store.subscriptions
    await queue_briefs(subscriptions, app.clock, app.settings.spread_seconds)
    await app.store.audience.alerts(app.clock.now())
    await tell_of_pauses(subscriptions, platforms, app.clock)


def writer(app: App) -> Writer:
    """Return who writes what the outbox names."""
    store = app.store
    return Writer(app.desk, store.library, store.audience, store.replies, store.subscriptions, store.subscriptions)


async def _timetable(app: App, platforms: Mapping[str, Platform]) -> None:
    """Do what is due, again and again; its imports would hold up the first prompt."""
    from bot.jobs import prepare_briefs, repeat, tell_of_silence, ticking
    from bot.outbox import Postman

    store, clock = app.store, app.clock
    postman = Postman(store.outbox, store.subscriptions, writer(app).write, platforms, clock)

    async def poll() -> None:
        await app.intake.poll(SPACE)

    async def tidy() -> None:
        for kept in (store.outbox, store.threads, store.replies, store.audience):
            await kept.tidy(clock.now() - MEMORY)

    async def deliver() -> None:
        await store.outbox.wait(app.settings.tick_seconds)
        await postman.deliver()

    async def silence() -> None:
        await tell_of_silence(store.subscriptions, store.outbox, platforms, clock, app.settings.silence_days)

    async def prepare() -> None:
        await prepare_briefs(store.subscriptions, app.desk, clock)

    tick = app.settings.tick_seconds
    async with ticking(tick, poll, partial(due, app, platforms), app.search.refresh, tidy):
        beside = [repeat(0, deliver), repeat(tick, app.search.sharpen), repeat(tick, prepare), repeat(HOURLY, silence)]
        await asyncio.gather(*beside)
