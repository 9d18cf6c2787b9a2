"""Runs the handler of each request, and puts failures into words."""

from __future__ import annotations

import asyncio
import difflib
import inspect
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from bot.chat.argument_parser import parse_arguments
from bot.chat.message import Message
from bot.chat.request import Arg, Handler, Reply, Request, Router, Verb
from bot.due_times import Clock
from bot.errors import OverheardError, UserError, is_cut_off
from bot.metrics import Metrics
from bot.store.threads import Replies
from bot.views.system import error_view, shared_answer, usage, with_share_button

logger = logging.getLogger(__name__)

_CANNOT_POST = (
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
        metrics: Metrics | None = None,
    ) -> None:
        self._handlers = {
            name: (verb, handler, _services_for(handler, services)) for name, (verb, handler) in router.handlers.items()
        }
        self._replies = replies
        self._clock = clock
        self._metrics = metrics or Metrics()

    async def __call__(self, request: Request) -> AsyncIterator[Reply]:
        """Yield the states of the answer; a failure is the last of them."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async for reply in self._with_errors_worded(request):
            if reply.final:
                verb = request.verb if request.verb in self._handlers else "unknown"
                self._metrics.record_answer(verb, loop.time() - began)
            yield reply

    async def _with_errors_worded(self, request: Request) -> AsyncIterator[Reply]:
        try:
            async for reply in self.handle(request):
                yield reply
        except UserError as error:
            yield Reply(error_view(str(error)), private=True, invalid_args=error.by_arg, failed=True)
        except Exception as error:
            if is_cut_off():
                raise
            incident = secrets.token_hex(3)
            logger.exception("%s failed in %s (incident %s)", request.verb, request.at, incident)
            known = isinstance(error, OverheardError)
            sentence = str(error) if known else str(OverheardError())
            yield Reply(error_view(sentence, incident), private=True, failed=True)

    async def handle(self, request: Request) -> AsyncIterator[Reply]:
        """Yield the states of the answer; failures are raised, a person's own mistake as UserError."""
        if request.verb not in self._handlers:
            raise UserError(self._unknown_verb_message(request.verb))
        verb, handler, services = self._handlers[request.verb]
        if verb.manager_only and not request.may_manage:
            message = f"Only people who manage this channel can {verb.name} here; ask one of them."
            raise UserError(message)
        if verb.needs_posting and not request.may_post:
            raise UserError(_CANNOT_POST)
        args = await parse_arguments(verb, request.args, self._clock.now(), request.zone)
        missing = [arg for arg in verb.args if arg.required and not args.get(arg.name)]
        if missing:
            raise UserError(_missing_argument_message(verb, missing[0]), missing[0].name)
        shares = verb.shareable and request.private and request.dm_address is not None and not request.has_outsiders
        async for reply in handler(request=replace(request, args=args), **services):
            yield await self._with_share_button(reply, replace(request, args=args)) if shares and reply.final else reply

    async def _with_share_button(self, reply: Reply, request: Request) -> Reply:
        """Save a private answer, and offer to share it with the channel."""
        if not isinstance(reply.content, Message):
            return reply
        shared = shared_answer(reply.content, request.user_name, request.arg("question"))
        kept = await self._replies.save(request.at, request.user, shared, self._clock.now())
        return replace(reply, content=with_share_button(reply.content, kept))

    def _unknown_verb_message(self, word: str) -> str:
        known = [verb.name for verb, _, _ in self._handlers.values() if verb.shown]
        near = difflib.get_close_matches(word, known, 1)
        return f"There is no `{word}` here. " + (f"Did you mean `{near[0]}`?" if near else "Try `help`.")


def _services_for(handler: Handler, services: Mapping[str, object]) -> dict[str, object]:
    names = [name for name in inspect.signature(handler).parameters if name != "request"]
    missing = [name for name in names if name not in services]
    if missing:
        message = f"The handler {handler.__name__} needs {', '.join(missing)}, which nothing provides."
        raise TypeError(message)
    return {name: services[name] for name in names}


def _missing_argument_message(verb: Verb, missing: Arg) -> str:
    return f"`{verb.name}` needs {missing.help[0].lower()}{missing.help[1:].rstrip('.')}: `{usage(verb)}`"
