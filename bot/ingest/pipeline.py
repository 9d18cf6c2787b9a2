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

from bot.chat.request import Progress, Report
from bot.domain import Conversation, Reading, Stretch
from bot.due_times import Clock
from bot.errors import InputError
from bot.ingest.files import Item, count, read_path
from bot.ingest.workers import Begin, Read, readers
from bot.store.library import Library


class Advice(Protocol):
    """What a model adds while conversations are read; without one, nothing."""

    async def point(self, conversation: Conversation, /) -> frozenset[Stretch]:
        """Return where there are claims beside those that rules find."""

    async def sort(self, reading: Reading) -> Reading:
        """Return the reading with its names sorted."""


SMALL = 1_000_000
"""Characters of input that are read in a thread: starting processes would take longer than reading."""

AHEAD = 32
"""Conversations on their way through the workers, which bounds the memory they take."""

BATCH = 25
BATCH_PASSAGES = 4_000
"""A batch is kept when it has so many conversations, or so many passages."""

_log = logging.getLogger(__name__)

_Pending: TypeAlias = tuple[Conversation, asyncio.Future[Reading]]


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

    items: Sequence[tuple[Item, str]]
    more: bool


@dataclass(slots=True)
class _Run:
    """The counts of a run that is under way."""

    report: Report
    total: int
    done: int = 0
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    claims: int = 0
    words: int = 0
    names: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    edited: set[str] = field(default_factory=set)
    problems: list[InputError] = field(default_factory=list)

    def problem(self, error: InputError) -> None:
        self.problems.append(error)
        self.advance()

    def wants(self, conversation: str, found: str, kept: Mapping[str, str]) -> bool:
        """Tell whether a conversation with this content hash is to be read."""
        if conversation in self.seen:
            self.problem(InputError(conversation, "", "the same id came before in this run; the first one counts"))
            return False
        self.seen.add(conversation)
        known = kept.get(conversation)
        if known == found:
            self.unchanged += 1
            self.advance()
        elif known:
            self.edited.add(conversation)
        return known != found

    def advance(self, note: str = "") -> None:
        self.done += 1
        self.total = max(self.total, self.done)
        self.report(Progress(self.done, self.total, note))

    def kept(self, reading: Reading) -> None:
        edited = reading.conversation.id in self.edited
        self.revised += edited
        self.new += not edited
        self.claims += len(reading.claims)
        self.words += sum(len(turn.text.split()) for turn in reading.conversation.turns)
        self.names.update(entity.name for entity in reading.entities)
        self.advance(reading.conversation.title)

    def summary(self, seconds: float) -> Summary:
        return Summary(
            new=self.new,
            revised=self.revised,
            unchanged=self.unchanged,
            claims=self.claims,
            entities=len(self.names),
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

    def __init__(self, library: Library, read: Read, clock: Clock, advice: Advice, workers: int = 2) -> None:
        self._library, self._reader, self._clock, self._workers = library, read, clock, workers
        self._advice = advice

    async def run(self, paths: Sequence[Path], report: Report) -> Summary:
        """Read files and folders; what cannot be read is among the summary's problems."""
        run = _Run(report, await asyncio.to_thread(lambda: sum(map(count, paths))))
        today = self._clock.now().date()
        items = itertools.chain.from_iterable(read_path(path, today) for path in paths)
        return await self._take_in(items, run)

    async def keep(self, conversations: Iterable[Conversation], report: Report) -> Summary:
        """Take in conversations that are already at hand."""
        at_hand = list(conversations)
        return await self._take_in(iter(at_hand), _Run(report, len(at_hand)))

    async def _take_in(self, items: Iterator[Item], run: _Run) -> Summary:
        began = self._clock.now()
        batch: list[Reading] = []
        async with contextlib.aclosing(self._readings(items, run)) as readings:
            async for reading in readings:
                batch.append(reading)
                if len(batch) >= BATCH or sum(len(kept.passages) for kept in batch) >= BATCH_PASSAGES:
                    await self._store(batch, run)
                    batch = []
        await self._store(batch, run)
        return run.summary((self._clock.now() - began).total_seconds())

    async def _store(self, batch: Sequence[Reading], run: _Run) -> None:
        if batch:
            await self._library.keep(batch)
        for reading in batch:
            run.kept(reading)
            # Counting the words of a batch at a stretch would keep the event loop waiting.
            await asyncio.sleep(0)

    async def _readings(self, items: Iterator[Item], run: _Run) -> AsyncGenerator[Reading, None]:
        """Read ahead of whoever takes the readings, so that workers go on while a batch is kept."""
        chunk = await asyncio.to_thread(_chunk, items)
        ahead: deque[_Pending] = deque()
        async with readers(self._workers if chunk.more else 0, self._reader) as begin:
            try:
                while chunk.items:
                    for conversation in await self._fresh(chunk.items, run):
                        ahead.append((conversation, asyncio.ensure_future(self._read(begin, conversation))))
                        if len(ahead) >= AHEAD and (reading := await _finished(ahead.popleft(), run)):
                            yield reading
                    chunk = await asyncio.to_thread(_chunk, items)
                while ahead:
                    if reading := await _finished(ahead.popleft(), run):
                        yield reading
            finally:
                for _, future in ahead:
                    future.cancel()

    async def _read(self, begin: Begin, conversation: Conversation) -> Reading:
        pointed = await self._advice.point(conversation)
        return await self._advice.sort(await asyncio.wrap_future(begin(conversation, pointed)))

    async def _fresh(self, items: Sequence[tuple[Item, str]], run: _Run) -> list[Conversation]:
        for item, _ in items:
            if isinstance(item, InputError):
                run.problem(item)
        kept = await self._library.hashes([item.id for item, _ in items if isinstance(item, Conversation)])
        return [item for item, known in items if isinstance(item, Conversation) and run.wants(item.id, known, kept)]


def _chunk(items: Iterator[Item]) -> _Chunk:
    """Take as many items as make up a small input; hashes are made here, off the event loop."""
    taken: list[tuple[Item, str]] = []
    size = 0
    for item in items:
        taken.append((item, item.hash if isinstance(item, Conversation) else ""))
        size += sum(len(turn.text) for turn in item.turns) if isinstance(item, Conversation) else 0
        if size > SMALL or len(taken) >= AHEAD * 4:
            return _Chunk(taken, more=True)
    return _Chunk(taken, more=False)


async def _finished(pending: _Pending, run: _Run) -> Reading | None:
    conversation, future = pending
    await asyncio.wait([future])
    wrong = future.exception()
    if isinstance(wrong, BrokenExecutor):
        raise wrong
    if wrong:
        # One conversation that trips the analyst must not cost all the others.
        _log.error("Reading %s failed", conversation.id, exc_info=wrong)
        run.problem(InputError(conversation.id, "", "its claims could not be read; the log has the details"))
        return None
    return future.result()
