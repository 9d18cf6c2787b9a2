"""How often methods may be called, and how often they were."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from dataclasses import dataclass

from tests.servers.slack.clock import Clock

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls a minute, for each method and workspace."""

_TIER = {
    2: "chat.startStream chat.stopStream conversations.list users.list",
    3: """chat.update chat.delete chat.scheduleMessage chat.unfurl conversations.open conversations.replies
    conversations.history conversations.join conversations.info reactions.add""",
    4: """chat.postEphemeral chat.appendStream views.open views.push views.update views.publish users.info
    conversations.members assistant.threads.setSuggestedPrompts assistant.threads.setStatus""",
}
TIER_OF = {method: tier for tier, methods in _TIER.items() for method in methods.split()}

POSTS_BURST, POSTS_A_SECOND, POSTS_A_MINUTE = 5, 1.0, 300
"""What chat.postMessage takes: for each channel at once, for each channel a second, for each workspace a minute."""


@dataclass(slots=True)
class _Bucket:
    level: float
    at: dt.datetime


class Rates:
    """Counts every call, and when told to `enforce`, turns away what comes too fast."""

    def __init__(self, clock: Clock, *, enforce: bool) -> None:
        self.clock = clock
        self.enforce = enforce
        self.made: Counter[tuple[str, str]] = Counter()
        self.turned_away: Counter[tuple[str, str]] = Counter()
        self._buckets: dict[tuple[str, ...], _Bucket] = {}
        self._shut: dict[str, dt.datetime] = {}

    def shut(self, team: str, seconds: float) -> None:
        """Turn away every post of a workspace for so long."""
        self._shut[team] = self.clock.now() + dt.timedelta(seconds=seconds)

    def count(self, method: str, team: str, channel: str) -> int:
        """Count a call, and return how many seconds it must wait; 0 lets it through."""
        self.made[method, team] += 1
        wait = self._closed(method, team) or (self._wait(method, team, channel) if self.enforce else 0)
        if wait:
            self.turned_away[method, team] += 1
        return wait

    def _closed(self, method: str, team: str) -> int:
        left = (
            self._shut.get(team, self.clock.now()) - self.clock.now()
            if method == "chat.postMessage"
            else dt.timedelta()
        )
        return math.ceil(left.total_seconds())

    def _wait(self, method: str, team: str, channel: str) -> int:
        if method == "chat.postMessage":
            near = self._drawn(("post", team, channel), POSTS_BURST, POSTS_A_SECOND)
            return near or self._drawn(("post", team), POSTS_A_MINUTE, POSTS_A_MINUTE / 60)
        if tier := TIERS.get(TIER_OF.get(method, 0)):
            return self._drawn((method, team), tier, tier / 60)
        return 0

    def _drawn(self, key: tuple[str, ...], most: float, a_second: float) -> int:
        now = self.clock.now()
        bucket = self._buckets.setdefault(key, _Bucket(most, now))
        bucket.level = min(most, bucket.level + (now - bucket.at).total_seconds() * a_second)
        bucket.at = now
        if bucket.level < 1:
            return math.ceil((1 - bucket.level) / a_second)
        bucket.level -= 1
        return 0
