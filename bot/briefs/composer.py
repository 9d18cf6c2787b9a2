"""Composes the brief of a date: stories are ranked, put in the speakers' words, and pass the gate or are left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from bot.briefs.headline import write_headline
from bot.briefs.lede import argument_candidates, closing_candidates, dek_candidates
from bot.briefs.ranking import RankedStory, newsworthiness, rank_stories
from bot.briefs.stat_cards import select_cards
from bot.briefs.what_to_watch import watch_candidates
from bot.briefs.why_it_matters import reason_candidates
from bot.claims.context import is_redundant, standalone_score, subject_mentions
from bot.claims.disagreement import find_objection
from bot.claims.statements import EMPTY_STATEMENT, write_objection, write_statement
from bot.domain import Brief, Claim, DecisionLog, Material, Signal, Stage, Statement
from bot.nlp.tokens import content_stems
from bot.verification import extractive

_MAX_SIGNALS = 8
_MAX_SENTENCES = 2
_MIN_SALIENCE = 1.2
_MIN_HEADLINE_NEWSWORTHINESS = 2.0
_MAX_CLAIMS = 8
_MIN_SHARED_STEMS, _MIN_SHARED_STEMS_OTHER_SUBJECT = 2, 4
_MAX_CONTEXT_CLAIMS = 12
_NEARBY_TURNS = 2
_TEMPLATE_WORDS = 3
_LOWERCASE_WORD = re.compile(r"\b[a-z]{2,}\b")
_MIN_ITEMS = 2
_MAX_ARGUMENT_SENTENCES = 3
_MAX_SAME_TEMPLATE = 2


def compose_brief(material: Material, must_link: Sequence[Collection[str]] = ()) -> Brief:
    """Compose the brief of a topic and date from its claims alone; the same material makes the same brief.

    Every statement passes the gate or is left out: `statements` counts what the brief shows (headlines, cards and
    sentences) and `supported` those of them that rest on evidence. Claims of one `must_link` set, given by their ids,
    belong to one story.
    """
    log = DecisionLog()
    stories = rank_stories(material, must_link, log)
    signals = _build_signals(stories, material, log)
    blank = Brief(
        material.topic, material.date, read=sum(material.read.values()), failed=material.failed, space=material.space
    )
    if len(signals) < _MIN_ITEMS and not any(len(_shows(signal.claims)) > 1 for signal in signals):
        alone = (claim.id for signal in signals for claim in signal.claims)
        log.record(alone, Stage.COMPOSITION, "It was the day's only story, and one show's story alone makes no brief.")
        return replace(blank, quiet=_quiet_notice(material), decisions=log.decisions)
    claims = [claim for signal in signals for claim in signal.claims]
    brief = replace(
        blank,
        headline=f"Update: {signals[0].headline}" if signals[0].update else signals[0].headline,
        dek=_first_verified(dek_candidates(signals), claims, require_relayer=False),
        cards=select_cards(signals),
        signals=signals,
        closing=_first_verified(closing_candidates(signals), claims),
    )
    used = {*brief.dek.claims, *brief.closing.claims}
    for number, signal in enumerate(signals, 1):
        log.record((claim.id for claim in signal.claims), Stage.PUBLISHED, _why_published(number, signal, stories))
    argument = tuple(islice(_verified(argument_candidates(signals, used), claims), _MAX_ARGUMENT_SENTENCES))
    argument = argument if len(argument) >= _MIN_ITEMS else ()
    return with_statement_counts(replace(brief, argument=argument, decisions=log.decisions))


def with_statement_counts(brief: Brief, verifier: extractive.Verifier = extractive.statement_violations) -> Brief:
    """Return the brief with the number of its statements, and of those that rest on evidence."""
    shown = _count_statements(brief)
    return replace(brief, statements=shown, supported=shown - len(extractive.brief_violations(brief, verifier)))


def _build_signals(stories: Sequence[RankedStory], material: Material, log: DecisionLog) -> tuple[Signal, ...]:
    used: list[Claim] = []
    forms: Counter[str] = Counter()
    signals: dict[str, Signal] = {}
    for rank, story in enumerate(stories, 1):
        signal = _build_signal(story, material, used, forms) if len(signals) < _MAX_SIGNALS else None
        _record_untold(story, rank, signal, len(signals), log)
        if signal:
            key = signal.key if signal.key not in signals else f"{signal.key}-{len(signals)}"
            signals[key] = replace(signal, key=key)
            used += signal.claims
            forms.update(_template(part) for part in (signal.matters, signal.watch))
    return tuple(signals.values())


def _record_untold(story: RankedStory, rank: int, signal: Signal | None, signals: int, log: DecisionLog) -> None:
    """Record why the claims of a story aren't told."""
    claims = story.fresh.new_claims
    if signal:
        rest = (claim.id for claim in claims if claim not in signal.claims)
        log.record(rest, Stage.COMPOSITION, f"Signal {signals + 1} tells its story with claims that say more.")
    elif signals >= _MAX_SIGNALS:
        reason = f"The brief was full: its story ranked {rank}, and {_MAX_SIGNALS} are told."
        log.record((claim.id for claim in claims), Stage.RANKING, reason)
    else:
        for claim in claims:
            log.record([claim.id], *_why_no_signal(claim))


def _why_published(number: int, signal: Signal, stories: Sequence[RankedStory]) -> str:
    lead = signal.claims[0]
    rank, story = next((n, story) for n, story in enumerate(stories, 1) if lead in story.fresh.new_claims)
    return f"It is in signal {number}; its story ranked {rank} of {len(stories)}, with a score of {story.score:.1f}."


def _why_no_signal(claim: Claim) -> tuple[Stage, str]:
    if newsworthiness(claim) <= _MIN_HEADLINE_NEWSWORTHINESS:
        return Stage.COMPOSITION, "It is too little news to lead a signal, and no other claim of its story could."
    if problems := extractive.violations(write_statement(claim).text, [claim]):
        stopped = ", ".join(dict.fromkeys(problem.kind.value for problem in problems))
        return Stage.VERIFICATION, f"The gate stopped the sentence that tells it: {stopped}."
    return Stage.COMPOSITION, "No headline could be cut from it that says what it says."


def _build_signal(
    story: RankedStory, material: Material, used: Sequence[Claim], template_counts: Counter[str]
) -> Signal | None:
    claims = [claim for claim in story.fresh.new_claims if claim not in used]
    lead_sentences = _lead_sentences(claims)
    if not lead_sentences:
        return None
    lead = [claim for part in lead_sentences for claim in claims if claim.id in part.claims]
    title = _verified_headline(lead[0])
    around = _context_claims(story, material.claims, used)
    reasons = reason_candidates(claims, around, lead, story.entity.name if story.entity else "")
    why = _first_verified(_without_repeated_templates(reasons, template_counts), (*claims, *around))
    parts = (
        *lead_sentences,
        why,
        _first_verified(_without_repeated_templates(watch_candidates(claims), template_counts), claims),
    )
    kept = [*lead, *(claim for claim in (*claims, *around) if _is_cited(claim, parts) and claim not in lead)]
    rest = [claim for claim in claims if claim not in kept and standalone_score(claim) > 0]
    return Signal(
        key=story.fresh.story.key,
        headline=title,
        said=lead_sentences,
        matters=why,
        watch=parts[-1],
        claims=(*kept, *rest)[: max(_MAX_CLAIMS, len(kept))],
        entity=story.entity,
        update=story.fresh.is_update,
    )


def _lead_sentences(claims: Sequence[Claim]) -> tuple[Statement, ...]:
    fit = (
        claim for claim in claims if newsworthiness(claim) > _MIN_HEADLINE_NEWSWORTHINESS and _verified_headline(claim)
    )
    lead = next((claim for claim in fit if _first_verified([write_statement(claim)], [claim]).text), None)
    if lead is None:
        return ()
    lead_sentences = [write_statement(lead)]
    if (pair := find_objection(claims)) and lead in pair:
        other = pair[0] if pair[1] is lead else pair[1]
        lead_sentences += _verified([write_objection(other, lead)], [other])
    for claim in claims:
        if (
            len(lead_sentences) < _MAX_SENTENCES
            and standalone_score(claim) > _MIN_SALIENCE
            and claim is not lead
            and _adds_information(claim, lead)
        ):
            lead_sentences += _verified([write_statement(claim, lead)], [claim])
    return tuple(lead_sentences)


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


def _without_repeated_templates(candidates: Iterable[Statement], template_counts: Counter[str]) -> Iterator[Statement]:
    """Leave out what would be the third line of its form in a brief; reported claims have no form."""
    return (
        statement
        for statement in candidates
        if not _template(statement) or template_counts[_template(statement)] < _MAX_SAME_TEMPLATE
    )


def _template(statement: Statement) -> str:
    """Return the first words of our own wording in a sentence, without names and figures; "" if it reports a claim."""
    return " ".join(_LOWERCASE_WORD.findall(statement.text)[:_TEMPLATE_WORDS]) if statement.ours else ""


def _is_cited(claim: Claim, parts: Iterable[Statement]) -> bool:
    return any(claim.id in part.claims for part in parts)


def _adds_information(claim: Claim, lead: Claim) -> bool:
    """Return whether a claim is on the lead's subject and does not repeat it."""
    mine, other = set(content_stems(claim.text)), set(content_stems(lead.text))
    named = {stem for mention in subject_mentions(lead) for stem in content_stems(mention.name)}
    same_subject = set(subject_mentions(claim)) & set(subject_mentions(lead))
    return (
        len(mine & other) >= (_MIN_SHARED_STEMS if same_subject else _MIN_SHARED_STEMS_OTHER_SUBJECT)
        and bool(mine & other - named)
        and not is_redundant(claim, [lead])
        and not is_redundant(lead, [claim])
    )


def _context_claims(story: RankedStory, claims: Sequence[Claim], used: Sequence[Claim]) -> list[Claim]:
    lead, mine = story.fresh.new_claims[0], {claim.id for claim in (*story.fresh.story.claims, *used)}
    name = story.entity.name if story.entity else ""
    about = [
        claim
        for claim in claims
        if claim.id not in mine
        and (name in {mention.name for mention in subject_mentions(claim)} or _is_nearby(claim, lead))
    ]
    return sorted(about, key=lambda claim: (-standalone_score(claim), claim.id))[:_MAX_CONTEXT_CLAIMS]


def _is_nearby(claim: Claim, lead: Claim) -> bool:
    return claim.origin == lead.origin and abs(claim.turn - lead.turn) <= _NEARBY_TURNS


def _shows(claims: Iterable[Claim]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(claim.origin.show for claim in claims))


def _quiet_notice(material: Material) -> str:
    about = f" about {material.topic}" if material.topic else ""
    return f"No new sourced claims{about} today."


def _count_statements(brief: Brief) -> int:
    parts = [brief.dek, *brief.argument, brief.closing, *(part for story in brief.signals for part in story.sentences)]
    return sum(bool(part.text) for part in parts) + len(brief.signals) + len(brief.cards) + bool(brief.headline)
