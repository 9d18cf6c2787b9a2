"""Check-worthiness: how specific and checkable a sentence is, and how well it stands by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain import EntityKind, Figure, Modality
from bot.nlp.dates import PERIOD
from bot.nlp.gazetteer import NameMatch
from bot.nlp.lexicons import compile_cues, cue_pattern

_EVENT = compile_cues("event", ignore_case=False)
_COMPARISON = re.compile(rf"\b(?:{cue_pattern('comparative')}) than\b|\b(?:{cue_pattern('comparison')})\b")
_CAUSE = compile_cues("checkable_cause", ignore_case=False)
_AUXILIARY = re.compile(rf"\b(?:{cue_pattern('auxiliary')})\b|'(?:s|re|ve) ")
_VERB = re.compile(rf"\b(?:{cue_pattern('verb_form')})\b|'(?:s|re|ve|ll)\b|n't\b")
_FIRST_PERSON = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|me|my|myself|mine)\b")
_FIRST_PERSON_PLURAL = re.compile(r"\b(?:we|we're|we've|our|us|were|weve)\b")
_SECOND_PERSON = re.compile(r"\b(?:you|you're|you've|your|you'll|you'd|youre|youve|y'all|yourself)\b")
_VAGUE = compile_cues("vagueness", ignore_case=False)
_BROKEN = re.compile(
    r"(?:\.\.\.|…|--|—|-)[\"”']?$|\b(?:basically|like|the|an?|of|and|to|is|are|was|or|but|with|because|actually)\.?$|\[(?:unintelligible|inaudible|crosstalk)[^\]]*\]|--"
)
_ANAPHORIC_OPENING = re.compile(
    "^(?:(?:and|but|so|now|then|because|well|yeah|also|plus|or|actually|you know|i mean)[, ]+)*(?:"
    rf"{cue_pattern('anaphoric_opening')})\b(?! (?:of|year|week|month|quarter|morning|afternoon|evening|spring|"
    r"summer|autumn|fall|winter|time)\b)"
)
_STANCE = re.compile(
    r"\b(?:i (?:would |'d )?(?:think|believe|expect|guess|suspect|say|estimate|bet|argue)|i'd (?:say|guess|bet|"
    r"expect|argue)|my (?:estimate|guess|understanding|numbers?)|in my \w+)\b"
)
_FRAGMENT = re.compile(
    r"^(?:because|like|which|whereas|although|though|if|when|unless|until|while|since|where|especially|to|not|or)\b|"
    r"\b(?:would|could|if)\b"
)
_SUBORDINATE_OPENING = re.compile(r"^(?:because|'cause|whereas|especially|having|as long as|not|or|to \w+'s point)\b")
_TRAILING_PRONOUN = re.compile(r"\b(?:it|these|this|that|them|those)[.!]?$")
_ANECDOTE = re.compile(r"\b(?:i|we) (?:just |all |both |then )?(?:went|got|sat|walked|drove|woke|ended up|came|hung)\b")
_PLACEHOLDER = re.compile(r"\b(?:alice|bob|carol)\b")
_TREND = re.compile(rf"\b(?:{cue_pattern('trend_measure')})\b.{{0,40}}?\b(?:{cue_pattern('trend_verb')})\b")
_IMPERATIVE = re.compile(
    rf"^(?:(?:and|so|but|then|just|now|also|well|okay|please)[, ]+)*(?:{cue_pattern('imperative_opening')})\b"
)
_TIME_HINTS = ("year", "quarter", "month", "week", "season", "decade", "20", "today", "yesterday")
_TIME_UNITS = frozenset({"second", "minute", "hour", "day", "week", "month", "year", "decade", "night", "year-old"})
_FINITE_VERB = re.compile(rf"\b(?:{cue_pattern('finite_verb')})\b|'(?:s|re|ve|ll|d)\b|n't\b")
_VOCATIVE = re.compile(rf"^[A-Z]\w+(?: [A-Z]\w+)?, (?:{cue_pattern('after_vocative')})\b")
_MIMICRY = re.compile(
    r"\b(?:like|goes|go|says?|thought|call it),? [\"“]|"
    r"\b(?:he|she|i|they|it|you)(?:'s|'re|'m| was| were) like\b"
)
_LARGE_VALUE = 100
_IMPERSONAL_BONUS, _VOCATIVE_PENALTY, _TREND_BONUS = 0.5, 1.5, 2.0
_MIN_WORDS_SPECIFIC, _MIN_WORDS, _MAX_WORDS = 3, 5, 60
_SHORT_SENTENCE = 8
_SPECIFIC_KINDS = {EntityKind.COMPANY, EntityKind.PERSON, EntityKind.PRODUCT, EntityKind.TICKER, EntityKind.PLACE}


def checkworthiness_score(
    sentence: str, figures: Sequence[Figure], names: Sequence[NameMatch], modality: Modality
) -> float:
    """Score a sentence that is not noise; about 2.5 is worth keeping from talk, 2 from writing."""
    count = sentence.count(" ") + 1
    flat = sentence.replace("\u2019", "'").lower()
    least = _MIN_WORDS_SPECIFIC if figures and names else _MIN_WORDS - bool(names)
    if count < least or not (_VERB.search(flat) or _EVENT.search(flat) or (figures and names)):
        return 0.0
    addressed = _VOCATIVE_PENALTY if _VOCATIVE.match(sentence) else 0.0
    personal = addressed + _personal_penalty(flat, measured=bool(figures))
    impersonal = _IMPERSONAL_BONUS if figures and not personal and not is_anaphoric(sentence) else 0.0
    moved = _TREND_BONUS if not (figures or names) and has_trend(flat) else 0.0
    return (
        moved
        + _specificity_score(sentence, figures, names)
        + _assertion_score(flat, modality)
        + impersonal
        - personal
        - _vagueness_penalty(flat, count)
    )


def has_trend(lowered: str) -> bool:
    """Return whether lower-case words say how a measure moved over a named time: no figure is needed to check that."""
    # Nearly every sentence is asked this, and searching each for a movement would cost a tenth of all reading.
    if not any(word in lowered for word in _TIME_HINTS):
        return False
    return _TREND.search(lowered) is not None and PERIOD.search(lowered) is not None


def is_anaphoric(sentence: str) -> bool:
    """Return whether a sentence begins by pointing back at what was said before."""
    return _ANAPHORIC_OPENING.search(sentence.replace("\u2019", "'").lower()) is not None


def _specificity_score(sentence: str, figures: Sequence[Figure], names: Sequence[NameMatch]) -> float:
    named = {match.name: match for match in names if match.kind in _SPECIFIC_KINDS}
    topics = {match.name for match in names if match.kind is EntityKind.TOPIC}
    first = min((match.start for match in named.values()), default=len(sentence))
    score = min(1.5 + 0.25 * (len(named) - 1), 2.0) if named else 0.0
    score += min(0.5 * len(topics), 1.0)
    score += 0.75 if named and first < max(len(sentence) * 0.3, 12) else 0.0
    return score + min(sum(_figure_score(figure) for figure in figures), 3.0)


def _figure_score(figure: Figure) -> float:
    if figure.currency or figure.unit in {"%", "x", "basis points"} or figure.magnitude:
        return 2.0
    if figure.unit.rstrip("s") in _TIME_UNITS:
        return 0.75
    return 1.5 if figure.value is not None and figure.value >= _LARGE_VALUE else 1.0


def _assertion_score(sentence: str, modality: Modality) -> float:
    score = 1.0 if _EVENT.search(sentence) else 0.0
    score += 0.5 if _AUXILIARY.search(sentence) else 0.0
    score += 0.75 if _COMPARISON.search(sentence) else 0.0
    score += 0.5 if _CAUSE.search(sentence) else 0.0
    return score + {Modality.ALLEGED: 1.0, Modality.FORECAST: 1.0, Modality.OPINION: -0.5}.get(modality, 0.0)


def _personal_penalty(sentence: str, *, measured: bool) -> float:
    score = min(0.75 * len(_FIRST_PERSON.findall(_STANCE.sub(" ", sentence))), 2.0)
    score += min(0.3 * len(_FIRST_PERSON_PLURAL.findall(sentence)), 0.9) * (0.5 if measured else 1.0)
    return score + min(1.0 * len(_SECOND_PERSON.findall(sentence)), 2.0)


def _vagueness_penalty(sentence: str, count: int) -> float:
    score = min(0.4 * len(_VAGUE.findall(sentence)), 1.6)
    score += 1.0 if _BROKEN.search(sentence) else 0.0
    score += 1.25 if _ANAPHORIC_OPENING.search(sentence) else 0.0
    score += 0.5 if _FRAGMENT.search(sentence) else 0.0
    score += 1.0 if _SUBORDINATE_OPENING.search(sentence) else 0.0
    score += 2.0 if _PLACEHOLDER.search(sentence) else 0.0
    score += 1.5 if _MIMICRY.search(sentence) else 0.0
    score += 0.75 if count < _SHORT_SENTENCE and _TRAILING_PRONOUN.search(sentence) else 0.0
    score += 0.75 if _ANECDOTE.search(sentence) else 0.0
    score += (
        0.0
        if any(p.search(sentence) for p in (_AUXILIARY, _EVENT, _FINITE_VERB))
        else 0.75 + (not _VERB.search(sentence))
    )
    score += 1.0 if sentence.count('"') % 2 or sentence.count("“") != sentence.count("”") else 0.0
    score += 1.5 if _IMPERATIVE.search(sentence) else 0.0
    return score + (1.0 if count > _MAX_WORDS else 0.0)
