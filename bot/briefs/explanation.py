"""Why a claim is in a brief, or isn't: what was decided about it, in words."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence

from bot.briefs.service import BriefService
from bot.domain import UNDATED, Brief, Claim, Decision, Explanation, Filters, Stage
from bot.search.hybrid import HybridSearch
from bot.store.library import WINDOW_DAYS, Library

MAX_CLAIMS = 3
"""How many claims a question is about at most."""

_MIN_SIMILARITY = 70.0
"""How alike (0 to 100, rapidfuzz's token set ratio) words and a claim must be for the words to mean that claim."""
_PASSAGES = 3


class ExplanationService:
    """Finds the claim that somebody means, and what a brief decided about it."""

    def __init__(self, briefs: BriefService, library: Library, search: HybridSearch) -> None:
        self._briefs, self._library, self._search = briefs, library, search

    async def explain_brief(self, topic: str, date: dt.date, *, space: str | None) -> tuple[Brief, list[Explanation]]:
        """Return the brief and what became of each claim that it looked at and that this reader may still read."""
        brief = await self._briefs.get_brief(topic, date, space=space)
        decided = {decision.claim: decision for decision in brief.decisions}
        claims = await self._library.claims(list(decided), space=space)
        return brief, [_explanation(claim, decided[claim.id]) for claim in claims]

    async def explain(self, words: str, topic: str, date: dt.date, *, space: str | None) -> list[Explanation]:
        """Return what a brief decided about the claims meant by an id, a signal's number or somebody's words.

        If no claim is meant, the sentence that is nearest to the words says why it never became one; empty if there is
        no such sentence either.
        """
        brief = await self._briefs.get_brief(topic, date, space=space)
        if claims := await self._claims_meant(words, brief, space):
            return [_explanation(claim, _decision(claim, brief)) for claim in claims]
        rejected = await self._rejected_sentence(words, space)
        return [rejected] if rejected else []

    async def _claims_meant(self, words: str, brief: Brief, space: str | None) -> Sequence[Claim]:
        number = words.removeprefix("signal").strip(" #")
        if number.isdigit() and 0 < int(number) <= len(brief.signals):
            return brief.signals[int(number) - 1].claims[:MAX_CLAIMS]
        if known := await self._library.claims([words], space=space):
            return known
        from rapidfuzz import fuzz

        near = await self._search.claims(words, Filters(space=space), MAX_CLAIMS)
        return [claim for claim in near if fuzz.token_set_ratio(words, claim.text) >= _MIN_SIMILARITY]

    async def _rejected_sentence(self, words: str, space: str | None) -> Explanation | None:
        from rapidfuzz import fuzz, process

        from bot.claims.extractor import rejected_sentences

        for hit in await self._search.find(words, Filters(space=space), _PASSAGES):
            origin = hit.passage.origin
            conversation = await self._library.conversation(origin.conversation, space=space)
            if conversation is None:
                continue
            decisions = await asyncio.to_thread(rejected_sentences, conversation)
            by_text = {decision.claim: decision for decision in decisions}
            alike = fuzz.token_set_ratio
            if nearest := process.extractOne(words, list(by_text), scorer=alike, score_cutoff=_MIN_SIMILARITY):
                return Explanation(nearest[0], hit.passage.speaker, origin, by_text[nearest[0]])
        return None


def _explanation(claim: Claim, decision: Decision) -> Explanation:
    return Explanation(claim.text, claim.speaker, claim.origin, decision)


def _decision(claim: Claim, brief: Brief) -> Decision:
    """Return what a brief decided about a claim, or why it never looked at it."""
    if known := next((decision for decision in brief.decisions if decision.claim == claim.id), None):
        return known
    since = brief.date - dt.timedelta(days=WINDOW_DAYS - 1)
    if since <= claim.origin.date <= brief.date:
        reason = "It came in after the brief was made, or before briefs kept their reasons."
    elif claim.origin.date == UNDATED:
        reason = "Nobody knows when it was said: its source has no date."
    else:
        reason = f"It was said on {claim.origin.date}, and the brief covers {since} to {brief.date}."
    return Decision(claim.id, Stage.WINDOW, reason)
