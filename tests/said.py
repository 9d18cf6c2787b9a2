"""Conversations made up for tests, read by hand: one claim and one passage for each turn."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence

from bot.domain import Analysis, Claim, Conversation, Entity, EntityKind, Mention, Modality, Passage, Turn

TODAY = dt.date(2031, 6, 26)
SPEAKER = "Dana Whitfield"


def conversation(
    key: str,
    *words: str,
    space: str | None = None,
    date: dt.date = TODAY,
    show: str = "Open Bench",
    speaker: str | None = SPEAKER,
) -> Conversation:
    """Make a conversation with a turn for each of the words."""
    turns = tuple(Turn(text, speaker, 10.0 * n) for n, text in enumerate(words))
    return Conversation(key, show, f"{show}: {key}", date, turns, space=space)


def reading(said: Conversation, *entities: Entity) -> Analysis:
    """Read it: each turn is a claim about the entities whose name or alias stands in it."""
    claims = tuple(_claim(said, n, entities) for n in range(len(said.turns)))
    passages = tuple(
        Passage(said.origin, n, n, turn.text, turn.speaker or "", turn.t) for n, turn in enumerate(said.turns)
    )
    return Analysis(said, claims, entities, passages)


def company(name: str, *aliases: str) -> Entity:
    """Make a company."""
    return Entity(name, EntityKind.COMPANY, aliases)


def _claim(said: Conversation, n: int, entities: Sequence[Entity]) -> Claim:
    turn = said.turns[n]
    about = tuple(Mention(e.name, e.kind) for e in entities if any(name in turn.text for name in (e.name, *e.aliases)))
    return Claim(
        id=hashlib.sha256(f"{said.id}/{turn.text}".encode()).hexdigest()[:12],
        origin=said.origin,
        turn=n,
        start=0,
        end=len(turn.text),
        text=turn.text,
        quote=turn.text,
        speaker=turn.speaker or "Unknown speaker",
        claimant=turn.speaker or "Unknown speaker",
        modality=Modality.ASSERTED,
        t=turn.t,
        entities=about,
        importance=2.4,
        needs_context=0.02,
    )
