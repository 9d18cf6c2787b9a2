"""The listener: `/livez`, `/readyz` and `/metrics`, on a port of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus

from aiohttp import web

from bot.due_times import Clock
from bot.errors import SettingsError
from bot.health.probes import OK, HealthChecks
from bot.health.prometheus import CONTENT_TYPE, Prometheus
from bot.store.load import LoadCounter

_LAG_INTERVAL = 0.5
"""Seconds between looks at how late the event loop comes back."""


@asynccontextmanager
async def health_server(
    address: tuple[str, int], checks: HealthChecks, prometheus: Prometheus, load_counter: LoadCounter, clock: Clock
) -> AsyncIterator[None]:
    """Answer for as long as the block runs; raises SettingsError where the port is not ours to take."""

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
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        message = f"Nobody can listen on {host}:{port} ({error.strerror}); set OVERHEARD_HEALTH_PORT to a free one."
        raise SettingsError(message) from None


def _probe_response(states: Mapping[str, str]) -> web.Response:
    well = all(state == OK for state in states.values())
    lines = "".join(f"{name}: {state}\n" for name, state in states.items())
    return web.Response(text=lines or f"{OK}\n", status=HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE)


async def _measure_event_loop_lag(prometheus: Prometheus) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _LAG_INTERVAL
        await asyncio.sleep(_LAG_INTERVAL)
        prometheus.record_event_loop_lag(max(0.0, loop.time() - due))
