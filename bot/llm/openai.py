"""The language model of OpenAI, or of any server that speaks like it; the only file that imports openai."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from bot.config import ModelSettings, redact_password
from bot.domain.feed import AudioPiece
from bot.domain.usage import Account, Usage
from bot.llm.failures import FailureReason, ModelCallError, ServerError
from bot.llm.provider import Completion, Task
from bot.llm.request_loop import REASONING_TOKENS, ConcurrencyLimit, RequestLoop, estimate_tokens
from bot.llm.responses import (
    APIMode,
    CompletionRequest,
    ModelOutput,
    ResponseBuilder,
    parse_transcription,
    request_parameters,
)
from bot.llm.schema import parse_partial, strict_schema

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI, AsyncStream

logger = logging.getLogger(__name__)

T = TypeVar("T")
Result = TypeVar("Result")

DEFAULT_URL = "https://api.openai.com/v1"
CONNECT_SECONDS, FIRST_DELAY = 5.0, 0.5
"""How many seconds a server is given to take a connection, and pass before one in trouble is asked again."""

_LONG_TEXT_TOKENS, _MIN_SHARE_READ = 1_000, 0.6
"""Of a text of so many tokens a server that counts less than this share of our estimate has read only a part."""


class OpenAI:
    """The Llm on a server; the client is made when it is first needed, and a server's ways are found out by asking."""

    def __init__(self, settings: ModelSettings, first_delay: float = FIRST_DELAY) -> None:
        self._settings = settings
        self._first_delay = first_delay
        self._url = settings.server.base_url or DEFAULT_URL
        self._is_openai = (urlsplit(self._url).hostname or "").endswith("openai.com")
        self._concurrency = ConcurrencyLimit(settings.model_concurrency)
        self._client_lock = asyncio.Lock()
        self._open_client: AsyncOpenAI | None = None
        self._modes: dict[str, APIMode] = {}
        self._reasoning_models: set[str] = set()
        self._truncating_models: set[str] = set()

    async def complete(self, task: Task, returns: type[T]) -> Completion[T]:
        """Return the whole value; raises Failure."""
        effort, deadline = self._request_loop(task, returns), _now() + task.seconds
        async with self._client_slot(task, effort, deadline) as client:
            while True:
                try:
                    answer = await _before(deadline, self._send(client, effort.request))
                except ServerError as refusal:
                    await asyncio.sleep(effort.retry_delay(refusal, deadline - _now()))
                    continue
                if done := self._accept(effort, answer):
                    return done

    async def stream(self, task: Task, returns: type[T]) -> AsyncGenerator[Completion[T]]:
        """Yield the value as it grows, then whole; raises Failure."""
        effort, deadline = self._request_loop(task, returns), _now() + task.seconds
        async with self._client_slot(task, effort, deadline) as client:
            while True:
                gathering, last = ResponseBuilder(effort.request), None
                try:
                    async with aclosing(self._stream_text(client, gathering, effort.request)) as texts:
                        while (text := await _before(deadline, anext(texts, None))) is not None:
                            value = parse_partial(text, returns)
                            if value is not None and value != last:
                                last = value
                                yield Completion(value)
                    answer = gathering.output()
                except ServerError as refusal:
                    await asyncio.sleep(effort.retry_delay(refusal, deadline - _now()))
                    continue
                if done := self._accept(effort, answer):
                    yield done
                    return

    async def list_models(self) -> Mapping[str, str]:
        """Return the models that the server lists, each with the day it is shut down where that is known."""
        client = await self._get_client()
        with self._explaining_errors("", ""), self._translating_errors():
            listed = await client.models.list(timeout=CONNECT_SECONDS)
            return {model.id: model.shutdown_date or "" for model in getattr(listed, "data", None) or []}

    async def embedding_size(self, model: str) -> int:
        """Return of how many numbers a model makes a vector; raises Failure."""
        client = await self._get_client()
        with self._explaining_errors(model, "OVERHEARD_EMBEDDINGS"), self._translating_errors():
            made = await client.embeddings.create(model=model, input=["word"], timeout=2 * CONNECT_SECONDS)
            vectors = getattr(made, "data", None)
            return len(vectors[0].embedding) if vectors else 0

    async def transcribe(self, model: str, sound: AudioPiece) -> str:
        """Return what is heard in a piece of a recording; raises Refusal."""
        async with self._concurrency.acquire(background=True):
            client = await self._get_client()
            with self._translating_errors():
                made = await client.audio.transcriptions.with_raw_response.create(
                    file=(sound.name, sound.body), model=model
                )
        return parse_transcription(made.content)

    def failure(self, reason: FailureReason, model: str, setting: str, usage: Usage | None = None) -> ModelCallError:
        """Return what a person reads of a refusal."""
        named = {"url": redact_password(self._url), "model": model, "variable": setting, "wait": "a moment"}
        return ModelCallError(reason.value.format(**named), usage)

    def mode(self, model: str) -> APIMode:
        """Return how a model is asked, as far as is known."""
        return self._modes.get(model, APIMode.RESPONSES)

    async def aclose(self) -> None:
        """Close the client."""
        async with self._client_lock:
            if self._open_client:
                await self._open_client.close()
                self._open_client = None

    @asynccontextmanager
    async def _client_slot(self, task: Task, loop: RequestLoop[T], deadline: float) -> AsyncIterator[AsyncOpenAI]:
        """Hold a slot and have a client; what comes too late is a Failure whose cost nobody knows."""
        async with AsyncExitStack() as stack:
            try:
                await _before(
                    deadline, stack.enter_async_context(self._concurrency.acquire(background=not task.account.user))
                )
                client = await _before(deadline, self._get_client())
            except TimeoutError:
                raise loop.failure(FailureReason.TIMED_OUT) from None
            try:
                yield client
            except TimeoutError:
                raise ModelCallError(FailureReason.TIMED_OUT.value) from None

    def _request_loop(self, task: Task, returns: type[T]) -> RequestLoop[T]:
        model = self._settings.models_by_tier[task.tier]
        variable = "READ" if model == self._settings.model_read else "WRITE"
        room = task.tokens + (REASONING_TOKENS if model in self._reasoning_models else 0)
        payer = self._safety_identifier(task.account) if self._is_openai else None
        return RequestLoop(
            CompletionRequest(task, model, self.mode(model), strict_schema(returns), room, payer),
            returns,
            redact_password(self._url),
            f"OVERHEARD_MODEL_{variable}",
            self._first_delay,
            self._remember_mode,
            Usage(model, 0, 0),
        )

    def _safety_identifier(self, account: Account) -> str:
        """Return what stands for a person at OpenAI: always the same, and nobody without the key can tell who it is."""
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
        cut = output.usage and expected > _LONG_TEXT_TOKENS and output.usage.input < expected * _MIN_SHARE_READ
        if cut and model not in self._truncating_models:
            self._truncating_models.add(model)
            told = "%s read about %d of %d tokens of a text; give it a longer context (with Ollama, num_ctx)."
            logger.warning(told, model, output.usage.input if output.usage else 0, expected)
        return loop.accept(output)

    async def _send(self, client: AsyncOpenAI, request: CompletionRequest) -> ModelOutput:
        sent = request_parameters(request, stream=False)
        with self._translating_errors():
            if request.mode is APIMode.RESPONSES:
                body = (await client.responses.with_raw_response.create(**sent)).content
            else:
                body = (await client.chat.completions.with_raw_response.create(**sent)).content
        return ResponseBuilder(request).parse(body)

    async def _stream_text(
        self, client: AsyncOpenAI, builder: ResponseBuilder, request: CompletionRequest
    ) -> AsyncGenerator[str]:
        """Yield the text as it grows."""
        sent = request_parameters(request, stream=True)
        stream: AsyncStream[Any]
        with self._translating_errors():
            if request.mode is APIMode.RESPONSES:
                stream = await client.responses.create(stream=True, **sent)
            else:
                stream = await client.chat.completions.create(stream=True, **sent)
            async with stream:
                async for event in stream:
                    builder.add_event(event.to_dict(warnings=False))
                    yield builder.text

    async def _get_client(self) -> AsyncOpenAI:
        async with self._client_lock:
            if self._open_client is None:
                if find_spec("openai") is None:
                    raise ModelCallError(FailureReason.NOT_INSTALLED.value, Usage("", 0, 0))
                # To import it takes more than a second, and to make it reads what the machine trusts.
                self._open_client = await asyncio.to_thread(self._create_client)
        return self._open_client

    def _create_client(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI, Timeout

        patience = Timeout(None, connect=CONNECT_SECONDS)
        # A server of one's own wants no key, but the client does.
        key = self._settings.server.api_key or "none"
        return AsyncOpenAI(api_key=key, base_url=self._url, max_retries=0, timeout=patience)

    @contextmanager
    def _explaining_errors(self, model: str, setting: str) -> Iterator[None]:
        """Raise as Failure what a server does not take."""
        try:
            yield
        except ServerError as refusal:
            raise self.failure(refusal.reason(model), model, setting) from None

    @contextmanager
    def _translating_errors(self) -> Iterator[None]:
        """Raise as Refusal whatever the client raises."""
        from httpx2 import ConnectError, ConnectTimeout, HTTPError
        from openai import APIConnectionError, APIError, APIStatusError

        try:
            yield
        except APIStatusError as error:
            raise _server_error(error, self._settings.server.api_key) from None
        except (APIConnectionError, HTTPError) as error:
            away = isinstance(error.__cause__, ConnectError | ConnectTimeout)
            raise ServerError(0, "" if away else "cut") from None
        except APIError as error:
            raise ServerError(500, error.code or "", error.message) from None


def _server_error(error: APIStatusError, key: str) -> ServerError:
    """Return what a server answers; some repeat the key, which is to be in no log."""
    headers = error.response.headers
    waits = (("retry-after-ms", 1_000), ("retry-after", 1))
    wait = next((float(value) / by for name, by in waits if _is_number(value := headers.get(name, ""))), None)
    words = error.response.text[:2_000]
    return ServerError(error.status_code, error.code or "", words.replace(key, "…") if key else words, wait)


def _is_number(written: str) -> bool:
    return written.replace(".", "", 1).isdecimal()


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _before(deadline: float, work: Awaitable[Result]) -> Result:
    """Return what comes of some work; raises TimeoutError where it takes longer."""
    async with asyncio.timeout_at(deadline):
        return await work
