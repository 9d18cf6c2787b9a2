"""Fit how an editor would judge claims, and which of them tell one event, from what readers said of them.

Run: python bench/train_briefs.py DATABASE SCORES [--report]
DATABASE is one into which the shared conversations were read, `conversations` and `conversations_scale`, since the
labels of bench/labels/briefs.csv name claims by place. SCORES is what a larger model made of many more claims, which
bench/teach_briefs.py writes. It needs scikit-learn, which the bot doesn't. It writes bot/briefs/salience.json,
salience.npz and same_event.json; with --report it writes nothing. It shows how the judgements do on conversations,
weeks and topics that neither model was fitted on.
"""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.briefs import clustering
from bot.briefs.clustering import compare_claims, compare_texts, similarity_graph
from bot.briefs.salience import MEASURES, WEIGHTS_FILE, WORDS_FILE, measure
from bot.chat.text import shorten
from bot.claims.extractor import extract_claims
from bot.domain import PASTED, Claim, Conversation, Turn
from bot.ingest.formats.plain_text import MAX_TITLE_CHARS
from bot.nlp.model.features import BUCKETS, index_words
from bot.nlp.quantities import find_figures
from bot.nlp.tokens import content_stems, term_weights, tfidf_vectors
from bot.store.store import open_store

LABELS = Path(__file__).parent / "labels/briefs.csv"
POSTS = Path(__file__).parent / "labels/made_up_posts.jsonl"
WEIGHTS = Path(__file__).parents[1] / "bot/briefs" / WEIGHTS_FILE
WORDS = Path(__file__).parents[1] / "bot/briefs" / WORDS_FILE
SAME_EVENT = Path(__file__).parents[1] / "bot/briefs" / clustering.WEIGHTS_FILE
RETOLD = Path(__file__).parents[2] / "shared/data/story_clusters/ecbplus_dev.jsonl"
SHARED = ("cosine", "stems", "share", "figures", "conversation", "turn", "near", "close")
HELD_BACK = 0.15
"""The share of labelled conversations that neither model sees."""
MEASURE_WEIGHT, MEANING_WEIGHT, STRENGTH = 0.1, 4.0, 6.0
"""How much the measures and meanings count beside the words, and how strongly all weights are held back."""
SURE, POST_STRENGTH = 2.0, 300.0
"""The log odds that a reader's own verdict on a claim of a post stands for, and how strongly gains are held back."""
PAIR_STRENGTH = 0.3
LEAST_CHANCE = 0.001
RETOLD_WEIGHT = 0.5
FOLDS = 8
USEFUL = 1.5
DIGITS = 4


Place = tuple[str, int, int]
"""A claim: its conversation, turn and where it starts there."""


def read_labels() -> dict[Place, tuple[bool, bool]]:
    """Return for each labelled place whether most readers would tell it by itself, and whether they find it useful."""
    judged: defaultdict[Place, list[tuple[bool, int]]] = defaultdict(list)
    with LABELS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            clear = row["class"] == "a" and row["news"] != "0"
            judged[row["conversation"], int(row["turn"]), int(row["start"])].append((clear, int(row["news"])))
    return {
        place: (2 * sum(clear for clear, _ in rows) >= len(rows), sum(news for _, news in rows) >= USEFUL * len(rows))
        for place, rows in judged.items()
    }


def read_post_labels() -> tuple[list[list[Claim]], dict[Place, tuple[bool, bool]]]:
    """Return the claims of made-up posts, by post, and for their places what a reader would say, as of talk."""
    posts, labels = [], {}
    for number, post in enumerate(map(json.loads, POSTS.read_text("utf-8").splitlines())):
        turns = tuple(Turn(" ".join(sentence[0] for sentence in paragraph)) for paragraph in post["paragraphs"])
        title = shorten(turns[0].text, MAX_TITLE_CHARS)
        said = Conversation(f"post:{number}", PASTED, title, dt.date.fromisoformat(post["date"]), turns)
        if claims := extract_claims(said).claims:
            posts.append(list(claims))
        for turn, paragraph in enumerate(post["paragraphs"]):
            start = 0
            for text, kind, news, _, _ in paragraph:
                labels[said.id, turn, start] = (kind == "a" and news > 0, news > 1)
                start += len(text) + 1
    return posts, labels


def held_back(conversations: Iterable[str]) -> set[str]:
    """Return the labelled conversations that are kept aside."""
    names = sorted(set(conversations))
    random.Random(0).shuffle(names)
    return set(names[: int(len(names) * HELD_BACK)])


def place_of(claim: Claim) -> Place:
    """Return where a claim stands, as labels and scores name it."""
    return claim.origin.conversation, claim.turn, claim.start


async def read_claims(database: Path) -> list[list[Claim]]:
    """Return the claims of each conversation."""
    spoken: defaultdict[str, dict[str, Claim]] = defaultdict(dict)
    async with open_store(database) as store:
        tally = await store.library.tally(space=None)
        day = dt.date(2015, 1, 1)
        while tally.newest and day <= tally.newest:
            day += dt.timedelta(days=7)
            for claim in (await store.editions.material("", day, space=None)).claims:
                spoken[claim.origin.conversation][claim.id] = claim
    return [list(spoken[key].values()) for key in sorted(spoken)]


@dataclass(frozen=True)
class Fitted:
    """The weights of words and pairs, of meanings and of standardized measures in the two judgements, and the bias."""

    words: NDArray[np.float32]
    meanings: NDArray[np.float32]
    measures: NDArray[np.float32]
    bias: NDArray[np.float32]


class Posts(NamedTuple):
    """Claims of posts: their measures, standardised, their log odds as in talk, what a reader said, which are aside."""

    scaled: NDArray[np.float64]
    found: NDArray[np.float32]
    y: NDArray[np.bool_]
    is_apart: NDArray[np.bool_]


def fit(x: csr_matrix, wanted: NDArray[np.float32], meanings: int) -> Fitted:
    """Return the weights that come nearest to the log odds wanted; x has words, meanings and measures side by side."""
    model = Ridge(alpha=STRENGTH, solver="sparse_cg", tol=1e-4).fit(x, wanted)
    words = 2 * BUCKETS
    weights = model.coef_.T
    return Fitted(
        weights[:words],
        weights[words : words + meanings] * MEANING_WEIGHT,
        weights[words + meanings :] * MEASURE_WEIGHT,
        model.intercept_,
    )


def word_matrix(texts: Sequence[str]) -> csr_matrix:
    """Return the hashed words and pairs of texts: n × (2 × BUCKETS)."""
    words = index_words(texts)
    rows = np.repeat(np.arange(len(texts)), words.lengths[:, 0].astype(int))
    values = 1 / np.sqrt(words.lengths[rows, 0])
    columns = np.concatenate([words.word_buckets, BUCKETS + words.pair_buckets])
    return csr_matrix((np.tile(values, 2), (np.tile(rows, 2), columns)), (len(texts), 2 * BUCKETS))


def main() -> None:
    """Fit the weights, or show how they do."""
    labels = read_labels()
    claims = asyncio.run(read_claims(Path(sys.argv[1])))
    same_event = fit_same_event([claim for conversation in claims for claim in conversation])
    lines = Path(sys.argv[2]).read_text("utf-8").splitlines()
    scores = {(row[0], row[1], row[2]): row[3:] for row in map(json.loads, lines)}
    measured = [measure(conversation) for conversation in claims]
    kept = [claim for judged, _, _ in measured for claim in judged]
    measures = np.concatenate([rows for _, rows, _ in measured])
    meanings = np.concatenate([rows for _, _, rows in measured])
    known = [row for row, claim in enumerate(kept) if place_of(claim) in scores]
    kept, measures, meanings = [kept[row] for row in known], measures[known], meanings[known]
    chances = np.clip([scores[place_of(claim)] for claim in kept], LEAST_CHANCE, 1 - LEAST_CHANCE)
    wanted = np.log(chances / (1 - chances))
    scaler = StandardScaler().fit(measures)
    parts = [meanings * MEANING_WEIGHT, scaler.transform(measures) * MEASURE_WEIGHT]
    x = hstack([word_matrix([claim.text for claim in kept]), *map(csr_matrix, parts)]).tocsr()
    apart = held_back(conversation for conversation, _, _ in labels)
    is_apart = np.array([claim.origin.conversation in apart for claim in kept])
    tested = [row for row in np.flatnonzero(is_apart) if place_of(kept[row]) in labels]
    y = np.array([labels[place_of(kept[row])] for row in tested])
    print(f"{len(kept)} claims scored, {len(tested)} labelled ones kept aside; {y.mean(axis=0).round(3)} told, useful")
    weights = vars(fit(x[~is_apart], wanted[~is_apart], meanings.shape[1]))
    shipped = vars(fit(x, wanted, meanings.shape[1]))
    for column, name in enumerate(("telling", "news")):
        found = log_odds(x[tested], weights)[:, column]
        slope, shift = calibrate(found, y[:, column])
        report(name, 1 / (1 + np.exp(-found * slope - shift)), y[:, column])
        for part in (*weights.values(), *shipped.values()):
            part[..., column] *= slope
        weights["bias"][column] += shift
        shipped["bias"][column] += shift
    report_posts(read_posts(weights, scaler))
    if "--report" not in sys.argv:
        write(shipped, fit_posts(read_posts(shipped, scaler)), scaler)
        SAME_EVENT.write_text(json.dumps(same_event, indent=2) + "\n", "utf-8")


def read_posts(weights: Mapping[str, NDArray[np.float32]], scaler: StandardScaler) -> Posts:
    """Return the labelled claims of posts, and what the weights of talk make of them."""
    posts, labels = read_post_labels()
    measured = [measure(claims) for claims in posts]
    kept = [claim for judged, _, _ in measured for claim in judged]
    known = [row for row, claim in enumerate(kept) if place_of(claim) in labels]
    scaled = scaler.transform(np.concatenate([rows for _, rows, _ in measured]))[known]
    meanings = np.concatenate([rows for _, _, rows in measured])[known]
    kept = [kept[row] for row in known]
    parts = [meanings * MEANING_WEIGHT, scaled * MEASURE_WEIGHT]
    x = hstack([word_matrix([claim.text for claim in kept]), *map(csr_matrix, parts)]).tocsr()
    apart = held_back(claim.origin.conversation for claim in kept)
    is_apart = np.array([claim.origin.conversation in apart for claim in kept])
    return Posts(scaled, log_odds(x, weights), np.array([labels[place_of(claim)] for claim in kept]), is_apart)


def fit_posts(posts: Posts) -> Ridge:
    """Return what the weights of measures gain in posts."""
    return Ridge(alpha=POST_STRENGTH).fit(posts.scaled, np.where(posts.y, SURE, -SURE) - posts.found)


def report_posts(posts: Posts) -> None:
    """Print how the judgements do on posts that are kept aside, without and with what they gain there."""
    seen, apart = (Posts(*(part[rows] for part in posts)) for rows in (~posts.is_apart, posts.is_apart))
    gained = apart.found + fit_posts(seen).predict(apart.scaled)
    for column, name in enumerate(("telling", "news")):
        for how, odds in (("as in talk", apart.found), ("fitted", gained)):
            report(f"{name}, posts, {how}", 1 / (1 + np.exp(-odds[:, column])), apart.y[:, column])


def log_odds(x: csr_matrix, weights: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return what weights make of texts: n × 2."""
    flat = [weights["words"], weights["meanings"] / MEANING_WEIGHT, weights["measures"] / MEASURE_WEIGHT]
    return np.asarray(x @ np.concatenate(flat) + weights["bias"])


def calibrate(found: NDArray[np.float32], y: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the slope and the shift by which log odds become those of readers."""
    model = LogisticRegression(C=1e6).fit(found[:, None], y)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def write(weights: Mapping[str, NDArray[np.float32]], posts: Ridge, scaler: StandardScaler) -> None:
    """Write the two files of weights; those of words are kept as bytes."""
    scale = np.abs(weights["words"]).max(axis=0) / 127
    words = np.round(weights["words"] / scale).astype(np.int8)
    meanings = weights["meanings"].astype(np.float32)
    np.savez_compressed(WORDS, words=words, scale=scale.astype(np.float32), meanings=meanings)
    bias = (*weights["bias"], *posts.intercept_)
    stored = {"bias": [round(float(value), DIGITS) for value in bias]}
    for number, name in enumerate(MEASURES):
        row = (scaler.mean_[number], scaler.scale_[number], *weights["measures"][number], *posts.coef_[:, number])
        stored[name] = [round(float(value), DIGITS) for value in row]
    lines = (f"  {json.dumps(name)}: {json.dumps(values)}" for name, values in stored.items())
    WEIGHTS.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


Pairs = tuple[list[list[float]], list[bool], list[str], int]
"""What pairs of texts share, whether they tell one event, the week or topic of each, and how many pairs there are."""


def labelled_pairs(claims: Sequence[Claim]) -> Pairs:
    """Return the pairs of claims of one week that a reader judged, without those that tell nothing."""
    by_place = {(claim.origin.conversation, claim.turn, claim.start): claim for claim in claims}
    weeks: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    with LABELS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            claim = by_place.get((row["conversation"], int(row["turn"]), int(row["start"])))
            if claim and row["event"] and row["class"] != "d":
                weeks[row["week"], row["reader"]][claim.id] = row["event"]
    by_id = {claim.id: claim for claim in claims}
    shared, same, groups, total = [], [], [], 0
    for (week, _), events in weeks.items():
        total += sum(one == other for one, other in combinations(events.values(), 2))
        judged = [by_id[claim] for claim in events]
        for one, other, found in compare_claims(judged):
            shared.append([found[name] for name in SHARED])
            same.append(events[judged[one].id] == events[judged[other].id])
            groups.append(week)
    return shared, same, groups, total


def retold_pairs() -> Pairs:
    """Return the pairs of sentences of news reports in which something is shared, of which no two stand together."""
    rows = [json.loads(line) for line in RETOLD.read_text("utf-8").splitlines()]
    texts = [row["text"] for row in rows]
    graph = similarity_graph(tfidf_vectors([term_weights(text) for text in texts]))
    stems = [set(content_stems(text)) for text in texts]
    figures = [{(figure.value, figure.unit) for figure in find_figures(text)} for text in texts]
    shared, same, groups = [], [], []
    for one, other, cosine in ((n, m, value) for n, edges in enumerate(graph) for m, value in edges.items() if m > n):
        found = compare_texts(cosine, stems[one], stems[other], figures[one] & figures[other])
        shared.append([found.get(name, 0.0) for name in SHARED])
        same.append(rows[one]["cluster"] == rows[other]["cluster"])
        groups.append(rows[one]["topic"])
    return shared, same, groups, sum(same)


def fit_same_event(claims: Sequence[Claim]) -> dict[str, float]:
    """Return the weights of what two texts share; news reports count half as much as claims, which are more."""
    ours, theirs = labelled_pairs(claims), retold_pairs()
    x, y = np.array(ours[0] + theirs[0], float), np.array(ours[1] + theirs[1])
    weights = np.array([1.0] * len(ours[0]) + [RETOLD_WEIGHT * len(ours[0]) / len(theirs[0])] * len(theirs[0]))
    model = make_pipeline(StandardScaler(), LogisticRegression(C=PAIR_STRENGTH))
    found = np.zeros(len(y))
    for train, test in GroupKFold(FOLDS).split(x, y, ours[2] + theirs[2]):
        model.fit(x[train], y[train], logisticregression__sample_weight=weights[train])
        found[test] = model.predict_proba(x[test])[:, 1]
    for name, part, total in (("claims", slice(len(ours[0])), ours[3]), ("news", slice(len(ours[0]), None), theirs[3])):
        for threshold in (0.2, 0.3, 0.4, 0.5):
            above = found[part] >= threshold
            right = y[part][above].sum()
            print(
                f"same event, {name}, from {threshold}: precision {right / above.sum():.2f}, recall {right / total:.2f}"
            )
    model.fit(x, y, logisticregression__sample_weight=weights)
    scaler, regression = model[0], model[1]
    slopes = regression.coef_[0] / scaler.scale_
    bias = regression.intercept_[0] - (slopes * scaler.mean_).sum()
    values = dict(zip(SHARED, slopes, strict=True)) | {"bias": bias}
    return {name: round(float(value), DIGITS) for name, value in values.items()}


def report(name: str, found: np.ndarray, gold: np.ndarray) -> None:
    """Print how well a judgement ranks, and what share of the claims above each threshold deserve it."""
    print(f"{name}: AUC {roc_auc_score(gold, found):.3f}, average precision {average_precision_score(gold, found):.3f}")
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        above = found >= threshold
        print(f"  from {threshold}: {above.sum():4} claims, {gold[above].mean():.2f} of them right")


if __name__ == "__main__":
    main()
