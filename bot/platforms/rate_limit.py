"""At what pace a platform is asked: evenly, so that it never has to turn us away."""

from __future__ import annotations

import asyncio
import math

from cachetools import LRUCache

from bot.delivery.leader_election import Replicas
from bot.errors import Busy, Reach

LONGEST = 10.0
"""So many seconds a call waits for its turn at most; a delivery is tried again later instead."""

LATE, STEP_BACK = 0.05, 5
"""When the event loop is so many seconds late, what nobody waits for waits this much longer."""

_CHANNELS = 20_000


class Gate:
    """Lets calls through one by one, `rate` a second, and those for one channel a second apart after a first `burst`.

    Who is waited for goes before what is not, for as long as it takes, and up to so many seconds of `credit` before
    their time. `reach` is who shares the gate: a platform's spaces, or one space. Where there are `replicas`, each has
    its part of the rate; each leaves a `spare` of it, as calls do not arrive as evenly as they are let through.
    """

    def __init__(
        self,
        rate: float,
        reach: Reach,
        burst: int = 0,
        replicas: Replicas | None = None,
        spare: float = 0.0,
        credit: float = 0.0,
    ) -> None:
        self._whole = rate
        self._spare = spare
        self._replicas = replicas
        self._reach = reach
        self._burst = burst
        self._credit = credit
        self._next = self._shut = 0.0
        self._line = asyncio.Lock()
        self._channels: LRUCache[str, float] = LRUCache(_CHANNELS)

    @property
    def rate(self) -> float:
        """How many calls a second it lets through."""
        part = self._whole / (self._replicas.living if self._replicas else 1)
        return max(part - self._spare, part / 2)

    async def turn(self, channel: str = "", *, first: bool = False) -> None:
        """Wait until a call may be made; raises Busy where that would take long and nobody waits for it."""
        if self._burst and channel:
            await self._channel(channel, first=first)
        if first:
            await self._slot(credit=self._credit)
        else:
            async with self._line:
                # Where the event loop comes late, people wait: what nobody waits for steps back until they do not.
                if (late := await self._slot(LONGEST)) > LATE:
                    await asyncio.sleep(late * STEP_BACK)

    def hold(self, seconds: float) -> None:
        """Let nothing through for so long."""
        self._shut = max(self._shut, _now() + seconds)
        self._next = max(self._next, self._shut)

    async def _channel(self, channel: str, *, first: bool) -> None:
        free = self._channels.get(channel, 0.0)
        at = max(_now(), free - self._burst + 1)
        if (wait := at - _now()) > LONGEST and not first:
            raise Busy(wait, Reach.CHANNEL)
        self._channels[channel] = max(free, at) + 1
        await asyncio.sleep(at - _now())

    async def _slot(self, longest: float = math.inf, credit: float = 0.0) -> float:
        """Wait for the next time that is free; return how late the event loop came back."""
        # Who woke late gives the next one its time back, or a long fan-out would fall behind.
        at = max(self._next, _now() - 1 / self.rate)
        if (wait := at - _now()) > longest:
            raise Busy(wait, self._reach)
        self._next = at + 1 / self.rate
        ready = max(at - credit, self._shut, _now())
        await asyncio.sleep(ready - _now())
        return _now() - ready


def _now() -> float:
    return asyncio.get_running_loop().time()
