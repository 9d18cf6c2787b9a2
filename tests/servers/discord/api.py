"""The REST API's front door: reads a request, meets its fault, counts it, answers in JSON."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers.discord.errors import Broken, DiscordError, Fault, Limited, Lost, Refused, Slow, refuse
from tests.servers.discord.rates import Verdict
from tests.servers.discord.registry import Asked, Route
from tests.servers.discord.routes import ROUTES
from tests.servers.discord.state import JSON, Call

if TYPE_CHECKING:
    from tests.servers.discord.server import FakeDiscord

PREFIX = "/api/v10"


class API:
    """Answers every route, and keeps every call."""

    def __init__(self, discord: FakeDiscord) -> None:
        self.discord = discord

    def routes(self) -> list[web.RouteDef]:
        """Return the routes for the server."""
        return [web.route(one.method, PREFIX + one.path, partial(self.serve, one)) for one in ROUTES.values()]

    async def serve(self, route: Route, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        world, now = self.discord.world, asyncio.get_running_loop().time()
        asked = Asked(dict(request.match_info), await _body(request), dict(request.query))
        token = request.headers.get("Authorization", "").removeprefix("Bot ")
        call = Call(route.name, asked.ids, asked.body, token, world.now(), now)
        world.calls.append(call)
        if self.discord.landing and route.name == "create_message":
            # It lands whether or not the caller still waits for it.
            await asyncio.sleep(self.discord.landing())
        response = await self._met(self.discord.faults.take(route.name), route, call, asked, request)
        call.status = response.status
        world.changed()
        return response

    async def _met(
        self, fault: Fault | None, route: Route, call: Call, asked: Asked, request: web.Request
    ) -> web.Response:
        match fault:
            case Limited(retry_after, via, is_global):
                return _limited(Verdict({}, retry_after, is_global), via=via)
            case Refused(code):
                return _refused(call, DiscordError(code))
            case Broken(status, done=False):
                return web.Response(status=status, text="upstream unavailable")
            case Lost(done=False):
                return _cut(request)
        response = self._answered(route, call, asked)
        match fault:
            case Broken(status):
                return web.Response(status=status, text="upstream unavailable")
            case Lost():
                return _cut(request)
            case Slow(seconds):
                await asyncio.sleep(seconds)
        return response

    def _answered(self, route: Route, call: Call, asked: Asked) -> web.Response:
        major = "+".join(asked.ids[one] for one in route.major)
        verdict = self.discord.rates.count(route.name, route.bucket, major, is_global=not route.is_open)
        if verdict.wait:
            return _limited(verdict)
        try:
            refuse(0, when=not route.is_open and call.token != self.discord.token)
            answer = route.answer(self.discord, asked)
        except DiscordError as refusal:
            return _refused(call, refusal, verdict.headers)
        if answer is None:
            return web.Response(status=204, headers=verdict.headers)
        return _written(answer, 200, verdict.headers)


async def _body(request: web.Request) -> JSON:
    if request.content_type == "multipart/form-data":
        form = await request.post()
        return dict(json.loads(str(form["payload_json"])))
    text = await request.text()
    read = json.loads(text) if text else {}
    return read if isinstance(read, dict) else {"": read}


def _written(answer: object, status: int, headers: dict[str, str]) -> web.Response:
    # as bytes: given text, aiohttp adds a charset to the content type, which Discord never sends
    body = json.dumps(answer).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def _refused(call: Call, refusal: DiscordError, headers: dict[str, str] | None = None) -> web.Response:
    call.code = refusal.code
    return _written(refusal.answer, refusal.status, headers or {})


def _limited(verdict: Verdict, *, via: bool = True) -> web.Response:
    headers = {"Retry-After": str(verdict.wait), "X-RateLimit-Scope": "global" if verdict.is_global else "user"}
    headers |= verdict.headers | ({"Via": "1.1 google"} if via else {})
    headers |= {"X-RateLimit-Global": "true"} if verdict.is_global else {}
    answer = {"message": "You are being rate limited.", "retry_after": verdict.wait, "global": verdict.is_global}
    return _written(answer, 429, headers)


def _cut(request: web.Request) -> web.Response:
    if isinstance(request.transport, asyncio.WriteTransport):
        request.transport.abort()
    return web.Response(status=499)
