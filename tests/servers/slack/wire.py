"""The way to the app: one payload, tried again like Slack tries, over sockets or over HTTP."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

from tests.servers.slack.clock import Stamps
from tests.servers.slack.delivery import EVENT, Delivery
from tests.servers.slack.state import JSON

ACK_SECONDS = 3.0
"""How long the app may take to acknowledge."""

RETRIES = (0.0, 60.0, 300.0)
"""When an event is tried again, in seconds after the failure before; nothing but events is."""


class Carrier(Protocol):
    """What hands a payload to the app: it calls `wire.taken` or `wire.failed`, once."""

    def carry(self, delivery: Delivery, retry: int, reason: str) -> None:
        """Start one attempt; `retry` is 0 for the first."""


class Wire:
    """Every delivery in order, and the retries they still have before them."""

    def __init__(self, stamps: Stamps, retry_scale: float, ack_seconds: float) -> None:
        self.stamps = stamps
        self.retry_scale = retry_scale
        self.ack_seconds = ack_seconds
        self.deliveries: list[Delivery] = []
        self.carrier: Carrier | None = None
        self.on_change: Callable[[], None] = _nothing
        self._timers: deque[asyncio.TimerHandle] = deque(maxlen=10_000)
        self._closed = False

    def deliver(self, kind: str, payload: JSON, acted: Callable[[JSON], None] | None = None) -> Delivery:
        """Hand a payload to the app; `acted` is called with what comes back in the acknowledgement."""
        delivery = Delivery(kind, payload, acted)
        self.deliveries.append(delivery)
        self.attempt(delivery)
        return delivery

    def repeat(self, delivery: Delivery) -> Delivery:
        """Send a payload once more although it was taken, as a retry of its own."""
        again = Delivery(delivery.kind, delivery.payload, delivery.acted)
        self.deliveries.append(again)
        if self.carrier:
            self.carrier.carry(again, 1, "timeout")
        return again

    def attempt(self, delivery: Delivery, reason: str = "") -> None:
        """Try once more."""
        if self.carrier is None:
            message = "Nothing carries payloads: open the fake Slack first."
            raise RuntimeError(message)
        if not self._closed and not delivery.over:
            self.carrier.carry(delivery, len(delivery.attempts), reason)

    def taken(self, delivery: Delivery, response: JSON | None) -> None:
        """Note that the app acknowledged."""
        delivery.take(asyncio.get_running_loop().time(), response)
        self.on_change()

    def failed(self, delivery: Delivery, reason: str) -> None:
        """Note that an attempt failed, and try again later what may be tried again."""
        last = delivery.attempts[-1]
        last.ended, last.failure = asyncio.get_running_loop().time(), reason
        retries = len(delivery.attempts) - 1
        if delivery.kind != EVENT or retries >= len(RETRIES):
            delivery.give_up(reason)
            self.on_change()
        else:
            self.later(RETRIES[retries] * self.retry_scale, self.attempt, delivery, reason)

    def later(self, seconds: float, call: Callable[..., None], *args: object) -> asyncio.TimerHandle:
        """Call something after so many seconds, unless the wire is closed by then."""
        timer = asyncio.get_running_loop().call_later(seconds, call, *args)
        self._timers.append(timer)
        return timer

    def close(self) -> None:
        """Stop trying."""
        self._closed = True
        for timer in self._timers:
            timer.cancel()


def _nothing() -> None:
    pass
