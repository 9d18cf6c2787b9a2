"""Fit how an editor would judge claims, and which of them tell one event, from what readers said of them.

Run: python bench/train_briefs.py DATABASE [--report]
DATABASE is one into which the shared conversations were read (`overheard ingest ../shared/data/conversations`), since
the labels of bench/labels/briefs.csv name claims by place. It needs scikit-learn, which the bot doesn't. It writes
bot/briefs/salience.json and same_event.json; with --report it writes nothing. It shows how the judgements do on
conversations, weeks and topics that they were not fitted on.
"""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.briefs import clustering
from bot.briefs.clustering import compare_claims, compare_texts, similarity_graph
from bot.briefs.salience import MEASURES, WEIGHTS_FILE, measure
from bot.domain import Claim
from bot.nlp.quantities import find_figures
from bot.nlp.tokens import content_stems, term_weights, tfidf_vectors
from bot.store.store import open_store

LABELS = Path(__file__).parent / "labels/briefs.csv"
WEIGHTS = Path(__file__).parents[1] / "bot/briefs" / WEIGHTS_FILE
SAME_EVENT = Path(__file__).parents[1] / "bot/briefs" / clustering.WEIGHTS_FILE
RETOLD = Path(__file__).parents[2] / "shared/data/story_clusters/ecbplus_dev.jsonl"
SHARED = ("cosine", "stems", "share", "figures", "conversation", "turn", "near", "close")
STRENGTH, PAIR_STRENGTH = 0.02, 0.3
RETOLD_WEIGHT = 0.5
FOLDS = 8
USEFUL = 1.5
DIGITS = 4


def read_labels() -> dict[tuple[str, int, int], tuple[bool, bool]]:
    """Return for each labelled place whether most readers would tell it by itself, and whether they find it useful."""
    judged: defaultdict[tuple[str, int, int], list[tuple[bool, int]]] = defaultdict(list)
    with LABELS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            clear = row["class"] == "a" and row["news"] != "0"
            judged[row["conversation"], int(row["turn"]), int(row["start"])].append((clear, int(row["news"])))
    return {
        place: (2 * sum(clear for clear, _ in rows) >= len(rows), sum(news for _, news in rows) >= USEFUL * len(rows))
        for place, rows in judged.items()
    }


async def read_claims(database: Path, conversations: set[str]) -> list[list[Claim]]:
    """Return the claims of each of the conversations."""
    spoken: defaultdict[str, dict[str, Claim]] = defaultdict(dict)
    async with open_store(database) as store:
        tally = await store.library.tally(space=None)
        day = dt.date(2015, 1, 1)
        while tally.newest and day <= tally.newest:
            day += dt.timedelta(days=7)
            for claim in (await store.editions.material("", day, space=None)).claims:
                if claim.origin.conversation in conversations:
                    spoken[claim.origin.conversation][claim.id] = claim
    return [list(claims.values()) for claims in spoken.values()]


def main() -> None:
    """Fit the weights, or show how they do."""
    labels = read_labels()
    claims = asyncio.run(read_claims(Path(sys.argv[1]), {conversation for conversation, _, _ in labels}))
    measured = [measure(conversation) for conversation in claims]
    kept = [claim for judged, _ in measured for claim in judged]
    measures = np.concatenate([rows for _, rows in measured])
    places = [(claim.origin.conversation, claim.turn, claim.start) for claim in kept]
    rows = [row for row, place in enumerate(places) if place in labels]
    x = measures[rows]
    y = np.array([labels[places[row]] for row in rows])
    groups = [places[row][0] for row in rows]
    print(f"{len(rows)} of {len(labels)} labelled claims; {y.mean(axis=0).round(3)} are told, useful")
    stored: dict[str, list[float]] = {"bias": []}
    scaler = StandardScaler().fit(x)
    columns = []
    for column, name in enumerate(("telling", "news")):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=2_000))
        found = cross_val_predict(model, x, y[:, column], groups=groups, cv=GroupKFold(FOLDS), method="predict_proba")
        report(name, found[:, 1], y[:, column])
        fitted = LogisticRegression(C=STRENGTH, max_iter=2_000).fit(scaler.transform(x), y[:, column])
        columns.append(fitted.coef_[0])
        stored["bias"].append(round(float(fitted.intercept_[0]), DIGITS))
    for number, name in enumerate(MEASURES):
        row = (scaler.mean_[number], scaler.scale_[number], *(column[number] for column in columns))
        stored[name] = [round(float(value), DIGITS) for value in row]
    same_event = fit_same_event([claim for conversation in claims for claim in conversation])
    if "--report" not in sys.argv:
        SAME_EVENT.write_text(json.dumps(same_event, indent=2) + "\n", "utf-8")
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
