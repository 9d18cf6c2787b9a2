"""One task from its first request to a value: what is asked next, and when that is enough."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from bot.domain.usage import Usage
from bot.llm.failures import FailureReason, ModelCallError, ServerError
from bot.llm.provider import Completion, Task
from bot.llm.responses import APIMode, CompletionRequest, FinishReason, ModelOutput
from bot.llm.schema import SchemaMismatch, parse_value

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_RETRIES = 2
"""So often a server that is busy, broken or away is asked again."""

REASONING_TOKENS = 8_192
"""So many tokens more a model gets that spent all it had on thinking, which counts as output."""

RETRYABLE_REASONS = {
    FailureReason.BUSY,
    FailureReason.SERVER_ERROR,
    FailureReason.CONNECTION_LOST,
    FailureReason.UNREACHABLE,
}
_FINAL_REASONS = {FinishReason.REFUSED: FailureReason.REFUSED, FinishReason.FILTERED: FailureReason.FILTERED}


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a text has: one for every four bytes."""
    return len(text.encode()) // 4 + 1


def estimate_usage(task: Task, model: str) -> Usage:
    """Return what a task may take at most, as far as that can be told before."""
    return Usage(model, estimate_tokens(task.system) + estimate_tokens(task.user), task.tokens, counted=False)


@dataclass(slots=True)
class RequestLoop(Generic[T]):
    """What has been tried for one task; `spent` is what all of it took, `pause` how long to wait for a server first."""

    request: CompletionRequest
    returns: type[T]
    url: str
    setting: str
    first_delay: float
    on_adapted: Callable[[CompletionRequest], None]
    """Is told what a server turned out to need."""
    total_usage: Usage
    retries: int = 0
    corrections: int = 0

    def accept(self, output: ModelOutput) -> Completion[T] | None:
        """Return the value of an answer; None where it is worth asking once more. Raises Failure."""
        self._add_usage(output)
        if output.finish_reason is FinishReason.FAILED or (
            output.finish_reason is FinishReason.COMPLETE and not output.text
        ):
            self._allow_one_correction(
                FailureReason.SERVER_ERROR if output.finish_reason is FinishReason.FAILED else FailureReason.EMPTY
            )
            return None
        if output.finish_reason in _FINAL_REASONS:
            raise self.failure(_FINAL_REASONS[output.finish_reason])
        try:
            value = parse_value(output.text, self.returns)
        except SchemaMismatch as misfit:
            self._ask_for_correction(output, str(misfit))
            return None
        self.on_adapted(replace(self.request, max_tokens=self.request.task.tokens))
        return Completion(value, self.total_usage)

    def retry_delay(self, error: ServerError, remaining: float) -> float:
        """Return after how many seconds to ask again, differently or not; raises Failure where it is no use.

        `left` is how many seconds there are.
        """
        why = error.reason(self.request.model)
        logger.info("%s answers %s (%s): %s", self.url, error.status, error.code, why.name)
        if why in {
            FailureReason.NO_ENDPOINT,
            FailureReason.SCHEMA_REJECTED,
            FailureReason.REQUEST_REJECTED,
        } and self._fall_back(why):
            return 0
        if why is FailureReason.NO_ENDPOINT:
            # What was learned of its ways is worth nothing.
            self.on_adapted(replace(self.request, mode=APIMode.RESPONSES))
        if why in {FailureReason.SCHEMA_REJECTED, FailureReason.REQUEST_REJECTED}:
            logger.warning("%s does not take a question (%s): %s", self.url, error.status, error.message[:300])
        if why not in RETRYABLE_REASONS or self.retries >= MAX_RETRIES:
            raise self.failure(why, error.retry_after)
        wait = self.first_delay * 2**self.retries if error.retry_after is None else error.retry_after
        if wait >= remaining:
            raise self.failure(why, wait)
        self.retries += 1
        return wait

    def failure(self, reason: FailureReason, wait: float | None = None) -> ModelCallError:
        """Return what a person reads."""
        words = "a moment" if wait is None or wait <= 1 else f"{wait:.0f} seconds"
        named = {"url": self.url, "model": self.request.model, "variable": self.setting, "wait": words}
        return ModelCallError(reason.value.format(**named), self.total_usage)

    def _fall_back(self, reason: FailureReason) -> bool:
        """Go on to the next way, unless it asks for the same again."""
        next_ = {APIMode.RESPONSES: APIMode.SCHEMA, APIMode.SCHEMA: APIMode.TEXT}.get(self.request.mode)
        if next_ is None or (reason is FailureReason.NO_ENDPOINT and next_ is APIMode.TEXT):
            return False
        self.request = replace(self.request, mode=next_)
        if reason is not FailureReason.REQUEST_REJECTED:
            self.on_adapted(self.request)
        return True

    def _ask_for_correction(self, output: ModelOutput, problem: str) -> None:
        if output.finish_reason is not FinishReason.LENGTH:
            self._allow_one_correction(FailureReason.WRONG_FORMAT)
            if self.request.mode is APIMode.RESPONSES and self.request.safety_identifier is None:
                # llama.cpp's Responses API takes a schema and does not heed it; its chat completions do.
                self._adapt(replace(self.request, mode=APIMode.SCHEMA))
            self.request = replace(self.request, previous_error=problem)
            return
        self._allow_one_correction(FailureReason.TRUNCATED)
        roomier = replace(self.request, max_tokens=2 * self.request.max_tokens + REASONING_TOKENS)
        if output.text:
            self.request = roomier
        else:
            self._adapt(roomier)

    def _allow_one_correction(self, reason: FailureReason) -> None:
        if self.corrections:
            raise self.failure(reason)
        self.corrections += 1

    def _adapt(self, request: CompletionRequest) -> None:
        self.request = request
        self.on_adapted(request)

    def _add_usage(self, output: ModelOutput) -> None:
        asked = self.request
        guess = Usage(
            asked.model, estimate_tokens(asked.system + asked.user), estimate_tokens(output.text), counted=False
        )
        new, old = output.usage or guess, self.total_usage
        self.total_usage = Usage(
            asked.model,
            old.input + new.input,
            old.output + new.output,
            old.cached + new.cached,
            counted=old.counted and new.counted,
        )


class ConcurrencyLimit:
    """So many at once; what nobody waits for gets half of them at most, so that a person soon has one."""

    def __init__(self, limit: int) -> None:
        self._all = asyncio.Semaphore(limit)
        self._background = asyncio.Semaphore(max(limit // 2, 1))

    @asynccontextmanager
    async def acquire(self, *, background: bool) -> AsyncIterator[None]:
        """Wait for a slot and hold it for as long as the block runs."""
        async with self._background if background else nullcontext(), self._all:
            yield
