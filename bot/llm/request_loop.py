"""One task from its first request to a value: what is asked next, and when that is enough."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from bot.domain.usage import Usage
from bot.llm.api_forms import Ask, Way
from bot.llm.decoding import Misfit, read
from bot.llm.failures import Failure, Refusal, Why
from bot.llm.provider import Completion, Task
from bot.llm.responses import Answer, End

logger = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE = 2
"""So often a server that is busy, broken or away is asked again."""

THINKING = 8_192
"""So many tokens more a model gets that spent all it had on thinking, which counts as output."""

PASSING = {Why.BUSY, Why.BROKEN, Why.BROKEN_OFF, Why.UNREACHABLE}
_FINAL = {End.REFUSED: Why.REFUSED, End.FILTERED: Why.FILTERED}


def estimated(text: str) -> int:
    """Return about how many tokens a text has: one for every four bytes."""
    return len(text.encode()) // 4 + 1


def weighed(task: Task, model: str) -> Usage:
    """Return what a task may take at most, as far as that can be told before."""
    return Usage(model, estimated(task.system) + estimated(task.user), task.tokens, counted=False)


@dataclass(slots=True)
class Effort(Generic[T]):
    """What has been tried for one task; `spent` is what all of it took, `pause` how long to wait for a server first."""

    ask: Ask
    returns: type[T]
    url: str
    variable: str
    pause: float
    learned: Callable[[Ask], None]
    """Is told what a server turned out to need."""
    spent: Usage
    tries: int = 0
    misfits: int = 0

    def taken(self, answer: Answer) -> Completion[T] | None:
        """Return the value of an answer; None where it is worth asking once more. Raises Failure."""
        self._count(answer)
        if answer.end is End.FAILED or (answer.end is End.WHOLE and not answer.text):
            self._once_more(Why.BROKEN if answer.end is End.FAILED else Why.EMPTY)
            return None
        if answer.end in _FINAL:
            raise self.failure(_FINAL[answer.end])
        try:
            value = read(answer.text, self.returns)
        except Misfit as misfit:
            self._unread(answer, str(misfit))
            return None
        self.learned(replace(self.ask, room=self.ask.task.tokens))
        return Completion(value, self.spent)

    def refused(self, refusal: Refusal, left: float) -> float:
        """Return after how many seconds to ask again, differently or not; raises Failure where it is no use.

        `left` is how many seconds there are.
        """
        why = refusal.why(self.ask.model)
        logger.info("%s answers %s (%s): %s", self.url, refusal.status, refusal.code, why.name)
        if why in {Why.NO_PATH, Why.NO_SCHEMA, Why.UNTAKEN} and self._step(why):
            return 0
        if why is Why.NO_PATH:
            # What was learned of its ways is worth nothing.
            self.learned(replace(self.ask, way=Way.RESPONSES))
        if why in {Why.NO_SCHEMA, Why.UNTAKEN}:
            logger.warning("%s does not take a question (%s): %s", self.url, refusal.status, refusal.words[:300])
        if why not in PASSING or self.tries >= PATIENCE:
            raise self.failure(why, refusal.wait)
        wait = self.pause * 2**self.tries if refusal.wait is None else refusal.wait
        if wait >= left:
            raise self.failure(why, wait)
        self.tries += 1
        return wait

    def failure(self, why: Why, wait: float | None = None) -> Failure:
        """Return what a person reads."""
        words = "a moment" if wait is None or wait <= 1 else f"{wait:.0f} seconds"
        named = {"url": self.url, "model": self.ask.model, "variable": self.variable, "wait": words}
        return Failure(why.value.format(**named), self.spent)

    def _step(self, why: Why) -> bool:
        """Go on to the next way, unless it asks for the same again."""
        next_ = {Way.RESPONSES: Way.SCHEMA, Way.SCHEMA: Way.TEXT}.get(self.ask.way)
        if next_ is None or (why is Why.NO_PATH and next_ is Way.TEXT):
            return False
        self.ask = replace(self.ask, way=next_)
        if why is not Why.UNTAKEN:
            self.learned(self.ask)
        return True

    def _unread(self, answer: Answer, problem: str) -> None:
        if answer.end is not End.LENGTH:
            self._once_more(Why.MISFIT)
            if self.ask.way is Way.RESPONSES and self.ask.payer is None:
                # llama.cpp's Responses API takes a schema and does not heed it; its chat completions do.
                self._change(replace(self.ask, way=Way.SCHEMA))
            self.ask = replace(self.ask, problem=problem)
            return
        self._once_more(Why.CUT)
        roomier = replace(self.ask, room=2 * self.ask.room + THINKING)
        if answer.text:
            self.ask = roomier
        else:
            self._change(roomier)

    def _once_more(self, why: Why) -> None:
        if self.misfits:
            raise self.failure(why)
        self.misfits += 1

    def _change(self, ask: Ask) -> None:
        self.ask = ask
        self.learned(ask)

    def _count(self, answer: Answer) -> None:
        asked = self.ask
        guess = Usage(asked.model, estimated(asked.system + asked.user), estimated(answer.text), counted=False)
        new, old = answer.usage or guess, self.spent
        self.spent = Usage(
            asked.model,
            old.input + new.input,
            old.output + new.output,
            old.cached + new.cached,
            counted=old.counted and new.counted,
        )


class Slots:
    """So many at once; what nobody waits for gets half of them at most, so that a person soon has one."""

    def __init__(self, most: int) -> None:
        self._all = asyncio.Semaphore(most)
        self._background = asyncio.Semaphore(max(most // 2, 1))

    @asynccontextmanager
    async def held(self, *, background: bool) -> AsyncIterator[None]:
        """Wait for a slot and hold it for as long as the block runs."""
        async with self._background if background else nullcontext(), self._all:
            yield
