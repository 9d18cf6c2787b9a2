"""A brief in a model's words: the plain one stays beneath, and every sentence that fails the gate gives way to it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.analysts.llm.prompts import Prompt, numbered_lines
from bot.analysts.llm.schemas import Front, Line, Stories
from bot.analysts.llm.schemas import Signal as Worded
from bot.analysts.llm.writer import MAX_CLAIM_CHARS, Draft, format_claims, make_draft, rejections, verify_drafts
from bot.domain import Brief, Claim, Decision, Signal
from bot.domain.usage import Account
from bot.errors import LlmError
from bot.llm.provider import LanguageModel
from bot.nlp.tokens import content_stems

_MAX_SENTENCES = 2
_MAX_ARGUMENTS = 3
_MIN_SHARED_WORDS = 2


@dataclass(frozen=True, slots=True)
class EditorPrompts:
    """What a brief is made with: the prompts for its stories, its items and its opening, and the one that corrects."""

    stories: Prompt
    signal: Prompt
    brief: Prompt
    repair: Prompt
    llm: LanguageModel


@dataclass(frozen=True, slots=True)
class RewrittenSignal:
    """A part of a brief as it was written, which sentences the gate stopped, and why nothing was written."""

    signal: Signal
    rejected: tuple[Decision, ...] = ()
    failure: str = ""


async def group_same_stories(brief: Brief, prompts: EditorPrompts) -> list[frozenset[str]]:
    """Return which signals of a brief tell one story, as sets of their claims. Raises LlmError."""
    leads = [signal.claims[0] for signal in brief.signals]
    if len(leads) < _MIN_SHARED_WORDS:
        return []
    lines = prompts.stories.fitting_lines(numbered_lines(claim.quote[:MAX_CLAIM_CHARS] for claim in leads))
    task = prompts.stories.fill(Account(brief.space or ""), claims="\n".join(lines))
    said = await prompts.llm.complete(task, Stories)
    groups = ([leads[n - 1] for n in set(one.numbers) if 0 < n <= len(leads)] for one in said.value.stories)
    return [frozenset(claim.id for claim in group) for group in groups if len(group) > 1 and _is_plausible_group(group)]


def _is_plausible_group(group: Sequence[Claim]) -> bool:
    """Whether each claim shares a name and a word with the first, or two words: a model's word alone joins nothing."""
    first, *others = group
    return all(_is_related(first, other) for other in others)


def _is_related(one: Claim, other: Claim) -> bool:
    names = {mention.name for mention in one.entities} & {mention.name for mention in other.entities}
    words = set(content_stems(one.text)) & set(content_stems(other.text))
    return len(words) >= (1 if names else _MIN_SHARED_WORDS)


async def rewrite_brief(brief: Brief, prompts: EditorPrompts) -> Brief:
    """Return the brief with its items and its opening in the model's words, as far as they pass the gate."""
    account = Account(brief.space or "")
    opening = asyncio.create_task(_rewrite_opening(brief, prompts, account))
    written = await asyncio.gather(*(_rewrite_signal(signal, prompts, account) for signal in brief.signals))
    opened, rejected, why = await opening
    rejected = (*rejected, *(decision for one in written for decision in one.rejected))
    failed = next((one.failure for one in written if one.failure), why)
    signals = tuple(one.signal for one in written)
    return replace(
        opened,
        headline=_headline(signals[0]),
        signals=signals,
        dropped=len(rejected),
        decisions=(*brief.decisions, *rejected),
        note=_note(failed, sum(bool(one.failure) for one in written), len(signals)),
    )


def _headline(lead: Signal) -> str:
    return f"Update: {lead.headline}" if lead.update else lead.headline


def _note(failure: str, how_many: int, of: int) -> str:
    if not failure:
        return ""
    parts = "" if how_many == of else f" in {how_many} of {of} parts" if how_many else " in the opening"
    return f"In the speakers' own words{parts}, without the language model: {failure}"


async def _rewrite_signal(signal: Signal, prompts: EditorPrompts, account: Account) -> RewrittenSignal:
    claims = signal.claims
    try:
        said = await prompts.llm.complete(
            prompts.signal.fill(account, claims=format_claims(claims, prompts.signal)), Worded
        )
    except LlmError as error:
        return RewrittenSignal(signal, failure=str(error))
    found = said.value
    drafts = [
        make_draft(found.headline.text.rstrip("."), [1], claims, attributed=False),
        *(_line_draft(line, claims) for line in found.said[:_MAX_SENTENCES]),
        _line_draft(found.matters, claims, ours=True),
        _line_draft(found.watch, claims, ours=True),
    ]
    fit = await verify_drafts(drafts, prompts.signal, prompts.repair, prompts.llm, account)
    headline, *told, matters, watch = fit
    said_so = tuple(one.statement for one in told if one and one.text)
    return RewrittenSignal(
        replace(
            signal,
            headline=headline.text if headline and headline.text else signal.headline,
            said=said_so or signal.said,
            matters=matters.statement if matters and matters.text else signal.matters,
            watch=watch.statement if watch and watch.text else signal.watch,
        ),
        rejections(drafts, fit, prompts.signal),
    )


async def _rewrite_opening(
    brief: Brief, prompts: EditorPrompts, account: Account
) -> tuple[Brief, tuple[Decision, ...], str]:
    claims = [signal.claims[0] for signal in brief.signals]
    try:
        said = await prompts.llm.complete(
            prompts.brief.fill(account, claims=format_claims(claims, prompts.brief)), Front
        )
    except LlmError as error:
        return brief, (), str(error)
    drafts = [
        make_draft(said.value.dek.text, said.value.dek.claims, claims, attributed=False),
        *(_line_draft(line, claims) for line in said.value.argument[:_MAX_ARGUMENTS]),
    ]
    fit = await verify_drafts(drafts, prompts.brief, prompts.repair, prompts.llm, account)
    dek, *argued = fit
    argument = tuple(one.statement for one in argued if one and one.text)
    kept = replace(
        brief,
        dek=dek.statement if dek and dek.text else brief.dek,
        argument=argument if len(argument) > 1 else brief.argument,
    )
    return kept, rejections(drafts, fit, prompts.brief), ""


def _line_draft(line: Line, claims: Sequence[Claim], *, ours: bool = False) -> Draft:
    return make_draft(line.text, line.claims, claims, ours=ours)
