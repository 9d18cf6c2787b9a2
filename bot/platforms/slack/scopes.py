"""What Slack has granted to a token, asked once; for `doctor`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.errors import Denied, PlatformError
from bot.platforms.slack.manifest import OPTIONAL_SCOPES, SCOPES

TIMEOUT_SECONDS = 4.0
"""How many seconds Slack is given for each answer."""

_UNKNOWN = "Slack does not know this token; copy it once more, whole."
_REVOKED = "This token is no longer good: install the app again and copy the new one."
_REFUSALS = {
    "invalid_auth": _UNKNOWN,
    "not_authed": _UNKNOWN,
    "account_inactive": _REVOKED,
    "token_revoked": _REVOKED,
    "token_expired": _REVOKED,
    "not_allowed_token_type": "This is a token of another kind.",
    "missing_scope": "This token lacks the scope connections:write; generate another one with it.",
}


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """Where a bot token leads; `scopes` is None where Slack did not say."""

    workspace: str
    bot_name: str
    scopes: frozenset[str] | None

    @property
    def missing(self) -> dict[str, str]:
        """Scopes that the bot needs and lacks, with what they are for."""
        return self._missing_from(SCOPES)

    @property
    def declined(self) -> dict[str, str]:
        """Scopes that the bot lacks and can do without, with what they are for."""
        return self._missing_from(OPTIONAL_SCOPES)

    def _missing_from(self, wanted: Mapping[str, str]) -> dict[str, str]:
        return {} if self.scopes is None else {name: use for name, use in wanted.items() if name not in self.scopes}


async def inspect_token(bot_token: str, api_url: str) -> TokenInfo:
    """Ask whose a bot token is and what it may do.

    Raises Denied where Slack refuses it, PlatformError where Slack cannot be asked; both in words, within `PATIENCE`.
    """
    said, scopes = await _call("auth.test", bot_token, api_url)
    known = None if scopes is None else frozenset(scope.strip() for scope in scopes.split(","))
    return TokenInfo(str(said.get("team", "")), str(said.get("user", "")), known)


async def check_app_token(app_token: str, api_url: str) -> None:
    """Ask whether an app-level token may open a socket; raises as `granted` does."""
    await _call("apps.connections.open", app_token, api_url)


async def _call(method: str, token: str, api_url: str) -> tuple[Mapping[str, object], str | None]:
    url = f"{api_url.rstrip('/')}/{method}"
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=TIMEOUT_SECONDS), trust_env=True) as session,
            session.post(url, headers={"Authorization": f"Bearer {token}"}) as response,
        ):
            said = await response.json(content_type=None)
            scopes = response.headers.get("x-oauth-scopes")
    except (ClientError, OSError) as error:
        message = f"Slack cannot be reached at {api_url}; is there a network, and is SLACK_API_URL right?"
        raise PlatformError(message) from error
    except ValueError as error:
        message = f"What answers at {api_url} is not Slack."
        raise PlatformError(message) from error
    return _checked_body(said, api_url), scopes


def _checked_body(body: object, api_url: str) -> Mapping[str, object]:
    if not isinstance(body, dict) or "ok" not in body:
        message = f"What answers at {api_url} is not Slack."
        raise PlatformError(message)
    reason = "" if body["ok"] else str(body.get("error", ""))
    if reason in _REFUSALS:
        raise Denied(_REFUSALS[reason])
    if not body["ok"]:
        message = f"Slack answers {reason!r}; try again in a minute, and install the app again if that stays."
        raise PlatformError(message)
    return body
