"""Extracts what a conversation claims, each claim on exact words, and everything it names."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, zip_longest
from operator import attrgetter

from bot.claims.antecedents import context_finder
from bot.claims.disfluency import remove_disfluencies
from bot.claims.filters import foretells, is_hearsay, is_offer, is_refutation, is_structure, questioner_turns
from bot.claims.version import reader_version
from bot.domain import (
    UNDATED,
    UNKNOWN_SPEAKER,
    Analysis,
    Claim,
    Conversation,
    Decision,
    DecisionLog,
    Entity,
    EntityKind,
    Modality,
    Stage,
    TurnSpan,
)
from bot.nlp.annotate import AnnotatedSentence, annotate
from bot.nlp.attribution import quoted_spans
from bot.nlp.entities import classify_mentions
from bot.nlp.event_dates import event_date
from bot.nlp.gazetteer import Gazetteer
from bot.nlp.passages import split_into_passages

MIN_IMPORTANCE, MIN_IMPORTANCE_SHORT = 0.95, 0.7
"""How important the heads must find a sentence, from 0 to 3, for it to be a claim: in talk, and in something short.

In talk, six in seven of those above are what readers call a claim, and of what they find useful three in four are
above. A post or a note has fewer idle words.
"""
_SHORT = 30
"""Sentences below which a conversation is short."""

QUOTED_TEXT = "a quoted text"
"""Whose claim it is that a speaker reads out from what nobody is named for."""

ADVERT_REASON = "It is part of an advertisement."
"""Why a sentence of an advertisement is no claim."""

_ID_DIGITS = 12
_ENGLISH = "en"
_KIND_NAMES = {
    "question": "a question",
    "hypothetical": "an imagined case",
    "joke": "a joke",
    "small_talk": "small talk or housekeeping",
    "fragment": "a fragment",
    "biography": "the speaker's own story",
}
_SURE = 0.5


def extract_claims(
    conversation: Conversation,
    extra_spans: Collection[TurnSpan] = frozenset(),
    known_entities: tuple[Entity, ...] = (),
    log: DecisionLog | None = None,
) -> Analysis:
    """Return the claims and entities of one conversation; the same conversation always gives the same ones.

    `known_entities` are names learnt from other conversations. Each of the `extra_spans` is a claim whatever the heads
    make of it, unless it is part of an advertisement or overlaps a claim that they find. The `log` is told why each
    other sentence isn't a claim.

    What is not in English is only cut into passages for search: the heads know English.
    """
    if conversation.lang[:2].lower() != _ENGLISH:
        return Analysis(conversation, (), (), split_into_passages(conversation), reader=reader_version())
    sentences, gazetteer = annotate(conversation, known_entities)
    claims = tuple(_build_claims(conversation, sentences, gazetteer, extra_spans, log))
    return Analysis(
        conversation,
        claims,
        _collect_entities(sentences),
        split_into_passages(conversation),
        frozenset(claim.id for claim in claims if (claim.turn, claim.start, claim.end) in extra_spans),
        reader_version(),
    )


def rejected_sentences(conversation: Conversation) -> tuple[Decision, ...]:
    """Return why each sentence of a conversation that isn't a claim isn't one."""
    log = DecisionLog()
    extract_claims(conversation, log=log)
    return log.decisions


def _build_claims(
    conversation: Conversation,
    sentences: Sequence[AnnotatedSentence],
    gazetteer: Gazetteer,
    extra_spans: Collection[TurnSpan],
    log: DecisionLog | None,
) -> Iterator[Claim]:
    occurrences: Counter[tuple[str, str]] = Counter()
    candidates = list(_find_candidates(conversation, sentences, log))
    free_spans = [span for span in extra_spans if not _overlaps_any(span, candidates)]
    candidates += _span_candidates(sentences, free_spans)
    find_context = context_finder(conversation, sentences)
    quoted = _quoted_authors(sentences)
    for candidate in sorted(candidates, key=lambda each: (each.turn, each.start)):
        speaker = conversation.turns[candidate.turn].speaker or UNKNOWN_SPEAKER
        occurrences[speaker, candidate.text] += 1
        claim = _build_claim(conversation, candidate, speaker, occurrences[speaker, candidate.text], gazetteer)
        if (author := quoted.get((candidate.turn, candidate.start))) and not claim.relayers:
            claim = replace(claim, claimant=author, relayers=(speaker,))
        about, lead_in = find_context(candidate)
        yield replace(claim, about=about, lead_in=lead_in) if lead_in else claim


def _quoted_authors(sentences: Sequence[AnnotatedSentence]) -> dict[tuple[int, int], str]:
    """Return whose words the sentences are that a speaker reads out: those of the last person named before."""
    authors: dict[tuple[int, int], str] = {}
    for _, turn in groupby(sentences, key=attrgetter("turn")):
        said = list(turn)
        for start, end in quoted_spans(said[0].turn_text):
            before = [sentence for sentence in said if sentence.start < start][-1:]
            names = [name.name for sentence in before for name in sentence.names if name.kind is EntityKind.PERSON]
            inside = (sentence for sentence in said if start <= sentence.start < end)
            authors |= {(each.turn, each.start): names[-1] if names else QUOTED_TEXT for each in inside}
    return authors


def _find_candidates(
    conversation: Conversation, sentences: Sequence[AnnotatedSentence], log: DecisionLog | None
) -> Iterator[AnnotatedSentence]:
    questioners = questioner_turns(conversation)
    least = MIN_IMPORTANCE_SHORT if len(sentences) < _SHORT else MIN_IMPORTANCE
    for sentence, following in zip_longest(sentences, sentences[1:]):
        if log is None and sentence.scores.importance < least:
            continue  # nobody asks why
        reason = "It only leads up to a question." if sentence.turn in questioners else _rejection(sentence, least)
        if not reason and following and is_refutation(following.text):
            reason = "The next sentence takes it back."
        if not reason:
            yield sentence.shortened()
        elif log is not None:
            log.record([sentence.text], Stage.EXTRACTION, reason)


def _rejection(sentence: AnnotatedSentence, least: float) -> str:
    """Return why a sentence isn't a claim; empty if it is one."""
    if sentence.is_advert or is_offer(sentence.text):
        return ADVERT_REASON
    if sentence.scores.importance < least:
        chances = sentence.scores._asdict()
        kind = max(_KIND_NAMES, key=lambda kind: chances[kind])
        reads = (
            f"It reads like {_KIND_NAMES[kind]}" if chances[kind] > _SURE else "It says too little that can be checked"
        )
        return f"{reads}: its importance is {sentence.scores.importance:.2f} of 3, and a claim needs {least}."
    if sentence.text.endswith("?"):
        return "It is a question."
    return "It isn't a sentence that somebody says." if is_structure(sentence.text) else ""


def _overlaps_any(span: TurnSpan, candidates: Sequence[AnnotatedSentence]) -> bool:
    turn, start, end = span
    return any(each.turn == turn and each.start < end and start < each.end for each in candidates)


def _span_candidates(
    sentences: Sequence[AnnotatedSentence], spans: Collection[TurnSpan]
) -> Iterator[AnnotatedSentence]:
    for turn, start, end in sorted(spans):
        inside = [each for each in sentences if each.turn == turn and each.start >= start and each.end <= end]
        if inside and not any(each.is_advert for each in inside):
            names = [name for each in inside for name in each.names_from(start)]
            best = max(inside, key=lambda each: each.scores.claim)
            yield AnnotatedSentence(turn, best.turn_text, start, end, names, best.scores)


def _build_claim(
    conversation: Conversation, candidate: AnnotatedSentence, speaker: str, occurrence: int, gazetteer: Gazetteer
) -> Claim:
    claimant = _canonical_name(candidate.attribution.claimant, gazetteer) or speaker
    relayers = tuple(_canonical_name(name, gazetteer) for name in candidate.attribution.relayers)
    return Claim(
        id=_claim_id(conversation.id, speaker, candidate.text, occurrence),
        origin=conversation.origin,
        turn=candidate.turn,
        start=candidate.start,
        end=candidate.end,
        text=remove_disfluencies(candidate.text),
        quote=candidate.text,
        speaker=speaker,
        claimant=claimant,
        modality=_modality(candidate),
        relayers=(speaker, *relayers) if claimant != speaker else (),
        t=conversation.turns[candidate.turn].t,
        figures=candidate.figures,
        entities=classify_mentions(candidate.text, candidate.names),
        importance=round(candidate.scores.importance, 3),
        needs_context=round(candidate.scores.needs_context, 3),
        happened=event_date(candidate.text, conversation.date) if conversation.date != UNDATED else None,
    )


def _modality(candidate: AnnotatedSentence) -> Modality:
    """Return how a claim is put forward: without a word for what is to come or for hearsay, it is neither."""
    found, text = candidate.scores.modality, candidate.text
    unfounded = (found is Modality.FORECAST and not foretells(text)) or (
        found is Modality.ALLEGED and not is_hearsay(text)
    )
    return Modality.ASSERTED if unfounded else found


def _canonical_name(name: str, gazetteer: Gazetteer) -> str:
    entry = (gazetteer.get(name) or gazetteer.get(f"The {name}")) if name else None
    return entry.name if entry and entry.kind is not EntityKind.TOPIC else name


def _claim_id(conversation: str, speaker: str, quote: str, occurrence: int) -> str:
    written = "\x1f".join((conversation, speaker, quote, str(occurrence)))
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_DIGITS]


def _collect_entities(sentences: Sequence[AnnotatedSentence]) -> tuple[Entity, ...]:
    written: defaultdict[tuple[str, EntityKind], dict[str, None]] = defaultdict(dict)
    for sentence in sentences:
        for name in sentence.names:
            # What was misheard here may be somebody's name elsewhere.
            words = name.name if name.is_misheard else sentence.text[name.start : name.end]
            written[name.name, name.kind][words] = None
    return tuple(
        Entity(name, kind, tuple(alias for alias in aliases if alias != name))
        for (name, kind), aliases in written.items()
    )
