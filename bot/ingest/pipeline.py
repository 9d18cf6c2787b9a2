"""From conversations to saved analyses: what is new or edited is read in low-priority processes, saved in batches."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

from bot.chat.request import Progress, ProgressCallback
from bot.domain import UNDATED, Analysis, Conversation, Origin, TurnSpan
from bot.due_times import Clock
from bot.errors import InputError
from bot.ingest.files import Given, ImportItem, estimate_count, format_name, iter_files, read_file, read_path
from bot.ingest.formats.parsed import word_count
from bot.ingest.posts import without_stale_dates
from bot.ingest.workers import Extract, ExtractAsync, worker_pool
from bot.store.library import Library


class ModelAssistant(Protocol):
    """What a model adds while conversations are read."""

    async def propose_claims(self, conversation: Conversation, /) -> frozenset[TurnSpan]:
        """Return where there are claims besides those that rules find."""

    async def refine_entities(self, reading: Analysis) -> Analysis:
        """Return the analysis with its names sorted."""


SMALL_INPUT_CHARS = 1_000_000
"""Characters of input that are read in a thread: starting processes would take longer than reading them."""

MAX_IN_FLIGHT = 32
"""Conversations on their way through the workers at once; bounds the memory they take."""

BATCH_CONVERSATIONS = 25
BATCH_PASSAGES = 4_000
"""A batch is saved once it has so many conversations, or so many passages."""

_log = logging.getLogger(__name__)

_Pending: TypeAlias = tuple[Conversation, asyncio.Future[Analysis]]


@dataclass(frozen=True, slots=True)
class Summary:
    """The outcome of a run: counts, `seconds` taken, and `problems`: what could not be read and why.

    `undated` counts those of which nobody knows when they were held; `origins` are the first ten that were saved.
    """

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    claims: int = 0
    entities: int = 0
    words: int = 0
    problems: tuple[InputError, ...] = ()
    seconds: float = 0.0
    undated: int = 0
    origins: tuple[Origin, ...] = ()


MAX_ORIGINS = 10
"""How many of the conversations of a run its summary names."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Items with their content hashes; `has_more` says that others may follow."""

    items: Sequence[tuple[ImportItem, str]]
    has_more: bool


@dataclass(slots=True)
class _ImportRun:
    """The counts of a run under way."""

    report: ProgressCallback
    total: int
    are_notes: bool = False
    done: int = 0
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    claims: int = 0
    words: int = 0
    entity_names: set[str] = field(default_factory=set)
    seen_ids: set[str] = field(default_factory=set)
    edited_ids: set[str] = field(default_factory=set)
    problems: list[InputError] = field(default_factory=list)
    undated: int = 0
    origins: list[Origin] = field(default_factory=list)

    def add_problem(self, error: InputError) -> None:
        self.problems.append(error)
        self.advance()

    def needs_reading(self, id_: str, content_hash: str, stored_hashes: Mapping[str, str]) -> bool:
        """Return whether a conversation is new or edited, by its content hash."""
        if id_ in self.seen_ids:
            self.add_problem(InputError(id_, "", "the same id came before in this run; the first one counts"))
            return False
        self.seen_ids.add(id_)
        known = stored_hashes.get(id_)
        if known == content_hash:
            self.unchanged += 1
            self.advance()
        elif known:
            self.edited_ids.add(id_)
        return known != content_hash

    def advance(self, note: str = "") -> None:
        self.done += 1
        self.total = max(self.total, self.done)
        self.report(Progress(self.done, self.total, note))

    def record_saved(self, reading: Analysis) -> None:
        edited = reading.conversation.id in self.edited_ids
        self.revised += edited
        self.new += not edited
        self.claims += len(reading.claims)
        self.words += word_count(reading.conversation.turns)
        self.entity_names.update(entity.name for entity in reading.entities)
        self.undated += reading.conversation.date == UNDATED
        self.origins += [reading.conversation.origin] if len(self.origins) < MAX_ORIGINS else []
        self.advance(reading.conversation.title)

    def summary(self, seconds: float) -> Summary:
        return Summary(
            new=self.new,
            revised=self.revised,
            unchanged=self.unchanged,
            claims=self.claims,
            entities=len(self.entity_names),
            words=self.words,
            problems=tuple(self.problems),
            seconds=seconds,
            undated=self.undated,
            origins=tuple(self.origins),
        )


class Pipeline:
    """Takes conversations in, each once.

    `extract` is a function at the top of a module, or a `partial` of one, so that a process can find it by name; what
    it knows is sent once a run. `workers` is how many processes read at once, 0 for a thread. A conversation is saved
    whole or not at all, so a run that was killed is finished by running it again. Of two conversations with one id in
    a run, the first counts.
    """

    def __init__(
        self, library: Library, extract: Extract, clock: Clock, assistant: ModelAssistant, workers: int = 2
    ) -> None:
        self._library, self._extract, self._clock, self._workers = library, extract, clock, workers
        self._assistant = assistant

    async def import_paths(
        self, paths: Sequence[Path], report: ProgressCallback, given: Given | None = None
    ) -> Summary:
        """Read files and folders; the summary's problems say what could not be read. `given` is known of them all."""
        run = _ImportRun(report, await asyncio.to_thread(lambda: sum(map(estimate_count, paths))))
        today = self._clock.now().date()
        items = itertools.chain.from_iterable(read_path(path, today, given) for path in paths)
        return await self._ingest(without_stale_dates(items, given), run)

    async def import_conversations(
        self, items: Iterable[ImportItem], report: ProgressCallback, *, are_notes: bool = False
    ) -> Summary:
        """Take in conversations that are already in memory, beside what could not be read of them.

        Notes that are forgotten while they are read aren't saved, and count for nothing.
        """
        loaded = list(items)
        return await self._ingest(iter(loaded), _ImportRun(report, len(loaded), are_notes))

    async def _ingest(self, items: Iterator[ImportItem], run: _ImportRun) -> Summary:
        began = self._clock.now()
        batch: list[Analysis] = []
        async with contextlib.aclosing(self._extract_ahead(items, run)) as readings:
            async for reading in readings:
                batch.append(reading)
                if len(batch) >= BATCH_CONVERSATIONS or sum(len(kept.passages) for kept in batch) >= BATCH_PASSAGES:
                    await self._save(batch, run)
                    batch = []
        await self._save(batch, run)
        return run.summary((self._clock.now() - began).total_seconds())

    async def preview(self, path: Path, given: Given | None = None) -> AsyncIterator[tuple[str, Analysis | InputError]]:
        """Read a file or folder and save nothing; yields what is found, or why not, with the name of its format."""
        today = self._clock.now().date()
        async with worker_pool(0, self._extract) as extract:
            for file in await asyncio.to_thread(lambda: list(iter_files(path))):
                form = await asyncio.to_thread(format_name, file)
                items = read_file(file, today, file.parent if file == path else path, given)
                for item in without_stale_dates(items, given):
                    yield form, item if isinstance(item, InputError) else await analyse(item, self._assistant, extract)

    async def _save(self, batch: Sequence[Analysis], run: _ImportRun) -> None:
        for reading in await self._library.save(batch, are_notes=run.are_notes) if batch else ():
            run.record_saved(reading)
            # Counting the words of a whole batch in one go would block the event loop.
            await asyncio.sleep(0)

    async def _extract_ahead(self, items: Iterator[ImportItem], run: _ImportRun) -> AsyncGenerator[Analysis, None]:
        """Read ahead of the consumer, so that workers go on while a batch is saved."""
        chunk = await asyncio.to_thread(_next_chunk, items)
        ahead: deque[_Pending] = deque()
        async with worker_pool(self._workers if chunk.has_more else 0, self._extract) as extract:
            try:
                while chunk.items:
                    for conversation in await self._select_changed(chunk.items, run):
                        reading = analyse(conversation, self._assistant, extract)
                        ahead.append((conversation, asyncio.ensure_future(reading)))
                        if len(ahead) >= MAX_IN_FLIGHT and (done := await _await_reading(ahead.popleft(), run)):
                            yield done
                    chunk = await asyncio.to_thread(_next_chunk, items)
                while ahead:
                    if done := await _await_reading(ahead.popleft(), run):
                        yield done
            finally:
                for _, future in ahead:
                    future.cancel()

    async def _select_changed(self, items: Sequence[tuple[ImportItem, str]], run: _ImportRun) -> list[Conversation]:
        for item, _ in items:
            if isinstance(item, InputError):
                run.add_problem(item)
        stored = await self._library.hashes([item.id for item, _ in items if isinstance(item, Conversation)])
        return [
            item
            for item, content_hash in items
            if isinstance(item, Conversation) and run.needs_reading(item.id, content_hash, stored)
        ]


async def analyse(conversation: Conversation, assistant: ModelAssistant, extract: ExtractAsync) -> Analysis:
    """Read one conversation: the one path by which any is, whether it is saved afterwards or not."""
    spans = await assistant.propose_claims(conversation)
    return await assistant.refine_entities(await extract(conversation, spans))


def _next_chunk(items: Iterator[ImportItem]) -> _Chunk:
    """Take as many items as make up a small input; hashes are made here, off the event loop."""
    taken: list[tuple[ImportItem, str]] = []
    size = 0
    for item in items:
        taken.append((item, item.content_hash if isinstance(item, Conversation) else ""))
        size += sum(len(turn.text) for turn in item.turns) if isinstance(item, Conversation) else 0
        if size > SMALL_INPUT_CHARS or len(taken) >= MAX_IN_FLIGHT * 4:
            return _Chunk(taken, has_more=True)
    return _Chunk(taken, has_more=False)


async def _await_reading(pending: _Pending, run: _ImportRun) -> Analysis | None:
    conversation, future = pending
    await asyncio.wait([future])
    error = future.exception()
    if isinstance(error, BrokenExecutor):
        raise error
    if error:
        # One conversation that trips the extractor must not cost all the others.
        _log.error("Reading %s failed", conversation.id, exc_info=error)
        run.add_problem(InputError(conversation.id, "", "its claims could not be read; the log has the details"))
        return None
    return future.result()
