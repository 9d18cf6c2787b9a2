"""The health endpoint: `/livez`, `/readyz` and `/metrics`, on a port of its own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from bot.chat.platform import Platform
from bot.due_times import Clock
from bot.errors import SettingsError
from bot.store.store import LoadCounter

if TYPE_CHECKING:
    from aiohttp import web

    from bot.health.prometheus import Prometheus

_LAG_INTERVAL = 0.5
"""Seconds between looks at how late the event loop comes back."""


@asynccontextmanager
async def health_server(
    address: tuple[str, int], checks: HealthChecks, prometheus: Prometheus, load_counter: LoadCounter, clock: Clock
) -> AsyncIterator[None]:
    """Answer for as long as the block runs; raises SettingsError if the port can't be used."""
    # A bot without a health port may not have what this needs, and starts without it.
    from aiohttp import web

    from bot.health.prometheus import CONTENT_TYPE

    async def livez(_: web.Request) -> web.Response:
        return _probe_response(checks.liveness())

    async def readyz(_: web.Request) -> web.Response:
        return _probe_response(await checks.readiness())

    async def metrics(_: web.Request) -> web.Response:
        page = prometheus.render(await load_counter.measure(clock.now()))
        return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE})

    site = web.Application()
    site.add_routes([web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    runner = web.AppRunner(site, access_log=None, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    pulse = asyncio.create_task(_measure_event_loop_lag(prometheus))
    try:
        await _listen(runner, *address)
        yield
    finally:
        pulse.cancel()
        with suppress(asyncio.CancelledError):
            await pulse
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    from aiohttp import web

    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        message = f"Cannot listen on {host}:{port} ({error.strerror}); set OVERHEARD_HEALTH_PORT to a free port."
        raise SettingsError(message) from None


def _probe_response(states: Mapping[str, str]) -> web.Response:
    from aiohttp import web

    healthy = all(state == OK for state in states.values())
    lines = "".join(f"{name}: {state}\n" for name, state in states.items())
    return web.Response(text=lines or f"{OK}\n", status=HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE)


async def _measure_event_loop_lag(prometheus: Prometheus) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _LAG_INTERVAL
        await asyncio.sleep(_LAG_INTERVAL)
        prometheus.record_event_loop_lag(max(0.0, loop.time() - due))


logger = logging.getLogger(__name__)

STALLED_AFTER = 1800.0
"""Seconds after which a job of the schedule that has not run counts as dead: reading may take long."""

PROBE_TIMEOUT = 2.0
"""Seconds that the database or a platform has to answer."""

OK = "ok"


class HealthChecks:
    """The bot's health: `started` once it listens, `stopping` from the moment it begins to shut down.

    `refuses` tells whether a platform, by its name, no longer accepts the bot.
    """

    def __init__(
        self,
        load_counter: LoadCounter,
        platforms: Iterable[Platform],
        refuses: Callable[[str], bool] = lambda _: False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load_counter = load_counter
        self._refuses = refuses
        self._monotonic = monotonic
        self._platforms = list(platforms)
        self._heartbeats: dict[str, float] = {}
        self.started = self.stopping = False

    def heartbeat(self, job: str) -> None:
        """Note that a job of the schedule ran."""
        self._heartbeats[job] = self._monotonic()

    def liveness(self) -> dict[str, str]:
        """Return the state of each job; that the event loop is alive shows by the answer itself."""
        now = self._monotonic()
        return {job: OK if now - at < STALLED_AFTER else "stalled" for job, at in self._heartbeats.items()}

    async def readiness(self) -> dict[str, str]:
        """Return the state of the bot itself, of the database and of each platform."""
        own = "stopping" if self.stopping else OK if self.started else "starting"
        chats = {chat.name: await self._platform_state(chat) for chat in self._platforms}
        return {"bot": own, "database": await self._database_state(), **chats}

    async def _database_state(self) -> str:
        try:
            await asyncio.wait_for(self._load_counter.ping(), PROBE_TIMEOUT)
        except Exception:
            logger.exception("The database is not responding")
            return "not responding"
        try:
            await asyncio.wait_for(self._load_counter.write(), PROBE_TIMEOUT)
        except TimeoutError:
            # Somebody else writes for long, so it can be written to.
            return OK
        except Exception:
            logger.exception("The database cannot be written to")
            return "not writable"
        return OK

    async def _platform_state(self, platform: Platform) -> str:
        if self._refuses(platform.name):
            return "refuses the bot's token"
        try:
            return OK if await asyncio.wait_for(platform.is_connected(), PROBE_TIMEOUT) else "not connected"
        except TimeoutError:
            return "not connected"
