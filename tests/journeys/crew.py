"""Several bots on one database, each as it would run in a process of its own."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from bot.app import App, SystemClock, chat_platforms, open_app
from bot.chat.platform import Platform
from bot.config import Settings
from bot.delivery.leader_election import ReplicaGroup
from bot.runtime import run
from tests.fakes import Road
from tests.journeys.hall import Paced

SHORT = dt.timedelta(seconds=6)
"""A lease for whoever has no time to wait for the end of a real one."""


@dataclass
class Replica:
    """One bot that runs; `road` is its way to the leases, which can be cut, and its answers wait for `pace`."""

    app: App
    road: Road
    pace: Paced
    platforms: Mapping[str, Platform]
    told: list[str]
    life: asyncio.Task[None]

    async def leaves(self) -> None:
        """Stop it."""
        self.life.cancel()
        await asyncio.gather(self.life, return_exceptions=True)


@asynccontextmanager
async def replica(
    settings: Settings, changed: Callable[[], None], lease: dt.timedelta = SHORT
) -> AsyncIterator[Replica]:
    """Run one more bot on a database; `changed` is called when it tells something."""
    clock, told = SystemClock(), list[str]()

    async def tell(words: str) -> None:
        told.append(words)
        changed()

    async with open_app(settings, clock, shared=True) as built:
        road = Road(built.store.leases)
        pace = Paced(built.dispatcher)
        app = replace(built, dispatcher=pace, replicas=ReplicaGroup(road, built.store.inbox.holder, clock, lease))
        platforms = await chat_platforms(app, tell)
        running = Replica(app, road, pace, platforms, told, asyncio.create_task(run(app, None, platforms, tell)))
        try:
            yield running
        finally:
            await running.leaves()
