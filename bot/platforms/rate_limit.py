"""At what pace a platform is asked: evenly, so that it never has to turn us away."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cachetools import LRUCache

from bot.delivery.leader_election import Replicas
from bot.due_times import LOOP_TIMER, Timer
from bot.errors import Busy, RateLimitScope, Unconfirmed
from bot.retry import RetryPolicy, retry

ResultT = TypeVar("ResultT")

MAX_WAIT = 10.0
"""How many seconds a call waits for its turn at most; a delivery is tried again later instead."""

LAG_THRESHOLD, LAG_BACKOFF = 0.05, 5
"""When the event loop is so many seconds late, what nobody waits for waits this much longer."""

_MAX_CHANNELS = 20_000

INTERACTIVE_RETRIES = RetryPolicy(first=1.0, retries=1, longest_hint=20.0)
"""How an answer that somebody waits for is tried again; a delivery is tried again later instead."""


async def retry_once(call: Callable[[], Awaitable[ResultT]]) -> ResultT:
    """Call for somebody who waits: once more if the platform asks for a little time, or doesn't answer.

    What is called has to be the same when it is done again.
    """
    return await retry(call, INTERACTIVE_RETRIES, Busy, _retry_hint)


def _retry_hint(busy: Busy) -> float | None:
    return None if isinstance(busy, Unconfirmed) else busy.retry_after


class RateLimiter:
    """Lets calls through one by one, `rate` a second, and those for one channel a second apart after a first `burst`.

    What a person waits for goes before everything else, for as long as it takes, and up to `credit` seconds before its
    time. `reach` is who shares the gate: a platform's spaces, or one space. Each of several `replicas` has its part of
    the rate, and leaves `headroom` of it unused, as calls don't arrive as evenly as they are let through.
    """

    def __init__(
        self,
        rate: float,
        reach: RateLimitScope,
        burst: int = 0,
        replicas: Replicas | None = None,
        headroom: float = 0.0,
        credit: float = 0.0,
        timer: Timer = LOOP_TIMER,
    ) -> None:
        self._total_rate = rate
        self._headroom = headroom
        self._replicas = replicas
        self._reach = reach
        self._burst = burst
        self._credit = credit
        self._timer = timer
        self._next_slot = self._paused_until = 0.0
        self._queue = asyncio.Lock()
        self._channel_slots: LRUCache[str, float] = LRUCache(_MAX_CHANNELS)

    @property
    def rate(self) -> float:
        """How many calls a second it lets through."""
        part = self._total_rate / (self._replicas.live_count if self._replicas else 1)
        return max(part - self._headroom, part / 2)

    async def acquire(self, channel: str = "", *, priority: bool = False) -> None:
        """Wait until a call may be made; raises Busy where that would take long and nobody waits for it."""
        if self._burst and channel:
            await self._acquire_channel(channel, priority=priority)
        if priority:
            await self._acquire_slot(credit=self._credit)
        else:
            async with self._queue:
                # Where the event loop comes late, people wait: what nobody waits for steps back until they do not.
                if (late := await self._acquire_slot(MAX_WAIT)) > LAG_THRESHOLD:
                    await self._timer.sleep(late * LAG_BACKOFF)

    def pause(self, seconds: float) -> None:
        """Let nothing through for so long."""
        self._paused_until = max(self._paused_until, self._timer.now() + seconds)
        self._next_slot = max(self._next_slot, self._paused_until)

    async def _acquire_channel(self, channel: str, *, priority: bool) -> None:
        free = self._channel_slots.get(channel, 0.0)
        at = max(self._timer.now(), free - self._burst + 1)
        if (wait := at - self._timer.now()) > MAX_WAIT and not priority:
            raise Busy(wait, RateLimitScope.CHANNEL)
        self._channel_slots[channel] = max(free, at) + 1
        await self._timer.sleep(at - self._timer.now())

    async def _acquire_slot(self, max_wait: float = math.inf, credit: float = 0.0) -> float:
        """Wait for the next time that is free; return how late the event loop came back."""
        # Who woke late gives the next one its time back, or a long fan-out would fall behind.
        at = max(self._next_slot, self._timer.now() - 1 / self.rate)
        if (wait := at - self._timer.now()) > max_wait:
            raise Busy(wait, self._reach)
        self._next_slot = at + 1 / self.rate
        ready = max(at - credit, self._paused_until, self._timer.now())
        await self._timer.sleep(ready - self._timer.now())
        return self._timer.now() - ready
