"""The pace at which platforms are asked: even, each channel's own, and never later than it must be."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Busy, RateLimitScope
from bot.platforms.rate_limit import LAG_BACKOFF, MAX_WAIT, RateLimiter
from tests.timeless import timeless


def calls(gate: RateLimiter, channels: list[str], *, first: frozenset[int] = frozenset()) -> list[tuple[float, str]]:
    """Let everybody ask at once; return when each was let through, in order."""
    through: list[tuple[float, str]] = []

    async def call(number: int, channel: str) -> None:
        while True:
            try:
                await gate.acquire(channel, priority=number in first)
            except Busy as busy:
                await asyncio.sleep(busy.retry_after)
            else:
                break
        through.append((asyncio.get_running_loop().time(), channel))

    async def everybody() -> None:
        await asyncio.gather(*(call(number, channel) for number, channel in enumerate(channels)))

    timeless(everybody())
    return through


@given(st.lists(st.sampled_from("abcd"), max_size=80), st.sampled_from([1.0, 5.0, 48.0]), st.integers(1, 4))
def test_no_second_sees_more_than_the_rate_allows(channels: list[str], rate: float, burst: int) -> None:
    """In all, and of one channel; and everybody comes through."""
    times = calls(RateLimiter(rate, RateLimitScope.SPACE, burst), channels)
    assert len(times) == len(channels)
    mine = defaultdict(list)
    for at, channel in times:
        mine[channel].append(at)
    for moments, most in [([at for at, _ in times], rate + 2), *((some, burst + 1) for some in mine.values())]:
        for at in moments:
            assert sum(at <= other < at + 1 for other in moments) <= most


def test_a_long_line_loses_no_time() -> None:
    """Ten thousand calls take as long as the rate says."""
    times = calls(RateLimiter(48, RateLimitScope.PLATFORM), [f"c{n}" for n in range(10_000)])
    assert times[-1][0] - times[0][0] == pytest.approx(10_000 / 48, rel=0.01)


def test_who_is_waited_for_goes_first() -> None:
    """Behind the one whose turn it is already, before all the others."""
    times = calls(RateLimiter(10, RateLimitScope.PLATFORM), [f"c{n}" for n in range(50)], first=frozenset({49}))
    assert [channel for _, channel in times].index("c49") <= 2


def test_who_is_waited_for_has_credit_and_no_limit() -> None:
    """So many go at once, the others as the rate says, however long that takes; what nobody waits for pays it back."""
    gate = RateLimiter(5, RateLimitScope.SPACE, credit=4)
    times = calls(gate, [f"c{n}" for n in range(200)], first=frozenset(range(150)))
    answers, rest = times[:150], times[150:]
    assert sum(at == answers[0][0] for at, _ in answers) == pytest.approx(20, abs=1)
    assert answers[-1][0] - answers[0][0] == pytest.approx((150 - 20) / 5, abs=1)
    assert rest[0][0] >= 150 / 5 - 1


def test_what_nobody_waits_for_steps_back_when_the_loop_is_late() -> None:
    """The later it came back, the longer; who is waited for goes on as before."""

    async def crowded() -> tuple[float, float]:
        gate, loop = RateLimiter(10, RateLimitScope.PLATFORM), asyncio.get_running_loop()
        await gate.acquire()
        began = loop.time()
        loop.call_later(0.05, loop.stand_still, 0.4)
        await asyncio.gather(gate.acquire(), gate.acquire())
        rest = loop.time() - began
        began = loop.time()
        await gate.acquire(priority=True)
        return rest, loop.time() - began

    rest, answer = timeless(crowded())
    assert rest >= 0.3 * LAG_BACKOFF
    assert answer <= 0.2


def test_a_gate_that_is_held_asks_for_time() -> None:
    """Who would wait long is told for how long, and others get through when it is over."""

    async def held() -> None:
        gate = RateLimiter(10, RateLimitScope.PLATFORM)
        gate.pause(MAX_WAIT + 50)
        with pytest.raises(Busy) as busy:
            await gate.acquire()
        assert busy.value.scope is RateLimitScope.PLATFORM
        await asyncio.sleep(busy.value.retry_after)
        await gate.acquire()

    timeless(held())


@dataclass
class Company:
    """So many replicas, of which this is one."""

    live_count: int = 1

    async def run_as_leader(self, name: str, task: Callable[[], Awaitable[None]]) -> None:
        """Do the work."""
        del name
        await task()


def test_replicas_share_a_rate() -> None:
    """Also from one moment to the next, and none is left with nothing."""
    company = Company()
    gate = RateLimiter(50, RateLimitScope.PLATFORM, replicas=company, headroom=2)
    assert gate.rate == 48
    for living in range(2, 100):
        company.live_count = living
        assert 25 - 1e-9 <= living * gate.rate <= max(25, 50 - 2 * living) + 1e-9


@given(st.integers(1, 6), st.lists(st.floats(0, 0.2), min_size=6, max_size=6))
def test_no_second_of_all_replicas_sees_more_than_the_whole_allows(living: int, begins: list[float]) -> None:
    """Whenever each of them begins."""
    times: list[float] = []

    async def calls_of(begin: float, gate: RateLimiter) -> None:
        await asyncio.sleep(begin)
        for _ in range(3 * 50 // living):
            await gate.acquire()
            times.append(asyncio.get_running_loop().time())

    async def everybody() -> None:
        company = Company(living)
        gates = [RateLimiter(50, RateLimitScope.PLATFORM, replicas=company, headroom=2) for _ in range(living)]
        await asyncio.gather(*(calls_of(begin, gate) for begin, gate in zip(begins, gates, strict=False)))

    timeless(everybody())
    for at in times:
        assert sum(at <= other < at + 1 for other in times) <= 50
