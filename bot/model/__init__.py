"""The nouns: what was said, claimed, told and asked. No I/O here."""

from bot.model.asked import Answer, Citation, Filters, Hit, Subject, Weighed
from bot.model.claimed import Claim, Entity, Figure, Kind, Mention, Modality, Reading
from bot.model.said import PASTED, UNKNOWN_SPEAKER, Chapter, Conversation, Origin, Passage, Person, Role, Turn
from bot.model.told import Brief, Card, Material, Signal, Statement, Story, Told

__all__ = [
    "PASTED",
    "UNKNOWN_SPEAKER",
    "Answer",
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
    "Role",
    "Signal",
    "Statement",
    "Story",
    "Subject",
    "Told",
    "Turn",
    "Weighed",
]
