"""What `doctor` finds of Slack."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

from bot.config import Settings, SlackSettings
from bot.domain.finding import Finding
from bot.errors import Denied, PlatformError
from bot.store.vault import new_key

if TYPE_CHECKING:
    from bot.platforms.slack.scopes import TokenInfo

_FIVE_STEPS = "The README has the five steps; they begin with `overheard manifest slack`."
_INSTALL = "pip install 'overheard[slack]'"
_WHERE_BOT = "It begins with xoxb-: OAuth & Permissions → Bot User OAuth Token."
_WHERE_APP = "It begins with xapp-: Basic Information → App-Level Tokens, generated with the scope connections:write."
_CREDENTIALS_ADVICE = "Many workspaces over HTTP need it: Basic Information → App Credentials."
_REINSTALL_ADVICE = (
    "Paste what `overheard manifest slack` prints under App Manifest, save it, then reinstall under Install App."
)
_KEY_BYTES = 32

# A bot token that is rotated has xoxe. before it.
_BOT_TOKEN = re.compile(r"(?:xoxe\.)?xoxb-[\w-]+", re.ASCII)
_APP_TOKEN = re.compile(r"xapp-[\w-]+", re.ASCII)


async def examine(settings: Settings) -> tuple[bool, list[Finding]]:
    """Return whether Slack is configured, and what there is to say of it; Slack is asked once it is."""
    if troubles := list(_configuration_problems(settings)):
        return False, troubles
    if settings.slack.uses_socket_mode:
        return True, await _ask_slack(settings.slack)
    return True, [Finding("Slack", f"many workspaces, over HTTP on {settings.http_host}:{settings.http_port}")]


def _configuration_problems(settings: Settings) -> Iterator[Finding]:
    slack = settings.slack
    one, many = bool(slack.bot_token or slack.app_token), bool(slack.client_id or slack.client_secret)
    absent = [name for name in ("aiohttp", "cryptography", "slack_bolt") if find_spec(name) is None]
    if not (one or many or slack.signing_secret):
        yield Finding("Slack", "not connected", f"{_INSTALL}\n{_FIVE_STEPS}" if absent else _FIVE_STEPS)
        return
    if absent:
        yield Finding("Slack", f"not installed ({', '.join(absent)})", _INSTALL)
    if one:
        yield from _token_problems(slack)
    if many or not one:
        yield from _client_problems(settings)


def _token_problems(slack: SlackSettings) -> Iterator[Finding]:
    if slack.bot_token.startswith("xapp-") and slack.app_token.startswith("xoxb-"):
        yield Finding("Slack", "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are swapped", f"{_WHERE_BOT}\n{_WHERE_APP}")
        return
    for name, token, shape, where in (
        ("SLACK_BOT_TOKEN", slack.bot_token, _BOT_TOKEN, _WHERE_BOT),
        ("SLACK_APP_TOKEN", slack.app_token, _APP_TOKEN, _WHERE_APP),
    ):
        if not token:
            yield Finding("Slack", f"{name} is missing", where)
        elif not shape.fullmatch(token):
            yield Finding("Slack", f"{name} holds something else", where)


def _client_problems(settings: Settings) -> Iterator[Finding]:
    slack = settings.slack
    for name, value in (
        ("SLACK_CLIENT_ID", slack.client_id),
        ("SLACK_CLIENT_SECRET", slack.client_secret),
        ("SLACK_SIGNING_SECRET", slack.signing_secret),
    ):
        if not value:
            yield Finding("Slack", f"{name} is missing", _CREDENTIALS_ADVICE)
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


async def _ask_slack(slack: SlackSettings) -> list[Finding]:
    try:
        return [*await _bot_findings(slack), *await _socket_findings(slack)]
    except PlatformError as error:
        return [Finding("Slack", "not asked", str(error))]


async def _bot_findings(slack: SlackSettings) -> list[Finding]:
    from bot.platforms.slack.scopes import inspect_token

    try:
        grant = await inspect_token(slack.bot_token, slack.api_url)
    except Denied as error:
        return [Finding("Slack", "SLACK_BOT_TOKEN is refused", str(error))]
    return [Finding("Slack", f"{grant.workspace}, as @{grant.bot_name}"), *_scope_findings(grant)]


async def _socket_findings(slack: SlackSettings) -> list[Finding]:
    from bot.platforms.slack.scopes import check_app_token

    try:
        await check_app_token(slack.app_token, slack.api_url)
    except Denied as error:
        return [Finding("Slack", "SLACK_APP_TOKEN is refused", str(error))]
    return [Finding("Slack socket", "may be opened")]


def _scope_findings(grant: TokenInfo) -> Iterator[Finding]:
    if grant.scopes is None:
        yield Finding("Slack scopes", "not told", "Slack did not say what the bot may do; try again later.")
    elif grant.missing:
        yield Finding("Slack scopes", "some are missing", "\n".join([*_scope_uses(grant.missing), _REINSTALL_ADVICE]))
    elif not grant.declined:
        yield Finding("Slack scopes", "all granted")
    if grant.declined:
        yield Finding("Slack scopes", f"declined, which is allowed: {'; '.join(_scope_uses(grant.declined))}")


def _scope_uses(scopes: Mapping[str, str]) -> list[str]:
    return [f"{name}, to {use}" for name, use in scopes.items()]
