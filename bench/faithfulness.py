"""How the gate for a model's own words fares on what others wrote and judged: BEGIN and SummEdits.

Run: python bench/faithfulness.py [folder] [--show N]
BEGIN has answers of chat models with the knowledge they were given, judged by people; SummEdits has summaries of sales
calls and e-mails with small edits, consistent or not. A text passes where each of its sentences passes. Evidence is
the `whole` of what was given, or what a model would point at: those two sentences of it that are `nearest`.
Both are far from what the gate is made for, single claims of transcripts, and no rule of it was made from them.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.domain import UNKNOWN_SPEAKER, Claim, Modality, Origin
from bot.nlp.sentences import sentence_spans
from bot.nlp.tokens import content_stems
from bot.verification.abstractive import violations

DATA = Path(__file__).parents[2] / "shared/data/faithfulness"
NEAREST = 2


@dataclass(frozen=True, slots=True)
class Judged:
    """A text, what it was made from, and whether people found it borne out."""

    source: str
    knowledge: str
    text: str
    good: bool


def begin(path: Path) -> Iterator[Judged]:
    """Read answers; those that say nothing in particular are left out."""
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["begin_label"] != "Generic":
                good = row["begin_label"] == "Fully attributable"
                yield Judged(f"BEGIN {row['data_source']}", _joined(row["knowledge"]), _joined(row["response"]), good)


def summedits(path: Path) -> Iterator[Judged]:
    """Read summaries."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for one in json.load(file):
            name = path.name.removesuffix(".json.gz").replace("summedits_", "SummEdits ")
            yield Judged(name, one["doc"], one["summary"], str(one["label"]) == "1")


def _joined(words: str) -> str:
    """Undo what was done to the texts: each mark of punctuation stands alone."""
    closed = re.sub(r" (?=[,.;:!?)]|['’](?:s|t|re|ve|m|d|ll)\b|n['’]t\b)", "", words)
    return re.sub(r"(?<=\() ", "", closed).replace("``", '"').replace("''", '"')


def claim(quote: str) -> Claim:
    """Return evidence made of these words."""
    origin = Origin("given", "", "", dt.date(2024, 1, 1))
    return Claim(
        id="given/0/0",
        origin=origin,
        turn=0,
        start=0,
        end=len(quote),
        text=quote,
        quote=quote,
        speaker=UNKNOWN_SPEAKER,
        claimant=UNKNOWN_SPEAKER,
        modality=Modality.ASSERTED,
    )


def parts(text: str) -> list[str]:
    """Return the sentences of a text."""
    return [text[start:end].strip() for start, end in sentence_spans(text) if text[start:end].strip()]


def nearest(sentence: str, knowledge: Sequence[str]) -> str:
    """Return those sentences that share most words with one, as they follow each other."""
    words = set(content_stems(sentence))
    ranked = sorted(range(len(knowledge)), key=lambda n: -len(words & set(content_stems(knowledge[n]))))
    return " ".join(knowledge[n] for n in sorted(ranked[:NEAREST]))


def faults(one: Judged, *, whole: bool) -> list[str]:
    """Return why a text is stopped; empty where it passes."""
    known = parts(one.knowledge)
    return [
        problem.kind.value
        for sentence in parts(one.text)
        for problem in violations(sentence, [claim(one.knowledge if whole else nearest(sentence, known))])
    ]


def measure(judged: Sequence[Judged], shown: int) -> None:
    """Print how many of the wrong ones are stopped, and how many of the right ones pass."""
    print(f"{'':20} {'evidence':9} {'wrong':>6} {'stopped':>8} {'':>7} {'right':>6} {'passed':>8} {'':>7}   stopped by")
    by_source: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_source[one.source].append(one)
    for source, ones in by_source.items():
        for whole in (True, False):
            found = [(one, faults(one, whole=whole)) for one in ones]
            wrong, right = ([f for one, f in found if one.good is good] for good in (False, True))
            stopped, passed = sum(map(bool, wrong)), sum(not f for f in right)
            why = Counter(fault for f in wrong for fault in set(f)).most_common(4)
            label = f"{source:20} {'whole' if whole else 'nearest':9}"
            shares = f"{stopped / len(wrong):7.1%} {len(right):6} {passed:8} {passed / len(right):7.1%}"
            print(f"{label} {len(wrong):6} {stopped:8} {shares}   {', '.join(f'{w} {n}' for w, n in why)}")
            for one, why_not in [(one, f) for one, f in found if one.good == bool(f)][:shown]:
                print(f"    {'right' if one.good else 'wrong'} {set(why_not) or ''} {one.text[:300]}")


def main() -> None:
    """Measure over the data sets, where they are."""
    arguments = [one for one in sys.argv[1:] if not one.startswith("--")]
    shown = int(arguments.pop()) if "--show" in sys.argv else 0
    folder = Path(arguments[0]) if arguments else DATA
    if not folder.exists():
        print(f"the data sets are not here: {folder}")
        return
    judged = [one for path in sorted(folder.glob("begin_*.tsv")) for one in begin(path)]
    judged += [one for path in sorted(folder.glob("summedits_*.json.gz")) for one in summedits(path)]
    measure(judged, shown)


if __name__ == "__main__":
    main()
