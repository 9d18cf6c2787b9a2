"""The analyst that needs no key: rules and the speakers' own words, the same on every run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import ParamSpec, TypeVar

from bot.model import Answer, Brief, Claim, Conversation, Hit, Material, Reading, Subject, Weighed

P = ParamSpec("P")
T = TypeVar("T")


class PlainAnalyst:
    """The plain twin of an analyst with a language model: no key, no network, deterministic.

    It never writes a fact of its own: claims, briefs and answers are what speakers said, with who and where.
    Its work runs in `executor`, by default the event loop's worker threads, so that the loop stays free.
    """

    def __init__(self, executor: Executor | None = None) -> None:
        self._executor = executor

    async def read(self, conversation: Conversation) -> Reading:
        """Find the claims, entities and passages of one conversation."""
        return await self._aside(_read, conversation)

    async def compose(self, material: Material) -> Brief:
        """Make the brief of a topic and date, or a quiet one."""
        return await self._aside(_compose, material)

    async def resolve(self, question: str, subject: Subject) -> tuple[str, Subject]:
        """Return the question as it stands by itself, and what the thread is about from now on."""
        return await self._aside(_resolve, question, subject)

    async def answer(self, question: str, hits: Sequence[Hit], subject: Subject) -> Answer:
        """Answer in the words of the passages, or say that they do not answer."""
        return await self._aside(_answer, question, hits, subject)

    async def weigh(self, statement: str, claims: Sequence[Claim]) -> Weighed:
        """Tell which claims say the same as a statement, which say otherwise, and which are only near."""
        return await self._aside(_weigh, statement, claims)

    async def _aside(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        call = partial(work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)


# Each is imported where it works, off the event loop: a start of the bot waits for none of them.


def _read(conversation: Conversation) -> Reading:
    from bot.analysis.reading import read

    return read(conversation)


def _compose(material: Material) -> Brief:
    from bot.analysis.compose import compose

    return compose(material)


def _resolve(question: str, subject: Subject) -> tuple[str, Subject]:
    from bot.analysis.follow_up import resolve

    return resolve(question, subject)


def _answer(question: str, hits: Sequence[Hit], subject: Subject) -> Answer:
    from bot.analysis.answer import answer

    return answer(question, hits, subject)


def _weigh(statement: str, claims: Sequence[Claim]) -> Weighed:
    from bot.analysis.weigh import weigh

    return weigh(statement, claims)
