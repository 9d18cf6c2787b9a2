"""Stat cards: a figure exactly as it was said, the words that led up to it, and how sure the speaker was."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.analysis import grounding
from bot.model import Card, Claim, Figure, Modality, Signal

MOST = 4
"""Cards of a brief."""

_LABEL = 46
_ROOM = 12
_STRONG = 2.0
_FROM = 3
_BREAK = re.compile(r"[,;:.!?—–…]\s|[()“”\"]|\s(?:and|but|which|because|while|as|that|so)\s")
_LEADING = re.compile(
    r"^(?:(?:the|a|an|of|in|to|for|and|or|by|on|at|with|from|is|was|are|were|its|their|our|my|his|her)\s)+",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s?(?:to|or|–|-)\s?[$€£\d]")
_TRAILING = re.compile(r"(?:\s(?:a|an|the|and|or|of|just|only|even|now))+$", re.IGNORECASE)


def cards(signals: Iterable[Signal]) -> tuple[Card, ...]:
    """Return at most four cards, one a signal: shares, money, multiples and large numbers before other figures."""
    found = [weighed for signal in signals if (weighed := _card(signal))]
    strongest = sorted(found, key=lambda weighed: -weighed[0])[:MOST]
    return tuple(card for weight, card in found if (weight, card) in strongest)


def _card(signal: Signal) -> tuple[float, Card] | None:
    for claim in signal.claims[:_FROM]:
        for figure in sorted(claim.figures, key=lambda one: (-_weight(one), _outdated(one, claim), one.start)):
            card = Card(_label(claim, figure, signal), figure.text, _hedge(claim, figure), claim.id)
            if (
                _weight(figure) > 0
                and not _RANGE.match(claim.quote, figure.end)
                and card.label
                and not grounding.unsound(card, claim)
            ):
                return _weight(figure), card
    return None


def _weight(figure: Figure) -> float:
    strong = _STRONG if figure.unit in {"%", "x"} or figure.currency else 0.0
    return strong + (1.0 if figure.magnitude else 0.0) + (0.5 if figure.unit else 0.0)


def _outdated(figure: Figure, claim: Claim) -> bool:
    """Whether a figure is what something was before: "from 85 percent", "instead of $6.0 billion"."""
    return bool(re.search(r"\b(?:from|instead of|before|than)\s(?:\w+\s)?$", claim.quote[: figure.start]))


def _hedge(claim: Claim, figure: Figure) -> str:
    parts = [figure.hedge.lower()]
    parts += ["alleged"] if claim.modality is Modality.ALLEGED else []
    parts += ["forecast"] if claim.modality is Modality.FORECAST else []
    parts += [f"relayed by {claim.speaker}"] if claim.relayers else []
    return ", ".join(filter(None, parts))


def _label(claim: Claim, figure: Figure, signal: Signal) -> str:
    """Return the words next to the figure, with the signal's name where they lack it."""
    before = _BREAK.split(claim.quote[: figure.start])[-1].strip()
    before = before.removesuffix(figure.hedge).strip() if figure.hedge else before
    after = _BREAK.split(claim.quote[figure.end :].strip())[0]
    name = signal.entity.name if signal.entity else ""
    words = before if " " in before else after
    if name and name not in words[-_LABEL:]:
        room = _LABEL - len(name)
        words = f"{name}: {_fitted(words, room, last=words is before)}" if room > _ROOM else name
    else:
        words = _fitted(words, _LABEL, last=words is before)
    return words[:1].upper() + words[1:].rstrip(": ")


def _fitted(words: str, room: int, *, last: bool) -> str:
    if len(words) > room:
        words = words[-room:].split(" ", 1)[-1] if last else words[:room].rsplit(" ", 1)[0]
    return _LEADING.sub("", _TRAILING.sub("", words.strip(" .,;:")))
