"""Salience: how an editor would judge a claim, by a model fitted to what readers said of thousands of them."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from bot.domain import PASTED, UNKNOWN_SPEAKER, Claim, EntityKind, Modality
from bot.nlp.embeddings import Floats, load_static_encoder, normalize
from bot.nlp.gazetteer import default_gazetteer
from bot.nlp.lexicons import compile_cues
from bot.nlp.model.features import BUCKETS, Words, index_words
from bot.nlp.tokens import content_stems

WEIGHTS_FILE = "salience.json"
"""For each measure its mean and scale, its weight in each of the two judgements, and what the weight gains in posts.

Made by bench/train_briefs.py.
"""

WORDS_FILE = "salience.npz"
"""The weights of hashed words, of hashed pairs of them and of the meaning of a claim, made with the others."""

MEASURES = (
    "importance importance_squared need need_odds figures share money unnamed_speaker relayed first_turn turn alleged "
    "forecast opinion denied old recent future companies people products places nameless known_names unknown_names "
    "name_opens pointer_first pointer_opens resolved leaning title pointers i story_of_own we you conjunction "
    "condition words short long ended hedges breaks capitalized acronyms commas digits definite_opens recently event "
    "mean_importance top_importance mean_need claims rank centrality"
).split()
"""What is measured of a claim, in the order of the weights."""

MAX_PER_CONVERSATION, MIN_PER_CONVERSATION, MAX_JUDGED = 25, 8, 800
"""Claims of one conversation that are judged, those that the heads rate highest: at most so many, and fewer (but never
less than eight) if there are more than 800 in all."""

_NEED_WEIGHT = 0.8
_OLD_DAYS, _RECENT_DAYS, _FUTURE_DAYS = 330, 60, 5
_TOP_CLAIMS = 10
_SHORT_WORDS, _LONG_WORDS, _MAX_WORDS = 9, 38, 60
_OPENING_CHARS, _EARLY_CHARS = 25, 15
_MONEY_OR_SHARE = frozenset({"%", "x"})

_POINTER = re.compile(
    r"\b(?:it|its|they|them|their|this|that|these|those|he|she|his|her|him|there|here|ones?|things?|stuff|something)\b",
    re.IGNORECASE,
)
_I = re.compile(r"\b(?:I|I['’]\w+|my|me)\b")
_WE = re.compile(r"\b(?:we|our|us|we['’]\w+)\b", re.IGNORECASE)
_YOU = re.compile(r"\byou(?:r|['’]\w+)?\b", re.IGNORECASE)
_STORY_OF_OWN = re.compile(
    r"\b(?:I|we) (?:was|were|had|joined|started|worked|left|founded|built|came|went|grew|met|got|used to|decided|"
    r"wanted|thought|learned|found|wrote|spent|took|made|\w{3,}ed)\b|"
    r"\bmy (?:wife|husband|dad|mom|kids?|son|daughter|career|co-?founder|job|first|background|friend)\b",
    re.IGNORECASE,
)
_CONJUNCTION = re.compile(r"(?:And|But|So|Because|Or|Which|Then|Also|Like|Well|Yeah|Now)\b")
_CONDITION = re.compile(r"(?:If|When|As|While|Once|Imagine|Let)\b")
_HEDGE = re.compile(
    r"\b(?:think|guess|maybe|probably|kind of|sort of|like|basically|actually|you know|I mean|might|could)\b"
)
_BREAK = re.compile(r"--|—|\.\.\.|…| - ")
_CAPITALIZED = re.compile(r"(?<!^)(?<!\. )\b[A-Z][a-z]+")
_ACRONYM = re.compile(r"\b[A-Z]{2,}\b")
_DIGITS = re.compile(r"\d+")
_DEFINITE = re.compile(r"(?:The|This|That|These|Those|Its|Their|His|Her|Our) [a-z]")
_RECENTLY = re.compile(
    r"\b(?:today|yesterday|recent(?:ly)?|just|now|last (?:week|month|quarter)|this (?:week|month|year))\b",
    re.IGNORECASE,
)
_EVENT = compile_cues("event", ignore_case=False)


@dataclass(frozen=True, slots=True)
class Salience:
    """How probably a reader finds a claim clear and worth telling by itself, and how probably it is useful news."""

    telling: float
    news: float

    @property
    def score(self) -> float:
        """What stories are ranked by."""
        return math.sqrt(self.telling * self.news)


def judge(claims: Iterable[Claim], wanted: Container[str] | None = None) -> tuple[list[Claim], dict[str, Salience]]:
    """Return the claims that could be told, at most twenty-five of a conversation, and the salience of each by its id.

    The claims are those of a brief's window: each is judged beside the others of its conversation, and only if its id
    is `wanted`.
    """
    kept, measures, meanings = measure(claims, wanted)
    if not kept:
        return [], {}
    are_posts = np.array([claim.origin.show == PASTED for claim in kept])
    logits = _load_model().weigh(measures, meanings, index_words(claim.text for claim in kept), are_posts)
    chances = (1 / (1 + np.exp(-logits))).tolist()
    return kept, {claim.id: Salience(*pair) for claim, pair in zip(kept, chances, strict=True)}


def measure(claims: Iterable[Claim], wanted: Container[str] | None = None) -> tuple[list[Claim], Floats, Floats]:
    """Return the n claims that are judged, what is measured of each (n × the number of measures) and their meanings."""
    spoken: defaultdict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        spoken[claim.origin.conversation].append(claim)
    kept: list[Claim] = []
    rows: list[dict[str, float]] = []
    meanings: list[Floats] = []
    share = MAX_JUDGED // max(1, len(spoken))
    limit = max(MIN_PER_CONVERSATION, min(MAX_PER_CONVERSATION, share))
    for conversation in spoken.values():
        fit = [claim for claim in conversation if wanted is None or claim.id in wanted]
        fit.sort(key=lambda claim: (_NEED_WEIGHT * claim.needs_context - claim.importance, claim.id))
        best = fit[:limit]
        if not best:
            continue
        importance = np.array([claim.importance for claim in conversation])
        around = {
            "mean_importance": float(importance.mean()),
            "top_importance": float(np.sort(importance)[-_TOP_CLAIMS:].mean()),
            "mean_need": float(np.mean([claim.needs_context for claim in conversation])),
            "claims": math.log(len(conversation)),
        }
        vectors = load_static_encoder().embed([claim.text for claim in best])
        centrality = vectors @ normalize(vectors.mean(axis=0, keepdims=True))[0]
        for place, claim in enumerate(best):
            within = {"rank": float((importance > claim.importance).mean()), "centrality": float(centrality[place])}
            rows.append(_measure_claim(claim) | around | within)
        kept += best
        meanings.append(vectors)
    measures = np.array([[row[name] for name in MEASURES] for row in rows], np.float32)
    return kept, measures, np.concatenate(meanings) if meanings else measures


def _measure_claim(claim: Claim) -> dict[str, float]:
    return (
        _measure_words(claim.text)
        | _measure_subjects(claim)
        | {
            "importance": claim.importance,
            "importance_squared": claim.importance**2,
            "need": claim.needs_context,
            "need_odds": _log_odds(claim.needs_context),
            "figures": min(len(claim.figures), 3),
            "share": any(figure.unit in _MONEY_OR_SHARE for figure in claim.figures),
            "money": any(figure.currency for figure in claim.figures),
            "unnamed_speaker": claim.speaker == UNKNOWN_SPEAKER,
            "relayed": bool(claim.relayers),
            "first_turn": claim.turn == 0,
            "turn": math.log1p(claim.turn),
        }
        | {modality.value: claim.modality is modality for modality in Modality if modality is not Modality.ASSERTED}
        | (_measure_age(claim))
    )


def _measure_age(claim: Claim) -> dict[str, float]:
    age = (claim.origin.date - claim.happened.last).days if claim.happened else None
    return {
        "old": age is not None and age > _OLD_DAYS,
        "recent": age is not None and -_FUTURE_DAYS <= age <= _RECENT_DAYS,
        "future": age is not None and age < -_FUTURE_DAYS,
    }


def _measure_subjects(claim: Claim) -> dict[str, float]:
    about = [mention for mention in claim.entities if mention.about]
    known = sum(default_gazetteer().get(mention.name) is not None for mention in about)
    places = [place for mention in about if (place := claim.text.find(mention.name.split()[0])) >= 0]
    pointer = _POINTER.search(claim.text)
    stems = set(content_stems(claim.text))
    return {
        "companies": min(2, sum(mention.kind is EntityKind.COMPANY for mention in about)),
        "people": min(2, sum(mention.kind is EntityKind.PERSON for mention in about)),
        "products": min(2, sum(mention.kind is EntityKind.PRODUCT for mention in about)),
        "places": min(2, sum(mention.kind is EntityKind.PLACE for mention in about)),
        "nameless": not about,
        "known_names": min(2, known),
        "unknown_names": min(2, len(about) - known),
        "name_opens": bool(places) and min(places) < _OPENING_CHARS,
        "pointer_first": pointer is not None and pointer.start() < min(places, default=len(claim.text)),
        "pointer_opens": pointer is not None and pointer.start() < _EARLY_CHARS,
        "resolved": bool(claim.about),
        "leaning": claim.lead_in is not None,
        "title": min(3, len(stems.intersection(content_stems(claim.origin.title)))),
    }


def _measure_words(text: str) -> dict[str, float]:
    words = text.count(" ") + 1
    return {
        "pointers": min(4, len(_POINTER.findall(text))),
        "i": _I.search(text) is not None,
        "story_of_own": _STORY_OF_OWN.search(text) is not None,
        "we": _WE.search(text) is not None,
        "you": _YOU.search(text) is not None,
        "conjunction": _CONJUNCTION.match(text) is not None,
        "condition": _CONDITION.match(text) is not None,
        "words": min(words, _MAX_WORDS),
        "short": words < _SHORT_WORDS,
        "long": words > _LONG_WORDS,
        "ended": text.rstrip()[-1:] in '.!"”',
        "hedges": len(_HEDGE.findall(text)),
        "breaks": len(_BREAK.findall(text)),
        "capitalized": min(6, len(_CAPITALIZED.findall(text))),
        "acronyms": min(3, len(_ACRONYM.findall(text))),
        "commas": min(6, text.count(",")),
        "digits": min(4, len(_DIGITS.findall(text))),
        "definite_opens": _DEFINITE.match(text) is not None,
        "recently": _RECENTLY.search(text) is not None,
        "event": _EVENT.search(text.lower()) is not None,
    }


def _log_odds(chance: float) -> float:
    clipped = min(max(chance, 1e-4), 1 - 1e-4)
    return math.log(clipped / (1 - clipped))


@dataclass(frozen=True, slots=True)
class _Model:
    means: Floats
    scales: Floats
    weights: Floats
    gains: Floats
    bias: Floats
    words: Floats
    meanings: Floats

    def weigh(self, measures: Floats, meanings: Floats, words: Words, are_posts: NDArray[np.bool_]) -> Floats:
        """Return the log odds of the two judgements of n claims: n × 2."""
        hashed = self.words[words.word_buckets] + self.words[BUCKETS + words.pair_buckets]
        said = np.add.reduceat(hashed, words.starts) / np.sqrt(words.lengths)
        scaled = (measures - self.means) / self.scales
        logits = scaled @ self.weights + meanings @ self.meanings + said + self.bias[:2]
        logits[are_posts] += scaled[are_posts] @ self.gains + self.bias[2:]
        return np.asarray(logits, np.float32)


@cache
def _load_model() -> _Model:
    """Return the weights that ship with the bot."""
    folder = files("bot.briefs")
    stored: Mapping[str, Sequence[float]] = json.loads((folder / WEIGHTS_FILE).read_text("utf-8"))
    rows = np.array([stored[name] for name in MEASURES], np.float32)
    with (folder / WORDS_FILE).open("rb") as file, np.load(file) as arrays:
        words, meanings = arrays["words"] * arrays["scale"], arrays["meanings"]
    bias = np.array(stored["bias"], np.float32)
    return _Model(rows[:, 0], rows[:, 1], rows[:, 2:4], rows[:, 4:], bias, words, meanings)
