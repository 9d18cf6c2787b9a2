"""Questions, feedback on the answers, and sharing them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

from bot.chat.request import Arg, ArgKind, Progress, Reply, Request, Router
from bot.domain import Asker, Filters
from bot.domain.delivery import Delivery
from bot.due_times import Clock
from bot.errors import UserError
from bot.qa.conversation import Courtesy, courtesy_of, reference_of
from bot.qa.service import AnswerService
from bot.store.library import Library
from bot.store.outbox import Outbox
from bot.store.registry import Registry
from bot.store.threads import Languages, Replies, Threads, Votes
from bot.views.answer import answer_view, question_form
from bot.views.courtesy import EXAMPLES, courtesy_view
from bot.views.system import nothing_read_view, progress_view, shared_view, thanks_view

router = Router()

_LOOKS_LIKE_QUESTION = re.compile(
    r"\?|^(?:and|but|so|also|ok|then)?\W*(?:who|what|whose|when|where|which|why|how|is|are|was|were|do|does|did|has"
    r"|have|can|could|should|would|will|tell|show|compare|explain|anything|any)\b",
    re.IGNORECASE,
)


_WITH_EXAMPLES = {Courtesy.GREETING, Courtesy.IDENTITY, Courtesy.ABILITY}
_QUESTION = Arg("question", "What you want to know", ArgKind.WORDS, required=True)


@router.verb(_QUESTION, shareable=True)
async def ask(
    request: Request,
    library: Library,
    registry: Registry,
    answers: AnswerService,
    threads: Threads,
    languages: Languages,
    clock: Clock,
) -> AsyncIterator[Reply]:
    """Answer a question from what was said, with numbered citations."""
    if courtesy := courtesy_of(request.arg("question")):
        known = await registry.names(space=request.reader_space) if courtesy in _WITH_EXAMPLES else []
        yield Reply(courtesy_view(courtesy.name.lower(), known[:EXAMPLES]))
        return
    tally = await library.tally(space=request.reader_space)
    if not tally.conversations:
        yield Reply(nothing_read_view())
        return
    yield Reply(progress_view(Progress(0, tally.conversations, "Searching what was said")), final=False)
    subject = await threads.subject(request.dialog_address)
    asker = Asker(request.at.tenant, request.user, await languages.language(request.at))
    states = answers.answer(request.arg("question"), Filters(space=request.reader_space), subject, asker)
    async for answer, new_subject in states:
        if not answer.is_partial:
            await threads.save_subject(request.dialog_address, request.user, new_subject, clock.now())
        yield Reply(
            answer_view(replace(answer, conversations_searched=tally.conversations), new_subject.names),
            final=not answer.is_partial,
            is_partial=answer.is_partial,
        )


@router.verb(Arg("question", "What you want to know", ArgKind.WORDS), shown=False, shareable=True)
async def question(
    request: Request,
    library: Library,
    registry: Registry,
    answers: AnswerService,
    threads: Threads,
    languages: Languages,
    clock: Clock,
) -> AsyncIterator[Reply]:
    """Ask for a question in a form, and answer it."""
    if not request.arg("question"):
        yield Reply(question_form())
        return
    async for reply in ask(request, library, registry, answers, threads, languages, clock):
        yield reply


@router.verb(_QUESTION, shown=False)
async def follow_up(
    request: Request,
    library: Library,
    registry: Registry,
    answers: AnswerService,
    threads: Threads,
    languages: Languages,
    clock: Clock,
) -> AsyncIterator[Reply]:
    """Answer a question in a thread that the bot has joined; anything else there is ignored."""
    words = request.arg("question")
    if courtesy_of(words) is None and (_LOOKS_LIKE_QUESTION.search(words) or reference_of(words)):
        async for reply in ask(request, library, registry, answers, threads, languages, clock):
            yield reply


@router.verb(Arg("what", "The verdict and what it is about", ArgKind.WORDS, required=True), shown=False)
async def helpful(request: Request, votes: Votes, clock: Clock) -> AsyncIterator[Reply]:
    """Record whether a brief or an answer was helpful."""
    verdict, _, what = request.arg("what").partition("/")
    await votes.vote(request.at, request.user, what, helped=verdict == "+", now=clock.now())
    yield Reply(thanks_view(), private=True)


@router.verb(Arg("reply", "What to share", ArgKind.WORDS, required=True), shown=False, needs_posting=True)
async def share(request: Request, replies: Replies, outbox: Outbox, clock: Clock) -> AsyncIterator[Reply]:
    """Share with the channel an answer that only you could see."""
    if request.has_outsiders:
        message = "People outside your workspace can read this channel, and that answer is only for your workspace."
        raise UserError(message)
    kept = request.arg("reply")
    if await replies.get(request.at.tenant, kept) is None:
        message = "I no longer have that answer; ask again, then share the new one."
        raise UserError(message)
    new = await outbox.put([Delivery(f"reply/{kept}/{request.at}", f"reply {kept}", request.at)], clock.now())
    yield Reply(shared_view(new=bool(new)), private=True)
