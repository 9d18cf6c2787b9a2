"""Which of two things a sentence calls the cause of the other, for sentences in words of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain import Claim
from bot.nlp.lexicons import cues
from bot.nlp.tokens import content
from bot.verification.issues import Fault, Problem, evidence

_WEAK = (
    r"^Since (?!\d|then\b|the (?:start|beginning|end|turn|year|last|first)|last|early|late|mid|[A-Z])|"
    r"(?<!\bor)(?<!\band)[,;] so(?= (?!far|much|many|to)\w)"
)
_SPOKEN = (
    r"\b(?:and )?so\b(?! far| much| many| long)|\bsince\b|\bin order to\b|\bso as to\b|\bin a way that\b|\bwhy\b|"
    r"\breason\b[^.]*? (?:is|was) that\b"
)
_TOLD = rf"\b(?:(?P<backward>{cues('cause_after')})|(?P<forward>{cues('effect_after')}))\b"
_LINK = re.compile(rf"{_TOLD}|{_WEAK}", re.IGNORECASE)
_SAID = re.compile(rf"{_TOLD}|{_SPOKEN}", re.IGNORECASE)
_BACKWARD = re.compile(r"since|reason\b.*", re.IGNORECASE)
_REACH, _ENOUGH = 8, 2


@dataclass(frozen=True, slots=True)
class Link:
    """One thing said to bring about another: the stems of each, and the words that say so."""

    words: str
    cause: frozenset[str]
    effect: frozenset[str]


def links(text: str, pattern: re.Pattern[str] = _LINK) -> Iterator[Link]:
    """Yield what a text links as cause and effect."""
    for match in pattern.finditer(text):
        first, then = text[: match.start()], text[match.end() :]
        if not content(first):
            # "Because of the fire, shares fell": the effect comes after the comma.
            then, _, first = then.partition(", ")
        before, after = frozenset(content(first)[-_REACH:]), frozenset(content(then)[:_REACH])
        words = match.group().strip(" ,;")
        backward = match["backward"] or _BACKWARD.fullmatch(words)
        yield Link(words, *((after, before) if backward else (before, after)))


def invented(statement: str, claims: Sequence[Claim]) -> Iterator[Problem]:
    """Find links that no claim makes, or makes the other way round; speech links with words that writing does not."""
    known = [link for claim in claims for link in links(evidence(claim), _SAID)]
    for link in links(statement):
        if not any(_same(link, other) for other in known):
            yield Problem(Fault.CAUSE, link.words)


def _same(mine: Link, other: Link) -> bool:
    right = len(mine.cause & other.cause) + len(mine.effect & other.effect)
    turned = len(mine.cause & other.effect) + len(mine.effect & other.cause)
    both = bool(mine.cause & other.cause) and bool(mine.effect & other.effect)
    return right > turned and (both or right >= _ENOUGH)
