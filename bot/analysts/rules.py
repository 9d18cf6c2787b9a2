"""The analyst that needs no key: rules and the speakers' own words, the same on every run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import ParamSpec, TypeVar

from bot.domain import (
    Answer,
    Asker,
    Brief,
    Claim,
    Conversation,
    Hit,
    Material,
    Reading,
    Resolved,
    Stretch,
    Subject,
    Weighed,
)

ENGLISH_ONLY = "Other languages than English need a language model, and none is set up here."

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

    async def resolve(self, question: str, subject: Subject, _: Asker, /) -> Resolved:
        """Return the question as it stands by itself, and what the thread is about from now on."""
        return Resolved(*await self._aside(_resolve, question, subject))

    async def answer(self, question: str, hits: Sequence[Hit], subject: Subject, asker: Asker) -> AsyncIterator[Answer]:
        """Answer in the words of the passages, or say that they do not answer."""
        given = await self._aside(_answer, question, hits, subject)
        yield replace(given, note=ENGLISH_ONLY) if asker.language not in {"", "English"} else given

    async def weigh(self, statement: str, claims: Sequence[Claim]) -> Weighed:
        """Tell which claims say the same as a statement, which say otherwise, and which are only near."""
        return await self._aside(_weigh, statement, claims)

    async def point(self, _: Conversation, /) -> frozenset[Stretch]:
        """Point at nothing: the rules find what they find."""
        return frozenset()

    async def sort(self, reading: Reading) -> Reading:
        """Leave the names as the rules sorted them."""
        return reading

    async def translate(self, brief: Brief, language: str, _: str, /) -> Brief:
        """Return the brief as it is, with a note where another language than English is wanted."""
        return brief if language in {"", "English"} else replace(brief, note=ENGLISH_ONLY)

    async def _aside(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        call = partial(work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)


# Each is imported where it works, off the event loop: a start of the bot waits for none of them.


def _read(conversation: Conversation) -> Reading:
    from bot.claims.extractor import read

    return read(conversation)


def _compose(material: Material) -> Brief:
    from bot.briefs.composer import compose

    return compose(material)


def _resolve(question: str, subject: Subject) -> tuple[str, Subject]:
    from bot.qa.follow_up import resolve

    return resolve(question, subject)


def _answer(question: str, hits: Sequence[Hit], subject: Subject) -> Answer:
    from bot.qa.answer import answer

    return answer(question, hits, subject)


def _weigh(statement: str, claims: Sequence[Claim]) -> Weighed:
    from bot.qa.stance import weigh

    return weigh(statement, claims)
