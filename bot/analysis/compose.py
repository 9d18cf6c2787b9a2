"""The brief of a date: stories ranked, told in the speakers' words, and let out only through the gate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.analysis import grounding
from bot.analysis.cards import cards
from bot.analysis.headline import headline
from bot.analysis.ranking import Ranked, ranked
from bot.analysis.saying import NOTHING, last_word, told
from bot.analysis.telling import telling
from bot.analysis.terms import content
from bot.analysis.watch import matters, watch
from bot.model import Brief, Claim, Material, Modality, Signal, Statement

_SAID = 2
_KEPT_CLAIMS = 8
_REPEATS = 0.7
_AROUND = 12
_FEWEST = 2
_ARGUED = 3


def compose(material: Material) -> Brief:
    """Make the brief of a topic and date from its claims alone; the same material makes the same brief.

    Every statement passes the gate or is left out, so `statements` counts what the brief shows (headlines, cards
    and sentences) and `supported` those of them that stand on evidence.
    """
    signals = _signals(ranked(material), material)
    blank = Brief(material.topic, material.date, read=material.read, failed=material.failed, space=material.space)
    if len(signals) < _FEWEST and not any(len(_shows(signal.claims)) > 1 for signal in signals):
        return replace(blank, quiet=_quiet(material))
    brief = replace(
        blank,
        headline=signals[0].headline,
        dek=_dek(signals),
        argument=_argument(signals),
        cards=cards(signals),
        signals=signals,
        closing=_closing(signals),
    )
    shown = _shown(brief)
    return replace(brief, statements=shown, supported=shown - len(grounding.check(brief)))


def _signals(stories: Sequence[Ranked], material: Material) -> tuple[Signal, ...]:
    used: list[Claim] = []
    signals = []
    for one in stories:
        signal = _signal(one, material, used)
        if signal:
            signals.append(signal)
            used += signal.claims
    return tuple(signals)


def _signal(one: Ranked, material: Material, used: Sequence[Claim]) -> Signal | None:
    said = _said(one.news.claims)
    title = next(filter(None, (_title(claim) for claim in one.news.claims[:4])), "")
    if not said or not title:
        return None
    first = [claim for claim in one.news.claims if any(claim.id in part.claims for part in said)]
    why = _gated(matters(one, _around(one, material.claims, used), first), material.claims)
    next_up = _gated(watch(one), material.claims)
    cited = {claim for part in (*said, why, next_up) for claim in part.claims}
    extra = [claim for claim in material.claims if claim.id in cited and claim not in one.news.claims]
    kept = [claim for claim in one.news.claims if claim.id in cited]
    rest = [claim for claim in one.news.claims if claim.id not in cited]
    return Signal(
        key=one.news.story.key,
        headline=f"Update: {title}" if one.news.update else title,
        said=said,
        matters=why,
        watch=next_up,
        claims=(*kept, *extra, *rest)[: max(_KEPT_CLAIMS, len(cited))],
        entity=one.entity,
        update=one.news.update,
    )


def _said(claims: Sequence[Claim]) -> tuple[Statement, ...]:
    said: list[Statement] = []
    voices: list[Claim] = []
    for claim in claims:
        if len(said) < _SAID and telling(claim) > 1 and not _repeats(claim, voices):
            statement = _gated(told(claim), [claim])
            if statement.text:
                said.append(statement)
                voices.append(claim)
    return tuple(said)


def _title(claim: Claim) -> str:
    words = headline(claim)
    return words if words and not grounding.supported(words, [claim], attributed=False) else ""


def _gated(statement: Statement, claims: Iterable[Claim]) -> Statement:
    cited = [claim for claim in claims if claim.id in statement.claims]
    return statement if statement.text and not grounding.supported(statement.text, cited) else NOTHING


def _repeats(claim: Claim, voices: Sequence[Claim]) -> bool:
    mine = set(content(claim.text))
    return any(len(mine & set(content(other.text))) >= _REPEATS * len(mine) for other in voices)


def _around(one: Ranked, claims: Sequence[Claim], used: Sequence[Claim]) -> list[Claim]:
    if one.entity is None:
        return []
    name, mine = one.entity.name, set(one.news.story.claims)
    about = [
        claim
        for claim in claims
        if claim not in mine and claim not in used and any(m.name == name and m.about for m in claim.entities)
    ]
    return sorted(about, key=lambda claim: (-telling(claim), claim.id))[:_AROUND]


def _dek(signals: Sequence[Signal]) -> Statement:
    return next((_short(signal) for signal in signals[1:] if _short(signal).text), NOTHING)


def _short(signal: Signal) -> Statement:
    return _gated(told(signal.claims[0], 150), signal.claims)


def _argument(signals: Sequence[Signal]) -> tuple[Statement, ...]:
    if len(signals) < _ARGUED:
        return ()
    return tuple(filter(lambda one: one.text, (_short(signal) for signal in signals[2:5])))


def _closing(signals: Sequence[Signal]) -> Statement:
    parts = [part for signal in signals for part in (*signal.said, signal.matters)]
    told_already = {claim for part in parts for claim in part.claims}
    left = [claim for signal in signals for claim in signal.claims if claim.id not in told_already]
    views = [claim for claim in left if claim.modality in {Modality.OPINION, Modality.FORECAST}]
    return next((last for claim in views if (last := _gated(last_word(claim), [claim])).text), NOTHING)


def _shows(claims: Iterable[Claim]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(claim.origin.show for claim in claims))


def _quiet(material: Material) -> str:
    about = f" about {material.topic}" if material.topic else ""
    return f"A quiet day: nothing new{about} that can be told and proved."


def _shown(brief: Brief) -> int:
    parts = [brief.dek, *brief.argument, brief.closing]
    parts += [part for signal in brief.signals for part in (*signal.said, signal.matters, signal.watch)]
    return sum(bool(part.text) for part in parts) + len(brief.signals) + len(brief.cards) + bool(brief.headline)
