"""What is counted and timed while the bot works."""

from __future__ import annotations

from typing import Protocol

from bot.domain.usage import Usage


class Metrics(Protocol):
    """What is counted and timed while the bot works; every label is one of a few, and none tells of whom."""

    def record_acknowledgement(self, platform: str, seconds: float) -> None:
        """Note how long a platform waited for our word that an event had arrived."""

    def record_answer(self, verb: str, seconds: float) -> None:
        """Note how long the last state of an answer took."""

    def record_delivery(self, platform: str, outcome: str) -> None:
        """Note how a delivery went: a state, or `again` where it was handed back."""

    def record_rate_limit(self, platform: str) -> None:
        """Note that a platform turned a call away because there were too many."""

    def record_queue_lag(self, late: float) -> None:
        """Note how many seconds after its time a brief was queued."""


class ModelMetrics(Protocol):
    """What is asked of a language model, counted while the bot works."""

    def record_call(self, purpose: str, outcome: str, usage: Usage | None = None) -> None:
        """Note what a task was for, how it went, and the tokens it took."""


class NoMetrics:
    """Measures and Consumption that nobody reads."""

    def record_acknowledgement(self, platform: str, seconds: float) -> None:
        """Note nothing."""

    def record_answer(self, verb: str, seconds: float) -> None:
        """Note nothing."""

    def record_delivery(self, platform: str, outcome: str) -> None:
        """Note nothing."""

    def record_rate_limit(self, platform: str) -> None:
        """Note nothing."""

    def record_queue_lag(self, late: float) -> None:
        """Note nothing."""

    def record_call(self, purpose: str, outcome: str, usage: Usage | None = None) -> None:
        """Note nothing."""
