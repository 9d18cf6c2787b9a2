"""From conversations to kept readings: what is new or edited is read in niced processes and kept in batches."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

from bot.chat.request import Progress, ProgressCallback
from bot.domain import Analysis, Conversation, TurnSpan
from bot.due_times import Clock
from bot.errors import InputError
from bot.ingest.files import ImportItem, estimate_count, read_path
from bot.ingest.workers import Extract, SubmitExtraction, worker_pool
from bot.store.library import Library


class ModelAssistant(Protocol):
    """What a model adds while conversations are read; without one, nothing."""

    async def propose_claims(self, conversation: Conversation, /) -> frozenset[TurnSpan]:
        """Return where there are claims beside those that rules find."""

    async def refine_entities(self, reading: Analysis) -> Analysis:
        """Return the reading with its names sorted."""


SMALL_INPUT_CHARS = 1_000_000
"""Characters of input that are read in a thread: starting processes would take longer than reading."""

MAX_IN_FLIGHT = 32
"""Conversations on their way through the workers, which bounds the memory they take."""

BATCH_CONVERSATIONS = 25
BATCH_PASSAGES = 4_000
"""A batch is kept when it has so many conversations, or so many passages."""

_log = logging.getLogger(__name__)

_Pending: TypeAlias = tuple[Conversation, asyncio.Future[Analysis]]


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of one run; `seconds` is how long it took, `problems` what could not be read and why."""

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    claims: int = 0
    entities: int = 0
    words: int = 0
    problems: tuple[InputError, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Items with their content hashes; `more` says that others may follow."""

    items: Sequence[tuple[ImportItem, str]]
    has_more: bool


@dataclass(slots=True)
class _ImportRun:
    """The counts of a run that is under way."""

    report: ProgressCallback
    total: int
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

    def add_problem(self, error: InputError) -> None:
        self.problems.append(error)
        self.advance()

    def needs_reading(self, id_: str, content_hash: str, stored_hashes: Mapping[str, str]) -> bool:
        """Tell whether a conversation with this content hash is to be read."""
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
        self.words += sum(len(turn.text.split()) for turn in reading.conversation.turns)
        self.entity_names.update(entity.name for entity in reading.entities)
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
        )


class Pipeline:
    """Takes conversations in, each once.

    `read` is a function at the top of a module, or a `partial` of one, so that a process can find it by
    name; what it knows is sent once a run. `workers` is how many processes read at once, 0 for a thread.
    A conversation is kept whole or not at all, so a run that was killed is finished by running it again.
    Of two conversations with one id in a run the first counts.
    """

    def __init__(
        self, library: Library, extract: Extract, clock: Clock, assistant: ModelAssistant, workers: int = 2
    ) -> None:
        self._library, self._extract, self._clock, self._workers = library, extract, clock, workers
        self._assistant = assistant

    async def import_paths(self, paths: Sequence[Path], report: ProgressCallback) -> Summary:
        """Read files and folders; what cannot be read is among the summary's problems."""
        run = _ImportRun(report, await asyncio.to_thread(lambda: sum(map(estimate_count, paths))))
        today = self._clock.now().date()
        items = itertools.chain.from_iterable(read_path(path, today) for path in paths)
        return await self._ingest(items, run)

    async def import_conversations(self, conversations: Iterable[Conversation], report: ProgressCallback) -> Summary:
        """Take in conversations that are already at hand."""
        at_hand = list(conversations)
        return await self._ingest(iter(at_hand), _ImportRun(report, len(at_hand)))

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

    async def _save(self, batch: Sequence[Analysis], run: _ImportRun) -> None:
        if batch:
            await self._library.save(batch)
        for reading in batch:
            run.record_saved(reading)
            # Counting the words of a batch at a stretch would keep the event loop waiting.
            await asyncio.sleep(0)

    async def _extract_ahead(self, items: Iterator[ImportItem], run: _ImportRun) -> AsyncGenerator[Analysis, None]:
        """Read ahead of whoever takes the readings, so that workers go on while a batch is kept."""
        chunk = await asyncio.to_thread(_next_chunk, items)
        ahead: deque[_Pending] = deque()
        async with worker_pool(self._workers if chunk.has_more else 0, self._extract) as begin:
            try:
                while chunk.items:
                    for conversation in await self._select_changed(chunk.items, run):
                        ahead.append((conversation, asyncio.ensure_future(self._extract_one(begin, conversation))))
                        if len(ahead) >= MAX_IN_FLIGHT and (reading := await _await_reading(ahead.popleft(), run)):
                            yield reading
                    chunk = await asyncio.to_thread(_next_chunk, items)
                while ahead:
                    if reading := await _await_reading(ahead.popleft(), run):
                        yield reading
            finally:
                for _, future in ahead:
                    future.cancel()

    async def _extract_one(self, submit: SubmitExtraction, conversation: Conversation) -> Analysis:
        pointed = await self._assistant.propose_claims(conversation)
        return await self._assistant.refine_entities(await asyncio.wrap_future(submit(conversation, pointed)))

    async def _select_changed(self, items: Sequence[tuple[ImportItem, str]], run: _ImportRun) -> list[Conversation]:
        for item, _ in items:
            if isinstance(item, InputError):
                run.add_problem(item)
        kept = await self._library.hashes([item.id for item, _ in items if isinstance(item, Conversation)])
        return [
            item for item, known in items if isinstance(item, Conversation) and run.needs_reading(item.id, known, kept)
        ]


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
    wrong = future.exception()
    if isinstance(wrong, BrokenExecutor):
        raise wrong
    if wrong:
        # One conversation that trips the analyst must not cost all the others.
        _log.error("Reading %s failed", conversation.id, exc_info=wrong)
        run.add_problem(InputError(conversation.id, "", "its claims could not be read; the log has the details"))
        return None
    return future.result()
