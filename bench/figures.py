"""Measures the parser of figures against labels made by hand.

    python bench/figures.py [--show]

Each label in `labels/figures.jsonl` is the place of a number, with its value and unit, or no value if it measures
nothing: most stand in the optional real conversations beside the project (`../shared`), some in sentences of ours.
`right` has the value and the unit, `none` was not read, `part` was read from within a longer number, `wrong` is any
other reading. `--show` prints those that aren't right.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.domain import Figure
from bot.nlp.quantities import find_figures
from bot.nlp.sentences import sentence_spans

LABELS = Path(__file__).parent / "labels" / "figures.jsonl"
DATA = Path(__file__).parents[2] / "shared/data/conversations"
BARS = "bars: right or none at least 98 %, part of a number 0"


@dataclass(frozen=True, slots=True)
class Label:
    """A number in a sentence: where it stands, and what it is worth; no value if it measures nothing."""

    sentence: str
    start: int
    end: int
    value: float | None
    unit: str


def read_turns(folder: Path) -> dict[str, list[str]]:
    """Return the texts of the turns of each conversation."""
    turns: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for record in map(json.loads, lines):
                turns[record["id"]] = [turn["text"] for turn in record["turns"]]
    return turns


def read_labels(turns: dict[str, list[str]]) -> Iterator[Label]:
    """Yield the labels whose sentence is known."""
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if "text" in row:
            yield Label(row["text"], row["start"], row["end"], row["value"], row["unit"])
        elif row["conversation"] in turns:
            text = turns[row["conversation"]][row["turn"]]
            start, end = next(span for span in sentence_spans(text) if span[0] <= row["start"] < span[1])
            yield Label(text[start:end], row["start"] - start, row["end"] - start, row["value"], row["unit"])


def judge(label: Label) -> str:
    """Return what became of a labelled number."""
    found = [each for each in find_figures(label.sentence) if each.start < label.end and label.start < each.end]
    if not found:
        return "none"
    if label.value is not None and any(is_same(each, label) for each in found):
        return "right"
    is_part = all(label.start <= each.start and each.end <= label.end for each in found)
    return "part" if is_part and found[0].text != label.sentence[label.start : label.end] else "wrong"


def is_same(figure: Figure, label: Label) -> bool:
    """Return whether a figure has the value and the unit of a label."""
    near = abs((figure.value or 0) - (label.value or 0)) <= 1e-4 * max(1, abs(label.value or 0))
    return near and figure.unit.lower().rstrip("s") == label.unit.lower().rstrip("s")


def main() -> None:
    """Print the counts, for all and for those in words."""
    turns = read_turns(DATA)
    if not turns:
        print(f"no conversations in {DATA}: only sentences of ours are measured")
    labels = list(read_labels(turns))
    verdicts = [(label, judge(label)) for label in labels]
    for name, chosen in (
        ("figures", [(label, how) for label, how in verdicts if label.value is not None]),
        ("figures in words", [each for each in verdicts if each[0].value is not None and in_words(each[0])]),
        ("numbers that measure nothing", [(label, how) for label, how in verdicts if label.value is None]),
    ):
        counts = Counter(how for _, how in chosen)
        fair = counts["right"] + counts["none"]
        print(f"{name}: {len(chosen)}, {dict(counts)}, right or none {100 * fair / max(1, len(chosen)):.1f} %")
    print(BARS)
    for label, how in verdicts if "--show" in sys.argv else ():
        if how != "right" and not (how == "none" and label.value is None):
            print(f"- {how}: {label.sentence[max(0, label.start - 40) : label.end + 40]!r} {label.value} {label.unit}")


def in_words(label: Label) -> bool:
    """Return whether a number is spoken in words."""
    return not any(letter.isdigit() for letter in label.sentence[label.start : label.end])


if __name__ == "__main__":
    main()
