"""Answers on demand: a question is read, resolved, searched for and answered; a statement is checked."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Protocol

from bot.chat.text import sanitise
from bot.domain import (
    UNDATED,
    Answer,
    Asker,
    Citation,
    Claim,
    Filters,
    Hit,
    ResolvedQuestion,
    StanceReport,
    ThreadContext,
)
from bot.due_times import Clock
from bot.qa.answer import with_event
from bot.qa.comparison import questions_for_missing
from bot.qa.conversation import Reference, recall, reference_of
from bot.qa.events import EventBound, date_event, find_event_bound
from bot.qa.evidence import source_date
from bot.qa.periods import Period, Scope, asks_for_latest, find_cutoff, find_period, without_period
from bot.qa.premises import unheard_speaker
from bot.qa.spelling import FEW, Reading, Vocabulary, odd_words
from bot.qa.wording import plain_question
from bot.search.hybrid import HybridSearch

MAX_PASSAGES = 32
"""Passages that an answer may be made from."""
MORE_PASSAGES = 8
"""Passages that are added for a side of a comparison, or somebody whose view is asked for, of whom there are none."""
FOLLOWING = 8
"""Of how many of them the passage that follows is looked at, too."""
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

    def __init__(self, search: HybridSearch, answerer: Answerer, clock: Clock) -> None:
        self._search = search
        self._answerer = answerer
        self._clock = clock
        self._vocabularies: dict[str | None, tuple[int, Vocabulary]] = {}

    async def answer(
        self, question: str, filters: Filters, context: ThreadContext, asker: Asker
    ) -> AsyncIterator[tuple[Answer, ThreadContext]]:
        """Yield the answer as it grows, each time with what the thread is about from now on.

        Of a question about a time, nothing from another time is told as its answer.
        """
        reference = reference_of(question) if context.citations else None
        if reference in {Reference.WHO, Reference.WHEN, Reference.SOURCE}:
            yield recall(question, reference, await self._kept(context.citations, filters.space)), context
            return
        is_more = reference is Reference.MORE and bool(context.questions)
        told = context.told if is_more else ()
        asked = context.questions[-1] if is_more else plain_question(question)
        resolved = await self._answerer.resolve(asked, replace(context, citations=(), told=()), asker)
        asker = replace(asker, language=asker.language or resolved.language)
        subject = replace(resolved.context, told=told)
        async for untimed in self._answer(resolved.question, filters, subject, asker):
            answer = await self._with_times(untimed, filters.space)
            now_told = (*answer.citations, *told)[:_CITATIONS_KEPT]
            yield answer, replace(resolved.context, citations=answer.citations, told=now_told)

    async def _answer(
        self, question: str, filters: Filters, context: ThreadContext, asker: Asker
    ) -> AsyncIterator[Answer]:
        today = self._clock.now().date()
        if cutoff := find_cutoff(question, find_period(question, today), today):
            question, filters = without_period(question, cutoff), _narrowed(filters, cutoff)
        bound = None if find_period(question, today) else find_event_bound(question)
        if bound:
            async for around in self._answer_around(question, bound, filters, context, asker):
                yield around
            return
        reading, period, hits = await self.look_up(question, filters)
        answer = None
        async for answer in self._answerer.answer(reading.question, hits, context, asker):
            if answer.answered or period is None:
                yield _with_corrections(answer, reading)
            if answer.is_premise_false and period:
                yield _with_corrections(answer, reading)
        if period and answer and not (answer.answered or answer.is_premise_false):
            async for answer in self._answer_beyond(reading.question, period, filters, context, asker):
                yield _with_corrections(answer, reading)

    async def _answer_around(
        self, question: str, bound: EventBound, filters: Filters, context: ThreadContext, asker: Asker
    ) -> AsyncIterator[Answer]:
        """Yield an answer from before or after an event, and when that is taken to have been; else from any time."""
        claims = await self._search.claims(bound.query, Filters(filters.space, until=filters.until), MAX_CLAIMS)
        event = date_event(bound, claims)
        asked = without_period(question, Period(None, None, bound.phrase))
        within = _narrowed(filters, event.period) if event else filters
        reading = await self._read(asked, filters.space)
        answer = None
        hits = await self._find(reading.question, None, within)
        async for answer in self._answerer.answer(reading.question, hits, context, asker):
            if event is None:
                yield _with_corrections(_undated(answer, bound), reading)
            elif answer.answered:
                yield _with_corrections(answer if answer.is_partial else with_event(answer, event), reading)
        if event and answer and not answer.answered:
            named = replace(event.period, phrase=f"{bound.phrase} ({event.when})")
            async for answer in self._answer_beyond(reading.question, named, filters, context, asker):
                yield _with_corrections(answer, reading)

    async def _kept(self, citations: Sequence[Citation], space: str | None) -> list[Citation]:
        """Return those of some citations that the library still has for a space; notes can be deleted."""
        return [one for one in citations if await self._search.has_turn(one.origin.conversation, one.turn, space)]

    async def _with_times(self, answer: Answer, space: str | None) -> Answer:
        """Return an answer whose citations begin with their own words, not with their passages."""
        cited = [await self._with_time(citation, space) for citation in answer.citations]
        nearest = answer.nearest and await self._with_time(answer.nearest, space)
        return replace(answer, citations=tuple(cited), nearest=nearest)

    async def _with_time(self, citation: Citation, space: str | None) -> Citation:
        if citation.t is None:
            return citation
        begins = await self._search.spoken_at(citation.origin.conversation, citation.turn, citation.quote, space)
        return citation if begins is None else replace(citation, t=round(begins, 1))

    async def look_up(self, question: str, filters: Filters) -> tuple[Reading, Period | None, Sequence[Hit]]:
        """Return a question as it is read, the time it asks about, and the passages from then that are near."""
        reading = await self._read(question, filters.space)
        period = find_period(reading.question, self._clock.now().date())
        return reading, period, await self._find(reading.question, period, filters)

    async def _answer_beyond(
        self, question: str, period: Period, filters: Filters, context: ThreadContext, asker: Asker
    ) -> AsyncIterator[Answer]:
        """Yield an answer from another time that names the period asked about; else a refusal with what is nearest."""
        hits = await self._search.find(without_period(question, period), filters, MAX_PASSAGES, following=FOLLOWING)
        if period.scope is Scope.HAPPENED and (named := [hit for hit in hits if period.is_named_in(hit.passage.text)]):
            states = [answer async for answer in self._answerer.answer(question, named, context, asker)]
            quotes = [citation.quote for citation in states[-1].citations]
            if states[-1].answered and all(map(period.is_named_in, quotes)):
                yield states[-1]
                return
        async for answer in self._answerer.answer(question, hits, context, asker):
            if not answer.is_partial:
                yield _refuse_time(answer, period)

    async def _find(self, question: str, period: Period | None, filters: Filters) -> Sequence[Hit]:
        asked = without_period(question, period)
        within = _narrowed(filters, period) if period else filters
        hits = await self._search.find(asked, within, MAX_PASSAGES, following=FOLLOWING)
        if asks_for_latest(question) and hits:
            dates = sorted(hit.passage.origin.date for hit in hits)
            newer = replace(within, since=dates[-len(dates) // 4])
            hits = _together(hits, await self._search.find(asked, newer, MAX_PASSAGES))
        for side in questions_for_missing(asked, hits):
            hits = _together(hits, await self._search.find(side, within, MORE_PASSAGES))
        if not within.speaker and (speaker := unheard_speaker(asked, hits)):
            theirs = await self._search.find(asked, replace(within, speaker=speaker), MORE_PASSAGES)
            hits = _together(hits, theirs)
        return hits

    async def _read(self, question: str, space: str | None) -> Reading:
        """Return the question with its typos corrected; names are only fetched for words the library doesn't have."""
        counts = await self._search.counts(odd_words(question))
        if all(count > FEW for count in counts.values()):
            return Reading(question)
        rows, vocabulary = self._vocabularies.get(space, (-1, None))
        if vocabulary is None or rows != counts[""]:
            vocabulary = await asyncio.to_thread(Vocabulary, await self._search.names(space))
            if len(self._vocabularies) >= _MAX_VOCABULARIES:
                self._vocabularies.clear()
            self._vocabularies[space] = counts[""], vocabulary
        return await asyncio.to_thread(vocabulary.read, question, counts)

    async def check_statement(self, statement: str, filters: Filters) -> StanceReport:
        """Return the nearest claims for and against a statement."""
        return await self._answerer.classify_stances(
            statement, await self._search.claims(statement, filters, MAX_CLAIMS)
        )


_MAX_VOCABULARIES = 32
_CITATIONS_KEPT = 12


def _undated(answer: Answer, bound: EventBound) -> Answer:
    label = f"I found no date for {sanitise(bound.event)}, so this is from any time."
    return replace(answer, text=f"{label}\n{answer.text}") if answer.answered else answer


def _together(hits: Sequence[Hit], others: Sequence[Hit]) -> list[Hit]:
    found = {(hit.passage.origin.conversation, hit.passage.turn, hit.passage.text): hit for hit in hits}
    for hit in others:
        found.setdefault((hit.passage.origin.conversation, hit.passage.turn, hit.passage.text), hit)
    return list(found.values())


def _narrowed(filters: Filters, period: Period) -> Filters:
    since = max((day for day in (filters.since, period.since) if day), default=None)
    until = min((day for day in (filters.until, period.until) if day), default=None)
    if until and not since:
        since = UNDATED + dt.timedelta(1)  # nobody knows whether what is undated was before
    return replace(filters, since=since, until=until)


def _with_corrections(answer: Answer, reading: Reading) -> Answer:
    if not reading.corrected:
        return answer
    read = ", ".join(f"“{sanitise(typed)}” as {sanitise(meant)}" for typed, meant in reading.corrected)
    return replace(answer, note=" ".join(filter(None, (f"I read {read}.", answer.note))))


def _refuse_time(answer: Answer, period: Period) -> Answer:
    """Return an answer from another time as a refusal that says so and shows its best line."""
    nearest = min(answer.citations, key=lambda citation: _days_off(citation, period), default=answer.nearest)
    text = f"I found nothing {_in_words(period)} that answers this."
    if answer.is_premise_false:
        text += f" {answer.text}"
    if answer.answered and nearest:
        date = source_date(nearest.origin)
        text += f" The nearest is {'' if date == 'undated' else 'from '}{date}."
    return replace(answer, answered=False, text=text, citations=(), nearest=nearest, confidence=0.0)


def _days_off(citation: Citation, period: Period) -> int:
    day = citation.origin.date  # what is undated lies furthest off
    return min((abs((day - bound).days) for bound in (period.since, period.until) if bound), default=0)


def _in_words(period: Period) -> str:
    phrase = sanitise(period.phrase)
    return phrase if phrase.split()[0].lower() in _PREPOSITIONS else f"from {phrase}"


_PREPOSITIONS = frozenset("in since before after until till by as during on between from over within at up".split())
