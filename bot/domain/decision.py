"""Why a claim was told, or wasn't: one decision for each claim that a brief looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.conversation import Origin


class Stage(StrEnum):
    """Where a claim's way to the reader ended, in the order of that way; docs/stages.md explains each."""

    EXTRACTION = "extraction"
    WINDOW = "window"
    TOPIC = "topic"
    NOVELTY = "novelty"
    RANKING = "ranking"
    COMPOSITION = "composition"
    VERIFICATION = "verification"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a claim.

    `claim` is its id, or the words of a sentence that never became a claim; `reason` is one plain sentence.
    """

    claim: str
    stage: Stage
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A claim, or a sentence that never became one: its words, who said them where, and what was decided."""

    text: str
    speaker: str
    origin: Origin
    decision: Decision


class DecisionLog:
    """Collects decisions while claims are extracted or a brief is composed.

    The last decision on a claim stands, except that nothing replaces PUBLISHED.
    """

    def __init__(self) -> None:
        self._by_claim: dict[str, Decision] = {}

    def record(self, claims: Iterable[str], stage: Stage, reason: str) -> None:
        """Record the same decision for several claims."""
        for claim in claims:
            known = self._by_claim.get(claim)
            if known is None or known.stage is not Stage.PUBLISHED:
                self._by_claim[claim] = Decision(claim, stage, reason)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Every decision, in the order in which claims were first looked at."""
        return tuple(self._by_claim.values())
