"""Delivery for long, to a platform that keeps saying no."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from bot.chat.message import Group, Message, Prose
from bot.chat.platform import PostedPages, Sent
from bot.chat.text import styled_text
from bot.delivery.outbox import DELIVERY_LEASE, DeliveryWorker
from bot.domain.address import Address
from bot.domain.delivery import Delivery
from bot.errors import Busy
from bot.store.store import Store
from tests.fakes import FixedClock, MemoryPlatform

PATIENCE = 10_000
"""Seconds of the test's own clock: each refusal holds up the whole platform for some."""
HERE = Address("memory", "T1", "C1")


class Moody(MemoryPlatform):
    """A platform that is busy up to three times for a message, by turns."""

    def __init__(self) -> None:
        super().__init__()
        self._refused: Counter[str] = Counter()

    async def send(self, to: Address, message: Message, *, key: str, trail: PostedPages | None = None) -> Sent:
        """Refuse for some seconds, or post."""
        if self._refused[key] < int(key) % 4:
            self._refused[key] += 1
            self.refusals = [Busy(len(self.attempts) % 7)]
        return await super().send(to, message, key=key, trail=trail)


async def write(delivery: Delivery) -> Message:
    """Write a delivery's own name."""
    return Message((Group((Prose(styled_text(delivery.what)),)),), delivery.what)


@pytest.mark.long
async def test_a_thousand_deliveries_to_a_platform_that_is_often_busy(store: Store, clock: FixedClock) -> None:
    """In the end all are sent, each message once, with no more attempts than the platform refused."""
    platform = Moody()
    await store.outbox.put([Delivery(str(n), f"brief {n}", HERE) for n in range(1000)], clock.now())
    post = DeliveryWorker(store.outbox, store.subscriptions, write, {"memory": platform}, clock)
    sent = 0
    for _ in range(PATIENCE):
        sent += await post.deliver_due()
        clock.advance(seconds=1)
        if sent == 1000:
            break
    assert sent == len(platform.posts) == 1000
    assert len(platform.attempts) == 1000 + sum(n % 4 for n in range(1000))
    assert await store.outbox.claim(clock.now() + dt.timedelta(days=1), DELIVERY_LEASE, 9, "memory") == []
