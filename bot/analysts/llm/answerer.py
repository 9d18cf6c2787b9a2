"""An answer in a model's words, sentence by sentence as they come, each on words that stand in a passage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from bot.analysts.llm.prompts import Prompt, outside
from bot.analysts.llm.schemas import Answered, Cited
from bot.analysts.llm.spans import pointed
from bot.analysts.llm.writer import Draft, admitted
from bot.claims.attribution import source
from bot.claims.disfluency import tidy
from bot.claims.modality import modality
from bot.domain import Answer, Citation, Claim, Hit, Passage
from bot.domain.usage import Account
from bot.llm.provider import Llm
from bot.nlp.quantities import figures
from bot.qa import statement
from bot.qa.evidence import spoken

READ = 9_000
"""Characters of passages that a model is shown for one answer."""

SECONDS = 18.0
"""How long an asker waits for the sentences of an answer and their correction; then it is made without them."""

_MOST = 4
_NAMED = 40
_ENDS = (".", "!", "?", "…")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer and the words it stands on."""

    draft: Draft
    citation: Citation


async def answered(
    plain: Answer, hits: Sequence[Hit], prompt: Prompt, repair: Prompt, llm: Llm, account: Account
) -> AsyncIterator[Answer]:
    """Yield an answer in the model's words as it grows, and last the whole; the plain one where nothing holds.

    Raises LlmError where the model gave none.
    """
    until = asyncio.get_running_loop().time() + SECONDS
    passages = list(_read(hits, min(READ, prompt.room - len(plain.question))))
    found: list[Sentence] = []
    wrong: list[Sentence] = []
    lost = seen = 0
    task = prompt.task(account, passages=_listed(passages), question=outside(plain.question))
    async with aclosing(llm.stream(task, Answered)) as states:
        async for said in states:
            for cited in said.value.sentences[seen:_MOST]:
                seen += 1
                sentence = _sentence(cited, passages)
                if sentence is None:
                    lost += 1
                elif sentence.draft.refused(prompt):
                    wrong.append(sentence)
                else:
                    found.append(sentence)
                    yield _answer(plain, found, growing=True)
    left = until - asyncio.get_running_loop().time()
    mended = await _mended(wrong, prompt, repair, llm, account, left) if wrong else []
    lost += len(wrong) - len(mended)
    found += mended
    yield replace(_answer(plain, found), note=_left_out(lost)) if found else replace(plain, note=_nothing(lost))


async def _mended(
    wrong: Sequence[Sentence], prompt: Prompt, repair: Prompt, llm: Llm, account: Account, left: float
) -> list[Sentence]:
    if left < 1:
        return []
    drafts = await admitted([one.draft for one in wrong], prompt, repair.within(left), llm, account)
    return [replace(one, draft=draft) for one, draft in zip(wrong, drafts, strict=True) if draft]


def _read(hits: Sequence[Hit], most: int) -> Iterator[Passage]:
    size = 0
    for hit in hits:
        size += len(hit.passage.text) + _NAMED
        if size > most:
            return
        yield hit.passage


def _listed(passages: Sequence[Passage]) -> str:
    return "\n".join(
        f"[{number}] {outside(speaker)}: {outside(words)}"
        for number, passage in enumerate(passages, 1)
        for _, speaker, words in spoken(passage)
    )


def _sentence(cited: Cited, passages: Sequence[Passage]) -> Sentence | None:
    """Return the sentence with the exact words it points at, or None where they do not stand there."""
    if not 0 < cited.passage <= len(passages):
        return None
    passage = passages[cited.passage - 1]
    for turn, speaker, words in spoken(passage):
        if place := pointed(words, cited.first, cited.last):
            claim = _claim(passage, turn, speaker, words, *place)
            draft = Draft(" ".join(cited.text.split()), (claim,), attributed=False)
            return Sentence(draft, Citation(passage.origin, claim.quote, speaker, passage.t, turn))
    return None


def _claim(passage: Passage, turn: int, speaker: str, words: str, start: int, end: int) -> Claim:
    quote = words[start:end]
    said = source(quote)
    return Claim(
        id=f"{passage.origin.conversation}/{turn}/{start}",
        origin=passage.origin,
        turn=turn,
        start=start,
        end=end,
        text=tidy(quote),
        quote=quote,
        speaker=speaker,
        claimant=said.claimant or speaker,
        modality=modality(quote, passage.origin.date.year),
        relayers=(speaker,) if said.claimant and said.claimant != speaker else (),
        t=passage.t,
        figures=figures(quote),
    )


def _answer(plain: Answer, found: Sequence[Sentence], *, growing: bool = False) -> Answer:
    citations = list(dict.fromkeys(sentence.citation for sentence in found))
    lines = [f"{_ended(one.draft.text)} [{citations.index(one.citation) + 1}]" for one in found]
    return replace(plain, text="\n".join(lines), citations=tuple(citations), growing=growing)


def _ended(words: str) -> str:
    words = statement.harmless(words)
    return words if words.endswith(_ENDS) else f"{words}."


def _left_out(lost: int) -> str:
    if not lost:
        return ""
    return (
        "One sentence was left out: nothing that was said bears it out."
        if lost == 1
        else (f"{lost} sentences were left out: nothing that was said bears them out.")
    )


def _nothing(lost: int) -> str:
    why = "nothing it wrote is borne out by what was said" if lost else "it found no answer in the passages"
    return f"In the speakers' own words, without the language model: {why}."
