"""The nouns: what was said, claimed, told and asked. No I/O here."""

from bot.model.asked import Answer, Asker, Citation, Filters, Hit, Resolved, Subject, Weighed
from bot.model.claimed import Claim, Entity, Figure, Kind, Mention, Modality, Reading
from bot.model.languages import LANGUAGES, known_language
from bot.model.said import PASTED, UNKNOWN_SPEAKER, Chapter, Conversation, Origin, Passage, Person, Role, Stretch, Turn
from bot.model.told import Brief, Card, Material, Signal, Statement, Story, Told

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
