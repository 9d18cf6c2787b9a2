"""Remembers what a language model returned: the same task is not asked twice, nor twice at once."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
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
        """Return what is remembered for a space, or for everybody if it is empty."""

    async def put(self, space: str, key: str, value: str, now: dt.datetime) -> None:
        """Remember a value; the first one stands."""

    async def prune(self, before: dt.datetime) -> int:
        """Forget what was kept before a moment; return how many."""


T = TypeVar("T")

CACHED_PURPOSES = frozenset({"claims", "entities", "stories", "signal", "brief", "repair", "translation"})
"""What is asked for again with the same words; an answer is for one moment."""

CacheKey: TypeAlias = "tuple[str, str]"
"""A space, and what was asked there as a key."""


class SingleFlight:
    """Does something once for all who want the same meanwhile; it ends early only when none of them waits any more."""

    def __init__(self) -> None:
        self._calls: dict[CacheKey, _SharedCall[Any]] = {}

    async def run(self, key: CacheKey, work: Callable[[], Coroutine[None, None, T]]) -> T:
        """Return what comes of some work, begun now or under way."""
        call = self._calls.get(key)
        if call is None or call.is_over:
            call = self._calls[key] = _SharedCall(work())
        try:
            result: T = await call.result()
        finally:
            if call.is_over and self._calls.get(key) is call:
                del self._calls[key]
        return result


class CachedModel:
    """A LanguageModel that knows what another returned; what it knows costs nothing."""

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
        self._flights = SingleFlight()

    async def complete(self, task: Task, returns: type[T]) -> Completion[T]:
        """Return the whole value; whoever asks for the same meanwhile waits for it, too."""
        if task.purpose not in CACHED_PURPOSES:
            return await self._llm.complete(task, returns)
        key = self._cache_key(task, returns, self._models[task.tier])
        return await self._flights.run(key, lambda: self._get_or_complete(task, returns))

    async def stream(self, task: Task, returns: type[T]) -> AsyncGenerator[Completion[T]]:
        """Yield the value as it grows, or at once if it is known."""
        is_cached = task.purpose in CACHED_PURPOSES
        if is_cached and (known := await self._cached(task, returns)):
            yield known
            return
        async with aclosing(self._llm.stream(task, returns)) as states:
            async for state in states:
                if is_cached and state.usage:
                    await self._put(task, returns, state, state.usage)
                yield state

    async def _get_or_complete(self, task: Task, returns: type[T]) -> Completion[T]:
        if known := await self._cached(task, returns):
            return known
        completion = await self._llm.complete(task, returns)
        if completion.usage:
            await self._put(task, returns, completion, completion.usage)
        return completion

    async def _cached(self, task: Task, returns: type[T]) -> Completion[T] | None:
        model = self._models[task.tier]
        value = await self._cache.get(*self._cache_key(task, returns, model))
        if value is None:
            return None
        self._metrics.record_call(task.purpose, "remembered")
        return Completion(msgspec.json.decode(value, type=returns), Usage(model, 0, 0))

    async def _put(self, task: Task, returns: type[T], completion: Completion[T], usage: Usage) -> None:
        # Under the model that gave it: if money was short, that isn't the one that was asked for.
        value = msgspec.json.encode(completion.value).decode()
        await self._cache.put(*self._cache_key(task, returns, usage.model), value, self._clock.now())

    def _cache_key(self, task: Task, returns: type, model: str) -> CacheKey:
        parts = [task.purpose, task.version, task.system, task.user, strict_schema(returns), model]
        return task.account.space, hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class _SharedCall(Generic[T]):
    def __init__(self, work: Coroutine[None, None, T]) -> None:
        self.task = asyncio.create_task(work)
        self.waiters = 0

    @property
    def is_over(self) -> bool:
        return self.task.done() or self.task.cancelling() > 0

    async def result(self) -> T:
        self.waiters += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self.waiters -= 1
            if not self.waiters:
                self.task.cancel()
