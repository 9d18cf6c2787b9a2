"""The analyst with a language model: it points and words, code decides, and the plain twin stands beneath."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.analysts.llm import answerer, editor, questions, reader, translator
from bot.analysts.llm.prompts import CONTEXT, Prompt, load
from bot.analysts.llm.schemas import Answered, Asked, Claims, Entities, Front, Lines, Signal, Stories
from bot.analysts.rules import PlainAnalyst
from bot.briefs.composer import compose, counted
from bot.claims.extractor import read
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
from bot.domain.usage import Account
from bot.errors import LlmError
from bot.llm.provider import Llm
from bot.verification.abstractive import either

logger = logging.getLogger(__name__)

PATIENCE = 3
"""After how many conversations in a row that a model gave up on, reading goes on without it for a while."""

READERS = 2
"""How many conversations a model is asked about at a time."""

REST = 60.0
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


def prompts(context: int = CONTEXT, patience: float = 1) -> Prompts:
    """Load every prompt for a model that takes so many tokens, and so many times as long as others.

    Somebody who asks waits no longer for it.

    Raises ValueError for the first one that does not agree with the code.
    """
    quick = partial(load, context=context)
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


class LlmAnalyst:
    """An analyst that asks a language model, and falls back to the plain one, saying so, wherever it fails.

    About so many conversations as `readers` the model is asked at a time; the others wait here, where that counts for
    no deadline.
    """

    def __init__(
        self,
        llm: Llm,
        plain: PlainAnalyst | None = None,
        *,
        context: int = CONTEXT,
        patience: float = 1,
        readers: int = READERS,
    ) -> None:
        self._llm = llm
        self._plain = plain or PlainAnalyst()
        self._prompts = prompts(context, patience)
        self._press = editor.Press(
            self._prompts.stories, self._prompts.signal, self._prompts.brief, self._prompts.repair, llm
        )
        self._reading = asyncio.Semaphore(readers)
        self._failures = 0
        self._resting = 0.0

    async def read(self, conversation: Conversation) -> Reading:
        """Find the claims, entities and passages of one conversation."""
        return await self.sort(await asyncio.to_thread(read, conversation, await self.point(conversation)))

    async def point(self, conversation: Conversation) -> frozenset[Stretch]:
        """Return where the model sees claims beside those that rules find; nothing where it fails."""
        async with self._reading:
            if self._rests():
                return frozenset()
            try:
                found = await reader.point(conversation, self._prompts.claims, self._llm)
            except LlmError as error:
                self._failed(conversation, error)
                return frozenset()
            self._failures = 0
            return found

    async def sort(self, found: Reading) -> Reading:
        """Return a reading with its names as the model sorted them; as it was where it fails."""
        async with self._reading:
            if self._rests():
                return found
            try:
                return await reader.sort(found, self._prompts.entities, self._llm)
            except LlmError as error:
                self._failed(found.conversation, error)
                return found

    def _rests(self) -> bool:
        return asyncio.get_running_loop().time() < self._resting

    def _failed(self, conversation: Conversation, error: LlmError) -> None:
        logger.warning("%s was read without the language model: %s", conversation.id, error)
        self._failures += 1
        if self._failures >= PATIENCE:
            self._failures = 0
            self._resting = asyncio.get_running_loop().time() + REST

    async def compose(self, material: Material) -> Brief:
        """Make the brief of a topic and date, or a quiet one."""
        plain = await self._plain.compose(material)
        if plain.quiet:
            return plain
        try:
            joined = await editor.same_stories(plain, self._press)
        except LlmError as error:
            logger.warning("The stories of %s were not compared: %s", material.date, error)
            joined = []
        if joined:
            plain = await asyncio.to_thread(compose, material, joined)
        return await asyncio.to_thread(counted, await editor.worded(plain, self._press), either)

    async def resolve(self, question: str, subject: Subject, asker: Asker, /) -> Resolved:
        """Return a question that stands by itself, and what the thread is about from now on."""
        plain = await self._plain.resolve(question, subject, asker)
        if plain.question == question and not questions.foreign(question):
            return plain
        account = Account(asker.space, asker.user)
        try:
            return await questions.resolved(question, subject, plain, self._prompts.follow_up, self._llm, account)
        except LlmError as error:
            logger.warning("A question was understood without the language model: %s", error)
            return plain

    async def answer(self, question: str, hits: Sequence[Hit], subject: Subject, asker: Asker) -> AsyncIterator[Answer]:
        """Yield the answer as it grows, made from the passages alone, or one that says that they do not answer."""
        until = asyncio.get_running_loop().time() + answerer.SECONDS
        last = plain = await anext(self._plain.answer(question, hits, subject, replace(asker, language="")))
        elsewhere = asker.language not in {"", "English"}
        if plain.answered:
            try:
                async for last in self._answered(plain, hits, asker):
                    if last.growing and not elsewhere:
                        yield last
            except LlmError as error:
                last = replace(plain, note=f"In the speakers' own words, without the language model: {error}")
        yield await self._translated(last, asker, until) if elsewhere else last

    def _answered(self, plain: Answer, hits: Sequence[Hit], asker: Asker) -> AsyncIterator[Answer]:
        prompts, account = self._prompts, Account(asker.space, asker.user)
        return answerer.answered(plain, hits, prompts.answer, prompts.repair, self._llm, account)

    async def _translated(self, given: Answer, asker: Asker, until: float) -> Answer:
        account = Account(asker.space, asker.user)
        prompt = self._prompts.translation.within(max(until - asyncio.get_running_loop().time(), 1))
        try:
            return await translator.answer(given, asker.language, prompt, self._llm, account)
        except LlmError as error:
            return replace(given, note=" ".join(filter(None, (given.note, f"Not in {asker.language}: {error}"))))

    async def weigh(self, statement: str, claims: Sequence[Claim]) -> Weighed:
        """Tell which claims say the same as a statement, which say otherwise, and which are only near."""
        return await self._plain.weigh(statement, claims)

    async def translate(self, brief: Brief, language: str, space: str, /) -> Brief:
        """Return the brief with our sentences in the language of that English name, or as it is with a note why."""
        if language in {"", "English"}:
            return brief
        try:
            return await translator.brief(brief, language, self._prompts.translation, self._llm, Account(space))
        except LlmError as error:
            return replace(brief, note=" ".join(filter(None, (brief.note, f"Not in {language}: {error}"))))
