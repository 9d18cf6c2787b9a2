"""Socket Mode: up to ten sockets, each payload to one of them, acknowledged by its envelope's id."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.servers.slack.delivery import EVENT, Attempt, Delivery
from tests.servers.slack.events import APP
from tests.servers.slack.state import JSON
from tests.servers.slack.wire import Wire

MOST = 10
"""Sockets an app may have open."""

_HOST = "applink-fake"


@dataclass(slots=True, eq=False)
class Socket:
    """One open socket; a warned one gets nothing new while another is open."""

    wire: web.WebSocketResponse
    transport: asyncio.BaseTransport | None = None
    outgoing: asyncio.Queue[tuple[str, Attempt | None] | None] = field(default_factory=asyncio.Queue)
    warned: bool = False
    carried: int = 0


@dataclass(slots=True, eq=False)
class _Flight:
    delivery: Delivery
    socket: Socket
    timer: asyncio.TimerHandle


class Sockets:
    """The server side of Socket Mode.

    `refusing` turns new connections away, `opened` counts those let in, `stray` keeps the
    acknowledgements that came for nothing known or too late.
    """

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.open: list[Socket] = []
        self.refusing = False
        self.opened = 0
        self.refused = 0
        self.stray: list[JSON] = []
        self._tickets: set[str] = set()
        self._flights: dict[str, _Flight] = {}
        self._turn = 0

    def ticket(self) -> str:
        """Issue what lets one socket in."""
        made = f"ticket-{self.wire.stamps.number('ticket')}"
        self._tickets.add(made)
        return made

    def carry(self, delivery: Delivery, retry: int, reason: str) -> None:
        """Hand a payload to the next socket in turn."""
        loop = asyncio.get_running_loop()
        attempt = delivery.start(loop.time())
        socket = self._next()
        if socket is None:
            loop.call_soon(self.wire.failed, delivery, "connection_failed")
            return
        envelope = f"envelope-{self.wire.stamps.number('envelope')}"
        timer = self.wire.later(self.wire.ack_seconds, self._late, envelope)
        self._flights[envelope] = _Flight(delivery, socket, timer)
        socket.carried += 1
        socket.outgoing.put_nowait((json.dumps(_wrapped(envelope, delivery, retry, reason)), attempt))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Let a socket in and read from it until it closes."""
        ticket = request.query.get("ticket", "")
        if self.refusing or ticket not in self._tickets:
            self.refused += 1
            return web.Response(status=503 if self.refusing else 408)
        self._tickets.discard(ticket)
        wire = web.WebSocketResponse(compress=False)
        await wire.prepare(request)
        if len(self.open) >= MOST:
            await wire.send_str(_disconnect("too_many_websockets"))
            await wire.close()
            return wire
        await self._talk(Socket(wire, request.transport))
        return wire

    def warn(self) -> None:
        """Tell every socket that it will be closed soon."""
        for socket in self.open:
            socket.warned = True
            socket.outgoing.put_nowait((_disconnect("warning"), None))

    async def refresh(self) -> None:
        """Ask every socket to be replaced, then close it, as Slack does every few hours."""
        for socket in tuple(self.open):
            socket.warned = True
            await socket.wire.send_str(_disconnect("refresh_requested"))
            await socket.wire.close()

    def cut(self) -> None:
        """Cut every connection without a word."""
        for socket in tuple(self.open):
            self._closed(socket)
            if isinstance(socket.transport, asyncio.WriteTransport):
                socket.transport.abort()

    async def close(self) -> None:
        """Close everything for good."""
        self.refusing = True
        for socket in tuple(self.open):
            await socket.wire.close()

    async def _talk(self, socket: Socket) -> None:
        self.open.append(socket)
        self.opened += 1
        socket.outgoing.put_nowait((self._hello(), None))
        writing = asyncio.create_task(self._write(socket))
        self.wire.on_change()
        try:
            async for message in socket.wire:
                if message.type is WSMsgType.TEXT:
                    self._read(json.loads(message.data))
        finally:
            writing.cancel()
            self._closed(socket)

    async def _write(self, socket: Socket) -> None:
        loop = asyncio.get_running_loop()
        while (going := await socket.outgoing.get()) is not None:
            text, attempt = going
            if attempt:
                attempt.sent = loop.time()
            try:
                await socket.wire.send_str(text)
            except ConnectionError:
                return

    def _read(self, answer: JSON) -> None:
        flight = self._flights.pop(str(answer.get("envelope_id")), None)
        if flight is None:
            self.stray.append(answer)
        else:
            flight.timer.cancel()
            self.wire.taken(flight.delivery, answer.get("payload"))

    def _late(self, envelope: str) -> None:
        if flight := self._flights.pop(envelope, None):
            self.wire.failed(flight.delivery, "timeout")

    def _closed(self, socket: Socket) -> None:
        if socket not in self.open:
            return
        self.open.remove(socket)
        lost = [key for key, flight in self._flights.items() if flight.socket is socket]
        for flight in [self._flights.pop(key) for key in lost]:
            flight.timer.cancel()
            self.wire.failed(flight.delivery, "connection_failed")
        self.wire.on_change()

    def _next(self) -> Socket | None:
        usable = [socket for socket in self.open if not socket.warned] or self.open
        self._turn += 1
        return usable[self._turn % len(usable)] if usable else None

    def _hello(self) -> str:
        return json.dumps(
            {
                "type": "hello",
                "num_connections": len(self.open),
                "debug_info": {"host": _HOST, "build_number": 1, "approximate_connection_time": 18060},
                "connection_info": {"app_id": APP},
            }
        )


def _disconnect(reason: str) -> str:
    return json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}})


def _wrapped(envelope: str, delivery: Delivery, retry: int, reason: str) -> JSON:
    event = {"retry_attempt": retry, "retry_reason": reason} if delivery.kind == EVENT else {}
    return {
        "envelope_id": envelope,
        "type": delivery.kind,
        "accepts_response_payload": delivery.kind != EVENT,
        "payload": delivery.payload,
        **event,
    }
