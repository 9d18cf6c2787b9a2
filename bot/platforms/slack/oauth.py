"""Installing the app over HTTP: `/slack/install` leads to Slack, which leads back to `/slack/oauth_redirect`."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from collections.abc import Awaitable, Sequence
from html import escape
from http import HTTPStatus
from urllib.parse import urlencode, urljoin

from aiohttp import web
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.web.async_client import AsyncWebClient

from bot.due_times import Clock
from bot.errors import PlatformError
from bot.platforms.slack.api import Refused, exchange_token, translate_errors
from bot.platforms.slack.manifest import REDIRECT_PATH
from bot.platforms.slack.spec import SlackSettings
from bot.platforms.slack.tokens import Tokens
from bot.store.vault import Vault

_logger = logging.getLogger(__name__)

INSTALL_PATH = "/slack/install"

_STATE_COOKIE = "overheard-install"
_LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}


class OAuthPages:
    """The two pages by which a workspace installs the app; no failure shows more than a sentence."""

    def __init__(
        self,
        states: OAuthStates,
        tokens: Tokens,
        client: AsyncWebClient,
        settings: SlackSettings,
        scopes: Sequence[str],
        clock: Clock,
    ) -> None:
        self._states = states
        self._tokens = tokens
        self._client = client
        self._settings = settings
        self._scopes = scopes
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """Return the pages, for an aiohttp application."""
        return [
            web.get(INSTALL_PATH, self.install, allow_head=False),
            web.get(REDIRECT_PATH, self.redirect, allow_head=False),
        ]

    async def install(self, request: web.Request) -> web.Response:
        """Send the person to Slack, with a state that only their browser can bring back."""
        return await _with_error_page(self._redirect_to_slack(request))

    async def redirect(self, request: web.Request) -> web.Response:
        """Receive the person back from Slack: save the tokens, and say what happened."""
        response = await _with_error_page(self._handle_callback(request))
        response.del_cookie(_STATE_COOKIE, path="/slack")
        return response

    async def _redirect_to_slack(self, request: web.Request) -> web.Response:
        state = await self._states.issue()
        asked = {"client_id": self._settings.client_id, "scope": ",".join(self._scopes), "state": state}
        headers = {"Location": f"{self._settings.authorize_url}?{urlencode(asked)}", "Cache-Control": "no-store"}
        response = web.Response(status=HTTPStatus.FOUND, headers=headers)
        response.set_cookie(
            _STATE_COOKIE,
            state,
            max_age=STATE_LIFETIME_SECONDS,
            path="/slack",
            secure=request.url.host not in _LOOPBACK_HOSTS,
            httponly=True,
            samesite="Lax",
        )
        return response

    async def _handle_callback(self, request: web.Request) -> web.Response:
        state, code, refusal = (request.query.get(name, "") for name in ("state", "code", "error"))
        is_same_browser = bool(state) and state == request.cookies.get(_STATE_COOKIE)
        is_fresh = is_same_browser and await self._states.consume(state)
        if refusal == "access_denied":
            return _retry_page("Nothing was installed", "You cancelled, and nothing has changed.", HTTPStatus.OK)
        if refusal:
            return _retry_page("Slack did not accept that", f"Its reason is “{refusal[:80]}”. Nothing was installed.")
        if not is_same_browser:
            return _retry_page("This didn't start here", "Start and finish the installation in the same browser.")
        if not is_fresh or not code:
            return _retry_page(
                "This link has already been used", "It works once, within ten minutes. Nothing has changed."
            )
        installation = await self._exchange_code(code)
        await self._tokens.save(installation)
        return self._success_page(installation)

    async def _exchange_code(self, code: str) -> Installation:
        granted = await exchange_token(self._client, self._settings, code=code)
        if granted.get("token_type") != "bot":
            missing = "no_bot_token"
            raise Refused(missing)
        # The only time that Slack is asked who the bot is.
        bot = await translate_errors(self._client.auth_test(token=granted["access_token"]))
        team, org = granted.get("team") or {}, granted.get("enterprise") or {}
        now = self._clock.now().timestamp()
        lasting = granted.get("expires_in")
        return Installation(
            app_id=granted.get("app_id"),
            enterprise_id=org.get("id"),
            enterprise_name=org.get("name"),
            team_id=team.get("id"),
            team_name=team.get("name"),
            bot_token=granted["access_token"],
            bot_id=bot.get("bot_id"),
            bot_user_id=granted.get("bot_user_id"),
            bot_scopes=granted.get("scope") or "",
            bot_refresh_token=granted.get("refresh_token"),
            bot_token_expires_at=None if lasting is None else int(now + lasting),
            user_id=(granted.get("authed_user") or {}).get("id", ""),
            is_enterprise_install=granted.get("is_enterprise_install"),
            token_type=granted["token_type"],
            installed_at=now,
        )

    def _success_page(self, installation: Installation) -> web.Response:
        where = {"app": installation.app_id or "", "team": installation.team_id or ""}
        name = installation.team_name or installation.enterprise_name or "your workspace"
        return html_page(
            f"Overheard is installed in {name}",
            "Open it in Slack, ask it a question, or invite it to a channel and subscribe the channel to the brief.",
            link=urljoin(self._settings.authorize_url, f"/app_redirect?{urlencode(where)}"),
            label="Open Slack",
        )


def _retry_page(title: str, words: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> web.Response:
    return html_page(title, words, link=INSTALL_PATH, label="Begin again", status=status)


async def _with_error_page(work: Awaitable[web.Response]) -> web.Response:
    """Return the page, or one that says why there is none."""
    try:
        return await work
    except Refused as error:
        _logger.warning("Slack refused an installation: %s", error.code)
        return _retry_page("Slack did not accept that", f"Its reason is “{error.code}”. Nothing was installed.")
    except PlatformError:
        words = "Nothing was installed. Try again in a minute."
        return _retry_page("Slack did not answer", words, HTTPStatus.BAD_GATEWAY)
    except Exception:
        incident = secrets.token_hex(3)
        _logger.exception("An installation failed (incident %s)", incident)
        words = f"It wasn't you. Give whoever runs Overheard the number {incident}. Nothing was installed."
        return _retry_page("Something went wrong on our side", words, HTTPStatus.INTERNAL_SERVER_ERROR)


_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    # The address of the page carries the code that Slack gave.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1.5rem }}
h1 {{ font-size: 1.6rem; line-height: 1.25 }}
</style>
<h1>{title}</h1>
<p>{words}</p>
<p><a href="{link}">{label}</a></p>
</html>
"""


def html_page(title: str, words: str, *, link: str, label: str, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """Return a page of a heading, a paragraph and one link; values never become markup."""
    html = _PAGE.format(title=escape(title), words=escape(words), link=escape(link), label=escape(label))
    return web.Response(text=html, content_type="text/html", charset="utf-8", status=status, headers=_HEADERS)


STATE_LIFETIME_SECONDS = 600
"""How long a person may take to decide."""

_FOLDER = "slack/states/"
_STATE = re.compile(r"([0-9]{10})\.[A-Za-z0-9_-]{43}")


class OAuthStates:
    """OAuth states that are good once, for ten minutes, also across restarts and processes."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    async def issue(self) -> str:
        """Return a state that nobody can guess, and delete expired ones."""
        await self._delete_expired()
        state = f"{self._now() + STATE_LIFETIME_SECONDS:010d}.{secrets.token_urlsafe(32)}"
        await self._vault.put(_vault_name(state), "")
        return state

    async def consume(self, state: str) -> bool:
        """Use up a state; return False if it isn't ours, was used before or has expired."""
        match = _STATE.fullmatch(state)
        return match is not None and int(match[1]) >= self._now() and await self._vault.drop(_vault_name(state)) == 1

    async def _delete_expired(self) -> None:
        for name in await self._vault.names(_FOLDER):
            if int(name.split("/")[2]) < self._now():
                await self._vault.drop(name)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _vault_name(state: str) -> str:
    # Names are kept in clear, so that a state itself is in none.
    return f"{_FOLDER}{state.partition('.')[0]}/{hashlib.sha256(state.encode()).hexdigest()}"
