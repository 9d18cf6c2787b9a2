"""The analyst with a language model: the model points and writes, code decides, and rules stand in if it fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from bot.analysts.llm import answerer, editor, reader, translator
from bot.analysts.llm.prompts import CONTEXT_TOKENS, ModelSession, load_prompts
from bot.analysts.rules import RuleAnalyst
from bot.briefs.composer import compose_brief, with_statement_counts
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
from bot.domain.usage import Account
from bot.errors import LlmError
from bot.llm.provider import LanguageModel
from bot.verification.abstractive import hybrid_violations

logger = logging.getLogger(__name__)

MAX_FAILURES = 3
"""After so many failed conversations in a row, reading goes on without the model for a while."""

CONCURRENT_READS = 2
"""How many conversations the model is asked about at a time."""

COOLDOWN_SECONDS = 60.0
"""How long reading goes on without a model that failed."""


class LLMAnalyst:
    """An analyst that asks a language model and, if it fails, falls back to the plain one and says so.

    The model is asked about `readers` conversations at a time; the others wait here, where no deadline runs yet.
    """

    def __init__(
        self,
        llm: LanguageModel,
        fallback: RuleAnalyst | None = None,
        *,
        context: int = CONTEXT_TOKENS,
        patience: float = 1,
        readers: int = CONCURRENT_READS,
    ) -> None:
        self._llm = llm
        self._fallback = fallback or RuleAnalyst()
        self._prompts = load_prompts(context, patience)
        self._read_slots = asyncio.Semaphore(readers)
        self._failures = 0
        self._paused_until = 0.0

    async def propose_claims(self, conversation: Conversation) -> frozenset[TurnSpan]:
        """Return where the model sees claims besides those that rules find; nothing if it fails."""
        async with self._read_slots:
            if self._is_paused():
                return frozenset()
            try:
                spans = await reader.propose_claims(conversation, self._session(conversation.space))
            except LlmError as error:
                self._record_failure(conversation, error)
                return frozenset()
            self._failures = 0
            return spans

    async def refine_entities(self, reading: Analysis) -> Analysis:
        """Return an analysis with its names as the model sorted them; unchanged if it fails."""
        async with self._read_slots:
            if self._is_paused():
                return reading
            try:
                return await reader.refine_entities(reading, self._session(reading.conversation.space))
            except LlmError as error:
                self._record_failure(reading.conversation, error)
                return reading

    def _session(self, space: str | None, user: str = "") -> ModelSession:
        return ModelSession(self._llm, self._prompts, Account(space or "", user))

    def _is_paused(self) -> bool:
        return asyncio.get_running_loop().time() < self._paused_until

    def _record_failure(self, conversation: Conversation, error: LlmError) -> None:
        logger.warning("%s was read without the language model: %s", conversation.id, error)
        self._failures += 1
        if self._failures >= MAX_FAILURES:
            self._failures = 0
            self._paused_until = asyncio.get_running_loop().time() + COOLDOWN_SECONDS

    async def compose(self, material: Material) -> Brief:
        """Make the brief of a topic and date, or a quiet one."""
        plain = await self._fallback.compose(material)
        if plain.quiet:
            return plain
        session = self._session(material.space)
        try:
            groups = await editor.group_same_stories(plain, session)
        except LlmError as error:
            logger.warning("The stories of %s were not compared: %s", material.date, error)
            groups = []
        if groups:
            plain = await asyncio.to_thread(compose_brief, material, groups)
        rewritten = await editor.rewrite_brief(plain, session)
        return await asyncio.to_thread(with_statement_counts, rewritten, hybrid_violations)

    async def resolve(self, question: str, context: ThreadContext, asker: Asker, /) -> ResolvedQuestion:
        """Return a question that stands by itself, and what the thread is about from now on."""
        plain = await self._fallback.resolve(question, context, asker)
        if plain.question == question and not answerer.is_foreign(question):
            return plain
        try:
            return await answerer.rewrite_question(question, context, plain, self._session(asker.space, asker.user))
        except LlmError as error:
            logger.warning("A question was understood without the language model: %s", error)
            return plain

    async def answer(
        self, question: str, hits: Sequence[Hit], context: ThreadContext, asker: Asker
    ) -> AsyncIterator[Answer]:
        """Yield the answer as it grows, made from the passages alone, or one that says that they do not answer."""
        session = self._session(asker.space, asker.user)
        last = plain = await anext(self._fallback.answer(question, hits, context, replace(asker, language="")))
        translate = not is_english(asker.language)
        if plain.answered:
            try:
                async for last in answerer.stream_answer(plain, hits, session):
                    if last.is_partial and not translate:
                        yield last
            except LlmError as error:
                last = replace(plain, note=f"In the speakers' own words, without the language model: {error}")
        if translate:
            try:
                last = await translator.translate_answer(last, asker.language, session)
            except LlmError as error:
                last = replace(last, note=_untranslated_note(last.note, asker.language, error))
        yield last

    async def classify_stances(self, statement: str, claims: Sequence[Claim]) -> StanceReport:
        """Return which claims say the same as a statement, which say otherwise, and which are only near."""
        return await self._fallback.classify_stances(statement, claims)

    async def translate(self, brief: Brief, language: str, space: str, /) -> Brief:
        """Return the brief with our sentences in a language, by its English name, or as it is with a note why."""
        if is_english(language):
            return brief
        try:
            return await translator.translate_brief(brief, language, self._session(space))
        except LlmError as error:
            return replace(brief, note=_untranslated_note(brief.note, language, error))


def _untranslated_note(note: str, language: str, error: LlmError) -> str:
    return " ".join(filter(None, (note, f"Not in {language}: {error}")))
