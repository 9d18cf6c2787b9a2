"""Which of two things a sentence calls the cause of the other, for sentences in words of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.analysis.faults import Fault, Problem, evidence
from bot.analysis.listed import cues
from bot.analysis.terms import content
from bot.model import Claim

_WEAK = r"(?:,|;) (?:so|as|since)(?= )|(?<=[a-z]) so (?=(?:the|they|he|she|it|we|that|[A-Z]\w+)\b)"
_LINK = re.compile(
    rf"\b(?:(?P<backward>{cues('cause_after')})|(?P<forward>{cues('effect_after')}))\b|(?P<weak>{_WEAK})", re.IGNORECASE
)
_REACH = 8


@dataclass(frozen=True, slots=True)
class Link:
    """One thing said to bring about another: the stems of each, and the words that say so."""

    words: str
    cause: frozenset[str]
    effect: frozenset[str]


def links(text: str) -> Iterator[Link]:
    """Yield what a text links as cause and effect."""
    for match in _LINK.finditer(text):
        before = frozenset(content(text[: match.start()])[-_REACH:])
        after = frozenset(content(text[match.end() :])[:_REACH])
        backward = match["backward"] or match.group().strip(" ,;").lower() in {"as", "since"}
        yield Link(match.group().strip(" ,;"), *((after, before) if backward else (before, after)))


def invented(statement: str, claims: Sequence[Claim]) -> Iterator[Problem]:
    """Find links that no claim makes, or makes the other way round."""
    known = [link for claim in claims for link in links(evidence(claim))]
    for link in links(statement):
        if not any(_same(link, other) for other in known):
            yield Problem(Fault.CAUSE, link.words)


def _same(mine: Link, other: Link) -> bool:
    right = len(mine.cause & other.cause) + len(mine.effect & other.effect)
    turned = len(mine.cause & other.effect) + len(mine.effect & other.cause)
    return right > turned and bool(mine.cause & other.cause or mine.effect & other.effect)
