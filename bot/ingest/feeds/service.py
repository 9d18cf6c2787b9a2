"""Feeds: finding them, polling them and reading their items."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.chat.request import Progress, ProgressCallback
from bot.config import Settings
from bot.domain import Conversation
from bot.domain.feed import Feed, FeedPreview, Login, Show
from bot.domain.library import NotedFile
from bot.due_times import Clock
from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.fetch import MAX_BODY_BYTES, FeedUpdate, Fetch, FetchRequest, FetchResponse, MemoryGate
from bot.ingest.feeds.poller import Poller
from bot.ingest.importer import Importer, ignore_progress
from bot.search.hybrid import HybridSearch
from bot.store.feeds import Feeds
from bot.store.items import Items
from bot.store.library import Notes

if TYPE_CHECKING:
    from bot.ingest.feeds.discovery import FeedDiscovery
    from bot.ingest.feeds.ingester import FeedIngester
    from bot.ingest.feeds.transcription import Transcriber
    from bot.ingest.sandbox import RunSandboxed


@dataclass(frozen=True, slots=True)
class _WebClients:
    """What reaches outside, built when first needed."""

    fetch: Fetch
    run: RunSandboxed
    discovery: FeedDiscovery
    ingester: FeedIngester


@dataclass(frozen=True, slots=True)
class UploadResult:
    """What came of a file that somebody sent: its key and format, what is saved of it, and why some of it isn't.

    `left` is how many conversations were too many; `is_new` says that some are new or changed, `is_theirs` that the
    file belongs to whoever sent it now.
    """

    key: str
    format: str
    saved: NotedFile
    problems: tuple[str, ...] = ()
    left: int = 0
    is_new: bool = False
    is_theirs: bool = True


MAX_CONVERSATIONS = 1_000
"""How many conversations of one file are read: more is a library, for `overheard ingest`."""

_READ_AT_ONCE = 100
"""Conversations that are read before others, who wait, have their turn."""

_UPLOAD_SECONDS = 30.0

LIST_SUFFIX = ".opml"
"""What the names of lists of feeds end with; lists of links are texts."""

MEGABYTE = 1_000_000


class FeedService:
    """What this process does on the web. A bot without feeds loads nothing of it."""

    def __init__(
        self,
        settings: Settings,
        feeds: Feeds,
        items: Items,
        notes: Notes,
        importer: Importer,
        search: HybridSearch,
        clock: Clock,
        transcriber: Transcriber | None = None,
    ) -> None:
        self._settings, self._feeds, self._items, self._notes = settings, feeds, items, notes
        self._importer, self._search, self._clock = importer, search, clock
        self._transcriber = transcriber
        self._resources = AsyncExitStack()
        self._build_lock = asyncio.Lock()
        self._clients: _WebClients | None = None
        self._poller = Poller(feeds, self._fetch, self._record_items, clock)

    async def discover(self, url: str, login: Login | None = None) -> list[FeedPreview]:
        """Return the feed behind an address, or a result for each entry of a list of feeds.

        Raises FeedError if there is none, with health LOGIN_REQUIRED if a login is wanted.
        """
        return await (await self._get_clients()).discovery.discover(url, login)

    async def discover_list(self, content: bytes, report: ProgressCallback = ignore_progress) -> list[FeedPreview]:
        """Return a result for each entry of a list that somebody sent: OPML, or addresses, one a line.

        Raises FeedError if it is neither.
        """
        return await (await self._get_clients()).discovery.discover_list(content, report)

    async def is_list(self, content: bytes) -> bool:
        """Return whether a file that somebody sent is a list of feeds or of links, and nothing else."""
        from bot.ingest.feeds.discovery import is_list

        return await (await self._get_clients()).run(is_list, content)

    def refuse_upload(self, name: str, size: int) -> str:
        """Return why a file that somebody wants to send isn't read, by its name and size in bytes; "" if it is."""
        from bot.ingest.files import unread_type

        if size > MAX_BODY_BYTES:
            return f"it has more than {MAX_BODY_BYTES // MEGABYTE} MB, and no more are read"
        if name.casefold().endswith(f"{LIST_SUFFIX}.gz"):
            return "lists of feeds are read as they are, not as .gz"
        return "" if name.casefold().endswith(LIST_SUFFIX) else unread_type(name)

    async def import_upload(
        self, content: bytes, name: str, space: str, user: str, report: ProgressCallback = ignore_progress
    ) -> UploadResult:
        """Read a file that somebody sent from a space, for that space alone; search finds it there from then on.

        It is parsed as what comes from the web is: in a process that may be killed. Its conversations are notes of
        whoever sent it first: if others send it again, nothing changes. Raises FeedError, which gives the reason, if
        the file as a whole can't be read, or was forgotten meanwhile.
        """
        from bot.ingest.files import read_upload
        from bot.ingest.posts import without_stale_date

        run, now = (await self._get_clients()).run, self._clock.now()
        upload = await run(read_upload, content, name, now.date(), space, MAX_CONVERSATIONS, seconds=_UPLOAD_SECONDS)
        conversations = [without_stale_date(one) for one in upload.conversations]
        problems = [" ".join(filter(None, problem)) for problem in upload.problems]
        if not conversations:
            return UploadResult(upload.key, upload.format, NotedFile(), tuple(problems))
        is_new, message = False, "somebody else sent it, and it is being read; send it again in some minutes"
        if await self._notes.put(space, upload.key, user, now, len(conversations)):
            message = "it was forgotten while it was read"
            try:
                is_new, unread = await self._import_in_turns(conversations, report)
            finally:
                await self._notes.drop_unread(space, upload.key)
            problems += unread
        saved = await self._notes.file(space, upload.key)
        if not saved.origins and not problems:
            raise FeedError(message)
        is_theirs = not saved.origins or saved.user == user
        return UploadResult(upload.key, upload.format, saved, tuple(problems), upload.left, is_new, is_theirs)

    async def _import_in_turns(
        self, conversations: Sequence[Conversation], report: ProgressCallback
    ) -> tuple[bool, list[str]]:
        """Return whether any was new or changed, and why others could not be read."""
        is_new, unread, total = False, list[str](), len(conversations)
        for start in range(0, total, _READ_AT_ONCE):
            some, say = conversations[start : start + _READ_AT_ONCE], _continue(report, start, total)
            summary = await self._importer.import_conversations(some, say, are_notes=True)
            is_new = is_new or bool(summary.new or summary.revised)
            unread += [problem.reason for problem in summary.problems]
        await self._search.refresh()
        return is_new, unread

    async def fetch_article(self, url: str) -> tuple[str, str, str]:
        """Return the title, the text and the written date of the page at an address, "" if it has none.

        Raises FeedError if it has no text.
        """
        from bot.ingest.formats.article import read_page

        clients = await self._get_clients()
        response = await clients.fetch(FetchRequest(url))
        page = await clients.run(read_page, response.body, response.url, "text/html", response.charset)
        text = "\n".join(turn.text for turn in page.turns)
        if not text:
            message = "it holds no words that can be read"
            raise FeedError(message, FeedHealth.EMPTY)
        return page.title, text, page.date_text

    async def catalogue(self, topic: str) -> list[Show]:
        """Return shows to begin with: those on a topic, or all of them."""
        from bot.ingest.feeds.discovery import load_catalogue

        entries = await asyncio.to_thread(load_catalogue, topic)
        return [Show(entry.name, entry.description, entry.feed_url) for entry in entries]

    async def take_over(self, has_ended: Callable[[str], bool]) -> None:
        """Let the feeds be polled at once that processes held which have ended."""
        await self._feeds.release_held(has_ended, self._clock.now())

    async def poll(self, report: ProgressCallback = ignore_progress) -> int:
        """Poll the feeds that are due; return how many."""
        numbers = itertools.count(1)
        return await self._poller.poll(lambda feed: report(Progress(next(numbers), 0, feed.title or feed.url)))

    async def process_pending(self, report: ProgressCallback = ignore_progress) -> int:
        """Read every item that waits; return how many there were."""
        total, numbers = 0, itertools.count(1)
        while await self._items.due(self._clock.now(), 1):
            ingester = (await self._get_clients()).ingester
            total += await ingester.process_batch(lambda title: report(Progress(next(numbers), 0, title)))
            await self._search.refresh()
        return total

    async def aclose(self) -> None:
        """Close everything that was opened."""
        await self._resources.aclose()

    async def _fetch(self, request: FetchRequest, memory_gate: MemoryGate | None = None) -> FetchResponse:
        return await (await self._get_clients()).fetch(request, memory_gate)

    async def _record_items(self, feed: Feed, response: FetchResponse) -> FeedUpdate:
        return await (await self._get_clients()).ingester.record_items(feed, response)

    async def _get_clients(self) -> _WebClients:
        async with self._build_lock:
            self._clients = self._clients or await self._build()
            return self._clients

    async def _build(self) -> _WebClients:
        from bot.ingest.feeds.discovery import FeedDiscovery
        from bot.ingest.feeds.fetcher import PAUSE_SECONDS, open_fetcher, pace_by_host
        from bot.ingest.feeds.ingester import FeedIngester
        from bot.ingest.feeds.transcription import RecordingTranscriber
        from bot.ingest.feeds.urls import allow_networks
        from bot.ingest.sandbox import sandbox

        settings, clock = self._settings, self._clock
        permitted = allow_networks(settings.private_networks)
        fetcher = await self._resources.enter_async_context(open_fetcher(permitted, settings.contact))
        fetch = pace_by_host(fetcher, PAUSE_SECONDS)
        run = await self._resources.enter_async_context(sandbox())
        transcribe = RecordingTranscriber(fetcher.download, self._transcriber) if self._transcriber else None
        ingester = FeedIngester(self._items, fetch, run, self._save, clock, transcribe)
        return _WebClients(fetch, run, FeedDiscovery(fetch, run, clock), ingester)

    async def _save(self, conversations: Sequence[Conversation]) -> None:
        await self._importer.import_conversations(conversations, ignore_progress)


def _continue(report: ProgressCallback, start: int, total: int) -> ProgressCallback:
    """Return what reports the progress of a part that begins after so many."""
    return lambda progress: report(Progress(start + progress.done, total, progress.note))
