"""Composes the brief of a date: stories are ranked, put in the speakers' words, and pass the gate or are left out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from bot.briefs.headline import write_headline
from bot.briefs.lede import argument_candidates, closing_candidates, dek_candidates
from bot.briefs.ranking import MIN_TELLING_ALONE, MIN_TELLING_BESIDE, RankedStory, Ranking, rank_stories
from bot.briefs.stat_cards import select_cards
from bot.briefs.what_to_watch import watch_candidates
from bot.briefs.why_it_matters import reason_candidates
from bot.claims.context import (
    has_dangling_anaphor,
    has_first_or_second_person,
    is_redundant,
    is_shouted,
    quotable_text,
    subject_mentions,
)
from bot.claims.disagreement import find_objection
from bot.claims.extractor import QUOTED_TEXT
from bot.claims.statements import EMPTY_STATEMENT, write_objection, write_statement
from bot.domain import PASTED, UNKNOWN_SPEAKER, Brief, Claim, DecisionLog, Material, Signal, Stage, Statement
from bot.verification import extractive

MAX_SIGNALS, MAX_SIGNALS_IF_QUIET = 8, 1
"""Signals of a brief, and of one on a day without news."""

_MAX_SENTENCES = 2
_MAX_CLAIMS = 8
_MAX_CONTEXT_CLAIMS = 12
_NEARBY_TURNS = 1
_MIN_ITEMS = 2
_MAX_ARGUMENT_SENTENCES = 3
_SPREAD, _MOST_OF_ONE = 4, 5
"""Conversations among which the signals are spread evenly, and signals that one conversation may have at most."""


def compose_brief(material: Material, must_link: Sequence[Collection[str]] = ()) -> Brief:
    """Compose the brief of a topic and date from its claims alone; the same material makes the same brief.

    Every statement passes the gate or is left out: `statements` counts what the brief shows (headlines, cards and
    sentences) and `supported` those of them that rest on evidence. Claims of one `must_link` set, given by their ids,
    belong to one story.
    """
    log = DecisionLog()
    ranking = rank_stories(material, find_lead_objection, must_link, log)
    signals = _build_signals(ranking.news, MAX_SIGNALS, ranking, material, log)
    signals = signals or _build_signals(ranking.nearest, MAX_SIGNALS_IF_QUIET, ranking, material, log)
    read = sum(material.read.values())
    blank = Brief(material.topic, material.date, read=read, failed=material.failed, space=material.space)
    if not signals:
        return replace(blank, quiet=_quiet_notice(material), decisions=log.decisions)
    claims = [claim for signal in signals for claim in signal.claims]
    spare = _spare_claims(signals, ranking)
    brief = replace(
        blank,
        headline=f"Update: {signals[0].headline}" if signals[0].update else signals[0].headline,
        dek=_first_verified(dek_candidates(signals, spare), claims, require_relayer=False),
        cards=select_cards(signals),
        signals=signals,
    )
    for number, signal in enumerate(signals, 1):
        log.record((claim.id for claim in signal.claims), Stage.PUBLISHED, _why_published(number, signal, ranking))
    rest = [claim for claim in spare if claim.id not in brief.dek.claims]
    argument = tuple(islice(_verified(argument_candidates(rest), claims), _MAX_ARGUMENT_SENTENCES))
    argument = argument if len(argument) >= _MIN_ITEMS else ()
    said = {cited for statement in argument for cited in statement.claims}
    closing = _first_verified(closing_candidates([claim for claim in rest if claim.id not in said]), claims)
    return with_statement_counts(replace(brief, argument=argument, closing=closing, decisions=log.decisions))


def _spare_claims(signals: Sequence[Signal], ranking: Ranking) -> list[Claim]:
    """Return the claims of a brief's signals that could be told and aren't yet, the most telling first."""
    told = {cited for signal in signals for part in signal.sentences for cited in part.claims}
    claims = [claim for signal in signals for claim in signal.claims if claim.id not in told]
    heard = [claim for signal in signals for claim in signal.claims if claim.id in told]
    fit = [c for c in claims if ranking.telling(c) >= MIN_TELLING_ALONE and _can_stand_beside(c, ranking)]
    fit = [claim for claim in fit if not is_redundant(claim, heard)]
    return sorted(fit, key=lambda claim: (-ranking.telling(claim), claim.id))


def with_statement_counts(brief: Brief, verifier: extractive.Verifier = extractive.statement_violations) -> Brief:
    """Return the brief with the number of its statements, and of those that rest on evidence."""
    shown = _count_statements(brief)
    return replace(brief, statements=shown, supported=shown - len(extractive.brief_violations(brief, verifier)))


def _build_signals(
    stories: Sequence[RankedStory], most: int, ranking: Ranking, material: Material, log: DecisionLog
) -> tuple[Signal, ...]:
    used: list[Claim] = []
    signals: dict[str, Signal] = {}
    counted: Counter[str] = Counter()
    sources = {story.lead.origin.conversation for story in stories}
    share = min(_MOST_OF_ONE, math.ceil(most / min(_SPREAD, len(sources) or 1)))
    for rank, story in enumerate(stories, 1):
        source = story.lead.origin.conversation
        is_full = len(signals) >= most
        is_told = not is_full and counted[source] < share and story.lead not in used
        signal = _build_signal(story, ranking, material, used) if is_told else None
        _record_untold(story, rank, signal, len(signals), log, is_full=is_full)
        if signal:
            key = signal.key if signal.key not in signals else f"{signal.key}-{len(signals)}"
            signals[key] = replace(signal, key=key)
            used += signal.claims
            counted[source] += 1
    return tuple(signals.values())


def _record_untold(
    story: RankedStory, rank: int, signal: Signal | None, signals: int, log: DecisionLog, *, is_full: bool
) -> None:
    """Record why the claims of a story aren't told."""
    claims = story.fresh.new_claims
    if signal:
        rest = (claim.id for claim in claims if claim not in signal.claims)
        log.record(rest, Stage.COMPOSITION, f"Signal {signals + 1} tells its story with claims that say more.")
    elif is_full:
        reason = f"The brief was full: its story ranked {rank}, and {signals} are told."
        log.record((claim.id for claim in claims), Stage.RANKING, reason)
    else:
        log.record((claim.id for claim in claims), Stage.RANKING, "Its episode has its share of the brief already.")


def _why_published(number: int, signal: Signal, ranking: Ranking) -> str:
    lead, stories = signal.claims[0], (*ranking.news, *ranking.nearest)
    rank, story = next((n, story) for n, story in enumerate(stories, 1) if lead in story.fresh.new_claims)
    judged = ranking.salience[lead.id]
    return (
        f"It is in signal {number}; its story ranked {rank} of {len(stories)}, with a score of {story.score:.2f}: "
        f"{judged.telling:.0%} likely to be clear and worth telling, {judged.news:.0%} to be useful news."
    )


def find_lead_objection(claim: Claim) -> tuple[Stage, str] | None:
    """Return why a claim can't lead a story, None if its headline and its sentence pass the gate."""
    if not (headline := _verified_headline(claim)):
        return Stage.COMPOSITION, "No headline could be cut from it that says what it says."
    if _is_nobodys_voice(claim, headline):
        return Stage.COMPOSITION, "Nobody knows who says “I” or “we” there."
    statement = write_statement(claim)
    if not statement.text:
        return Stage.COMPOSITION, "It is too long for a sentence, and can't be cut without loss."
    if problems := extractive.violations(statement.text, [claim]):
        stopped = ", ".join(dict.fromkeys(problem.kind.value for problem in problems))
        return Stage.VERIFICATION, f"The gate stopped the sentence that tells it: {stopped}."
    return None


def _build_signal(story: RankedStory, ranking: Ranking, material: Material, used: Sequence[Claim]) -> Signal:
    lead = story.lead
    claims = [claim for claim in story.fresh.new_claims if claim is lead or claim not in used]
    beside = [claim for claim in claims if claim is not lead and _can_stand_beside(claim, ranking)]
    around = _context_claims(story, ranking, used)
    near = [claim for claim in around if _shares_subject(claim, lead)]
    close = sorted((claim for claim in near if _is_nearby(claim, lead)), key=lambda claim: not claim.figures)
    said = _lead_sentences(lead, [*beside, *close])
    told = [claim for part in said for claim in (*claims, *near) if claim.id in part.claims]
    more = [claim for claim in (*beside, *near) if claim not in told]
    why = _first_verified(reason_candidates(more, around, told), (*claims, *around))
    left = [c for c in (*beside, *close) if c not in told and c.id not in why.claims and not is_redundant(c, told)]
    watch = _first_verified(watch_candidates(left, material.date), left)
    parts = (*said, why, watch)
    kept = [*told, *(claim for claim in (*claims, *around) if _is_cited(claim, parts) and claim not in told)]
    rest = [claim for claim in more if claim not in kept]
    return Signal(
        key=story.fresh.story.key,
        headline=_verified_headline(lead),
        said=said,
        matters=why,
        watch=watch,
        claims=(*kept, *rest)[: max(_MAX_CLAIMS, len(kept))],
        entity=story.entity,
        update=story.fresh.is_update,
    )


def _can_stand_beside(claim: Claim, ranking: Ranking) -> bool:
    words = quotable_text(claim)
    return (
        ranking.telling(claim) >= MIN_TELLING_BESIDE
        and not has_dangling_anaphor(words, claim)
        and not is_shouted(words)
        and not _is_nobodys_voice(claim, words)
    )


def _is_nobodys_voice(claim: Claim, words: str) -> bool:
    """Return whether words speak of "me" or "us", and nobody knows who that is."""
    return claim.claimant in {UNKNOWN_SPEAKER, QUOTED_TEXT} and has_first_or_second_person(words)


def _lead_sentences(lead: Claim, beside: Sequence[Claim]) -> tuple[Statement, ...]:
    """Return what is said: the leading claim, who objects to it, and what else is told of the event."""
    said = [write_statement(lead)]
    if (pair := find_objection([lead, *beside])) and lead in pair:
        other = pair[0] if pair[1] is lead else pair[1]
        said += _verified([write_objection(other, lead)], [other])
    for claim in beside:
        if len(said) < _MAX_SENTENCES and not is_redundant(claim, [lead]) and not is_redundant(lead, [claim]):
            said += _verified([write_statement(claim, lead)], [claim])
    return tuple(said)


def _verified_headline(claim: Claim) -> str:
    words = write_headline(claim)
    return words if words and not extractive.violations(words, [claim], require_relayer=False) else ""


def _verified(
    candidates: Iterable[Statement], claims: Sequence[Claim], *, require_relayer: bool = True
) -> Iterator[Statement]:
    for statement in candidates:
        cited = [claim for claim in claims if claim.id in statement.claims]
        if statement.text and not extractive.violations(statement.text, cited, require_relayer=require_relayer):
            yield statement


def _first_verified(
    candidates: Iterable[Statement], claims: Sequence[Claim], *, require_relayer: bool = True
) -> Statement:
    return next(_verified(candidates, claims, require_relayer=require_relayer), EMPTY_STATEMENT)


def _is_cited(claim: Claim, parts: Iterable[Statement]) -> bool:
    return any(claim.id in part.claims for part in parts)


def _context_claims(story: RankedStory, ranking: Ranking, used: Sequence[Claim]) -> list[Claim]:
    """Return telling claims from around the leading one, or about its main name, that lead no story of another name."""
    lead = story.lead
    leads = [other.lead for other in ranking.news[:MAX_SIGNALS] if not _goes_on(other, story)]
    mine = {claim.id for claim in (*story.fresh.story.claims, *used, *leads)}
    name = story.entity.name if story.entity else ""
    about = [
        claim
        for claim in ranking.judged
        if claim.id not in mine
        and (_is_nearby(claim, lead) or any(mention.name == name for mention in claim.entities))
        and _can_stand_beside(claim, ranking)
    ]
    return sorted(about, key=lambda claim: (-ranking.telling(claim), claim.id))[:_MAX_CONTEXT_CLAIMS]


def _goes_on(story: RankedStory, other: RankedStory) -> bool:
    """Return whether two stories are of one episode and about one name: the second says more of the first."""
    return story.lead.origin == other.lead.origin and _shares_subject(story.lead, other.lead)


def _shares_subject(claim: Claim, lead: Claim) -> bool:
    return not set(subject_mentions(claim)).isdisjoint(subject_mentions(lead))


def _is_nearby(claim: Claim, lead: Claim) -> bool:
    """Return whether two claims were said beside each other; a post is so short that all in it is."""
    is_near = claim.origin.show == PASTED or abs(claim.turn - lead.turn) <= _NEARBY_TURNS
    return claim.origin == lead.origin and is_near


def _quiet_notice(material: Material) -> str:
    about = f" about {material.topic}" if material.topic else ""
    return f"No new sourced claims{about} today."


def _count_statements(brief: Brief) -> int:
    parts = [brief.dek, *brief.argument, brief.closing, *(part for story in brief.signals for part in story.sentences)]
    return sum(bool(part.text) for part in parts) + len(brief.signals) + len(brief.cards) + bool(brief.headline)
