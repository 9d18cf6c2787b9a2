"""Average linkage over a sparse graph: the two groups most alike are joined, again and again."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from bot.nlp.tokens import TermWeights

SimilarityGraph: TypeAlias = "list[dict[int, float]]"
"""Likeness of each item to its neighbours; no edge means nothing in common."""

_MIN_SIMILARITY = 0.1
_COMMON_TERM_SHARE = 0.01
_COMMON_TERM_TEXTS = 40


def similarity_graph(vectors: Sequence[TermWeights]) -> SimilarityGraph:
    """Return the cosines of all pairs that share a term, found through an inverted index.

    Terms of more than 40 texts, and of a hundredth of them, make no pairs, so the work stays near linear; pairs
    fainter than 0.1 are left out.
    """
    postings: dict[str, list[int]] = {}
    for index, vector in enumerate(vectors):
        for term in vector:
            postings.setdefault(term, []).append(index)
    limit = max(_COMMON_TERM_TEXTS, int(len(vectors) * _COMMON_TERM_SHARE))
    graph: SimilarityGraph = [{} for _ in vectors]
    for index, vector in enumerate(vectors):
        found = _cosines(index, vector, vectors, postings, limit)
        for other, cosine in found.items():
            if cosine >= _MIN_SIMILARITY:
                graph[index][other] = graph[other][index] = cosine
    return graph


def _cosines(
    index: int, vector: TermWeights, vectors: Sequence[TermWeights], postings: Mapping[str, list[int]], limit: int
) -> dict[int, float]:
    found: dict[int, float] = {}
    for term, weight in vector.items():
        if len(postings[term]) <= limit:
            for other in postings[term]:
                if other >= index:
                    break
                found[other] = found.get(other, 0.0) + weight * vectors[other][term]
    return found


def cluster_labels(graph: SimilarityGraph, threshold: float) -> list[int]:
    """Return a group number for each item, counted in order of first appearance.

    Two groups are joined while the mean likeness over all pairs between them is at least `threshold`.
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
