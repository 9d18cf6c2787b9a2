"""Context independence: how well a claim can be understood by somebody who did not hear the conversation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.domain import Claim, Mention
from bot.nlp import sentences
from bot.nlp.lexicons import compile_cues
from bot.nlp.tokens import content_stems, shared_stems

MAX_SENTENCE_LENGTH = 240
"""Characters that a sentence may have; a longer claim is cut at a clause, or left out."""

MAX_NEED = 0.65
"""How probably a claim may need context to be told by itself."""

_ANAPHOR = compile_cues("anaphor")
_POINTING_OBJECT = re.compile(
    r"\b(?:on|of|in|with|for|about|to|from|by|at|behind) (?:it|that|them|those|these|this)\b"
    r"(?! (?:year|month|week|quarter|day|morning|summer|winter|spring|fall|show|episode|podcast))|"
    r"\bdo(?:es|ing)? the same\b|"
    r"\b[A-Z]\w+['’]s (?:is|are|was|were)\b|\b(?:half|twice|double|than) (?:that|this)\b(?! (?:of|year|month|quarter))"
)
_INTRODUCED = re.compile(r"\b(?:an?|two|three|four|five|several|many|some|new) \w+|\bthat\b|\bwhich\b")
_CONTRACTION = re.compile(r"['’](?!s\b)[a-z]+\b", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:I|I['’]\w+|[Mm]y|[Mm]e|[Mm]yself|[Ww]e|[Ww]e['’]\w+|[Oo]ur|[Uu]s|[Oo]urs)\b")
_SECOND_PERSON = re.compile(r"\b(?:you|you['’]\w+|your|yours)\b", re.IGNORECASE)
_MIN_NAME = 4
_REDUNDANT_SHARE = 0.65
_MAX_CAPITALS = 0.6


@lru_cache(maxsize=20_000)
def quotable_text(claim: Claim, limit: int = MAX_SENTENCE_LENGTH) -> str:
    """Return a claim without fillers, cut at a clause if it exceeds `limit`; "" if no whole clause is short enough."""
    return sentences.shorten_at_clause(sentences.strip_fillers(claim.text), limit)


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


def surface_form(name: str, text: str) -> str:
    """Return a name as a text has it, in full or by its first word; "" if it has neither."""
    if name in text:
        return name
    first = name.split(" ", 1)[0]
    return first if len(first) >= _MIN_NAME and first[0].isupper() and first in text else ""


def is_shouted(words: str) -> bool:
    """Return whether words are in capitals, as the openings of posts are that want to be clicked."""
    return sum(map(str.isupper, words)) > _MAX_CAPITALS * sum(map(str.isalpha, words))


def has_first_or_second_person(text: str) -> bool:
    """Return whether a text says "I", "we" or "you", and so makes sense only as a quotation."""
    return bool(_FIRST_PERSON.search(text) or _SECOND_PERSON.search(text))


def has_dangling_anaphor(text: str, claim: Claim) -> bool:
    """Return whether words of a claim point ("it", "this") before they name anything that they could point to."""
    if (object_ := _POINTING_OBJECT.search(text)) and not _INTRODUCED.search(text, 0, object_.start()):
        return True
    pointer = _ANAPHOR.search(text)
    places = [
        text.find(surface) for mention in subject_mentions(claim) if (surface := surface_form(mention.name, text))
    ]
    return pointer is not None and (not places or min(places) > pointer.start())
