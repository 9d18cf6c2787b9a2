"""Delivers what is due: send, retry, give up. It knows a handful of errors and no SDK."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from bot.chat.message import Message
from bot.chat.platform import Platform, Trail
from bot.domain.delivery import Delivery, Promise, State
from bot.due_times import Clock
from bot.errors import Busy, Denied, Doubtful, Gone, OverheardError, Reach, Unanswered
from bot.metrics import Measures, Unmeasured
from bot.store.outbox import Outbox
from bot.store.subscriptions import Subscriptions

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=60)
"""How long one sender holds a delivery before another may take it, unless it renews that."""

ATTEMPTS = 6
_FIRST_WAIT = 5.0
_A_FEW = 8

TWICE = "It may stand there twice: whether an earlier try was taken could not be found out."

Write = Callable[[Delivery], Awaitable[Message | None]]


class Postman:
    """Takes due deliveries to their platforms, many at once; a delivery ends sent, failed or unknown.

    A platform, a space or a channel that asks for time gets it, and the others do not wait.
    """

    def __init__(
        self,
        sendings: Outbox,
        subscriptions: Subscriptions,
        write: Write,
        platforms: Mapping[str, Platform],
        clock: Clock,
        promise: Promise = Promise.AT_LEAST_ONCE,
        measures: Measures | None = None,
        lease: dt.timedelta = LEASE,
    ) -> None:
        self._sendings = sendings
        self._subscriptions = subscriptions
        self._write = write
        self._platforms = platforms
        self._clock = clock
        self._promise = promise
        self._measures = measures or Unmeasured()
        self._lease = lease
        self._under_way: dict[asyncio.Task[bool], Delivery] = {}
        self._held: dict[str, dt.datetime] = {}
        self._moved = asyncio.Event()
        self._sent = 0

    async def deliver(self) -> int:
        """Send everything that is due; return how many were sent."""
        before = self._sent
        while await self._begin() or self._under_way:
            if self._under_way:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
        return self._sent - before

    async def step(self, filled: Callable[[], Awaitable[None]]) -> None:
        """Set to work on what is due, or wait until the outbox is `filled` or something moves here.

        Cancelled, it claims nothing any more; what it was about to begin, it begins.
        """
        beginning = asyncio.ensure_future(self._begin())
        try:
            if await asyncio.shield(beginning):
                return
        except asyncio.CancelledError:
            await beginning
            raise
        waits = [asyncio.ensure_future(filled()), asyncio.ensure_future(self._moved.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._moved.clear()

    async def renew(self) -> None:
        """Hold what is under way for longer; to be called at least twice within a lease."""
        await self._sendings.renew(list(self._under_way.values()), self._clock.now() + self._lease)

    async def drained(self) -> None:
        """Wait for what is under way; cancelled, cut it off: it is in doubt then, and settled after its lease."""
        if self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _begin(self) -> int:
        """Set to work on what is due, as far as there is room; return on how many."""
        now = self._clock.now()
        self._held = {name: until for name, until in self._held.items() if until > now}
        begun = 0
        for name, platform in self._platforms.items():
            room = platform.pacing.at_once - sum(one.at.platform == name for one in self._under_way.values())
            # To ask costs as much for one as for many.
            if name in self._held or room * _A_FEW < platform.pacing.at_once:
                continue
            claimed = await self._sendings.claim(
                now, self._lease, room, name, in_space=platform.pacing.in_space, skip=list(self._held)
            )
            for delivery in claimed:
                task = asyncio.create_task(self._one(delivery))
                self._under_way[task] = delivery
                task.add_done_callback(self._ended)
                begun += 1
        return begun

    def _ended(self, task: asyncio.Task[bool]) -> None:
        del self._under_way[task]
        self._sent += not task.cancelled() and task.result()
        self._moved.set()

    async def _one(self, delivery: Delivery) -> bool:
        try:
            return await self._send(delivery)
        except Busy as busy:
            doubtful = isinstance(busy, Unanswered)
            if not doubtful:
                self._hold(delivery, busy)
            await self._later(delivery, busy.retry_after, str(busy), counts=doubtful, doubtful=doubtful)
        except Doubtful as doubt:
            await self._settle(delivery, State.UNKNOWN, str(doubt))
            logger.warning("%s for %s: %s", delivery.what, delivery.at, doubt)
        except (Gone, Denied) as refusal:
            await self._settle(delivery, State.FAILED, str(refusal))
            await self._subscriptions.pause(delivery.at, str(refusal))
            logger.warning("%s cannot be delivered to %s: %s", delivery.what, delivery.at, refusal)
        except Exception as error:
            logger.exception("%s failed for %s", delivery.what, delivery.at)
            reason = str(error) if isinstance(error, OverheardError) else str(OverheardError())
            await self._later(delivery, _FIRST_WAIT * 2**delivery.attempts, reason)
        return False

    async def _send(self, delivery: Delivery) -> bool:
        message = await self._write(delivery)
        if message is None:
            await self._settle(delivery, State.SENT, "nothing left to tell")
            return False
        trail = Trail(list(delivery.pages), delivery.doubt, partial(self._sendings.note, delivery))
        send = self._platforms[delivery.at.platform].send
        try:
            sent, reason = await send(delivery.at, message, key=delivery.key, trail=trail), ""
        except Doubtful:
            if self._promise is Promise.AT_MOST_ONCE:
                raise
            trail.doubt = None
            sent, reason = await send(delivery.at, message, key=delivery.key, trail=trail), TWICE
        return await self._settle(delivery, State.SENT, reason, sent.id)

    async def _later(
        self, delivery: Delivery, seconds: float, reason: str, *, counts: bool = True, doubtful: bool = False
    ) -> None:
        if counts and delivery.attempts >= ATTEMPTS:
            await self._settle(delivery, State.UNKNOWN if doubtful else State.FAILED, reason)
            return
        at = self._clock.now() + dt.timedelta(seconds=seconds)
        await self._sendings.again(delivery, at, reason, counts=counts, doubtful=doubtful)
        self._measures.delivered(delivery.at.platform, "doubtful" if doubtful else "again")
        asyncio.get_running_loop().call_later(seconds, self._moved.set)

    async def _settle(self, delivery: Delivery, state: State, reason: str = "", sent: str = "") -> bool:
        settled = await self._sendings.settle(delivery, state, reason, sent)
        if settled:
            self._measures.delivered(delivery.at.platform, state.value)
        return settled

    def _hold(self, delivery: Delivery, busy: Busy) -> None:
        at = delivery.at
        name = {Reach.CHANNEL: str(at), Reach.SPACE: at.tenant, Reach.PLATFORM: at.platform}[busy.reach]
        self._held[name] = self._clock.now() + dt.timedelta(seconds=busy.retry_after)
