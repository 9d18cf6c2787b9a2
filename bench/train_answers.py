"""Trains what chooses the sentences of an answer, and tells how sure it is: `bot/nlp/model/answers.npz`.

    pip install scipy
    python bench/train_answers.py DATABASE [--report]

DATABASE is one into which the real conversations beside the project (`../shared`) were read with `overheard ingest`.
The questions are in `bench/labels/questions.jsonl`, with the places of the words that answer each; those of the samples
and of the news are used for sureness only. A third of the conversations is kept aside; `--report` prints how good
the choice is on it, and on conversations in five folds that each fit did not see (the figures of CARD.md), instead of
writing weights.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bench.answers import NEWS, QUESTIONS, SAMPLES, _fact, _sample, find, posts_asked, records, searching
from bench.search import real_conversations
from bot.app import open_app
from bot.config import Settings
from bot.domain import Conversation, Filters, Hit
from bot.nlp.embeddings import Floats
from bot.nlp.model import ANSWERS_FILE
from bot.qa.answerability import CONSTANTS, answer_signs
from bot.qa.evidence import CandidateSentence, Evidence, extract_evidence
from bot.qa.features import MeasuredSentences, measure, words_of
from bot.qa.question import ParsedQuestion, parse_question
from bot.qa.reranking import NEAREST, AnswerWeights, LinearScore, rank_measured, select_candidates
from bot.qa.wording import plain_question

LABELS = Path(__file__).parent / "labels" / "questions.jsonl"
TARGET = Path(__file__).parents[1] / "bot" / "nlp" / "model" / ANSWERS_FILE
FOLDS = 5
PENALTY, SURENESS_PENALTY = 8.0, 1.0
DOUBT = 0.8
"""What an answer counts that isn't the marked one: it may be right all the same, or nearly."""
OTHERS = 1.0
"""And what a question of the news and the samples counts, of which it isn't known which words answer."""
RUN = 5
"""So many words of an answer in a row make a quote right."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question with its sentences measured, and which of them answer it; `words` may be found in a quote instead."""

    group: str
    parsed: ParsedQuestion
    evidence: Sequence[Evidence]
    measured: MeasuredSentences
    is_gold: Flags
    is_answerable: bool
    gold: Sequence[Gold] = ()

    def is_fold(self, number: int, folds: int) -> bool:
        """Return whether it belongs to a fold; the questions of one conversation all do."""
        return int(hashlib.sha256(self.group.encode()).hexdigest(), 16) // folds % folds == number


@dataclass(frozen=True, slots=True)
class Gold:
    """Where the words that answer a question are."""

    conversation: str
    turn: int
    text: str

    def is_in(self, line: CandidateSentence, words: str) -> bool:
        """Return whether some words of a sentence's turn have five words in a row, or all, of the answer's."""
        return (self.conversation, self.turn) == (line.passage.origin.conversation, line.turn) and _share_run(
            self.text, words
        )


def _share_run(one: str, other: str) -> bool:
    left, right = words_of(one), " ".join(words_of(other))
    length = min(RUN, len(left), len(right.split()))
    runs = (" ".join(left[start : start + length]) for start in range(len(left) - length + 1))
    return length > 1 and any(f" {run} " in f" {right} " for run in runs)


def is_aside(group: str) -> bool:
    """Return whether a conversation's questions are kept for the report: those of a third."""
    return hashlib.sha256(group.encode()).digest()[0] % 3 == 0


def label(group: str, question: str, hits: Sequence[Hit], gold: Sequence[Gold], *, is_answerable: bool) -> Labelled:
    """Measure the sentences of what was found for a question, and mark those that answer it."""
    parsed, evidence = parse_question(question), extract_evidence(hits)
    measured = measure(parsed, evidence)
    is_gold = [any(each.is_in(line, line.text) for each in gold) for line in measured.candidates]
    return Labelled(group, parsed, evidence, measured, np.array(is_gold, np.bool_), is_answerable, gold)


async def read_labels(database: Path) -> list[Labelled]:
    """Ask the library the labelled questions."""
    said = {one.id: one for one in real_conversations()}
    rows: list[Labelled] = []
    async with open_app(Settings(database=database, workers=0, timezone="UTC")) as app:
        for record in records(LABELS):
            gold = [
                Gold(record["conversation"], each["turn"], turn.text[each["start"] : each["end"]])
                for each in record["gold"]
                for turn in [said[record["conversation"]].turns[each["turn"]]]
            ]
            asked = plain_question(record["question"])
            reading, _, hits = await app.answers.look_up(asked, Filters(space=app.space))
            if hits:
                rows.append(
                    label(record["conversation"], reading.question, hits, gold, is_answerable=record["answerable"])
                )
    return rows


async def read_others() -> list[Labelled]:
    """Ask news, posts and samples their own questions, of which only whether they have an answer is known."""
    news = [_fact(record) for record in records(NEWS / "facts.jsonl")]
    asked = [(q["question"], bool(q["gold_fact_ids"])) for q in records(NEWS / "queries_dev.jsonl")]
    rows = await _ask("news", news, asked)
    library, posts = posts_asked()
    rows += await _ask("posts", library, [(one.text, one.answerable) for one in posts])
    samples = [_sample(record) for record in records(SAMPLES)]
    return rows + await _ask("samples", samples, [(q["question"], "words" in q) for q in records(QUESTIONS)])


async def _ask(group: str, library: Sequence[Conversation], asked: Sequence[tuple[str, bool]]) -> list[Labelled]:
    async with searching(library) as search:
        found = [(question, known, await find(search, question)) for question, known in asked]
    return [
        label(f"{group}/{number}", question, hits, (), is_answerable=known)
        for number, (question, known, hits) in enumerate(found)
        if hits
    ]


def fit_choice(rows: Sequence[tuple[Floats, Flags]], penalty: float) -> LinearScore:
    """Fit the weights under which a softmax over each question's sentences gives most to those that answer."""
    features = np.concatenate([features for features, _ in rows])
    sizes = [len(gold) for _, gold in rows]
    starts = np.cumsum([0, *sizes[:-1]])
    question = np.repeat(np.arange(len(rows)), sizes)
    target = np.concatenate([gold / gold.sum() for _, gold in rows]).astype(np.float32)
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    standard = (features - mean) / scale

    def loss(slope: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = standard @ slope.astype(np.float32)
        scores -= np.maximum.reduceat(scores, starts)[question]
        totals = np.add.reduceat(np.exp(scores), starts)
        chances = np.exp(scores) / totals[question]
        cost = -float((target * (scores - np.log(totals)[question])).sum()) + penalty / 2 * float(slope @ slope)
        return cost, np.asarray(penalty * slope - standard.T @ (target - chances), np.float64)

    slope = minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 100}).x
    return LinearScore(mean, scale, slope.astype(np.float32))


def fit_ranking(rows: Sequence[Labelled]) -> AnswerWeights:
    """Fit what chooses the nearest of all sentences, then what chooses among these; nothing is sure yet."""
    known = [row for row in rows if row.is_gold.any()]
    first = fit_choice([(row.measured.features, row.is_gold) for row in known], PENALTY)
    near = [
        (row.measured.features[nearest], row.is_gold[nearest])
        for row in known
        for nearest in [np.argsort(-first(row.measured.features), kind="stable")[:NEAREST]]
        if row.is_gold[nearest].any()
    ]
    return AnswerWeights(first, fit_choice(near, PENALTY), first)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a question: the signs of how sure its answer is, and whether that is right."""

    row: Labelled
    signs: Floats
    first_is_right: bool
    is_right: bool


def outcome(row: Labelled, chosen: AnswerWeights) -> Outcome:
    """Choose the sentences for a question."""
    ranking = rank_measured(row.parsed, row.measured, chosen)
    signs = answer_signs(row.parsed, row.evidence, ranking, row.measured)[0]
    lines = select_candidates(row.parsed, ranking).candidates
    right = [any(each.is_in(line, line.quote) for each in row.gold) for line in lines]
    return Outcome(row, signs, bool(right and right[0]), any(right) if row.gold else row.is_answerable)


def crossed(rows: Sequence[Labelled]) -> list[Outcome]:
    """Return what becomes of each question with weights that were fitted without its conversation."""
    outcomes: list[Outcome] = []
    for fold in range(FOLDS):
        chosen = fit_ranking([row for row in rows if not row.is_fold(fold, FOLDS)])
        outcomes += [outcome(row, chosen) for row in rows if row.is_fold(fold, FOLDS)]
    return outcomes


def fit_sureness(outcomes: Sequence[Outcome]) -> LinearScore:
    """Fit the log-odds that an answer is right, in which no sign may speak against what it stands for."""
    signs = np.array([each.signs for each in outcomes], np.float64)
    mean, scale = np.zeros(signs.shape[1]), signs.std(axis=0) + 1e-6
    standard = (signs - mean) / scale
    right = np.array([each.is_right for each in outcomes])
    count = np.array([_count(each) for each in outcomes])
    penalised = np.append(np.ones(signs.shape[1] - CONSTANTS), np.zeros(CONSTANTS))

    def loss(slope: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = standard @ slope
        cost = count @ (np.logaddexp(0, odds) - right * odds) + SURENESS_PENALTY / 2 * (penalised @ slope**2)
        return float(cost), standard.T @ (
            count * (1 / (1 + np.exp(-odds)) - right)
        ) + SURENESS_PENALTY * penalised * slope

    bounds = [*[(0, None)] * (signs.shape[1] - CONSTANTS), *[(None, None)] * CONSTANTS]
    slope = minimize(loss, np.zeros(signs.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x
    return LinearScore(*(part.astype(np.float32) for part in (mean, scale, slope)))


def _count(one: Outcome) -> float:
    if one.row.group.startswith("posts/"):
        # A post is one line: only for questions in other words do its questions stand for those about talk.
        return OTHERS * float(one.signs[-2])
    if one.row.group.startswith(("news/", "samples/")):
        return OTHERS
    return DOUBT if one.row.is_answerable and not one.is_right else 1.0


def report(name: str, outcomes: Sequence[Outcome], sureness: LinearScore) -> None:
    """Print how many answers are right, and what each threshold refuses."""
    able = [each for each in outcomes if each.row.is_answerable]
    right, first = (np.mean([getattr(each, what) for each in able]) for what in ("is_right", "first_is_right"))
    print(f"{name}: {len(able)} with an answer: right {right:.3f}, the first line {first:.3f}")
    chances = 1 / (1 + np.exp(-sureness(np.array([each.signs for each in outcomes]))))
    for bar in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6):
        kept = chances >= bar
        answered = [each for each, is_kept in zip(outcomes, kept, strict=True) if is_kept]
        refused = np.mean(
            [not is_kept for each, is_kept in zip(outcomes, kept, strict=True) if not each.row.is_answerable]
        )
        good = sum(each.is_right for each in answered if each.row.is_answerable) / max(1, len(able))
        print(f"  at {bar:.2f}: unanswerable refused {refused:.3f}, right {good:.3f}")
    print(
        "  calibration:",
        *(f"{low:.1f} {mean:.2f}/{share:.2f} ({count})" for low, mean, share, count in bins(chances, outcomes)),
    )


def bins(chances: Floats, outcomes: Sequence[Outcome]) -> Iterator[tuple[float, float, float, int]]:
    """Yield for each tenth of the chances: where it begins, their mean, the share that is right, and how many."""
    for tenth in range(10):
        inside = [
            (chance, each.is_right)
            for chance, each in zip(chances.tolist(), outcomes, strict=True)
            if min(int(chance * 10), 9) == tenth
        ]
        if inside:
            yield tenth / 10, *np.mean(inside, axis=0).tolist(), len(inside)


def main() -> None:
    """Fit and write the weights, or report."""
    rows = asyncio.run(read_labels(Path(sys.argv[1])))
    others = asyncio.run(read_others())
    seen = [row for row in rows if not is_aside(row.group)]
    chosen = fit_ranking(seen)
    outcomes = crossed(seen) + [outcome(row, chosen) for row in others]
    sureness = fit_sureness(outcomes)
    if "--report" in sys.argv:
        report("in folds", outcomes[: len(seen)], sureness)
        report("others", outcomes[len(seen) :], sureness)
        report("kept aside", [outcome(row, chosen) for row in rows if is_aside(row.group)], sureness)
        return
    stored = {"first": chosen.first, "second": chosen.second, "sureness": sureness}
    np.savez_compressed(
        TARGET, **{name: np.stack([score.mean, score.scale, score.slope]) for name, score in stored.items()}
    )


if __name__ == "__main__":
    main()
