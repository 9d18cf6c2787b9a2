"""Sentences of ours in another language: names, figures, dates and quotes travel as marks, and code puts them back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.analysts.llm.prompts import Prompt, sanitize
from bot.analysts.llm.schemas import Lines
from bot.domain import Answer, Brief, Claim, Signal, Statement
from bot.domain.usage import Account
from bot.llm.provider import LanguageModel
from bot.nlp.dates import find_dates
from bot.nlp.entities import find_names
from bot.nlp.numbers import find_amounts
from bot.nlp.sentences import strip_fillers
from bot.verification import abstractive

TIMEOUT_SECONDS = 6.0
"""How long an asker waits for a translation."""

_FIXED = re.compile(r"“[^”]*”|\[\d+\]|\(link\)")
_MARK = re.compile(r"⟦(\d+)⟧")
_DIGIT = re.compile(r"\d")
_MAX_GROWTH = 3
_EXTRA_CHARS = 40
_OPENING_CHARS = 24


@dataclass(frozen=True, slots=True)
class MaskedSentence:
    """A sentence whose fixed parts are marks, and those parts in order."""

    text: str
    parts: tuple[str, ...]


def mask_sentence(sentence: str, names: Iterable[str] = ()) -> MaskedSentence:
    """Put a mark in the place of each quote, figure, date and name."""
    found = [match.group() for match in _FIXED.finditer(sentence)]
    bare = _FIXED.sub(" ", sentence)
    found += [day.text for day in find_dates(bare)] + [amount.text for amount in find_amounts(bare)]
    found += [name for name in names if name]
    found += [name for name in find_names(bare) if not sentence.startswith(name)]
    parts: list[str] = []

    def mark(match: re.Match[str]) -> str:
        parts.append(match.group())
        return f"⟦{len(parts)}⟧"

    either = "|".join(re.escape(one) for one in sorted({*found} - {""}, key=len, reverse=True))
    return MaskedSentence(re.sub(rf"(?<!\w)(?:{either})(?!\w)", mark, sentence) if either else sentence, tuple(parts))


def unmask(translation: str, sentence: MaskedSentence) -> str:
    """Put the fixed parts back into a translation; "" where a mark is lost or doubled, or anything is new."""
    marks = [int(number) for number in _MARK.findall(translation)]
    rest, was = _MARK.sub("", translation), _MARK.sub("", sentence.text)
    whole = sorted(marks) == list(range(1, len(sentence.parts) + 1))
    worded = bool(rest.strip()) == bool(was.strip()) and len(rest) <= _MAX_GROWTH * len(was) + _EXTRA_CHARS
    if not (whole and worded) or _DIGIT.search(rest) or abstractive.has_link_or_markup(rest):
        return ""
    return _MARK.sub(lambda match: sentence.parts[int(match[1]) - 1], " ".join(translation.split()))


async def translate_sentences(
    sentences: Sequence[str],
    names: Sequence[str],
    language: str,
    prompt: Prompt,
    llm: LanguageModel,
    account: Account,
    seconds: float = 0,
) -> list[str]:
    """Return each sentence in the language of that name, or as it is where its translation does not hold.

    Raises LlmError where there is none.
    """
    hidden = [mask_sentence(sentence, names) for sentence in sentences]
    wanted = [n for n, one in enumerate(hidden) if one.text.strip()]
    if not wanted:
        return list(sentences)
    lines = [f"[{n}] {sanitize(hidden[n].text)}" for n in wanted]
    made: dict[int, str] = {}
    while lines:
        some = prompt.fitting_lines(lines)
        lines = lines[len(some) :]
        task = prompt.fill(account, sentences="\n".join(some), language=language)
        said = await llm.complete(replace(task, seconds=seconds or task.seconds), Lines)
        made |= {line.number: line.text for line in said.value.lines}
    return [unmask(made.get(n, ""), one) or sentences[n] for n, one in enumerate(hidden)]


async def translate_answer(
    given: Answer, language: str, prompt: Prompt, llm: LanguageModel, account: Account
) -> Answer:
    """Return an answer in another language; the quotes below it stay as they are."""
    names = [name for citation in given.citations for name in (citation.speaker, citation.origin.show)]
    lines = await translate_sentences(
        [*given.text.split("\n"), given.note], names, language, prompt, llm, account, TIMEOUT_SECONDS
    )
    return replace(given, text="\n".join(lines[:-1]), note=lines[-1])


async def translate_brief(edition: Brief, language: str, prompt: Prompt, llm: LanguageModel, account: Account) -> Brief:
    """Return a brief in another language; sentences that are somebody's own words stay as they are.

    Headlines are translated all the same, those of the parts as that of the whole, which is one of them.
    """
    known = edition.claims_by_id
    names = [name for claim in known.values() for name in _names_in(claim)]
    parts = _statements(edition)
    ours = [part for part in parts if part.text and not _is_quotation(part, known)]
    lead = edition.headline.removeprefix("Update: ")
    titles = [lead, edition.quiet, *(one.headline for one in edition.signals)]
    lines = [*titles, *(part.text for part in ours)]
    made = dict(zip(lines, await translate_sentences(lines, names, language, prompt, llm, account), strict=True))

    def told(part: Statement) -> Statement:
        return replace(part, text=made.get(part.text, part.text))

    def signal(one: Signal) -> Signal:
        said = tuple(map(told, one.said))
        headline = made[one.headline]
        return replace(one, headline=headline, said=said, matters=told(one.matters), watch=told(one.watch))

    return replace(
        edition,
        headline=edition.headline.replace(lead, made[lead]),
        quiet=made[edition.quiet],
        dek=told(edition.dek),
        argument=tuple(map(told, edition.argument)),
        signals=tuple(map(signal, edition.signals)),
        closing=told(edition.closing),
    )


def _names_in(claim: Claim) -> tuple[str, ...]:
    return (claim.speaker, claim.claimant, claim.origin.show, *(mention.name for mention in claim.entities))


def _statements(edition: Brief) -> list[Statement]:
    parts = [edition.dek, *edition.argument, edition.closing]
    return parts + [part for one in edition.signals for part in (*one.said, one.matters, one.watch)]


def _is_quotation(part: Statement, known: dict[str, Claim]) -> bool:
    """Whether a sentence only tells somebody's words as they were said."""
    said = part.text.casefold()
    return any(
        strip_fillers(known[key].text)[:_OPENING_CHARS].casefold() in said for key in part.claims if key in known
    )
