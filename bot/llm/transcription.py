"""Transcribes recordings: paid like every call, retried if that may help, and remembered piece by piece."""

from __future__ import annotations

import asyncio
import hashlib
import math
from itertools import count

from bot.config import ModelSettings
from bot.domain.feed import AudioPiece
from bot.domain.usage import NANODOLLARS, Account, BudgetPool, Charge, Usage
from bot.due_times import Clock
from bot.llm.budget import BudgetGuard, Ledger, Tariff
from bot.llm.cache import CompletionCache, SingleFlight
from bot.llm.failures import FailureReason, ModelCallError, ServerError
from bot.llm.openai import OpenAI
from bot.llm.request_loop import RETRIES, RETRYABLE_REASONS, ConcurrencyLimit, estimate_tokens
from bot.metrics import ModelMetrics
from bot.retry import RetryPolicy

PURPOSE = "transcription"

TIMEOUT_SECONDS = 600.0
"""How long one piece may take, every retry included."""

_MEGABYTE = 1_000_000
_SETTING = "OVERHEARD_MODEL_TRANSCRIBE"
_RECORDING_REASONS = {
    FailureReason.NO_ENDPOINT: FailureReason.NO_TRANSCRIPTION,
    FailureReason.REQUEST_REJECTED: FailureReason.RECORDING_REJECTED,
    FailureReason.SCHEMA_REJECTED: FailureReason.RECORDING_REJECTED,
    FailureReason.TOO_LONG: FailureReason.RECORDING_TOO_LARGE,
}


class ServerTranscriber:
    """The Transcriber on a server that speaks OpenAI's API."""

    def __init__(
        self,
        server: OpenAI,
        settings: ModelSettings,
        ledger: Ledger,
        cache: CompletionCache,
        clock: Clock,
        metrics: ModelMetrics,
        policy: RetryPolicy = RETRIES,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self.max_bytes = settings.transcribe_megabytes * _MEGABYTE
        self.max_minutes = settings.transcribe_minutes
        self._model, self._price = settings.model_transcribe, settings.transcribe_price
        tariff = Tariff(settings.models_by_tier, settings.prices_by_model, settings.budgets)
        self._budget = BudgetGuard(ledger, tariff, clock, metrics)
        self._concurrency = ConcurrencyLimit(settings.model_concurrency)
        self._cache, self._clock, self._flights = cache, clock, SingleFlight()
        self._server, self._policy, self._timeout = server, policy, timeout

    async def transcribe(self, sound: AudioPiece, account: Account) -> str:
        """Return the words of a piece; one that was heard before is not heard again."""
        key = hashlib.sha256(f"{PURPOSE}/{self._model}/".encode() + sound.body).hexdigest()
        return await self._flights.run((account.space, key), lambda: self._get_or_transcribe(key, sound, account))

    async def _get_or_transcribe(self, key: str, sound: AudioPiece, account: Account) -> str:
        words = await self._cache.get(account.space, key)
        if words is None:
            words = await self._transcribe_paid(sound, account)
            await self._cache.put(account.space, key, words, self._clock.now())
        return words

    async def _transcribe_paid(self, sound: AudioPiece, account: Account) -> str:
        bill = Charge(BudgetPool.SPACE if account.space else BudgetPool.READING, account, PURPOSE)
        cost = math.ceil(sound.seconds / 60 * self._price * NANODOLLARS)
        id_ = await self._budget.reserve(bill, cost)
        if id_ is None:
            raise await self._budget.refusal(bill)
        # Seconds of sound stand where a text has tokens.
        seconds = math.ceil(sound.seconds)
        most = Usage(self._model, seconds, 1)
        async with self._budget.settling(id_, bill, most, lambda usage: cost if usage.input else 0) as call:
            words = await self._transcribe_with_retries(sound)
            call.usage = Usage(self._model, seconds, estimate_tokens(words))
        return words

    async def _transcribe_with_retries(self, sound: AudioPiece) -> str:
        try:
            async with asyncio.timeout(self._timeout):
                for retries in count():
                    try:
                        async with self._concurrency.acquire(background=True):
                            return await self._server.transcribe(self._model, sound)
                    except ServerError as error:
                        await asyncio.sleep(self._retry_delay(error, retries))
        except TimeoutError:
            raise ModelCallError(FailureReason.TIMED_OUT.value) from None
        raise AssertionError

    def _retry_delay(self, error: ServerError, retries: int) -> float:
        """Return after how many seconds to try again; raises ModelCallError if that is no use."""
        reason = error.reason(self._model)
        delay = self._policy.delay(retries, error.retry_after) if reason in RETRYABLE_REASONS else None
        if delay is None:
            nothing = Usage(self._model, 0, 0)
            reason = _RECORDING_REASONS.get(reason, reason)
            raise self._server.info.failure(reason, self._model, _SETTING, nothing)
        return delay
