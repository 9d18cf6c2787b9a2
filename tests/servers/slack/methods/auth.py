"""auth.*, apps.* and oauth.*: who the app is, and how it came by its tokens."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.servers.slack.errors import SlackError
from tests.servers.slack.events import APP
from tests.servers.slack.registry import method, refuse
from tests.servers.slack.state import JSON, Token, Workspace

if TYPE_CHECKING:
    from tests.servers.slack.server import FakeSlack

CODE_SECONDS = 600
"""How long a code can be exchanged."""

ACCESS_SECONDS = 43_200
"""How long an access token lives where tokens rotate: twelve hours."""


@dataclass(slots=True)
class Grant:
    """What a person agreed to; the app exchanges it once for a token."""

    team: str
    user: str
    scopes: frozenset[str]
    redirect_uri: str
    at: dt.datetime
    used: bool = False


@method("auth.test")
def test(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Say who a token speaks for."""
    del args
    workspace = slack.world.workspaces[caller.team]
    return {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.name,
        "user": "overheard",
        "team_id": workspace.id,
        "user_id": workspace.bot,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


@method("auth.revoke")
def revoke(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Give a token back."""
    del slack
    caller.revoked = not args.get("test")
    return {"revoked": caller.revoked}


@method("apps.connections.open", "connections:write", "app")
def connect(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Return where to open a socket."""
    del caller, args
    refuse("internal_error", when=slack.sockets.refusing)
    return {"url": f"{slack.root.replace('http', 'ws', 1)}/link/?ticket={slack.sockets.ticket()}&app_id={APP}"}


@method("oauth.v2.access", kind="")
def access(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Exchange a code, or a refresh token, for an access token."""
    del caller
    refuse("invalid_client_id", when=args.get("client_id") != slack.client_id)
    refuse("bad_client_secret", when=args.get("client_secret") != slack.client_secret)
    grant = args.get("grant_type", "authorization_code")
    refuse("invalid_grant_type", when=grant not in {"authorization_code", "refresh_token"})
    if grant == "refresh_token":
        return _refreshed(slack, str(args.get("refresh_token")))
    return _exchanged(slack, str(args.get("code")), args.get("redirect_uri"))


def _exchanged(slack: FakeSlack, code: str, redirect_uri: str | None) -> JSON:
    grant = slack.grants.get(code)
    if grant is None or (slack.world.now() - grant.at).total_seconds() > CODE_SECONDS:
        failure = "invalid_code"
        raise SlackError(failure)
    refuse("code_already_used", when=grant.used)
    refuse("bad_redirect_uri", when=bool(redirect_uri or grant.redirect_uri) and redirect_uri != grant.redirect_uri)
    grant.used = True
    workspace = slack.world.workspaces[grant.team]
    return _issued(slack, workspace, grant.scopes) | {"authed_user": {"id": grant.user}}


def _refreshed(slack: FakeSlack, value: str) -> JSON:
    token = slack.world.tokens.get(value)
    if token is None or token.kind != "refresh" or token.revoked:
        failure = "invalid_refresh_token"
        raise SlackError(failure)
    token.revoked = True
    return _issued(slack, slack.world.workspaces[token.team], token.scopes)


def _issued(slack: FakeSlack, workspace: Workspace, scopes: frozenset[str]) -> JSON:
    seconds = ACCESS_SECONDS if slack.rotates else None
    token = slack.world.install(workspace, scopes, seconds=seconds)
    workspace.bot_token = token.value
    answer: JSON = {
        "app_id": APP,
        "access_token": token.value,
        "token_type": "bot",
        "scope": ",".join(sorted(scopes)),
        "bot_user_id": workspace.bot,
        "team": {"id": workspace.id, "name": workspace.name},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    if slack.rotates:
        refresh = slack.world.token("xoxe-1", "refresh", workspace.id, scopes)
        answer |= {"refresh_token": refresh.value, "expires_in": ACCESS_SECONDS}
    return answer
