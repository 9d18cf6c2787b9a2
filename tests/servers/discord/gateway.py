"""The gateway: sessions begin, are taken up again, and end in all the ways in which they do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from aiohttp import WSMsgType, web

from tests.servers.discord import shapes
from tests.servers.discord.sessions import NO_INTENT, PRIVILEGED, Intent, Session, Socket
from tests.servers.discord.state import JSON

if TYPE_CHECKING:
    from tests.servers.discord.server import FakeDiscord

HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 1, 2, 6, 7, 9, 10, 11

BAD_TOKEN, BAD_SEQUENCE, BAD_SHARD, BAD_INTENTS = 4004, 4007, 4010, 4014

Told: TypeAlias = JSON | Callable[[Session], JSON]
"""What an event says, to all sessions alike or to each what it may know."""


class Gateway:
    """The sessions of the app's processes.

    `identified` and `resumed` count beginnings, `replayed` the events that a RESUME sent again,
    `heartbeats` those received; while `refusing` nobody gets in, and never at a path that is `closed`;
    `heartbeat_seconds` is asked of clients.
    """

    def __init__(self, discord: FakeDiscord, heartbeat_seconds: float) -> None:
        self.discord = discord
        self.heartbeat_seconds = heartbeat_seconds
        self.sessions: dict[str, Session] = {}
        self.sockets: list[Socket] = []
        self.refusing = False
        self.closed: set[str] = set()
        self.identified = self.resumed = self.replayed = self.refused = self.heartbeats = 0
        self._rewound = 0

    @property
    def connected(self) -> list[Session]:
        """Return the sessions that have a connection now."""
        return [one for one in self.sessions.values() if one.socket]

    def dispatch(self, event: str, guild: str | None, data: Told, intent: Intent = NO_INTENT) -> int:
        """Tell each session that asked for this kind of event; return how many were told at once."""
        told = 0
        for session in self.sessions.values():
            if session.hears(guild) and intent in session.intents:
                session.dispatch(event, data(session) if callable(data) else data)
                told += session.socket is not None
        return told

    def reconnect(self, shard: int | None = None) -> None:
        """Ask every client, or those of one shard, to connect anew (op 7)."""
        for session in self._meant(shard):
            _socket(session).tell(RECONNECT)

    def invalidate(self, shard: int | None = None, *, resumable: bool = False) -> None:
        """Tell clients that their session is over (op 9), unless it can still be taken up again."""
        for session in self._meant(shard):
            if not resumable:
                del self.sessions[session.id]
            _socket(session).tell(INVALID, resumable)

    def forget(self) -> None:
        """Forget the sessions of those who are not connected: their RESUME will be refused (op 9)."""
        self.sessions = {one.id: one for one in self.connected}

    def cut(self) -> None:
        """Break every connection off without a word."""
        for socket in self.sockets:
            socket.cut()

    def freeze(self) -> None:
        """Say nothing more on the connections that are open, not even to heartbeats."""
        for socket in self.sockets:
            socket.mute = True

    def rewind(self, events: int) -> None:
        """Let the next RESUME also send again so many events that the client already had."""
        self._rewound = events

    async def drop(self, code: int = 4000) -> None:
        """Close every connection with a code."""
        for socket in list(self.sockets):
            await socket.close(code)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one connection."""
        if self.refusing or request.path in self.closed:
            self.refused += 1
            self.discord.world.changed()
            return web.Response(status=503)
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        socket = Socket(ws, request.transport)
        self.sockets.append(socket)
        socket.tell(HELLO, {"heartbeat_interval": int(self.heartbeat_seconds * 1000)})
        try:
            await self._listen(socket)
        finally:
            self._left(socket)
        return ws

    async def close(self) -> None:
        """Close everything."""
        await self.drop(1001)

    def _meant(self, shard: int | None) -> list[Session]:
        return [one for one in self.connected if shard is None or one.shard == shard]

    async def _listen(self, socket: Socket) -> None:
        async for frame in socket.ws:
            if frame.type is WSMsgType.TEXT:
                said = json.loads(frame.data)
                code = self._heard(socket, said["op"], said.get("d"))
                self.discord.world.changed()
                if code:
                    await socket.close(code)

    def _heard(self, socket: Socket, op: int, data: JSON) -> int:
        match op:
            case 1:
                self.heartbeats += 1
                socket.tell(ACK)
            case 2:
                return self._identify(socket, data)
            case 6:
                return self._resume(socket, data)
        return 0

    def _identify(self, socket: Socket, asked: JSON) -> int:
        shard, shards = asked.get("shard") or (0, 1)
        intents = Intent(int(asked.get("intents", 0)))
        if asked.get("token") != self.discord.token:
            return BAD_TOKEN
        if not 0 <= shard < shards:
            return BAD_SHARD
        if intents & PRIVILEGED & ~self.discord.privileged:
            return BAD_INTENTS
        self.identified += 1
        session = Session(f"session{self.identified}", shard, shards, intents, socket)
        self.sessions[session.id] = session
        self._ready(session)
        return 0

    def _ready(self, session: Session) -> None:
        world = self.discord.world
        guilds = [one for one in world.guilds.values() if one.installed and session.hears(one.id)]
        ready = {
            "v": 10,
            "user": shapes.user(world.bot),
            "guilds": [{"id": one.id, "unavailable": True} for one in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.discord.resume_url,
            "shard": [session.shard, session.shards],
            "application": {"id": world.application, "flags": 0},
        }
        session.dispatch("READY", ready)
        for guild in guilds:
            if Intent.GUILDS in session.intents:
                session.dispatch("GUILD_CREATE", shapes.guild(world, guild))

    def _resume(self, socket: Socket, asked: JSON) -> int:
        session = self.sessions.get(asked["session_id"])
        if asked.get("token") != self.discord.token:
            return BAD_TOKEN
        if session is None:
            socket.tell(INVALID, data=False)
            return 0
        if asked["seq"] > session.seq:
            return BAD_SEQUENCE
        session.socket = socket
        self.replayed += session.replay(max(0, asked["seq"] - self._rewound))
        self._rewound = 0
        self.resumed += 1
        session.dispatch("RESUMED", {})
        return 0

    def _left(self, socket: Socket) -> None:
        socket.stop()
        self.sockets.remove(socket)
        for session in self.connected:
            if session.socket is socket:
                session.socket = None
                # A session ends if the client says goodbye, not if it is thrown out.
                if not socket.closed_with and socket.ws.close_code in {1000, 1001}:
                    self.sessions.pop(session.id, None)
        self.discord.world.changed()


def _socket(session: Session) -> Socket:
    if session.socket is None:
        message = f"{session.id} is not connected."
        raise LookupError(message)
    return session.socket
