"""Delivers what is due: it sends, retries and gives up. It knows a handful of errors and no SDK."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from bot.chat.message import Message
from bot.chat.platform import Platform, PostedPages
from bot.domain.delivery import Delivery, DeliveryGuarantee, DeliveryState
from bot.due_times import Clock
from bot.errors import Busy, Denied, Gone, OverheardError, RateLimitScope, Unconfirmed, Unverifiable
from bot.metrics import Metrics
from bot.retry import RetryPolicy
from bot.store.outbox import Outbox
from bot.store.subscriptions import Subscriptions

logger = logging.getLogger(__name__)

DELIVERY_LEASE = dt.timedelta(seconds=60)
"""How long a worker holds a delivery before another may take it, unless it renews its lease."""

LANDING = dt.timedelta(seconds=4)
"""How long after its sender has ended a post may still appear; until then nobody can tell whether it was made."""

MAX_ATTEMPTS = 6
RETRIES = RetryPolicy(first=5.0, retries=MAX_ATTEMPTS)
"""By the tries so far; one that a platform was too busy for doesn't count."""
_CLAIM_WHEN_FREE_FRACTION = 8

POSSIBLE_DUPLICATE = "It may appear there twice: it isn't known whether an earlier attempt arrived."

Render = Callable[[Delivery], Awaitable[Message | None]]


class DeliveryWorker:
    """Sends due deliveries to their platforms, many at once; a delivery ends as sent, failed or unknown.

    A platform, a space or a channel that asks for time gets it, while the others go on.
    """

    def __init__(
        self,
        outbox: Outbox,
        subscriptions: Subscriptions,
        render: Render,
        platforms: Mapping[str, Platform],
        clock: Clock,
        guarantee: DeliveryGuarantee = DeliveryGuarantee.AT_LEAST_ONCE,
        metrics: Metrics | None = None,
        lease: dt.timedelta = DELIVERY_LEASE,
    ) -> None:
        self._outbox = outbox
        self._subscriptions = subscriptions
        self._render = render
        self._platforms = platforms
        self._clock = clock
        self._guarantee = guarantee
        self._metrics = metrics or Metrics()
        self._lease = lease
        self._in_flight: dict[asyncio.Task[bool], Delivery] = {}
        self._backoff_until: dict[str, dt.datetime] = {}
        self._wakeup = asyncio.Event()
        self._sent_count = 0

    async def deliver_due(self) -> int:
        """Send everything that is due; return how many were sent."""
        before = self._sent_count
        while await self._start_due() or self._in_flight:
            if self._in_flight:
                await asyncio.wait(self._in_flight, return_when=asyncio.FIRST_COMPLETED)
        return self._sent_count - before

    async def run_once(self, wait_for_work: Callable[[], Awaitable[None]]) -> None:
        """Start what is due, or wait until there is work or something changes here.

        When cancelled it claims nothing more, but starts what it has already claimed.
        """
        starting = asyncio.ensure_future(self._start_due())
        try:
            if await asyncio.shield(starting):
                return
        except asyncio.CancelledError:
            # Its failure must not take the place of the cancellation.
            await asyncio.gather(starting, return_exceptions=True)
            raise
        waits = [asyncio.ensure_future(wait_for_work()), asyncio.ensure_future(self._wakeup.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._wakeup.clear()

    async def renew_leases(self) -> None:
        """Renew the leases of deliveries in progress; to be called at least twice within a lease."""
        await self._outbox.renew(list(self._in_flight.values()), self._clock.now() + self._lease)

    async def take_over(self, has_ended: Callable[[str], bool]) -> None:
        """Take over what senders held that have ended, as soon as all that they posted has appeared.

        Without this it waits for the end of the lease, and so do all others of a space in which it takes every place.
        """
        if await self._outbox.release_held(has_ended, self._clock.now() + LANDING):
            asyncio.get_running_loop().call_later(LANDING.total_seconds(), self._wakeup.set)

    async def drain(self) -> None:
        """Wait for deliveries in progress; if cancelled, they become uncertain, and are settled after their lease."""
        if self._in_flight:
            await asyncio.gather(*self._in_flight, return_exceptions=True)

    async def _start_due(self) -> int:
        """Start what is due, as far as there is capacity; return how many deliveries."""
        now = self._clock.now()
        self._backoff_until = {name: until for name, until in self._backoff_until.items() if until > now}
        started = 0
        for name, platform in self._platforms.items():
            limits = platform.concurrency
            capacity = limits.total - sum(delivery.at.platform == name for delivery in self._in_flight.values())
            # Claiming costs as much for one as for many.
            if name in self._backoff_until or capacity * _CLAIM_WHEN_FREE_FRACTION < limits.total:
                continue
            claimed = await self._outbox.claim(
                now, self._lease, capacity, name, in_space=limits.per_space, skip=list(self._backoff_until)
            )
            for delivery in claimed:
                task = asyncio.create_task(self._deliver(delivery))
                self._in_flight[task] = delivery
                task.add_done_callback(self._on_done)
            started += len(claimed)
        return started

    def _on_done(self, task: asyncio.Task[bool]) -> None:
        del self._in_flight[task]
        self._sent_count += not task.cancelled() and task.result()
        self._wakeup.set()

    async def _deliver(self, delivery: Delivery) -> bool:
        try:
            return await self._send(delivery)
        except Busy as busy:
            doubtful = isinstance(busy, Unconfirmed)
            if not doubtful:
                self._back_off(delivery, busy)
            await self._retry_later(
                delivery, str(busy), busy.retry_after, counts_as_attempt=doubtful, doubtful=doubtful
            )
        except Unverifiable as doubt:
            await self._settle(delivery, DeliveryState.UNKNOWN, str(doubt))
            logger.warning("%s for %s: %s", delivery.what, delivery.at, doubt)
        except (Gone, Denied) as refusal:
            await self._settle(delivery, DeliveryState.FAILED, str(refusal))
            await self._subscriptions.pause(delivery.at, str(refusal))
            logger.warning("%s cannot be delivered to %s: %s", delivery.what, delivery.at, refusal)
        except Exception as error:
            logger.exception("%s failed for %s", delivery.what, delivery.at)
            reason = str(error) if isinstance(error, OverheardError) else str(OverheardError())
            await self._retry_later(delivery, reason)
        return False

    async def _send(self, delivery: Delivery) -> bool:
        message = await self._render(delivery)
        if message is None:
            await self._settle(delivery, DeliveryState.SENT, "nothing left to report")
            return False
        trail = PostedPages(list(delivery.pages), delivery.doubt, partial(self._outbox.record_pages, delivery))
        send = self._platforms[delivery.at.platform].send
        try:
            sent, reason = await send(delivery.at, message, key=delivery.key, trail=trail), ""
        except Unverifiable:
            if self._guarantee is DeliveryGuarantee.AT_MOST_ONCE:
                raise
            trail.uncertain_since = None
            sent, reason = await send(delivery.at, message, key=delivery.key, trail=trail), POSSIBLE_DUPLICATE
        return await self._settle(delivery, DeliveryState.SENT, reason, sent.id)

    async def _retry_later(
        self,
        delivery: Delivery,
        reason: str,
        hint: float | None = None,
        *,
        counts_as_attempt: bool = True,
        doubtful: bool = False,
    ) -> None:
        seconds = RETRIES.delay(delivery.attempts if counts_as_attempt else 0, hint)
        if seconds is None:
            await self._settle(delivery, DeliveryState.UNKNOWN if doubtful else DeliveryState.FAILED, reason)
            return
        at = self._clock.now() + dt.timedelta(seconds=seconds)
        await self._outbox.reschedule(delivery, at, reason, counts=counts_as_attempt, doubtful=doubtful)
        self._metrics.record_delivery(delivery.at.platform, "doubtful" if doubtful else "again")
        asyncio.get_running_loop().call_later(seconds, self._wakeup.set)

    async def _settle(self, delivery: Delivery, state: DeliveryState, reason: str = "", sent: str = "") -> bool:
        settled = await self._outbox.settle(delivery, state, reason, sent)
        if settled:
            self._metrics.record_delivery(delivery.at.platform, state.value)
        return settled

    def _back_off(self, delivery: Delivery, busy: Busy) -> None:
        at = delivery.at
        name = {RateLimitScope.CHANNEL: str(at), RateLimitScope.SPACE: at.tenant, RateLimitScope.PLATFORM: at.platform}[
            busy.scope
        ]
        self._backoff_until[name] = self._clock.now() + dt.timedelta(seconds=busy.retry_after)
