"""An answer in a model's words, sentence by sentence as they come, each supported by words of a passage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from bot.analysts.llm.drafts import Draft, verify_drafts
from bot.analysts.llm.prompts import ModelSession, numbered_lines, sanitize
from bot.analysts.llm.reader import locate_span
from bot.analysts.llm.schemas import Cited
from bot.chat.text import shorten
from bot.claims.disfluency import remove_disfluencies
from bot.domain import (
    Answer,
    Citation,
    Claim,
    Hit,
    Origin,
    Passage,
    ResolvedQuestion,
    ThreadContext,
    canonical_language,
)
from bot.nlp.annotate import annotate_lines
from bot.nlp.attribution import find_attribution
from bot.nlp.entities import find_names
from bot.nlp.numbers import find_amounts
from bot.nlp.quantities import find_figures
from bot.nlp.tokens import FUNCTION_WORDS, content_stems, tokenize
from bot.qa.answer import sanitize as sanitize_answer
from bot.qa.evidence import passage_turns, source_date

MAX_PASSAGE_CHARS = 9_000
"""How many characters of passages a model sees for one answer."""

TIMEOUT_SECONDS = 18.0
"""How long to wait for an answer's sentences and their correction; then it is made without them."""

_MAX_SENTENCES = 4
_LABEL_CHARS = 160
_TITLE_CHARS = 90
_END_MARKS = (".", "!", "?", "…")


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence of an answer and the words that support it."""

    draft: Draft
    citation: Citation


async def stream_answer(fallback: Answer, hits: Sequence[Hit], session: ModelSession) -> AsyncIterator[Answer]:
    """Yield an answer in the model's words as it grows, the whole last; the fallback if no sentence is supported.

    Raises LlmError if the model gave no answer.
    """
    deadline = asyncio.get_running_loop().time() + TIMEOUT_SECONDS
    prompt = session.prompts.answer
    passages = list(_passages_within(hits, min(MAX_PASSAGE_CHARS, prompt.max_chars - len(fallback.question))))
    sentences: list[CitedSentence] = []
    rejected: list[CitedSentence] = []
    omitted = seen = 0
    task = prompt.fill(session.account, passages=_format_passages(passages), question=sanitize(fallback.question))
    async with aclosing(session.llm.stream(task, prompt.returns)) as states:
        async for state in states:
            for cited in state.value.sentences[seen:_MAX_SENTENCES]:
                seen += 1
                sentence = _cited_sentence(cited, passages)
                if sentence is None:
                    omitted += 1
                elif sentence.draft.violations(prompt):
                    rejected.append(sentence)
                else:
                    sentences.append(sentence)
                    yield _assemble_answer(fallback, sentences, growing=True)
    repaired = await _repair_sentences(rejected, session, deadline - asyncio.get_running_loop().time())
    omitted += len(rejected) - len(repaired)
    sentences += repaired
    if sentences:
        yield replace(_assemble_answer(fallback, sentences), note=_omission_note(omitted))
    else:
        yield replace(fallback, note=_fallback_note(omitted))


async def _repair_sentences(
    rejected: Sequence[CitedSentence], session: ModelSession, seconds: float
) -> list[CitedSentence]:
    if seconds < 1 or not rejected:
        return []
    drafts = await verify_drafts([sentence.draft for sentence in rejected], session.prompts.answer, session, seconds)
    return [replace(sentence, draft=draft) for sentence, draft in zip(rejected, drafts, strict=True) if draft]


def _passages_within(hits: Sequence[Hit], max_chars: int) -> Iterator[Passage]:
    size = 0
    for hit in hits:
        size += len(hit.passage.text) + _LABEL_CHARS
        if size > max_chars:
            return
        yield hit.passage


def _format_passages(passages: Sequence[Passage]) -> str:
    return "\n".join(
        line
        for number, passage in enumerate(passages, 1)
        for line in (
            f"({_heading(passage.origin)})",
            *(f"[{number}] {sanitize(speaker)}: {sanitize(words)}" for _, speaker, words in passage_turns(passage)),
        )
    )


def _heading(origin: Origin) -> str:
    """Return where and when a passage was said; "which is latest" and "in 2023" are asked of that."""
    title = f", {shorten(sanitize(origin.title), _TITLE_CHARS)}" if origin.title else ""
    return f"{sanitize(origin.show)}{title}, {source_date(origin)}"


def _cited_sentence(cited: Cited, passages: Sequence[Passage]) -> CitedSentence | None:
    """Return the sentence with the exact words it points at, or None if they are not there."""
    if not 0 < cited.passage <= len(passages):
        return None
    passage = passages[cited.passage - 1]
    for turn, speaker, words in passage_turns(passage):
        if span := locate_span(words, cited.first, cited.last):
            claim = _claim(passage, turn, speaker, words, *span)
            draft = Draft(" ".join(cited.text.split()), (claim,), attributed=False)
            return CitedSentence(draft, Citation(passage.origin, claim.quote, speaker, passage.t, turn))
    return None


def _claim(passage: Passage, turn: int, speaker: str, words: str, start: int, end: int) -> Claim:
    quote = words[start:end]
    attribution = find_attribution(quote)
    return Claim(
        id=f"{passage.origin.conversation}/{turn}/{start}",
        origin=passage.origin,
        turn=turn,
        start=start,
        end=end,
        text=remove_disfluencies(quote),
        quote=quote,
        speaker=speaker,
        claimant=attribution.claimant or speaker,
        modality=annotate_lines([quote], passage.origin)[0].scores.modality,
        relayers=(speaker,) if attribution.claimant and attribution.claimant != speaker else (),
        t=passage.t,
        figures=find_figures(quote),
    )


def _assemble_answer(fallback: Answer, sentences: Sequence[CitedSentence], *, growing: bool = False) -> Answer:
    citations = list(dict.fromkeys(sentence.citation for sentence in sentences))
    lines = [f"{_with_end_mark(each.draft.text)} [{citations.index(each.citation) + 1}]" for each in sentences]
    return replace(fallback, text="\n".join(lines), citations=tuple(citations), is_partial=growing)


def _with_end_mark(words: str) -> str:
    words = sanitize_answer(words)
    return words if words.endswith(_END_MARKS) else f"{words}."


def _omission_note(omitted: int) -> str:
    if not omitted:
        return ""
    if omitted == 1:
        return "One sentence was left out: nothing that was said bears it out."
    return f"{omitted} sentences were left out: nothing that was said bears them out."


def _fallback_note(omitted: int) -> str:
    reason = "nothing it wrote is borne out by what was said" if omitted else "it found no answer in the passages"
    return f"In the speakers' own words, without the language model: {reason}."


MAX_QUESTION_CHARS = 300
"""Characters of a question that a model rewrote."""

_MIN_GRAMMAR_SHARE = 0.25


def is_foreign(question: str) -> bool:
    """Return whether a question may be in another language: it lacks the words that English sentences have."""
    words = tokenize(question)
    return sum(word in FUNCTION_WORDS for word in words) < _MIN_GRAMMAR_SHARE * len(words)


async def rewrite_question(
    question: str, subject: ThreadContext, fallback: ResolvedQuestion, session: ModelSession
) -> ResolvedQuestion:
    """Return what the model makes of a question if it adds nothing new, else the fallback.

    It sees only the thread's own words, never what was read. Raises LlmError if it gave no answer.
    """
    prompt = session.prompts.follow_up
    thread = "\n".join(prompt.fitting_lines(numbered_lines([*subject.questions, f"names: {', '.join(subject.names)}"])))
    answer = await session.ask(prompt, thread=thread, question=sanitize(question))
    language = canonical_language(answer.language)
    foreign = "" if language == "English" else language
    rewritten = sanitize(answer.question)
    grounded = _is_grounded(rewritten, question, subject, translated=language != "English")
    if 0 < len(rewritten) <= MAX_QUESTION_CHARS and grounded:
        return ResolvedQuestion(rewritten, fallback.context, foreign)
    return replace(fallback, language=foreign)


def _is_grounded(rewritten: str, question: str, subject: ThreadContext, *, translated: bool) -> bool:
    """Return whether a question adds no figures or names or, if it was not translated, no words at all."""
    known = " ".join((question, *subject.questions, *subject.names))
    values = find_amounts(known)
    if not all(any(amount.matches(other) for other in values) for amount in find_amounts(rewritten)):
        return False
    if translated:
        _, *inner = rewritten.split()
        names = [word for name in find_names(" ".join(inner)) for word in name.split()]
        return all(word.strip(".,?!’'s").lower() in known.lower() for word in names)
    return set(content_stems(rewritten)) <= set(content_stems(known))
