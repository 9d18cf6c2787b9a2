"""Clustering: claims about one thing are one story, however many shows report it."""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from typing import TypeAlias

from bot.briefs.novelty import FreshStory
from bot.claims.context import event_score, standalone_score, subject_mentions, surface_form
from bot.domain import Claim, EntityKind, Mention, Story
from bot.nlp.tokens import NAME_WEIGHT, TermWeights, content_stems, stem, term_weights, tfidf_vectors

SIMILARITY_THRESHOLD = 0.22
"""Mean cosine from which two groups are one story; bench/stories.py fits it on some topics and tests on others."""

_KEY_WORDS = 4
_MAX_KEY_CHARS = 48
_NEARBY_TURNS = 2
_NEARBY_BONUS = 0.1
_NO_SHARED_NAME_FACTOR = 0.6
_MIN_SHARED_STEMS = 3


def cluster_texts(texts: Sequence[str]) -> list[int]:
    """Return for each text the number of its story, counted in order of first appearance."""
    return cluster_labels(similarity_graph(tfidf_vectors([term_weights(text) for text in texts])), SIMILARITY_THRESHOLD)


def cluster_stories(claims: Sequence[Claim], must_link: Sequence[Collection[str]] = ()) -> list[Story]:
    """Group claims into stories, whatever their order; a story's claims come the clearest first.

    Names and figures count double in what two claims share, and claims a turn or two apart in one conversation need to
    share a little less. Stories that have claims of one `must_link` set, given by their ids, are one.
    """
    ordered = sorted({claim.id: claim for claim in claims}.values(), key=_sort_key)
    graph = similarity_graph(tfidf_vectors([_terms(claim) for claim in ordered]))
    _adjust_similarities(graph, ordered)
    grouped: dict[int, list[Claim]] = {}
    for number, claim in zip(cluster_labels(graph, SIMILARITY_THRESHOLD), ordered, strict=True):
        grouped.setdefault(number, []).append(claim)
    return _with_unique_keys(_merge_must_links(list(grouped.values()), must_link))


def _merge_must_links(groups: list[list[Claim]], must_link: Sequence[Collection[str]]) -> list[list[Claim]]:
    for ids in must_link:
        linked = [group for group in groups if any(claim.id in ids for claim in group)]
        rest = [group for group in groups if group not in linked]
        groups = [*rest, sorted((claim for group in linked for claim in group), key=_sort_key)] if linked else rest
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


def _adjust_similarities(graph: SimilarityGraph, claims: Sequence[Claim]) -> None:
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
    stories = []
    for claims in groups:
        key = _story_key(claims)
        used[key] += 1
        unique = key if used[key] == 1 else f"{key}-{used[key]}"
        clearest_first = sorted(claims, key=lambda claim: (-standalone_score(claim), _sort_key(claim)))
        stories.append(Story(unique, tuple(clearest_first)))
    return stories


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


SimilarityGraph: TypeAlias = "list[dict[int, float]]"
"""Similarity of each item to its neighbours; no edge means nothing in common."""

_MIN_SIMILARITY = 0.1
_COMMON_TERM_SHARE = 0.01
_COMMON_TERM_TEXTS = 40


def similarity_graph(vectors: Sequence[TermWeights]) -> SimilarityGraph:
    """Return the cosines of all pairs that share a term, found through an inverted index.

    Terms of more than 40 texts, and of a hundredth of them, make no pairs, so the work stays nearly linear; pairs below
    0.1 are left out.
    """
    postings: dict[str, list[int]] = {}
    for index, vector in enumerate(vectors):
        for term in vector:
            postings.setdefault(term, []).append(index)
    limit = max(_COMMON_TERM_TEXTS, int(len(vectors) * _COMMON_TERM_SHARE))
    graph: SimilarityGraph = [{} for _ in vectors]
    for index, vector in enumerate(vectors):
        for other, cosine in _cosines(index, vector, vectors, postings, limit).items():
            if cosine >= _MIN_SIMILARITY:
                graph[index][other] = graph[other][index] = cosine
    return graph


def _cosines(
    index: int, vector: TermWeights, vectors: Sequence[TermWeights], postings: Mapping[str, list[int]], limit: int
) -> dict[int, float]:
    cosines: dict[int, float] = {}
    for term, weight in vector.items():
        if len(postings[term]) <= limit:
            for other in postings[term]:
                if other >= index:
                    break
                cosines[other] = cosines.get(other, 0.0) + weight * vectors[other][term]
    return cosines


def cluster_labels(graph: SimilarityGraph, threshold: float) -> list[int]:
    """Return a group number for each item, counted in order of first appearance.

    Two groups are joined while the mean similarity over all pairs between them is at least `threshold`.
    """
    size = [1] * len(graph)
    near = [dict(edges) for edges in graph]
    joined: dict[int, int] = {}
    pairs = ((value, one, other) for one, edges in enumerate(graph) for other, value in edges.items() if one < other)
    heap = [(-value, one, other) for value, one, other in pairs if value >= threshold]
    heapq.heapify(heap)
    while heap:
        _, one, other = heapq.heappop(heap)
        if one in joined or other in joined:
            continue
        joined[one] = joined[other] = len(size)
        edges = _mean_similarities(near[one], near[other], size[one], size[other], joined)
        for third, value in edges.items():
            near[third][len(size)] = value
            if value >= threshold:
                heapq.heappush(heap, (-value, third, len(size)))
        near.append(edges)
        size.append(size[one] + size[other])
    return _renumber([_root(item, joined) for item in range(len(graph))])


def _mean_similarities(
    left: Mapping[int, float], right: Mapping[int, float], left_size: int, right_size: int, merged: Mapping[int, int]
) -> dict[int, float]:
    total = left_size + right_size
    edges = {third: value * left_size / total for third, value in left.items() if third not in merged}
    for third, value in right.items():
        if third not in merged:
            edges[third] = edges.get(third, 0.0) + value * right_size / total
    return edges


def _root(item: int, merged: Mapping[int, int]) -> int:
    while item in merged:
        item = merged[item]
    return item


def _renumber(roots: Sequence[int]) -> list[int]:
    order = {root: number for number, root in enumerate(dict.fromkeys(roots))}
    return [order[root] for root in roots]


_MAX_CLAIMS = 20
_MIN_MENTIONS_AS_OWNER = 2
_OPENING_CHARS = 30
_GENERIC_KINDS = frozenset({EntityKind.PLACE, EntityKind.TOPIC})
_LOCATION_PREFIX = re.compile(r"^\w+ (?:in|at) ")
_NO_ENTITY = Mention("", EntityKind.TOPIC)


def main_entity(story: FreshStory) -> Mention | None:
    """Return what a story is about: the name that most of its claims share, its first claim's before others."""
    counted: dict[Mention, float] = {}
    for claim in story.new_claims:
        for mention in subject_mentions(claim):
            lead = 1.0 if claim is story.new_claims[0] else 0.0
            named = 0.0 if mention.kind in _GENERIC_KINDS else 1.0
            counted[mention] = counted.get(mention, 0.0) + 1.0 + lead + named
    return min(counted, key=lambda mention: (-counted[mention], mention.name), default=None)


def merge_stories(stories: Sequence[FreshStory]) -> list[FreshStory]:
    """Merge stories about one entity; those of an entity on everybody's lips stay apart.

    A plant belongs to its owner if two claims call it theirs ("Quillon's Orkdal plant"), a ticker to the only company
    named beside it.
    """
    fresh = [story for story in stories if story.new_claims]
    owners = _owner_by_entity([claim for story in fresh for claim in story.new_claims])
    strands: dict[str, list[FreshStory]] = {}
    for story in fresh:
        about = main_entity(story) or _NO_ENTITY
        name = owners.get(about.name, about.name) if about.kind not in _GENERIC_KINDS else ""
        opens = any(opens_with(claim, about.name) for claim in story.new_claims)
        strands.setdefault(name if opens else "", []).append(story)
    return [joined for name, strand in strands.items() for joined in _merge_strand(name, strand)]


def opens_with(claim: Claim, name: str) -> bool:
    """Return whether a claim begins with a name, rather than naming it somewhere."""
    surface = surface_form(name, claim.text)
    return bool(surface) and claim.text.find(surface) < _OPENING_CHARS


def _merge_strand(name: str, strand: list[FreshStory]) -> list[FreshStory]:
    claims = [claim for fresh in strand for claim in fresh.new_claims]
    if not name or len(claims) > _MAX_CLAIMS or len(strand) == 1:
        return [replace(fresh, new_claims=_by_newsworthiness(fresh.new_claims)) for fresh in strand]
    first = min(strand, key=lambda each: (not each.is_update, -standalone_score(each.new_claims[0]), each.story.key))
    every = tuple(claim for fresh in strand for claim in fresh.story.claims)
    is_update = any(fresh.is_update for fresh in strand)
    return [FreshStory(Story(first.story.key, every), _by_newsworthiness(claims), is_update)]


def _by_newsworthiness(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Put events before how things are."""
    return tuple(
        sorted(claims, key=lambda claim: (-standalone_score(claim) - event_score(claim), claim.origin.date, claim.id))
    )


def _owner_by_entity(claims: Sequence[Claim]) -> dict[str, str]:
    counted: Counter[tuple[str, str]] = Counter()
    for claim in claims:
        about = subject_mentions(claim)
        tickers = {mention.name for mention in about if mention.kind is EntityKind.TICKER}
        firms = {mention.name for mention in about if mention.kind not in {EntityKind.TICKER, *_GENERIC_KINDS}}
        counted.update(
            {(firm, ticker): _MIN_MENTIONS_AS_OWNER for ticker in tickers for firm in firms if len(firms) == 1}
        )
        for owner, owned in permutations([mention.name for mention in claim.entities], 2):
            counted[owner, owned] += _is_possessed_by(claim.text.replace("’", "'"), owner, owned)
    return {owned: owner for (owner, owned), times in sorted(counted.items()) if times >= _MIN_MENTIONS_AS_OWNER}


def _is_possessed_by(text: str, owner: str, owned: str) -> bool:
    _, named, after = text.partition(f"{surface_form(owner, text) or owner}'s ")
    return bool(named) and (after.startswith(owned) or _LOCATION_PREFIX.sub("", after, count=1).startswith(owned))
