"""Timed pieces of speech, as captions have them, joined into turns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain import Turn

LONG_ENOUGH = 30.0
"""Seconds after which a turn ends with its sentence, so that a time link lands near the words."""

TOO_LONG = 120.0
"""Seconds after which a turn ends anywhere; captions without full stops would never end."""

_ENDS = (".", "!", "?", "…", '"', "”")


@dataclass(frozen=True, slots=True)
class Piece:
    """A few words with their speaker; `t` in seconds. `fresh` begins a new turn whoever speaks."""

    text: str
    speaker: str | None = None
    t: float | None = None
    fresh: bool = False


def join(pieces: Iterable[Piece]) -> tuple[Turn, ...]:
    """Join consecutive pieces of one speaker; a long turn ends with a sentence and another begins."""
    turns: list[Turn] = []
    said: list[Piece] = []
    for piece in filter(_has_words, pieces):
        if said and _parts(said, piece):
            turns.append(_turn(said))
            said = []
        said.append(piece)
    return (*turns, _turn(said)) if said else tuple(turns)


def _has_words(piece: Piece) -> bool:
    return bool(piece.text)


def _parts(said: list[Piece], piece: Piece) -> bool:
    first, last = said[0], said[-1]
    if piece.fresh or piece.speaker != first.speaker:
        return True
    if piece.t is None or first.t is None:
        return False
    lasted = piece.t - first.t
    return lasted >= TOO_LONG or (lasted >= LONG_ENOUGH and last.text.endswith(_ENDS))


def _turn(said: list[Piece]) -> Turn:
    return Turn(" ".join(piece.text for piece in said), said[0].speaker, said[0].t)
