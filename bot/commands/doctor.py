"""`doctor`: what is configured, what is missing, and what to do about it."""

from __future__ import annotations

import platform
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from importlib.util import find_spec

import typer

from bot.app import App
from bot.commands.session import print_json, session

OLDEST_SQLITE = (3, 38)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `advice` is empty where all is well."""

    about: str
    state: str
    advice: str = ""


async def doctor(*, as_json: bool) -> int:
    """Print what was found; nothing that is merely missing makes this fail."""
    async with session() as app:
        findings = [*_machine(), *await _database(app), *_extras()]
    if as_json:
        print_json([asdict(finding) for finding in findings])
        return 0
    for finding in findings:
        mark = "!" if finding.advice else "✓"
        typer.echo(f"{mark} {finding.about}: {finding.state}")
        if finding.advice:
            typer.echo(f"    {finding.advice}")
    return 0


def _machine() -> Iterator[Finding]:
    yield Finding("Overheard", f"{metadata.version('overheard')} on Python {platform.python_version()}")
    old = sqlite3.sqlite_version_info < OLDEST_SQLITE
    yield Finding("SQLite", sqlite3.sqlite_version, "Use a Python with SQLite 3.38 or newer." if old else "")
    wide = sys.stdout.encoding.lower().startswith("utf")
    advice = "" if wide else "Set PYTHONIOENCODING=utf-8, so that names are shown as they are written."
    yield Finding("Terminal", sys.stdout.encoding, advice)


async def _database(app: App) -> list[Finding]:
    tally = await app.store.library.tally(space=app.space)
    size = f"{tally.conversations} conversations, {tally.claims} claims, {tally.entities} names"
    advice = "" if tally.conversations else "Read some: `overheard ingest PATH`, or `overheard run --samples`."
    paused = [s for s in await app.store.subscriptions.subscriptions(app.space) if s.state != "on"]
    findings = [
        Finding("Database", str(app.settings.database)),
        Finding("Library", size, advice),
        Finding("Time zone", app.zone, "" if app.zone != "UTC" else "Set OVERHEARD_TIMEZONE if yours is not UTC."),
    ]
    return findings + [Finding("Subscription", f"{s.at.channel}: {s.state}", "Subscribe again.") for s in paused]


def _extras() -> Iterator[Finding]:
    there = find_spec("numpy") is not None
    advice = "" if there else "pip install 'overheard[semantic]' finds what is said in other words, too."
    yield Finding("Search by meaning", "on" if there else "off, by words only", advice)
    yield Finding("Analyst", "plain: rules and the speakers' own words; no key, no network")
    yield Finding("Platforms", "console")
