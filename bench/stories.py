"""How well texts about one event are put together: B-cubed figures beside TF-IDF, and the speed of it.

Run: python bench/stories.py [ecbplus_dev.jsonl]
Both know these texts: TF-IDF is tuned on them, and our weights were fitted to them, among others (train_briefs.py shows
how they do on topics that they were not fitted to).
"""

from __future__ import annotations

import json
import math
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.briefs import clustering
from bot.nlp.quantities import find_figures
from bot.nlp.tokens import TermWeights, content_stems, term_weights, tfidf_vectors

DATA = Path(__file__).parents[2] / "shared/data/story_clusters/ecbplus_dev.jsonl"
GRID = [step / 100 for step in range(10, 42)]
SCALE = 5_000


def b_cubed(found: Sequence[int], gold: Sequence[str]) -> tuple[float, float, float]:
    """Return F, precision and recall, each the mean over texts."""
    sizes, truths, both = Counter(found), Counter(gold), Counter(zip(found, gold, strict=True))
    pairs = list(zip(found, gold, strict=True))
    precision = sum(both[pair] / sizes[pair[0]] for pair in pairs) / len(pairs)
    recall = sum(both[pair] / truths[pair[1]] for pair in pairs) / len(pairs)
    return 2 * precision * recall / (precision + recall), precision, recall


def cluster_texts(texts: Sequence[str]) -> list[int]:
    """Return for each text the number of its story, counted in order of first appearance."""
    graph = clustering.similarity_graph(tfidf_vectors([term_weights(text) for text in texts]))
    stems = [set(content_stems(text)) for text in texts]
    figures = [{(figure.value, figure.unit) for figure in find_figures(text)} for text in texts]
    for one, edges in enumerate(graph):
        for other, cosine in edges.items():
            shared = clustering.compare_texts(cosine, stems[one], stems[other], figures[one] & figures[other])
            edges[other] = clustering.same_event_chance(shared)
    return clustering.cluster_labels(graph, clustering.SAME_EVENT_THRESHOLD)


def tf_idf(texts: Sequence[str]) -> list[TermWeights]:
    """Return the plain vectors to compare with: every word as it is written, in lower case."""
    counts = [Counter(re.findall(r"\w\w+", text.lower())) for text in texts]
    seen = Counter(word for count in counts for word in count)
    rarity = {word: 1 + math.log((1 + len(texts)) / (1 + n)) for word, n in seen.items()}
    weighed = [{word: n * rarity[word] for word, n in count.items()} for count in counts]
    lengths = [math.sqrt(sum(value * value for value in vector.values())) or 1.0 for vector in weighed]
    return [{w: v / length for w, v in vector.items()} for vector, length in zip(weighed, lengths, strict=True)]


def at_every_threshold(found: Sequence[TermWeights]) -> dict[float, list[int]]:
    """Group the same vectors at each threshold of the grid."""
    graph = clustering.similarity_graph(found)
    return {threshold: clustering.cluster_labels(graph, threshold) for threshold in GRID}


def main() -> None:
    """Print the figures."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    if not path.exists():
        print(f"story clusters are not here: {path}")
        return
    records = [json.loads(line) for line in path.read_text().splitlines()]
    texts, gold = ([record[key] for record in records] for key in ("text", "cluster"))
    plain = at_every_threshold(tf_idf(texts))
    best = max(GRID, key=lambda one: b_cubed(plain[one], gold)[0])
    f, precision, recall = b_cubed(plain[best], gold)
    print(f"TF-IDF, tuned on itself (threshold {best}):      F {f:.3f}  P {precision:.3f}  R {recall:.3f}")
    f, precision, recall = b_cubed(cluster_texts(texts), gold)
    print(
        f"clustering (threshold {clustering.SAME_EVENT_THRESHOLD}):"
        f"                  F {f:.3f}  P {precision:.3f}  R {recall:.3f}"
    )
    many = [text[start : start + 150] for start in range(0, 60, 5) for text in texts][:SCALE]
    started = time.process_time()
    cluster_texts(many)
    print(f"{len(many)} texts of one sentence: {time.process_time() - started:.2f} s")


if __name__ == "__main__":
    main()
