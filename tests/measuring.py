"""What work costs the process it runs in: its memory, and how late its event loop comes back."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_PULSE = 0.005


@dataclass
class Cost:
    """Bytes of memory at the beginning and at most, and how late the loop was at each look, in seconds."""

    before: int
    most: int
    lags: list[float] = field(default_factory=list)

    @property
    def grown(self) -> float:
        """Megabytes of memory that came on top."""
        return (self.most - self.before) / 1_000_000

    @property
    def lag(self) -> float:
        """Milliseconds of which 99 in 100 looks were less late."""
        return sorted(self.lags)[int(len(self.lags) * 0.99)] * 1000


@asynccontextmanager
async def cost() -> AsyncIterator[Cost]:
    """Look every few milliseconds for as long as the block runs."""
    found = Cost(resident(), resident())
    looking = asyncio.create_task(_look(found))
    try:
        yield found
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


def resident() -> int:
    """Return how many bytes of memory this process holds."""
    return int(Path("/proc/self/statm").read_text("utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def _look(found: Cost) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _PULSE
        await asyncio.sleep(_PULSE)
        found.lags.append(max(0.0, loop.time() - due))
        found.most = max(found.most, resident())
