"""Measures search: news, meetings, paraphrased questions and speed, each beside plain BM25 in the same run.

    python bench/search.py [--table] [news|meetings|paraphrases|samples|speed ...]

With `--table` the exact encoder is left out, as where the extra `minilm` is not installed. The texts are the optional
ones beside the project (`../shared`); a set that is not there is passed over.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import hashlib
import json
import re
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

from bot.domain import Analysis, Conversation, Filters, Passage, Turn
from bot.nlp.passages import split_into_passages
from bot.search.hybrid import HybridSearch, open_search
from bot.search.semantic import SemanticSearch
from bot.store.store import Store, open_store

SHARED = Path(__file__).parents[1] / ".." / "shared"
Record: TypeAlias = dict[str, Any]
PARAPHRASES = Path(__file__).with_name("paraphrases.jsonl")
SAMPLE_PARAPHRASES = Path(__file__).with_name("paraphrases_samples.jsonl")
SAMPLES = Path(__file__).parents[1] / "bot" / "samples" / "conversations.jsonl"
DAY = dt.date(2026, 6, 27)
TABLE_ONLY = "--table"
PLAIN = "SELECT rowid FROM plain WHERE plain MATCH ? ORDER BY rank LIMIT 10"


def records(path: Path) -> Iterator[Record]:
    """Read JSON lines, compressed or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


class Plain:
    """The usual thing: FTS5 over one text a row, OR of all the question's words, BM25."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._db = sqlite3.connect(":memory:")
        self._db.execute("CREATE VIRTUAL TABLE plain USING fts5 (text, tokenize = 'porter unicode61')")
        self._db.executemany("INSERT INTO plain (rowid, text) VALUES (?, ?)", enumerate(texts))

    def find(self, question: str) -> list[int]:
        """Return the best ten rows."""
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", question))
        return [row for (row,) in self._db.execute(PLAIN, (words,))]


@asynccontextmanager
async def searching(conversations: Sequence[Conversation]) -> AsyncIterator[HybridSearch]:
    """Keep conversations in a database of their own and search them."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(Path(folder) / "bench.db") as store:
            for start in range(0, len(conversations), 50):
                some = conversations[start : start + 50]
                await store.library.save([Analysis(one, (), (), split_into_passages(one)) for one in some])
            search = _opened(store)
            await search.refresh()
            await search.encode_pending()
            yield search


def _opened(store: Store) -> HybridSearch:
    by_table = HybridSearch(store.index, lambda: SemanticSearch(store.index))
    return by_table if TABLE_ONLY in sys.argv else open_search(store.index, store.index)


def report(what: str, **figures: float) -> None:
    """Print one line of results."""
    print(f"{what:<34}", "  ".join(f"{name} {value:.3f}" for name, value in figures.items()), flush=True)


async def news() -> None:
    """Evidence of questions that need several articles: recall at ten, and all of it in the top ten."""
    folder = SHARED / "data" / "news_multihop"
    facts = [_fact(record) for record in records(folder / "facts.jsonl")]
    asked = [q for q in records(folder / "queries_dev.jsonl") if q["gold_fact_ids"]]
    ids = [fact.id for fact in facts]
    plain = Plain([f"{fact.turns[0].text} {fact.title} {fact.show} {fact.date}" for fact in facts])
    async with searching(facts) as search:
        ours = [
            {hit.passage.origin.conversation for hit in await search.find(str(q["question"]), Filters())} for q in asked
        ]
    theirs = [{ids[row] for row in plain.find(str(q["question"]))} for q in asked]
    report("news, plain BM25", **_evidence(asked, theirs))
    report("news, ours", **_evidence(asked, ours))


def _fact(record: Record) -> Conversation:
    return Conversation(
        id=str(record["fact_id"]),
        show=str(record["source"]),
        title=str(record["title"]),
        date=dt.datetime.fromisoformat(str(record["published_at"])).date(),
        turns=(Turn(str(record["fact"]), str(record["author"] or "") or None),),
    )


def _evidence(asked: list[Record], found: list[set[str]]) -> dict[str, float]:
    gold = [set(map(str, list(q["gold_fact_ids"]))) for q in asked]
    shares = [len(want & got) / len(want) for want, got in zip(gold, found, strict=True)]
    return {"recall@10": statistics.mean(shares), "all@10": statistics.mean(share == 1 for share in shares)}


async def meetings() -> None:
    """Questions about meetings, each searched by itself and all together: a hit overlaps what annotators marked."""
    asked = list(records(SHARED / "data" / "meeting_qa" / "qmsum_val.jsonl.gz"))
    said = [_meeting(number, record) for number, record in enumerate(asked)]
    turns_only = [
        any(row in span for row in by_turn.find(question) for span in spans)
        for one, record in zip(said, asked, strict=True)
        for by_turn in [Plain([f"{turn.speaker} {turn.text}" for turn in one.turns])]
        for question, spans in _queries(record)
    ]
    report("meetings, plain BM25 of turns", hits=statistics.mean(turns_only))
    hits = [await _meeting_hits([one], [record]) for one, record in zip(said, asked, strict=True)]
    for place, name in enumerate(("plain BM25 of passages", "ours")):
        report(f"meetings, {name}", hits=statistics.mean(hit for each in hits for hit in each[place]))
    theirs, ours = await _meeting_hits(said, asked)
    report("all meetings, plain BM25", hits=statistics.mean(theirs))
    report("all meetings, ours", hits=statistics.mean(ours))


def _queries(record: Record) -> list[tuple[str, list[range]]]:
    return [
        (q["query"], [range(int(first), int(last) + 1) for first, last in q["relevant_text_span"]])
        for q in record["specific_query_list"]
    ]


async def _meeting_hits(said: Sequence[Conversation], asked: Sequence[Record]) -> tuple[list[bool], list[bool]]:
    """Return for each question whether plain BM25, and whether ours, finds what was marked in its meeting."""
    passages = [passage for one in said for passage in split_into_passages(one)]
    plain = Plain([passage.text for passage in passages])
    theirs: list[bool] = []
    ours: list[bool] = []
    async with searching(said) as search:
        for one, record in zip(said, asked, strict=True):
            for question, spans in _queries(record):
                found = [hit.passage for hit in await search.find(question, Filters())]
                for hits, near in ((ours, found), (theirs, [passages[row] for row in plain.find(question)])):
                    hits.append(_overlaps([each for each in near if each.origin.conversation == one.id], spans))
    return theirs, ours


def _meeting(n: int, record: Record) -> Conversation:
    turns = tuple(Turn(turn["content"], turn["speaker"]) for turn in record["meeting_transcripts"])
    return Conversation(f"meeting-{n}", "Meetings", f"Meeting {n}", DAY, turns)


def _overlaps(found: list[Passage], spans: list[range]) -> bool:
    return any(passage.turn < span.stop and passage.last >= span.start for passage in found for span in spans)


async def paraphrases() -> None:
    """Questions that share almost no word with the posts they ask about, over the posts line by line."""
    lines = [line for line in (SHARED / "seeds" / "source-posts.txt").read_text("utf-8").splitlines() if line.strip()]
    marks = [hashlib.sha256(line.encode()).hexdigest()[:12] for line in lines]
    posts = [Conversation(mark, "Posts", "", DAY, (Turn(line),)) for mark, line in zip(marks, lines, strict=True)]
    asked = list(records(PARAPHRASES))
    plain = Plain(lines)
    async with searching(list({post.id: post for post in posts}.values())) as search:
        ours = [{hit.passage.origin.conversation for hit in await search.find(q["question"], Filters())} for q in asked]
    theirs = [{marks[row] for row in plain.find(q["question"])} for q in asked]
    for name, found in (("plain BM25", theirs), ("ours", ours)):
        hits = [bool(set(q["lines"]) & got) for q, got in zip(asked, found, strict=True)]
        report(f"paraphrases, {name}", hits=statistics.mean(hits))


async def samples() -> None:
    """Questions in other words over every turn of the sample conversations; to choose by, as no text is borrowed."""
    said = {
        f"{record['id']}#{n}": turn["text"] for record in records(SAMPLES) for n, turn in enumerate(record["turns"])
    }
    asked = list(records(SAMPLE_PARAPHRASES))
    wanted = [{f"{q['conversation']}#{turn}" for turn in q["turns"]} for q in asked]
    ids, plain = list(said), Plain(list(said.values()))
    async with searching(
        [Conversation(one, "Samples", "", DAY, (Turn(text),)) for one, text in said.items()]
    ) as search:
        ours = [{hit.passage.origin.conversation for hit in await search.find(q["question"], Filters())} for q in asked]
    theirs = [{ids[row] for row in plain.find(q["question"])} for q in asked]
    for name, found in (("plain BM25", theirs), ("ours", ours)):
        hits = [bool(want & got) for want, got in zip(wanted, found, strict=True)]
        report(f"samples, {name}", hits=statistics.mean(hits))


async def speed() -> None:
    """Questions that people ask in the conversations themselves, over all of them, and what it takes to get there."""
    said = list(real_conversations())
    passages = [passage.text for conversation in said for passage in split_into_passages(conversation)]
    plain = Plain(passages)
    asked = _asked(said)
    started = time.perf_counter(), time.process_time()
    async with searching(said) as search:
        report(
            f"kept and embedded {len(passages)} passages",
            seconds=time.perf_counter() - started[0],
            cpu=time.process_time() - started[1],
        )
        ours = [await _timed(search, question) for question in asked]
        late: list[float] = []
        ticking = asyncio.create_task(_tick(late))
        again = [await _timed(search, question) for question in asked]
        ticking.cancel()
    theirs = [_plain_timed(plain, question) for question in asked]
    for name, spent in (
        ("plain FTS5 OR", theirs),
        ("ours, first time", ours),
        ("ours", again),
        ("event loop late", late),
    ):
        cuts = statistics.quantiles(spent, n=100)
        report(f"milliseconds, {name}", p50=cuts[49], p99=cuts[98])
    report("peak memory", MB=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def real_conversations() -> Iterator[Conversation]:
    """Read the real conversations beside the project."""
    for path in sorted((SHARED / "data" / "conversations").glob("*.jsonl.gz")):
        for record in records(path):
            turns = tuple(Turn(turn["text"], turn["speaker"], turn["t"]) for turn in record["turns"])
            date = dt.date.fromisoformat(record["date"])
            yield Conversation(record["id"], record["show"], record["title"], date, turns)


def _asked(said: Sequence[Conversation]) -> list[str]:
    sentences = (part for one in said for turn in one.turns for part in re.split(r"(?<=[.!?])\s+", turn.text))
    return [part for part in sentences if part.endswith("?") and 8 <= len(part.split()) <= 20][::37][:300]


async def _timed(search: HybridSearch, question: str) -> float:
    started = time.perf_counter()
    await search.find(question, Filters())
    return 1000 * (time.perf_counter() - started)


async def _tick(late: list[float]) -> None:
    while True:
        started = time.perf_counter()
        await asyncio.sleep(0.005)
        late.append(1000 * (time.perf_counter() - started) - 5)


def _plain_timed(plain: Plain, question: str) -> float:
    started = time.perf_counter()
    plain.find(question)
    return 1000 * (time.perf_counter() - started)


SETS: dict[str, Callable[[], object]] = {
    "news": news,
    "meetings": meetings,
    "paraphrases": paraphrases,
    "samples": samples,
    "speed": speed,
}

if __name__ == "__main__":
    for chosen in [name for name in sys.argv[1:] if name != TABLE_ONLY] or SETS:
        asyncio.run(SETS[chosen]())
