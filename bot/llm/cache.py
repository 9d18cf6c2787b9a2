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

from bot.domain.usage import Tier, Usage
from bot.due_times import Clock
from bot.llm.provider import Completion, Llm, Task
from bot.llm.schema import strict
from bot.metrics import Consumption


class Memory(Protocol):
    """Remembers what a model returned, as JSON under a key; what comes of a space's own text is that space's."""

    async def recall(self, space: str, key: str) -> str | None:
        """Return what is remembered for a space, or for everybody where it is empty."""

    async def keep(self, space: str, key: str, value: str, now: dt.datetime) -> None:
        """Remember a value; the first one stands."""

    async def tidy(self, before: dt.datetime) -> int:
        """Forget what was kept before a moment; return how many."""


T = TypeVar("T")

WORTH_IT = frozenset({"claims", "entities", "stories", "signal", "brief", "repair", "translation"})
"""What is asked for again with the same words; an answer is for one moment."""

Place: TypeAlias = "tuple[str, str]"
"""A space, and what was asked there as a key."""


class Remembered:
    """An Llm that knows what another said; what it knows costs nothing."""

    def __init__(self, llm: Llm, memory: Memory, models: Mapping[Tier, str], clock: Clock, counts: Consumption) -> None:
        self._llm = llm
        self._memory = memory
        self._models = models
        self._clock = clock
        self._counts = counts
        self._flights: dict[Place, _Flight[Any]] = {}

    async def complete(self, task: Task, returns: type[T]) -> Completion[T]:
        """Return the whole value; who asks for the same meanwhile waits for it, too."""
        if task.purpose not in WORTH_IT:
            return await self._llm.complete(task, returns)
        place = self._place(task, returns, self._models[task.tier])
        flight = self._flights.get(place)
        if flight is None or flight.over:
            flight = self._flights[place] = _Flight(self._found_out(task, returns))
        try:
            done: Completion[T] = await flight.landed()
        finally:
            if flight.over and self._flights.get(place) is flight:
                del self._flights[place]
        return done

    async def stream(self, task: Task, returns: type[T]) -> AsyncGenerator[Completion[T]]:
        """Yield the value as it grows, or at once where it is known."""
        worth_it = task.purpose in WORTH_IT
        if worth_it and (known := await self._known(task, returns)):
            yield known
            return
        async with aclosing(self._llm.stream(task, returns)) as states:
            async for state in states:
                if worth_it and state.usage:
                    await self._keep(task, returns, state, state.usage)
                yield state

    async def _found_out(self, task: Task, returns: type[T]) -> Completion[T]:
        if known := await self._known(task, returns):
            return known
        done = await self._llm.complete(task, returns)
        if done.usage:
            await self._keep(task, returns, done, done.usage)
        return done

    async def _known(self, task: Task, returns: type[T]) -> Completion[T] | None:
        model = self._models[task.tier]
        kept = await self._memory.recall(*self._place(task, returns, model))
        if kept is None:
            return None
        self._counts.asked(task.purpose, "remembered")
        return Completion(msgspec.json.decode(kept, type=returns), Usage(model, 0, 0))

    async def _keep(self, task: Task, returns: type[T], done: Completion[T], usage: Usage) -> None:
        # Under the model that gave it: where money was short, that is not the one that was asked for.
        written = msgspec.json.encode(done.value).decode()
        await self._memory.keep(*self._place(task, returns, usage.model), written, self._clock.now())

    def _place(self, task: Task, returns: type, model: str) -> Place:
        asked = [task.purpose, task.version, task.system, task.user, strict(returns), model]
        return task.account.space, hashlib.sha256(json.dumps(asked).encode()).hexdigest()


class _Flight(Generic[T]):
    """A task under way for several who wait; it ends early only when none of them does any more."""

    def __init__(self, work: Coroutine[None, None, Completion[T]]) -> None:
        self.task = asyncio.create_task(work)
        self.waiting = 0

    @property
    def over(self) -> bool:
        """Whether there is nothing to wait for any more."""
        return self.task.done() or self.task.cancelling() > 0

    async def landed(self) -> Completion[T]:
        """Wait for it with the others."""
        self.waiting += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self.waiting -= 1
            if not self.waiting:
                self.task.cancel()
