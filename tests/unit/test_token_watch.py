"""A token is checked now and then, and at once when a call is refused."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import Busy, Denied, PlatformError, TokenRefused
from bot.platforms.token_watch import CHECK_SECONDS, TokenWatch
from tests.timeless import timeless


class Checks:
    """Checks that come out as given, one after the other, and well from then on."""

    def __init__(self, *outcomes: PlatformError | None) -> None:
        self._outcomes = list(outcomes)
        self.at: list[float] = []

    async def __call__(self) -> None:
        """Check."""
        self.at.append(asyncio.get_running_loop().time())
        if self._outcomes and (outcome := self._outcomes.pop(0)):
            raise outcome


async def work(seconds: float) -> None:
    """Work for so long."""
    await asyncio.sleep(seconds)


def test_a_bad_token_is_seen_within_a_minute_though_nobody_does_anything() -> None:
    """Even if the platform didn't say whether it is good in between."""

    async def scene() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(TokenRefused):
            await TokenWatch(Checks(Denied(), PlatformError(), TokenRefused())).guard(work(10_000))
        return loop.time() - began

    assert timeless(scene()) == 3 * CHECK_SECONDS <= 90
    assert CHECK_SECONDS <= 30


def test_a_suspicion_is_looked_into_at_once() -> None:
    """And ends the work only if it is right."""

    async def scene() -> list[float]:
        loop = asyncio.get_running_loop()
        checks = Checks(None, TokenRefused())
        watch, began = TokenWatch(checks), loop.time()
        guarded = asyncio.create_task(watch.guard(work(10_000)))
        for _ in range(2):
            await asyncio.sleep(5)
            watch.suspect()
        with pytest.raises(TokenRefused):
            await guarded
        return [at - began for at in checks.at]

    assert timeless(scene()) == [5, 10]


def test_who_is_asked_for_time_gets_it() -> None:
    """Then the next check comes when it always does."""

    async def scene() -> list[float]:
        loop = asyncio.get_running_loop()
        checks, began = Checks(Busy(100)), loop.time()
        await TokenWatch(checks).guard(work(200))
        return [at - began for at in checks.at]

    assert timeless(scene()) == [30, 160, 190]


def test_what_the_work_raises_is_raised() -> None:
    """The watch ends with it."""

    async def fail() -> None:
        raise LookupError

    async def scene() -> None:
        await TokenWatch(Checks()).guard(fail())

    with pytest.raises(LookupError):
        timeless(scene())
