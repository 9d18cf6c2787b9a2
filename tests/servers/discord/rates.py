"""How often routes may be called: a bucket for each, by channel or token, and one for all together."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from dataclasses import dataclass

OPEN = (1_000, 1.0)
"""What a bucket allows where nothing is enforced: calls, in so many seconds."""

LIMITS = {
    "create_message": (5, 5.0),
    "edit_message": (5, 5.0),
    "delete_message": (5, 1.0),
    "crosspost_message": (10, 3_600.0),
    "webhook": (5, 2.0),
}
"""What stands in for Discord's own figures, which are not published and may change at any time."""

OTHERS = (10, 5.0)
GLOBAL, GLOBAL_SECONDS = 50, 1.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to tell of a call: the headers, and for how many seconds it is turned away, if it is."""

    headers: dict[str, str]
    wait: float = 0.0
    is_global: bool = False


@dataclass(slots=True)
class _Bucket:
    limit: int
    resets: float
    used: int = 0


class Rates:
    """Counts every call, and when told to `enforce`, turns away what comes too fast.

    `scale` shortens every window. `turned_away` counts what was refused, by route; `avoidable` those of
    them that the app was told of in the headers of the answer before.
    """

    def __init__(self, scale: float = 1.0, *, enforce: bool) -> None:
        self.enforce = enforce
        self.scale = scale
        self.made: Counter[str] = Counter()
        self.turned_away: Counter[str] = Counter()
        self.avoidable: Counter[str] = Counter()
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._all = _Bucket(GLOBAL, 0.0)

    def count(self, name: str, bucket: str, major: str, *, is_global: bool) -> Verdict:
        """Count a call of a route in its bucket, for one channel or token."""
        now = asyncio.get_running_loop().time()
        self.made[name] += 1
        limit, seconds = (LIMITS.get(bucket, OTHERS)) if self.enforce else OPEN
        found = self._buckets.get((bucket, major))
        if found is None or found.resets <= now:
            found = self._buckets[bucket, major] = _Bucket(limit, now + seconds * self.scale)
        if found.used >= found.limit:
            self.turned_away[name] += 1
            self.avoidable[name] += 1
            return Verdict(_headers(bucket, found, now), found.resets - now)
        if self.enforce and is_global and (wait := self._crowded(now)):
            self.turned_away[name] += 1
            return Verdict({}, wait, is_global=True)
        found.used += 1
        return Verdict(_headers(bucket, found, now))

    def _crowded(self, now: float) -> float:
        if self._all.resets <= now:
            self._all = _Bucket(GLOBAL, now + GLOBAL_SECONDS * self.scale)
        if self._all.used >= self._all.limit:
            return self._all.resets - now
        self._all.used += 1
        return 0.0


def _headers(name: str, bucket: _Bucket, now: float) -> dict[str, str]:
    left = math.ceil(max(0.0, bucket.resets - now) * 1000) / 1000  # rounded down, it would bring calls too early
    return {
        "X-RateLimit-Bucket": f"bucket-{name}",
        "X-RateLimit-Limit": str(bucket.limit),
        "X-RateLimit-Remaining": str(bucket.limit - bucket.used),
        "X-RateLimit-Reset-After": f"{left:.3f}",
        "X-RateLimit-Reset": f"{time.time() + left:.3f}",
    }
