"""How well names are found: precision, recall and F1 on public sets, with and without the kind.

Run: python bench/names.py [folder with crossner_ai_dev.txt, wnut17_dev.conll, btc_dev.conll]
Every sentence is read as a conversation of its own, so nothing is learnt from its neighbours; the word lists grew
with an eye on these development parts. The sets' kinds are mapped to ours: researchers are people; organisations,
universities, conferences, corporations and groups are companies; programming languages and creative works are
products; algorithms, fields, tasks, metrics and the rest are topics. Kinds a set does not mark are left out of its
count, and so are handles (@name), which nobody says. Published beside it, for systems trained on the sets: the
CrossNER paper's BERT on AI, about .50 (test part); the best system of the WNUT 2017 task, .419 (test part).
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.domain import Conversation, EntityKind, Turn
from bot.nlp.entities import build_gazetteer
from bot.nlp.gazetteer import Tokens
from bot.nlp.sentences import sentence_spans

DATA = Path(__file__).parents[2] / "shared/data/ner"
KINDS = {
    **dict.fromkeys(("person", "researcher", "PER"), EntityKind.PERSON),
    **dict.fromkeys(("organisation", "university", "conference", "corporation", "group", "ORG"), EntityKind.COMPANY),
    **dict.fromkeys(("location", "country", "LOC"), EntityKind.PLACE),
    **dict.fromkeys(("product", "programlang", "creative-work"), EntityKind.PRODUCT),
    **dict.fromkeys(("algorithm", "field", "task", "metrics", "misc"), EntityKind.TOPIC),
}
CLOSING = frozenset(", . ! ? : ; ) ] ' 's n't % ”".split())
OPENING = frozenset("( [ @ # $ “".split())


class Marked(NamedTuple):
    """A name in a sentence: its first and last token, and its kind."""

    first: int
    last: int
    kind: EntityKind


def rows(path: Path) -> Iterator[tuple[list[str], set[Marked]]]:
    """Read sentences of one token and tag a line."""
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        lines = [line.rsplit("\t", 1) if "\t" in line else line.rsplit(" ", 1) for line in block.splitlines() if line]
        pairs = [(line[0].strip(), line[1].strip()) for line in lines if len(line) == 2]
        if pairs:
            words = [word for word, _ in pairs]
            yield words, spoken(words, set(_marked([tag for _, tag in pairs])))


def _marked(tags: list[str]) -> Iterator[Marked]:
    start = 0
    for index, tag in enumerate([*tags, "O"]):
        if index and tags[index - 1] != "O" and not tag.startswith("I-"):
            yield Marked(start, index - 1, KINDS[tags[index - 1][2:]])
        if tag.startswith("B-"):
            start = index


def spoken(words: list[str], marks: set[Marked]) -> set[Marked]:
    """Leave out handles."""
    return {one for one in marks if words[one.first] != "@" and (one.first == 0 or words[one.first - 1] != "@")}


def written(words: list[str]) -> tuple[str, list[tuple[int, int]]]:
    """Return the sentence as a person would write it, and where each token is in it."""
    text, spans = "", []
    for index, word in enumerate(words):
        if index and word not in CLOSING and words[index - 1] not in OPENING:
            text += " "
        spans.append((len(text), len(text) + len(word)))
        text += word
    return text, spans


def found(words: list[str], wanted: frozenset[EntityKind]) -> set[Marked]:
    """Return what we find in a sentence, in tokens."""
    text, spans = written(words)
    conversation = Conversation("bench", "bench", "", dt.date(2020, 1, 1), (Turn(text),))
    parts = [text[start:end] for start, end in sentence_spans(text)]
    lexicon = build_gazetteer(conversation, map(Tokens, parts))
    marks = set()
    for (start, _), part in zip(sentence_spans(text), parts, strict=True):
        for one in lexicon.find(part):
            inside = [n for n, (a, b) in enumerate(spans) if a < start + one.end and start + one.start < b]
            if one.kind in wanted and inside:
                marks.add(Marked(inside[0], inside[-1], one.kind))
    return spoken(words, marks)


def score(gold: list[set[tuple[int, ...]]], ours: list[set[tuple[int, ...]]]) -> str:
    """Return precision, recall and F1 in one line."""
    hits = sum(len(g & o) for g, o in zip(gold, ours, strict=True))
    precision = hits / max(1, sum(map(len, ours)))
    recall = hits / max(1, sum(map(len, gold)))
    return f"P {precision:.3f}  R {recall:.3f}  F1 {2 * hits / max(1, sum(map(len, ours)) + sum(map(len, gold))):.3f}"


def main() -> None:
    """Print the figures of each set that is there."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    for name in ("crossner_ai_dev.txt", "wnut17_dev.conll", "btc_dev.conll"):
        path = folder / name
        if not path.exists():
            print(f"{name}: not at {folder}")
            continue
        sentences_marked = list(rows(path))
        wanted = frozenset(one.kind for _, marks in sentences_marked for one in marks)
        gold = [marks for _, marks in sentences_marked]
        ours = [found(words, wanted) for words, _ in sentences_marked]
        print(f"{name:22} with kind  {score([set(g) for g in gold], [set(o) for o in ours])}")
        bare = [[{(m.first, m.last) for m in marks} for marks in side] for side in (gold, ours)]
        print(f"{'':22} span alone {score([set(g) for g in bare[0]], [set(o) for o in bare[1]])}")


if __name__ == "__main__":
    main()
