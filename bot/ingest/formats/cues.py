"""Timed pieces of speech, as captions have them, joined into turns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain import Turn

SOFT_TURN_SECONDS = 30.0
"""Seconds after which a turn ends with its sentence, so that a time link lands near the words."""

MAX_TURN_SECONDS = 120.0
"""Seconds after which a turn ends anywhere; captions without full stops would never end."""

_SENTENCE_ENDS = (".", "!", "?", "…", '"', "”")


@dataclass(frozen=True, slots=True)
class Segment:
    """A few words with their speaker; `t` in seconds. `fresh` begins a new turn whoever speaks."""

    text: str
    speaker: str | None = None
    t: float | None = None
    starts_turn: bool = False


def merge_segments(segments: Iterable[Segment]) -> tuple[Turn, ...]:
    """Join consecutive pieces of one speaker; a long turn ends with a sentence and another begins."""
    turns: list[Turn] = []
    said: list[Segment] = []
    for piece in filter(_has_words, segments):
        if said and _starts_new_turn(said, piece):
            turns.append(_to_turn(said))
            said = []
        said.append(piece)
    return (*turns, _to_turn(said)) if said else tuple(turns)


def _has_words(segment: Segment) -> bool:
    return bool(segment.text)


def _starts_new_turn(open_turn: list[Segment], segment: Segment) -> bool:
    first, last = open_turn[0], open_turn[-1]
    if segment.starts_turn or segment.speaker != first.speaker:
        return True
    if segment.t is None or first.t is None:
        return False
    lasted = segment.t - first.t
    return lasted >= MAX_TURN_SECONDS or (lasted >= SOFT_TURN_SECONDS and last.text.endswith(_SENTENCE_ENDS))


def _to_turn(segments: list[Segment]) -> Turn:
    return Turn(" ".join(piece.text for piece in segments), segments[0].speaker, segments[0].t)
