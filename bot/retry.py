"""When to try something again."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")
ErrorT = TypeVar("ErrorT", bound=Exception)

_MAX_EXPONENT = 64
"""A delay that has grown this often is longer than anybody waits, and still a number."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Decides about another try; the caller sleeps, writes the time down or gives up.

    The first retry comes after `first` seconds, and each further one after `factor` times as long, up to `longest`.
    `retries` None means for ever. Whoever asks us to wait is obeyed instead, but not for more than `longest_hint`
    seconds. `jitter` is the largest share taken off, so that what failed together isn't retried together.
    """

    first: float
    retries: int | None = None
    factor: float = 2.0
    longest: float = math.inf
    longest_hint: float = math.inf
    jitter: float = 0.0

    def delay(self, attempt: int, hint: float | None = None) -> float | None:
        """Return how many seconds to wait after so many retries, or None to give up.

        `hint` is how long somebody asks us to wait.
        """
        is_spent = self.retries is not None and attempt >= self.retries
        if is_spent or (hint is not None and hint > self.longest_hint):
            return None
        return self.backoff(attempt, hint)

    def backoff(self, attempt: int, hint: float | None = None, draw: float = 0.0) -> float:
        """Return how many seconds to wait if giving up is no choice; `draw` is from 0 to 1, for the jitter."""
        if hint is not None:
            return hint
        seconds = min(self.first * self.factor ** min(attempt, _MAX_EXPONENT), self.longest)
        return seconds * (1 - self.jitter * draw)


async def retry(
    call: Callable[[], Awaitable[Result]],
    policy: RetryPolicy,
    errors: type[ErrorT] | tuple[type[ErrorT], ...],
    hint: Callable[[ErrorT], float | None] = lambda _: None,
) -> Result:
    """Call until it succeeds; raises the last of the errors once the policy gives up, and any other at once."""
    attempt = 0
    while True:
        try:
            return await call()
        except errors as error:
            delay = policy.delay(attempt, hint(error))
            if delay is None:
                raise
        attempt += 1
        await asyncio.sleep(delay)
