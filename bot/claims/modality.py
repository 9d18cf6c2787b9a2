"""Modality: whether a statement is asserted, alleged, forecast or an opinion."""

from __future__ import annotations

import re

from bot.domain import Modality
from bot.nlp.lexicons import compile_cues, cue_pattern

_ALLEGED = compile_cues("allegation", ignore_case=False)
_CLAIM_VERB = re.compile(
    r"(?<!\bI )(?<!\bwe )(?<!\bWe )(?<!the )(?<!The )(?<!'s )(?<!of )(?<!these )(?<!those )(?<!their )(?<!her "
    r")(?<!his )(?<!to )(?<!jobless )"
    r"\bclaim(?:s|ed|ing)?(?:,)? (?:that|to|it|he|she|they|its|the|this|just|over|more|nearly|about|his|her|their|"
    r"there|\d|[A-Z]|[a-z]+ (?:is|are|was|were|has|have|had|will|can))",
)
_OWN_CLAIM = re.compile(r"\b(?:I|[Ww]e|[Yy]ou)\b(?:\s[\w'’]+){0,3}\sclaim")
_YEAR = re.compile(
    r"\b(?:by|in|until|through|before|beyond|after|of|for|to|around|since)\s(?:the )?(?:end of |calendar year |"
    r"early |late |mid-?|q[1-4] |fiscal |year )*((?:19|20)\d\d)\b"
)
_WILL = re.compile(
    r"(?<!\bi)(?:\b(?:will|won't|shall)|'ll)(?: not| likely| probably| never| always| also| soon| eventually| "
    r"continue| still| only| be| have| just)* [a-z]"
)
_NOT_FORECAST = re.compile(
    r"\b(?:i|we|you|one|let's)(?: will|'ll)\b|\bgood will\b|\bfree will\b|\bwill (?:and|of|power)\b|\b(?:when|"
    r"whenever|if|once|every time|each time|as soon as) (?:you|we|i|your|one|somebody|someone|the user|a user)\b"
)
_EXPECTATION = re.compile(rf"\b(?:{cue_pattern('expectation')})")
_REVISED_FORECAST = re.compile(
    r"\b(?:cut|cuts|lowered|lowers|raised|raises|slashed|slashes|trimmed|withdrew|missed|beat|kept|reduced|revised) "
    r"(?:its|their|his|her|our|the|\w+['’]s) (?:[\w-]+ ){0,3}?"
    r"(?:forecast|guidance|outlook|projection|prediction|target)s?\b"
)
_SPEAKER_PLAN = re.compile(
    r"\b(?:i'm|i am|we're|we are|you're|you are|let's)(?: just| also| not)? (?:going to(?! (?:see|be|have|need|run|"
    r"get|find|lose|win|hit|reach))|gonna(?! (?:see|be|have|need|run|get|find))|about to|planning|hoping|looking)"
)
_PAST_PLAN = re.compile(
    r"\b(?:was|were|had been) (?:going|planning|supposed|about|expected|hoping|looking|set|due) to\b|\bif (?:you're|"
    r"you are|we're|i'm) going to\b|\bgoing to (?:the|a|an|my|our|your|school|work|bed|college|church)"
)
_MODAL_VERB = re.compile(
    rf"\b(?:could|may|might)(?: also| well| soon| even| eventually)? (?:{cue_pattern('possible_outcome')})\b"
)
_HYPOTHETICAL = re.compile(
    r"\b(?:you|we|i|one|they|it)(?: could| might| may)\b|could have|might have|may have", re.IGNORECASE
)
_OPINION = re.compile(rf"\b(?:{cue_pattern('opinion')})")
_JUDGEMENT = compile_cues("judgement", ignore_case=False)
_COPULA = re.compile(r"\b(?:is|are|was|were|be|been|'s|'re|remains?|looks?|seems?|becomes?)\b")


def classify_modality(sentence: str, year: int) -> Modality:
    """Return the modality of a sentence spoken in `year`; an accusation stays one however it is hedged."""
    words = sentence.replace("’", "'").lower()
    if _ALLEGED.search(words) or _is_reported_claim(sentence):
        return Modality.ALLEGED
    if _is_forecast(words, year):
        return Modality.FORECAST
    if _OPINION.search(words) or (_JUDGEMENT.search(words) and _COPULA.search(words)):
        return Modality.OPINION
    return Modality.ASSERTED


def _is_reported_claim(sentence: str) -> bool:
    return "claim" in sentence and _CLAIM_VERB.search(sentence) is not None and _OWN_CLAIM.search(sentence) is None


def _is_forecast(words: str, year: int) -> bool:
    if _REVISED_FORECAST.search(words):
        return False
    if _has_future_year(words, year):
        return True
    if _WILL.search(words) and not _NOT_FORECAST.search(words):
        return True
    if _EXPECTATION.search(words) and not (_SPEAKER_PLAN.search(words) or _PAST_PLAN.search(words)):
        return True
    return _MODAL_VERB.search(words) is not None and _HYPOTHETICAL.search(words) is None


def _has_future_year(words: str, year: int) -> bool:
    """Return whether a year still to come is named as the time of what is stated."""
    return any(int(match[1]) > year for match in _YEAR.finditer(words))
