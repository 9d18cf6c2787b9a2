"""Answers on demand: a question is understood, searched for and answered; a statement is checked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Protocol

from bot.domain import Answer, Asker, Claim, Filters, Hit, Resolved, Subject, Weighed
from bot.search.hybrid import HybridSearch

PASSAGES = 20
"""How many passages an answer may be made from."""
CLAIMS = 20
"""How many claims a statement is weighed against."""


class Answerer(Protocol):
    """What answers: rules, or rules and a language model."""

    async def resolve(self, question: str, subject: Subject, asker: Asker, /) -> Resolved:
        """Return a question that stands by itself, and the subject that the thread has now."""

    def answer(self, question: str, hits: Sequence[Hit], subject: Subject, asker: Asker) -> AsyncIterator[Answer]:
        """Yield the answer as it grows, made from the passages alone, or a refusal if they do not answer."""

    async def weigh(self, statement: str, claims: Sequence[Claim]) -> Weighed:
        """Tell which claims say the same as a statement, which say otherwise, and which are only near."""


class AnswerService:
    """Answers questions and checks statements against what was said."""

    def __init__(self, search: HybridSearch, answerer: Answerer) -> None:
        self._search = search
        self._answerer = answerer

    async def answer(
        self, question: str, within: Filters, subject: Subject, asker: Asker
    ) -> AsyncIterator[tuple[Answer, Subject]]:
        """Yield the answer as it grows, each time with what the thread is about from now on."""
        asked = await self._answerer.resolve(question, subject, asker)
        hits = await self._search.find(asked.question, within, PASSAGES)
        spoken = replace(asker, language=asker.language or asked.language)
        async for answer in self._answerer.answer(asked.question, hits, asked.subject, spoken):
            yield answer, asked.subject

    async def check(self, statement: str, within: Filters) -> Weighed:
        """Return the nearest claims for and against a statement."""
        return await self._answerer.weigh(statement, await self._search.claims(statement, within, CLAIMS))
