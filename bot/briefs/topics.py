"""Topics as concepts: a topic covers its own words, what a lexicon lists under it, and what is near in meaning.

People join topics by commas and leave others out: "chips, helium without Nvidia".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.domain import Claim, EntityKind
from bot.nlp.lexicons import word_pairs
from bot.nlp.tokens import content_stems

_NEAR = 0.5
"""Cosine of a claim and a topic's words from which the claim is on topic although it has not all of them."""

_MIN_CLAIMS, _MIN_SHARE = 2, 0.4
"""Claims with a term of the topic, and share of all about a name, from which all that is about the name is on topic."""

_OWN_KINDS = frozenset({EntityKind.COMPANY, EntityKind.PRODUCT})


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, and the names and words that a lexicon lists under it, if it does; the empty topic is everything.

    A topic that somebody put together has `parts`, of which it covers all, except what one of `unwanted` covers.
    """

    name: str
    terms: tuple[str, ...] = ()
    parts: tuple[Topic, ...] = ()
    unwanted: tuple[Topic, ...] = ()

    def select(self, claims: Sequence[Claim]) -> list[Claim]:
        """Return the claims on the topic, in their order.

        A claim is on a listed topic if it has one of its terms, or is about a name that belongs to it. It is on another
        if it has all its words, by itself or with its episode's title, or is near them in meaning.
        """
        if not self.name:
            return list(claims)
        if self.parts:
            found = {claim.id for part in self.parts for claim in part.select(claims)}
            found -= {claim.id for part in self.unwanted for claim in part.select(claims)}
            return [claim for claim in claims if claim.id in found]
        if self.terms:
            return self._select_listed(claims)
        wanted = set(content_stems(self.name)) or set(self.name.split())
        near = self._near(claims)
        return [claim for n, claim in enumerate(claims) if wanted <= _stems(claim) or n in near]

    def _select_listed(self, claims: Sequence[Claim]) -> list[Claim]:
        """Return the claims that have a term, and those about a name of which much that is said has one."""
        found = {claim.id for claim in claims if _pattern(self.terms).search(_words(claim))}
        said: Counter[str] = Counter()
        on_topic: Counter[str] = Counter()
        for claim in claims:
            names = _own_names(claim)
            said.update(names)
            on_topic.update(names if claim.id in found else ())
        learnt = {name for name, count in on_topic.items() if count >= max(_MIN_CLAIMS, _MIN_SHARE * said[name])}
        return [claim for claim in claims if claim.id in found or learnt & _own_names(claim)]

    def _near(self, claims: Sequence[Claim]) -> set[int]:
        """Return the places of claims that are near in meaning; none if the topic has a name that no table knows."""
        from bot.nlp.embeddings import load_static_encoder

        encoder = load_static_encoder()
        if not claims or any(len(encoder.piece_rows(word)) != 1 for word in self.name.split()):
            return set()
        (topic,) = encoder.embed([self.name])
        return {
            n for n, likeness in enumerate(encoder.embed([claim.text for claim in claims]) @ topic) if likeness >= _NEAR
        }


@lru_cache(maxsize=1_000)
def find_topic(name: str) -> Topic:
    """Return the topic that a name stands for, in any of its spellings, or one of several."""
    wanted = " ".join(name.casefold().split())
    parts, unwanted = (tuple(map(_single_topic, filter(None, _COMMA.split(some)))) for some in _divided(wanted))
    if unwanted or len(parts) > 1:
        terms = dict.fromkeys(term for part in parts for term in part.terms or (part.name,))
        return Topic(wanted, tuple(terms), parts or (Topic(""),), unwanted)
    return parts[0] if parts else Topic("")


def _single_topic(name: str) -> Topic:
    listed = _listed_topics()
    return Topic(name, listed.get(name) or listed.get(name.removesuffix("s")) or listed.get(f"{name}s") or ())


_COMMA = re.compile(r"\s*,\s*")
_WITHOUT = re.compile(r",?\s*\bwithout\s+")


def _divided(name: str) -> tuple[str, str]:
    """Return what a topic covers, and what it leaves out."""
    wanted, *unwanted = _WITHOUT.split(name)
    return wanted, ",".join(unwanted)


def _own_names(claim: Claim) -> set[str]:
    return {mention.name for mention in claim.entities if mention.about and mention.kind in _OWN_KINDS}


def _words(claim: Claim) -> str:
    return " ".join([claim.text, claim.about, *(mention.name for mention in claim.entities if mention.about)])


def _stems(claim: Claim) -> set[str]:
    words = _words(claim)
    return {*content_stems(words), *words.lower().split(), *content_stems(claim.origin.title)}


@lru_cache(maxsize=1_000)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds any of the terms: words in small letters in any case and number, others as they stand."""
    words = [re.escape(term) for term in terms if term.islower()]
    names = [re.escape(term) for term in terms if not term.islower()]
    parts = [rf"(?i:(?:{'|'.join(words)})(?:s|es)?)"] * bool(words) + [rf"(?:{'|'.join(names)})s?"] * bool(names)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)")


@lru_cache(maxsize=1)
def _listed_topics() -> dict[str, tuple[str, ...]]:
    return {
        spelling.strip(): tuple(term.strip() for term in terms.split(","))
        for spellings, terms in word_pairs("topics")
        for spelling in spellings.split(",")
    }
