"""Extracts what a conversation claims, each claim on exact words, and everything it names."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence

from bot.claims.annotate import AnnotatedSentence, annotate
from bot.claims.checkworthiness import checkworthiness_score
from bot.claims.disfluency import remove_disfluencies
from bot.claims.filters import questioner_turns
from bot.claims.version import reader_version
from bot.domain import (
    UNKNOWN_SPEAKER,
    Analysis,
    Claim,
    Conversation,
    Decision,
    DecisionLog,
    Entity,
    EntityKind,
    Stage,
    TurnSpan,
)
from bot.nlp.entities import classify_mentions
from bot.nlp.event_dates import event_date
from bot.nlp.gazetteer import Gazetteer
from bot.nlp.passages import split_into_passages

_MIN_SCORE_TALK, _MIN_SCORE_WRITING = 2.5, 2.0
_TALK_TURNS = 12
_ID_DIGITS = 12
_ENGLISH = "en"
_MAX_JOINED_WORDS = 70
_CONTEXT_BONUS = 1.75


def extract_claims(
    conversation: Conversation,
    extra_spans: Collection[TurnSpan] = frozenset(),
    known_entities: tuple[Entity, ...] = (),
    log: DecisionLog | None = None,
) -> Analysis:
    """Return the claims and entities of one conversation; the same conversation always gives the same ones.

    `known_entities` are names learnt from other conversations. Each of the `extra_spans` is a claim whatever the rules
    make of it, unless it is part of an advertisement or overlaps a claim that they find. The `log` is told why each
    other sentence isn't a claim.

    What is not in English is only cut into passages for search: the rules would misread its sentences.
    """
    if conversation.lang[:2].lower() != _ENGLISH:
        return Analysis(conversation, (), (), split_into_passages(conversation), reader=reader_version())
    sentences, gazetteer = annotate(conversation, known_entities)
    claims = tuple(_build_claims(conversation, sentences, gazetteer, extra_spans, log or DecisionLog()))
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
    log: DecisionLog,
) -> Iterator[Claim]:
    occurrences: Counter[tuple[str, str]] = Counter()
    candidates = list(_rule_candidates(conversation, sentences, log))
    free_spans = [span for span in extra_spans if not _overlaps_any(span, candidates)]
    candidates += _span_candidates(sentences, free_spans)
    for candidate in sorted(candidates, key=lambda each: (each.turn, each.start)):
        speaker = conversation.turns[candidate.turn].speaker or UNKNOWN_SPEAKER
        occurrences[speaker, candidate.text] += 1
        yield _build_claim(conversation, candidate, speaker, occurrences[speaker, candidate.text], gazetteer)


def _rule_candidates(
    conversation: Conversation, sentences: Sequence[AnnotatedSentence], log: DecisionLog
) -> Iterator[AnnotatedSentence]:
    min_score = _MIN_SCORE_TALK if len(conversation.turns) > _TALK_TURNS else _MIN_SCORE_WRITING
    questioners, present = questioner_turns(conversation), frozenset(conversation.speakers)
    for number, sentence in enumerate(sentences):
        reason = "It only leads up to a question." if sentence.turn in questioners else _rejection(sentence)
        if not reason:
            context = sentences[number - 1] if number and _needs_previous(sentence, sentences[number - 1]) else None
            # What somebody in the room is or does is chat unless it says something of others, too.
            names = [name for name in sentence.names if sentence.figures or name.name not in present]
            score = checkworthiness_score(sentence.text, sentence.figures, names, sentence.modality)
            score += _CONTEXT_BONUS if context else 0.0
            if score >= min_score:
                yield sentence.with_previous(context) if context else sentence.shortened()
                continue
            reason = f"It says too little that can be checked: it scores {score:.1f}, and a claim needs {min_score}."
        log.record([sentence.text], Stage.EXTRACTION, reason)


def _rejection(sentence: AnnotatedSentence) -> str:
    """Return why a sentence can't be a claim, whatever it would score; empty if it can."""
    if sentence.is_advert:
        return "It is part of an advertisement."
    if not (sentence.names or sentence.has_trend or sentence.figures):
        return "It names nobody and nothing, and gives no figure."
    if sentence.is_noise:
        return "It is a question, small talk, housekeeping or not a sentence."
    return ""


def _needs_previous(sentence: AnnotatedSentence, previous: AnnotatedSentence) -> bool:
    """Return whether a sentence begins with a pronoun and the one before it has the name."""
    return (
        not previous.is_advert
        and previous.turn == sentence.turn
        and bool(previous.names)
        and sentence.is_anaphoric
        and not previous.is_anaphoric
        and not previous.is_noise
        and previous.text.count(" ") + sentence.text.count(" ") <= _MAX_JOINED_WORDS
    )


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
            yield AnnotatedSentence(turn, inside[0].turn_text, start, end, names, inside[0].year)


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
        modality=candidate.modality,
        relayers=(speaker, *relayers) if claimant != speaker else (),
        t=conversation.turns[candidate.turn].t,
        figures=candidate.figures,
        entities=classify_mentions(candidate.text, candidate.names),
        happened=event_date(candidate.text, conversation.date),
    )


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
            written[name.name, name.kind][sentence.text[name.start : name.end]] = None
    return tuple(
        Entity(name, kind, tuple(alias for alias in aliases if alias != name))
        for (name, kind), aliases in written.items()
    )
