"""When to try something again."""

from __future__ import annotations

import math
from dataclasses import dataclass

_MAX_EXPONENT = 64
"""A delay that has grown this often is longer than anybody waits, and still a number."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Decides about another try; the caller sleeps, writes the time down or gives up.

    The first retry comes after `first` seconds and each further one after `factor` times as long, up to `longest`.
    `retries` None means for ever. Whoever asks us to wait is obeyed instead, up to `longest_hint` seconds.
    `jitter` is the largest share by which a delay grows, so that what failed together isn't retried together.
    """

    first: float
    retries: int | None = None
    factor: float = 2.0
    longest: float = math.inf
    longest_hint: float = math.inf
    jitter: float = 0.0

    def delay(self, attempt: int, hint: float | None = None, draw: float = 0.0) -> float | None:
        """Return how many seconds to wait after so many retries, or None to give up.

        `hint` is how long somebody asks us to wait, `draw` a number from 0 to 1 for the jitter.
        """
        if self.retries is not None and attempt >= self.retries:
            return None
        if hint is not None:
            return hint if hint <= self.longest_hint else None
        backoff = min(self.first * self.factor ** min(attempt, _MAX_EXPONENT), self.longest)
        return backoff * (1 + self.jitter * draw)
