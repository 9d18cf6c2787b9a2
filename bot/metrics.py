"""What is counted and timed while the bot works. These classes record nothing; `bot/health/prometheus.py` does."""

from __future__ import annotations

from bot.domain.usage import Usage


class ModelMetrics:
    """Counts the requests to a language model."""

    def record_call(self, purpose: str, outcome: str, usage: Usage | None = None) -> None:
        """Record what a request was for, how it went, and the tokens it used."""


class Metrics(ModelMetrics):
    """Counts and times what the bot does; every label has few values, and none identifies anyone."""

    def record_acknowledgement(self, platform: str, seconds: float) -> None:
        """Record how long a platform waited for the acknowledgement of an event."""

    def record_answer(self, verb: str, seconds: float) -> None:
        """Record how long the final state of an answer took."""

    def record_delivery(self, platform: str, outcome: str) -> None:
        """Record how a delivery went: its state, or `again` if it was put back."""

    def record_rate_limit(self, platform: str) -> None:
        """Record that a platform turned a call away because there were too many."""

    def record_queue_lag(self, late: float) -> None:
        """Record how many seconds after its time a brief was queued."""
