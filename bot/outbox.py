"""Delivers what is due: send, retry, give up. It knows three errors and no SDK."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Mapping

from bot.errors import Busy, Denied, Gone, OverheardError
from bot.message import Message
from bot.ports import Clock, Delivery, Outbox, Platform, State, Subscriptions

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=60)
"""How long one sender holds a delivery before another may take it."""

ATTEMPTS = 6
_FIRST_WAIT = 5.0

Write = Callable[[Delivery], Awaitable[Message | None]]


class Postman:
    """Takes due deliveries from the outbox to their platforms, each once."""

    def __init__(
        self,
        outbox: Outbox,
        subscriptions: Subscriptions,
        write: Write,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        self._outbox = outbox
        self._subscriptions = subscriptions
        self._write = write
        self._platforms = platforms
        self._clock = clock

    async def deliver(self) -> int:
        """Send everything that is due; return how many were sent."""
        sent = 0
        # One at a time: a lease begins when its sending does, and none runs out while others are sent.
        while due := await self._outbox.claim(self._clock.now(), LEASE, 1, self._platforms):
            sent += await self._one(due[0])
        return sent

    async def _one(self, delivery: Delivery) -> bool:
        try:
            return await self._send(delivery)
        except Busy as busy:
            later = self._clock.now() + dt.timedelta(seconds=busy.retry_after)
            await self._outbox.again(delivery, later, "the platform is busy", counts=False)
        except (Gone, Denied) as refusal:
            await self._outbox.settle(delivery, State.FAILED, str(refusal))
            await self._subscriptions.pause(delivery.at, str(refusal))
            logger.warning("%s cannot be delivered to %s: %s", delivery.what, delivery.at, refusal)
        except Exception as error:
            logger.exception("%s failed for %s", delivery.what, delivery.at)
            reason = str(error) if isinstance(error, OverheardError) else str(OverheardError())
            await self._again(delivery, _FIRST_WAIT * 2**delivery.attempts, reason)
        return False

    async def _send(self, delivery: Delivery) -> bool:
        message = await self._write(delivery)
        if message is None:
            await self._outbox.settle(delivery, State.SENT, "nothing left to tell")
            return False
        sent = await self._platforms[delivery.at.platform].send(delivery.at, message, key=delivery.key)
        return await self._outbox.settle(delivery, State.SENT, sent=sent.id)

    async def _again(self, delivery: Delivery, seconds: float, reason: str) -> None:
        if delivery.attempts >= ATTEMPTS:
            await self._outbox.settle(delivery, State.FAILED, reason)
        else:
            await self._outbox.again(delivery, self._clock.now() + dt.timedelta(seconds=seconds), reason)
