"""Stat cards: a figure exactly as it was said, a noun phrase for what it measures, and how sure the speaker was."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.briefs import measures
from bot.domain import Card, Claim, Figure, Modality, Signal
from bot.verification import extractive

MOST = 4
"""Cards of a brief."""

_STRONG = 2.0
_FROM = 4
_RANGE = re.compile(r"\s?(?:to|or|–|-)\s?[$€£\d]")


def cards(signals: Iterable[Signal]) -> tuple[Card, ...]:
    """Return at most four cards, one a signal: shares, money, multiples and large numbers before other figures."""
    found = [weighed for signal in signals if (weighed := _card(signal))]
    strongest = sorted(found, key=lambda weighed: -weighed[0])[:MOST]
    return tuple(card for weight, card in found if (weight, card) in strongest)


def _card(signal: Signal) -> tuple[float, Card] | None:
    for claim in signal.claims[:_FROM]:
        for figure in sorted(claim.figures, key=lambda one: (-_weight(one), measures.outdated(one, claim), one.start)):
            label = measures.label(claim, figure)
            card = Card(label, figure.text, _hedge(claim, figure), claim.id)
            whole = not _RANGE.match(claim.quote, figure.end)
            if label and _weight(figure) > 0 and whole and not extractive.unsound(card, claim):
                return _weight(figure), card
    return None


def _weight(figure: Figure) -> float:
    strong = _STRONG if figure.unit in {"%", "x"} or figure.currency else 0.0
    return strong + (1.0 if figure.magnitude else 0.0) + (0.5 if figure.unit else 0.0)


def _hedge(claim: Claim, figure: Figure) -> str:
    parts = [figure.hedge.lower()]
    parts += ["alleged"] if claim.modality is Modality.ALLEGED else []
    parts += ["forecast"] if claim.modality is Modality.FORECAST else []
    parts += [f"relayed by {claim.speaker}"] if claim.relayers else []
    return ", ".join(filter(None, parts))
