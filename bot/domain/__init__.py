"""The nouns: what was said, claimed, told and asked. No I/O here."""

from bot.domain.brief import Brief, Card, Material, Signal, Statement, Story, Told
from bot.domain.claim import Claim, Entity, Figure, Kind, Mention, Modality, Reading
from bot.domain.conversation import (
    PASTED,
    UNKNOWN_SPEAKER,
    Chapter,
    Conversation,
    Origin,
    Passage,
    Person,
    Role,
    Stretch,
    Turn,
)
from bot.domain.languages import LANGUAGES, known_language
from bot.domain.question import Answer, Asker, Citation, Filters, Hit, Resolved, Subject, Weighed

__all__ = [
    "LANGUAGES",
    "PASTED",
    "UNKNOWN_SPEAKER",
    "Answer",
    "Asker",
    "Brief",
    "Card",
    "Chapter",
    "Citation",
    "Claim",
    "Conversation",
    "Entity",
    "Figure",
    "Filters",
    "Hit",
    "Kind",
    "Material",
    "Mention",
    "Modality",
    "Origin",
    "Passage",
    "Person",
    "Reading",
    "Resolved",
    "Role",
    "Signal",
    "Statement",
    "Story",
    "Stretch",
    "Subject",
    "Told",
    "Turn",
    "Weighed",
    "known_language",
]
