"""An end in good order: nothing new is begun, what is under way is finished for a while, the rest is cut off."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import Any

from bot.ports import Delivery, Measures, Outbox, State

SENDING, ANSWERING, CLOSING = 11.0, 7.0, 1.0
"""How many seconds, one after the other, deliveries have to finish, then answers, then connections to close."""


class Closing:
    """An outbox that counts how deliveries go, and hands out nothing any more once it is `closed`."""

    def __init__(self, outbox: Outbox, measures: Measures) -> None:
        self._outbox = outbox
        self._measures = measures
        self.closed = False

    async def put(self, deliveries: Sequence[Delivery], now: dt.datetime) -> int:
        """Keep deliveries."""
        return await self._outbox.put(deliveries, now)

    async def claim(
        self, now: dt.datetime, lease: dt.timedelta, limit: int, platforms: Collection[str] | None = None
    ) -> list[Delivery]:
        """Take due deliveries, none once it is closed."""
        return [] if self.closed else await self._outbox.claim(now, lease, limit, platforms)

    async def settle(self, delivery: Delivery, state: State, reason: str = "", sent: str = "") -> bool:
        """Record how it went."""
        settled = await self._outbox.settle(delivery, state, reason, sent)
        if settled:
            self._measures.delivered(delivery.at.platform, state.value)
        return settled

    async def again(self, delivery: Delivery, at: dt.datetime, reason: str, *, counts: bool = True) -> bool:
        """Hand it back to be tried at a later moment."""
        handed_back = await self._outbox.again(delivery, at, reason, counts=counts)
        if handed_back:
            self._measures.delivered(delivery.at.platform, "again")
        return handed_back

    async def wait(self, seconds: float) -> None:
        """Return as soon as something is put here, at the latest after so many seconds."""
        await self._outbox.wait(seconds)

    async def deliveries(self, tenant: str, states: Iterable[State]) -> list[Delivery]:
        """Return a space's deliveries in those states."""
        return await self._outbox.deliveries(tenant, states)


async def sent_to_the_end(outbox: Closing, deliver: Callable[[], Awaitable[object]]) -> None:
    """Deliver; cancelled, claim no more and finish what is being sent; cancelled once more, cut it off."""
    sending = asyncio.ensure_future(deliver())
    try:
        await asyncio.shield(sending)
    except asyncio.CancelledError:
        outbox.closed = True
        await asyncio.gather(sending, return_exceptions=True)
        raise


async def ended(tasks: Iterable[asyncio.Task[Any]], seconds: float) -> None:
    """Cancel tasks, and give them so long to end; cancelled meanwhile, wait no longer."""
    left = {task for task in tasks if not task.done()}
    for task in left:
        task.cancel()
    if left:
        with suppress(asyncio.CancelledError):
            await asyncio.wait(left, timeout=seconds)
