"""Antecedents: what a claim that cannot stand alone leans on, as the words before it say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from bot.domain import Conversation, EntityKind, LeadIn
from bot.nlp.annotate import AnnotatedSentence
from bot.nlp.tokens import content_stems

LEANS = 0.4
"""How probably a claim needs context for the words before it to be looked at."""

_SURE_LEAD_IN, _SURE_ABOUT = 0.2, 0.8
_MAX_LEAD_IN = 320

ContextFinder: TypeAlias = Callable[[AnnotatedSentence], tuple[str, LeadIn | None]]
"""Returns what a claim is about, "" if that isn't sure, and the words before it that say so, if there are any."""


def context_finder(conversation: Conversation, sentences: Sequence[AnnotatedSentence]) -> ContextFinder:
    """Return what finds the context of claims among the sentences of their conversation, which stand in order."""
    from bot.nlp.model.antecedents import find_antecedent
    from bot.nlp.model.heads import load_heads

    weights = load_heads().antecedent
    topic = frozenset(content_stems(conversation.title))
    numbers = {(sentence.turn, sentence.start): number for number, sentence in enumerate(sentences)}

    def find(claim: AnnotatedSentence) -> tuple[str, LeadIn | None]:
        number = numbers.get((claim.turn, claim.start))
        if number is None or claim.scores.needs_context < LEANS:
            return "", None
        found = find_antecedent(sentences, number, topic, weights)
        if found is None or found[1] < _SURE_LEAD_IN:
            return "", None
        place, chance = found
        return _only_name(sentences[place], claim) if chance >= _SURE_ABOUT else "", _lead_in(sentences, place, number)

    return find


def _only_name(sentence: AnnotatedSentence, claim: AnnotatedSentence) -> str:
    """Return the name that a sentence has, if it has one alone and the claim has none."""
    names = {name.name for name in sentence.names if name.kind is not EntityKind.TICKER}
    return names.pop() if len(names) == 1 and not claim.names else ""


def _lead_in(sentences: Sequence[AnnotatedSentence], place: int, number: int) -> LeadIn:
    """Return the words from the sentence at `place` to the claim if they are few, else that sentence alone."""
    first, last, claim = sentences[place], sentences[number - 1], sentences[number]
    if first.turn != claim.turn or claim.start - first.start > _MAX_LEAD_IN:
        last = first
    return LeadIn(first.turn, first.start, last.end, first.turn_text[first.start : last.end])
