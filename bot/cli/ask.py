"""`brief`, `ask` and `search`, for people and for programs."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO, TypeAlias

import typer

from bot.app import App
from bot.chat.date_words import parse_date
from bot.chat.message import Message
from bot.cli.session import app_session, final_message, print_json, show, to_builtins
from bot.domain import Answer, Asker, Brief, Citation, Filters, Hit, ThreadContext
from bot.errors import InputError, StoreError, UserError
from bot.platforms.console.render import to_markdown
from bot.views.answer import answer_view, search_view
from bot.views.brief import brief_view
from bot.views.explanation import brief_explanation_view, explanation_view

_DATE = re.compile(r"\d{4}-\d\d-\d\d|today|yesterday")

BatchQuestion: TypeAlias = "dict[str, object]"


async def brief(topic: str, date: str, style: str) -> int:
    """Print the brief of a day, which is kept unless another program writes meanwhile."""
    async with app_session() as app:
        day = parse_date(date, app.clock.now()) if date else app.today
        edition = await _published(app, topic.casefold(), day)
    if style == "json":
        print_json(to_builtins(edition))
    elif style == "markdown":
        sys.stdout.write(to_markdown(brief_view(edition)))
    else:
        show(brief_view(edition).unfolded)
    return 0


async def _published(app: App, topic: str, day: dt.date) -> Brief:
    try:
        return await app.briefs.republish(topic, day, space=app.space)
    except StoreError as busy:
        typer.echo(f"overheard: {busy} This brief isn't kept.", err=True)
        return await app.briefs.get_brief(topic, day, space=app.space)


async def ask(question: str, batch: Path | None, *, as_json: bool) -> int:
    """Answer one question, or each of a batch."""
    async with app_session() as app:
        if batch:
            for line in _batch_questions(batch):
                print_json({"id": line["id"], **_answer_json(await _answer(app, line))})
        elif as_json:
            print_json(_answer_json(await _answer(app, {"question": _required(question)})))
        else:
            show(await _answer_message(app, _required(question)))
    return 0


async def search(words: str, batch: Path | None, limit: int, *, as_json: bool) -> int:
    """Find passages for some words, or for each question of a batch."""
    async with app_session() as app:
        single: list[BatchQuestion] = [] if batch else [{"question": _required(words)}]
        for line in _batch_questions(batch) if batch else single:
            hits = await app.search.find(str(line["question"]), _filters(app, line), limit)
            if batch:
                print_json({"id": line["id"], "hits": [_hit_json(hit) for hit in hits]})
            elif as_json:
                print_json({"hits": [_hit_json(hit) for hit in hits]})
            else:
                show(search_view(hits, str(line["question"])))
    return 0


async def explain(words: str, topic: str, date: str, *, as_json: bool) -> int:
    """Say what was decided about a claim, a story or all claims of a day; a date alone is that day's brief."""
    words = words.strip()
    if _DATE.fullmatch(words):
        words, date = "", words
    async with app_session() as app:
        day = parse_date(date, app.clock.now()) if date else app.today
        if words:
            explained = await app.explanations.explain(words, topic.casefold(), day, space=app.space)
            view = explanation_view(explained, day)
        else:
            brief, explained = await app.explanations.explain_brief(topic.casefold(), day, space=app.space)
            view = brief_explanation_view(brief, explained)
    if as_json:
        print_json(to_builtins(explained))
    else:
        show(view)
    return 0


async def _answer(app: App, question: BatchQuestion) -> Answer:
    asker = Asker(app.space, "you")
    states = app.answers.answer(str(question["question"]), _filters(app, question), ThreadContext(), asker)
    return [answer async for answer, _ in states][-1]


async def _answer_message(app: App, question: str) -> Message:
    try:
        return await final_message(app, app.request("ask", question=question))
    except StoreError as busy:
        typer.echo(f"overheard: {busy} A follow-up won't know of this question.", err=True)
        return answer_view(await _answer(app, {"question": question}))


def _filters(app: App, question: BatchQuestion) -> Filters:
    since, until = (
        parse_date(str(question[name]), app.clock.now()) if question.get(name) else None for name in ("since", "until")
    )
    return Filters(space=app.space, since=since, until=until)


def _batch_questions(batch: Path) -> Iterator[BatchQuestion]:
    """Yield the questions of a file of JSON lines; raises InputError naming a line that isn't one."""
    if str(batch) == "-":
        yield from _parse_questions("standard input", sys.stdin)
        return
    try:
        with batch.open(encoding="utf-8") as stream:
            yield from _parse_questions(str(batch), stream)
    except OSError as error:
        raise InputError(str(batch), "", error.strerror or "cannot be opened") from error


def _parse_questions(name: str, stream: TextIO) -> Iterator[BatchQuestion]:
    for number, line in enumerate(stream, 1):
        if line.strip():
            try:
                entry = json.loads(line)
            except ValueError:
                raise InputError(name, f"line {number}", "this isn't JSON") from None
            if not isinstance(entry, dict) or not {"id", "question"} <= entry.keys():
                raise InputError(name, f"line {number}", 'this should look like {"id": 1, "question": "…"}')
            yield entry


def _required(words: str) -> str:
    if not words.strip():
        message = "What do you want to know? Put the question after the command, or use --batch."
        raise UserError(message)
    return words


def _answer_json(answer: Answer) -> dict[str, object]:
    return {
        "answered": answer.answered,
        "text": answer.text,
        "citations": [_citation_json(citation) for citation in answer.citations],
        "nearest": _citation_json(answer.nearest) if answer.nearest else None,
        "confidence": round(answer.confidence, 4),
    }


def _citation_json(citation: Citation) -> dict[str, object]:
    return {
        "conversation": citation.origin.conversation,
        "show": citation.origin.show,
        "date": citation.origin.date.isoformat(),
        "speaker": citation.speaker,
        "t": citation.t,
        "quote": citation.quote,
    }


def _hit_json(hit: Hit) -> dict[str, object]:
    passage = hit.passage
    return {
        "conversation": passage.origin.conversation,
        "show": passage.origin.show,
        "title": passage.origin.title,
        "date": passage.origin.date.isoformat(),
        "speaker": passage.speaker,
        "t": passage.t,
        "text": passage.text,
        "score": round(hit.score, 4),
        "turn": passage.turn,
        "last": passage.last,
    }
