"""A bot's installation pages on loopback, with the fake Slack they lead to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientSession, web

from bot.platforms.slack.api import web_client
from bot.platforms.slack.manifest import REDIRECT_PATH
from bot.platforms.slack.oauth import INSTALL_PATH, OAuthPages, OAuthStates
from bot.platforms.slack.spec import SlackSettings
from bot.platforms.slack.tokens import Installations, Tokens
from bot.store.store import open_store
from bot.store.vault import Vault, new_key
from tests.fakes import FixedClock
from tests.servers.slack import FakeSlack, Page, User, Workspace

SCOPES = ("chat:write", "commands", "im:history")


class CountingVault:
    """A Vault that counts how often it is asked."""

    def __init__(self, inner: Vault) -> None:
        self.inner = inner
        self.asked = 0

    async def put(self, name: str, value: str) -> None:
        """Keep a secret."""
        self.asked += 1
        await self.inner.put(name, value)

    async def get(self, name: str) -> str | None:
        """Return a secret."""
        self.asked += 1
        return await self.inner.get(name)

    async def drop(self, prefix: str) -> int:
        """Forget secrets."""
        self.asked += 1
        return await self.inner.drop(prefix)

    async def names(self, prefix: str) -> list[str]:
        """Return names."""
        self.asked += 1
        return await self.inner.names(prefix)


@dataclass
class Site:
    """The pages at `root`, the fake Slack, a workspace `acme` with a person, and what stands behind the pages."""

    slack: FakeSlack
    settings: SlackSettings
    vault: CountingVault
    session: ClientSession
    clock: FixedClock
    acme: Workspace
    ann: User
    root: str = ""
    gone: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens = self.process()

    def process(self, vault: Vault | None = None, gone: Callable[[str], Awaitable[object]] | None = None) -> Tokens:
        """Return the tokens as a process has them that has just begun, or a second one."""
        client = web_client(self.settings, self.session)
        return Tokens(Installations(vault or self.vault), client, self.settings, self.clock, gone or self._left)

    async def install(self, user: User | None = None, *, agree: bool = True) -> Page:
        """Let a person install the app."""
        return await self.slack.install(f"{self.root}{INSTALL_PATH}", user or self.ann, agree=agree)

    def exchanges(self) -> int:
        """Return how often a code or a refresh token was to be exchanged."""
        return len(self.slack.calls_of("oauth.v2.access"))

    async def good(self, token: str) -> bool:
        """Ask Slack whether a token is good."""
        headers = {"Authorization": f"Bearer {token}"}
        async with self.session.post(f"{self.slack.api_url}auth.test", headers=headers) as answer:
            return bool((await answer.json())["ok"])

    async def _left(self, workspace: str) -> None:
        self.gone.append(workspace)


@asynccontextmanager
async def installing(
    path: Path, clock: FixedClock, key: str | None = None, *, rotates: bool = True
) -> AsyncIterator[Site]:
    """Open the pages, on a database of their own."""
    async with (
        FakeSlack(clock, rotates=rotates) as slack,
        open_store(path, new_key() if key is None else key) as store,
        ClientSession() as session,
    ):
        acme = slack.world.workspace("Acme & <Sons>", installed=False)
        ann = slack.world.user(acme.id, "Ann")
        settings = SlackSettings(
            signing_secret=slack.signing_secret,
            client_id=slack.client_id,
            client_secret=slack.client_secret,
            api_url=slack.api_url,
            authorize_url=slack.authorize_url,
        )
        site = Site(slack, settings, CountingVault(store.vault), session, clock, acme, ann)
        states, client = OAuthStates(site.vault, clock), web_client(settings, session)
        async with served(OAuthPages(states, site.tokens, client, settings, SCOPES, clock).routes()) as site.root:
            slack.redirect_uris = (f"{site.root}{REDIRECT_PATH}",)
            yield site
        await site.tokens.close()


@asynccontextmanager
async def served(routes: list[web.RouteDef]) -> AsyncIterator[str]:
    """Serve routes on a free port of this machine, and return where."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
