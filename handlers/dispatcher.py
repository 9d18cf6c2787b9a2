"""Runs the handler of each request, and words what goes wrong."""

from __future__ import annotations

import asyncio
import difflib
import inspect
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from bot.chat.argument_parser import understand
from bot.chat.message import Message
from bot.chat.request import Arg, Reply, Request, Verb
from bot.chat.router import Handler, Router
from bot.due_times import Clock
from bot.errors import OverheardError, UserError
from bot.metrics import Measures, Unmeasured
from bot.store.replies import Replies
from bot.views.system import error_view, with_share

logger = logging.getLogger(__name__)

_UNINVITED = (
    "I cannot post here yet: invite me (`/invite @Overheard` on Slack), or let me see this channel and write in it "
    "(on Discord), then try again."
)


class Dispatcher:
    """Runs the handler of each request, with the services it asks for by name.

    Raises TypeError at once when a handler asks for a service that is not there.
    """

    def __init__(
        self,
        router: Router,
        services: Mapping[str, object],
        replies: Replies,
        clock: Clock,
        measures: Measures | None = None,
    ) -> None:
        self._handlers = {
            name: (verb, handler, _chosen(handler, services)) for name, (verb, handler) in router.handlers.items()
        }
        self._replies = replies
        self._clock = clock
        self._measures = measures or Unmeasured()

    async def __call__(self, request: Request) -> AsyncIterator[Reply]:
        """Yield the states of the answer; a failure is the last of them."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async for reply in self._worded(request):
            if reply.final:
                verb = request.verb if request.verb in self._handlers else "unknown"
                self._measures.answered(verb, loop.time() - began)
            yield reply

    async def _worded(self, request: Request) -> AsyncIterator[Reply]:
        try:
            async for reply in self.handle(request):
                yield reply
        except UserError as error:
            yield Reply(error_view(str(error)), private=True, wrong=error.arg)
        except Exception as error:
            incident = secrets.token_hex(3)
            logger.exception("%s failed in %s (incident %s)", request.verb, request.at, incident)
            known = isinstance(error, OverheardError)
            yield Reply(error_view(str(error) if known else str(OverheardError()), incident), private=True)

    async def handle(self, request: Request) -> AsyncIterator[Reply]:
        """Yield the states of the answer; failures are raised, a person's own mistake as UserError."""
        if request.verb not in self._handlers:
            raise UserError(self._unknown(request.verb))
        verb, handler, services = self._handlers[request.verb]
        if verb.manages and not request.may_manage:
            message = f"Only people who manage this channel can {verb.name} here; ask one of them."
            raise UserError(message)
        if verb.posts and not request.may_post:
            raise UserError(_UNINVITED)
        args = await understand(verb, request.args, self._clock.now(), request.zone)
        missing = [arg for arg in verb.args if arg.required and not args.get(arg.name)]
        if missing:
            raise UserError(_usage(verb, missing[0]), missing[0].name)
        shares = verb.shares and request.private and request.own is not None and not request.outsiders
        async for reply in handler(request=replace(request, args=args), **services):
            yield await self._sharing(reply, request) if shares and reply.final else reply

    async def _sharing(self, reply: Reply, request: Request) -> Reply:
        """Offer to show the others what one person was told among them."""
        if not isinstance(reply.content, Message):
            return reply
        kept = await self._replies.keep(request.at, request.user, reply.content, self._clock.now())
        return replace(reply, content=with_share(reply.content, kept))

    def _unknown(self, word: str) -> str:
        shown = [verb.name for verb, _, _ in self._handlers.values() if verb.shown]
        near = difflib.get_close_matches(word, shown, 1)
        return f"There is no `{word}` here. " + (f"Did you mean `{near[0]}`?" if near else "Try `help`.")


def _chosen(handler: Handler, services: Mapping[str, object]) -> dict[str, object]:
    wanted = [name for name in inspect.signature(handler).parameters if name != "request"]
    missing = [name for name in wanted if name not in services]
    if missing:
        message = f"The handler {handler.__name__} needs {', '.join(missing)}, which nothing provides."
        raise TypeError(message)
    return {name: services[name] for name in wanted}


def _usage(verb: Verb, missing: Arg) -> str:
    shape = " ".join(f"<{arg.name}>" if arg.required else f"[{arg.name}]" for arg in verb.args)
    return f"`{verb.name}` needs {missing.help[0].lower()}{missing.help[1:].rstrip('.')}: `{verb.name} {shape}`"
