"""Answers on demand: a question is resolved, searched for and answered; a statement is checked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Protocol

from bot.domain import Answer, Asker, Claim, Filters, Hit, ResolvedQuestion, StanceReport, ThreadContext
from bot.search.hybrid import HybridSearch

MAX_PASSAGES = 20
"""Passages that an answer may be made from."""
MAX_CLAIMS = 20
"""Claims that a statement is compared with."""


class Answerer(Protocol):
    """What answers: rules, or rules and a language model."""

    async def resolve(self, question: str, context: ThreadContext, asker: Asker, /) -> ResolvedQuestion:
        """Return a question that makes sense by itself, and what the thread is about now."""

    def answer(self, question: str, hits: Sequence[Hit], context: ThreadContext, asker: Asker) -> AsyncIterator[Answer]:
        """Yield the answer as it grows, made from the passages alone, or a refusal if they do not answer it."""

    async def classify_stances(self, statement: str, claims: Sequence[Claim]) -> StanceReport:
        """Return the claims for a statement, those against it, and those merely related."""


class AnswerService:
    """Answers questions, and checks statements against claims."""

    def __init__(self, search: HybridSearch, answerer: Answerer) -> None:
        self._search = search
        self._answerer = answerer

    async def answer(
        self, question: str, filters: Filters, context: ThreadContext, asker: Asker
    ) -> AsyncIterator[tuple[Answer, ThreadContext]]:
        """Yield the answer as it grows, each time with what the thread is about from now on."""
        resolved = await self._answerer.resolve(question, context, asker)
        hits = await self._search.find(resolved.question, filters, MAX_PASSAGES)
        asker = replace(asker, language=asker.language or resolved.language)
        async for answer in self._answerer.answer(resolved.question, hits, resolved.context, asker):
            yield answer, resolved.context

    async def check_statement(self, statement: str, filters: Filters) -> StanceReport:
        """Return the nearest claims for and against a statement."""
        return await self._answerer.classify_stances(
            statement, await self._search.claims(statement, filters, MAX_CLAIMS)
        )
