"""One task from its first request to a value: what is asked next, and when that is enough."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from bot.domain.usage import Usage
from bot.llm.failures import FailureReason, ModelCallError, ServerError, ServerInfo
from bot.llm.provider import APIMode, Completion, CompletionRequest, FinishReason, ModelOutput, Task
from bot.llm.schema import SchemaMismatch, parse_value
from bot.retry import RetryPolicy

logger = logging.getLogger(__name__)

T = TypeVar("T")

RETRIES = RetryPolicy(retries=2, first=0.5)
"""How often, and after how many seconds, a server that is busy, broken or away is asked again."""

REASONING_TOKENS = 8_192
"""How many more tokens a model gets that spent all it had on thinking, which counts as output."""

RETRYABLE_REASONS = {
    FailureReason.BUSY,
    FailureReason.SERVER_ERROR,
    FailureReason.CONNECTION_LOST,
    FailureReason.UNREACHABLE,
}
_REJECTIONS = {FailureReason.NO_ENDPOINT, FailureReason.SCHEMA_REJECTED, FailureReason.REQUEST_REJECTED}
_FINAL_REASONS = {FinishReason.REFUSED: FailureReason.REFUSED, FinishReason.FILTERED: FailureReason.FILTERED}


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a text has: one for every four bytes."""
    return len(text.encode()) // 4 + 1


def estimate_usage(task: Task, model: str) -> Usage:
    """Return what a task may take at most, as far as that can be told before."""
    return Usage(model, estimate_tokens(task.system) + estimate_tokens(task.user), task.tokens, counted=False)


@dataclass(slots=True)
class RequestLoop(Generic[T]):
    """What has been tried for one task. `total_usage` is what all of it took; `modes` are the server's, best first.

    `on_adapted` is told what a server turned out to need.
    """

    request: CompletionRequest
    returns: type[T]
    server: ServerInfo
    modes: Sequence[APIMode]
    setting: str
    policy: RetryPolicy
    on_adapted: Callable[[CompletionRequest], None]
    total_usage: Usage
    retries: int = 0
    corrections: int = 0

    def accept(self, output: ModelOutput) -> Completion[T] | None:
        """Return the value of an answer, or None if it is worth asking once more; raises ModelCallError."""
        self._add_usage(output)
        if output.finish_reason is FinishReason.FAILED:
            self._allow_one_correction(FailureReason.SERVER_ERROR)
            return None
        if output.finish_reason is FinishReason.COMPLETE and not output.text:
            self._allow_one_correction(FailureReason.EMPTY)
            return None
        if output.finish_reason in _FINAL_REASONS:
            raise self.failure(_FINAL_REASONS[output.finish_reason])
        try:
            value = parse_value(output.text, self.returns)
        except SchemaMismatch as mismatch:
            self._ask_for_correction(output, str(mismatch))
            return None
        self.on_adapted(replace(self.request, max_tokens=self.request.task.tokens))
        return Completion(value, self.total_usage)

    def retry_delay(self, error: ServerError, remaining: float) -> float:
        """Return after how many seconds to ask again, differently or not, of those that remain.

        Raises ModelCallError if that is no use.
        """
        reason = error.reason(self.request.model)
        logger.info("%s answers %s (%s): %s", self.server.url, error.status, error.code, reason.name)
        if reason in _REJECTIONS and self._fall_back(reason):
            return 0
        if reason is FailureReason.NO_ENDPOINT:
            # What was learned of its ways is worth nothing.
            self.on_adapted(replace(self.request, mode=self.modes[0]))
        elif reason in _REJECTIONS:
            logger.warning("%s does not take a question (%s): %s", self.server.url, error.status, error.message[:300])
        if reason not in RETRYABLE_REASONS:
            raise self.failure(reason)
        wait = self.policy.delay(self.retries, error.retry_after)
        if wait is None or wait >= remaining:
            raise self.failure(reason, error.retry_after if wait is None else wait)
        self.retries += 1
        return wait

    def failure(self, reason: FailureReason, wait: float | None = None) -> ModelCallError:
        """Return what a person reads."""
        return self.server.failure(reason, self.request.model, self.setting, self.total_usage, wait)

    def _fall_back(self, reason: FailureReason) -> bool:
        """Go on to the next way, unless it asks the same address again."""
        mode = next(iter(self.modes[self.modes.index(self.request.mode) + 1 :]), None)
        if mode is None or (reason is FailureReason.NO_ENDPOINT and mode.is_text):
            return False
        self.request = replace(self.request, mode=mode)
        if reason is not FailureReason.REQUEST_REJECTED:
            self.on_adapted(self.request)
        return True

    def _ask_for_correction(self, output: ModelOutput, problem: str) -> None:
        if output.finish_reason is not FinishReason.LENGTH:
            self._allow_one_correction(FailureReason.WRONG_FORMAT)
            if self.request.mode is APIMode.RESPONSES and not self.server.is_official:
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
        model, sent = self.request.model, estimate_tokens(self.request.system + self.request.user)
        estimate = Usage(model, sent, estimate_tokens(output.text), counted=False)
        new, old = output.usage or estimate, self.total_usage
        self.total_usage = Usage(
            model,
            old.input + new.input,
            old.output + new.output,
            old.cached + new.cached,
            counted=old.counted and new.counted,
        )


class ConcurrencyLimit:
    """How many run at once; what nobody waits for gets half of the slots at most, so that a person soon has one."""

    def __init__(self, limit: int) -> None:
        self._all = asyncio.Semaphore(limit)
        self._background = asyncio.Semaphore(max(limit // 2, 1))

    @asynccontextmanager
    async def acquire(self, *, background: bool) -> AsyncIterator[None]:
        """Wait for a slot and hold it for as long as the block runs."""
        async with self._background if background else nullcontext(), self._all:
            yield
