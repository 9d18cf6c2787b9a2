"""Cuts a conversation into passages: what search finds, small enough to read and large enough to understand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bot.model import UNKNOWN_SPEAKER, Conversation, Passage, Turn

ENOUGH = 100
"""Words after which a passage is closed."""
MOST = 150
"""Words that a turn may have without being split, and a passage once it has a few."""
FEW = 25
"""Words that are too few to stand alone: they join what follows, however long it is."""

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+")


class _Piece(NamedTuple):
    turn: int
    start: int
    end: int
    words: int


def cut(conversation: Conversation) -> tuple[Passage, ...]:
    """Return the conversation's passages in order: short turns together, long ones split at sentence ends.

    A passage has 100 to 150 words where turns and sentences allow. Its text is the turns' own words, turns
    joined by a newline; its speaker is whoever says most in it. Turns without words belong to none.
    """
    pieces = (piece for n, turn in enumerate(conversation.turns) for piece in _pieces(n, turn.text))
    return tuple(_passage(conversation, group) for group in _groups(pieces))


def _pieces(n: int, text: str) -> list[_Piece]:
    words = len(text.split())
    if not words:
        return []
    if words <= MOST:
        return [_Piece(n, 0, len(text), words)]
    return list(_split(n, text, words))


def _split(n: int, text: str, words: int) -> Iterator[_Piece]:
    share = words / round(words / ENOUGH)
    start = held = 0
    at = 0
    for end in [*(found.end() for found in _SENTENCE_END.finditer(text)), len(text)]:
        held += len(text[at:end].split())
        at = end
        if held >= share or end == len(text):
            yield _Piece(n, start, end, held)
            start, held = end, 0


def _groups(pieces: Iterable[_Piece]) -> Iterator[list[_Piece]]:
    group: list[_Piece] = []
    held = 0
    for piece in pieces:
        if group and held >= FEW and held + piece.words > MOST:
            yield group
            group, held = [], 0
        group.append(piece)
        held += piece.words
        if held >= ENOUGH:
            yield group
            group, held = [], 0
    if group:
        yield group


def _passage(conversation: Conversation, group: list[_Piece]) -> Passage:
    turns = conversation.turns
    return Passage(
        origin=conversation.origin,
        turn=group[0].turn,
        last=group[-1].turn,
        text="\n".join(turns[piece.turn].text[piece.start : piece.end].strip() for piece in group),
        speaker=_main_speaker(turns, group),
        t=turns[group[0].turn].t,
    )


def _main_speaker(turns: tuple[Turn, ...], group: list[_Piece]) -> str:
    said: Counter[str] = Counter()
    for piece in group:
        said[turns[piece.turn].speaker or UNKNOWN_SPEAKER] += piece.words
    return said.most_common(1)[0][0]
