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

from bot.config import ModelSettings, shown
from bot.domain.feed import Sound
from bot.domain.usage import Account, Usage
from bot.llm.api_forms import Ask, Way, parameters
from bot.llm.decoding import growing
from bot.llm.failures import Failure, Refusal, Why
from bot.llm.provider import Completion, Task
from bot.llm.request_loop import THINKING, Effort, Slots, estimated
from bot.llm.responses import Answer, Gathering, heard
from bot.llm.schema import strict

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI, AsyncStream

logger = logging.getLogger(__name__)

T = TypeVar("T")
Got = TypeVar("Got")

OPENAI = "https://api.openai.com/v1"
CONNECTING, PAUSE = 5.0, 0.5
"""How many seconds a server is given to take a connection, and pass before one in trouble is asked again."""

_LONG, _SHARE = 1_000, 0.6
"""Of a text of so many tokens a server that counts less than this share of our estimate has read only a part."""


class OpenAI:
    """The Llm on a server; the client is made when it is first needed, and a server's ways are found out by asking."""

    def __init__(self, settings: ModelSettings, pause: float = PAUSE) -> None:
        self._settings = settings
        self._pause = pause
        self._url = settings.server.base_url or OPENAI
        self._own = (urlsplit(self._url).hostname or "").endswith("openai.com")
        self._slots = Slots(settings.model_concurrency)
        self._opening = asyncio.Lock()
        self._opened: AsyncOpenAI | None = None
        self._ways: dict[str, Way] = {}
        self._thinking: set[str] = set()
        self._cutting: set[str] = set()

    async def complete(self, task: Task, returns: type[T]) -> Completion[T]:
        """Return the whole value; raises Failure."""
        effort, deadline = self._effort(task, returns), _now() + task.seconds
        async with self._working(task, effort, deadline) as client:
            while True:
                try:
                    answer = await _by(deadline, self._asked(client, effort.ask))
                except Refusal as refusal:
                    await asyncio.sleep(effort.refused(refusal, deadline - _now()))
                    continue
                if done := self._taken(effort, answer):
                    return done

    async def stream(self, task: Task, returns: type[T]) -> AsyncGenerator[Completion[T]]:
        """Yield the value as it grows, then whole; raises Failure."""
        effort, deadline = self._effort(task, returns), _now() + task.seconds
        async with self._working(task, effort, deadline) as client:
            while True:
                gathering, last = Gathering(effort.ask), None
                try:
                    async with aclosing(self._events(client, gathering, effort.ask)) as texts:
                        while (text := await _by(deadline, anext(texts, None))) is not None:
                            value = growing(text, returns)
                            if value is not None and value != last:
                                last = value
                                yield Completion(value)
                    answer = gathering.answer()
                except Refusal as refusal:
                    await asyncio.sleep(effort.refused(refusal, deadline - _now()))
                    continue
                if done := self._taken(effort, answer):
                    yield done
                    return

    async def models(self) -> Mapping[str, str]:
        """Return the models that the server lists, each with the day it is shut down where that is known."""
        client = await self._client()
        with self._explained("", ""), self._translated():
            listed = await client.models.list(timeout=CONNECTING)
            return {model.id: model.shutdown_date or "" for model in getattr(listed, "data", None) or []}

    async def embeds(self, model: str) -> int:
        """Return of how many numbers a model makes a vector; raises Failure."""
        client = await self._client()
        with self._explained(model, "OVERHEARD_EMBEDDINGS"), self._translated():
            made = await client.embeddings.create(model=model, input=["word"], timeout=2 * CONNECTING)
            vectors = getattr(made, "data", None)
            return len(vectors[0].embedding) if vectors else 0

    async def heard(self, model: str, sound: Sound) -> str:
        """Return what is heard in a piece of a recording; raises Refusal."""
        async with self._slots.held(background=True):
            client = await self._client()
            with self._translated():
                made = await client.audio.transcriptions.with_raw_response.create(
                    file=(sound.name, sound.body), model=model
                )
        return heard(made.content)

    def failure(self, why: Why, model: str, variable: str, usage: Usage | None = None) -> Failure:
        """Return what a person reads of a refusal."""
        named = {"url": shown(self._url), "model": model, "variable": variable, "wait": "a moment"}
        return Failure(why.value.format(**named), usage)

    def way(self, model: str) -> Way:
        """Return how a model is asked, as far as is known."""
        return self._ways.get(model, Way.RESPONSES)

    async def aclose(self) -> None:
        """Close the client."""
        async with self._opening:
            if self._opened:
                await self._opened.close()
                self._opened = None

    @asynccontextmanager
    async def _working(self, task: Task, effort: Effort[T], deadline: float) -> AsyncIterator[AsyncOpenAI]:
        """Hold a slot and have a client; what comes too late is a Failure whose cost nobody knows."""
        async with AsyncExitStack() as stack:
            try:
                await _by(deadline, stack.enter_async_context(self._slots.held(background=not task.account.user)))
                client = await _by(deadline, self._client())
            except TimeoutError:
                raise effort.failure(Why.LATE) from None
            try:
                yield client
            except TimeoutError:
                raise Failure(Why.LATE.value) from None

    def _effort(self, task: Task, returns: type[T]) -> Effort[T]:
        model = self._settings.names[task.tier]
        variable = "READ" if model == self._settings.model_read else "WRITE"
        room = task.tokens + (THINKING if model in self._thinking else 0)
        payer = self._payer(task.account) if self._own else None
        return Effort(
            Ask(task, model, self.way(model), strict(returns), room, payer),
            returns,
            shown(self._url),
            f"OVERHEARD_MODEL_{variable}",
            self._pause,
            self._learned,
            Usage(model, 0, 0),
        )

    def _payer(self, account: Account) -> str:
        """Return what stands for a person at OpenAI: always the same, and nobody without the key can tell who it is."""
        if not (account.space or account.user):
            return ""
        key = hashlib.sha256(self._settings.server.api_key.encode()).digest()
        return hashlib.blake2b(f"{account.space}/{account.user}".encode(), key=key, digest_size=16).hexdigest()

    def _learned(self, ask: Ask) -> None:
        self._ways[ask.model] = ask.way
        if ask.room > ask.task.tokens:
            self._thinking.add(ask.model)

    def _taken(self, effort: Effort[T], answer: Answer) -> Completion[T] | None:
        model, expected = effort.ask.model, estimated(effort.ask.system + effort.ask.user)
        cut = answer.usage and expected > _LONG and answer.usage.input < expected * _SHARE
        if cut and model not in self._cutting:
            self._cutting.add(model)
            told = "%s read about %d of %d tokens of a text; give it a longer context (with Ollama, num_ctx)."
            logger.warning(told, model, answer.usage.input if answer.usage else 0, expected)
        return effort.taken(answer)

    async def _asked(self, client: AsyncOpenAI, ask: Ask) -> Answer:
        sent = parameters(ask, stream=False)
        with self._translated():
            if ask.way is Way.RESPONSES:
                body = (await client.responses.with_raw_response.create(**sent)).content
            else:
                body = (await client.chat.completions.with_raw_response.create(**sent)).content
        return Gathering(ask).whole(body)

    async def _events(self, client: AsyncOpenAI, gathering: Gathering, ask: Ask) -> AsyncGenerator[str]:
        """Yield the text as it grows."""
        sent = parameters(ask, stream=True)
        stream: AsyncStream[Any]
        with self._translated():
            if ask.way is Way.RESPONSES:
                stream = await client.responses.create(stream=True, **sent)
            else:
                stream = await client.chat.completions.create(stream=True, **sent)
            async with stream:
                async for event in stream:
                    gathering.take(event.to_dict(warnings=False))
                    yield gathering.text

    async def _client(self) -> AsyncOpenAI:
        async with self._opening:
            if self._opened is None:
                if find_spec("openai") is None:
                    raise Failure(Why.ABSENT.value, Usage("", 0, 0))
                # To import it takes more than a second, and to make it reads what the machine trusts.
                self._opened = await asyncio.to_thread(self._open)
        return self._opened

    def _open(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI, Timeout

        patience = Timeout(None, connect=CONNECTING)
        # A server of one's own wants no key, but the client does.
        key = self._settings.server.api_key or "none"
        return AsyncOpenAI(api_key=key, base_url=self._url, max_retries=0, timeout=patience)

    @contextmanager
    def _explained(self, model: str, variable: str) -> Iterator[None]:
        """Raise as Failure what a server does not take."""
        try:
            yield
        except Refusal as refusal:
            raise self.failure(refusal.why(model), model, variable) from None

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Raise as Refusal whatever the client raises."""
        from httpx2 import ConnectError, ConnectTimeout, HTTPError
        from openai import APIConnectionError, APIError, APIStatusError

        try:
            yield
        except APIStatusError as error:
            raise _refusal(error, self._settings.server.api_key) from None
        except (APIConnectionError, HTTPError) as error:
            away = isinstance(error.__cause__, ConnectError | ConnectTimeout)
            raise Refusal(0, "" if away else "cut") from None
        except APIError as error:
            raise Refusal(500, error.code or "", error.message) from None


def _refusal(error: APIStatusError, key: str) -> Refusal:
    """Return what a server answers; some repeat the key, which is to be in no log."""
    headers = error.response.headers
    waits = (("retry-after-ms", 1_000), ("retry-after", 1))
    wait = next((float(value) / by for name, by in waits if _seconds(value := headers.get(name, ""))), None)
    words = error.response.text[:2_000]
    return Refusal(error.status_code, error.code or "", words.replace(key, "…") if key else words, wait)


def _seconds(written: str) -> bool:
    return written.replace(".", "", 1).isdecimal()


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _by(deadline: float, work: Awaitable[Got]) -> Got:
    """Return what comes of some work; raises TimeoutError where it takes longer."""
    async with asyncio.timeout_at(deadline):
        return await work
