"""response_url: five uses in thirty minutes, member of the channel or not."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers.slack.content import content, unpacked
from tests.servers.slack.errors import Broken, Fault, Limited, Lost, Refused, SlackError, Slow
from tests.servers.slack.methods.chat import rewrite, write, yes
from tests.servers.slack.registry import refuse
from tests.servers.slack.state import JSON, Call, Message, Token

if TYPE_CHECKING:
    from tests.servers.slack.server import FakeSlack

USES = 5
LIFE = dt.timedelta(minutes=30)
METHOD = "response_url"
"""The name under which calls are kept and faults are queued."""


@dataclass(slots=True)
class Hook:
    """Where one interaction may be answered; only one that began at a message has an original."""

    team: str
    channel: str
    user: str
    original: Message | None
    at: dt.datetime
    uses: int = 0


class Hooks:
    """Issues response_urls and does what is posted to them."""

    def __init__(self, slack: FakeSlack) -> None:
        self.slack = slack
        self.known: dict[str, Hook] = {}

    def issue(self, team: str, channel: str, user: str, original: Message | None = None) -> str:
        """Return an address for one interaction."""
        key = f"{team}/{self.slack.world.stamps.number('hook')}"
        self.known[key] = Hook(team, channel, user, original, self.slack.world.now())
        return f"{self.slack.root}/actions/{key}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one post."""
        args = await request.json()
        loop, world = asyncio.get_running_loop(), self.slack.world
        call = Call(METHOD, args, "", world.now(), loop.time())
        world.calls.append(call)
        fault = self.slack.faults.take(METHOD)
        if (response := _refused(fault)) is None:
            response = self._answered(request.match_info["key"], args, call)
        if isinstance(fault, Slow):
            await asyncio.sleep(fault.seconds)
        if isinstance(fault, Lost) and isinstance(request.transport, asyncio.WriteTransport):
            request.transport.abort()
        call.status = response.status
        world.changed()
        return response

    def respond(self, hook: Hook, args: JSON) -> Message | None:
        """Do what an answer says; return the message it wrote."""
        world, original = self.slack.world, hook.original
        if yes(args.get("delete_original", False)):
            if original:
                world.forget(original)
            return None
        said = content(args, world.stamps)
        if yes(args.get("replace_original", False)) and original:
            rewrite(self.slack, original, said)
            return original
        viewer = None if args.get("response_type") == "in_channel" else hook.user
        caller = Token("", "bot", hook.team)
        channel = world.channels[hook.channel]
        message = write(self.slack, caller, channel, said, args, viewer=viewer)
        if not viewer:
            self.slack.events.posted(message, channel)
        return message

    def _answered(self, key: str, args: JSON, call: Call) -> web.Response:
        try:
            hook = self._hook(key)
            hook.uses += 1
            self.respond(hook, unpacked(args))
        except SlackError as failure:
            call.error = failure.code
            status = 404 if failure.code.endswith("_url") else 400
            return web.json_response({"ok": False, "error": failure.code, **failure.extra}, status=status)
        return web.Response(text="ok")

    def _hook(self, key: str) -> Hook:
        hook = self.known.get(key)
        if hook is None or self.slack.world.now() - hook.at > LIFE:
            code = "expired_url"
            raise SlackError(code)
        refuse("used_url", when=hook.uses >= USES)
        return hook


def _refused(fault: Fault | None) -> web.Response | None:
    match fault:
        case Limited(seconds):
            return web.Response(status=429, headers={"Retry-After": str(seconds)})
        case Broken(status):
            return web.Response(status=status)
        case Refused(code):
            return web.json_response({"ok": False, "error": code}, status=400)
        case Lost(done=False):
            return web.Response(status=499)
    return None
