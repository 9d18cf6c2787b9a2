"""Fit how an editor would judge claims: the weights of bot/briefs/salience.json, from what readers said of them.

Run: python bench/train_briefs.py DATABASE [--report]
DATABASE is one into which the shared conversations were read (`overheard ingest ../shared/data/conversations`), since
the labels of bench/labels/briefs.csv name claims by place. It needs scikit-learn, which the bot doesn't. With --report
it writes nothing and shows how the judgements do on conversations that they were not fitted on.
"""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.briefs.salience import MEASURES, WEIGHTS_FILE, measure
from bot.domain import Claim
from bot.store.store import open_store

LABELS = Path(__file__).parent / "labels/briefs.csv"
WEIGHTS = Path(__file__).parents[1] / "bot/briefs" / WEIGHTS_FILE
STRENGTH = 0.02
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
    kept, measures = measure([claim for conversation in claims for claim in conversation])
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
    if "--report" not in sys.argv:
        lines = (f"  {json.dumps(name)}: {json.dumps(values)}" for name, values in stored.items())
        WEIGHTS.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def report(name: str, found: np.ndarray, gold: np.ndarray) -> None:
    """Print how well a judgement ranks, and what share of the claims above each threshold deserve it."""
    print(f"{name}: AUC {roc_auc_score(gold, found):.3f}, average precision {average_precision_score(gold, found):.3f}")
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        above = found >= threshold
        print(f"  from {threshold}: {above.sum():4} claims, {gold[above].mean():.2f} of them right")


if __name__ == "__main__":
    main()
