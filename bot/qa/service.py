"""Answers on demand: a question is understood, searched for and answered; a statement is checked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Protocol

from bot.domain import Answer, Asker, Claim, Filters, Hit, ResolvedQuestion, StanceReport, ThreadContext
from bot.search.hybrid import HybridSearch

MAX_PASSAGES = 20
"""How many passages an answer may be made from."""
MAX_CLAIMS = 20
"""How many claims a statement is weighed against."""


class Answerer(Protocol):
    """What answers: rules, or rules and a language model."""

    async def resolve(self, question: str, context: ThreadContext, asker: Asker, /) -> ResolvedQuestion:
        """Return a question that stands by itself, and the subject that the thread has now."""

    def answer(self, question: str, hits: Sequence[Hit], context: ThreadContext, asker: Asker) -> AsyncIterator[Answer]:
        """Yield the answer as it grows, made from the passages alone, or a refusal if they do not answer."""

    async def classify_stances(self, statement: str, claims: Sequence[Claim]) -> StanceReport:
        """Tell which claims say the same as a statement, which say otherwise, and which are only near."""


class AnswerService:
    """Answers questions and checks statements against what was said."""

    def __init__(self, search: HybridSearch, answerer: Answerer) -> None:
        self._search = search
        self._answerer = answerer

    async def answer(
        self, question: str, filters: Filters, context: ThreadContext, asker: Asker
    ) -> AsyncIterator[tuple[Answer, ThreadContext]]:
        """Yield the answer as it grows, each time with what the thread is about from now on."""
        asked = await self._answerer.resolve(question, context, asker)
        hits = await self._search.find(asked.question, filters, MAX_PASSAGES)
        spoken = replace(asker, language=asker.language or asked.language)
        async for answer in self._answerer.answer(asked.question, hits, asked.context, spoken):
            yield answer, asked.context

    async def check_statement(self, statement: str, filters: Filters) -> StanceReport:
        """Return the nearest claims for and against a statement."""
        return await self._answerer.classify_stances(
            statement, await self._search.claims(statement, filters, MAX_CLAIMS)
        )
