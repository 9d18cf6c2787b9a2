"""Measures answers: what is refused, what is answered, and whether the words that answer are cited.

    python bench/answers.py [news|posts|sample|speed ...]

`news` prints the whole refusal curve and a threshold chosen by cross-validation; it needs the optional texts
beside the project (`../shared`), and so does `posts`. `sample` asks the sample conversations the questions of
`questions.jsonl`, and `speed` says how long an answer takes once the passages are there.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.domain import Analysis, Answer, Conversation, Filters, Hit, ThreadContext, Turn
from bot.nlp.passages import split_into_passages
from bot.qa.answer import answer_question
from bot.qa.answerability import ANSWER_THRESHOLD
from bot.qa.service import FOLLOWING, MAX_PASSAGES
from bot.search.hybrid import HybridSearch, open_search
from bot.store.store import open_store

ROOT = Path(__file__).parents[1]
SHARED = ROOT / ".." / "shared"
NEWS = SHARED / "data" / "news_multihop"
POSTS = SHARED / "seeds" / "source-posts.txt"
PARAPHRASES = Path(__file__).with_name("paraphrases.jsonl")
OFF_TOPIC = Path(__file__).with_name("off_topic.jsonl")
QUESTIONS = Path(__file__).with_name("questions.jsonl")
SAMPLES = ROOT / "bot" / "samples" / "conversations.jsonl"
DAY = dt.date(2026, 6, 27)
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, whether its library answers it, and the words that should be quoted."""

    text: str
    answerable: bool
    words: str = ""


def records(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@asynccontextmanager
async def searching(conversations: Sequence[Conversation]) -> AsyncIterator[HybridSearch]:
    """Keep conversations in a database of their own and search them."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(Path(folder) / "bench.db") as store:
            await store.library.save([Analysis(one, (), (), split_into_passages(one)) for one in conversations])
            search = open_search(store.index, store.index)
            await search.refresh()
            await search.encode_pending()
            yield search


async def find(search: HybridSearch, question: str) -> list[Hit]:
    """Find what an answer is made from."""
    return await search.find(question, Filters(), MAX_PASSAGES, following=FOLLOWING)


async def answers(conversations: Sequence[Conversation], asked: Sequence[Asked]) -> list[Answer]:
    """Ask every question of a library."""
    async with searching(conversations) as search:
        return [answer_question(one.text, await find(search, one.text), ThreadContext()) for one in asked]


def refusals(asked: Sequence[Asked], given: Sequence[Answer], bar: float) -> tuple[float, float]:
    """Return the shares of unanswerable and of answerable questions that fall below a confidence."""
    below = [(one.answerable, reply.confidence < bar) for one, reply in zip(asked, given, strict=True)]
    shares = [[low for answerable, low in below if answerable is wanted] for wanted in (False, True)]
    return statistics.mean(shares[0] or [0]), statistics.mean(shares[1] or [0])


def fitted(asked: Sequence[Asked], given: Sequence[Answer]) -> float:
    """Return the confidence, in steps of 0.01, that errs least: the middle of the best ones."""
    bars = [step / 100 for step in range(1, 100)]
    errors = {bar: 1 - refused + lost for bar in bars for refused, lost in [refusals(asked, given, bar)]}
    best = [bar for bar in bars if errors[bar] <= min(errors.values()) + 1e-9]
    return statistics.median(best)


def crossed(asked: Sequence[Asked], given: Sequence[Answer]) -> Iterator[tuple[float, Asked, Answer]]:
    """Yield each question with the threshold that was fitted without it."""
    pairs = list(zip(asked, given, strict=True))
    for fold in range(FOLDS):
        rest = [pair for row, pair in enumerate(pairs) if row % FOLDS != fold]
        bar = fitted([one for one, _ in rest], [reply for _, reply in rest])
        yield from ((bar, one, reply) for one, reply in pairs[fold::FOLDS])


async def ask_news() -> tuple[list[Asked], list[Answer]]:
    """Ask questions over several articles, some about things that no article tells."""
    library = [_fact(record) for record in records(NEWS / "facts.jsonl")]
    asked = [Asked(q["question"], bool(q["gold_fact_ids"])) for q in records(NEWS / "queries_dev.jsonl")]
    return asked, await answers(library, asked)


async def ask_sample() -> tuple[list[Asked], list[Answer]]:
    """Ask questions of our own of the sample conversations."""
    asked = [Asked(q["question"], "words" in q, q.get("words", "")) for q in records(QUESTIONS)]
    return asked, await answers([_sample(record) for record in records(SAMPLES)], asked)


async def ask_posts() -> tuple[list[Asked], list[Answer]]:
    """Ask the posts, line by line, in words that are not theirs, and about other things."""
    library, asked = posts_asked()
    return asked, await answers(library, asked)


def posts_asked() -> tuple[list[Conversation], list[Asked]]:
    """Return the posts, line by line, and what is asked of them."""
    lines = dict.fromkeys(line for line in POSTS.read_text("utf-8").splitlines() if line.strip())
    library = [Conversation(f"post-{n}", "Posts", "", DAY, (Turn(line),)) for n, line in enumerate(lines)]
    asked = [Asked(q["question"], answerable=True) for q in records(PARAPHRASES)]
    return library, asked + [Asked(q["question"], answerable=False) for q in records(OFF_TOPIC)]


async def news() -> None:
    """Print the curve of refusals, and what cross-validation chooses."""
    if not NEWS.is_dir():
        print("news: the texts are not here")
        return
    asked, given = await ask_news()
    print("news      confidence   unanswerable refused   answerable refused")
    for bar in sorted({step / 20 for step in range(2, 20)} | {ANSWER_THRESHOLD}):
        refused, lost = refusals(asked, given, bar)
        print(f"{'  used  ' if bar == ANSWER_THRESHOLD else '':<10}{bar:>10.2f}{refused:>23.3f}{lost:>21.3f}")
    out = list(crossed(asked, given))
    for wanted, label in ((False, "unanswerable"), (True, "answerable")):
        share = statistics.mean(reply.confidence < bar for bar, one, reply in out if one.answerable is wanted)
        print(f"cross-validated, {FOLDS} folds: {label} refused {share:.3f}")
    print("thresholds fitted:", sorted({bar for bar, _, _ in out}))


async def posts() -> None:
    """Print how many paraphrased questions are answered, and how many off the topic refused."""
    if not POSTS.is_file():
        print("posts: the texts are not here")
        return
    refused, lost = refusals(*await ask_posts(), ANSWER_THRESHOLD)
    print(f"posts: off topic refused {refused:.2f}, paraphrased refused {lost:.2f}")


async def sample() -> None:
    """Print what goes wrong over the sample conversations, and how often the words that answer are quoted."""
    asked, given = await ask_sample()
    for one, reply in zip(asked, given, strict=True):
        if reply.answered is not one.answerable or (one.answerable and not quotes(one, reply)):
            print(f"  wrong ({reply.confidence:.2f}): {one.text}\n    {reply.text}")
    refused, lost = refusals(asked, given, ANSWER_THRESHOLD)
    share = statistics.mean(quotes(one, reply) for one, reply in zip(asked, given, strict=True) if one.answerable)
    print(f"sample: unanswerable refused {refused:.2f}, answerable refused {lost:.2f}, quoted {share:.2f}")


async def speed() -> None:
    """Time from hits to answer, in milliseconds, over the sample conversations."""
    asked = [q["question"] for q in records(QUESTIONS)]
    async with searching([_sample(record) for record in records(SAMPLES)]) as search:
        found = [(question, await find(search, question)) for question in asked]
    spent = sorted(_timed(question, hits) for _ in range(5) for question, hits in found)
    print(f"speed: p50 {spent[len(spent) // 2]:.1f} ms, p99 {spent[len(spent) * 99 // 100]:.1f} ms")


def _timed(question: str, hits: Sequence[Hit]) -> float:
    start = time.perf_counter()
    answer_question(question, hits, ThreadContext())
    return (time.perf_counter() - start) * 1000


def quotes(one: Asked, reply: Answer) -> bool:
    """Tell whether an answer quotes the words that answer."""
    return any(one.words in citation.quote for citation in reply.citations)


def _fact(record: dict[str, Any]) -> Conversation:
    date = dt.datetime.fromisoformat(record["published_at"]).date()
    turn = Turn(record["fact"], record["author"])
    return Conversation(record["fact_id"], record["source"], record["title"], date, (turn,))


def _sample(record: dict[str, Any]) -> Conversation:
    turns = tuple(Turn(turn["text"], turn["speaker"], turn["t"]) for turn in record["turns"])
    date = DAY - dt.timedelta(days=record["days_ago"])
    return Conversation(record["id"], record["show"], record["title"], date, turns, record["url"])


SETS: dict[str, Callable[[], Awaitable[None]]] = {"news": news, "posts": posts, "sample": sample, "speed": speed}


async def main() -> None:
    """Run the sets named, or all."""
    for chosen in sys.argv[1:] or SETS:
        await SETS[chosen]()


if __name__ == "__main__":
    asyncio.run(main())
