"""Stat cards: a figure exactly as it was said, a noun phrase for what it measures, and how sure the speaker was."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.briefs import measures
from bot.domain import Claim, Figure, Modality, Signal, StatCard
from bot.verification import extractive

MAX_CARDS = 4
"""Cards of a brief."""

_STRONG_UNIT_WEIGHT = 2.0
_MAX_CLAIMS = 4
_RANGE = re.compile(r"\s?(?:to|or|–|-)\s?[$€£\d]")


def select_cards(signals: Iterable[Signal]) -> tuple[StatCard, ...]:
    """Return at most four cards, one a signal: shares, money, multiples and large numbers before other figures."""
    found = [weighed for signal in signals if (weighed := _best_card(signal))]
    strongest = sorted(found, key=lambda weighed: -weighed[0])[:MAX_CARDS]
    return tuple(card for weight, card in found if (weight, card) in strongest)


def _best_card(signal: Signal) -> tuple[float, StatCard] | None:
    for claim in signal.claims[:_MAX_CLAIMS]:
        for figure in sorted(
            claim.figures, key=lambda one: (-_figure_weight(one), measures.is_previous_value(one, claim), one.start)
        ):
            label = measures.label_figure(claim, figure)
            card = StatCard(label, figure.text, _hedge(claim, figure), claim.id)
            whole = not _RANGE.match(claim.quote, figure.end)
            if label and _figure_weight(figure) > 0 and whole and not extractive.card_violations(card, claim):
                return _figure_weight(figure), card
    return None


def _figure_weight(figure: Figure) -> float:
    strong = _STRONG_UNIT_WEIGHT if figure.unit in {"%", "x"} or figure.currency else 0.0
    return strong + (1.0 if figure.magnitude else 0.0) + (0.5 if figure.unit else 0.0)


def _hedge(claim: Claim, figure: Figure) -> str:
    parts = [figure.hedge.lower()]
    parts += ["alleged"] if claim.modality is Modality.ALLEGED else []
    parts += ["forecast"] if claim.modality is Modality.FORECAST else []
    parts += [f"relayed by {claim.speaker}"] if claim.relayers else []
    return ", ".join(filter(None, parts))
