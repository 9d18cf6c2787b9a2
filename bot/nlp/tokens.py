"""Words that carry meaning, cut to their stems, for comparing one text with another."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

TermWeights: TypeAlias = "dict[str, float]"
"""How much each stem weighs in a text."""

NAME_WEIGHT = 2.0
"""What a capitalised word or a number counts for, where another word counts for one."""

_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?|\d[\d.,]*\d|\d")
_SUFFIXES = {
    "ies": "y",
    "sses": "ss",
    "ings": "",
    "ing": "",
    "edly": "",
    "ed": "",
    "ers": "er",
    "es": "",
    "s": "",
    "ly": "",
}
_MIN_STEM = 3
_STOPWORDS = re.compile(
    r"a|about|above|after|again|against|all|also|am|an|and|any|are|as|at|be|"
    r"because|been|before|being|below|between|both|but|by|can|could|did|do|does|doing"
    r"|down|during|each|few|for|from|further|get|got|go|going|had|has|have|having|"
    r"he|her|here|hers|him|his|how|i|if|in|into|is|it|its|itself|just|let|lot|"
    r"lots|make|me|more|most|much|my|new|no|nor|not|now|of|off|on|once|one|only"
    r"|or|other|our|out|over|own|really|per|said|same|say|says|she|should|so|some|"
    r"such|than|that|the|their|them|then|there|these|they|thing|things|think|this|"
    r"those|through|to|told|too|two|under|until|up|upon|us|very|want|was|way|we|"
    r"well|were|what|when|where|which|while|who|whom|why|will|with|would|yet|you|"
    r"your"
)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the word in lower case without its ending: "reported" and "reports" become "report"."""
    word = re.sub(r"['’][a-z]*$", "", word.lower())
    for ending, instead in _SUFFIXES.items():
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM and not word.endswith("ss"):
            word = word.removesuffix(ending) + instead
            break
    word = word.removesuffix("e") if len(word) > _MIN_STEM else word
    doubled = len(word) > _MIN_STEM and word[-1] == word[-2] and word[-1] not in "lsz"
    return word[:-1] if doubled else word


@lru_cache(maxsize=20_000)
def content_stems(text: str) -> tuple[str, ...]:
    """Return the stems of the words that carry meaning, in order."""
    return tuple(stem(word) for word in _WORD.findall(text) if not _STOPWORDS.fullmatch(word.lower()))


def term_weights(text: str) -> TermWeights:
    """Count the stems of a text, names and numbers for more than other words."""
    terms: TermWeights = {}
    for word in _WORD.findall(text):
        if not _STOPWORDS.fullmatch(word.lower()):
            weight = NAME_WEIGHT if word[0].isupper() or word[0].isdigit() else 1.0
            terms[stem(word)] = terms.get(stem(word), 0.0) + weight
    return terms


def tfidf_vectors(texts: Sequence[Mapping[str, float]]) -> list[TermWeights]:
    """Return each text as a vector of length one, rare terms weighing most; terms of one text alone are dropped.

    A dropped term can match nothing, but would shrink every cosine of its text.
    """
    seen = Counter(term for text in texts for term in text)
    rarity = {term: math.log((len(texts) + 1) / (count + 0.5)) for term, count in seen.items() if count > 1}
    return [
        _normalize({term: _log_frequency(n) * rarity[term] for term, n in text.items() if term in rarity})
        for text in texts
    ]


def _log_frequency(count: float) -> float:
    return 1 + math.log(count)


def _normalize(vector: TermWeights) -> TermWeights:
    length = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {term: weight / length for term, weight in vector.items()} if length else {}
