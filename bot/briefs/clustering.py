"""Claims about one thing are one story, however many shows told it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from bot.briefs import linkage
from bot.claims.context import subjects, telling
from bot.domain import Claim, Story
from bot.nlp.tokens import NAME_WEIGHT, Terms, content, stem, vectors, weigh

THRESHOLD = 0.22
"""Mean cosine from which two groups tell one story; bench/stories.py fits it on some topics and tests on others."""

_KEY_WORDS = 4
_KEY_LENGTH = 48
_NEARBY = 2
_NEARBY_BONUS = 0.1
_NO_SHARED_NAME = 0.6
_SHARED_WORDS = 3


def cluster(texts: Sequence[str]) -> list[int]:
    """Return for each text the number of its story, counted in order of first appearance."""
    return linkage.groups(linkage.likeness(vectors([weigh(text) for text in texts])), THRESHOLD)


def stories(claims: Sequence[Claim], joined: Sequence[Collection[str]] = ()) -> list[Story]:
    """Group claims into stories, whatever their order; a story's claims come the most telling first.

    Names and figures count twice in what two claims share, and claims a turn or two apart in one conversation
    need to share a little less. Stories that have claims of one `joined` set, given by their ids, are one.
    """
    ordered = sorted({claim.id: claim for claim in claims}.values(), key=_place)
    graph = linkage.likeness(vectors([_terms(claim) for claim in ordered]))
    _weigh_ties(graph, ordered)
    grouped: dict[int, list[Claim]] = {}
    for number, claim in zip(linkage.groups(graph, THRESHOLD), ordered, strict=True):
        grouped.setdefault(number, []).append(claim)
    return _keyed(_joined(list(grouped.values()), joined))


def _joined(groups: list[list[Claim]], joined: Sequence[Collection[str]]) -> list[list[Claim]]:
    for ids in joined:
        one = [group for group in groups if any(claim.id in ids for claim in group)]
        rest = [group for group in groups if group not in one]
        groups = [*rest, sorted((claim for group in one for claim in group), key=_place)] if one else rest
    return groups


def _place(claim: Claim) -> tuple[object, ...]:
    return (claim.origin.date, claim.origin.conversation, claim.turn, claim.start, claim.id)


def _terms(claim: Claim) -> Terms:
    terms = weigh(claim.text)
    for mention in claim.entities:
        if mention.about:
            words = mention.name.split()
            terms.update({stem(word): max(1.0, NAME_WEIGHT / len(words)) for word in words})
    for figure in claim.figures:
        if figure.value is not None:
            terms[f"={figure.value:g}{figure.unit}"] = NAME_WEIGHT
    return terms


def _weigh_ties(graph: linkage.Graph, claims: Sequence[Claim]) -> None:
    about = [{mention.name for mention in subjects(claim)} for claim in claims]
    stems = [set(content(claim.text)) for claim in claims]
    for one, edges in enumerate(graph):
        for other in [other for other in edges if other > one]:
            here, there = claims[one], claims[other]
            near = here.origin.conversation == there.origin.conversation and abs(here.turn - there.turn) <= _NEARBY
            tie = edges[other] + (_NEARBY_BONUS if near else 0.0)
            if not about[one] & about[other]:
                tie *= _NO_SHARED_NAME if len(stems[one] & stems[other]) >= _SHARED_WORDS else 0.0
            edges[other] = graph[other][one] = tie


def _keyed(groups: Sequence[list[Claim]]) -> list[Story]:
    used: Counter[str] = Counter()
    found = []
    for claims in groups:
        key = _key(claims)
        used[key] += 1
        unique = key if used[key] == 1 else f"{key}-{used[key]}"
        found.append(Story(unique, tuple(sorted(claims, key=lambda claim: (-telling(claim), _place(claim))))))
    return found


def _key(claims: Sequence[Claim]) -> str:
    counted: Counter[str] = Counter()
    for claim in claims:
        counted.update({mention.name.lower(): 1 for mention in claim.entities if mention.about})
    lead = min(counted, key=lambda name: (-counted[name], name), default="")
    words: Counter[str] = Counter()
    for claim in claims:
        words.update({stemmed: len(stemmed) for stemmed in content(claim.text)})
    core = sorted(words, key=lambda word: (-words[word], word))[:_KEY_WORDS]
    name = re.sub(r"[^a-z0-9]+", "-", f"{lead} {' '.join(sorted(core))}").strip("-")
    return name[:_KEY_LENGTH].strip("-") or "story"
