"""The brief of a date: stories ranked, told in the speakers' words, and let out only through the gate."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from bot.briefs.headline import headline
from bot.briefs.lede import argument, closing, dek
from bot.briefs.ranking import Ranked, ranked, weighs
from bot.briefs.stat_cards import cards
from bot.briefs.what_to_watch import watch
from bot.briefs.why_it_matters import matters
from bot.claims.context import repeats, subjects, telling
from bot.claims.disagreement import objection
from bot.claims.statements import NOTHING, objecting, told
from bot.domain import Brief, Claim, Material, Signal, Statement
from bot.nlp.tokens import content
from bot.verification import extractive

_MOST = 8
_SAID = 2
_TELLABLE = 1.2
_WORTH_A_HEADLINE = 2.0
_KEPT_CLAIMS = 8
_RELATED, _RELATED_ELSE = 2, 4
_AROUND = 12
_BESIDE = 2
_FORM_WORDS = 3
_PLAIN = re.compile(r"\b[a-z]{2,}\b")
_FEWEST = 2
_ARGUED = 3
_SAME_FORM = 2


def compose(material: Material, joined: Sequence[Collection[str]] = ()) -> Brief:
    """Make the brief of a topic and date from its claims alone; the same material makes the same brief.

    Every statement passes the gate or is left out, so `statements` counts what the brief shows (headlines, cards
    and sentences) and `supported` those of them that stand on evidence. Claims of one `joined` set, given by their
    ids, belong to one story.
    """
    signals = _signals(ranked(material, joined), material)
    blank = Brief(material.topic, material.date, read=material.read, failed=material.failed, space=material.space)
    if len(signals) < _FEWEST and not any(len(_shows(signal.claims)) > 1 for signal in signals):
        return replace(blank, quiet=_quiet(material))
    told_of = [claim for signal in signals for claim in signal.claims]
    brief = replace(
        blank,
        headline=f"Update: {signals[0].headline}" if signals[0].update else signals[0].headline,
        dek=_first(dek(signals), told_of, attributed=False),
        cards=cards(signals),
        signals=signals,
        closing=_first(closing(signals), told_of),
    )
    used = {*brief.dek.claims, *brief.closing.claims}
    argued = tuple(islice(_passing(argument(signals, used), told_of), _ARGUED))
    return counted(replace(brief, argument=argued if len(argued) >= _FEWEST else ()))


def counted(brief: Brief, gate: extractive.Gate = extractive.plainly) -> Brief:
    """Return the brief with its statements counted, and those of them that stand on evidence."""
    shown = _shown(brief)
    return replace(brief, statements=shown, supported=shown - len(extractive.check(brief, gate)))


def _signals(stories: Sequence[Ranked], material: Material) -> tuple[Signal, ...]:
    used: list[Claim] = []
    forms: Counter[str] = Counter()
    signals: dict[str, Signal] = {}
    for one in stories:
        if len(signals) < _MOST and (signal := _signal(one, material, used, forms)):
            key = signal.key if signal.key not in signals else f"{signal.key}-{len(signals)}"
            signals[key] = replace(signal, key=key)
            used += signal.claims
            forms.update(_form(part) for part in (signal.matters, signal.watch))
    return tuple(signals.values())


def _signal(one: Ranked, material: Material, used: Sequence[Claim], forms: Counter[str]) -> Signal | None:
    claims = [claim for claim in one.news.claims if claim not in used]
    said = _said(claims)
    if not said:
        return None
    lead = [claim for part in said for claim in claims if claim.id in part.claims]
    title = _title(lead[0])
    around = _around(one, material.claims, used)
    reasons = matters(claims, around, lead, one.entity.name if one.entity else "")
    why = _first(_varied(reasons, forms), (*claims, *around))
    parts = (*said, why, _first(_varied(watch(claims), forms), claims))
    kept = [*lead, *(claim for claim in (*claims, *around) if _cited(claim, parts) and claim not in lead)]
    rest = [claim for claim in claims if claim not in kept and telling(claim) > 0]
    return Signal(
        key=one.news.story.key,
        headline=title,
        said=said,
        matters=why,
        watch=parts[-1],
        claims=(*kept, *rest)[: max(_KEPT_CLAIMS, len(kept))],
        entity=one.entity,
        update=one.news.update,
    )


def _said(claims: Sequence[Claim]) -> tuple[Statement, ...]:
    fit = (claim for claim in claims if weighs(claim) > _WORTH_A_HEADLINE and _title(claim))
    lead = next((claim for claim in fit if _first([told(claim)], [claim]).text), None)
    if lead is None:
        return ()
    said = [told(lead)]
    if (pair := objection(claims)) and lead in pair:
        other = pair[0] if pair[1] is lead else pair[1]
        said += _passing([objecting(other, lead)], [other])
    for claim in claims:
        if len(said) < _SAID and telling(claim) > _TELLABLE and claim is not lead and _adds(claim, lead):
            said += _passing([told(claim, lead)], [claim])
    return tuple(said)


def _title(claim: Claim) -> str:
    words = headline(claim)
    return words if words and not extractive.supported(words, [claim], attributed=False) else ""


def _passing(offered: Iterable[Statement], claims: Sequence[Claim], *, attributed: bool = True) -> Iterator[Statement]:
    for statement in offered:
        cited = [claim for claim in claims if claim.id in statement.claims]
        if statement.text and not extractive.supported(statement.text, cited, attributed=attributed):
            yield statement


def _first(offered: Iterable[Statement], claims: Sequence[Claim], *, attributed: bool = True) -> Statement:
    return next(_passing(offered, claims, attributed=attributed), NOTHING)


def _varied(offered: Iterable[Statement], forms: Counter[str]) -> Iterator[Statement]:
    """Leave out what would be the third line of its form in one brief; told claims have no form."""
    return (statement for statement in offered if not _form(statement) or forms[_form(statement)] < _SAME_FORM)


def _form(statement: Statement) -> str:
    """Return the first words of ours in a sentence; names and figures come and go."""
    return " ".join(_PLAIN.findall(statement.text)[:_FORM_WORDS]) if statement.ours else ""


def _cited(claim: Claim, parts: Iterable[Statement]) -> bool:
    return any(claim.id in part.claims for part in parts)


def _adds(claim: Claim, lead: Claim) -> bool:
    """Whether a claim belongs to the lead's matter without saying it again."""
    mine, other = set(content(claim.text)), set(content(lead.text))
    named = {stem for mention in subjects(lead) for stem in content(mention.name)}
    return (
        len(mine & other) >= (_RELATED if set(subjects(claim)) & set(subjects(lead)) else _RELATED_ELSE)
        and bool(mine & other - named)
        and not repeats(claim, [lead])
        and not repeats(lead, [claim])
    )


def _around(one: Ranked, claims: Sequence[Claim], used: Sequence[Claim]) -> list[Claim]:
    lead, mine = one.news.claims[0], {claim.id for claim in (*one.news.story.claims, *used)}
    name = one.entity.name if one.entity else ""
    about = [
        claim
        for claim in claims
        if claim.id not in mine and (name in {mention.name for mention in subjects(claim)} or _beside(claim, lead))
    ]
    return sorted(about, key=lambda claim: (-telling(claim), claim.id))[:_AROUND]


def _beside(claim: Claim, lead: Claim) -> bool:
    return claim.origin == lead.origin and abs(claim.turn - lead.turn) <= _BESIDE


def _shows(claims: Iterable[Claim]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(claim.origin.show for claim in claims))


def _quiet(material: Material) -> str:
    about = f" about {material.topic}" if material.topic else ""
    return f"A quiet day: nothing new{about} that can be told and proved."


def _shown(brief: Brief) -> int:
    parts = [brief.dek, *brief.argument, brief.closing]
    parts += [part for signal in brief.signals for part in (*signal.said, signal.matters, signal.watch)]
    return sum(bool(part.text) for part in parts) + len(brief.signals) + len(brief.cards) + bool(brief.headline)
