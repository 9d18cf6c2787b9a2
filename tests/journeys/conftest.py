"""A person at the console, with the whole bot behind it."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.config import ModelSettings, Settings
from bot.delivery.outbox import DeliveryWorker
from bot.delivery.renderer import Renderer
from bot.platforms.console.adapter import Console
from bot.platforms.console.terminal import Pipe, Screen
from bot.runtime import queue_due
from handlers import router
from tests.fakes import FixedClock
from tests.journeys.hall import Hall, gathered
from tests.journeys.machine import DiscordPlace, Place, SlackPlace
from tests.journeys.office import HTTP, SOCKET, Office, working
from tests.servers.discord import FakeDiscord
from tests.servers.slack import FakeSlack


class Visitor:
    """Somebody at the terminal: what they say, and what is drawn for them."""

    def __init__(self, app: App, clock: FixedClock) -> None:
        self.app = app
        self.clock = clock
        self._page = io.StringIO()
        self._screen = Screen(self._page, 100)
        self._console = self._at("")

    async def says(self, *lines: str) -> str:
        """Type lines, a second after what came before, and return what is drawn."""
        self.clock.advance(seconds=1)
        return await self._drawn(self._at("\n".join(lines)))

    async def presses(self, label: str, page: str) -> str:
        """Press the button of this label on a page."""
        before, _, _ = page.rpartition(f") {label}")
        return await self.says(before.split()[-1])

    async def waits(self, **passing: float) -> str:
        """Let time pass and the timetable tick, and return what is drawn."""
        self.clock.advance(**passing)
        store = self.app.store
        platforms = {self._console.name: self._console}
        postman = DeliveryWorker(
            store.outbox,
            store.subscriptions,
            Renderer(self.app.briefs, store, self.app.analyst, platforms).render,
            platforms,
            self.clock,
        )
        start = self._page.tell()
        await self.app.feeds.poll()
        await self.app.feeds.process_pending()
        await queue_due(self.app, platforms)
        await postman.deliver_due()
        return self._since(start)

    async def _drawn(self, console: Console) -> str:
        start = self._page.tell()
        await console.run(router.verbs, self.app.dispatcher)
        return self._since(start)

    def _since(self, start: int) -> str:
        # Where a line breaks is the page's business and is tested there.
        return re.sub(r"[ \n]+", " ", self._page.getvalue()[start:]).strip()

    def _at(self, lines: str) -> Console:
        return Console(Pipe(io.StringIO(lines)), self._screen, self.clock, "UTC")


@asynccontextmanager
async def visiting(
    database: Path, clock: FixedClock, model: ModelSettings | None = None, fetch_private: str = ""
) -> AsyncIterator[Visitor]:
    """Open the bot on a database with somebody at its terminal."""
    model = model or ModelSettings()
    settings = Settings(database=database, workers=0, timezone="UTC", fetch_private=fetch_private, model=model)
    async with open_app(settings, clock) as app:
        yield Visitor(app, clock)


@pytest.fixture
async def visitor(sampled: Path, clock: FixedClock) -> AsyncIterator[Visitor]:
    """Return somebody at a terminal, the sample conversations read."""
    async with visiting(sampled, clock) as somebody:
        yield somebody


@pytest.fixture
async def office(sampled: Path, clock: FixedClock) -> AsyncIterator[Office]:
    """Return a workspace whose bot listens by Socket Mode, the sample conversations read."""
    async with working(sampled, clock) as place:
        yield place


@pytest.fixture(params=[SOCKET, HTTP])
async def either_office(request: pytest.FixtureRequest, sampled: Path, clock: FixedClock) -> AsyncIterator[Office]:
    """Return a workspace whose bot listens by Socket Mode, and one that installed it over HTTP."""
    async with working(sampled, clock, request.param) as place:
        yield place


@pytest.fixture
async def hall(sampled: Path, clock: FixedClock) -> AsyncIterator[Hall]:
    """Return a Discord server whose bot listens, the sample conversations read."""
    async with gathered(sampled, clock) as place:
        yield place


@pytest.fixture(params=["slack", pytest.param("discord", marks=pytest.mark.long)])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    """Return a workspace and a server, each with channels that a brief is due in.

    The bot is a process there, which takes seconds to start and to end, so the server is for the long run.
    """
    if request.param == "slack":
        async with FakeSlack() as slack:
            yield SlackPlace(slack)
    else:
        async with FakeDiscord() as discord:
            yield DiscordPlace(discord)
