"""A Slack on loopback: workspaces with people in them, and one app that talks to it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from hashlib import sha256
from types import TracebackType
from typing import Self, TypeVar
from weakref import WeakSet

from aiohttp import web

from tests.servers.slack import consent
from tests.servers.slack.api import WebAPI
from tests.servers.slack.clock import Clock, RealClock
from tests.servers.slack.delivery import Delivery
from tests.servers.slack.errors import Fault, Faults
from tests.servers.slack.events import APP, SUBSCRIPTIONS, Events
from tests.servers.slack.files import PATH, SIGN_IN, Files
from tests.servers.slack.gestures import Gestures
from tests.servers.slack.hooks import Hooks
from tests.servers.slack.methods.auth import Grant
from tests.servers.slack.pushes import Pushes
from tests.servers.slack.rates import Rates
from tests.servers.slack.sockets import Sockets
from tests.servers.slack.state import Call, User
from tests.servers.slack.wire import ACK_SECONDS, Wire
from tests.servers.slack.world import World

Seen = TypeVar("Seen")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FakeSlack(Gestures):
    """Slack for one app: its Web API, Socket Mode, HTTP pushes and OAuth, on a free port of 127.0.0.1.

    `events` are the app's subscriptions, `commands` its slash commands (None: any), `retry_scale`
    shortens the minutes between retries of an event, `ack_seconds` is how long the app may take,
    `enforce_rates` turns fast calls away, `rotates` makes tokens expire, `signs_at` tells the time
    that HTTP pushes are signed with, `redirect_uris` are those OAuth may return to (none: any).
    `landing` tells after how many seconds the next post lands, whether or not the app still waits for it.
    """

    app_id = APP
    client_id = "111.222"
    client_secret = sha256(b"client").hexdigest()[:32]
    signing_secret = sha256(b"signing").hexdigest()[:32]

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        events: Iterable[str] = SUBSCRIPTIONS,
        commands: Iterable[str] | None = None,
        retry_scale: float = 0.01,
        ack_seconds: float = ACK_SECONDS,
        enforce_rates: bool = False,
        rotates: bool = False,
        signs_at: Callable[[], float] = time.time,
        redirect_uris: Iterable[str] = (),
        landing: Callable[[], float] | None = None,
    ) -> None:
        self.clock = clock or RealClock()
        self.world = World(self.clock)
        self.wire = Wire(self.world.stamps, retry_scale, ack_seconds)
        self.wire.on_change = self.world.changed
        self.sockets = Sockets(self.wire)
        self.wire.carrier = self.sockets
        self.pushes: Pushes | None = None
        self.events = Events(self.world, self.wire, events)
        self.commands = None if commands is None else frozenset(commands)
        self.hooks = Hooks(self)
        self.files = Files(self)
        self.faults = Faults()
        self.rates = Rates(self.clock, enforce=enforce_rates)
        self.rotates = rotates
        self.signs_at = signs_at
        self.redirect_uris = tuple(redirect_uris)
        self.landing = landing
        self.grants: dict[str, Grant] = {}
        self.app_token = self.world.token("xapp", "app", scopes=["connections:write"]).value
        self.connections = 0
        self.root = ""
        self._transports: WeakSet[object] = WeakSet()
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        """Open the port."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.root = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop sending, close every socket and the port."""
        self.wire.close()
        await self.sockets.close()
        if self.pushes:
            await self.pushes.close()
        await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        """Return what clients take as `base_url`."""
        return f"{self.root}/api/"

    @property
    def authorize_url(self) -> str:
        """Return the page that asks a person to install the app."""
        return f"{self.root}{consent.PATH}"

    @property
    def calls(self) -> list[Call]:
        """Return every call of the Web API and of a response_url, in order."""
        return self.world.calls

    @property
    def deliveries(self) -> list[Delivery]:
        """Return everything that was sent to the app, in order."""
        return self.wire.deliveries

    def calls_of(self, method: str) -> list[Call]:
        """Return the calls of one method, in order."""
        return [call for call in self.world.calls if call.method == method]

    def fault(self, method: str, *faults: Fault) -> None:
        """Let the next calls of a method meet these faults, one each; `*` is any, `response_url` its posts."""
        self.faults.queue(method, *faults)

    def push_to(self, url: str) -> Pushes:
        """Send payloads over HTTP to this URL from now on."""
        self.pushes = Pushes(self.wire, self.signing_secret, self.signs_at, url)
        self.wire.carrier = self.pushes
        return self.pushes

    def redeliver(self, delivery: Delivery | None = None) -> Delivery:
        """Send a payload again as Slack sometimes does, the last one unless another is given."""
        return self.wire.repeat(delivery or self.deliveries[-1])

    def mention(self, team: str) -> str:
        """Return how people write the app's name."""
        return f"<@{self.world.workspaces[team].bot}>"

    async def install(self, start: str, user: User, *, agree: bool = True) -> consent.Page:
        """Let a person install the app from its install page, as a browser would."""
        return await consent.installed(self, start, user, agree=agree)

    async def until(self, look: Callable[[], Seen], seconds: float = 20.0) -> Seen:
        """Wait until a look finds something, and return it; raises TimeoutError after so many seconds."""
        return await self.world.until(look, seconds)

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=4_000_000, middlewares=[self._counted])
        api, page = WebAPI(self), consent.Consent(self)
        app.add_routes(
            [
                web.post("/api/{method}", api.serve),
                web.get("/api/{method}", api.serve),
                web.get("/link/", self.sockets.serve),
                web.post("/actions/{key:.+}", self.hooks.serve),
                web.get(PATH, self.files.serve),
                web.get(SIGN_IN, self.files.sign_in),
                web.get(consent.PATH, page.ask),
                web.post(consent.PATH, page.decide),
            ]
        )
        return app

    @web.middleware
    async def _counted(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        if request.transport is not None and request.transport not in self._transports:
            self._transports.add(request.transport)
            self.connections += 1
        return await handler(request)
