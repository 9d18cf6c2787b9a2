"""`ingest` and `extract`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

import typer

from bot.app import App
from bot.chat.text import sanitise
from bot.cli.session import app_session, print_json, progress_bar, show
from bot.domain import Analysis, Claim, EventDate
from bot.errors import InputError
from bot.ingest.importer import format_summary
from bot.views.answer import claims_view

REFINE_SECONDS = 30
"""How long `ingest` goes on indexing by meaning: enough for a thousand short texts on two free cores."""


async def ingest(paths: list[Path], *, as_json: bool) -> int:
    """Read conversations into the library, naming everything that could not be read."""
    async with app_session() as app:
        with progress_bar("Reading") as report:
            summary = await app.importer.import_paths(paths, report)
        with progress_bar("Indexing by meaning") as report:
            await app.search.refresh(report)
        if summary.new or summary.revised:
            await app.store.index.optimize()
        left = await _refine_index(app)
    for problem in summary.problems:
        typer.echo(sanitise(problem), err=True)
    if as_json:
        problems = [str(problem) for problem in summary.problems]
        print_json({**asdict(replace(summary, problems=())), "problems": problems, "left": left})
    else:
        rate = f", {summary.words:,} words in {summary.seconds:.1f} s" if summary.words else ""
        typer.echo(format_summary(summary) + rate)
        if left:
            typer.echo(f"Still indexing {left:,} passages and claims by meaning; the running bot will finish them.")
    return 1 if summary.problems and not (summary.new or summary.revised or summary.unchanged) else 0


async def _refine_index(app: App) -> int:
    """Refine the index for a while, the latest first; return how many passages and claims are left."""
    with suppress(TimeoutError), progress_bar("Refining the index") as report:
        async with asyncio.timeout(REFINE_SECONDS):
            await app.search.encode_pending(report, background=False)
    return await app.search.count_pending()


async def extract(path: Path, *, as_json: bool) -> int:
    """Show what would be read from a file, and as which format, storing nothing."""
    problems = readings = 0
    async with app_session() as app:
        async for form, item in app.importer.preview(path):
            if isinstance(item, InputError):
                problems += 1
                typer.echo(sanitise(item), err=True)
                continue
            readings += 1
            if as_json:
                print_json(_reading_json(item, form))
            else:
                talk = item.conversation
                show(claims_view(item.claims, f"{talk.show}: {talk.title} ({form})"))
    return 1 if problems and not readings else 0


def _reading_json(reading: Analysis, form: str) -> dict[str, object]:
    return {
        "id": reading.conversation.id,
        "format": form,
        "claims": [_claim_json(claim) for claim in reading.claims],
        "entities": [{"name": entity.name, "kind": entity.kind.value} for entity in reading.entities],
    }


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
