"""Average linkage over a sparse graph: the two groups most alike are joined, again and again."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from bot.nlp.tokens import Terms

Graph: TypeAlias = "list[dict[int, float]]"
"""Likeness of each item to its neighbours; no edge means nothing in common."""

_FAINT = 0.1
_EVERYWHERE = 0.01
_FEW = 40


def likeness(vectors: Sequence[Terms]) -> Graph:
    """Return the cosines of all pairs that share a term, found through an inverted index.

    Terms of more than 40 texts, and of a hundredth of them, make no pairs, so the work stays near linear; pairs
    fainter than 0.1 are left out.
    """
    postings: dict[str, list[int]] = {}
    for index, vector in enumerate(vectors):
        for term in vector:
            postings.setdefault(term, []).append(index)
    limit = max(_FEW, int(len(vectors) * _EVERYWHERE))
    graph: Graph = [{} for _ in vectors]
    for index, vector in enumerate(vectors):
        found = _neighbours(index, vector, vectors, postings, limit)
        for other, cosine in found.items():
            if cosine >= _FAINT:
                graph[index][other] = graph[other][index] = cosine
    return graph


def _neighbours(
    index: int, vector: Terms, vectors: Sequence[Terms], postings: Mapping[str, list[int]], limit: int
) -> dict[int, float]:
    found: dict[int, float] = {}
    for term, weight in vector.items():
        if len(postings[term]) <= limit:
            for other in postings[term]:
                if other >= index:
                    break
                found[other] = found.get(other, 0.0) + weight * vectors[other][term]
    return found


def groups(graph: Graph, threshold: float) -> list[int]:
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
        edges = _mean(near[one], near[other], size[one], size[other], joined)
        for third, value in edges.items():
            near[third][len(size)] = value
            if value >= threshold:
                heapq.heappush(heap, (-value, third, len(size)))
        near.append(edges)
        size.append(size[one] + size[other])
    return _numbered([_root(item, joined) for item in range(len(graph))])


def _mean(
    one: Mapping[int, float], other: Mapping[int, float], ones: int, others: int, joined: Mapping[int, int]
) -> dict[int, float]:
    total = ones + others
    edges = {third: value * ones / total for third, value in one.items() if third not in joined}
    for third, value in other.items():
        if third not in joined:
            edges[third] = edges.get(third, 0.0) + value * others / total
    return edges


def _root(item: int, joined: Mapping[int, int]) -> int:
    while item in joined:
        item = joined[item]
    return item


def _numbered(roots: Sequence[int]) -> list[int]:
    order = {root: number for number, root in enumerate(dict.fromkeys(roots))}
    return [order[root] for root in roots]
