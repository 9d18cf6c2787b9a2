"""A brief in a model's words: the plain one stays beneath, and every sentence that fails the gate gives way to it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.analysts.llm.prompts import Prompt, numbered
from bot.analysts.llm.schemas import Front, Line, Stories
from bot.analysts.llm.schemas import Signal as Worded
from bot.analysts.llm.writer import LONGEST, Draft, admitted, drafted, shown
from bot.domain import Brief, Claim, Signal
from bot.domain.usage import Account
from bot.errors import LlmError
from bot.llm.provider import Llm
from bot.nlp.tokens import content

_SAID = 2
_ARGUED = 3
_SHARED = 2


@dataclass(frozen=True, slots=True)
class Press:
    """What a brief is made with: the prompts for its stories, its items and its opening, and the one that corrects."""

    stories: Prompt
    signal: Prompt
    brief: Prompt
    repair: Prompt
    llm: Llm


@dataclass(frozen=True, slots=True)
class Written:
    """A part of a brief as it was written, how many sentences were left out, and why nothing was written."""

    signal: Signal
    dropped: int = 0
    failed: str = ""


async def same_stories(brief: Brief, press: Press) -> list[frozenset[str]]:
    """Return which signals of a brief tell one story, as sets of their claims. Raises LlmError."""
    leads = [signal.claims[0] for signal in brief.signals]
    if len(leads) < _SHARED:
        return []
    lines = press.stories.fitting(numbered(claim.quote[:LONGEST] for claim in leads))
    task = press.stories.task(Account(brief.space or ""), claims="\n".join(lines))
    said = await press.llm.complete(task, Stories)
    groups = ([leads[n - 1] for n in set(one.numbers) if 0 < n <= len(leads)] for one in said.value.stories)
    return [frozenset(claim.id for claim in group) for group in groups if len(group) > 1 and _plausible(group)]


def _plausible(group: Sequence[Claim]) -> bool:
    """Whether each claim shares a name and a word with the first, or two words: a model's word alone joins nothing."""
    first, *others = group
    return all(_shared(first, other) for other in others)


def _shared(one: Claim, other: Claim) -> bool:
    names = {mention.name for mention in one.entities} & {mention.name for mention in other.entities}
    words = set(content(one.text)) & set(content(other.text))
    return len(words) >= (1 if names else _SHARED)


async def worded(brief: Brief, press: Press) -> Brief:
    """Return the brief with its items and its opening in the model's words, as far as they pass the gate."""
    account = Account(brief.space or "")
    opening = asyncio.create_task(_opened(brief, press, account))
    written = await asyncio.gather(*(_written(signal, press, account) for signal in brief.signals))
    opened, left_out, why = await opening
    failed = next((one.failed for one in written if one.failed), why)
    signals = tuple(one.signal for one in written)
    return replace(
        opened,
        headline=_headline(signals[0]),
        signals=signals,
        dropped=left_out + sum(one.dropped for one in written),
        note=_note(failed, sum(bool(one.failed) for one in written), len(signals)),
    )


def _headline(lead: Signal) -> str:
    return f"Update: {lead.headline}" if lead.update else lead.headline


def _note(failed: str, how_many: int, of: int) -> str:
    if not failed:
        return ""
    parts = "" if how_many == of else f" in {how_many} of {of} parts" if how_many else " in the opening"
    return f"In the speakers' own words{parts}, without the language model: {failed}"


async def _written(signal: Signal, press: Press, account: Account) -> Written:
    claims = signal.claims
    try:
        said = await press.llm.complete(press.signal.task(account, claims=shown(claims, press.signal)), Worded)
    except LlmError as error:
        return Written(signal, failed=str(error))
    found = said.value
    drafts = [
        drafted(found.headline.text.rstrip("."), [1], claims, attributed=False),
        *(_draft(line, claims) for line in found.said[:_SAID]),
        _draft(found.matters, claims, ours=True),
        _draft(found.watch, claims, ours=True),
    ]
    fit = await admitted(drafts, press.signal, press.repair, press.llm, account)
    headline, *told, matters, watch = fit
    said_so = tuple(one.statement for one in told if one and one.text)
    return Written(
        replace(
            signal,
            headline=headline.text if headline and headline.text else signal.headline,
            said=said_so or signal.said,
            matters=matters.statement if matters and matters.text else signal.matters,
            watch=watch.statement if watch and watch.text else signal.watch,
        ),
        dropped=sum(one is None for one in fit),
    )


async def _opened(brief: Brief, press: Press, account: Account) -> tuple[Brief, int, str]:
    claims = [signal.claims[0] for signal in brief.signals]
    try:
        said = await press.llm.complete(press.brief.task(account, claims=shown(claims, press.brief)), Front)
    except LlmError as error:
        return brief, 0, str(error)
    drafts = [
        drafted(said.value.dek.text, said.value.dek.claims, claims, attributed=False),
        *(_draft(line, claims) for line in said.value.argument[:_ARGUED]),
    ]
    dek, *argued = await admitted(drafts, press.brief, press.repair, press.llm, account)
    argument = tuple(one.statement for one in argued if one and one.text)
    kept = replace(
        brief,
        dek=dek.statement if dek and dek.text else brief.dek,
        argument=argument if len(argument) > 1 else brief.argument,
    )
    return kept, sum(one is None for one in (dek, *argued)), ""


def _draft(line: Line, claims: Sequence[Claim], *, ours: bool = False) -> Draft:
    return drafted(line.text, line.claims, claims, ours=ours)
