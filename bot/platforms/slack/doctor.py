"""What `doctor` finds of Slack: the settings, and what a token may do."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bot.config import Settings
from bot.errors import Denied, PlatformError
from bot.platforms.probe import TIMEOUT_SECONDS, Probe
from bot.platforms.slack.manifest import OPTIONAL_SCOPES, SCOPES
from bot.platforms.slack.spec import TOKEN_REFUSALS, SlackSettings
from bot.platforms.spec import Finding
from bot.store.vault import new_key

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


def problems(settings: Settings) -> Iterator[Finding]:
    """Yield what is missing or wrong, each with where to find it."""
    slack = settings.platform(SlackSettings)
    one_workspace, many = bool(slack.bot_token or slack.app_token), bool(slack.client_id or slack.client_secret)
    if one_workspace:
        yield from _token_problems(slack)
    if many or not one_workspace:
        yield from _client_problems(slack, settings.secret_key)


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


def _client_problems(slack: SlackSettings, secret_key: str) -> Iterator[Finding]:
    for name, value in (
        ("SLACK_CLIENT_ID", slack.client_id),
        ("SLACK_CLIENT_SECRET", slack.client_secret),
        ("SLACK_SIGNING_SECRET", slack.signing_secret),
    ):
        if not value:
            yield Finding("Slack", f"{name} is missing", _CREDENTIALS_ADVICE)
    keys = [key.strip() for key in secret_key.split(",") if key.strip()]
    if not keys or not all(_is_key(key) for key in keys):
        state = "holds something else" if keys else "is missing"
        advice = f"It encrypts the tokens of workspaces. Here is a fresh one:\nOVERHEARD_SECRET_KEY={new_key()}"
        yield Finding("Slack", f"OVERHEARD_SECRET_KEY {state}", advice)


def _is_key(text: str) -> bool:
    try:
        return len(urlsafe_b64decode(text)) == _KEY_BYTES
    except ValueError:
        return False


async def examine(settings: Settings, timeout_seconds: float = TIMEOUT_SECONDS) -> list[Finding]:
    """Return what there is to say of a Slack that is configured; over HTTP there is no token yet to ask about."""
    slack = settings.platform(SlackSettings)
    if not slack.uses_socket_mode:
        return [Finding("Slack", f"many workspaces, over HTTP on {settings.http_host}:{settings.http_port}")]
    try:
        bot = Probe("Slack", slack.api_url, f"Bearer {slack.bot_token}", timeout_seconds)
        app = replace(bot, authorization=f"Bearer {slack.app_token}")
        return [*await _bot_findings(bot), await _socket_finding(app)]
    except PlatformError as error:
        return [Finding("Slack", "not asked", str(error))]


async def _bot_findings(probe: Probe) -> list[Finding]:
    try:
        token = await _inspect_token(probe)
    except Denied as error:
        return [Finding("Slack", "SLACK_BOT_TOKEN is refused", str(error))]
    return [Finding("Slack", f"{token.workspace}, as @{token.bot_name}"), *_scope_findings(token)]


async def _socket_finding(probe: Probe) -> Finding:
    try:
        await _call(probe, "apps.connections.open")
    except Denied as error:
        return Finding("Slack", "SLACK_APP_TOKEN is refused", str(error))
    return Finding("Slack socket", "may be opened")


def _scope_findings(token: _TokenInfo) -> Iterator[Finding]:
    missing, declined = token.lacks(SCOPES), token.lacks(OPTIONAL_SCOPES)
    if token.scopes is None:
        yield Finding("Slack scopes", "not told", "Slack did not say what the bot may do; try again later.")
    elif missing:
        yield Finding("Slack scopes", "some are missing", "\n".join([*missing, _REINSTALL_ADVICE]))
    elif not declined:
        yield Finding("Slack scopes", "all granted")
    if declined:
        yield Finding("Slack scopes", f"declined, which is allowed: {'; '.join(declined)}")


@dataclass(frozen=True, slots=True)
class _TokenInfo:
    """Where a bot token leads; `scopes` is None if Slack did not say."""

    workspace: str
    bot_name: str
    scopes: frozenset[str] | None

    def lacks(self, wanted: Mapping[str, str]) -> list[str]:
        """Return the scopes that the token lacks, each with its use."""
        scopes = wanted if self.scopes is None else self.scopes
        return [f"{name}, to {use}" for name, use in wanted.items() if name not in scopes]


async def _inspect_token(probe: Probe) -> _TokenInfo:
    """Ask whose a bot token is and what it may do.

    Raises Denied if Slack refuses it, PlatformError if Slack cannot be asked.
    """
    body, scopes = await _call(probe, "auth.test")
    granted = None if scopes is None else frozenset(scope.strip() for scope in scopes.split(","))
    return _TokenInfo(str(body.get("team", "")), str(body.get("user", "")), granted)


async def _call(probe: Probe, method: str) -> tuple[Mapping[str, object], str | None]:
    _, body, headers = await probe.ask(method, "POST")
    if not isinstance(body, dict) or "ok" not in body:
        raise probe.impostor()
    reason = "" if body["ok"] else str(body.get("error", ""))
    if reason in TOKEN_REFUSALS:
        raise Denied(TOKEN_REFUSALS[reason])
    if not body["ok"]:
        message = f"Slack answers {reason!r}; try again in a minute, and install the app again if that stays."
        raise PlatformError(message)
    return body, headers.get("x-oauth-scopes")
