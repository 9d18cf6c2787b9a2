"""Questions, and what people make of the answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from bot.dispatch import Router
from bot.model import Filters
from bot.ports import Arg, ArgKind, Clock, Desk, Library, Progress, Reply, Request, Threads, Votes
from bot.views.answer import answer_view
from bot.views.empty import empty_view
from bot.views.helpful import thanks_view
from bot.views.progress import progress_view

router = Router()


@router.verb(Arg("question", "What you want to know", ArgKind.WORDS, required=True))
async def ask(request: Request, library: Library, desk: Desk, threads: Threads, clock: Clock) -> AsyncIterator[Reply]:
    """Answer a question from what was said, with numbered citations."""
    tally = await library.tally(space=request.at.tenant)
    if not tally.conversations:
        yield Reply(empty_view())
        return
    yield Reply(progress_view(Progress(0, tally.conversations, "Looking through what was said")), final=False)
    subject = await threads.subject(request.at)
    answer, subject = await desk.answer(request.arg("question"), Filters(space=request.at.tenant), subject)
    await threads.remember(request.at, request.user, subject, clock.now())
    yield Reply(answer_view(replace(answer, searched=tally.conversations)))


@router.verb(Arg("what", "The verdict and what it is about", ArgKind.WORDS, required=True), shown=False)
async def helpful(request: Request, votes: Votes, clock: Clock) -> AsyncIterator[Reply]:
    """Keep whether something we said was helpful."""
    verdict, _, what = request.arg("what").partition("/")
    await votes.vote(request.at, request.user, what, helped=verdict == "+", now=clock.now())
    yield Reply(thanks_view())
