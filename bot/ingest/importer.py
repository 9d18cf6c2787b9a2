"""Takes in files, folders and conversations, one run at a time, and watches those that are sources."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bot.chat.request import Progress, ProgressCallback
from bot.domain import Analysis, Conversation
from bot.due_times import Clock
from bot.errors import InputError, OverheardError
from bot.search.hybrid import HybridSearch
from bot.store.feeds import Sources
from bot.store.library import Library, Rereading
from bot.store.registry import Registry
from bot.views.system import reading_summary

if TYPE_CHECKING:
    from bot.ingest.files import Given, ImportItem
    from bot.ingest.pipeline import ModelAssistant, Pipeline, Summary
    from bot.ingest.workers import Extract


def format_summary(summary: Summary) -> str:
    """Return the outcome of a run in words."""
    return reading_summary(
        new=summary.new,
        revised=summary.revised,
        unchanged=summary.unchanged,
        claims=summary.claims,
        problems=len(summary.problems),
    )


class Importer:
    """Reads conversations into the library; two runs never overlap.

    What a run needs is loaded when the first one begins: most starts of the bot read nothing.
    """

    def __init__(
        self,
        library: Library,
        registry: Registry,
        search: HybridSearch,
        sources: Sources,
        clock: Clock,
        assistant: ModelAssistant,
        workers: int,
        rereading: Rereading,
    ) -> None:
        self._library, self._registry, self._workers = library, registry, workers
        self._rereading, self._is_reread = rereading, False
        self._search, self._sources, self._clock, self._assistant = search, sources, clock, assistant
        self._lock = asyncio.Lock()
        self._fingerprints: dict[str, tuple[float, int]] = {}

    async def import_paths(
        self, paths: Sequence[Path], report: ProgressCallback, given: Given | None = None
    ) -> Summary:
        """Read what is new or edited in files and folders; what is `given` comes before what they say."""
        async with self._lock:
            return await (await self._build_pipeline()).import_paths(paths, report, given)

    async def import_conversations(
        self, items: Iterable[ImportItem], report: ProgressCallback, *, are_notes: bool = False
    ) -> Summary:
        """Take in conversations that are already in memory, beside what could not be read of them.

        Notes that are forgotten while they are read aren't saved.
        """
        async with self._lock:
            return await (await self._build_pipeline()).import_conversations(items, report, are_notes=are_notes)

    async def preview(self, path: Path, given: Given | None = None) -> AsyncIterator[tuple[str, Analysis | InputError]]:
        """Read a file or folder and save nothing; yields what is found, or why not, with the name of its format."""
        async for form, item in (await self._build_pipeline()).preview(path, given):
            yield form, item

    async def import_note(self, conversation: Conversation) -> None:
        """Save a note in any language with its claims, unless it is forgotten by then; search finds it from then on."""
        words = " ".join(turn.text for turn in conversation.turns)
        lang = await asyncio.to_thread(detect_language, words, conversation.lang)
        note = replace(conversation, lang=lang)
        if (await self.import_conversations([note], ignore_progress, are_notes=True)).problems:
            # The log has the cause.
            raise OverheardError
        await self._search.refresh()

    async def import_source(self, tenant: str, target: str) -> str:
        """Read a source now and return the outcome in words."""
        state = format_summary(await self.import_paths([Path(target)], ignore_progress))
        await self._sources.record_read(tenant, target, state, self._clock.now())
        await self._search.refresh()
        return state

    async def import_changed_sources(self, tenant: str) -> None:
        """Read the sources again in which a file has changed since the last look."""
        for source in await self._sources.sources(tenant):
            fingerprint = await asyncio.to_thread(_fingerprint, Path(source.target))
            if self._fingerprints.get(source.target) != fingerprint:
                await self.import_source(tenant, source.target)
                self._fingerprints[source.target] = fingerprint

    async def reread_outdated(self) -> None:
        """Read again, once, what an older version of the reader read; live reading goes on meanwhile."""
        if self._is_reread:
            return
        from bot.ingest.rereading import count_outdated, reread_outdated

        if await count_outdated(self._rereading):
            await reread_outdated(self._rereading, await self._build_extract(), self._workers)
            await self._search.refresh()
        self._is_reread = True

    async def count_outdated(self) -> int:
        """Return how many conversations are still to be read again."""
        from bot.ingest.rereading import count_outdated

        return await count_outdated(self._rereading)

    async def _build_pipeline(self) -> Pipeline:
        from bot.ingest.pipeline import Pipeline

        extract = await self._build_extract()
        return Pipeline(self._library, extract, self._clock, self._assistant, self._workers)

    async def _build_extract(self) -> Extract:
        """Return a reader that knows the library's names as they are now, and which of them must stay apart."""
        from bot.claims.extractor import extract_claims
        from bot.nlp.gazetteer import confusable_names

        await self._registry.keep_apart(confusable_names())
        return partial(extract_claims, known_entities=await self._registry.known_entities())


def ignore_progress(_: Progress) -> None:
    """Ignore progress that nobody watches."""


def _fingerprint(place: Path) -> tuple[float, int]:
    """Return when a file, or the newest one in a folder, was changed, and the size in bytes."""
    if not place.exists():
        return 0.0, 0
    files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    states = [path.stat() for path in files]
    return max((state.st_mtime for state in states), default=0.0), sum(state.st_size for state in states)


UNKNOWN_LANGUAGE = "und"
"""The code for an undetermined language (ISO 639-2)."""

MIN_CHARS = 20
"""Fewer characters show nothing."""

RELIABLE_CHARS = 120
"""So many characters outweigh what was declared: of 3,063 English turns as long, 20 were mistaken for another."""

_SAMPLE_CHARS = 20_000
_LATIN_CUTOFF, _OTHER_CUTOFF = 1_200, 1_600
"""How far words may be from a language's usual letters; scripts with thousands of letters never come near."""


def detect_language(text: str, declared: str = "") -> str:
    """Return the language in two letters: that of a long text, else the one declared, else that of a short text."""
    sample, code = text.strip()[:_SAMPLE_CHARS], declared.strip().lower()[:2]
    if len(sample) < (MIN_CHARS if not code else RELIABLE_CHARS) or find_spec("resiliparse") is None:
        return code or UNKNOWN_LANGUAGE
    return _detect(sample) or code or UNKNOWN_LANGUAGE


def _detect(words: str) -> str:
    from resiliparse.parse.lang import detect_fast

    letters = [letter for letter in words if letter.isalpha()]
    latin = sum(letter.isascii() for letter in letters) * 2 > len(letters)
    code, _ = detect_fast(words, cutoff=_LATIN_CUTOFF if latin else _OTHER_CUTOFF)
    return "" if code == "unknown" else str(code)[:2]
