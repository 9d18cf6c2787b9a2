"""`bench`: how fast search and answers are here, compared with a plain full-text query over the same rows."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from statistics import quantiles

import typer

from bot.app import App
from bot.cli.session import app_session, print_json
from bot.domain import Asker, Filters, ThreadContext
from bot.domain.question import SearchUnit
from bot.errors import UserError

QUESTIONS = 200
"""How many questions are asked; each is made of the words of a stored claim."""

_QUESTION_WORDS = 9


async def bench(*, as_json: bool) -> int:
    """Print p50 and p99 in milliseconds."""
    async with app_session() as app:
        questions = await _questions(app)
        table = {
            "search": await _latency_percentiles(questions, lambda q: app.search.find(q, Filters(space=app.space))),
            "ask": await _latency_percentiles(questions, lambda q: _answers(app, q)),
            "full text, OR of all words": await _latency_percentiles(questions, lambda q: _full_text_hits(app, q)),
        }
    if as_json:
        print_json(table)
        return 0
    typer.echo(f"{len(questions)} questions, milliseconds      p50      p99")
    for name, (middle, worst) in table.items():
        typer.echo(f"{name:32} {middle:8.1f} {worst:8.1f}")
    return 0


async def _questions(app: App) -> list[str]:
    claims = await app.search.claims("", Filters(space=app.space), QUESTIONS)
    if not claims:
        message = "There is nothing to search yet: `overheard ingest PATH` first."
        raise UserError(message)
    return ["What was said about " + " ".join(islice(claim.text.split(), _QUESTION_WORDS)) + "?" for claim in claims]


async def _latency_percentiles(
    questions: Sequence[str], ask: Callable[[str], Awaitable[object]]
) -> tuple[float, float]:
    await ask(questions[0])
    times = []
    for question in questions:
        began = time.perf_counter()
        await ask(question)
        times.append((time.perf_counter() - began) * 1000)
    cuts = quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
    return round(cuts[49], 2), round(cuts[98], 2)


async def _answers(app: App, question: str) -> object:
    states = app.answers.answer(question, Filters(space=app.space), ThreadContext(), Asker(app.space))
    return [state async for state in states]


async def _full_text_hits(app: App, question: str) -> object:
    stripped = ("".join(filter(str.isalnum, word)) for word in question.lower().split())
    words = [word for word in stripped if word]
    return await app.store.index.match(SearchUnit.PASSAGES, words, [], Filters(space=app.space), 10)
