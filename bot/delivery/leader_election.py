"""Whose turn it is: what only one of several replicas does at a time, and how many they are."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from bot.due_times import Clock
from bot.store.outbox import REPLICA_PREFIX


class Leases(Protocol):
    """Names, each held by one at a time, until a moment by the holder's clock."""

    async def acquire(self, name: str, holder: str, now: dt.datetime, lease: dt.timedelta) -> bool:
        """Take a name that nobody holds, or hold one's own for longer; False while it is another's."""

    async def release(self, name: str, holder: str) -> None:
        """Let others have a name at once; what another holds stays theirs."""

    async def count_held(self, prefix: str, now: dt.datetime) -> int:
        """Return how many names that begin so are held."""


class Replicas(Protocol):
    """The processes that do this bot's work together, as one of them sees it."""

    @property
    def live_count(self) -> int:
        """How many share what a platform allows to all of them together, this one included."""

    async def run_as_leader(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        """Wait until nobody else does this work, then do it; return when it ends, or is cut off for another to do."""


logger = logging.getLogger(__name__)

LEADER_LEASE = dt.timedelta(seconds=15)
"""How long a turn is held by whoever says nothing more; they say so every third of it.

A third before the end they stop by themselves: the clocks of replicas may be apart by less than that.
"""

_POLL_FRACTION = 0.4
"""Who waits asks after this part of a third."""

_RETRY_SECONDS = 1.0


class SingleReplica:
    """The only process on its database: everything is its turn, at once."""

    live_count = 1

    async def run_as_leader(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        """Do the work."""
        del name
        await task()

    @asynccontextmanager
    async def membership(self) -> AsyncIterator[None]:
        """Tell nobody, as there is nobody."""
        yield


class ReplicaGroup:
    """One of several replicas on one database, known to the others as `holder`; all have the same `lease`."""

    def __init__(self, leases: Leases, holder: str, clock: Clock, lease: dt.timedelta = LEADER_LEASE) -> None:
        self._leases = leases
        self._holder = holder
        self._clock = clock
        self._lease = lease
        self._renew_seconds = lease.total_seconds() / 3
        self.live_count = 1

    async def run_as_leader(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        """Wait for the turn, then do the work for as long as it is held; see `Replicas.turn`."""
        until = await self._acquire(name)
        logger.info("%s has the turn: %s", self._holder, name)
        working = asyncio.ensure_future(task())
        holding = asyncio.create_task(self._hold_until_lost(name, until))
        try:
            await asyncio.wait({working, holding}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
        finally:
            lost = holding.done()
            holding.cancel()
            working.cancel()
            await asyncio.gather(working, holding, return_exceptions=True)
            if not lost:
                await self._release(name)

    @asynccontextmanager
    async def membership(self) -> AsyncIterator[None]:
        """Live, and know how many others do. Who joins others begins when all of them know, and have made room.

        One that has said nothing for two leases is gone, and what it was at work on is the others'.
        """
        name = f"{REPLICA_PREFIX}{self._holder}"
        await self._heartbeat(name)
        if self.live_count > 1:
            await asyncio.sleep(self._renew_seconds * 1.2)
            await self._heartbeat(name)
        beating = asyncio.create_task(self._keep_heartbeat(name))
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            await self._release(name)

    async def _acquire(self, name: str) -> float:
        while True:
            if (until := await self._try_acquire(name)) is not None:
                return until
            await asyncio.sleep(self._renew_seconds * _POLL_FRACTION)

    async def _hold_until_lost(self, name: str, until: float) -> None:
        """Return when the turn is lost: it is another's, or we could not say for too long that it is ours."""
        held: float | None = until
        while held is not None:
            try:
                async with asyncio.timeout_at(held):
                    await asyncio.sleep(self._renew_seconds)
                    held = await self._try_acquire(name)
            except TimeoutError:
                break
        logger.warning("%s lost the turn: %s", self._holder, name)

    async def _try_acquire(self, name: str) -> float | None:
        """Take the turn, or hold it for longer; return until when by the loop's time, None while it is another's."""
        while True:
            until = asyncio.get_running_loop().time() + 2 * self._renew_seconds
            try:
                return until if await self._leases.acquire(name, self._holder, self._clock.now(), self._lease) else None
            except Exception:
                logger.warning("Whose turn it is (%s) cannot be found out", name, exc_info=True)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _release(self, name: str) -> None:
        try:
            async with asyncio.timeout(_RETRY_SECONDS):
                await self._leases.release(name, self._holder)
        except Exception:
            # It will be over by itself.
            logger.warning("%s could not be released", name, exc_info=True)

    async def _keep_heartbeat(self, name: str) -> None:
        while True:
            await asyncio.sleep(self._renew_seconds)
            try:
                await self._heartbeat(name)
            except Exception:
                logger.warning("How many replicas live cannot be found out", exc_info=True)

    async def _heartbeat(self, name: str) -> None:
        now = self._clock.now()
        await self._leases.acquire(name, self._holder, now, 2 * self._lease)
        self.live_count = max(1, await self._leases.count_held(REPLICA_PREFIX, now))


class Leadership:
    """What is done now and then, and only by whose turn it is: hand `held` to that turn."""

    def __init__(self) -> None:
        self._leading = asyncio.Event()

    async def hold(self) -> None:
        """Have it, until cancelled."""
        self._leading.set()
        try:
            await asyncio.Event().wait()
        finally:
            self._leading.clear()

    def guard(self, step: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
        """Return a step that is taken while it is ours, and is nothing otherwise."""

        async def taken() -> None:
            if self._leading.is_set():
                await step()

        return taken


def new_holder_id() -> str:
    """Return a name for this process that no other has."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
