"""Context independence: how well a claim can be understood by somebody who did not hear the conversation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.domain import UNKNOWN_SPEAKER, Claim, EntityKind, Mention
from bot.nlp import sentences
from bot.nlp.lexicons import compile_cues, cue_pattern
from bot.nlp.tokens import content_stems, shared_stems

MAX_SENTENCE_LENGTH = 230
"""Characters that a sentence may have; a longer claim is cut at a clause, or left out."""

MAX_NEED = 0.65
"""How probably a claim may need context to be told by itself."""

_ANAPHORIC_OPENING = re.compile(rf"^[\"“]|^(?:{cue_pattern('context_dependent_opening')})\b", re.IGNORECASE)
_ANAPHOR = compile_cues("anaphor")
_CHATTER = re.compile(rf"\b(?:{cue_pattern('chatter')})\b|\[|\.\.\.|…|--", re.IGNORECASE)
_DISFLUENCY = re.compile(r"\w—\w|\b(\w+)[,—-]? \1\b|\b(\w+ \w+), \2\b|\b(?:uh|um)\b|\w- |-$|\*")
_RELATIVE_TIME = compile_cues("relative_time")
_GENERIC_STATEMENT = re.compile(
    r"^[^,;:]{2,50}?\b(?:is|are|was|were|isn['’]t|doesn['’]t|has|have|can)\s(?:"
    rf"{cue_pattern('generic_complement')})\b",
    re.IGNORECASE,
)
_INTENSIFIER = compile_cues("intensifier", ignore_case=False)
_CONTRACTION = re.compile(r"['’](?!s\b)[a-z]+\b", re.IGNORECASE)
_EVENT = compile_cues("news_event")
_EVENT_NOUN = compile_cues("event_noun", ignore_case=False)
_EVENT_VERB = compile_cues("event_verb", ignore_case=False)
_EVENT_NOUN_WEIGHT, _EVENT_VERB_WEIGHT = 0.9, 0.5
_FIRST_PERSON_SINGULAR = re.compile(r"\b(?:I|I['’]\w+|my|me|mine|myself)\b")
_FIRST_PERSON = re.compile(r"\b(?:I|I['’]\w+|[Mm]y|[Mm]e|[Mm]yself|[Ww]e|[Ww]e['’]\w+|[Oo]ur|[Uu]s|[Oo]urs)\b")
_SECOND_PERSON = re.compile(r"\b(?:you|you['’]\w+|your|yours)\b", re.IGNORECASE)
_SUBORDINATE_OPENING = re.compile(r"(?:because|so that|which|as if)\b", re.IGNORECASE)
_MIN_WORDS, _SHORT_WORDS, _LONG_WORDS = 6, 10, 30
_MIN_NAME = 4
_REDUNDANT_SHARE = 0.65
_TRUNCATION_PENALTY = 0.8
_SAME_EVENT_STEMS = 4
_STRONG_KINDS = frozenset({EntityKind.COMPANY, EntityKind.PERSON, EntityKind.PRODUCT})


@lru_cache(maxsize=20_000)
def quotable_text(claim: Claim, limit: int = MAX_SENTENCE_LENGTH) -> str:
    """Return a claim without fillers, cut at a clause if it exceeds `limit`; "" if no whole clause is short enough."""
    return sentences.shorten_at_clause(sentences.strip_fillers(claim.text), limit)


@lru_cache(maxsize=20_000)
def standalone_score(claim: Claim) -> float:
    """Score how well a claim stands on its own, from 0 (not at all) to about 4.

    Its subject has to be named in it, nothing may point outside it, and it may be neither chat nor a question.
    """
    if claim.needs_context > MAX_NEED:
        return 0.0
    text = sentences.strip_fillers(claim.text)
    words = sentences.drop_appositives(quotable_text(claim))
    if (
        not words
        or text.endswith("?")
        or len(words.split()) < _MIN_WORDS
        or _ANAPHORIC_OPENING.match(words)
        or _SUBORDINATE_OPENING.match(claim.text)
        or not sentences.is_complete(words)
    ):
        return 0.0
    about = [mention for mention in subject_mentions(claim) if surface_form(mention.name, words)]
    if has_dangling_anaphor(words, claim) or not (about or (claim.figures and not has_first_or_second_person(words))):
        return 0.0
    lost = _TRUNCATION_PENALTY if len(words) < len(text) / 2 else 0.0
    return max(0.0, 1.0 + _substance_score(claim, words, about) - _noise_penalty(words) - lost)


@lru_cache(maxsize=20_000)
def subject_mentions(claim: Claim) -> tuple[Mention, ...]:
    """Return what a claim is about, other than its own speaker and show."""
    own = {*claim.speaker.lower().split(), *claim.origin.show.lower().split()}
    return tuple(
        mention
        for mention in dict.fromkeys(claim.entities)
        if mention.about and not own.issuperset(mention.name.lower().split()) and not _CONTRACTION.search(mention.name)
    )


def is_redundant(claim: Claim, earlier: Sequence[Claim]) -> bool:
    """Return whether most of a claim's words are in one of the earlier claims."""
    least = _REDUNDANT_SHARE * len(set(content_stems(claim.text)))
    return any(len(shared_stems(claim.text, other.text)) >= least for other in earlier)


def is_same_event(claim: Claim, other: Claim) -> bool:
    """Return whether two claims report one event, rather than two things about one name."""
    return len(shared_stems(claim.text, other.text)) >= _SAME_EVENT_STEMS


def surface_form(name: str, text: str) -> str:
    """Return a name as a text has it, in full or by its first word; "" if it has neither."""
    if name in text:
        return name
    first = name.split(" ", 1)[0]
    return first if len(first) >= _MIN_NAME and first[0].isupper() and first in text else ""


def event_score(claim: Claim) -> float:
    """Score whether a claim reports something that happened rather than how things are, from 0 to 1.4."""
    words = quotable_text(claim)
    return _EVENT_NOUN_WEIGHT * bool(_EVENT_NOUN.search(words)) + _EVENT_VERB_WEIGHT * bool(_EVENT_VERB.search(words))


def has_first_or_second_person(text: str) -> bool:
    """Return whether a text says "I", "we" or "you", and so makes sense only as a quotation."""
    return bool(_FIRST_PERSON.search(text) or _SECOND_PERSON.search(text))


def has_dangling_anaphor(text: str, claim: Claim) -> bool:
    """Return whether words of a claim point ("it", "this") before they name anything that they could point to."""
    pointer = _ANAPHOR.search(text)
    places = [
        text.find(surface) for mention in subject_mentions(claim) if (surface := surface_form(mention.name, text))
    ]
    return pointer is not None and (not places or min(places) > pointer.start())


def _substance_score(claim: Claim, text: str, about: list[Mention]) -> float:
    figures = [figure for figure in claim.figures if figure.text in text]
    strong = [mention for mention in about if mention.kind in _STRONG_KINDS]
    score = 0.6 * min(len(figures), 2) + 0.4 * min(len(strong), 2) + 0.15 * min(len(about), 2)
    score += 0.4 if any(text.find(surface_form(mention.name, text)) in range(5) for mention in strong) else 0.0
    score += 0.4 if _EVENT.search(text) else 0.0
    score -= 0.5 * sum(mention.kind is EntityKind.PERSON and " " not in mention.name for mention in about)
    return score + (0.3 if claim.speaker != UNKNOWN_SPEAKER else 0.0)


def _noise_penalty(text: str) -> float:
    words = len(text.split())
    score = 0.1 * max(0, _SHORT_WORDS - words) + 0.15 * len(_INTENSIFIER.findall(text))
    score += 0.5 if _GENERIC_STATEMENT.match(text) and not any(mark.isdigit() for mark in text) else 0.0
    score += 0.7 * len(_CHATTER.findall(text)) + 0.05 * max(0, words - _LONG_WORDS)
    score += 0.8 if _FIRST_PERSON_SINGULAR.search(text) else 0.25 if has_first_or_second_person(text) else 0.0
    score += 0.8 if _DISFLUENCY.search(text) else 0.0
    score += 0.5 if _RELATIVE_TIME.search(text) else 0.0
    score += 1.0 if text.startswith(("If ", "When ", "As ")) else 0.0
    return score + 0.12 * len(_ANAPHOR.findall(text)) + (0.7 if _SECOND_PERSON.search(text) else 0.0)
