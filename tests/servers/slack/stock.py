"""A Bolt app as its documentation runs it, over Socket Mode or over HTTP, in a workspace with one person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientSession, web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.servers.slack.server import FakeSlack
from tests.servers.slack.state import JSON, Channel, User, Workspace

EVENTS = "/slack/events"


@dataclass
class Scene:
    """A workspace with one person, one channel that the app is in too, and a client that re-sends nothing."""

    slack: FakeSlack
    acme: Workspace
    ann: User
    room: Channel
    client: AsyncWebClient


@dataclass
class Running(Scene):
    """The same with a Bolt app that runs, and every body it heard."""

    app: AsyncApp
    heard: list[JSON]


@asynccontextmanager
async def client(slack: FakeSlack, token: str = "") -> AsyncIterator[AsyncWebClient]:
    """Open a client that re-sends nothing by itself and keeps one session."""
    async with ClientSession() as session:
        yield AsyncWebClient(token or None, base_url=slack.api_url, session=session, retry_handlers=[])


@asynccontextmanager
async def app(slack: FakeSlack, workspace: Workspace) -> AsyncIterator[AsyncApp]:
    """Make an app for one workspace; nothing listens yet."""
    async with client(slack, workspace.bot_token) as own:
        yield AsyncApp(client=own, signing_secret=slack.signing_secret)


@asynccontextmanager
async def over_sockets(made: AsyncApp, slack: FakeSlack, ping_seconds: float = 10) -> AsyncIterator[None]:
    """Run an app over Socket Mode."""
    handler = AsyncSocketModeHandler(made, slack.app_token, ping_interval=ping_seconds)
    await handler.connect_async()
    await slack.until(lambda: slack.sockets.open)
    try:
        yield
    finally:
        await handler.close_async()


@asynccontextmanager
async def over_http(made: AsyncApp, slack: FakeSlack) -> AsyncIterator[str]:
    """Run an app over HTTP, and let the fake push to it; yields the app's own address."""
    runner = web.AppRunner(made.web_app(path=EVENTS), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    slack.push_to(f"http://{host}:{port}{EVENTS}")
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def scene(fake: FakeSlack | None = None) -> AsyncIterator[Scene]:
    """Open a scene, in a fake that is not open yet."""
    async with fake or FakeSlack() as slack:
        acme = slack.world.workspace("Acme")
        ann = slack.world.user(acme.id, "Ann", tz="Asia/Kolkata")
        room = slack.world.channel(acme.id, "general", members=[ann.id, acme.bot])
        async with client(slack, acme.bot_token) as own:
            yield Scene(slack, acme, ann, room, own)


@asynccontextmanager
async def running(mode: str, fake: FakeSlack | None = None) -> AsyncIterator[Running]:
    """Open a scene with an app, over sockets when the mode is socket, and over HTTP otherwise."""
    async with scene(fake) as at:
        made = AsyncApp(client=at.client, signing_secret=at.slack.signing_secret)
        heard = _noted(made)
        async with over_sockets(made, at.slack) if mode == "socket" else over_http(made, at.slack):
            yield Running(at.slack, at.acme, at.ann, at.room, at.client, made, heard)


def _noted(made: AsyncApp) -> list[JSON]:
    heard: list[JSON] = []

    @made.middleware
    async def note(body: JSON, next_: Callable[[], Awaitable[None]]) -> None:
        heard.append(body)
        await next_()

    return heard
