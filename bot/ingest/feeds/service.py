"""Sources on the web: finding them, asking them and reading what they show."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.chat.request import Progress, Report
from bot.config import Settings
from bot.domain import Conversation
from bot.domain.feed import Feed, Login, Offer, Show
from bot.due_times import Clock
from bot.errors import FeedError, Health
from bot.ingest.feeds.fetch import Ask, Fetch, Fetched, Room, Taken
from bot.ingest.feeds.poller import Poller
from bot.ingest.feeds.transcription import Transcriber
from bot.ingest.importer import Importer, unseen
from bot.search.hybrid import HybridSearch
from bot.store.feeds import Feeds
from bot.store.items import Items

if TYPE_CHECKING:
    from bot.ingest.feeds.gatherer import Gatherer
    from bot.ingest.sandbox import Run


@dataclass(frozen=True, slots=True)
class _Reach:
    """What reaches outside, built once it is needed."""

    fetch: Fetch
    run: Run
    gatherer: Gatherer


class FeedService:
    """What this process does on the web. A bot without live sources loads nothing of it."""

    def __init__(
        self,
        settings: Settings,
        polls: Feeds,
        items: Items,
        importer: Importer,
        search: HybridSearch,
        clock: Clock,
        transcriber: Transcriber | None = None,
    ) -> None:
        self._settings, self._items = settings, items
        self._importer, self._search, self._clock = importer, search, clock
        self._transcriber = transcriber
        self._open = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._built: _Reach | None = None
        self._poller = Poller(polls, self._fetch, self._take, clock)

    async def find(self, url: str, login: Login | None = None) -> list[Offer]:
        """Return the feed behind an address, or one result for each line of a list of feeds.

        Raises FeedError where there is none, with health LOCKED where a login is wanted.
        """
        from bot.ingest.feeds.finder import find

        reach = await self._reach()
        return await find(url, reach.fetch, reach.run, self._clock, login)

    async def post(self, url: str) -> tuple[str, str]:
        """Return the title and the words of the page at an address; raises FeedError where it has none."""
        from bot.ingest.feeds.finder import charset
        from bot.ingest.formats.article import read_page

        reach = await self._reach()
        fetched = await reach.fetch(Ask(url))
        page = await reach.run(read_page, fetched.body, fetched.url, "text/html", charset(fetched))
        words = "\n".join(turn.text for turn in page.turns)
        if not words:
            message = "there are no words in it that can be read"
            raise FeedError(message, Health.EMPTY)
        return page.title, words

    async def catalogue(self, topic: str) -> list[Show]:
        """Return shows to begin with: those on a topic, or all of them."""
        from bot.ingest.feeds.catalogue import catalogue

        found = await asyncio.to_thread(catalogue, topic)
        return [Show(one.name, one.description, one.feed) for one in found]

    async def poll(self) -> int:
        """Ask the sources that are due; return how many."""
        return await self._poller.poll()

    async def tell(self, report: Report = unseen) -> int:
        """Read what waits to be read, all of it; return how many items there were."""
        told = 0

        def one(title: str) -> None:
            nonlocal told
            told += 1
            report(Progress(told, 0, title))

        while await self._items.waiting(self._clock.now(), 1):
            await (await self._reach()).gatherer.tell(one)
            await self._search.refresh()
        return told

    async def aclose(self) -> None:
        """Let go of everything that was opened."""
        await self._open.aclose()

    async def _fetch(self, ask: Ask, room: Room | None = None) -> Fetched:
        return await (await self._reach()).fetch(ask, room)

    async def _take(self, feed: Feed, fetched: Fetched) -> Taken:
        return await (await self._reach()).gatherer.take(feed, fetched)

    async def _reach(self) -> _Reach:
        async with self._opening:
            self._built = self._built or await self._build()
            return self._built

    async def _build(self) -> _Reach:
        from bot.ingest.feeds.addresses import permitting
        from bot.ingest.feeds.fetcher import fetching
        from bot.ingest.feeds.gatherer import Gatherer
        from bot.ingest.feeds.host_pacing import paced
        from bot.ingest.feeds.transcription import Listener
        from bot.ingest.sandbox import sandbox

        settings, clock = self._settings, self._clock
        permitted = permitting(settings.private_networks)
        fetcher = await self._open.enter_async_context(fetching(permitted, settings.contact))
        fetch, hears = paced(fetcher), self._transcriber
        run = await self._open.enter_async_context(sandbox())
        hear = Listener(fetcher.download, hears) if hears else None
        return _Reach(fetch, run, Gatherer(self._items, fetch, run, self._keep, clock, hear))

    async def _keep(self, said: Sequence[Conversation]) -> None:
        await self._importer.keep(said, unseen)
