"""Claims made up for tests, with their figures and names found by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.domain import Claim, EntityKind, Figure, Mention, Modality, Origin

TODAY = dt.date(2031, 6, 26)


def origin(show: str = "Open Bench", days_ago: int = 1) -> Origin:
    """Make an episode of a show, so many days before today."""
    date = TODAY - dt.timedelta(days=days_ago)
    return Origin(f"{show.lower().replace(' ', '-')}/{date}", show, f"{show}, the evening edition", date)


def claim(
    words: str,
    *,
    speaker: str = "Dana Whitfield",
    at: Origin | None = None,
    modality: Modality = Modality.ASSERTED,
    claimant: str = "",
    relayers: Sequence[str] = (),
    about: Sequence[str] = (),
    figures: Sequence[Figure] = (),
    turn: int = 0,
    importance: float = 2.4,
    needs_context: float = 0.02,
) -> Claim:
    """Make a claim; `figures` are placed where their text stands in the words, `about` are companies."""
    placed = tuple(
        Figure(f.text, f.value, f.unit, f.currency, f.magnitude, f.period, f.hedge, at, at + len(f.text))
        for f, at in ((figure, words.index(figure.text)) for figure in figures)
    )
    where = at or origin()
    return Claim(
        id=f"{where.conversation}#{turn}:{abs(hash_of(words)) % 10**8}",
        origin=where,
        turn=turn,
        start=0,
        end=len(words),
        text=words,
        quote=words,
        speaker=speaker,
        claimant=claimant or speaker,
        modality=modality,
        relayers=tuple(relayers),
        figures=placed,
        entities=tuple(Mention(name, EntityKind.COMPANY) for name in about),
        importance=importance,
        needs_context=needs_context,
    )


def hash_of(words: str) -> int:
    """Return a number for some words that is the same in every run."""
    return int.from_bytes(words.encode()[:64].ljust(8, b"."), "big") ^ len(words)
