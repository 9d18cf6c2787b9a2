"""Files that people send: transcripts and texts are read for one space, and lists become its sources."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

from bot.chat.message import Group, Item, Message
from bot.chat.request import Arg, ArgKind, Attachment, Progress, ProgressCallback, Reply, Request, Router
from bot.due_times import Clock
from bot.errors import OverheardError, UserError
from bot.ingest.feeds.fetch import MAX_BODY_BYTES
from bot.ingest.feeds.service import LIST_SUFFIX, FeedService
from bot.store.feeds import Feeds
from bot.views.notes import file_read_item, file_refused_item, files_view, list_read_item
from bot.views.system import progress_view
from handlers.sources import NOT_A_MANAGER, add_previews

router = Router()

MAX_FILES = 10
"""How many files are read at once: as many as a message has on Discord, and a form on Slack."""


@router.verb(Arg("comment", "What is said beside them", ArgKind.TEXT, max_chars=100_000), shown=False)
async def files(
    request: Request, feeds: Feeds, feed_service: FeedService, note_days: int, clock: Clock
) -> AsyncIterator[Reply]:
    """Read the files that somebody sent; what is said beside them is not saved."""
    refuse_outsiders(request)
    async for reply in read_files(request, feeds, feed_service, note_days, clock):
        yield reply


def refuse_outsiders(request: Request) -> None:
    """Raise UserError if people outside the workspace can read along."""
    if request.has_outsiders:
        message = "People outside your workspace can read this channel; save a note for your workspace somewhere else."
        raise UserError(message)


async def read_files(
    request: Request,
    feeds: Feeds,
    feed_service: FeedService,
    note_days: int,
    clock: Clock,
    above: tuple[Group, ...] = (),
) -> AsyncIterator[Reply]:
    """Read the files of a request one after another, and say what came of each, below what stands `above`."""
    comment = request.arg("comment")

    async def read_all(report: ProgressCallback) -> Message:
        items = []
        for n, attachment in enumerate(request.attachments[:MAX_FILES]):
            report(Progress(n, len(request.attachments), f"Reading {attachment.name}"))
            try:
                items.append(await _read_file(request, attachment, feeds, feed_service, clock, report))
            except OverheardError as error:
                # One that can't be read must not cost all those behind it.
                items.append(file_refused_item(attachment.name, str(error)))
        left = len(request.attachments) - len(items)
        view = files_view(items, left, note_days, comment if comment.endswith("?") else "")
        return replace(view, groups=(*above, *view.groups))

    async for reply in _with_progress(read_all):
        yield reply


async def _read_file(
    request: Request,
    attachment: Attachment,
    feeds: Feeds,
    feed_service: FeedService,
    clock: Clock,
    report: ProgressCallback,
) -> Item:
    if why := feed_service.refuse_upload(attachment.name, attachment.size):
        return file_refused_item(attachment.name, why)
    content = await attachment.read(MAX_BODY_BYTES)
    if await feed_service.is_list(content):
        if not request.may_manage:
            return file_refused_item(attachment.name, NOT_A_MANAGER)
        previews = await feed_service.discover_list(content, report)
        return list_read_item(attachment.name, *await add_previews(request, previews, feeds, clock))
    if attachment.name.casefold().endswith(LIST_SUFFIX):
        return file_refused_item(attachment.name, "it is not a list of feeds (OPML)")
    result = await feed_service.import_upload(content, attachment.name, request.at.tenant, request.user, report)
    summary = result.summary
    return file_read_item(
        attachment.name,
        result.format,
        result.origins,
        claims=summary.claims,
        problems=[" ".join(filter(None, (problem.location, problem.reason))) for problem in summary.problems],
        is_known=summary.unchanged == len(result.origins),
    )


async def _with_progress(work: Callable[[ProgressCallback], Awaitable[Message]]) -> AsyncIterator[Reply]:
    """Yield the progress that some work reports, and in the end the message that it returns."""
    states: asyncio.Queue[Progress | None] = asyncio.Queue()
    task = asyncio.ensure_future(work(states.put_nowait))
    task.add_done_callback(lambda _: states.put_nowait(None))
    try:
        while state := await states.get():
            yield Reply(progress_view(state), final=False)
        yield Reply(await task, private=True)
    finally:
        task.cancel()
