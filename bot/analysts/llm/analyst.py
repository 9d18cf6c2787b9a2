"""The analyst with a language model: it points and words, code decides, and the plain twin stands beneath."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.analysts.llm import answerer, editor, reader, translator
from bot.analysts.llm.prompts import CONTEXT_TOKENS, Prompt, load_prompt
from bot.analysts.llm.schemas import Answered, Asked, Claims, Entities, Front, Lines, Signal, Stories
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
)
from bot.domain.usage import Account
from bot.errors import LlmError
from bot.llm.provider import LanguageModel
from bot.verification.abstractive import hybrid_violations

logger = logging.getLogger(__name__)

MAX_FAILURES = 3
"""After how many conversations in a row that a model gave up on, reading goes on without it for a while."""

CONCURRENT_READS = 2
"""How many conversations a model is asked about at a time."""

COOLDOWN_SECONDS = 60.0
"""How many seconds reading goes on without a model that gave up."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """Every prompt, checked against the types that come back and the variables that are filled in."""

    claims: Prompt
    entities: Prompt
    stories: Prompt
    signal: Prompt
    brief: Prompt
    answer: Prompt
    follow_up: Prompt
    repair: Prompt
    translation: Prompt


def load_prompts(context: int = CONTEXT_TOKENS, patience: float = 1) -> Prompts:
    """Load every prompt for a model that takes so many tokens, and so many times as long as others.

    Somebody who asks waits no longer for it.

    Raises ValueError for the first one that does not agree with the code.
    """
    quick = partial(load_prompt, context=context)
    fit = partial(quick, patience=patience)
    return Prompts(
        claims=fit("claims", Claims, {"turns"}),
        entities=fit("entities", Entities, {"names"}),
        stories=fit("stories", Stories, {"claims"}),
        signal=fit("signal", Signal, {"claims"}),
        brief=fit("brief", Front, {"claims"}),
        answer=quick("answer", Answered, {"passages", "question"}),
        follow_up=quick("follow_up", Asked, {"thread", "question"}),
        repair=fit("repair", Lines, {"sentences"}),
        translation=fit("translation", Lines, {"sentences", "language"}),
    )


class LLMAnalyst:
    """An analyst that asks a language model, and falls back to the plain one, saying so, wherever it fails.

    About so many conversations as `readers` the model is asked at a time; the others wait here, where that counts for
    no deadline.
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
        self._editor_prompts = editor.EditorPrompts(
            self._prompts.stories, self._prompts.signal, self._prompts.brief, self._prompts.repair, llm
        )
        self._read_slots = asyncio.Semaphore(readers)
        self._failures = 0
        self._paused_until = 0.0

    async def propose_claims(self, conversation: Conversation) -> frozenset[TurnSpan]:
        """Return where the model sees claims beside those that rules find; nothing where it fails."""
        async with self._read_slots:
            if self._is_paused():
                return frozenset()
            try:
                found = await reader.propose_claims(conversation, self._prompts.claims, self._llm)
            except LlmError as error:
                self._record_failure(conversation, error)
                return frozenset()
            self._failures = 0
            return found

    async def refine_entities(self, reading: Analysis) -> Analysis:
        """Return a reading with its names as the model sorted them; as it was where it fails."""
        async with self._read_slots:
            if self._is_paused():
                return reading
            try:
                return await reader.refine_entities(reading, self._prompts.entities, self._llm)
            except LlmError as error:
                self._record_failure(reading.conversation, error)
                return reading

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
        try:
            joined = await editor.group_same_stories(plain, self._editor_prompts)
        except LlmError as error:
            logger.warning("The stories of %s were not compared: %s", material.date, error)
            joined = []
        if joined:
            plain = await asyncio.to_thread(compose_brief, material, joined)
        return await asyncio.to_thread(
            with_statement_counts, await editor.rewrite_brief(plain, self._editor_prompts), hybrid_violations
        )

    async def resolve(self, question: str, context: ThreadContext, asker: Asker, /) -> ResolvedQuestion:
        """Return a question that stands by itself, and what the thread is about from now on."""
        plain = await self._fallback.resolve(question, context, asker)
        if plain.question == question and not answerer.is_foreign(question):
            return plain
        account = Account(asker.space, asker.user)
        try:
            return await answerer.rewrite_question(
                question, context, plain, self._prompts.follow_up, self._llm, account
            )
        except LlmError as error:
            logger.warning("A question was understood without the language model: %s", error)
            return plain

    async def answer(
        self, question: str, hits: Sequence[Hit], context: ThreadContext, asker: Asker
    ) -> AsyncIterator[Answer]:
        """Yield the answer as it grows, made from the passages alone, or one that says that they do not answer."""
        until = asyncio.get_running_loop().time() + answerer.TIMEOUT_SECONDS
        last = plain = await anext(self._fallback.answer(question, hits, context, replace(asker, language="")))
        elsewhere = asker.language not in {"", "English"}
        if plain.answered:
            try:
                async for last in self._stream_answer(plain, hits, asker):
                    if last.is_partial and not elsewhere:
                        yield last
            except LlmError as error:
                last = replace(plain, note=f"In the speakers' own words, without the language model: {error}")
        yield await self._translate_answer(last, asker, until) if elsewhere else last

    def _stream_answer(self, fallback: Answer, hits: Sequence[Hit], asker: Asker) -> AsyncIterator[Answer]:
        prompts, account = self._prompts, Account(asker.space, asker.user)
        return answerer.stream_answer(fallback, hits, prompts.answer, prompts.repair, self._llm, account)

    async def _translate_answer(self, answer: Answer, asker: Asker, deadline: float) -> Answer:
        account = Account(asker.space, asker.user)
        prompt = self._prompts.translation.with_timeout(max(deadline - asyncio.get_running_loop().time(), 1))
        try:
            return await translator.translate_answer(answer, asker.language, prompt, self._llm, account)
        except LlmError as error:
            return replace(answer, note=" ".join(filter(None, (answer.note, f"Not in {asker.language}: {error}"))))

    async def classify_stances(self, statement: str, claims: Sequence[Claim]) -> StanceReport:
        """Tell which claims say the same as a statement, which say otherwise, and which are only near."""
        return await self._fallback.classify_stances(statement, claims)

    async def translate(self, brief: Brief, language: str, space: str, /) -> Brief:
        """Return the brief with our sentences in the language of that English name, or as it is with a note why."""
        if language in {"", "English"}:
            return brief
        try:
            return await translator.translate_brief(
                brief, language, self._prompts.translation, self._llm, Account(space)
            )
        except LlmError as error:
            return replace(brief, note=" ".join(filter(None, (brief.note, f"Not in {language}: {error}"))))
