"""Files that people share: what events tell of them, and where the app gets their bytes."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers.slack.state import JSON, User

if TYPE_CHECKING:
    from tests.servers.slack.server import FakeSlack

PATH, SIGN_IN = "/files-pri/{key}/download/{name}", "/signin"
SCOPE = "files:read"
METHOD = "file"
"""The name under which downloads are kept."""


class Files:
    """Files by their id; whoever has no right to one is led to a page where people sign in, as Slack does it.

    `downloads` are the answers to those who asked. With a `site`, files are told to be there; a `told_size` is told of
    each.
    """

    def __init__(self, slack: FakeSlack) -> None:
        self.slack = slack
        self.known: dict[str, tuple[str, bytes, str]] = {}
        self.downloads: list[int] = []
        self.site = ""
        self.told_size: int | None = None

    def share(self, user: User, name: str, content: bytes) -> JSON:
        """Upload a file, and return it as events and views show it."""
        key, kind = self.slack.world.stamps.id("F"), mimetypes.guess_type(name)[0] or "application/octet-stream"
        self.known[key] = user.team, content, kind
        path = PATH.format(key=f"{user.team}-{key}", name=name.lower().replace(" ", "_"))
        url = f"{self.site or self.slack.root}{path}"
        return {
            "id": key,
            "created": int(self.slack.world.now().timestamp()),
            "name": name,
            "title": name,
            "mimetype": kind,
            "filetype": name.rpartition(".")[2],
            "user": user.id,
            "user_team": user.team,
            "mode": "hosted",
            "size": len(content) if self.told_size is None else self.told_size,
            "is_external": False,
            "is_public": False,
            "file_access": "visible",
            "url_private": url.replace("/download/", "/"),
            "url_private_download": url,
        }

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Give a file to a token of its workspace that may read files, and lead anybody else to the sign-in page."""
        team, _, key = request.match_info["key"].partition("-")
        token = self.slack.world.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        allowed = token is not None and not token.revoked and token.team == team and SCOPE in token.scopes
        self.downloads.append(200 if allowed else 302)
        if not allowed:
            return web.Response(status=302, headers={"Location": f"{SIGN_IN}?redir={request.path}"})
        if key not in self.known:
            return web.Response(status=404)
        _, content, kind = self.known[key]
        return web.Response(body=content, content_type=kind)

    async def sign_in(self, _: web.Request) -> web.StreamResponse:
        """Show the page where people sign in."""
        return web.Response(
            text="<!DOCTYPE html><html><head><title>Slack</title></head></html>", content_type="text/html"
        )
