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


_TOKEN = re.compile(r"[^\W_]+(?:[.'’+#&][^\W_]+)*\+*")


def tokenize(text: str) -> list[str]:
    """Return the words of a text in order, in lower case; any alphabet, and names such as C++."""
    return _TOKEN.findall(text.lower())


FUNCTION_WORDS = frozenset(
    tokenize(
        """
        a an the of in on at to for and or but by with from as is are was were be been being am do does did done has
        have had having will would can could should may might must shall not no nor it its it's this that these
        those there here their theirs them they he she his her hers him i you we our ours your yours my mine me us
        who whom whose which what what's when where why how if then than so such both each any all some other
        another about into onto over under after before between during while whereas regarding concerning also more
        most less own only same very just up down out off per via et let yes i'm don't didn't doesn't isn't wasn't
        won't can't aren't because though although however either neither too again ever never yet still much many
        few lot lots get got gets getting go goes going make makes made really actually maybe thing things something
        anything someone anyone ones one's
        """
    )
)
"""Words that hold a sentence together."""

QUERY_NOISE_WORDS = frozenset(
    tokenize(
        """
        article articles report reports reported reporting according suggest suggests suggested discuss discusses
        discussed discussing discussion mention mentions mentioned describe describes described describing detail
        details detailing detailed consider considers considered considering information piece pieces source sources
        feature features featured featuring cover covers covered coverage claim claims claimed individual name names
        named identify identified identifies known letter represent represents say says said saying tell tells told
        telling talk talks talked talking think thinks thought thinking believe believes believed stated stating
        indicate indicates indicated indicating imply implies implied explain explains explained answer question
        kind sort type way recently recent separate specifically associated publish published speaker speakers host
        guest guests podcast podcasts show shows episode episodes post posts conversation conversations interview
        please summarize summarise give find know wonder anybody anyone everyone predict predicts predicted
        prediction argue argues argued mean means meant happen happens happened happening compare compared
        comparison versus opinion opinions view views thoughts
        """
    )
)
"""Words that ask, attribute or summarise, and are about no topic."""

LOW_WEIGHT_WORDS = frozenset(
    tokenize(
        """
        people person time year years month months week weeks day days today yesterday company companies business
        work works working new old good bad best better big small large great first second last next long high low
        part number world life right point problem place use uses used using come came went gone take took taken
        want need look see seen like start started end ended change changed changes different major significant key
        main important focus including include included such two three four five several group team public chair
        chairman chairwoman president senator secretary doctor professor mr mrs back well around across against
        within help put keep set show run call called based due despite since until both feel felt try money hard
        easy
        """
    )
)
"""Words so common that finding one proves little."""

LOW_WEIGHT = 0.35
"""What such a word weighs."""


_IRREGULAR_VERBS = {
    form: verb
    for verb, forms in {
        "begin": "began begun",
        "bring": "brought",
        "build": "built",
        "buy": "bought",
        "choose": "chose chosen",
        "fall": "fell fallen",
        "find": "found",
        "give": "gave given",
        "grow": "grew grown",
        "hold": "held",
        "keep": "kept",
        "know": "knew known",
        "lead": "led",
        "leave": "left",
        "lose": "lost",
        "meet": "met",
        "pay": "paid",
        "rise": "rose risen",
        "run": "ran",
        "sell": "sold",
        "send": "sent",
        "spend": "spent",
        "teach": "taught",
        "win": "won",
        "write": "wrote written",
    }.items()
    for form in tokenize(forms)
}


@lru_cache(maxsize=1 << 16)
def stem_with_irregulars(word: str) -> str:
    """Return the stem of a lower-case word; "sold" and "selling" meet in "sell"."""
    return stem(_IRREGULAR_VERBS.get(word, word))


def stems(text: str) -> list[str]:
    """Return the stems of every word, in order."""
    return [stem_with_irregulars(word) for word in tokenize(text)]


def topic_stems(text: str) -> tuple[str, ...]:
    """Return the distinct stems that carry a topic, in order."""
    kept = (
        stem_with_irregulars(word)
        for word in tokenize(text)
        if word not in FUNCTION_WORDS and word not in QUERY_NOISE_WORDS
    )
    return tuple(dict.fromkeys(kept))


_LOW_WEIGHT_STEMS = frozenset(map(stem_with_irregulars, LOW_WEIGHT_WORDS))


@lru_cache(maxsize=1 << 16)
def stem_weight(stem: str) -> float:
    """Return how much finding a stem proves: figures and rare long words more than plain ones."""
    if stem in _LOW_WEIGHT_STEMS:
        return LOW_WEIGHT
    if stem[:1].isdigit():
        return 0.8
    return min(1.0, 0.4 + len(stem) / 10)
