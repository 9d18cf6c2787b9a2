"""A brief in a model's words: each sentence that fails verification gives way to the plain brief's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.analysts.llm.drafts import MAX_CLAIM_CHARS, Draft, format_claims, make_draft, rejections, verify_drafts
from bot.analysts.llm.prompts import ModelSession, numbered_lines
from bot.analysts.llm.schemas import Line
from bot.domain import Brief, Claim, Decision, Signal
from bot.errors import LlmError
from bot.nlp.tokens import content_stems

_MAX_SENTENCES = 2
_MAX_ARGUMENTS = 3
_MIN_SHARED_WORDS = 2


@dataclass(frozen=True, slots=True)
class RewrittenSignal:
    """A signal as the model wrote it, which sentences the gate stopped, and why it wrote nothing."""

    signal: Signal
    rejected: tuple[Decision, ...] = ()
    failure: str = ""


async def group_same_stories(brief: Brief, session: ModelSession) -> list[frozenset[str]]:
    """Return which signals of a brief tell one story, as sets of their claims. Raises LlmError."""
    leads = [signal.claims[0] for signal in brief.signals]
    if len(leads) < _MIN_SHARED_WORDS:
        return []
    prompt = session.prompts.stories
    lines = prompt.fitting_lines(numbered_lines(claim.quote[:MAX_CLAIM_CHARS] for claim in leads))
    answer = await session.ask(prompt, claims="\n".join(lines))
    groups = ([leads[n - 1] for n in set(story.numbers) if 0 < n <= len(leads)] for story in answer.stories)
    return [frozenset(claim.id for claim in group) for group in groups if len(group) > 1 and _is_plausible_group(group)]


def _is_plausible_group(group: Sequence[Claim]) -> bool:
    """Return whether each claim shares a name and a word, or two words, with the first: a model alone joins nothing."""
    first, *others = group
    return all(_is_related(first, other) for other in others)


def _is_related(one: Claim, other: Claim) -> bool:
    names = {mention.name for mention in one.entities} & {mention.name for mention in other.entities}
    words = set(content_stems(one.text)) & set(content_stems(other.text))
    return len(words) >= (1 if names else _MIN_SHARED_WORDS)


async def rewrite_brief(brief: Brief, session: ModelSession) -> Brief:
    """Return the brief with its signals and its opening in the model's words, as far as they can be verified."""
    opening = asyncio.create_task(_rewrite_opening(brief, session))
    rewritten = await asyncio.gather(*(_rewrite_signal(signal, session) for signal in brief.signals))
    opened, rejected, failure = await opening
    rejected = (*rejected, *(decision for signal in rewritten for decision in signal.rejected))
    failures = [signal.failure for signal in rewritten if signal.failure]
    lead = rewritten[0].signal
    return replace(
        opened,
        headline=f"Update: {lead.headline}" if lead.update else lead.headline,
        signals=tuple(signal.signal for signal in rewritten),
        dropped=len(rejected),
        decisions=(*brief.decisions, *rejected),
        note=_note((*failures, failure)[0], len(failures), len(rewritten)),
    )


def _note(failure: str, failed: int, total: int) -> str:
    if not failure:
        return ""
    parts = "" if failed == total else f" in {failed} of {total} parts" if failed else " in the opening"
    return f"In the speakers' own words{parts}, without the language model: {failure}"


async def _rewrite_signal(signal: Signal, session: ModelSession) -> RewrittenSignal:
    claims, prompt = signal.claims, session.prompts.signal
    try:
        answer = await session.ask(prompt, claims=format_claims(claims, prompt))
    except LlmError as error:
        return RewrittenSignal(signal, failure=str(error))
    drafts = [
        make_draft(answer.headline.text.rstrip("."), [1], claims, attributed=False),
        *(_line_draft(line, claims) for line in answer.said[:_MAX_SENTENCES]),
        _line_draft(answer.matters, claims, ours=True),
        _line_draft(answer.watch, claims, ours=True),
    ]
    verified = await verify_drafts(drafts, prompt, session)
    headline, *sentences, matters, watch = verified
    said = tuple(draft.statement for draft in sentences if draft and draft.text)
    return RewrittenSignal(
        replace(
            signal,
            headline=headline.text if headline and headline.text else signal.headline,
            said=said or signal.said,
            matters=matters.statement if matters and matters.text else signal.matters,
            watch=watch.statement if watch and watch.text else signal.watch,
        ),
        rejections(drafts, verified, prompt),
    )


async def _rewrite_opening(brief: Brief, session: ModelSession) -> tuple[Brief, tuple[Decision, ...], str]:
    claims, prompt = [signal.claims[0] for signal in brief.signals], session.prompts.brief
    try:
        answer = await session.ask(prompt, claims=format_claims(claims, prompt))
    except LlmError as error:
        return brief, (), str(error)
    drafts = [
        make_draft(answer.dek.text, answer.dek.claims, claims, attributed=False),
        *(_line_draft(line, claims) for line in answer.argument[:_MAX_ARGUMENTS]),
    ]
    verified = await verify_drafts(drafts, prompt, session)
    dek, *sentences = verified
    argument = tuple(draft.statement for draft in sentences if draft and draft.text)
    opened = replace(
        brief,
        dek=dek.statement if dek and dek.text else brief.dek,
        argument=argument if len(argument) > 1 else brief.argument,
    )
    return opened, rejections(drafts, verified, prompt), ""


def _line_draft(line: Line, claims: Sequence[Claim], *, ours: bool = False) -> Draft:
    return make_draft(line.text, line.claims, claims, ours=ours)
