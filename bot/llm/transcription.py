"""Writing down what is heard: paid like every call, tried again where that may help, and remembered piece by piece."""

from __future__ import annotations

import asyncio
import hashlib
import math
from itertools import count

from bot.config import ModelSettings
from bot.domain.feed import AudioPiece
from bot.domain.usage import NANODOLLARS, Account, BudgetPool, Charge, Usage
from bot.due_times import Clock
from bot.errors import LlmError, StoreError
from bot.llm.budget import Ledger, Tariff, over_budget_error
from bot.llm.cache import CompletionCache
from bot.llm.failures import FailureReason, ModelCallError, ServerError
from bot.llm.openai import FIRST_DELAY, OpenAI
from bot.llm.request_loop import MAX_RETRIES, RETRYABLE_REASONS, estimate_tokens
from bot.metrics import ModelMetrics

PURPOSE = "transcription"

TIMEOUT_SECONDS = 600.0
"""How long one piece may take, every further try included."""

_MEGABYTE = 1_000_000
_SETTING = "OVERHEARD_MODEL_TRANSCRIBE"
_RECORDING_REASONS = {
    FailureReason.NO_ENDPOINT: FailureReason.NO_TRANSCRIPTION,
    FailureReason.REQUEST_REJECTED: FailureReason.RECORDING_REJECTED,
    FailureReason.SCHEMA_REJECTED: FailureReason.RECORDING_REJECTED,
    FailureReason.TOO_LONG: FailureReason.RECORDING_TOO_LARGE,
}


class ServerTranscriber:
    """The Transcriber on a server."""

    def __init__(
        self,
        server: OpenAI,
        settings: ModelSettings,
        ledger: Ledger,
        cache: CompletionCache,
        clock: Clock,
        metrics: ModelMetrics,
        first_delay: float = FIRST_DELAY,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self.max_bytes = settings.transcribe_megabytes * _MEGABYTE
        self.max_minutes = settings.transcribe_minutes
        self._model, self._price = settings.model_transcribe, settings.transcribe_price
        self._tariff = Tariff(settings.models_by_tier, settings.prices_by_model, settings.budgets)
        self._server, self._ledger, self._cache = server, ledger, cache
        self._clock, self._metrics, self._first_delay, self._timeout = clock, metrics, first_delay, timeout

    async def transcribe(self, sound: AudioPiece, account: Account) -> str:
        """Return the words of a piece; one that was heard before is not heard again."""
        key = hashlib.sha256(f"{PURPOSE}/{self._model}/".encode() + sound.body).hexdigest()
        known = await self._cache.get(account.space, key)
        if known is not None:
            return known
        words = await self._transcribe_paid(sound, account)
        await self._cache.put(account.space, key, words, self._clock.now())
        return words

    async def _transcribe_paid(self, sound: AudioPiece, account: Account) -> str:
        bill = Charge(BudgetPool.SPACE if account.space else BudgetPool.READING, account, PURPOSE)
        cost = math.ceil(sound.seconds / 60 * self._price * NANODOLLARS)
        limits, now = self._tariff.limits(bill), self._clock.now()
        id_ = await self._ledger.reserve(bill, cost, limits, now)
        if id_ is None:
            self._metrics.record_call(PURPOSE, "over_budget")
            raise over_budget_error(bill, await self._ledger.spent_today(bill, now), limits, now)
        # What nobody knows of counts as it was set aside; seconds of sound stand where a text has tokens.
        used, outcome = Usage(self._model, math.ceil(sound.seconds), 1), "stopped"
        try:
            words = await self._transcribe_with_retries(sound)
            used, outcome = Usage(self._model, used.input, estimate_tokens(words)), "answered"
        except LlmError as error:
            outcome = "failed"
            if isinstance(error, ModelCallError) and error.usage:
                used = error.usage
            raise
        finally:
            self._metrics.record_call(PURPOSE, outcome, used)
            paid = cost if used.input else 0
            await asyncio.shield(asyncio.ensure_future(self._settle(id_, bill, used, paid)))
        return words

    async def _settle(self, id_: str, bill: Charge, used: Usage, cost: int) -> None:
        try:
            await self._ledger.settle(id_, bill, used, cost, self._clock.now())
        except StoreError:
            # What was heard is there all the same.
            self._metrics.record_call(PURPOSE, "unsettled")

    async def _transcribe_with_retries(self, sound: AudioPiece) -> str:
        try:
            async with asyncio.timeout(self._timeout):
                for tried in count():
                    try:
                        return await self._server.transcribe(self._model, sound)
                    except ServerError as refusal:
                        await asyncio.sleep(self._retry_delay(refusal, tried))
        except TimeoutError:
            raise ModelCallError(FailureReason.TIMED_OUT.value) from None
        raise AssertionError

    def _retry_delay(self, error: ServerError, retries: int) -> float:
        """Return after how many seconds to try again; raises Failure where that is no use."""
        why = error.reason(self._model)
        if why not in RETRYABLE_REASONS or retries >= MAX_RETRIES:
            nothing = Usage(self._model, 0, 0)
            raise self._server.failure(_RECORDING_REASONS.get(why, why), self._model, _SETTING, nothing)
        return self._first_delay * 2**retries if error.retry_after is None else error.retry_after
