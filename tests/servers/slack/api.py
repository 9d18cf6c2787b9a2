"""The Web API's front door: reads a request, meets its fault, checks its token, answers in JSON."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers.slack.content import unpacked
from tests.servers.slack.errors import Broken, Fault, Garbled, Limited, Lost, Refused, SlackError, Slow
from tests.servers.slack.methods import METHODS
from tests.servers.slack.registry import Method, refuse, require
from tests.servers.slack.state import JSON, Call, Token

if TYPE_CHECKING:
    from tests.servers.slack.server import FakeSlack

_NOBODY = Token("", "")


class WebAPI:
    """Answers `POST /api/{method}`, and keeps every call."""

    def __init__(self, slack: FakeSlack) -> None:
        self.slack = slack

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        name = request.match_info["method"]
        args = await _arguments(request)
        token = str(args.pop("token", "")) or request.headers.get("Authorization", "").removeprefix("Bearer ")
        now = asyncio.get_running_loop().time()
        call = Call(name, args, token, self.slack.world.now(), now)
        self.slack.world.calls.append(call)
        if self.slack.landing and name == "chat.postMessage":
            # It lands whether or not the caller still waits for it.
            await asyncio.sleep(self.slack.landing())
        response = await self._met(self.slack.faults.take(name), call, request)
        call.status = response.status
        self.slack.world.changed()
        return response

    async def _met(self, fault: Fault | None, call: Call, request: web.Request) -> web.Response:
        match fault:
            case Limited(retry_after):
                return _limited(call, retry_after)
            case Refused(code):
                return _answer(call, {"ok": False, "error": code})
            case Broken(status, done=False):
                return web.Response(status=status, text="upstream unavailable")
            case Lost(done=False):
                return _cut(request)
        response = self._answered(call)
        match fault:
            case Broken(status):
                return web.Response(status=status, text="upstream unavailable")
            case Lost():
                return _cut(request)
            case Slow(seconds):
                await asyncio.sleep(seconds)
            case Garbled(body):
                return web.Response(text=body, content_type="application/json")
        return response

    def _answered(self, call: Call) -> web.Response:
        try:
            method = METHODS.get(call.method)
            if method is None:
                return _answer(call, {"ok": False, "error": "unknown_method"})
            caller = self._caller(call.token, method)
            channel = str(call.args.get("channel") or "")
            if wait := self.slack.rates.count(call.method, caller.team, channel):
                return _limited(call, wait)
            require(caller, method.scope)
            answer = method.answer(self.slack, caller, unpacked(call.args))
        except SlackError as failure:
            return _answer(call, {"ok": False, "error": failure.code, **failure.extra})
        return _answer(call, {"ok": True, **answer}, caller.scopes)

    def _caller(self, value: str, method: Method) -> Token:
        if not method.kind:
            return _NOBODY
        refuse("not_authed", when=not value)
        token = self.slack.world.tokens.get(value)
        if token is None or token.kind == "refresh":
            code = "invalid_auth"
            raise SlackError(code)
        refuse("account_inactive", when=token.inactive)
        refuse("token_revoked", when=token.revoked)
        refuse("token_expired", when=token.expires is not None and token.expires <= self.slack.world.now())
        refuse("not_allowed_token_type", when=token.kind != method.kind)
        return token


async def _arguments(request: web.Request) -> JSON:
    args: JSON = dict(request.query)
    if request.content_type == "application/json":
        body = await request.text()
        args |= json.loads(body) if body else {}
    else:
        args |= {key: str(value) for key, value in (await request.post()).items()}
    authorization = request.headers.get("Authorization", "")
    if authorization.startswith("Basic "):
        name, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
        args |= {"client_id": name, "client_secret": secret}
    return args


def _answer(call: Call, answer: JSON, scopes: frozenset[str] = frozenset()) -> web.Response:
    call.error = answer.get("error")
    headers = {"x-oauth-scopes": ",".join(sorted(scopes))} if scopes else {}
    return web.json_response(answer, headers=headers)


def _limited(call: Call, seconds: int) -> web.Response:
    call.error = "ratelimited"
    answer = {"ok": False, "error": "ratelimited"}
    return web.json_response(answer, status=429, headers={"Retry-After": str(seconds)})


def _cut(request: web.Request) -> web.Response:
    if isinstance(request.transport, asyncio.WriteTransport):
        request.transport.abort()
    return web.Response(status=499)
