"""Why a signal matters: a stake somebody named, a difference between speakers, or how many shows report it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.claims import disagreement
from bot.claims.context import is_redundant, is_same_event, standalone_score, subject_mentions
from bot.claims.statements import join_names, sentence_case, speaker_label, write_statement
from bot.domain import Claim, Statement
from bot.nlp.lexicons import compile_cues
from bot.nlp.tokens import content_stems

NUMBER_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
"""Small counts in words."""

_STAKES = compile_cues("stake")
_MIN_STAKE_SCORE = 1.4
_MAX_LISTED_SHOWS = 4
_MIN_SHOWS = 3
_MIN_SHARED_STEMS, _MIN_SHARED_STEMS_IN_STORY = 3, 2


def reason_candidates(
    claims: Sequence[Claim], context: Sequence[Claim], used: Sequence[Claim], entity_name: str
) -> Iterator[Statement]:
    """Offer reasons, the best first.

    `claims` are the story's, `context` others about its main entity, `used` those already reported, in order.
    """
    yield from _disagreement_reason(claims)
    previous = used[-1] if used else None
    more = [claim for claim in claims if _is_relevant(claim, used, entity_name, _MIN_SHARED_STEMS_IN_STORY)]
    others = [claim for claim in context if _is_relevant(claim, used, entity_name, _MIN_SHARED_STEMS)]
    scored = [(_stake_score(claim, claims), claim) for claim in (*more, *others)]
    for score, claim in sorted(scored, key=lambda pair: (-pair[0], pair[1].id)):
        if score >= _MIN_STAKE_SCORE:
            yield write_statement(claim, previous)
    yield from _coverage_reason(claims)
    yield from _entity_coverage_reason(claims, entity_name)
    yield from (write_statement(claim, previous) for claim in more if standalone_score(claim) > 1)


def _disagreement_reason(claims: Sequence[Claim]) -> Iterator[Statement]:
    if apart := disagreement.find_conflicting_figures(claims):
        sides = (f"“{figure.text}” from {speaker_label(claim)}" for claim, figure in apart)
        yield Statement(f"The figures differ: {', '.join(sides)}.", tuple(claim.id for claim, _ in apart), ours=True)


def _stake_score(claim: Claim, story: Sequence[Claim]) -> float:
    stakes = len(_STAKES.findall(claim.text))
    return (standalone_score(claim) + 0.4 * min(stakes, 2) + (0.5 if claim in story else 0.0)) if stakes else 0.0


def _coverage_reason(claims: Sequence[Claim]) -> Iterator[Statement]:
    yield from _show_count_statement(
        "{number} shows tell it", [claim for claim in claims if is_same_event(claim, claims[0])]
    )


def _entity_coverage_reason(claims: Sequence[Claim], entity_name: str) -> Iterator[Statement]:
    naming = [claim for claim in claims if entity_name in {mention.name for mention in subject_mentions(claim)}]
    if len({claim.origin.show for claim in naming}) >= _MIN_SHOWS:
        yield from _show_count_statement(sentence_case(entity_name) + " came up on {number} shows", naming)


def _show_count_statement(template: str, claims: Sequence[Claim]) -> Iterator[Statement]:
    shows = {claim.origin.show: claim.id for claim in reversed(claims)}
    if len(shows) > 1:
        number = NUMBER_WORDS[len(shows)] if len(shows) < len(NUMBER_WORDS) else str(len(shows))
        named = f": {join_names(sorted(shows))}" if len(shows) <= _MAX_LISTED_SHOWS else ""
        words = sentence_case(f"{template.format(number=number)}{named}.")
        yield Statement(words, tuple(sorted(shows.values())), ours=True)


def _is_relevant(claim: Claim, used: Sequence[Claim], entity_name: str, min_shared: int) -> bool:
    """Return whether a claim shares at least `min_shared` stems beside the name with those used, and yet says more."""
    mine, named = set(content_stems(claim.text)), set(content_stems(entity_name))
    shared = max((len((mine & set(content_stems(earlier.text))) - named) for earlier in used), default=0)
    return (
        claim not in used
        and shared >= min_shared
        and not is_redundant(claim, used)
        and not any(is_redundant(earlier, [claim]) for earlier in used)
    )
