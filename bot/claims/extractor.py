"""Reading a conversation: its claims, each on exact words, and everything it names."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from bot.claims.attribution import find_attribution
from bot.claims.checkworthiness import checkworthiness_score, has_trend, is_anaphoric
from bot.claims.disfluency import remove_disfluencies
from bot.claims.filters import find_adverts, is_noise, questioner_turns
from bot.claims.modality import classify_modality
from bot.domain import (
    UNKNOWN_SPEAKER,
    Analysis,
    Claim,
    Conversation,
    Decision,
    DecisionLog,
    Entity,
    EntityKind,
    Figure,
    Modality,
    Stage,
    TurnSpan,
)
from bot.nlp.entities import build_gazetteer, classify_mentions, match_tokens
from bot.nlp.gazetteer import Gazetteer, NameMatch
from bot.nlp.passages import split_into_passages
from bot.nlp.quantities import find_figures, may_have_figure
from bot.nlp.sentences import sentence_spans, shorten_at_clause

_MIN_SCORE_TALK, _MIN_SCORE_WRITING = 2.5, 2.0
_TALK_TURNS = 12
_ID_DIGITS = 12
_ENGLISH = "en"
_MAX_JOINED_WORDS = 70
_CONTEXT_BONUS = 1.75
_LONG_SENTENCE_WORDS, _MAX_SHORTENED = 40, 230

_NOTHING_NAMED = "It names nobody and nothing, and gives no figure."


@dataclass(frozen=True, slots=True)
class _Sentence:
    turn: int
    start: int
    end: int
    text: str
    names: list[NameMatch]


@dataclass(frozen=True, slots=True)
class _Candidate:
    turn: int
    start: int
    end: int
    quote: str
    modality: Modality
    figures: tuple[Figure, ...]
    names: list[NameMatch]


def extract_claims(
    conversation: Conversation,
    extra_spans: Collection[TurnSpan] = frozenset(),
    known_entities: tuple[Entity, ...] = (),
    log: DecisionLog | None = None,
) -> Analysis:
    """Find the claims and entities of one conversation; the same conversation gives the same reading.

    `known` are names that were learnt from others, which count here without being learnt again. What is `pointed` at
    is a claim whatever the rules make of it, unless it is part of an advertisement or of a claim that they found.

    What is not in English is cut into passages for search, and nothing is claimed of it: its sentences would be read by
    the wrong rules.
    """
    if conversation.lang[:2].lower() != _ENGLISH:
        return Analysis(conversation, (), (), split_into_passages(conversation))
    split = [(index, span) for index, turn in enumerate(conversation.turns) for span in sentence_spans(turn.text)]
    words = [conversation.turns[index].text[start:end] for index, (start, end) in split]
    split_words = [match_tokens(text) for text in words]
    lexicon = build_gazetteer(conversation, zip(words, split_words, strict=True), known_entities)
    told = [
        _Sentence(index, start, end, text, lexicon.find(text, parts))
        for (index, (start, end)), text, parts in zip(split, words, split_words, strict=True)
    ]
    claims = _build_claims(conversation, told, lexicon, extra_spans, log or DecisionLog())
    return Analysis(conversation, tuple(claims), _collect_entities(told), split_into_passages(conversation))


def rejected_sentences(conversation: Conversation) -> tuple[Decision, ...]:
    """Return why each sentence of a conversation that isn't a claim isn't one."""
    log = DecisionLog()
    extract_claims(conversation, log=log)
    return log.decisions


def _build_claims(
    conversation: Conversation,
    sentences: Sequence[_Sentence],
    known: Gazetteer,
    extra_spans: Collection[TurnSpan],
    log: DecisionLog,
) -> Iterator[Claim]:
    least = _MIN_SCORE_TALK if len(conversation.turns) > _TALK_TURNS else _MIN_SCORE_WRITING
    occurrences: Counter[tuple[str, str]] = Counter()
    found = list(_rule_candidates(conversation, sentences, least, log))
    more = _span_candidates(conversation, sentences, [span for span in extra_spans if not _overlaps_any(span, found)])
    for one in sorted([*found, *more], key=lambda one: (one.turn, one.start)):
        speaker = conversation.turns[one.turn].speaker or UNKNOWN_SPEAKER
        occurrences[speaker, one.quote] += 1
        yield _build_claim(conversation, one, speaker, occurrences[speaker, one.quote], known)


def _rule_candidates(
    conversation: Conversation, sentences: Sequence[_Sentence], min_score: float, log: DecisionLog
) -> Iterator[_Candidate]:
    skipped = find_adverts([(one.turn, one.text) for one in sentences])
    asking, present = questioner_turns(conversation), frozenset(conversation.speakers)
    for index, one in enumerate(sentences):
        if index in skipped or one.turn in asking:
            reason = "It is part of an advertisement." if index in skipped else "It only leads up to a question."
            log.record([one.text], Stage.EXTRACTION, reason)
            continue
        flat = one.text.lower()
        moved = not one.names and has_trend(flat)
        if not (one.names or moved or may_have_figure(flat)):
            log.record([one.text], Stage.EXTRACTION, _NOTHING_NAMED)
            continue
        if is_noise(one.text):
            log.record([one.text], Stage.EXTRACTION, "It is a question, small talk, housekeeping or not a sentence.")
            continue
        found = find_figures(one.text)
        if not (found or one.names or moved):
            log.record([one.text], Stage.EXTRACTION, _NOTHING_NAMED)
            continue
        mood = classify_modality(one.text, conversation.date.year)
        before = (
            sentences[index - 1]
            if index and index - 1 not in skipped and _needs_previous(one, sentences[index - 1])
            else None
        )
        carried = _CONTEXT_BONUS if before else 0.0
        # What somebody in the room is or does is chat unless it says something of others, too.
        others = [name for name in one.names if found or name.name not in present]
        score = checkworthiness_score(one.text, found, others, mood) + carried
        if score < min_score:
            reason = f"It says too little that can be checked: it scores {score:.1f}, and a claim needs {min_score}."
            log.record([one.text], Stage.EXTRACTION, reason)
        else:
            yield _build_candidate(
                conversation, one if before else _shorten_sentence(one, mood, conversation.date.year), before, mood
            )


def _overlaps_any(span: TurnSpan, candidates: Sequence[_Candidate]) -> bool:
    turn, start, end = span
    return any(one.turn == turn and one.start < end and start < one.end for one in candidates)


def _span_candidates(
    conversation: Conversation, sentences: Sequence[_Sentence], spans: Collection[TurnSpan]
) -> Iterator[_Candidate]:
    skipped = find_adverts([(one.turn, one.text) for one in sentences]) if spans else frozenset()
    for turn, start, end in sorted(spans):
        inside = [n for n, one in enumerate(sentences) if one.turn == turn and one.start >= start and one.end <= end]
        if inside and skipped.isdisjoint(inside):
            quote = conversation.turns[turn].text[start:end]
            names = [_shift(name, sentences[n].start - start) for n in inside for name in sentences[n].names]
            mood = classify_modality(quote, conversation.date.year)
            yield _Candidate(turn, start, end, quote, mood, find_figures(quote), names)


def _shift(name: NameMatch, by: int) -> NameMatch:
    return name._replace(start=name.start + by, end=name.end + by)


def _shorten_sentence(sentence: _Sentence, modality: Modality, year: int) -> _Sentence:
    """Cut a long sentence where a clause that only adds begins; who says it and how must stay the same."""
    if sentence.text.count(" ") < _LONG_SENTENCE_WORDS:
        return sentence
    kept = shorten_at_clause(sentence.text, _MAX_SHORTENED)
    told_alike = (
        bool(kept)
        and classify_modality(kept, year) is modality
        and find_attribution(kept) == find_attribution(sentence.text)
    )
    names = [name for name in sentence.names if name.end <= len(kept)]
    if not told_alike or not sentence.text.startswith(kept) or not (names or find_figures(kept)):
        return sentence
    if find_figures(sentence.text) and not find_figures(kept):
        return sentence
    return _Sentence(sentence.turn, sentence.start, sentence.start + len(kept), kept, names)


def _needs_previous(sentence: _Sentence, previous: _Sentence) -> bool:
    """Tell whether a sentence begins with a pronoun and the one before it has the name."""
    return (
        previous.turn == sentence.turn
        and bool(previous.names)
        and is_anaphoric(sentence.text)
        and not is_anaphoric(previous.text)
        and not is_noise(previous.text)
        and previous.text.count(" ") + sentence.text.count(" ") <= _MAX_JOINED_WORDS
    )


def _build_candidate(
    conversation: Conversation, sentence: _Sentence, previous: _Sentence | None, modality: Modality
) -> _Candidate:
    if previous is None:
        return _Candidate(
            sentence.turn,
            sentence.start,
            sentence.end,
            sentence.text,
            modality,
            find_figures(sentence.text),
            sentence.names,
        )
    quote = conversation.turns[sentence.turn].text[previous.start : sentence.end]
    shift = sentence.start - previous.start
    names = [*previous.names, *(_shift(name, shift) for name in sentence.names)]
    return _Candidate(sentence.turn, previous.start, sentence.end, quote, modality, find_figures(quote), names)


def _build_claim(
    conversation: Conversation, candidate: _Candidate, speaker: str, occurrence: int, known: Gazetteer
) -> Claim:
    said = find_attribution(candidate.quote)
    claimant = _canonical_name(said.claimant, known) or speaker
    relayers = tuple(_canonical_name(name, known) for name in said.relayers)
    relayed = claimant != speaker
    return Claim(
        id=_claim_id(conversation.id, speaker, candidate.quote, occurrence),
        origin=conversation.origin,
        turn=candidate.turn,
        start=candidate.start,
        end=candidate.end,
        text=remove_disfluencies(candidate.quote),
        quote=candidate.quote,
        speaker=speaker,
        claimant=claimant,
        modality=candidate.modality,
        relayers=(speaker, *relayers) if relayed else (),
        t=conversation.turns[candidate.turn].t,
        figures=candidate.figures,
        entities=classify_mentions(candidate.quote, candidate.names),
    )


def _canonical_name(name: str, known: Gazetteer) -> str:
    entry = (known.get(name) or known.get(f"The {name}")) if name else None
    return entry.name if entry and entry.kind is not EntityKind.TOPIC else name


def _claim_id(conversation: str, speaker: str, quote: str, occurrence: int) -> str:
    written = "\x1f".join((conversation, speaker, quote, str(occurrence)))
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_DIGITS]


def _collect_entities(sentences: Sequence[_Sentence]) -> tuple[Entity, ...]:
    written: defaultdict[tuple[str, EntityKind], dict[str, None]] = defaultdict(dict)
    for one in sentences:
        for name in one.names:
            written[name.name, name.kind][one.text[name.start : name.end]] = None
    return tuple(
        Entity(name, kind, tuple(alias for alias in aliases if alias != name))
        for (name, kind), aliases in written.items()
    )
