"""Stat cards: a figure exactly as it was said, a label for what it measures, and how sure the speaker was."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.claims.context import subject_mentions, surface_form
from bot.domain import Claim, Figure, Modality, Signal, StatCard
from bot.nlp import sentences
from bot.nlp.lexicons import cue_pattern, word_pairs
from bot.verification import extractive

MAX_CARDS = 4
"""Cards of a brief."""

_STRONG_UNIT_WEIGHT = 2.0
_MAX_CLAIMS = 4
_RANGE = re.compile(r"\s?(?:to|or|–|-)\s?[$€£\d]")


def select_cards(signals: Iterable[Signal]) -> tuple[StatCard, ...]:
    """Return at most four cards, one a signal: shares, money, multiples and large numbers before other figures."""
    cards = [weighed for signal in signals if (weighed := _best_card(signal))]
    strongest = sorted(cards, key=lambda weighed: -weighed[0])[:MAX_CARDS]
    return tuple(card for weight, card in cards if (weight, card) in strongest)


def _best_card(signal: Signal) -> tuple[float, StatCard] | None:
    for claim in signal.claims[:_MAX_CLAIMS]:
        for figure in sorted(
            claim.figures, key=lambda each: (-_figure_weight(each), is_previous_value(each, claim), each.start)
        ):
            label = label_figure(claim, figure)
            card = StatCard(label, figure.text, _hedge(claim, figure), claim.id)
            whole = not _RANGE.match(claim.quote, figure.end)
            if label and _figure_weight(figure) > 0 and whole and not extractive.card_violations(card, claim):
                return _figure_weight(figure), card
    return None


def _figure_weight(figure: Figure) -> float:
    strong = _STRONG_UNIT_WEIGHT if figure.unit in {"%", "x"} or figure.currency else 0.0
    return strong + (1.0 if figure.magnitude else 0.0) + (0.5 if figure.unit else 0.0)


_HEDGED_MODALITIES = frozenset({Modality.ALLEGED, Modality.FORECAST, Modality.DENIED})


def _hedge(claim: Claim, figure: Figure) -> str:
    parts = [figure.hedge.lower()]
    parts += [claim.modality.value] if claim.modality in _HEDGED_MODALITIES else []
    parts += [f"relayed by {claim.speaker}"] if claim.relayers else []
    return ", ".join(filter(None, parts))


MAX_CHARS = 58
"""Characters of a label."""

_MAX_SUBJECT_CHARS = 34
_MAX_PHRASE_WORDS = 6
_TIME_WORDS = frozenset({"day", "week", "month", "quarter", "year", "hours", "minutes", "end", "first", "total"})
_NOUN_BY_VERBS = {verbs: noun for noun, verbs in word_pairs("measure_noun")}
_VERB = re.compile("|".join(rf"(?P<v{n}>\b(?:{verbs})\b)" for n, verbs in enumerate(_NOUN_BY_VERBS)))
_MEASURE_NOUNS = list(_NOUN_BY_VERBS.values())
_EVENT_NOUNS = frozenset(_MEASURE_NOUNS) - {"price", "cost", "stake", "holding"}
_STATE = re.compile(rf"\s(?:{cue_pattern('state_verb')})\b")
_MAKES = re.compile(
    r"\s(?:makes?|made|has|had|takes?|buys?|controls?|holds?|supplies|produces?|represents?|accounts? for)\b"
)
_OF = re.compile(r"^\s?(?:\w+ )?of (?P<what>[^,.;:()]+)")
_COMPLEMENT = re.compile(r"^\s?(?P<how>in|on|for|of|from) (?P<what>[^,.;:()]+)")
_PHRASE_END = re.compile(rf"\s(?:{cue_pattern('phrase_end')})\b.*")
_CLAUSE_BREAK = re.compile(r"[,;:.!?—–…]\s|[()“”\"]|\s(?:and|but|which|because|while|that|so)\s")
_LEADING_DETERMINER = re.compile(r"^(?:the|a|an|its|their|our|his|her|my|your|new|all)\s", re.IGNORECASE)
_LEADING_ARTICLE = re.compile(r"^(?:a|an|its|their|new|all)\s", re.IGNORECASE)
_PRONOUN = re.compile(
    r"\b(?:it|they|we|I|you|he|she|this|these|those|who|what|there|its|their|our|your|my)\b", re.IGNORECASE
)
_FROM_OLD_VALUE = re.compile(
    r"\bfrom (?:\w+ ){0,2}(?P<old>[$€£]?\d[\d.,]*(?: ?(?:percent|%|million|billion|trillion))?) to (?:\w+ )?$"
)
_AUXILIARY = re.compile(r"\s(?:is|was|are|were|has|had|will|reportedly|allegedly|seeking|expected|to|be|now|have)\b")
_PREVIOUS_VALUE = re.compile(r"\b(?:from|instead of|before|than)\s(?:\w+\s)?$")


def is_previous_value(figure: Figure, claim: Claim) -> bool:
    """Return whether a figure is an earlier value: "from 85 percent", "instead of $6.0 billion"."""
    return bool(_PREVIOUS_VALUE.search(claim.quote[: figure.start]))


def label_figure(claim: Claim, figure: Figure) -> str:
    """Return a label for what a figure measures; "" if the sentence does not make it plain."""
    if is_previous_value(figure, claim):
        return ""
    before, after = claim.quote[: figure.start], claim.quote[figure.end :]
    changed = _FROM_OLD_VALUE.search(before)
    clause = _CLAUSE_BREAK.split(sentences.drop_appositives(before[: changed.start()] if changed else before))[-1]
    if not changed:
        clause = clause.removesuffix(" ").removesuffix(figure.hedge) if figure.hedge else clause
    clause = f" {sentences.strip_fillers(clause)} "
    named = (
        _change_label(claim, clause, after, changed["old"]) if changed else _static_label(claim, figure, clause, after)
    )
    return named[:1].upper() + named[1:] if len(named) <= MAX_CHARS else ""


def is_time_series(label: str) -> bool:
    """Return whether a label names something that has a value every day, such as a share or a price."""
    return bool(label) and ", from " not in label and not any(re.search(rf"\b{noun}\b", label) for noun in _EVENT_NOUNS)


def _static_label(claim: Claim, figure: Figure, clause: str, after: str) -> str:
    share = _OF.match(after) if figure.unit == "%" else None
    if share and (makes := _MAKES.search(clause)) and (subject := _subject_phrase(claim, clause[: makes.start()])):
        what = _noun_phrase(share["what"])
        return _join_within_limit(subject, f"share of {what}", ": ") if what else ""
    verbs = list(_VERB.finditer(clause))
    if verbs:
        noun = _MEASURE_NOUNS[int((verbs[-1].lastgroup or "v0")[1:])]
        subject = _subject_phrase(claim, clause[: verbs[-1].start()])
        more = _COMPLEMENT.match(after)
        what = _noun_phrase(more["what"]) if more else ""
        return (
            _join_within_limit(subject, f"{noun} {more['how']} {what}" if more and what else noun, " ")
            if subject
            else ""
        )
    state = _STATE.search(clause)
    return _subject_phrase(claim, clause[: state.start()], named=False) if state else ""


def _change_label(claim: Claim, clause: str, after: str, old: str) -> str:
    verb = _VERB.search(clause)
    subject = _subject_phrase(claim, clause[: verb.start()] if verb else clause)
    more = _COMPLEMENT.match(after)
    thing = _noun_phrase(clause[verb.end() :].partition(" from ")[0]) if verb else ""
    what = f" {more['how']} {more['what'].split(' after ')[0]}" if more and more["how"] != "from" and not thing else ""
    full = f"{subject}{f' {thing}' if thing else ''}{what}, from {old}"
    return "" if not subject else full if len(full) <= MAX_CHARS else f"{subject}, from {old}"


def _join_within_limit(subject: str, what: str, mark: str) -> str:
    full = f"{subject}{mark}{what}"
    return full if len(full) <= MAX_CHARS else f"{subject}{mark}{what.split(' ', 1)[0]}"


def _subject_phrase(claim: Claim, words: str, *, named: bool = True) -> str:
    """Return the subject if it is short and has a name, or the last name before the verb."""
    words = _LEADING_DETERMINER.sub("", words.strip())
    names = [surface for mention in subject_mentions(claim) if (surface := surface_form(mention.name, words))]
    if words and len(words) <= _MAX_SUBJECT_CHARS and not _PRONOUN.search(words) and names and not _VERB.search(words):
        return _AUXILIARY.sub("", words).strip()
    return max(names, key=words.rfind) if names and named else ""


def _noun_phrase(words: str) -> str:
    """Return the noun phrase that words open with, without its article; "" if it depends on another sentence."""
    kept = _LEADING_ARTICLE.sub("", _PHRASE_END.sub("", words.strip())).strip()
    loose = kept in _TIME_WORDS or _PRONOUN.search(kept) or len(kept.split()) > _MAX_PHRASE_WORDS
    return "" if loose or any(mark.isdigit() for mark in kept) else kept
