"""Passages: what search finds, small enough to read and large enough to understand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bot.domain import UNKNOWN_SPEAKER, Conversation, Passage

TARGET_WORDS = 100
"""Words after which a passage is closed."""
MAX_WORDS = 150
"""Words that a turn may have without being split, and a passage once it has a few."""
MIN_WORDS = 25
"""Words that are too few to stand alone: they join what follows, however long it is."""

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+")


class _Piece(NamedTuple):
    turn: int
    text: str
    words: int

    def can_join(self, group: list[_Piece], group_words: int) -> bool:
        """Return whether it may join a group of so many words."""
        one_line = "\n" not in self.text and "\n" not in group[-1].text
        return (
            one_line
            and group[-1].turn == self.turn - 1
            and (group_words < MIN_WORDS or group_words + self.words <= MAX_WORDS)
        )


def split_into_passages(conversation: Conversation) -> tuple[Passage, ...]:
    """Return the conversation's passages in order: short turns together, long ones split at sentence ends.

    A passage has 100 to 150 words if turns and sentences allow. Its text is the turns' own words, one turn
    a line; a turn that has line breaks of its own shares its passage with no other, so that each line of a
    passage of several turns has one speaker. Turns without words belong to none.
    """
    pieces = (piece for n, turn in enumerate(conversation.turns) for piece in _turn_pieces(n, turn.text))
    return tuple(_to_passage(conversation, group) for group in _groups(pieces))


def _turn_pieces(turn: int, text: str) -> Iterator[_Piece]:
    words = len(text.split())
    if words > MAX_WORDS:
        yield from _split_turn(turn, text, words / round(words / TARGET_WORDS))
    elif words:
        yield _Piece(turn, text.strip(), words)


def _split_turn(turn: int, text: str, target: float) -> Iterator[_Piece]:
    start = at = count = 0
    for end in [*(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]:
        count += len(text[at:end].split())
        at = end
        if count and (count >= target or end == len(text)):
            yield _Piece(turn, text[start:end].strip(), count)
            start, count = end, 0


def _groups(pieces: Iterable[_Piece]) -> Iterator[list[_Piece]]:
    group: list[_Piece] = []
    count = 0
    for piece in pieces:
        if group and (count >= TARGET_WORDS or not piece.can_join(group, count)):
            yield group
            group, count = [], 0
        group.append(piece)
        count += piece.words
    if group:
        yield group


def _to_passage(conversation: Conversation, group: list[_Piece]) -> Passage:
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
