"""Why a conversation gave no claims."""

from __future__ import annotations

from dataclasses import replace

from bot.claims.extractor import ADVERT_REASON, rejected_sentences
from bot.domain import Conversation
from bot.domain.feed import Silence

_MIN_WORDS = 50
"""Words below which hardly any text states something: a line or two of notes."""
_MAX_TURNS = 200
"""Turns that are read once more to see what they are: enough to tell, and soon done."""


def why_silent(conversation: Conversation) -> Silence:
    """Return why no claim was found in a conversation."""
    if conversation.lang[:2].lower() != "en":
        return Silence.LANGUAGE
    if sum(len(turn.text.split()) for turn in conversation.turns) < _MIN_WORDS:
        return Silence.SHORT
    reasons = [
        decision.reason for decision in rejected_sentences(replace(conversation, turns=conversation.turns[:_MAX_TURNS]))
    ]
    return Silence.ADVERTS if reasons.count(ADVERT_REASON) * 2 > len(reasons) else Silence.NOTHING
