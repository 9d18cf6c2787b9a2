"""A Discord on loopback: servers with people in them, and one app that talks to it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from tests.servers.discord.api import API, PREFIX
from tests.servers.discord.asking import Interactions
from tests.servers.discord.clock import Clock, RealClock
from tests.servers.discord.delivery import Interaction
from tests.servers.discord.errors import Fault, Faults
from tests.servers.discord.events import Events
from tests.servers.discord.files import PATH, Files
from tests.servers.discord.gateway import Gateway
from tests.servers.discord.gestures import Gestures
from tests.servers.discord.rates import Rates
from tests.servers.discord.sessions import NO_INTENT, Intent
from tests.servers.discord.state import Call, Message
from tests.servers.discord.world import World

Seen = TypeVar("Seen")

RESPONSE_SECONDS = 3.0
"""How long an app may take for its first response."""

HEARTBEAT_SECONDS = 41.25


class FakeDiscord(Gestures):
    """Discord for one app: its REST API and gateway, on a free port of 127.0.0.1.

    `privileged` are the intents that were granted to the app, `shards` how many it is told to use,
    `enforce_rates` turns fast calls away in windows shortened by `rate_scale`, `response_seconds` is how
    long the app may take for its first response, `heartbeat_seconds` how often it must say that it lives.
    `landing` tells after how many seconds the next post lands, whether or not the app still waits for it.
    """

    token = sha256(b"token").hexdigest()

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        privileged: Intent = NO_INTENT,
        shards: int = 1,
        enforce_rates: bool = False,
        rate_scale: float = 1.0,
        response_seconds: float = RESPONSE_SECONDS,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        landing: Callable[[], float] | None = None,
    ) -> None:
        self.clock = clock or RealClock()
        self.world = World(self.clock)
        self.gateway = Gateway(self, heartbeat_seconds)
        self.events = Events(self.world, self.gateway)
        self.files = Files(self)
        self.faults = Faults()
        self.rates = Rates(rate_scale, enforce=enforce_rates)
        self.privileged = privileged
        self.landing = landing
        self.shards = shards
        self.interactions = Interactions(self.world, self.events, response_seconds)
        self.nonces: dict[str, Message] = {}
        self.root = ""
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        """Open the port."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.root = f"{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forget who waits, close every connection and the port."""
        self.interactions.close()
        await self.gateway.close()
        await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        """Return where the REST API is."""
        return f"http://{self.root}{PREFIX}"

    @property
    def gateway_url(self) -> str:
        """Return where sessions begin."""
        return f"ws://{self.root}/gateway"

    @property
    def resume_url(self) -> str:
        """Return where sessions are taken up again."""
        return f"ws://{self.root}/resume"

    @property
    def calls(self) -> list[Call]:
        """Return every call of the REST API, in order."""
        return self.world.calls

    @property
    def mention(self) -> str:
        """Return how people write the app's name."""
        return f"<@{self.world.bot.id}>"

    @property
    def asked(self) -> list[Interaction]:
        """Return every interaction, in order."""
        return list(self.interactions)

    @property
    def invalid_requests(self) -> int:
        """Return how many calls were refused in ways that Discord bans for: 10,000 in ten minutes."""
        return sum(call.status in {401, 403, 429} for call in self.world.calls)

    def calls_of(self, name: str) -> list[Call]:
        """Return the calls of one route, in order."""
        return [call for call in self.world.calls if call.name == name]

    def fault(self, name: str, *faults: Fault) -> None:
        """Let the next calls of a route meet these faults, one each; `*` is any.

        Routes go by Discord's names for them: create_message, create_response, edit_original and so on.
        """
        self.faults.queue(name, *faults)

    def reset_token(self) -> None:
        """Give the app another token: whoever has the old one is refused from now on."""
        self.token = sha256(self.token.encode()).hexdigest()

    def redeliver(self, interaction: Interaction) -> int:
        """Send an interaction's event again; return how many sessions were told."""
        return self.events.asked(interaction.payload)

    async def until(self, look: Callable[[], Seen], seconds: float = 5.0) -> Seen:
        """Wait until a look finds something, and return it; raises TimeoutError after so many seconds."""
        return await self.world.until(look, seconds)

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=26_000_000)
        app.add_routes(API(self).routes())
        app.add_routes([web.get(PATH, self.files.serve)])
        app.add_routes([web.get("/gateway", self.gateway.serve), web.get("/resume", self.gateway.serve)])
        return app
