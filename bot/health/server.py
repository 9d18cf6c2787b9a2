"""The listener: `/livez`, `/readyz` and `/metrics`, on a port of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus

from aiohttp import web

from bot.due_times import Clock
from bot.errors import SettingsError
from bot.health.probes import OK, Vitals
from bot.health.prometheus import KIND, Prometheus
from bot.store.load import LoadCounter

_PULSE = 0.5
"""Seconds between looks at how late the event loop comes back."""


@asynccontextmanager
async def listening(
    where: tuple[str, int], vitals: Vitals, measures: Prometheus, standing: LoadCounter, clock: Clock
) -> AsyncIterator[None]:
    """Answer for as long as the block runs; raises SettingsError where the port is not ours to take."""

    async def livez(_: web.Request) -> web.Response:
        return _told(vitals.lives())

    async def readyz(_: web.Request) -> web.Response:
        return _told(await vitals.ready())

    async def metrics(_: web.Request) -> web.Response:
        page = measures.page(await standing.load(clock.now()))
        return web.Response(body=page, headers={"Content-Type": KIND})

    site = web.Application()
    site.add_routes([web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    runner = web.AppRunner(site, access_log=None, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    pulse = asyncio.create_task(_pulse(measures))
    try:
        await _listen(runner, *where)
        yield
    finally:
        pulse.cancel()
        with suppress(asyncio.CancelledError):
            await pulse
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        message = f"Nobody can listen on {host}:{port} ({error.strerror}); set OVERHEARD_HEALTH_PORT to a free one."
        raise SettingsError(message) from None


def _told(states: Mapping[str, str]) -> web.Response:
    well = all(state == OK for state in states.values())
    lines = "".join(f"{name}: {state}\n" for name, state in states.items())
    return web.Response(text=lines or f"{OK}\n", status=HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE)


async def _pulse(measures: Prometheus) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _PULSE
        await asyncio.sleep(_PULSE)
        measures.lagged(max(0.0, loop.time() - due))
