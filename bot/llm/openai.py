"""OpenAI's models, and any server's that speaks like it; the only file that imports openai."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

import msgspec

from bot.config import ServerSettings, redact_password
from bot.domain.feed import AudioPiece
from bot.domain.usage import Usage
from bot.llm.failures import (
    CUT_CODE,
    UNREACHABLE_CODE,
    FailureReason,
    ModelCallError,
    ServerError,
    ServerInfo,
    decode_response,
    not_a_model_server,
)
from bot.llm.provider import APIMode, CompletionRequest, FinishReason, ModelOutput

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI, AsyncStream

Parameters: TypeAlias = "dict[str, Any]"
Shape = TypeVar("Shape")

DEFAULT_URL = "https://api.openai.com/v1"
CONNECT_SECONDS = 5.0
"""How long a server has to take a connection."""

_FINISH_REASONS = {
    "length": FinishReason.LENGTH,
    "max_output_tokens": FinishReason.LENGTH,
    "content_filter": FinishReason.FILTERED,
    "refusal": FinishReason.REFUSED,
    "failed": FinishReason.FAILED,
}


class OpenAI:
    """The Provider of OpenAI's APIs; the client is made when it is first needed."""

    modes = (APIMode.RESPONSES, APIMode.SCHEMA, APIMode.TEXT)

    def __init__(self, server: ServerSettings) -> None:
        self._server = server
        self._url = server.base_url or DEFAULT_URL
        self.info = ServerInfo(
            redact_password(self._url),
            "OPENAI_",
            "chat completions",
            ", which often ends in /v1",
            is_official=(urlsplit(self._url).hostname or "").endswith("openai.com"),
        )
        self._client_lock = asyncio.Lock()
        self._client: AsyncOpenAI | None = None

    async def open(self) -> None:
        """Make the client; raises ModelCallError if openai isn't installed."""
        await self._get_client()

    async def send(self, request: CompletionRequest) -> ModelOutput:
        """Return an answer."""
        client, parameters = await self._get_client(), request_parameters(request, stream=False)
        with self._translating_errors():
            if request.mode is APIMode.RESPONSES:
                body = (await client.responses.with_raw_response.create(**parameters)).content
            else:
                body = (await client.chat.completions.with_raw_response.create(**parameters)).content
        return _ResponseBuilder(request).parse(body)

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[str | ModelOutput]:
        """Yield the text of an answer as it grows, then the answer."""
        client, parameters = await self._get_client(), request_parameters(request, stream=True)
        builder = _ResponseBuilder(request)
        stream: AsyncStream[Any]
        with self._translating_errors():
            if request.mode is APIMode.RESPONSES:
                stream = await client.responses.create(stream=True, **parameters)
            else:
                stream = await client.chat.completions.create(stream=True, **parameters)
            async with stream:
                async for event in stream:
                    builder.add_event(event.to_dict(warnings=False))
                    yield builder.text
        yield builder.output()

    async def list_models(self) -> Mapping[str, str]:
        """Return the models that the server lists, each with the day it is shut down if that is known."""
        client = await self._get_client()
        with self._translating_errors():
            models = await client.models.list(timeout=CONNECT_SECONDS)
            return {model.id: model.shutdown_date or "" for model in getattr(models, "data", None) or []}

    async def embedding_size(self, model: str) -> int:
        """Return of how many numbers a model makes a vector; raises ServerError."""
        client = await self._get_client()
        with self._translating_errors():
            embeddings = await client.embeddings.create(model=model, input=["word"], timeout=2 * CONNECT_SECONDS)
            vectors = getattr(embeddings, "data", None)
            return len(vectors[0].embedding) if vectors else 0

    async def transcribe(self, model: str, sound: AudioPiece) -> str:
        """Return what is heard in a piece of a recording; raises ServerError."""
        client = await self._get_client()
        with self._translating_errors():
            response = await client.audio.transcriptions.with_raw_response.create(
                file=(sound.name, sound.body), model=model
            )
        return decode_response(response.content, _Transcription).text

    async def aclose(self) -> None:
        """Close the client."""
        async with self._client_lock:
            if self._client:
                await self._client.close()
                self._client = None

    async def _get_client(self) -> AsyncOpenAI:
        async with self._client_lock:
            if self._client is None:
                if find_spec("openai") is None:
                    raise ModelCallError(FailureReason.NOT_INSTALLED.value, Usage("", 0, 0))
                # To import it takes more than a second, and to make it reads what the machine trusts.
                self._client = await asyncio.to_thread(self._create_client)
        return self._client

    def _create_client(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI, Timeout

        timeout = Timeout(None, connect=CONNECT_SECONDS)
        # A server of one's own wants no key, but the client does.
        key = self._server.api_key or "none"
        return AsyncOpenAI(api_key=key, base_url=self._url, max_retries=0, timeout=timeout)

    @contextmanager
    def _translating_errors(self) -> Iterator[None]:
        """Raise ServerError for whatever the client raises."""
        from httpx2 import ConnectError, ConnectTimeout, HTTPError
        from openai import APIConnectionError, APIError, APIStatusError

        try:
            yield
        except APIStatusError as error:
            raise _server_error(error, self._server.api_key) from None
        except (APIConnectionError, HTTPError) as error:
            is_away = isinstance(error.__cause__, ConnectError | ConnectTimeout)
            raise ServerError(0, UNREACHABLE_CODE if is_away else CUT_CODE) from None
        except APIError as error:
            raise ServerError(500, error.code or "", error.message) from None


def _server_error(error: APIStatusError, key: str) -> ServerError:
    """Return what a server answers; some repeat the key, which is to be in no log."""
    headers = error.response.headers
    waits = (("retry-after-ms", 1_000), ("retry-after", 1))
    wait = next((float(value) / by for name, by in waits if _is_number(value := headers.get(name, ""))), None)
    text = error.response.text[:2_000]
    return ServerError(error.status_code, error.code or "", text.replace(key, "…") if key else text, wait)


def _is_number(written: str) -> bool:
    return written.replace(".", "", 1).isdecimal()


def request_parameters(request: CompletionRequest, *, stream: bool) -> Parameters:
    """Return what the server is sent."""
    is_responses = request.mode is APIMode.RESPONSES
    parameters = _responses_parameters(request) if is_responses else _chat_parameters(request)
    if request.safety_identifier is not None:
        parameters["prompt_cache_key"] = f"{request.task.purpose}-{request.task.version}"
    if request.safety_identifier:
        parameters["safety_identifier"] = request.safety_identifier
    if stream and not is_responses:
        parameters["stream_options"] = {"include_usage": True}
    return parameters


def _responses_parameters(request: CompletionRequest) -> Parameters:
    form = {"type": "json_schema", "name": request.schema_name, "schema": request.schema, "strict": True}
    return {
        "model": request.model,
        "instructions": request.system,
        "input": request.user,
        "text": {"format": form},
        "max_output_tokens": request.max_tokens,
        "store": False,
    }


def _chat_parameters(request: CompletionRequest) -> Parameters:
    # Only OpenAI itself knows the newer name, and some of its models no longer know the older one.
    limit = "max_tokens" if request.safety_identifier is None else "max_completion_tokens"
    messages = [{"role": "system", "content": request.system}, {"role": "user", "content": request.user}]
    parameters: Parameters = {"model": request.model, "messages": messages, limit: request.max_tokens}
    if request.mode is APIMode.SCHEMA:
        form = {"name": request.schema_name, "schema": request.schema, "strict": True}
        parameters["response_format"] = {"type": "json_schema", "json_schema": form}
    return parameters


class _TokenDetails(msgspec.Struct):
    cached_tokens: int | None = None


class _TokenCounts(msgspec.Struct):
    """Tokens under the names of both APIs."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _TokenDetails | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _TokenDetails | None = None

    def usage(self, model: str) -> Usage | None:
        read = self.input_tokens or self.prompt_tokens
        written = self.output_tokens or self.completion_tokens or 0
        details = self.input_tokens_details or self.prompt_tokens_details
        return Usage(model, read, written, (details.cached_tokens or 0) if details else 0) if read else None


class _ContentPart(msgspec.Struct):
    """A message or a part of one, under the names of both APIs."""

    text: str | None = None
    content: str | None = None
    refusal: str | None = None


class _OutputItem(msgspec.Struct):
    type: str | None = None
    content: list[_ContentPart] | None = None


class _IncompleteDetails(msgspec.Struct):
    reason: str | None = None


class _Response(msgspec.Struct):
    status: str
    output: list[_OutputItem] | None = None
    incomplete_details: _IncompleteDetails | None = None
    usage: _TokenCounts | None = None


class _Event(msgspec.Struct):
    type: str
    delta: object = None
    response: _Response | None = None


class _Choice(msgspec.Struct):
    message: _ContentPart | None = None
    delta: _ContentPart | None = None
    finish_reason: str | None = None


class _Chat(msgspec.Struct):
    choices: list[_Choice] | None
    usage: _TokenCounts | None = None


class _ResponseBuilder:
    """Builds an answer from what has come of it."""

    def __init__(self, request: CompletionRequest) -> None:
        self._request = request
        self.text = ""
        self._reason: str | None = None
        self._usage: Usage | None = None
        self._has_events = self._is_finished = False

    def parse(self, body: bytes) -> ModelOutput:
        """Take an answer at once; raises ServerError if it is none."""
        if self._request.mode is APIMode.RESPONSES:
            self._add_response(decode_response(body, _Response))
        else:
            self._add_chat_chunk(decode_response(body, _Chat))
        self._is_finished = True
        return self.output()

    def add_event(self, event: Mapping[str, object]) -> None:
        """Take one event of a stream; raises ServerError if it is none."""
        self._has_events = True
        if self._request.mode is not APIMode.RESPONSES:
            self._add_chat_chunk(_convert(event, _Chat))
            return
        item = _convert(event, _Event)
        if item.type == "response.output_text.delta" and isinstance(item.delta, str):
            self.text += item.delta
        elif item.type in {"response.completed", "response.incomplete", "response.failed"} and item.response:
            self._add_response(item.response)

    def output(self) -> ModelOutput:
        """Return the answer; raises ServerError if it never came to its end."""
        if not self._is_finished:
            raise ServerError(0, CUT_CODE) if self._has_events else not_a_model_server()
        return ModelOutput(self.text, _FINISH_REASONS.get(self._reason or "", FinishReason.COMPLETE), self._usage)

    def _add_response(self, response: _Response) -> None:
        parts = [part for item in response.output or [] for part in item.content or [] if item.type == "message"]
        self.text = "".join(part.text or "" for part in parts) or self.text
        cause = response.incomplete_details.reason if response.incomplete_details else None
        self._reason = "refusal" if any(part.refusal for part in parts) else cause or response.status
        self._usage = response.usage.usage(self._request.model) if response.usage else None
        self._is_finished = True

    def _add_chat_chunk(self, chunk: _Chat) -> None:
        for choice in (chunk.choices or [])[:1]:
            words = choice.message or choice.delta or _ContentPart()
            self.text += words.content or ""
            self._reason = "refusal" if words.refusal or self._reason == "refusal" else choice.finish_reason
            self._is_finished = self._is_finished or bool(choice.message or choice.finish_reason)
        if chunk.usage:
            self._usage = chunk.usage.usage(self._request.model) or self._usage
            self._is_finished = True


class _Transcription(msgspec.Struct):
    text: str


def _convert(value: object, shape: type[Shape]) -> Shape:
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        raise not_a_model_server() from None
