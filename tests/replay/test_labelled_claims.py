"""What readers call claims in real conversations is found, and little else. The bars are below what was measured."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bench.claims import DATA, conversations
from bot.claims.extractor import extract_claims
from bot.domain import Claim

EDITORIAL = DATA.parent / "editorial"
WINDOWS = EDITORIAL / "claims_gold_dev_windows.jsonl"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not WINDOWS.exists(), reason="the labelled conversations are not beside the project"),
]
LEAST_HEADLINES, LEAST_USEFUL, LEAST_PRECISION = 0.8, 0.65, 0.8
MOST_ADVERTS = 1


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]


def overlaps(label: Mapping[str, Any], claim: Claim) -> bool:
    """Tell whether the shorter of a label and a claim is half inside the other."""
    shared = min(label["end"], claim.end) - max(label["start"], claim.start)
    shorter = min(label["end"] - label["start"], claim.end - claim.start)
    return label["turn"] == claim.turn and shared * 2 >= shorter


def test_readers_and_the_bot_agree_on_what_is_a_claim() -> None:
    """Nearly all that is news and most that is useful is found; four in five of those found are what readers mark."""
    labels: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for label in read_lines(EDITORIAL / "claims_gold_dev.jsonl"):
        labels[label["conversation"]].append(label)
    claims: list[tuple[Claim, Sequence[dict[str, Any]]]] = []
    for conversation in conversations(DATA):
        if conversation.id in labels:
            own = labels[conversation.id]
            first, last = (edge((label["turn"], label["start"]) for label in own) for edge in (min, max))
            claims += [
                (claim, own)
                for claim in extract_claims(conversation).claims
                if first <= (claim.turn, claim.start) <= last
            ]

    def found(label: dict[str, Any]) -> bool:
        return any(overlaps(label, claim) for claim, own in claims if label in own)

    gold = [label for own in labels.values() for label in own]
    headlines = [found(label) for label in gold if label.get("importance") == 3]
    useful = [found(label) for label in gold if label.get("importance", 0) >= 2]
    right = [any("importance" in label and overlaps(label, claim) for label in own) for claim, own in claims]
    adverts = [found(label) for label in gold if label.get("not_a_claim") == "advert"]
    assert sum(headlines) >= LEAST_HEADLINES * len(headlines)
    assert sum(useful) >= LEAST_USEFUL * len(useful)
    assert sum(right) >= LEAST_PRECISION * len(right)
    assert sum(adverts) <= MOST_ADVERTS
