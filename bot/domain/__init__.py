"""The nouns: what was said, claimed, told and asked. No I/O here."""

from bot.domain.brief import Brief, Material, PublishedStory, Signal, StatCard, Statement, Story
from bot.domain.claim import Analysis, Claim, Entity, EntityKind, Figure, Mention, Modality
from bot.domain.conversation import (
    PASTED,
    UNKNOWN_SPEAKER,
    Chapter,
    Conversation,
    Origin,
    Passage,
    Person,
    Role,
    Turn,
    TurnSpan,
)
from bot.domain.languages import LANGUAGES, canonical_language
from bot.domain.question import Answer, Asker, Citation, Filters, Hit, ResolvedQuestion, StanceReport, ThreadContext

__all__ = [
    "LANGUAGES",
    "PASTED",
    "UNKNOWN_SPEAKER",
    "Analysis",
    "Answer",
    "Asker",
    "Brief",
    "Chapter",
    "Citation",
    "Claim",
    "Conversation",
    "Entity",
    "EntityKind",
    "Figure",
    "Filters",
    "Hit",
    "Material",
    "Mention",
    "Modality",
    "Origin",
    "Passage",
    "Person",
    "PublishedStory",
    "ResolvedQuestion",
    "Role",
    "Signal",
    "StanceReport",
    "StatCard",
    "Statement",
    "Story",
    "ThreadContext",
    "Turn",
    "TurnSpan",
    "canonical_language",
]
