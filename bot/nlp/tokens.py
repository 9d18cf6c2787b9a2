"""Tokens and their stems, for comparing one text with another. The only stemmer; decision 019 says why it is ours."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

from bot.nlp.lexicons import word_list, word_pairs

TermWeights: TypeAlias = "dict[str, float]"
"""How much each stem weighs in a text."""

NAME_WEIGHT = 2.0
"""What a capitalised word or a number counts for; any other word counts for one."""

_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?|\d[\d.,]*\d|\d")
_INFLECTIONS = {
    "ies": "y", "sses": "ss", "ings": "", "ing": "", "edly": "", "ed": "", "ers": "er", "es": "", "s": "", "ly": "",
}  # fmt: skip
_IRREGULAR_VERBS = {form: verb for verb, forms in word_pairs("irregular_verb") for form in forms.split()}
_DERIVATIONS = (
    "ational ations ation ments ment ingly edly ings ing ions ion ies ied ers er ors or ness ive ity ally al ed es ly"
).split()
_APOSTROPHE_ENDING = re.compile(r"['’][a-z]*$")
_MIN_STEM, _MIN_ROOT = 3, 4
_STOPWORDS = word_list("stopword")


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """Return a word in lower case without its inflection: "reported" becomes "report", "sold" becomes "sell"."""
    word = _APOSTROPHE_ENDING.sub("", word.lower())
    word = _IRREGULAR_VERBS.get(word, word)
    for ending, instead in _INFLECTIONS.items():
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM and not word.endswith("ss"):
            word = word.removesuffix(ending) + instead
            break
    word = word.removesuffix("e") if len(word) > _MIN_STEM else word
    doubled = len(word) > _MIN_STEM and word[-1] == word[-2] and word[-1] not in "lsz"
    return word[:-1] if doubled else word


@lru_cache(maxsize=50_000)
def root(word: str) -> str:
    """Return what a lower-case word begins with and shares, roughly, with words derived from it: "distribut"."""
    for ending in _DERIVATIONS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_ROOT:
            return word[: -len(ending)]
    short = word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) >= _MIN_ROOT else word
    return short[:-1] if short.endswith(("e", "y")) and len(short) > _MIN_ROOT else short


@lru_cache(maxsize=20_000)
def content_stems(text: str) -> tuple[str, ...]:
    """Return the stems of the words that carry meaning, in order."""
    return tuple(filter(None, map(_content_stem, _WORD.findall(text))))


@lru_cache(maxsize=1 << 16)
def _content_stem(word: str) -> str:
    """Return the stem of a word that carries meaning, "" for any other."""
    return "" if word.lower() in _STOPWORDS else stem(word)


def shared_stems(text: str, other: str) -> set[str]:
    """Return the stems of meaning that two texts have in common."""
    return set(content_stems(text)).intersection(content_stems(other))


def term_weights(text: str) -> TermWeights:
    """Count the stems of a text, names and numbers for more than other words."""
    terms: TermWeights = {}
    for word in _WORD.findall(text):
        if word.lower() not in _STOPWORDS:
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


_TOKEN = re.compile(r"[^\W_]+(?:[.'’+#&][^\W_]+)*\+*")


def tokenize(text: str) -> list[str]:
    """Return the words of a text in order, in lower case; any alphabet, and names such as C++."""
    return _TOKEN.findall(text.lower())


FUNCTION_WORDS = word_list("function_word")
"""Words that hold a sentence together."""

QUERY_NOISE_WORDS = word_list("query_noise")
"""Words that ask, attribute or summarise, and are about no topic."""

LOW_WEIGHT_WORDS = word_list("low_weight")
"""Words so common that finding one proves little."""

LOW_WEIGHT = 0.35
"""What such a word weighs."""


def stems(text: str) -> list[str]:
    """Return the stems of every word, in order."""
    return [stem(word) for word in tokenize(text)]


def topic_stems(text: str) -> tuple[str, ...]:
    """Return the distinct stems that carry a topic, in order."""
    topic = (stem(word) for word in tokenize(text) if word not in FUNCTION_WORDS and word not in QUERY_NOISE_WORDS)
    return tuple(dict.fromkeys(topic))


_LOW_WEIGHT_STEMS = frozenset(map(stem, LOW_WEIGHT_WORDS))


@lru_cache(maxsize=1 << 16)
def stem_weight(stem: str) -> float:
    """Return how much finding a stem proves: figures and rare long words more than plain ones."""
    if stem in _LOW_WEIGHT_STEMS:
        return LOW_WEIGHT
    if stem[:1].isdigit():
        return 0.8
    return min(1.0, 0.4 + len(stem) / 10)
