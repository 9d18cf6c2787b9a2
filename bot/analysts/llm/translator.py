"""Sentences of ours in another language: names, figures, dates and quotes travel as marks, and code puts them back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.analysts.llm.prompts import Prompt, outside
from bot.analysts.llm.schemas import Lines
from bot.domain import Answer, Brief, Claim, Signal, Statement
from bot.domain.usage import Account
from bot.llm.provider import Llm
from bot.nlp import facts
from bot.nlp.clauses import clean
from bot.verification import abstractive

SECONDS = 6.0
"""How long an asker waits for a translation."""

_FIXED = re.compile(r"“[^”]*”|\[\d+\]|\(link\)")
_MARK = re.compile(r"⟦(\d+)⟧")
_DIGIT = re.compile(r"\d")
_LONGER = 3
_SHORT = 40
_OPENS = 24


@dataclass(frozen=True, slots=True)
class Masked:
    """A sentence whose fixed parts are marks, and those parts in order."""

    text: str
    parts: tuple[str, ...]


def masked(sentence: str, names: Iterable[str] = ()) -> Masked:
    """Put a mark in the place of each quote, figure, date and name."""
    found = [match.group() for match in _FIXED.finditer(sentence)]
    bare = _FIXED.sub(" ", sentence)
    found += [day.text for day in facts.dates(bare)] + [amount.text for amount in facts.amounts(bare)]
    found += [name for name in names if name]
    found += [name for name in facts.names(bare) if not sentence.startswith(name)]
    parts: list[str] = []

    def mark(match: re.Match[str]) -> str:
        parts.append(match.group())
        return f"⟦{len(parts)}⟧"

    either = "|".join(re.escape(one) for one in sorted({*found} - {""}, key=len, reverse=True))
    return Masked(re.sub(rf"(?<!\w)(?:{either})(?!\w)", mark, sentence) if either else sentence, tuple(parts))


def filled(said: str, sentence: Masked) -> str:
    """Put the fixed parts back into a translation; "" where a mark is lost or doubled, or anything is new."""
    marks = [int(number) for number in _MARK.findall(said)]
    rest, was = _MARK.sub("", said), _MARK.sub("", sentence.text)
    whole = sorted(marks) == list(range(1, len(sentence.parts) + 1))
    worded = bool(rest.strip()) == bool(was.strip()) and len(rest) <= _LONGER * len(was) + _SHORT
    if not (whole and worded) or _DIGIT.search(rest) or abstractive.addressed(rest):
        return ""
    return _MARK.sub(lambda match: sentence.parts[int(match[1]) - 1], " ".join(said.split()))


async def translated(
    sentences: Sequence[str],
    names: Sequence[str],
    tongue: str,
    prompt: Prompt,
    llm: Llm,
    account: Account,
    seconds: float = 0,
) -> list[str]:
    """Return each sentence in the language of that name, or as it is where its translation does not hold.

    Raises LlmError where there is none.
    """
    hidden = [masked(sentence, names) for sentence in sentences]
    wanted = [n for n, one in enumerate(hidden) if one.text.strip()]
    if not wanted:
        return list(sentences)
    lines = [f"[{n}] {outside(hidden[n].text)}" for n in wanted]
    made: dict[int, str] = {}
    while lines:
        some = prompt.fitting(lines)
        lines = lines[len(some) :]
        task = prompt.task(account, sentences="\n".join(some), language=tongue)
        said = await llm.complete(replace(task, seconds=seconds or task.seconds), Lines)
        made |= {line.number: line.text for line in said.value.lines}
    return [filled(made.get(n, ""), one) or sentences[n] for n, one in enumerate(hidden)]


async def answer(given: Answer, tongue: str, prompt: Prompt, llm: Llm, account: Account) -> Answer:
    """Return an answer in another language; the quotes below it stay as they are."""
    names = [name for citation in given.citations for name in (citation.speaker, citation.origin.show)]
    lines = await translated([*given.text.split("\n"), given.note], names, tongue, prompt, llm, account, SECONDS)
    return replace(given, text="\n".join(lines[:-1]), note=lines[-1])


async def brief(edition: Brief, tongue: str, prompt: Prompt, llm: Llm, account: Account) -> Brief:
    """Return a brief in another language; sentences that are somebody's own words stay as they are.

    Headlines are translated all the same, those of the parts as that of the whole, which is one of them.
    """
    known = edition.claims
    names = [name for claim in known.values() for name in _named(claim)]
    parts = _statements(edition)
    ours = [part for part in parts if part.text and not _their_words(part, known)]
    lead = edition.headline.removeprefix("Update: ")
    titles = [lead, edition.quiet, *(one.headline for one in edition.signals)]
    lines = [*titles, *(part.text for part in ours)]
    made = dict(zip(lines, await translated(lines, names, tongue, prompt, llm, account), strict=True))

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


def _named(claim: Claim) -> tuple[str, ...]:
    return (claim.speaker, claim.claimant, claim.origin.show, *(mention.name for mention in claim.entities))


def _statements(edition: Brief) -> list[Statement]:
    parts = [edition.dek, *edition.argument, edition.closing]
    return parts + [part for one in edition.signals for part in (*one.said, one.matters, one.watch)]


def _their_words(part: Statement, known: dict[str, Claim]) -> bool:
    """Whether a sentence only tells somebody's words as they were said."""
    said = part.text.casefold()
    return any(clean(known[key].text)[:_OPENS].casefold() in said for key in part.claims if key in known)
