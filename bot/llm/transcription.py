"""Writing down what is heard: paid like every call, tried again where that may help, and remembered piece by piece."""

from __future__ import annotations

import asyncio
import hashlib
import math
from itertools import count

from bot.config import ModelSettings
from bot.domain.feed import Sound
from bot.domain.usage import DOLLAR, Account, Bill, Pot, Usage
from bot.due_times import Clock
from bot.errors import LlmError, StoreError
from bot.llm.budget import Ledger, Tariff, overdrawn
from bot.llm.cache import Memory
from bot.llm.failures import Failure, Refusal, Why
from bot.llm.openai import PAUSE, OpenAI
from bot.llm.request_loop import PASSING, PATIENCE, estimated
from bot.metrics import Consumption

PURPOSE = "transcription"

SECONDS = 600.0
"""How long one piece may take, every further try included."""

_MEGABYTE = 1_000_000
_VARIABLE = "OVERHEARD_MODEL_TRANSCRIBE"
_OF_SOUND = {
    Why.NO_PATH: Why.DEAF,
    Why.UNTAKEN: Why.UNHEARD,
    Why.NO_SCHEMA: Why.UNHEARD,
    Why.TOO_LONG: Why.TOO_LONG_TO_HEAR,
}


class Transcribing:
    """The Transcriber on a server."""

    def __init__(
        self,
        server: OpenAI,
        settings: ModelSettings,
        ledger: Ledger,
        memory: Memory,
        clock: Clock,
        counts: Consumption,
        pause: float = PAUSE,
        seconds: float = SECONDS,
    ) -> None:
        self.most = settings.transcribe_megabytes * _MEGABYTE
        self.minutes = settings.transcribe_minutes
        self._model, self._price = settings.model_transcribe, settings.transcribe_price
        self._tariff = Tariff(settings.names, settings.priced, settings.budgets)
        self._server, self._ledger, self._memory = server, ledger, memory
        self._clock, self._counts, self._pause, self._seconds = clock, counts, pause, seconds

    async def write_down(self, sound: Sound, account: Account) -> str:
        """Return the words of a piece; one that was heard before is not heard again."""
        key = hashlib.sha256(f"{PURPOSE}/{self._model}/".encode() + sound.body).hexdigest()
        known = await self._memory.recall(account.space, key)
        if known is not None:
            return known
        words = await self._paid(sound, account)
        await self._memory.keep(account.space, key, words, self._clock.now())
        return words

    async def _paid(self, sound: Sound, account: Account) -> str:
        bill = Bill(Pot.SPACE if account.space else Pot.READING, account, PURPOSE)
        cost = math.ceil(sound.seconds / 60 * self._price * DOLLAR)
        limits, now = self._tariff.limits(bill), self._clock.now()
        id_ = await self._ledger.reserve(bill, cost, limits, now)
        if id_ is None:
            self._counts.asked(PURPOSE, "over_budget")
            raise overdrawn(bill, await self._ledger.paid(bill, now), limits, now)
        # What nobody knows of counts as it was set aside; seconds of sound stand where a text has tokens.
        used, outcome = Usage(self._model, math.ceil(sound.seconds), 1), "stopped"
        try:
            words = await self._heard(sound)
            used, outcome = Usage(self._model, used.input, estimated(words)), "answered"
        except LlmError as error:
            outcome = "failed"
            if isinstance(error, Failure) and error.usage:
                used = error.usage
            raise
        finally:
            self._counts.asked(PURPOSE, outcome, used)
            paid = cost if used.input else 0
            await asyncio.shield(asyncio.ensure_future(self._settle(id_, bill, used, paid)))
        return words

    async def _settle(self, id_: str, bill: Bill, used: Usage, cost: int) -> None:
        try:
            await self._ledger.settle(id_, bill, used, cost, self._clock.now())
        except StoreError:
            # What was heard is there all the same.
            self._counts.asked(PURPOSE, "unsettled")

    async def _heard(self, sound: Sound) -> str:
        try:
            async with asyncio.timeout(self._seconds):
                for tried in count():
                    try:
                        return await self._server.heard(self._model, sound)
                    except Refusal as refusal:
                        await asyncio.sleep(self._wait(refusal, tried))
        except TimeoutError:
            raise Failure(Why.LATE.value) from None
        raise AssertionError

    def _wait(self, refusal: Refusal, tried: int) -> float:
        """Return after how many seconds to try again; raises Failure where that is no use."""
        why = refusal.why(self._model)
        if why not in PASSING or tried >= PATIENCE:
            nothing = Usage(self._model, 0, 0)
            raise self._server.failure(_OF_SOUND.get(why, why), self._model, _VARIABLE, nothing)
        return self._pause * 2**tried if refusal.wait is None else refusal.wait
