"""A language model through the real client, on our own server: what tests of it share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import fields, replace

import msgspec

from bot.analysts.llm.prompts import load_prompts
from bot.config import ModelSettings, ServerSettings
from bot.domain.usage import Account
from bot.llm.model import ServerModel
from bot.llm.provider import Completion, LanguageModel, Task
from bot.llm.registry import connect
from bot.llm.request_loop import RETRIES
from tests.servers.model import Answer, Asked, FakeModel, fake_model


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing said."""

    who: str
    words: str


class Points(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was said."""

    points: tuple[Point, ...]
    note: str


SAID = Points((Point("Ana", "Prices rose by a tenth."), Point("Ben", "They did not, “really”.")), "two disagree")
JSON = msgspec.json.encode(SAID).decode()
QUICK = replace(RETRIES, first=0.01)
TASK = Task("answer", 2, "Say who said what.", "Ana: prices rose. Ben: no.", 500, 20, account=Account("slack:T1", "U1"))


def speaking(says: Callable[[Task], object]) -> Answer:
    """Return what lets a server speak as a writer does, which knows tasks by their purpose."""

    def answer(asked: Asked) -> object:
        return says(Task(purpose_of(asked), 1, asked.system, asked.user, asked.tokens, 0))

    return answer


def purpose_of(asked: Asked) -> str:
    """Return what a request is for, by what the model is told."""
    rules = load_prompts()
    return next(f.name for f in fields(rules) if asked.system.startswith(getattr(rules, f.name).system))


def served(server: FakeModel, **more: object) -> ModelSettings:
    """Return the settings that lead to a server."""
    return ModelSettings("small", "large", server=ServerSettings(base_url=server.url), **more)


def says(asked: Asked) -> object:
    """Say the same to everybody."""
    del asked
    return SAID


@asynccontextmanager
async def asking(
    answer: Answer = says, *, key: str = "", concurrency: int = 4
) -> AsyncIterator[tuple[ServerModel, FakeModel]]:
    """Run a server, and a model on it."""
    async with fake_model(answer, key=key) as server:
        place = ServerSettings(key, server.url)
        model = connect(ModelSettings("small", "large", concurrency, server=place), QUICK)
        try:
            yield model, server
        finally:
            await model.aclose()


async def grown(model: LanguageModel, task: Task = TASK) -> list[Completion[Points]]:
    """Return every state of a value."""
    return [state async for state in model.stream(task, Points)]


async def whole(model: LanguageModel, task: Task = TASK, *, streamed: bool = False) -> Completion[Points]:
    """Return a value, asked for at once or as it grows."""
    return (await grown(model, task))[-1] if streamed else await model.complete(task, Points)
