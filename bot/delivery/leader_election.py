"""Leader election: what only one of several replicas does at a time, and how many of them there are."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from bot.due_times import Clock
from bot.store.outbox import REPLICA_PREFIX


class Leases(Protocol):
    """Leases on names, each with one holder at a time, until a moment by the holder's clock."""

    async def acquire(self, name: str, holder: str, now: dt.datetime, lease: dt.timedelta) -> bool:
        """Take a free name or renew one's own; return False while another holds it."""

    async def release(self, name: str, holder: str) -> None:
        """Free a name at once, unless another holds it."""

    async def count_held(self, prefix: str, now: dt.datetime) -> int:
        """Return how many names with a prefix are held."""


class Replicas(Protocol):
    """The processes that share this bot's work, as one of them sees it."""

    def has_ended(self, holder: str) -> bool:
        """Return whether a process is known to have ended; on other machines, only the lease tells."""

    @property
    def live_count(self) -> int:
        """How many replicas share a platform's rate limits, this one included."""

    async def run_as_leader(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        """Wait until no other replica does this task, then run it; return when it ends, or when another takes over."""


logger = logging.getLogger(__name__)

LEADER_LEASE = dt.timedelta(seconds=15)
"""How long a leader that falls silent stays leader; it renews its lease after every third of it.

A third before the end it stops by itself: the clocks of replicas differ by less than that.
"""

_POLL_FRACTION = 0.4
"""The part of that third after which a waiting replica tries again."""

_RETRY_SECONDS = 1.0


class SingleReplica:
    """The only process on its database, known as `holder`: it always leads."""

    live_count = 1

    def __init__(self, holder: str = "") -> None:
        self._holder = holder

    def has_ended(self, holder: str) -> bool:
        """Return whether an earlier process of this machine has ended; see `Replicas.has_ended`."""
        return _has_ended(holder, self._holder)

    async def run_as_leader(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        """Run the task."""
        del name
        await task()

    @asynccontextmanager
    async def membership(self) -> AsyncIterator[None]:
        """Do nothing: there are no others."""
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

    def has_ended(self, holder: str) -> bool:
        """Return whether another process of this machine has ended; see `Replicas.has_ended`."""
        return _has_ended(holder, self._holder)

    async def run_as_leader(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        """Wait to lead, then run the task while leading; see `Replicas.run_as_leader`."""
        until = await self._acquire(name)
        logger.info("%s leads: %s", self._holder, name)
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
        """Send heartbeats, and count the replicas. One that joins others starts once all of them have made room.

        A replica that is silent for two leases is gone, and its unfinished work falls to the others.
        """
        name = f"{REPLICA_PREFIX}{self._holder}"
        await self._heartbeat(name)
        if self.live_count > 1:
            await asyncio.sleep(self._renew_seconds * 1.2)
            await self._heartbeat(name)
        heartbeat = asyncio.create_task(self._keep_heartbeat(name))
        try:
            yield
        finally:
            heartbeat.cancel()
            await asyncio.gather(heartbeat, return_exceptions=True)
            await self._release(name)

    async def _acquire(self, name: str) -> float:
        while True:
            if (until := await self._try_acquire(name)) is not None:
                return until
            await asyncio.sleep(self._renew_seconds * _POLL_FRACTION)

    async def _hold_until_lost(self, name: str, until: float) -> None:
        """Return once leadership is lost: another has it, or the lease could not be renewed for too long."""
        held: float | None = until
        while held is not None:
            try:
                async with asyncio.timeout_at(held):
                    await asyncio.sleep(self._renew_seconds)
                    held = await self._try_acquire(name)
            except TimeoutError:
                break
        logger.warning("%s no longer leads: %s", self._holder, name)

    async def _try_acquire(self, name: str) -> float | None:
        """Take or renew the lease; return until when by the loop's time, None while another holds it."""
        while True:
            until = asyncio.get_running_loop().time() + 2 * self._renew_seconds
            try:
                return until if await self._leases.acquire(name, self._holder, self._clock.now(), self._lease) else None
            except Exception:
                logger.warning("The lease on %s could not be acquired or renewed", name, exc_info=True)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _release(self, name: str) -> None:
        try:
            async with asyncio.timeout(_RETRY_SECONDS):
                await self._leases.release(name, self._holder)
        except Exception:
            # It will expire by itself.
            logger.warning("%s could not be released", name, exc_info=True)

    async def _keep_heartbeat(self, name: str) -> None:
        while True:
            await asyncio.sleep(self._renew_seconds)
            try:
                await self._heartbeat(name)
            except Exception:
                logger.warning("The heartbeat failed", exc_info=True)

    async def _heartbeat(self, name: str) -> None:
        now = self._clock.now()
        await self._leases.acquire(name, self._holder, now, 2 * self._lease)
        self.live_count = max(1, await self._leases.count_held(REPLICA_PREFIX, now))


class Leadership:
    """Restricts scheduled jobs to the leader: run `hold` as the leader's task."""

    def __init__(self) -> None:
        self._leading = asyncio.Event()

    async def hold(self) -> None:
        """Lead until cancelled."""
        self._leading.set()
        try:
            await asyncio.Event().wait()
        finally:
            self._leading.clear()

    def guard(self, step: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
        """Return a job that runs while this process leads, and does nothing otherwise."""

        async def guarded() -> None:
            if self._leading.is_set():
                await step()

        return guarded


def new_holder_id() -> str:
    """Return a unique name for this process, by which others beside it can tell whether it is still running.

    Those are the ones of the same machine and, if it is in a container, of the same start of that; none on Windows.
    """
    return f"{socket.gethostname()}/{_numbered_by()}/{os.getpid()}/{secrets.token_hex(4)}"


def _numbered_by() -> str:
    """Name what numbers our processes: a boot of a machine, and the container in it; nothing if that can't be told."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _has_ended(holder: str, own: str) -> bool:
    """Return whether another process whose number comes from where our own does is no longer running."""
    parts, place = holder.split("/"), own.split("/")[:2]
    if holder == own or parts[:2] != place or not all(place):
        return False
    number = int(parts[2])
    return number == os.getpid() or not _is_running(number)


def _is_running(number: int) -> bool:
    """Return whether a process of this machine with a number is running; it may be a later one."""
    if sys.platform == "win32":
        # There is no harmless signal: the lease has to end.
        return True
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
