"""Cuts a conversation into passages: what search finds, small enough to read and large enough to understand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bot.domain import UNKNOWN_SPEAKER, Conversation, Passage

ENOUGH = 100
"""Words after which a passage is closed."""
MOST = 150
"""Words that a turn may have without being split, and a passage once it has a few."""
FEW = 25
"""Words that are too few to stand alone: they join what follows, however long it is."""

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+")


class _Piece(NamedTuple):
    turn: int
    text: str
    words: int

    def fits(self, group: list[_Piece], held: int) -> bool:
        """Tell whether it may join a group of so many words."""
        one_line = "\n" not in self.text and "\n" not in group[-1].text
        return one_line and group[-1].turn == self.turn - 1 and (held < FEW or held + self.words <= MOST)


def cut(conversation: Conversation) -> tuple[Passage, ...]:
    """Return the conversation's passages in order: short turns together, long ones split at sentence ends.

    A passage has 100 to 150 words where turns and sentences allow. Its text is the turns' own words, one turn
    a line; a turn that has line breaks of its own shares its passage with no other, so that each line of a
    passage of several turns has one speaker. Turns without words belong to none.
    """
    pieces = (piece for n, turn in enumerate(conversation.turns) for piece in _pieces(n, turn.text))
    return tuple(_passage(conversation, group) for group in _groups(pieces))


def _pieces(n: int, text: str) -> Iterator[_Piece]:
    words = len(text.split())
    if words > MOST:
        yield from _split(n, text, words / round(words / ENOUGH))
    elif words:
        yield _Piece(n, text.strip(), words)


def _split(n: int, text: str, share: float) -> Iterator[_Piece]:
    start = at = held = 0
    for end in [*(found.end() for found in _SENTENCE_END.finditer(text)), len(text)]:
        held += len(text[at:end].split())
        at = end
        if held and (held >= share or end == len(text)):
            yield _Piece(n, text[start:end].strip(), held)
            start, held = end, 0


def _groups(pieces: Iterable[_Piece]) -> Iterator[list[_Piece]]:
    group: list[_Piece] = []
    held = 0
    for piece in pieces:
        if group and (held >= ENOUGH or not piece.fits(group, held)):
            yield group
            group, held = [], 0
        group.append(piece)
        held += piece.words
    if group:
        yield group


def _passage(conversation: Conversation, group: list[_Piece]) -> Passage:
    turns = [conversation.turns[piece.turn] for piece in group]
    speakers = tuple(turn.speaker or UNKNOWN_SPEAKER for turn in turns)
    return Passage(
        origin=conversation.origin,
        turn=group[0].turn,
        last=group[-1].turn,
        text="\n".join(piece.text for piece in group),
        speaker=speakers[0],
        t=turns[0].t,
        speakers=speakers if len(speakers) > 1 else (),
    )
