"""Sentences that a model wrote: verified against their claims, and corrected once if they fail."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.analysts.llm.prompts import ModelSession, Prompt, numbered_lines, sanitize
from bot.claims.statements import speaker_label
from bot.domain import Claim, Decision, Stage, Statement
from bot.errors import LlmError
from bot.qa.evidence import source_date
from bot.verification import abstractive
from bot.verification.issues import Violation

MAX_CLAIM_CHARS = 600
"""How many characters of a claim a model sees."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence that a model wrote, with the claims that support it; `ours` is derived wording."""

    text: str
    claims: tuple[Claim, ...]
    ours: bool = False
    attributed: bool = True

    @property
    def statement(self) -> Statement:
        """The sentence as it is published."""
        return Statement(self.text, tuple(claim.id for claim in self.claims), ours=self.ours)

    def violations(self, prompt: Prompt[Any]) -> list[Violation]:
        """Return why it may not be published."""
        return abstractive.violations(
            self.text, self.claims, is_derived=self.ours, require_relayer=self.attributed, prompt=prompt.system
        )


def rejections(drafts: Sequence[Draft], verified: Sequence[Draft | None], prompt: Prompt[Any]) -> tuple[Decision, ...]:
    """Return why each draft that failed is not published, under the first claim that it cites."""
    return tuple(
        Decision(
            draft.claims[0].id if draft.claims else "",
            Stage.VERIFICATION,
            f"The gate stopped a sentence of the model ({', '.join(problem.kind.value for problem in problems)}).",
        )
        for draft, passed in zip(drafts, verified, strict=True)
        if passed is None and (problems := draft.violations(prompt))
    )


def format_claims(claims: Sequence[Claim], prompt: Prompt[Any]) -> str:
    """Return claims for a prompt as far as they fit, numbered from 1: who made each, how and where, and the words."""
    lines = numbered_lines(
        f"{_speaker_line(claim)} ({_circumstances(claim)}): {claim.quote[:MAX_CLAIM_CHARS]}" for claim in claims
    )
    return "\n".join(prompt.fitting_lines(lines))


def _circumstances(claim: Claim) -> str:
    about = [f"about {sanitize(claim.about)}"] if claim.about else []
    return "; ".join([claim.modality.value, f"{sanitize(claim.origin.show)}, {source_date(claim.origin)}", *about])


def make_draft(
    text: str, numbers: Sequence[int], claims: Sequence[Claim], *, ours: bool = False, attributed: bool = True
) -> Draft:
    """Return what a model wrote with the claims whose numbers it gave; unknown numbers count for nothing."""
    cited = dict.fromkeys(number for number in numbers if 0 < number <= len(claims))
    words = " ".join(text.split())
    return Draft(words, tuple(claims[number - 1] for number in cited), ours=ours, attributed=attributed)


async def verify_drafts(
    drafts: Sequence[Draft], prompt: Prompt[Any], session: ModelSession, seconds: float = math.inf
) -> list[Draft | None]:
    """Return each draft that passes, as it is or corrected once within so many seconds, and None for the others."""
    rejected = {n: found for n, draft in enumerate(drafts) if draft.text and (found := draft.violations(prompt))}
    if not rejected:
        return list(drafts)
    repair = session.prompts.repair.with_timeout(seconds)
    lines = repair.fitting_lines(f"[{n}] {_repair_instruction(drafts[n], found)}" for n, found in rejected.items())
    try:
        answer = await session.ask(repair, sentences="\n".join(lines))
    except LlmError:
        return [None if n in rejected else draft for n, draft in enumerate(drafts)]
    texts = {line.number: " ".join(line.text.split()) for line in answer.lines if line.number in rejected}
    repaired = {n: replace(drafts[n], text=text) for n, text in texts.items() if text}
    passed = {n: draft for n, draft in repaired.items() if not draft.violations(repair)}
    return [passed.get(n) if n in rejected else draft for n, draft in enumerate(drafts)]


def _repair_instruction(draft: Draft, problems: Sequence[Violation]) -> str:
    wrong = "; ".join(f"{problem.kind.value}: {sanitize(problem.text)}" for problem in problems[:4])
    words = " / ".join(f"{_speaker_line(claim)}: {claim.quote[:MAX_CLAIM_CHARS]}" for claim in draft.claims)
    return f"{sanitize(draft.text)}\n    evidence: {sanitize(words)}\n    wrong: {wrong}"


def _speaker_line(claim: Claim) -> str:
    return f"{speaker_label(claim)}, relaying {claim.claimant}," if claim.relayers else speaker_label(claim)
