"""The language model on a provider's server: one deadline for each task, few retries, and what the server can do."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import TypeVar

from bot.config import ModelSettings
from bot.domain.usage import Account, Usage
from bot.llm.failures import FailureReason, ModelCallError, ServerError
from bot.llm.provider import APIMode, Completion, CompletionRequest, ModelOutput, Provider, Task
from bot.llm.request_loop import REASONING_TOKENS, RETRIES, ConcurrencyLimit, RequestLoop, estimate_tokens
from bot.llm.schema import parse_partial, strict_schema
from bot.retry import RetryPolicy

logger = logging.getLogger(__name__)

T = TypeVar("T")
Result = TypeVar("Result")

_LONG_TEXT_TOKENS, _MIN_SHARE_READ = 1_000, 0.6
"""A server that counts less than this share of our estimate for such a long text has read only a part of it."""


class ServerModel:
    """A LanguageModel on a provider's server, whose ways are found out by asking."""

    def __init__(self, provider: Provider, settings: ModelSettings, policy: RetryPolicy = RETRIES) -> None:
        self.provider = provider
        self._settings = settings
        self._policy = policy
        self._concurrency = ConcurrencyLimit(settings.model_concurrency)
        self._modes: dict[str, APIMode] = {}
        self._reasoning_models: set[str] = set()
        self._truncating_models: set[str] = set()

    async def complete(self, task: Task, returns: type[T]) -> Completion[T]:
        """Return the whole value; raises ModelCallError."""
        loop, deadline = self._request_loop(task, returns), _now() + task.seconds
        async with self._slot(task, loop, deadline):
            while True:
                try:
                    output = await _before(deadline, self.provider.send(loop.request))
                except ServerError as error:
                    await asyncio.sleep(loop.retry_delay(error, deadline - _now()))
                    continue
                if completion := self._accept(loop, output):
                    return completion

    async def stream(self, task: Task, returns: type[T]) -> AsyncGenerator[Completion[T]]:
        """Yield the value as it grows, then whole; raises ModelCallError."""
        loop, deadline = self._request_loop(task, returns), _now() + task.seconds
        async with self._slot(task, loop, deadline):
            while True:
                last: T | None = None
                try:
                    async with aclosing(self.provider.stream(loop.request)) as states:
                        while isinstance(state := await _before(deadline, anext(states)), str):
                            value = parse_partial(state, returns)
                            if value is not None and value != last:
                                last = value
                                yield Completion(value)
                except ServerError as error:
                    await asyncio.sleep(loop.retry_delay(error, deadline - _now()))
                    continue
                if completion := self._accept(loop, state):
                    yield completion
                    return

    def mode(self, model: str) -> APIMode:
        """Return how a model is asked, as far as is known."""
        return self._modes.get(model, self.provider.modes[0])

    async def aclose(self) -> None:
        """Close the connections."""
        await self.provider.aclose()

    @asynccontextmanager
    async def _slot(self, task: Task, loop: RequestLoop[T], deadline: float) -> AsyncIterator[None]:
        """Hold a slot, with the provider open; what comes too late is a failure whose cost nobody knows."""
        async with AsyncExitStack() as stack:
            try:
                slot = self._concurrency.acquire(background=not task.account.user)
                await _before(deadline, stack.enter_async_context(slot))
                await _before(deadline, self.provider.open())
            except TimeoutError:
                raise loop.failure(FailureReason.TIMED_OUT) from None
            try:
                yield
            except TimeoutError:
                raise ModelCallError(FailureReason.TIMED_OUT.value) from None

    def _request_loop(self, task: Task, returns: type[T]) -> RequestLoop[T]:
        model, server = self._settings.models_by_tier[task.tier], self.provider.info
        variable = "READ" if model == self._settings.model_read else "WRITE"
        max_tokens = task.tokens + (REASONING_TOKENS if model in self._reasoning_models else 0)
        identifier = self._safety_identifier(task.account) if server.is_official else None
        return RequestLoop(
            CompletionRequest(task, model, self.mode(model), strict_schema(returns), max_tokens, identifier),
            returns,
            server,
            self.provider.modes,
            f"OVERHEARD_MODEL_{variable}",
            self._policy,
            self._remember_mode,
            Usage(model, 0, 0),
        )

    def _safety_identifier(self, account: Account) -> str:
        """Return what stands for a person: always the same, and nobody without the key can tell who it is."""
        if not (account.space or account.user):
            return ""
        key = hashlib.sha256(self._settings.server.api_key.encode()).digest()
        return hashlib.blake2b(f"{account.space}/{account.user}".encode(), key=key, digest_size=16).hexdigest()

    def _remember_mode(self, request: CompletionRequest) -> None:
        self._modes[request.model] = request.mode
        if request.max_tokens > request.task.tokens:
            self._reasoning_models.add(request.model)

    def _accept(self, loop: RequestLoop[T], output: ModelOutput) -> Completion[T] | None:
        model, expected = loop.request.model, estimate_tokens(loop.request.system + loop.request.user)
        is_cut = output.usage and expected > _LONG_TEXT_TOKENS and output.usage.input < expected * _MIN_SHARE_READ
        if output.usage and is_cut and model not in self._truncating_models:
            self._truncating_models.add(model)
            warning = "%s read about %d of %d tokens of a text; give it a longer context (with Ollama, num_ctx)."
            logger.warning(warning, model, output.usage.input, expected)
        return loop.accept(output)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _before(deadline: float, work: Awaitable[Result]) -> Result:
    """Return what comes of some work; raises TimeoutError if it takes longer."""
    async with asyncio.timeout_at(deadline):
        return await work
