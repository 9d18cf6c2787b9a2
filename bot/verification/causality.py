"""Causality: which of two things a reworded sentence calls the cause of the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain import Claim
from bot.nlp.lexicons import cue_pattern
from bot.nlp.tokens import content_stems
from bot.verification.issues import Violation, ViolationKind, evidence_text

_WEAK_MARKERS = (
    r"^Since (?!\d|then\b|the (?:start|beginning|end|turn|year|last|first)|last|early|late|mid|[A-Z])|"
    r"(?<!\bor)(?<!\band)[,;] so(?= (?!far|much|many|to)\w)"
)
_SPEECH_MARKERS = (
    r"\b(?:and )?so\b(?! far| much| many| long)|\bsince\b|\bin order to\b|\bso as to\b|\bin a way that\b|\bwhy\b|"
    r"\breason\b[^.]*? (?:is|was) that\b"
)
_STRONG_MARKERS = (
    rf"\b(?:(?P<backward>{cue_pattern('effect_before_cause')})|(?P<forward>{cue_pattern('cause_before_effect')}))\b"
)
_WRITTEN_LINK = re.compile(rf"{_STRONG_MARKERS}|{_WEAK_MARKERS}", re.IGNORECASE)
_SPOKEN_LINK = re.compile(rf"{_STRONG_MARKERS}|{_SPEECH_MARKERS}", re.IGNORECASE)
_BACKWARD = re.compile(r"since|reason\b.*", re.IGNORECASE)
_CONTEXT_STEMS, _MIN_SHARED_STEMS = 8, 2


@dataclass(frozen=True, slots=True)
class CausalLink:
    """A cause and its effect by their stems, and the words that link them."""

    marker: str
    cause: frozenset[str]
    effect: frozenset[str]


def causal_links(text: str, pattern: re.Pattern[str] = _WRITTEN_LINK) -> Iterator[CausalLink]:
    """Yield the links of cause and effect in a text."""
    for match in pattern.finditer(text):
        left, right = text[: match.start()], text[match.end() :]
        if not content_stems(left):
            # "Because of the fire, shares fell": the effect comes after the comma.
            right, _, left = right.partition(", ")
        before = frozenset(content_stems(left)[-_CONTEXT_STEMS:])
        after = frozenset(content_stems(right)[:_CONTEXT_STEMS])
        words = match.group().strip(" ,;")
        backward = match["backward"] or _BACKWARD.fullmatch(words)
        yield CausalLink(words, *((after, before) if backward else (before, after)))


def causality_violations(statement: str, claims: Sequence[Claim]) -> Iterator[Violation]:
    """Yield links that no claim makes, or only the other way round; speech has markers that writing has not."""
    known = [link for claim in claims for link in causal_links(evidence_text(claim), _SPOKEN_LINK)]
    for link in causal_links(statement):
        if not any(_is_same_link(link, other) for other in known):
            yield Violation(ViolationKind.CAUSE, link.marker)


def _is_same_link(link: CausalLink, other: CausalLink) -> bool:
    right = len(link.cause & other.cause) + len(link.effect & other.effect)
    turned = len(link.cause & other.effect) + len(link.effect & other.cause)
    both = bool(link.cause & other.cause) and bool(link.effect & other.effect)
    return right > turned and (both or right >= _MIN_SHARED_STEMS)
