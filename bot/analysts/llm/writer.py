"""Claims as a model is shown them, and the sentences that it may be made to correct once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.analysts.llm.prompts import Prompt, numbered, outside
from bot.analysts.llm.schemas import Lines
from bot.claims.statements import who
from bot.domain import Claim, Statement
from bot.domain.usage import Account
from bot.errors import LlmError
from bot.llm.provider import Llm
from bot.verification import abstractive
from bot.verification.issues import Problem

LONGEST = 600
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

    def refused(self, prompt: Prompt) -> list[Problem]:
        """Return why it does not go out."""
        return abstractive.refused(
            self.text, self.claims, ours=self.ours, attributed=self.attributed, prompt=prompt.system
        )


def shown(claims: Sequence[Claim], prompt: Prompt) -> str:
    """Return claims for a prompt as far as they fit, numbered from 1: who made each, how, and the exact words."""
    lines = numbered(f"{_by(claim)} ({claim.modality.value}): {claim.quote[:LONGEST]}" for claim in claims)
    return "\n".join(prompt.fitting(lines))


def drafted(
    text: str, numbers: Sequence[int], claims: Sequence[Claim], *, ours: bool = False, attributed: bool = True
) -> Draft:
    """Return what a model wrote with the claims whose numbers it gave; numbers of no claim count for nothing."""
    cited = dict.fromkeys(number for number in numbers if 0 < number <= len(claims))
    words = " ".join(text.split())
    return Draft(words, tuple(claims[number - 1] for number in cited), ours=ours, attributed=attributed)


async def admitted(
    drafts: Sequence[Draft], prompt: Prompt, repair: Prompt, llm: Llm, account: Account
) -> list[Draft | None]:
    """Return each draft that passes the gate, as it is or corrected once, and None for each that does not."""
    wrong = {n: problems for n, one in enumerate(drafts) if one.text and (problems := one.refused(prompt))}
    mended = await _mended(drafts, wrong, repair, llm, account) if wrong else {}
    fit = {n: one for n, one in mended.items() if one.text and not one.refused(repair)}
    return [fit.get(n) if n in wrong else one for n, one in enumerate(drafts)]


async def _mended(
    drafts: Sequence[Draft],
    wrong: dict[int, list[Problem]],
    repair: Prompt,
    llm: Llm,
    account: Account,
) -> dict[int, Draft]:
    lines = repair.fitting(f"[{n}] {_complaint(drafts[n], problems)}" for n, problems in wrong.items())
    task = repair.task(account, sentences="\n".join(lines))
    try:
        said = await llm.complete(task, Lines)
    except LlmError:
        return {}
    return {
        line.number: replace(drafts[line.number], text=" ".join(line.text.split()))
        for line in said.value.lines
        if line.number in wrong
    }


def _complaint(draft: Draft, problems: Sequence[Problem]) -> str:
    wrong = "; ".join(f"{problem.fault.value}: {outside(problem.words)}" for problem in problems[:4])
    words = " / ".join(f"{_by(claim)}: {claim.quote[:LONGEST]}" for claim in draft.claims)
    return f"{outside(draft.text)}\n    evidence: {outside(words)}\n    wrong: {wrong}"


def _by(claim: Claim) -> str:
    return f"{who(claim)}, relaying {claim.claimant}," if claim.relayers else who(claim)
