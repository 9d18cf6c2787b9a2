"""Takes in files, folders and conversations, one after the other, and watches those that are sources."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.chat.request import Progress, Report
from bot.domain import Conversation
from bot.due_times import Clock
from bot.errors import OverheardError
from bot.ingest.pipeline import Advice
from bot.search.hybrid import HybridSearch
from bot.store.library import Library
from bot.store.people import Sources
from bot.store.registry import Registry
from bot.views.system import summary_words

if TYPE_CHECKING:
    from bot.ingest.pipeline import Pipeline, Summary


def in_words(summary: Summary) -> str:
    """Return what came of a reading."""
    return summary_words(
        new=summary.new,
        revised=summary.revised,
        unchanged=summary.unchanged,
        claims=summary.claims,
        problems=len(summary.problems),
    )


class Importer:
    """Reads conversations into the library; two readings never overlap.

    What reading needs is loaded when the first one begins: most starts of the bot read nothing.
    """

    def __init__(
        self,
        library: Library,
        merges: Registry,
        search: HybridSearch,
        sources: Sources,
        clock: Clock,
        advice: Advice,
        workers: int,
    ) -> None:
        self._library, self._merges, self._workers = library, merges, workers
        self._search, self._sources, self._clock, self._advice = search, sources, clock, advice
        self._lock = asyncio.Lock()
        self._seen: dict[str, tuple[float, int]] = {}

    async def read(self, paths: Sequence[Path], report: Report) -> Summary:
        """Read files and folders; what is not new or edited is left alone."""
        async with self._lock:
            return await (await self._pipeline()).run(paths, report)

    async def keep(self, conversations: Iterable[Conversation], report: Report) -> Summary:
        """Take in conversations that are already at hand."""
        async with self._lock:
            return await (await self._pipeline()).keep(conversations, report)

    async def take(self, said: Conversation) -> None:
        """Keep a conversation and what is found in it, in whatever language it is; search finds it from then on."""
        from bot.ingest.language import language

        words = " ".join(turn.text for turn in said.turns)
        lang = await asyncio.to_thread(language, words, said.lang)
        if (await self.keep([replace(said, lang=lang)], unseen)).problems:
            # What was wrong is in the log.
            raise OverheardError
        await self._search.refresh()

    async def read_source(self, tenant: str, target: str) -> str:
        """Read a source now and return in words how it went."""
        state = in_words(await self.read([Path(target)], unseen))
        await self._sources.report(tenant, target, state, self._clock.now())
        await self._search.refresh()
        return state

    async def poll(self, tenant: str) -> None:
        """Read those sources again in which a file has changed since they were last looked at."""
        for source in await self._sources.sources(tenant):
            found = await asyncio.to_thread(_state_of, Path(source.target))
            if self._seen.get(source.target) != found:
                await self.read_source(tenant, source.target)
                self._seen[source.target] = found

    async def _pipeline(self) -> Pipeline:
        """Begin a run that knows the library's names as they are now, and which of them must stay apart."""
        from bot.claims.extractor import read
        from bot.ingest.pipeline import Pipeline
        from bot.nlp.gazetteer import must_not_merge

        await self._merges.keep_apart(must_not_merge())
        knowing = partial(read, known=await self._merges.known())
        return Pipeline(self._library, knowing, self._clock, self._advice, self._workers)


def unseen(_: Progress) -> None:
    """Drop progress that nobody watches."""


def _state_of(place: Path) -> tuple[float, int]:
    """Return when a file, or the newest in a folder, was changed, and how many bytes there are."""
    if not place.exists():
        return 0.0, 0
    files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    states = [path.stat() for path in files]
    return max((state.st_mtime for state in states), default=0.0), sum(state.st_size for state in states)
