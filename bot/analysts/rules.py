"""The analyst that needs no key: rules and the speakers' own words, the same on every run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import ParamSpec, TypeVar

from bot.domain import (
    Analysis,
    Answer,
    Asker,
    Brief,
    Claim,
    Conversation,
    Hit,
    Material,
    ResolvedQuestion,
    StanceReport,
    ThreadContext,
    TurnSpan,
    is_english,
)

ENGLISH_ONLY = "Other languages than English need a language model, and none is set up here."

P = ParamSpec("P")
T = TypeVar("T")


class RuleAnalyst:
    """The plain twin of an analyst with a language model: no key, no network, deterministic.

    It never writes a fact of its own: claims, briefs and answers are what speakers said, with who and where. Its work
    runs in `executor`, by default the event loop's worker threads, so that the loop stays free.
    """

    def __init__(self, executor: Executor | None = None) -> None:
        self._executor = executor

    async def compose(self, material: Material) -> Brief:
        """Make the brief of a topic and date, or a quiet one."""
        return await self._run_in_executor(_compose, material)

    async def resolve(self, question: str, context: ThreadContext, _: Asker, /) -> ResolvedQuestion:
        """Return the question as it stands by itself, and what the thread is about from now on."""
        return ResolvedQuestion(*await self._run_in_executor(_resolve, question, context))

    async def answer(
        self, question: str, hits: Sequence[Hit], context: ThreadContext, asker: Asker
    ) -> AsyncIterator[Answer]:
        """Answer in the words of the passages, or say that they do not answer."""
        answer = await self._run_in_executor(_answer, question, hits, context)
        yield answer if is_english(asker.language) else replace(answer, note=ENGLISH_ONLY)

    async def classify_stances(self, statement: str, claims: Sequence[Claim]) -> StanceReport:
        """Return which claims say the same as a statement, which say otherwise, and which are only near."""
        return await self._run_in_executor(_classify_stances, statement, claims)

    async def propose_claims(self, _: Conversation, /) -> frozenset[TurnSpan]:
        """Add nothing to what the rules find."""
        return frozenset()

    async def refine_entities(self, reading: Analysis) -> Analysis:
        """Leave the names as the rules sorted them."""
        return reading

    async def translate(self, brief: Brief, language: str, _: str, /) -> Brief:
        """Return the brief as it is, with a note if another language than English is wanted."""
        return brief if is_english(language) else replace(brief, note=ENGLISH_ONLY)

    async def _run_in_executor(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        call = partial(work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)


# Each is imported when it first works, off the event loop: the bot's start waits for none of them.


def _compose(material: Material) -> Brief:
    from bot.briefs.composer import compose_brief

    return compose_brief(material)


def _resolve(question: str, subject: ThreadContext) -> tuple[str, ThreadContext]:
    from bot.qa.follow_up import resolve_follow_up

    return resolve_follow_up(question, subject)


def _answer(question: str, hits: Sequence[Hit], subject: ThreadContext) -> Answer:
    from bot.qa.answer import answer_question

    return answer_question(question, hits, subject)


def _classify_stances(statement: str, claims: Sequence[Claim]) -> StanceReport:
    from bot.qa.stance import classify_stances

    return classify_stances(statement, claims)
