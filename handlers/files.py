"""Files that people send: transcripts and texts are read for one space, and lists become its sources."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace

from bot.chat.message import Group, Item, Message
from bot.chat.request import Arg, ArgKind, Attachment, Progress, ProgressCallback, Reply, Request, Router
from bot.due_times import Clock
from bot.errors import OverheardError, UserError
from bot.ingest.feeds.fetch import MAX_BODY_BYTES
from bot.ingest.feeds.service import LIST_SUFFIX, MAX_CONVERSATIONS, FeedService
from bot.store.feeds import Feeds
from bot.views.notes import (
    file_known_item,
    file_read_item,
    file_refused_item,
    file_repeated_item,
    files_view,
    list_read_item,
)
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
        items, reader = list[Item](), _Reader(request, feeds, feed_service, clock, report)
        for n, attachment in enumerate(request.attachments[:MAX_FILES]):
            report(Progress(n, len(request.attachments), f"Reading {attachment.name}"))
            try:
                items.append(await reader.read(attachment))
            except OverheardError as error:
                # One that can't be read must not cost all those behind it.
                items.append(file_refused_item(attachment.name, str(error)))
        left = len(request.attachments) - len(items)
        view = files_view(items, left, note_days, comment if comment.endswith("?") else "")
        return replace(view, groups=(*above, *view.groups))

    async for reply in _with_progress(read_all):
        yield reply


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the files of one request; `names` has those it has read, by what is in them."""

    request: Request
    feeds: Feeds
    feed_service: FeedService
    clock: Clock
    report: ProgressCallback
    names: dict[bytes, str] = field(default_factory=dict)

    async def read(self, attachment: Attachment) -> Item:
        """Read a file, and say what came of it."""
        name, service = attachment.name, self.feed_service
        if why := service.refuse_upload(name, attachment.size):
            return file_refused_item(name, why)
        content = await attachment.read(MAX_BODY_BYTES)
        if await service.is_list(content):
            return await self._add_list(name, content)
        if name.casefold().endswith(LIST_SUFFIX):
            return file_refused_item(name, "it is not a list of feeds (OPML)")
        return await self._save(name, content)

    async def _add_list(self, name: str, content: bytes) -> Item:
        if not self.request.may_manage:
            return file_refused_item(name, NOT_A_MANAGER)
        previews = await self.feed_service.discover_list(content, self.report)
        return list_read_item(name, *await add_previews(self.request, previews, self.feeds, self.clock))

    async def _save(self, name: str, content: bytes) -> Item:
        digest = hashlib.sha256(content).digest()
        if first := self.names.get(digest):
            return file_repeated_item(name, first)
        at, user = self.request.at, self.request.user
        result = await self.feed_service.import_upload(content, name, at.tenant, user, self.report)
        if result.saved.origins:
            self.names[digest] = name
        if not result.is_theirs:
            return file_known_item(name, result.saved)
        return file_read_item(
            name,
            result.format,
            result.saved,
            result.key,
            problems=result.problems,
            left=result.left,
            most=MAX_CONVERSATIONS,
            is_new=result.is_new,
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
