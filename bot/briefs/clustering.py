"""Claims about one thing are one story, however many shows told it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from bot.briefs import linkage
from bot.claims.context import standalone_score, subject_mentions
from bot.domain import Claim, Story
from bot.nlp.tokens import NAME_WEIGHT, TermWeights, content_stems, stem, term_weights, tfidf_vectors

SIMILARITY_THRESHOLD = 0.22
"""Mean cosine from which two groups tell one story; bench/stories.py fits it on some topics and tests on others."""

_KEY_WORDS = 4
_MAX_KEY_CHARS = 48
_NEARBY_TURNS = 2
_NEARBY_BONUS = 0.1
_NO_SHARED_NAME_FACTOR = 0.6
_MIN_SHARED_STEMS = 3


def cluster_texts(texts: Sequence[str]) -> list[int]:
    """Return for each text the number of its story, counted in order of first appearance."""
    return linkage.cluster_labels(
        linkage.similarity_graph(tfidf_vectors([term_weights(text) for text in texts])), SIMILARITY_THRESHOLD
    )


def cluster_stories(claims: Sequence[Claim], must_link: Sequence[Collection[str]] = ()) -> list[Story]:
    """Group claims into stories, whatever their order; a story's claims come the most telling first.

    Names and figures count twice in what two claims share, and claims a turn or two apart in one conversation
    need to share a little less. Stories that have claims of one `joined` set, given by their ids, are one.
    """
    ordered = sorted({claim.id: claim for claim in claims}.values(), key=_sort_key)
    graph = linkage.similarity_graph(tfidf_vectors([_terms(claim) for claim in ordered]))
    _adjust_similarities(graph, ordered)
    grouped: dict[int, list[Claim]] = {}
    for number, claim in zip(linkage.cluster_labels(graph, SIMILARITY_THRESHOLD), ordered, strict=True):
        grouped.setdefault(number, []).append(claim)
    return _with_unique_keys(_merge_must_links(list(grouped.values()), must_link))


def _merge_must_links(groups: list[list[Claim]], must_link: Sequence[Collection[str]]) -> list[list[Claim]]:
    for ids in must_link:
        one = [group for group in groups if any(claim.id in ids for claim in group)]
        rest = [group for group in groups if group not in one]
        groups = [*rest, sorted((claim for group in one for claim in group), key=_sort_key)] if one else rest
    return groups


def _sort_key(claim: Claim) -> tuple[object, ...]:
    return (claim.origin.date, claim.origin.conversation, claim.turn, claim.start, claim.id)


def _terms(claim: Claim) -> TermWeights:
    terms = term_weights(claim.text)
    for mention in claim.entities:
        if mention.about:
            words = mention.name.split()
            terms.update({stem(word): max(1.0, NAME_WEIGHT / len(words)) for word in words})
    for figure in claim.figures:
        if figure.value is not None:
            terms[f"={figure.value:g}{figure.unit}"] = NAME_WEIGHT
    return terms


def _adjust_similarities(graph: linkage.SimilarityGraph, claims: Sequence[Claim]) -> None:
    about = [{mention.name for mention in subject_mentions(claim)} for claim in claims]
    stems = [set(content_stems(claim.text)) for claim in claims]
    for one, edges in enumerate(graph):
        for other in [other for other in edges if other > one]:
            here, there = claims[one], claims[other]
            near = (
                here.origin.conversation == there.origin.conversation and abs(here.turn - there.turn) <= _NEARBY_TURNS
            )
            tie = edges[other] + (_NEARBY_BONUS if near else 0.0)
            if not about[one] & about[other]:
                tie *= _NO_SHARED_NAME_FACTOR if len(stems[one] & stems[other]) >= _MIN_SHARED_STEMS else 0.0
            edges[other] = graph[other][one] = tie


def _with_unique_keys(groups: Sequence[list[Claim]]) -> list[Story]:
    used: Counter[str] = Counter()
    found = []
    for claims in groups:
        key = _story_key(claims)
        used[key] += 1
        unique = key if used[key] == 1 else f"{key}-{used[key]}"
        found.append(
            Story(unique, tuple(sorted(claims, key=lambda claim: (-standalone_score(claim), _sort_key(claim)))))
        )
    return found


def _story_key(claims: Sequence[Claim]) -> str:
    counted: Counter[str] = Counter()
    for claim in claims:
        counted.update({mention.name.lower(): 1 for mention in claim.entities if mention.about})
    lead = min(counted, key=lambda name: (-counted[name], name), default="")
    words: Counter[str] = Counter()
    for claim in claims:
        words.update({stemmed: len(stemmed) for stemmed in content_stems(claim.text)})
    core = sorted(words, key=lambda word: (-words[word], word))[:_KEY_WORDS]
    name = re.sub(r"[^a-z0-9]+", "-", f"{lead} {' '.join(sorted(core))}").strip("-")
    return name[:_MAX_KEY_CHARS].strip("-") or "story"
