"""Remembers what a language model returned: the same task is not asked twice, nor twice at once."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import aclosing
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import msgspec

from bot.domain.usage import ModelTier, Usage
from bot.due_times import Clock
from bot.llm.provider import Completion, LanguageModel, Task
from bot.llm.schema import strict_schema
from bot.metrics import ModelMetrics


class CompletionCache(Protocol):
    """Remembers what a model returned, as JSON under a key; what comes of a space's own text is that space's."""

    async def get(self, space: str, key: str) -> str | None:
        """Return what is remembered for a space, or for everybody where it is empty."""

    async def put(self, space: str, key: str, value: str, now: dt.datetime) -> None:
        """Remember a value; the first one stands."""

    async def prune(self, before: dt.datetime) -> int:
        """Forget what was kept before a moment; return how many."""


T = TypeVar("T")

CACHED_PURPOSES = frozenset({"claims", "entities", "stories", "signal", "brief", "repair", "translation"})
"""What is asked for again with the same words; an answer is for one moment."""

CacheKey: TypeAlias = "tuple[str, str]"
"""A space, and what was asked there as a key."""


class CachedModel:
    """An Llm that knows what another said; what it knows costs nothing."""

    def __init__(
        self,
        llm: LanguageModel,
        cache: CompletionCache,
        models: Mapping[ModelTier, str],
        clock: Clock,
        metrics: ModelMetrics,
    ) -> None:
        self._llm = llm
        self._cache = cache
        self._models = models
        self._clock = clock
        self._metrics = metrics
        self._in_flight: dict[CacheKey, _SharedCall[Any]] = {}

    async def complete(self, task: Task, returns: type[T]) -> Completion[T]:
        """Return the whole value; who asks for the same meanwhile waits for it, too."""
        if task.purpose not in CACHED_PURPOSES:
            return await self._llm.complete(task, returns)
        place = self._cache_key(task, returns, self._models[task.tier])
        flight = self._in_flight.get(place)
        if flight is None or flight.is_over:
            flight = self._in_flight[place] = _SharedCall(self._get_or_complete(task, returns))
        try:
            done: Completion[T] = await flight.result()
        finally:
            if flight.is_over and self._in_flight.get(place) is flight:
                del self._in_flight[place]
        return done

    async def stream(self, task: Task, returns: type[T]) -> AsyncGenerator[Completion[T]]:
        """Yield the value as it grows, or at once where it is known."""
        worth_it = task.purpose in CACHED_PURPOSES
        if worth_it and (known := await self._cached(task, returns)):
            yield known
            return
        async with aclosing(self._llm.stream(task, returns)) as states:
            async for state in states:
                if worth_it and state.usage:
                    await self._put(task, returns, state, state.usage)
                yield state

    async def _get_or_complete(self, task: Task, returns: type[T]) -> Completion[T]:
        if known := await self._cached(task, returns):
            return known
        done = await self._llm.complete(task, returns)
        if done.usage:
            await self._put(task, returns, done, done.usage)
        return done

    async def _cached(self, task: Task, returns: type[T]) -> Completion[T] | None:
        model = self._models[task.tier]
        kept = await self._cache.get(*self._cache_key(task, returns, model))
        if kept is None:
            return None
        self._metrics.record_call(task.purpose, "remembered")
        return Completion(msgspec.json.decode(kept, type=returns), Usage(model, 0, 0))

    async def _put(self, task: Task, returns: type[T], done: Completion[T], usage: Usage) -> None:
        # Under the model that gave it: where money was short, that is not the one that was asked for.
        written = msgspec.json.encode(done.value).decode()
        await self._cache.put(*self._cache_key(task, returns, usage.model), written, self._clock.now())

    def _cache_key(self, task: Task, returns: type, model: str) -> CacheKey:
        asked = [task.purpose, task.version, task.system, task.user, strict_schema(returns), model]
        return task.account.space, hashlib.sha256(json.dumps(asked).encode()).hexdigest()


class _SharedCall(Generic[T]):
    """A task under way for several who wait; it ends early only when none of them does any more."""

    def __init__(self, work: Coroutine[None, None, Completion[T]]) -> None:
        self.task = asyncio.create_task(work)
        self.waiters = 0

    @property
    def is_over(self) -> bool:
        """Whether there is nothing to wait for any more."""
        return self.task.done() or self.task.cancelling() > 0

    async def result(self) -> Completion[T]:
        """Wait for it with the others."""
        self.waiters += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self.waiters -= 1
            if not self.waiters:
                self.task.cancel()
