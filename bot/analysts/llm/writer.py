"""Claims as a model is shown them, and the sentences that it may be made to correct once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.analysts.llm.prompts import Prompt, numbered_lines, sanitize
from bot.analysts.llm.schemas import Lines
from bot.claims.statements import speaker_label
from bot.domain import Claim, Decision, Stage, Statement
from bot.domain.usage import Account
from bot.errors import LlmError
from bot.llm.provider import LanguageModel
from bot.verification import abstractive
from bot.verification.issues import Violation

MAX_CLAIM_CHARS = 600
"""Characters of a claim that a model is shown."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence of a model with the claims it stands on; `ours` is derived wording."""

    text: str
    claims: tuple[Claim, ...]
    ours: bool = False
    attributed: bool = True

    @property
    def statement(self) -> Statement:
        """The sentence as it goes out."""
        return Statement(self.text, tuple(claim.id for claim in self.claims), ours=self.ours)

    def violations(self, prompt: Prompt) -> list[Violation]:
        """Return why it does not go out."""
        return abstractive.violations(
            self.text, self.claims, is_derived=self.ours, require_relayer=self.attributed, prompt=prompt.system
        )


def rejections(drafts: Sequence[Draft], verified: Sequence[Draft | None], prompt: Prompt) -> tuple[Decision, ...]:
    """Return why each draft that the gate stopped doesn't go out, under the first claim that it cites."""
    return tuple(
        Decision(
            draft.claims[0].id if draft.claims else "",
            Stage.VERIFICATION,
            f"The gate stopped a sentence of the model ({', '.join(problem.kind.value for problem in problems)}).",
        )
        for draft, passed in zip(drafts, verified, strict=True)
        if passed is None and (problems := draft.violations(prompt))
    )


def format_claims(claims: Sequence[Claim], prompt: Prompt) -> str:
    """Return claims for a prompt as far as they fit, numbered from 1: who made each, how, and the exact words."""
    lines = numbered_lines(
        f"{_speaker_line(claim)} ({claim.modality.value}): {claim.quote[:MAX_CLAIM_CHARS]}" for claim in claims
    )
    return "\n".join(prompt.fitting_lines(lines))


def make_draft(
    text: str, numbers: Sequence[int], claims: Sequence[Claim], *, ours: bool = False, attributed: bool = True
) -> Draft:
    """Return what a model wrote with the claims whose numbers it gave; numbers of no claim count for nothing."""
    cited = dict.fromkeys(number for number in numbers if 0 < number <= len(claims))
    words = " ".join(text.split())
    return Draft(words, tuple(claims[number - 1] for number in cited), ours=ours, attributed=attributed)


async def verify_drafts(
    drafts: Sequence[Draft], prompt: Prompt, repair: Prompt, llm: LanguageModel, account: Account
) -> list[Draft | None]:
    """Return each draft that passes the gate, as it is or corrected once, and None for each that does not."""
    wrong = {n: problems for n, one in enumerate(drafts) if one.text and (problems := one.violations(prompt))}
    mended = await _repair_drafts(drafts, wrong, repair, llm, account) if wrong else {}
    fit = {n: one for n, one in mended.items() if one.text and not one.violations(repair)}
    return [fit.get(n) if n in wrong else one for n, one in enumerate(drafts)]


async def _repair_drafts(
    drafts: Sequence[Draft],
    rejected: dict[int, list[Violation]],
    repair: Prompt,
    llm: LanguageModel,
    account: Account,
) -> dict[int, Draft]:
    lines = repair.fitting_lines(
        f"[{n}] {_repair_instruction(drafts[n], problems)}" for n, problems in rejected.items()
    )
    task = repair.fill(account, sentences="\n".join(lines))
    try:
        said = await llm.complete(task, Lines)
    except LlmError:
        return {}
    return {
        line.number: replace(drafts[line.number], text=" ".join(line.text.split()))
        for line in said.value.lines
        if line.number in rejected
    }


def _repair_instruction(draft: Draft, problems: Sequence[Violation]) -> str:
    wrong = "; ".join(f"{problem.kind.value}: {sanitize(problem.text)}" for problem in problems[:4])
    words = " / ".join(f"{_speaker_line(claim)}: {claim.quote[:MAX_CLAIM_CHARS]}" for claim in draft.claims)
    return f"{sanitize(draft.text)}\n    evidence: {sanitize(words)}\n    wrong: {wrong}"


def _speaker_line(claim: Claim) -> str:
    return f"{speaker_label(claim)}, relaying {claim.claimant}," if claim.relayers else speaker_label(claim)
