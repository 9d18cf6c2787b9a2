"""Help, generated from the verbs, and the bot's own page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from bot.briefs.service import BriefService
from bot.chat.argument_parser import parse_guess
from bot.chat.intent import LONGEST_PHRASE
from bot.chat.request import Arg, ArgKind, Reply, Request, Router, Verb
from bot.due_times import Clock
from bot.errors import UserError
from bot.store.follows import Follows
from bot.store.subscriptions import Subscriptions
from bot.views.home import home_view
from bot.views.system import help_view, meant_view, unchanged_view, unreadable_view, verb_help_view
from handlers.subscriptions import editable_here, visible_subscriptions

router = Router()


@router.verb(Arg("verb", "The command to explain", ArgKind.WORDS))
async def help_(request: Request, verbs: Sequence[Verb]) -> AsyncIterator[Reply]:
    """List what you can ask for."""
    name = request.arg("verb").lstrip("/").casefold()
    known = {verb.name: verb for verb in verbs if verb.shown}
    if name and name not in known:
        message = f"There is no `{name}`; `help` lists all commands."
        raise UserError(message)
    yield Reply(verb_help_view(known[name]) if name else help_view(verbs))


@router.verb(shown=False)
async def unreadable(request: Request) -> AsyncIterator[Reply]:
    """Say that the platform kept a message's words from the bot, and how to ask instead."""
    del request
    yield Reply(unreadable_view())


@router.verb(Arg("line", "What was typed", ArgKind.TEXT, required=True, max_chars=LONGEST_PHRASE), shown=False)
async def meant(request: Request, verbs: Sequence[Verb], clock: Clock) -> AsyncIterator[Reply]:
    """Ask whether a line in somebody's own words was meant as a command that changes something."""
    line = request.arg("line")
    guess = await parse_guess(line, verbs, clock.now(), request.zone)
    yield Reply(meant_view(guess.verb, guess.text, line))


@router.verb(shown=False)
async def cancel(request: Request) -> AsyncIterator[Reply]:
    """Leave everything as it is, instead of what was asked."""
    del request
    yield Reply(unchanged_view())


@router.verb(shown=False)
async def home(
    request: Request, briefs: BriefService, follows: Follows, subscriptions: Subscriptions, clock: Clock
) -> AsyncIterator[Reply]:
    """Show what concerns you, on the bot's own page."""
    brief = await briefs.get_brief("", request.local_date(clock.now()), space=request.reader_space)
    followed = await follows.following(request.follower)
    visible = await visible_subscriptions(subscriptions, request)
    yield Reply(home_view(brief, followed, visible, editable_here(visible, request)), private=True)
