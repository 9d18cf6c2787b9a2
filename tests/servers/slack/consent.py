"""OAuth as a person meets it: the page that asks, and a browser that walks through it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aiohttp import ClientSession, CookieJar, web
from yarl import URL

from tests.servers.slack.methods.auth import Grant
from tests.servers.slack.state import User

if TYPE_CHECKING:
    from tests.servers.slack.server import FakeSlack

PATH = "/oauth/v2/authorize"


@dataclass(frozen=True, slots=True)
class Page:
    """Where the browser ended up."""

    status: int
    text: str
    url: URL


class Consent:
    """The authorize page; a post to it is a person's decision."""

    def __init__(self, slack: FakeSlack) -> None:
        self.slack = slack

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Show what the app asks for."""
        query = request.query
        if query.get("client_id") != self.slack.client_id:
            return web.Response(status=400, text="invalid_client_id")
        if not query.get("scope"):
            return web.Response(status=400, text="no_scopes")
        uri = query.get("redirect_uri") or next(iter(self.slack.redirect_uris), "")
        if not uri or not _allowed(uri, self.slack.redirect_uris):
            return web.Response(status=400, text="bad_redirect_uri")
        return web.Response(text=f"<h1>Allow {html.escape(query['scope'])}?</h1>", content_type="text/html")

    async def decide(self, request: web.Request) -> web.StreamResponse:
        """Send the browser back to the app, with a code or a refusal."""
        form, query, world = await request.post(), request.query, self.slack.world
        back = {"state": query.get("state", "")}
        if form.get("agree") != "yes":
            back["error"] = "access_denied"
        else:
            code = f"code-{world.stamps.number('code')}"
            scopes = frozenset(query["scope"].split(","))
            uri = query.get("redirect_uri", "")
            self.slack.grants[code] = Grant(str(form["team"]), str(form["user"]), scopes, uri, world.now())
            back["code"] = code
        target = query.get("redirect_uri") or next(iter(self.slack.redirect_uris), "")
        location = f"{target}{'&' if '?' in target else '?'}{urlencode(back)}"
        return web.Response(status=302, headers={"Location": location})


async def installed(slack: FakeSlack, start: str, user: User, *, agree: bool = True) -> Page:
    """Walk from the app's install page through Slack's question back to the app, with cookies."""
    jar = CookieJar(unsafe=True, treat_as_secure_origin=[URL(start).origin()])
    async with ClientSession(cookie_jar=jar) as browser:
        async with browser.get(start) as first:
            page = Page(first.status, await first.text(), first.url)
        question = page.url if page.url.path == PATH else _link(slack, page)
        if question is None:
            return page
        async with browser.get(question) as asked:
            page = Page(asked.status, await asked.text(), asked.url)
        if page.status != 200:
            return page
        form = {"team": user.team, "user": user.id, "agree": "yes" if agree else "no"}
        async with browser.post(question, data=form) as last:
            return Page(last.status, await last.text(), last.url)


def _link(slack: FakeSlack, page: Page) -> URL | None:
    links = [html.unescape(link) for link in re.findall(r'href="([^"]+)"', page.text)]
    return next((URL(link, encoded=True) for link in links if link.startswith(slack.authorize_url)), None)


def _allowed(uri: str, known: tuple[str, ...]) -> bool:
    return not known or any(uri.startswith(one) for one in known)
