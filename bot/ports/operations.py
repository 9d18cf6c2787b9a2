"""What keeps the bot running well, whatever it says and to whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.ports.llm import Usage


class Measures(Protocol):
    """What is counted and timed while the bot works; every label is one of a few, and none tells of whom."""

    def acknowledged(self, platform: str, seconds: float) -> None:
        """Note how long a platform waited for our word that an event had arrived."""

    def answered(self, verb: str, seconds: float) -> None:
        """Note how long the last state of an answer took."""

    def delivered(self, platform: str, outcome: str) -> None:
        """Note how a delivery went: a state, or `again` where it was handed back."""

    def slowed(self, platform: str) -> None:
        """Note that a platform turned a call away because there were too many."""

    def queued(self, late: float) -> None:
        """Note how many seconds after its time a brief was queued."""


class Consumption(Protocol):
    """What is asked of a language model, counted while the bot works."""

    def asked(self, purpose: str, outcome: str, usage: Usage | None = None) -> None:
        """Note what a task was for, how it went, and the tokens it took."""


class Unmeasured:
    """Measures and Consumption that nobody reads."""

    def acknowledged(self, platform: str, seconds: float) -> None:
        """Note nothing."""

    def answered(self, verb: str, seconds: float) -> None:
        """Note nothing."""

    def delivered(self, platform: str, outcome: str) -> None:
        """Note nothing."""

    def slowed(self, platform: str) -> None:
        """Note nothing."""

    def queued(self, late: float) -> None:
        """Note nothing."""

    def asked(self, purpose: str, outcome: str, usage: Usage | None = None) -> None:
        """Note nothing."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much lies in the database.

    `deliveries` counts by platform and state, `unfinished` the events of each platform that are not dealt with;
    `overdue` is how many seconds ago the oldest delivery fell due that nobody has taken up.
    """

    conversations: int = 0
    deliveries: Mapping[tuple[str, str], int] = field(default_factory=dict)
    unfinished: Mapping[str, int] = field(default_factory=dict)
    overdue: float = 0.0


class Standing(Protocol):
    """How the database stands, asked when somebody wants to know."""

    async def answers(self) -> bool:
        """Return True; raises or never returns where the database does not answer."""

    async def load(self, now: dt.datetime) -> Load:
        """Return how much there is."""


class Copies(Protocol):
    """Whether the database is a copy, whose original went on after it was taken."""

    async def taken(self) -> dt.datetime | None:
        """Return when this copy was taken; None where this is no copy, or the bot has run on it."""

    async def settle(self, now: dt.datetime, reason: str) -> int:
        """Send nothing that is due now, and be a copy no longer; return how many deliveries are in doubt.

        Each of them ends unknown, for this reason; events under way are taken for dealt with.
        """
