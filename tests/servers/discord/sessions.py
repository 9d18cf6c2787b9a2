"""What one connected client is told, kept so that it can be told again."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from enum import IntFlag

from aiohttp import web

from tests.servers.discord.state import JSON

KEPT = 10_000
"""How many events a session keeps for a RESUME."""


class Intent(IntFlag):
    """What a client may ask to be told."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15


NO_INTENT = Intent(0)
PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT


class Socket:
    """One open connection, to which everything is written in order."""

    def __init__(self, ws: web.WebSocketResponse, transport: asyncio.BaseTransport | None) -> None:
        self.ws = ws
        self.transport = transport
        self.mute = False
        self.closed_with = 0
        self.heartbeats = 0
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._writing = asyncio.create_task(self._write())

    def send(self, payload: str) -> None:
        """Write something, after everything before it; nothing while it is mute."""
        if not self.mute:
            self._waiting.put_nowait(payload)

    def tell(self, op: int, data: object = None) -> None:
        """Write something that is no event."""
        self.send(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    def cut(self) -> None:
        """Break the connection off without a word."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def close(self, code: int) -> None:
        """Close it with a code, after what waits was written."""
        await self._waiting.join()
        self.closed_with = code
        await self.ws.close(code=code)

    def stop(self) -> None:
        """Write nothing more."""
        self._writing.cancel()

    async def _write(self) -> None:
        while True:
            payload = await self._waiting.get()
            if not self.ws.closed:
                try:
                    await self.ws.send_str(payload)
                except ConnectionError:
                    self.mute = True  # the other side has gone: its session keeps what it missed
            self._waiting.task_done()


@dataclass(eq=False)
class Session:
    """A client's session on one shard: it outlives its connection, and can be taken up again."""

    id: str
    shard: int
    shards: int
    intents: Intent
    socket: Socket | None = None
    seq: int = 0
    sent: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def dispatch(self, event: str, data: JSON) -> None:
        """Tell of an event, or keep it until the client is back."""
        self.seq += 1
        payload = json.dumps({"op": 0, "s": self.seq, "t": event, "d": data})
        self.sent.append((self.seq, payload))
        if self.socket:
            self.socket.send(payload)

    def replay(self, after: int) -> int:
        """Tell again what came after a sequence number; return how many events that were."""
        missed = [payload for seq, payload in self.sent if seq > after]
        if self.socket:
            for payload in missed:
                self.socket.send(payload)
        return len(missed)

    def hears(self, guild: str | None) -> bool:
        """Say whether what happens in a server, or outside of any, belongs to this shard."""
        return (int(guild) >> 22) % self.shards == self.shard if guild else self.shard == 0
