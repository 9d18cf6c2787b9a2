"""Trains the heads that judge sentences: `bot/nlp/model/heads.npz`.

    pip install scikit-learn
    python bench/train_heads.py [--report] [--curve]

Reads the labelled sentences beside the project (`../shared/data/editorial`) and our own labels in `bench/labels`: by
reference to the real conversations, and made-up ones with their text. Fits on everything but the gold windows and
writes the weights. `--report` prints instead how good each head is on conversations that it was not trained on (six
folds; the figures of CARD.md), `--curve` adds what a quarter and half of the labels give. The same labels give the same
weights but for the last digits of the solver.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import sys
from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score
from sklearn.model_selection import GroupKFold

from bench.claims import DATA, conversations
from bot.domain import Conversation, Modality, Turn
from bot.nlp.annotate import AnnotatedSentence, annotate, find_sentences
from bot.nlp.embeddings import load_static_encoder
from bot.nlp.model import WEIGHTS_FILE
from bot.nlp.model.antecedents import candidates, pair_features
from bot.nlp.model.features import BUCKETS, measure_sentences
from bot.nlp.model.heads import HEADS, MODALITIES, load_heads
from bot.nlp.model.smoothing import neighbourhood
from bot.nlp.tokens import content_stems

EDITORIAL = DATA.parent / "editorial"
LABELS = Path(__file__).parent / "labels"
TARGET = Path(__file__).parents[1] / "bot" / "nlp" / "model" / WEIGHTS_FILE
FOLDS = 6
STRENGTH = 0.1
"""The inverse of the penalty on weights; a tenth was best of 0.03 to 1 for all heads."""
SHAPE_SCALE, WORD_SCALE, VECTOR_SCALE = 0.6, 3.0, 0.75
"""How far the features are stretched before fitting, so that one penalty fits all."""
KINDS = {
    "question": "q", "hypothetical": "h", "joke": "j", "small_talk": "s", "fragment": "g", "biography": "b",
    "old_news": "p",
}  # fmt: skip
MODALITY_LETTERS = {
    "a": Modality.ASSERTED, "l": Modality.ALLEGED, "f": Modality.FORECAST, "o": Modality.OPINION, "d": Modality.DENIED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labels:
    """What readers said of sentences; a sentence that two of them read is there twice. `groups` keep folds apart."""

    rows: list[int] = field(default_factory=list)
    values: list[int] = field(default_factory=list)

    def add(self, row: int, value: int) -> None:
        """Add what one reader said of the sentence in a row."""
        self.rows.append(row)
        self.values.append(value)


class Corpus:
    """The labelled sentences: their features, and the labels of each head."""

    def __init__(self) -> None:
        self.labels: defaultdict[str, Labels] = defaultdict(Labels)
        self.groups: list[str] = []
        self._words: list[NDArray[np.int64]] = []
        self._pairs: list[NDArray[np.int64]] = []
        self._means: list[NDArray[np.float32]] = []
        self._shapes: list[NDArray[np.float32]] = []

    def add(
        self, sentences: Sequence[AnnotatedSentence], conversation: Conversation, wanted: set[int]
    ) -> dict[int, int]:
        """Add those of a conversation's sentences that are wanted; return the row of each."""
        features = measure_sentences(sentences, conversation)
        vectors = load_static_encoder().word_vectors(features.known)
        means = np.add.reduceat(vectors[features.words], features.starts) / features.lengths
        ends = np.append(features.starts[1:], len(features.words))
        words, pairs = features.word_buckets, features.pair_buckets
        rows = {}
        for number in sorted(wanted):
            rows[number] = len(self.groups)
            span = slice(features.starts[number], ends[number])
            self._words.append(words[span])
            self._pairs.append(pairs[span])
            self._means.append(means[number])
            self._shapes.append(features.shapes[number])
            self.groups.append(conversation.id)
        return rows

    def matrix(self) -> sparse.csr_matrix:
        """Return all features, stretched: buckets of words, of pairs, the mean vector, and the shapes."""
        blocks = [_bags(bags) * WORD_SCALE for bags in (self._words, self._pairs)]
        blocks.append(sparse.csr_matrix(np.array(self._means) * VECTOR_SCALE))
        blocks.append(sparse.csr_matrix(np.array(self._shapes) * self.shape_scales))
        return sparse.hstack(blocks).tocsr()

    @property
    def shape_scales(self) -> NDArray[np.float32]:
        """How far each shape is stretched: rare ones less than their spread would have it."""
        return np.float32(SHAPE_SCALE) / np.maximum(np.array(self._shapes).std(axis=0), 0.05)


def _bags(bags: Sequence[NDArray[np.int64]]) -> sparse.csr_matrix:
    lengths = np.array([len(bag) for bag in bags])
    weights = np.repeat(1 / np.sqrt(lengths), lengths).astype(np.float32)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    made = sparse.csr_matrix((weights, np.concatenate(bags), starts), shape=(len(bags), BUCKETS))
    made.sum_duplicates()
    return made


Key = tuple[str, int, int, int]
"""Conversation, turn, start and end of a sentence."""


def read_labels() -> tuple[dict[Key, dict[str, object]], list[tuple[Key, str, bool]], dict[Key, bool]]:
    """Return the shared labels, our labels of modality and context, and those of adverts."""
    shared = {}
    with (EDITORIAL / "sentences_train.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            shared[record["conversation"], record["turn"], record["start"], record["end"]] = record
    own = [(key, row["modality"], row["needs_context"] == "1") for key, row in _read_csv("modality.csv")]
    return shared, own, {key: row["advert"] == "1" for key, row in _read_csv("adverts.csv")}


def _read_csv(name: str) -> Iterator[tuple[Key, dict[str, str]]]:
    with (LABELS / name).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield (row["conversation"], int(row["turn"]), int(row["start"]), int(row["end"])), row


def load_corpus() -> Corpus:
    """Read all labels and measure their sentences."""
    corpus = Corpus()
    shared, own, adverts = read_labels()
    wanted: defaultdict[str, set[Key]] = defaultdict(set)
    for key in (*shared, *(key for key, _, _ in own), *adverts):
        wanted[key[0]].add(key)
    rows: dict[Key, int] = {}
    for conversation in conversations(DATA):
        if keys := wanted.get(conversation.id):
            sentences = find_sentences(conversation)[0]
            places = {(conversation.id, each.turn, each.start, each.end): n for n, each in enumerate(sentences)}
            found = corpus.add(sentences, conversation, {places[key] for key in keys if key in places})
            rows |= {key: found[places[key]] for key in keys if key in places}
    _add_shared(corpus, shared, adverts, rows)
    for key, modality, needs_context in own:
        if key in rows and modality in MODALITY_LETTERS:
            corpus.labels["modality"].add(rows[key], MODALITIES.index(MODALITY_LETTERS[modality]))
            corpus.labels["needs_context"].add(rows[key], needs_context)
    for key, is_advert in adverts.items():
        if key in rows:
            corpus.labels["advert"].add(rows[key], is_advert)
    _add_made_up(corpus)
    return corpus


def _add_shared(
    corpus: Corpus, shared: dict[Key, dict[str, object]], adverts: Container[Key], rows: dict[Key, int]
) -> None:
    for key, record in shared.items():
        if key not in rows:
            continue
        row, importance, kinds = rows[key], int(str(record["importance"])), str(record["kinds"])
        _add_importance(corpus, row, importance)
        for head, letter in KINDS.items():
            corpus.labels[head].add(row, letter in kinds)
        if key not in adverts:
            corpus.labels["advert"].add(row, "a" in kinds)
        if importance:
            corpus.labels["needs_context"].add(row, "c" in kinds)


def _add_made_up(corpus: Corpus) -> None:
    """Add the made-up sentences, which have their text with them; each scrap is a conversation of its own."""
    with (LABELS / "made_up_adverts.jsonl").open(encoding="utf-8") as lines:
        for number, scrap in enumerate(map(json.loads, lines)):
            for row, value in _made_up(corpus, f"advert:{number}", [text for text, _ in scrap["sentences"]], scrap):
                corpus.labels["advert"].add(row, value)
    with (LABELS / "made_up_sentences.jsonl").open(encoding="utf-8") as lines:
        for number, made in enumerate(map(json.loads, lines)):
            rows = [row for row, _ in _made_up(corpus, f"sentence:{number}", [made["text"]], None)]
            for row in rows:
                if letter := made["modality"]:
                    corpus.labels["modality"].add(row, MODALITIES.index(MODALITY_LETTERS[letter]))
                corpus.labels["advert"].add(row, 0)
                if "importance" in made:
                    _add_importance(corpus, row, made["importance"])
                    if made["importance"]:
                        corpus.labels["needs_context"].add(row, made["needs_context"])


def _add_importance(corpus: Corpus, row: int, importance: int) -> None:
    for head, least in (("claim", 1), ("useful", 2), ("headline", 3)):
        corpus.labels[head].add(row, importance >= least)


def _made_up(
    corpus: Corpus, name: str, texts: Sequence[str], scrap: dict[str, list[tuple[str, int]]] | None
) -> Iterator[tuple[int, int]]:
    conversation = Conversation(name, "Made up", "", dt.date(2026, 1, 1), (Turn(" ".join(texts)),))
    sentences = find_sentences(conversation)[0]
    ends = np.cumsum([len(text) + 1 for text in texts])
    rows = corpus.add(sentences, conversation, set(range(len(sentences))))
    for number, sentence in enumerate(sentences):
        which = int(np.searchsorted(ends, sentence.start, side="right"))
        yield rows[number], int(scrap["sentences"][which][1]) if scrap else 0


def fit(matrix: sparse.csr_matrix, labels: NDArray[np.int64], *, balanced: bool = False) -> LogisticRegression:
    """Fit one head."""
    several = len(np.unique(labels)) > 2
    model = LogisticRegression(
        C=STRENGTH,
        max_iter=1000,
        solver="lbfgs" if several else "liblinear",
        class_weight=_weights(labels) if balanced else None,
    )
    return model.fit(matrix, labels)


def _weights(labels: NDArray[np.int64]) -> dict[int, float]:
    """Return what each choice counts for: rare ones more, by the root of how rare they are."""
    values, counts = np.unique(labels, return_counts=True)
    return dict(zip(values.tolist(), np.sqrt(counts.max() / counts).tolist(), strict=True))


def cross_validate(corpus: Corpus, matrix: sparse.csr_matrix, head: str, share: float = 1.0) -> NDArray[np.float64]:
    """Return what a head says of each label's sentence when it was trained on other conversations."""
    labels = corpus.labels[head]
    rows, values = np.array(labels.rows), np.array(labels.values)
    groups = np.array(corpus.groups)[rows]
    width = len(MODALITIES) if head == "modality" else 1
    said = np.zeros((len(rows), width))
    for train, test in GroupKFold(FOLDS).split(rows, groups=groups):
        kept = train[np.random.default_rng(0).random(len(train)) < share] if share < 1 else train
        model = fit(matrix[rows[kept]], values[kept], balanced=head == "modality")
        decided = model.decision_function(matrix[rows[test]])
        said[test] = decided if width > 1 else decided[:, None]
    return said


def report(corpus: Corpus, matrix: sparse.csr_matrix, *, curve: bool) -> None:
    """Print how good each head is."""
    for head in (*HEADS, "modality"):
        values = np.array(corpus.labels[head].values)
        for share in (0.25, 0.5, 1.0) if curve else (1.0,):
            said = cross_validate(corpus, matrix, head, share)
            print(f"{head:14} {share:4.0%} of {len(values)}, {_measure(head, values, said)}", flush=True)
    print(f"advert, smoothed, {_measure('advert', *smooth_adverts(corpus, matrix)[:2])}")


def smooth_adverts(
    corpus: Corpus, matrix: sparse.csr_matrix
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float32]]:
    """Return the labels of adverts, what smoothing makes of them on unseen conversations, and its weights.

    It learns from what the head says of conversations that the head was not trained on, as it will be used.
    """
    values, said = np.array(corpus.labels["advert"].values), cross_validate(corpus, matrix, "advert")[:, 0]
    groups = np.array(corpus.groups)[corpus.labels["advert"].rows]
    order = {group: np.flatnonzero(groups == group) for group in dict.fromkeys(groups)}
    features = np.zeros((len(values), neighbourhood(said[:1]).shape[1]), np.float32)
    for own in order.values():
        features[own] = neighbourhood(said[own])
    smoothed = np.zeros((len(values), 1))
    for train, test in GroupKFold(FOLDS).split(features, groups=groups):
        smoothed[test, 0] = fit(features[train], values[train]).decision_function(features[test])
    model = fit(features, values)
    best = max(np.linspace(-2, 1, 31), key=lambda cut: f1_score(values, smoothed[:, 0] > cut))
    return values, smoothed, np.append(model.coef_[0], model.intercept_ - best).astype(np.float32)


def _measure(head: str, values: NDArray[np.int64], said: NDArray[np.float64]) -> str:
    if head == "modality":
        chosen = said.argmax(axis=1)
        each = f1_score(values, chosen, average=None, labels=range(len(MODALITIES)))
        parts = ", ".join(f"{kind} {score:.3f}" for kind, score in zip(MODALITIES, each, strict=True))
        return f"macro F1 {f1_score(values, chosen, average='macro'):.3f} ({parts})"
    flat = said[:, 0]
    best = max(f1_score(values, flat > cut) for cut in np.linspace(-3, 2, 26))
    return f"{values.sum()} so: average precision {average_precision_score(values, flat):.3f}, F1 {best:.3f}"


def antecedent_pairs() -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64], list[str]]:
    """Return features of leaning sentences with what stands before them, whether the subject is there, and of which."""
    leaning: defaultdict[str, dict[tuple[int, int], str]] = defaultdict(dict)
    for (conversation, turn, start, _), record in read_labels()[0].items():
        if record["importance"] and "c" in str(record["kinds"]):
            leaning[conversation][turn, start] = str(record["subject"])
    features, values, owners, groups = [], [], [], []
    for conversation in conversations(DATA):
        if conversation.id not in leaning:
            continue
        sentences, topic = annotate(conversation)[0], frozenset(content_stems(conversation.title))
        for number, sentence in enumerate(sentences):
            subject = leaning[conversation.id].get((sentence.turn, sentence.start))
            earlier = candidates(sentences, number)
            if not subject or not earlier or has_subject(sentence.text, subject):
                continue
            features.append(pair_features(sentences, number, earlier, topic))
            values += [has_subject(sentences[place].text, subject) for place in earlier]
            owners += [len(groups)] * len(earlier)
            groups.append(conversation.id)
    return np.concatenate(features), np.array(values, int), np.array(owners), groups


def has_subject(text: str, subject: str) -> bool:
    """Return whether a text names the subject that a reader noted: a name in it, or half of its words."""
    names = [word for word in re.findall(r"[A-Z][\w’'.-]+", subject) if len(word) > 2 and word != "The"]
    if any(re.search(rf"\b{re.escape(name)}\b", text) for name in names):
        return True
    stems = set(content_stems(subject))
    return bool(stems) and len(stems & set(content_stems(text))) * 2 >= len(stems)


def fit_antecedents() -> NDArray[np.float32]:
    """Return the weights of the antecedent head; print how often its choice is right on unseen conversations."""
    features, values, owners, groups = antecedent_pairs()
    said = np.zeros(len(values))
    of_pair = np.array(groups)[owners]
    for train, test in GroupKFold(FOLDS).split(features, groups=of_pair):
        model = LogisticRegression(C=1.0, fit_intercept=False, max_iter=500).fit(features[train], values[train])
        said[test] = model.predict_proba(features[test])[:, 1]
    chosen = [max(np.flatnonzero(owners == owner), key=lambda pair: said[pair]) for owner in range(len(groups))]
    for cut in (0.0, 0.3, 0.4, 0.5, 0.6, 0.7):
        given = [pair for pair in chosen if said[pair] >= cut]
        print(f"antecedent, given from {cut}: {len(given)} of {len(chosen)}, right {np.mean(values[given]):.3f}")
    model = LogisticRegression(C=1.0, fit_intercept=False, max_iter=500).fit(features, values)
    return model.coef_[0].astype(np.float32)


def write_weights(corpus: Corpus, matrix: sparse.csr_matrix) -> None:
    """Fit every head on all its labels, and write the weights; that of antecedents builds on the others."""
    columns, biases = [], []
    for head in (*HEADS, "modality"):
        labels = corpus.labels[head]
        model = fit(matrix[labels.rows], np.array(labels.values), balanced=head == "modality")
        columns += list(model.coef_)
        biases += list(model.intercept_)
    dimensions = matrix.shape[1] - 2 * BUCKETS - len(corpus.shape_scales)
    words, pairs, vectors, shapes = np.split(np.stack(columns, axis=1), np.cumsum([BUCKETS, BUCKETS, dimensions]))
    stored = {
        "vectors": vectors * VECTOR_SCALE,
        "shapes": shapes * corpus.shape_scales[:, None],
        "bias": np.array(biases),
    }
    stored["advert"] = smooth_adverts(corpus, matrix)[2]
    stored = {name: part.astype(np.float32) for name, part in stored.items()}
    for name, part in (("words", words * WORD_SCALE), ("pairs", pairs * WORD_SCALE)):
        scale = np.abs(part).max(axis=0) / 127
        stored[name] = np.rint(part / scale).astype(np.int8)
        stored[f"{name}_scale"] = scale.astype(np.float32)
    np.savez_compressed(TARGET, **stored, antecedent=np.zeros(1, np.float32))
    load_heads.cache_clear()
    np.savez_compressed(TARGET, **stored, antecedent=fit_antecedents())
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1e6:.2f} MB")


def main() -> None:
    """Train and write, or measure."""
    corpus = load_corpus()
    matrix = corpus.matrix()
    if {"--report", "--curve"} & set(sys.argv):
        report(corpus, matrix, curve="--curve" in sys.argv)
    else:
        write_weights(corpus, matrix)


if __name__ == "__main__":
    main()
