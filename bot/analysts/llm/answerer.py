"""An answer in a model's words, sentence by sentence as they come, each on words that stand in a passage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from bot.analysts.llm.prompts import Prompt, numbered_lines, sanitize
from bot.analysts.llm.reader import locate_span
from bot.analysts.llm.schemas import Answered, Asked, Cited
from bot.analysts.llm.writer import Draft, verify_drafts
from bot.claims.attribution import find_attribution
from bot.claims.disfluency import remove_disfluencies
from bot.claims.modality import classify_modality
from bot.domain import Answer, Citation, Claim, Hit, Passage, ResolvedQuestion, ThreadContext, canonical_language
from bot.domain.usage import Account
from bot.llm.provider import LanguageModel
from bot.nlp.entities import find_names
from bot.nlp.numbers import find_amounts
from bot.nlp.quantities import find_figures
from bot.nlp.tokens import FUNCTION_WORDS, content_stems, tokenize
from bot.qa import answer
from bot.qa.evidence import passage_turns

MAX_PASSAGE_CHARS = 9_000
"""Characters of passages that a model is shown for one answer."""

TIMEOUT_SECONDS = 18.0
"""How long an asker waits for the sentences of an answer and their correction; then it is made without them."""

_MAX_SENTENCES = 4
_LABEL_CHARS = 40
_END_MARKS = (".", "!", "?", "…")


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence of an answer and the words it stands on."""

    draft: Draft
    citation: Citation


async def stream_answer(
    fallback: Answer, hits: Sequence[Hit], prompt: Prompt, repair: Prompt, llm: LanguageModel, account: Account
) -> AsyncIterator[Answer]:
    """Yield an answer in the model's words as it grows, and last the whole; the plain one where nothing holds.

    Raises LlmError where the model gave none.
    """
    until = asyncio.get_running_loop().time() + TIMEOUT_SECONDS
    passages = list(_passages_within(hits, min(MAX_PASSAGE_CHARS, prompt.max_chars - len(fallback.question))))
    found: list[CitedSentence] = []
    wrong: list[CitedSentence] = []
    lost = seen = 0
    task = prompt.fill(account, passages=_format_passages(passages), question=sanitize(fallback.question))
    async with aclosing(llm.stream(task, Answered)) as states:
        async for said in states:
            for cited in said.value.sentences[seen:_MAX_SENTENCES]:
                seen += 1
                sentence = _cited_sentence(cited, passages)
                if sentence is None:
                    lost += 1
                elif sentence.draft.violations(prompt):
                    wrong.append(sentence)
                else:
                    found.append(sentence)
                    yield _assemble_answer(fallback, found, growing=True)
    left = until - asyncio.get_running_loop().time()
    mended = await _repair_sentences(wrong, prompt, repair, llm, account, left) if wrong else []
    lost += len(wrong) - len(mended)
    found += mended
    yield (
        replace(_assemble_answer(fallback, found), note=_omission_note(lost))
        if found
        else replace(fallback, note=_fallback_note(lost))
    )


async def _repair_sentences(
    rejected: Sequence[CitedSentence],
    prompt: Prompt,
    repair: Prompt,
    llm: LanguageModel,
    account: Account,
    remaining: float,
) -> list[CitedSentence]:
    if remaining < 1:
        return []
    drafts = await verify_drafts([one.draft for one in rejected], prompt, repair.with_timeout(remaining), llm, account)
    return [replace(one, draft=draft) for one, draft in zip(rejected, drafts, strict=True) if draft]


def _passages_within(hits: Sequence[Hit], max_chars: int) -> Iterator[Passage]:
    size = 0
    for hit in hits:
        size += len(hit.passage.text) + _LABEL_CHARS
        if size > max_chars:
            return
        yield hit.passage


def _format_passages(passages: Sequence[Passage]) -> str:
    return "\n".join(
        f"[{number}] {sanitize(speaker)}: {sanitize(words)}"
        for number, passage in enumerate(passages, 1)
        for _, speaker, words in passage_turns(passage)
    )


def _cited_sentence(cited: Cited, passages: Sequence[Passage]) -> CitedSentence | None:
    """Return the sentence with the exact words it points at, or None where they do not stand there."""
    if not 0 < cited.passage <= len(passages):
        return None
    passage = passages[cited.passage - 1]
    for turn, speaker, words in passage_turns(passage):
        if place := locate_span(words, cited.first, cited.last):
            claim = _claim(passage, turn, speaker, words, *place)
            draft = Draft(" ".join(cited.text.split()), (claim,), attributed=False)
            return CitedSentence(draft, Citation(passage.origin, claim.quote, speaker, passage.t, turn))
    return None


def _claim(passage: Passage, turn: int, speaker: str, words: str, start: int, end: int) -> Claim:
    quote = words[start:end]
    said = find_attribution(quote)
    return Claim(
        id=f"{passage.origin.conversation}/{turn}/{start}",
        origin=passage.origin,
        turn=turn,
        start=start,
        end=end,
        text=remove_disfluencies(quote),
        quote=quote,
        speaker=speaker,
        claimant=said.claimant or speaker,
        modality=classify_modality(quote, passage.origin.date.year),
        relayers=(speaker,) if said.claimant and said.claimant != speaker else (),
        t=passage.t,
        figures=find_figures(quote),
    )


def _assemble_answer(fallback: Answer, sentences: Sequence[CitedSentence], *, growing: bool = False) -> Answer:
    citations = list(dict.fromkeys(sentence.citation for sentence in sentences))
    lines = [f"{_with_end_mark(one.draft.text)} [{citations.index(one.citation) + 1}]" for one in sentences]
    return replace(fallback, text="\n".join(lines), citations=tuple(citations), is_partial=growing)


def _with_end_mark(words: str) -> str:
    words = answer.sanitize(words)
    return words if words.endswith(_END_MARKS) else f"{words}."


def _omission_note(omitted: int) -> str:
    if not omitted:
        return ""
    return (
        "One sentence was left out: nothing that was said bears it out."
        if omitted == 1
        else (f"{omitted} sentences were left out: nothing that was said bears them out.")
    )


def _fallback_note(omitted: int) -> str:
    why = "nothing it wrote is borne out by what was said" if omitted else "it found no answer in the passages"
    return f"In the speakers' own words, without the language model: {why}."


MAX_QUESTION_CHARS = 300
"""Characters of a question that a model may make of another."""

_MIN_GRAMMAR_SHARE = 0.25


def is_foreign(question: str) -> bool:
    """Return whether a question may be in another language: it lacks the words that English sentences have."""
    asked = tokenize(question)
    return sum(word in FUNCTION_WORDS for word in asked) < _MIN_GRAMMAR_SHARE * len(asked)


async def rewrite_question(
    question: str,
    subject: ThreadContext,
    fallback: ResolvedQuestion,
    prompt: Prompt,
    llm: LanguageModel,
    account: Account,
) -> ResolvedQuestion:
    """Return what the model makes of a question, where it brings in nothing new; else what was made without it.

    Only the thread's own words are shown to it, never what is read. Raises LlmError where it made nothing.
    """
    thread = "\n".join(prompt.fitting_lines(numbered_lines([*subject.questions, f"names: {', '.join(subject.names)}"])))
    said = (await llm.complete(prompt.fill(account, thread=thread, question=sanitize(question)), Asked)).value
    spoken = canonical_language(said.language)
    made = sanitize(said.question)
    if (
        len(made) > MAX_QUESTION_CHARS
        or not made
        or not _is_grounded(made, question, subject, translated=spoken != "English")
    ):
        return replace(fallback, language="" if spoken == "English" else spoken)
    return ResolvedQuestion(made, fallback.context, "" if spoken == "English" else spoken)


def _is_grounded(rewritten: str, question: str, subject: ThreadContext, *, translated: bool) -> bool:
    """Whether a question has nothing of its own: figures and names, or where it was not translated any word."""
    known = " ".join((question, *subject.questions, *subject.names))
    values = find_amounts(known)
    if not all(any(amount.matches(other) for other in values) for amount in find_amounts(rewritten)):
        return False
    if translated:
        _, *inner = rewritten.split()
        names = [word for name in find_names(" ".join(inner)) for word in name.split()]
        return all(word.strip(".,?!’'s").lower() in known.lower() for word in names)
    return set(content_stems(rewritten)) <= set(content_stems(known))
