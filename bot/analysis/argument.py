"""What holds a brief together: the lines above and below its signals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.analysis.matters import NUMBERS
from bot.analysis.saying import capital, last_word, told
from bot.analysis.telling import repeats, subjects, telling
from bot.model import Claim, Modality, Signal, Statement

_VIEWS = frozenset({Modality.OPINION, Modality.FORECAST})
_SHORT = 170
_DEK = 190
_FEWEST = 3


def dek(signals: Sequence[Signal]) -> Iterator[Statement]:
    """Offer one line on what comes after the first signal, the fullest first."""
    for last in (3, 2):
        others = signals[1:last]
        words = "; ".join(signal.headline for signal in others)
        if others and len(words) <= _DEK:
            yield Statement(f"{words}.", tuple(signal.claims[0].id for signal in others), ours=True)


def argument(signals: Sequence[Signal]) -> Iterator[Statement]:
    """Offer the sentences of the argument: who is spoken of most, then views on the signals that they do not tell."""
    if len(signals) < _FEWEST:
        return
    yield from _most_told(signals)
    before = None
    for signal in signals:
        for claim in _untold(signal):
            yield told(claim, before, _SHORT)
            before = claim
            break


def closing(signals: Sequence[Signal]) -> Iterator[Statement]:
    """Offer somebody's own view as the last word."""
    for signal in signals:
        for claim in _untold(signal)[1:]:
            if claim.modality in _VIEWS:
                yield last_word(claim)


def _most_told(signals: Sequence[Signal]) -> Iterator[Statement]:
    shows: dict[str, dict[str, str]] = {}
    for claim in (claim for signal in signals for claim in signal.claims):
        for mention in subjects(claim):
            shows.setdefault(mention.name, {}).setdefault(claim.origin.show, claim.id)
    name = min(shows, key=lambda one: (-len(shows[one]), one), default="")
    if name and len(shows[name]) > 1:
        count = len(shows[name])
        number = NUMBERS[count] if count < len(NUMBERS) else str(count)
        words = f"{name} is the name heard most widely, on {number} shows."
        yield Statement(capital(words), tuple(sorted(shows[name].values())), ours=True)


def _untold(signal: Signal) -> list[Claim]:
    done = {cited for part in (*signal.said, signal.matters) for cited in part.claims}
    heard = [claim for claim in signal.claims if claim.id in done]
    left = [
        claim for claim in signal.claims if claim.id not in done and telling(claim) > 1 and not repeats(claim, heard)
    ]
    return sorted(left, key=lambda claim: (claim.modality not in _VIEWS, -telling(claim), claim.id))
