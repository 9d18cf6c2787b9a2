"""Stat cards: a figure exactly as it was said, what it measures, and how sure the speaker was."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.analysis import clauses, grounding
from bot.model import Card, Claim, Figure, Modality, Signal

MOST = 4
"""Cards of a brief."""

_LABEL = 42
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might|said|says|grew|fell|rose|made|makes|cost|costs|"
    r"raised|cut|lost|spent|paid|sold|now|did|do|does|took|takes|went|hit|reported|expects?|accused|[a-z]+ed)\b"
)


def cards(signals: Iterable[Signal]) -> tuple[Card, ...]:
    """Return at most one card a signal, for its most telling figure, in the order of the signals."""
    found = [card for signal in signals if (card := _card(signal))]
    return tuple(found[:MOST])


def _card(signal: Signal) -> Card | None:
    for claim in signal.claims[:3]:
        figures = [figure for figure in claim.figures if _weight(figure) > 0]
        for figure in sorted(figures, key=lambda one: (-_weight(one), one.start)):
            card = Card(_label(claim, figure, signal), figure.text, _hedge(claim, figure), claim.id)
            if card.label and not grounding.unsound(card, claim):
                return card
    return None


def _weight(figure: Figure) -> float:
    strong = 2.0 if figure.unit in {"%", "x"} or figure.currency else 0.0
    return strong + (1.0 if figure.magnitude else 0.0) + (0.5 if figure.unit else 0.0)


def _hedge(claim: Claim, figure: Figure) -> str:
    parts = [figure.hedge]
    parts += ["alleged"] if claim.modality is Modality.ALLEGED else []
    parts += ["forecast"] if claim.modality is Modality.FORECAST else []
    parts += [f"relayed by {claim.speaker}"] if claim.relayers else []
    return ", ".join(filter(None, parts))


def _label(claim: Claim, figure: Figure, signal: Signal) -> str:
    words = clauses.clean(claim.text)
    verb = _VERB.search(words)
    subject = words[: verb.start()].strip(" ,") if verb else ""
    if 0 < len(subject) <= _LABEL and subject[0].isupper() and figure.text not in subject:
        return subject
    return signal.entity.name if signal.entity else ""
