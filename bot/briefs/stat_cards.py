"""Stat cards: a figure exactly as it was said, a label for what it measures, and how sure the speaker was.

A card is made only of a plain sentence whose subject, verb and figure stand in this order with nothing else between
them ("In March Quillon raised about $40 million in Oslo"): any other is too easily read wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.claims.context import subject_mentions, surface_form
from bot.claims.statements import possessive
from bot.domain import Claim, Figure, Modality, Signal, StatCard
from bot.nlp import sentences
from bot.nlp.lexicons import cue_pattern, word_list, word_pairs
from bot.verification import extractive

MAX_CARDS = 4
"""Cards of a brief."""

MAX_CHARS = 70
"""Characters of a label."""

_MAX_CLAIMS = 4
_MAX_SUBJECT_WORDS, _MAX_SUBJECT_CHARS = 7, 44
_HEDGED_MODALITIES = frozenset({Modality.ALLEGED, Modality.FORECAST})
_NOT_A_FIGURE_OF_ITS_OWN = frozenset({Modality.DENIED, Modality.OPINION})

_VERBS = [(re.compile(rf"(?:{verbs})"), noun) for noun, verbs in word_pairs("measure_noun")]
_VERB = "|".join(rf"(?:{verbs})" for _, verbs in word_pairs("measure_noun"))
_SENTENCE = re.compile(
    rf"^(?:(?P<when>(?:In|On|At|By|Over|During|For|Since|Through|Last|This)\b[^,;:]{{2,44}}),\s)?"
    rf"(?P<subject>[^,;:()“”\"]{{2,{_MAX_SUBJECT_CHARS}}}?)\s"
    rf"(?:(?:has|have|had|reportedly|now|also|just|already|recently)\s)*(?P<verb>{_VERB}|{cue_pattern('state_verb')})\s"
    r"(?:(?P<to>to|at|from)\s|by\s|a\s|an\s|the\s|its\s|record\s|robust\s)*$"
)
_MOVED = re.compile(
    rf"^(?P<subject>[^,;:()“”\"]{{2,{_MAX_SUBJECT_CHARS}}}?)\s(?:(?:has|have|had)\s)?"
    r"(?:cut|lowered|reduced|raised|increased|lifted|fell|rose|dropped|grew|went|slid|climbed|jumped|moved)\s"
    r"(?:(?:its|their|the)\s(?P<thing>[^,;:()“”\"]{2,44})\s)?"
    r"from\s(?P<old>[$€£]?\d[\d.,]*(?:\s?(?:percent|%|thousand|million|billion|trillion))?)\sto\s$"
)
_PERIOD = (
    r"January|February|March|April|May|June|July|August|September|October|November|December|quarter|half|week|month|year|"
    r"decade|days|weeks|months|quarters|years|(?:19|20)\d\d"
)
_TIME_AFTER = re.compile(
    r"^\s(?P<when>(?:in|over|during|since|through|for|by) (?:the )?(?:(?:last|past|next|end of|\d+|[a-z]+) )?"
    rf"(?:{_PERIOD})(?: (?:of )?(?:19|20)\d\d)?)(?=[,.;:]|\sand\b|$)"
)
_SHARE_OF = re.compile(
    r"^\sof (?P<what>(?:the |its |all )?[A-Za-z][\w’'-]*(?: [\w’'-]+){0,4}?)(?=[,.;:]|\s(?:and|in|for)\b|$)"
)
_END = re.compile(
    r"^(?:[,.;:!—–)]|\sfor (?:its|the|their|an?)\b|"
    r"\s(?:and|in|over|as|last|this|since|through|during|of|pace|after|before)\b|$)"
)
_RANGE = re.compile(r"\d\s?(?:to|or|–|-)\s?$|\bbetween\s\S+\sand\s$")
_ANOTHER = re.compile(r"^(?:,|\s?(?:to|or|–|-))\s?[$€£\d]")
_UNSURE = re.compile(
    r"\b(?:if|imagine|suppose|say|would|could|should|might|whether|let['’]s|example|not|never)\b|n['’]t\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:it|they|we|I|you|he|she|this|that|these|those|who|what|which|there|here|one|another|its|their|our|your|my|"
    r"his|her)\b",
    re.IGNORECASE,
)
_DETERMINER = re.compile(r"^(?:the|a|an|its|all|and|but|so)\s", re.IGNORECASE)
_CHANGES = frozenset({"rise", "fall"})
_MONEY_NOUNS = frozenset({"raise", "payment", "spending", "earnings", "investment", "loss", "cost", "saving", "charge"})
_MEASURES = word_list("measured_value")


def select_cards(signals: Iterable[Signal]) -> tuple[StatCard, ...]:
    """Return at most four cards, one a signal."""
    cards = [card for signal in signals if (card := _first_card(signal))]
    return tuple(cards[:MAX_CARDS])


def _first_card(signal: Signal) -> StatCard | None:
    for claim in signal.claims[:_MAX_CLAIMS]:
        for figure in claim.figures:
            label = label_figure(claim, figure)
            card = StatCard(label, figure.text, _hedge(claim, figure), claim.id)
            if label and not extractive.card_violations(card, claim):
                return card
    return None


def _hedge(claim: Claim, figure: Figure) -> str:
    parts = [figure.hedge.lower()]
    parts += [claim.modality.value] if claim.modality in _HEDGED_MODALITIES else []
    parts += [f"relayed by {claim.speaker}"] if claim.relayers else []
    return ", ".join(filter(None, parts))


def label_figure(claim: Claim, figure: Figure) -> str:
    """Return a label for what a figure measures, of whom and when; "" if the sentence isn't plain enough to be sure."""
    before, after = claim.quote[: figure.start], claim.quote[figure.end :]
    if claim.modality in _NOT_A_FIGURE_OF_ITS_OWN or not _is_measure(figure) or _UNSURE.search(before):
        return ""
    if _RANGE.search(before) or _ANOTHER.match(after) or not (_END.match(after) or _TIME_AFTER.match(after)):
        return ""
    plain = sentences.drop_appositives(sentences.strip_fillers(before.removesuffix(" ")))
    plain = plain.removesuffix(figure.hedge).removesuffix(figure.hedge.lower()) if figure.hedge else f"{plain} "
    if moved := _MOVED.match(plain):
        return _moved_label(moved, claim)
    if not (said := _SENTENCE.match(plain)) or not _is_subject(claim, said["subject"]):
        return ""
    what = _measured(said["verb"], said["to"], figure, after)
    if what is None:
        return ""
    later = _TIME_AFTER.match(after)
    when = later["when"] if later else said["when"] or ""
    subject = _DETERMINER.sub("", said["subject"])
    full = f"{possessive(subject)}{what}" if what.startswith(" ") else f"{subject}{what}"
    mark = " " if what.startswith(",") else ", "
    dated = f"{full}{mark}{when[0].lower()}{when[1:]}" if when else full
    chosen = dated if len(dated) <= MAX_CHARS else full
    return chosen[:1].upper() + chosen[1:] if len(chosen) <= MAX_CHARS else ""


def _moved_label(moved: re.Match[str], claim: Claim) -> str:
    """Return the label of a value that moved: whose it is and what it was."""
    subject = _DETERMINER.sub("", moved["subject"])
    what = f"{possessive(subject)} {moved['thing']}" if moved["thing"] else subject
    label = f"{what}, from {moved['old']}"
    return label[:1].upper() + label[1:] if _is_subject(claim, moved["subject"]) and len(label) <= MAX_CHARS else ""


def _is_measure(figure: Figure) -> bool:
    return bool(figure.currency or figure.unit == "%" or (figure.magnitude and figure.unit))


def _is_subject(claim: Claim, words: str) -> bool:
    """Return whether words are the whole subject of a sentence: they name something, or a quantity known to all."""
    if len(words.split()) > _MAX_SUBJECT_WORDS or sentences.has_verb(words):
        return False
    if _PRONOUN.search(words) or sentences.is_subordinate(words) or "—" in words:
        return False
    named = any(surface_form(mention.name, words) for mention in subject_mentions(claim))
    return named or bool(_MEASURES.intersection(words.lower().split()))


def _measured(verb: str, to: str | None, figure: Figure, after: str) -> str | None:
    """Return what a verb makes of its figure, as the end of a label; None if that isn't sure."""
    noun = next((noun for pattern, noun in _VERBS if pattern.fullmatch(verb)), "")
    if noun in _CHANGES:
        return "" if to == "to" else None if to == "from" else {"rise": ", up", "fall": ", down"}[noun]
    if noun:
        return f" {noun}" if figure.currency and noun in _MONEY_NOUNS and not to else None
    if figure.unit == "%" and (share := _SHARE_OF.match(after)):
        return f": share of {share['what']}"
    return None if after.startswith(" of ") else ""
