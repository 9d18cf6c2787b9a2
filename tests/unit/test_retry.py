"""When something is tried again."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Busy, Unconfirmed
from bot.platforms.rate_limit import retry_once
from bot.retry import RetryPolicy, retry

SECONDS = st.floats(0, 1e6)
POLICIES = st.builds(
    RetryPolicy,
    first=SECONDS,
    retries=st.none() | st.integers(0, 20),
    factor=st.floats(1, 10),
    longest=SECONDS | st.just(math.inf),
    longest_hint=SECONDS | st.just(math.inf),
    jitter=st.floats(0, 1),
)
ATTEMPTS = st.integers(0, 100_000)


@given(POLICIES, ATTEMPTS)
def test_delays_never_shrink_and_have_a_bound(policy: RetryPolicy, attempt: int) -> None:
    """However often something failed, the delay is a number of seconds."""
    delay, later = policy.backoff(attempt), policy.backoff(attempt + 1)
    assert 0 <= delay <= later <= policy.longest
    assert math.isfinite(later)
    assert policy.backoff(0) == min(policy.first, policy.longest)


@given(POLICIES, ATTEMPTS, st.floats(0, 1))
def test_jitter_takes_off_its_share_at_most(policy: RetryPolicy, attempt: int, draw: float) -> None:
    """And never adds to a delay."""
    whole = policy.backoff(attempt)
    assert whole * (1 - policy.jitter) <= policy.backoff(attempt, draw=draw) <= whole


@given(POLICIES, ATTEMPTS, st.none() | SECONDS)
def test_it_gives_up_after_so_many_retries_or_if_asked_to_wait_too_long(
    policy: RetryPolicy, attempt: int, hint: float | None
) -> None:
    """Otherwise a hint is obeyed to the second."""
    delay = policy.delay(attempt, hint)
    is_spent = policy.retries is not None and attempt >= policy.retries
    is_too_long = hint is not None and hint > policy.longest_hint
    assert (delay is None) == (is_spent or is_too_long)
    if delay is not None:
        assert delay == (policy.backoff(attempt) if hint is None else hint)


@given(st.integers(0, 8), st.integers(0, 5))
async def test_a_call_is_made_once_more_than_it_is_retried(failures: int, retries: int) -> None:
    """At most; the last error is raised, and another kind at once."""
    calls = []

    async def call() -> str:
        calls.append(None)
        if len(calls) <= failures:
            raise OSError(len(calls))
        return "done"

    policy = RetryPolicy(first=0, retries=retries)
    if failures <= retries:
        assert await retry(call, policy, OSError) == "done"
    else:
        with pytest.raises(OSError, match=rf"^{retries + 1}$"):
            await retry(call, policy, OSError)
    assert len(calls) == min(failures, retries) + 1
    calls.clear()
    if failures:
        with pytest.raises(OSError, match=r"^1$"):
            await retry(call, policy, ValueError)


@pytest.mark.parametrize(("trouble", "expected"), [(Busy(0), 2), (Busy(20.5), 1), (Unconfirmed(30), 2)])
async def test_somebody_who_waits_is_not_kept_waiting_for_long(trouble: Busy, expected: int) -> None:
    """A platform that asks for much time is not asked again; one that says nothing is, after a second."""
    calls = []

    async def call() -> None:
        calls.append(None)
        raise trouble

    with pytest.raises(Busy):
        await retry_once(call)
    assert len(calls) == expected
