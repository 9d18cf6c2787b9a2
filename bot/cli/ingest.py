"""`ingest` and `extract`."""

from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

import typer

from bot.app import App
from bot.chat.text import sanitise
from bot.cli.session import app_session, print_json, progress_bar, show
from bot.domain import UNDATED, Analysis, Claim, EventDate, Origin
from bot.errors import InputError, UserError
from bot.ingest.files import Given
from bot.ingest.formats.parsed import ParseError, parse_date
from bot.ingest.importer import format_summary
from bot.views.answer import claims_view
from bot.views.system import taken_as, undated_notice

REFINE_SECONDS = 30
"""How long `ingest` goes on indexing by meaning: enough for a thousand short texts on two free cores."""


MAX_NAMED = 10
"""Conversations that `ingest` names with what it took them for; more would be a scroll."""


async def ingest(paths: list[Path], given: Given, *, as_json: bool) -> int:
    """Read conversations into the library, naming everything that could not be read."""
    _check_date(given)
    async with app_session() as app:
        with progress_bar("Reading") as report:
            summary = await app.importer.import_paths(paths, report, given)
        with progress_bar("Indexing by meaning") as report:
            await app.search.refresh(report)
        if summary.new or summary.revised:
            await app.store.index.optimize()
        left = await _refine_index(app)
    for problem in summary.problems:
        typer.echo(sanitise(problem), err=True)
    if as_json:
        problems = [str(problem) for problem in summary.problems]
        taken = [_origin_json(origin) for origin in summary.origins]
        counts = asdict(replace(summary, problems=(), origins=()))
        print_json({**counts, "problems": problems, "origins": taken, "left": left})
    else:
        for origin in summary.origins if summary.new + summary.revised <= MAX_NAMED else ():
            typer.echo(sanitise(taken_as(origin)))
        rate = f", {summary.words:,} words in {summary.seconds:.1f} s" if summary.words else ""
        is_empty = not (summary.problems or summary.new or summary.revised or summary.unchanged)
        typer.echo("There is no file there of a kind that is read." if is_empty else format_summary(summary) + rate)
        if summary.undated:
            typer.echo(undated_notice(summary.undated))
        if left:
            typer.echo(f"Still indexing {left:,} passages and claims by meaning; the running bot will finish them.")
    return 1 if summary.problems and not (summary.new or summary.revised or summary.unchanged) else 0


def _check_date(given: Given) -> None:
    try:
        parse_date(given.date or "2000-01-01", dt.datetime.now(dt.UTC).date())
    except ParseError as error:
        message = f"--date: {error}."
        raise UserError(message) from None


async def _refine_index(app: App) -> int:
    """Refine the index for a while, the latest first; return how many passages and claims are left."""
    with suppress(TimeoutError), progress_bar("Refining the index") as report:
        async with asyncio.timeout(REFINE_SECONDS):
            await app.search.encode_pending(report, background=False)
    return await app.search.count_pending()


async def extract(path: Path, given: Given, *, as_json: bool) -> int:
    """Show what would be read from a file, and as which format, storing nothing."""
    _check_date(given)
    problems = readings = 0
    async with app_session() as app:
        async for form, item in app.importer.preview(path, given):
            if isinstance(item, InputError):
                problems += 1
                typer.echo(sanitise(item), err=True)
                continue
            readings += 1
            if as_json:
                print_json(_reading_json(item, form))
            else:
                show(claims_view(item.claims, f"{taken_as(item.conversation.origin)} ({form})"))
    return 1 if problems and not readings else 0


def _reading_json(reading: Analysis, form: str) -> dict[str, object]:
    return {
        **_origin_json(reading.conversation.origin),
        "format": form,
        "claims": [_claim_json(claim) for claim in reading.claims],
        "entities": [{"name": entity.name, "kind": entity.kind.value} for entity in reading.entities],
    }


def _origin_json(origin: Origin) -> dict[str, str | None]:
    """Return what a conversation was taken for; its date is null if nobody knows it."""
    date = None if origin.date == UNDATED else origin.date.isoformat()
    return {"id": origin.conversation, "show": origin.show, "title": origin.title, "date": date}


def _claim_json(claim: Claim) -> dict[str, object]:
    return {
        "text": claim.text,
        "quote": claim.quote,
        "turn": claim.turn,
        "start": claim.start,
        "end": claim.end,
        "speaker": claim.speaker,
        "claimant": claim.claimant,
        "relayers": list(claim.relayers),
        "modality": claim.modality.value,
        "figures": [asdict(figure) for figure in claim.figures],
        "entities": [
            {"name": m.name, "kind": m.kind.value, "about": m.about, "heard_as": m.heard_as} for m in claim.entities
        ],
        "importance": claim.importance,
        "needs_context": claim.needs_context,
        "about": claim.about,
        "lead_in": asdict(claim.lead_in) if claim.lead_in else None,
        "happened": _event_date_json(claim.happened) if claim.happened else None,
    }


def _event_date_json(date: EventDate) -> dict[str, str]:
    return {"first": date.first.isoformat(), "last": date.last.isoformat()}
