"""Preferences: a channel that wants more about a name sees its stories further up, and what it wants less of below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.domain import Brief, Signal, Statement

_PLACES = 3
"""Places by which one more vote for than against moves a story; two or more move it twice as far."""

_MAX_VOTES = 2


def arrange_signals(brief: Brief, preferences: Mapping[str, int]) -> Brief:
    """Return the brief in the order that a channel prefers, by the name that each story is about.

    The first story's headline is the brief's; what leads up to another one is left out.
    """
    if not preferences or not brief.signals:
        return brief
    places = {signal.key: place - _PLACES * votes(signal, preferences) for place, signal in enumerate(brief.signals)}
    signals = tuple(sorted(brief.signals, key=lambda signal: places[signal.key]))
    lead = signals[0]
    if lead is brief.signals[0]:
        return replace(brief, signals=signals)
    dropped = int(bool(brief.dek.text))
    return replace(
        brief,
        signals=signals,
        headline=f"Update: {lead.headline}" if lead.update else lead.headline,
        dek=Statement(""),
        statements=brief.statements - dropped,
        supported=brief.supported - dropped,
    )


def votes(signal: Signal, preferences: Mapping[str, int]) -> int:
    """Return how much more than less a channel wants of what a signal is about, from -2 to 2."""
    wanted = preferences.get(signal.entity.name, 0) if signal.entity else 0
    return max(-_MAX_VOTES, min(_MAX_VOTES, wanted))
