"""Translates our sentences: names, figures, dates and quotes travel as marks, and code puts them back."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.analysts.llm.prompts import ModelSession, sanitize
from bot.domain import Answer, Brief, Claim, Signal, Statement
from bot.nlp.dates import find_dates
from bot.nlp.entities import find_names
from bot.nlp.numbers import find_amounts
from bot.nlp.sentences import strip_fillers
from bot.verification import abstractive

TIMEOUT_SECONDS = 6.0
"""How long to wait for the translation of an answer."""

_FIXED = re.compile(r"“[^”]*”|\[\d+\]|\(link\)")
_MARK = re.compile(r"⟦(\d+)⟧")
_DIGIT = re.compile(r"\d")
_MAX_GROWTH = 3
_EXTRA_CHARS = 40
_OPENING_CHARS = 24


@dataclass(frozen=True, slots=True)
class MaskedSentence:
    """A sentence with marks in place of its fixed parts, and those parts in order."""

    text: str
    parts: tuple[str, ...]


def mask_sentence(sentence: str, names: Iterable[str] = ()) -> MaskedSentence:
    """Put a mark in place of each quote, figure, date and name."""
    fixed = [match.group() for match in _FIXED.finditer(sentence)]
    bare = _FIXED.sub(" ", sentence)
    fixed += [day.text for day in find_dates(bare)] + [amount.text for amount in find_amounts(bare)]
    fixed += [name for name in names if name]
    fixed += [name for name in find_names(bare) if not sentence.startswith(name)]
    parts: list[str] = []

    def mark(match: re.Match[str]) -> str:
        parts.append(match.group())
        return f"⟦{len(parts)}⟧"

    pattern = "|".join(re.escape(part) for part in sorted({*fixed} - {""}, key=len, reverse=True))
    text = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", mark, sentence) if pattern else sentence
    return MaskedSentence(text, tuple(parts))


def unmask(translation: str, sentence: MaskedSentence) -> str:
    """Put the fixed parts back into a translation; "" if a mark is lost or doubled, or anything is new."""
    marks = [int(number) for number in _MARK.findall(translation)]
    rest, original = _MARK.sub("", translation), _MARK.sub("", sentence.text)
    has_all_marks = sorted(marks) == list(range(1, len(sentence.parts) + 1))
    has_words = bool(rest.strip()) == bool(original.strip())
    is_short = len(rest) <= _MAX_GROWTH * len(original) + _EXTRA_CHARS
    if not (has_all_marks and has_words and is_short) or _DIGIT.search(rest) or abstractive.has_link_or_markup(rest):
        return ""
    return _MARK.sub(lambda match: sentence.parts[int(match[1]) - 1], " ".join(translation.split()))


async def translate_sentences(
    sentences: Sequence[str], names: Sequence[str], language: str, session: ModelSession, seconds: float = math.inf
) -> list[str]:
    """Return each sentence in a language, or as it is if its translation fails the checks; raises LlmError."""
    masked = [mask_sentence(sentence, names) for sentence in sentences]
    lines = [f"[{n}] {sanitize(sentence.text)}" for n, sentence in enumerate(masked) if sentence.text.strip()]
    prompt = session.prompts.translation.with_timeout(seconds)
    translations: dict[int, str] = {}
    while lines:
        batch = prompt.fitting_lines(lines)
        lines = lines[len(batch) :]
        answer = await session.ask(prompt, sentences="\n".join(batch), language=language)
        translations |= {line.number: line.text for line in answer.lines}
    return [unmask(translations.get(n, ""), sentence) or sentences[n] for n, sentence in enumerate(masked)]


async def translate_answer(answer: Answer, language: str, session: ModelSession) -> Answer:
    """Return an answer in another language; the quotes below it stay as they are."""
    names = [name for citation in answer.citations for name in (citation.speaker, citation.origin.show)]
    sentences = [*answer.text.split("\n"), answer.note]
    *lines, note = await translate_sentences(sentences, names, language, session, TIMEOUT_SECONDS)
    return replace(answer, text="\n".join(lines), note=note)


async def translate_brief(brief: Brief, language: str, session: ModelSession) -> Brief:
    """Return a brief in another language; sentences that are somebody's own words stay as they are.

    Headlines are always translated; the brief's is that of one of its signals.
    """
    claims = brief.claims_by_id
    names = [
        name
        for claim in claims.values()
        for name in (claim.speaker, claim.claimant, claim.origin.show, *(mention.name for mention in claim.entities))
    ]
    ours = [part.text for part in _statements(brief) if part.text and not _is_quotation(part, claims)]
    lead = brief.headline.removeprefix("Update: ")
    sentences = [lead, brief.quiet, *(signal.headline for signal in brief.signals), *ours]
    translations = dict(zip(sentences, await translate_sentences(sentences, names, language, session), strict=True))

    def translated(part: Statement) -> Statement:
        return replace(part, text=translations.get(part.text, part.text))

    def translated_signal(signal: Signal) -> Signal:
        return replace(
            signal,
            headline=translations[signal.headline],
            said=tuple(map(translated, signal.said)),
            matters=translated(signal.matters),
            watch=translated(signal.watch),
        )

    return replace(
        brief,
        headline=brief.headline.replace(lead, translations[lead]),
        quiet=translations[brief.quiet],
        dek=translated(brief.dek),
        argument=tuple(map(translated, brief.argument)),
        signals=tuple(map(translated_signal, brief.signals)),
        closing=translated(brief.closing),
    )


def _statements(brief: Brief) -> list[Statement]:
    parts = [brief.dek, *brief.argument, brief.closing]
    return parts + [part for signal in brief.signals for part in (*signal.said, signal.matters, signal.watch)]


def _is_quotation(part: Statement, claims: dict[str, Claim]) -> bool:
    """Return whether a sentence only repeats somebody's words."""
    text = part.text.casefold()
    cited = [claims[id_] for id_ in part.claims if id_ in claims]
    return any(strip_fillers(claim.text)[:_OPENING_CHARS].casefold() in text for claim in cited)
