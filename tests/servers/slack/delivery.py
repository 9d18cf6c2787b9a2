"""What was sent to the app, and when and how the app took it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from tests.servers.slack.errors import SlackError
from tests.servers.slack.state import JSON, Message

EVENT, COMMAND, INTERACTION = "events_api", "slash_commands", "interactive"


@dataclass(slots=True)
class Attempt:
    """One try to hand a payload over; times are the event loop's, in seconds."""

    sent: float
    ended: float = 0.0
    failure: str = ""


@dataclass(slots=True, eq=False)
class Delivery:
    """A payload on its way to the app.

    Awaiting it waits until the app acknowledged it or the platform gave up, and returns the delivery.
    `response` is what came with the acknowledgement, `failure` why it was given up.
    """

    kind: str
    payload: JSON
    acted: Callable[[JSON], None] | None = None
    attempts: list[Attempt] = field(default_factory=list)
    response: JSON | None = None
    failure: str = ""
    acked: bool = False
    _settled: asyncio.Future[Delivery] | None = None

    def __await__(self) -> Generator[object, None, Delivery]:
        """Wait for the end of it."""
        return self.settled.__await__()

    @property
    def settled(self) -> asyncio.Future[Delivery]:
        """Return the future that ends when the delivery does."""
        if self._settled is None:
            self._settled = asyncio.get_running_loop().create_future()
            if self.over:
                self._settled.set_result(self)
        return self._settled

    @property
    def over(self) -> bool:
        """Say whether nothing more will be tried."""
        return self.acked or bool(self.failure)

    @property
    def seconds(self) -> float:
        """Return the time from the payload that was taken to its acknowledgement."""
        return self.attempts[-1].ended - self.attempts[-1].sent if self.acked else float("inf")

    @property
    def event(self) -> JSON:
        """Return the event inside the payload; empty for anything but an event."""
        inside: JSON = self.payload.get("event", {})
        return inside

    @property
    def errors(self) -> dict[str, str]:
        """Return what the app found wrong with a submitted view, by block."""
        response = self.response or {}
        found: dict[str, str] = response.get("errors", {})
        return found if response.get("response_action") == "errors" else {}

    @property
    def options(self) -> list[JSON]:
        """Return the options the app suggested."""
        offered: list[JSON] = (self.response or {}).get("options", [])
        return offered

    def start(self, now: float) -> Attempt:
        """Note that it is handed over now."""
        self.attempts.append(Attempt(now))
        return self.attempts[-1]

    def take(self, now: float, response: JSON | None) -> None:
        """Note the acknowledgement."""
        self.attempts[-1].ended = now
        self.acked, self.response = True, response
        if self.acted:
            try:
                self.acted(response or {})
            except SlackError as refusal:
                self.failure = refusal.code
        self._settle()

    def give_up(self, failure: str) -> None:
        """Note that nothing more will be tried."""
        self.failure = failure
        self._settle()

    def _settle(self) -> None:
        if self._settled and not self._settled.done():
            self._settled.set_result(self)


@dataclass(frozen=True, slots=True)
class Said:
    """A message somebody posted, and what the app was told of it."""

    message: Message
    deliveries: tuple[Delivery, ...]

    def __await__(self) -> Generator[object, None, Said]:
        """Wait until each delivery has ended."""
        for delivery in self.deliveries:
            yield from delivery.__await__()
        return self

    @property
    def ts(self) -> str:
        """Return the message's time stamp."""
        return self.message.ts
