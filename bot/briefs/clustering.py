"""Clustering: claims of one event are one story, however many sentences and shows tell it."""

from __future__ import annotations

import heapq
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import TypeAlias

from bot.claims.context import subject_mentions
from bot.domain import Claim, EntityKind, Figure, Mention, Story
from bot.nlp.tokens import NAME_WEIGHT, TermWeights, content_stems, stem, term_weights, tfidf_vectors

SAME_EVENT_THRESHOLD = 0.4
"""Mean probability, over the pairs between two groups, from which they are one story; bench/train_briefs.py fits it."""

WEIGHTS_FILE = "same_event.json"
"""The weights of what two claims share, and the bias; made by bench/train_briefs.py."""

_KEY_WORDS = 4
_MAX_KEY_CHARS = 48
_MAX_STEMS, _MAX_FIGURES = 6, 2
_NEARBY_TURNS = 2
_CLOSE_CHARS = 400


_TIME_STEMS = frozenset(
    content_stems(
        "first second third fourth last next half end quarter year month week day decade today yesterday tomorrow "
        "spring summer autumn fall winter January February March April May June July August September October "
        "November December"
    )
)
"""They say when, and many events are due at one time."""


def cluster_stories(claims: Sequence[Claim], must_link: Sequence[Collection[str]] = ()) -> list[Story]:
    """Group claims into stories, whatever their order; a story's claims stand in the order they were said.

    Stories that have claims of one `must_link` set, given by their ids, are one.
    """
    ordered = sorted({claim.id: claim for claim in claims}.values(), key=_sort_key)
    graph: SimilarityGraph = [{} for _ in ordered]
    for one, other, shared in compare_claims(ordered):
        graph[one][other] = graph[other][one] = same_event_chance(shared)
    grouped: dict[int, list[Claim]] = {}
    for number, claim in zip(cluster_labels(graph, SAME_EVENT_THRESHOLD), ordered, strict=True):
        grouped.setdefault(number, []).append(claim)
    return _with_unique_keys(_merge_must_links(list(grouped.values()), must_link))


def compare_claims(claims: Sequence[Claim]) -> Iterator[tuple[int, int, dict[str, float]]]:
    """Yield the places of two claims that may tell one event, the earlier first, and what they share."""
    graph = similarity_graph(tfidf_vectors([_terms(claim) for claim in claims]))
    stems = [set(content_stems(claim.text)) - _TIME_STEMS for claim in claims]
    figures = [{_key(figure) for figure in claim.figures if _is_telling(figure)} for claim in claims]
    pairs = {(one, other) for one, edges in enumerate(graph) for other in edges if other > one}
    for one, other in sorted(pairs.union(_close_pairs(claims))):
        shared = compare_texts(graph[one].get(other, 0.0), stems[one], stems[other], figures[one] & figures[other])
        yield one, other, shared | _distance(claims[one], claims[other])


def _is_telling(figure: Figure) -> bool:
    """Return whether a figure tells events apart: money, a share or a large number, not "12 months"."""
    return bool(figure.currency or figure.magnitude or figure.unit in {"%", "x"})


def _key(figure: Figure) -> tuple[float | None, str]:
    return figure.value, figure.unit


def compare_texts(
    cosine: float, stems: set[str], other_stems: set[str], figures: set[tuple[float | None, str]]
) -> dict[str, float]:
    """Return what two texts share, wherever they stand: `figures` are those that both have."""
    common = len(stems & other_stems)
    return {
        "cosine": cosine,
        "stems": min(common, _MAX_STEMS),
        "share": common / max(1, min(len(stems), len(other_stems))),
        "figures": min(len(figures), _MAX_FIGURES),
    }


def same_event_chance(shared: Mapping[str, float]) -> float:
    """Return how probably two texts that share this tell one event."""
    weights = _load_weights()
    return 1 / (1 + math.exp(-weights["bias"] - sum(weights[name] * value for name, value in shared.items())))


@cache
def _load_weights() -> dict[str, float]:
    weights: dict[str, float] = json.loads((files("bot.briefs") / WEIGHTS_FILE).read_text("utf-8"))
    return weights


def _close_pairs(claims: Sequence[Claim]) -> Iterator[tuple[int, int]]:
    """Yield the places of claims that stand close to each other in one turn."""
    turns: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for place, claim in enumerate(claims):
        turns[claim.origin.conversation, claim.turn].append(place)
    for places in turns.values():
        for one, other in combinations(places, 2):
            if abs(claims[one].start - claims[other].start) < _CLOSE_CHARS:
                yield one, other


def _distance(claim: Claim, other: Claim) -> dict[str, float]:
    here = claim.origin.conversation == other.origin.conversation
    turn = here and claim.turn == other.turn
    return {
        "conversation": here,
        "turn": turn,
        "near": here and abs(claim.turn - other.turn) <= _NEARBY_TURNS,
        "close": turn and abs(claim.start - other.start) < _CLOSE_CHARS,
    }


def _merge_must_links(groups: list[list[Claim]], must_link: Sequence[Collection[str]]) -> list[list[Claim]]:
    for ids in must_link:
        linked = [group for group in groups if any(claim.id in ids for claim in group)]
        rest = [group for group in groups if group not in linked]
        groups = [*rest, sorted((claim for group in linked for claim in group), key=_sort_key)] if linked else rest
    return groups


def _sort_key(claim: Claim) -> tuple[object, ...]:
    return (claim.origin.date, claim.origin.conversation, claim.turn, claim.start, claim.id)


def _terms(claim: Claim) -> TermWeights:
    """Return the words of a claim without those of its figures: what is measured alike may be anything."""
    terms = term_weights(claim.text)
    for mention in claim.entities:
        if mention.about:
            words = mention.name.split()
            terms.update({stem(word): max(1.0, NAME_WEIGHT / len(words)) for word in words})
    for figure in claim.figures:
        for word in content_stems(f"{figure.hedge} {figure.text}"):
            terms.pop(word, None)
    return terms


def _with_unique_keys(groups: Sequence[list[Claim]]) -> list[Story]:
    used: Counter[str] = Counter()
    stories = []
    for claims in groups:
        key = _story_key(claims)
        used[key] += 1
        unique = key if used[key] == 1 else f"{key}-{used[key]}"
        stories.append(Story(unique, tuple(claims)))
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


_GENERIC_KINDS = frozenset({EntityKind.PLACE, EntityKind.TOPIC})


def main_entity(claims: Sequence[Claim]) -> Mention | None:
    """Return what a story is about: the name that most of its claims share, its first claim's before others."""
    counted: dict[Mention, float] = {}
    for claim in claims:
        for mention in subject_mentions(claim):
            lead = 1.0 if claim is claims[0] else 0.0
            named = 0.0 if mention.kind in _GENERIC_KINDS else 1.0
            counted[mention] = counted.get(mention, 0.0) + 1.0 + lead + named
    return min(counted, key=lambda mention: (-counted[mention], mention.name), default=None)
