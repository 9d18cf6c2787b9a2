"""Reading a conversation: its claims, each on exact words, and everything it names."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from bot.claims.adverts import adverts
from bot.claims.attribution import source
from bot.claims.checkworthiness import dangling, trend, worth
from bot.claims.disfluency import tidy
from bot.claims.filters import asked_turns, quiet
from bot.claims.modality import modality
from bot.domain import UNKNOWN_SPEAKER, Claim, Conversation, Entity, Figure, Kind, Modality, Reading, Stretch
from bot.nlp.capitalised import tokens
from bot.nlp.clauses import shortened
from bot.nlp.entities import learn
from bot.nlp.mentions import mentions
from bot.nlp.name_finder import Found, Lexicon
from bot.nlp.passages import cut
from bot.nlp.quantities import counted, figures
from bot.nlp.sentences import sentences

_TALK, _WRITING = 2.5, 2.0
_LONG_TALK = 12
_ID_DIGITS = 12
_ENGLISH = "en"
_LONGEST = 70
_CARRIED = 1.75
_LONG, _KEPT = 40, 230


@dataclass(frozen=True, slots=True)
class _Sentence:
    turn: int
    start: int
    end: int
    words: str
    names: list[Found]


@dataclass(frozen=True, slots=True)
class _Candidate:
    turn: int
    start: int
    end: int
    quote: str
    mood: Modality
    figures: tuple[Figure, ...]
    names: list[Found]


def read(
    conversation: Conversation, pointed: Collection[Stretch] = frozenset(), known: tuple[Entity, ...] = ()
) -> Reading:
    """Find the claims and entities of one conversation; the same conversation gives the same reading.

    `known` are names that were learnt from others, which count here without being learnt again. What is `pointed` at
    is a claim whatever the rules make of it, unless it is part of an advertisement or of a claim that they found.

    What is not in English is cut into passages for search, and nothing is claimed of it: its sentences would be read by
    the wrong rules.
    """
    if conversation.lang[:2].lower() != _ENGLISH:
        return Reading(conversation, (), (), cut(conversation))
    split = [(index, span) for index, turn in enumerate(conversation.turns) for span in sentences(turn.text)]
    words = [conversation.turns[index].text[start:end] for index, (start, end) in split]
    split_words = [tokens(text) for text in words]
    lexicon = learn(conversation, zip(words, split_words, strict=True), known)
    told = [
        _Sentence(index, start, end, text, lexicon.find(text, parts))
        for (index, (start, end)), text, parts in zip(split, words, split_words, strict=True)
    ]
    claims = _claims(conversation, told, lexicon, pointed)
    return Reading(conversation, tuple(claims), _entities(told), cut(conversation))


def _claims(
    conversation: Conversation, told: Sequence[_Sentence], known: Lexicon, pointed: Collection[Stretch]
) -> Iterator[Claim]:
    least = _TALK if len(conversation.turns) > _LONG_TALK else _WRITING
    occurrences: Counter[tuple[str, str]] = Counter()
    found = list(_candidates(conversation, told, least))
    more = _pointed(conversation, told, [span for span in pointed if not _overlaps(span, found)])
    for one in sorted([*found, *more], key=lambda one: (one.turn, one.start)):
        speaker = conversation.turns[one.turn].speaker or UNKNOWN_SPEAKER
        occurrences[speaker, one.quote] += 1
        yield _claim(conversation, one, speaker, occurrences[speaker, one.quote], known)


def _candidates(conversation: Conversation, told: Sequence[_Sentence], least: float) -> Iterator[_Candidate]:
    skipped = adverts([(one.turn, one.words) for one in told])
    asking, present = asked_turns(conversation), frozenset(conversation.speakers)
    for index, one in enumerate(told):
        if index in skipped or one.turn in asking:
            continue
        flat = one.words.lower()
        moved = not one.names and trend(flat)
        if not (one.names or moved or counted(flat)) or quiet(one.words):
            continue
        found = figures(one.words)
        if not (found or one.names or moved):
            continue
        mood = modality(one.words, conversation.date.year)
        before = told[index - 1] if index and index - 1 not in skipped and _needs(one, told[index - 1]) else None
        carried = _CARRIED if before else 0.0
        # What somebody in the room is or does is chat unless it says something of others, too.
        others = [name for name in one.names if found or name.name not in present]
        if worth(one.words, found, others, mood) + carried >= least:
            yield _candidate(conversation, one if before else _cut(one, mood, conversation.date.year), before, mood)


def _overlaps(span: Stretch, found: Sequence[_Candidate]) -> bool:
    turn, start, end = span
    return any(one.turn == turn and one.start < end and start < one.end for one in found)


def _pointed(
    conversation: Conversation, told: Sequence[_Sentence], pointed: Collection[Stretch]
) -> Iterator[_Candidate]:
    skipped = adverts([(one.turn, one.words) for one in told]) if pointed else frozenset()
    for turn, start, end in sorted(pointed):
        inside = [n for n, one in enumerate(told) if one.turn == turn and one.start >= start and one.end <= end]
        if inside and skipped.isdisjoint(inside):
            quote = conversation.turns[turn].text[start:end]
            names = [_moved(name, told[n].start - start) for n in inside for name in told[n].names]
            mood = modality(quote, conversation.date.year)
            yield _Candidate(turn, start, end, quote, mood, figures(quote), names)


def _moved(name: Found, by: int) -> Found:
    return name._replace(start=name.start + by, end=name.end + by)


def _cut(one: _Sentence, mood: Modality, year: int) -> _Sentence:
    """Cut a long sentence where a clause that only adds begins; who says it and how must stay the same."""
    if one.words.count(" ") < _LONG:
        return one
    kept = shortened(one.words, _KEPT)
    told_alike = bool(kept) and modality(kept, year) is mood and source(kept) == source(one.words)
    names = [name for name in one.names if name.end <= len(kept)]
    if not told_alike or not one.words.startswith(kept) or not (names or figures(kept)):
        return one
    if figures(one.words) and not figures(kept):
        return one
    return _Sentence(one.turn, one.start, one.start + len(kept), kept, names)


def _needs(one: _Sentence, before: _Sentence) -> bool:
    """Tell whether a sentence begins with a pronoun and the one before it has the name."""
    return (
        before.turn == one.turn
        and bool(before.names)
        and dangling(one.words)
        and not dangling(before.words)
        and not quiet(before.words)
        and before.words.count(" ") + one.words.count(" ") <= _LONGEST
    )


def _candidate(conversation: Conversation, one: _Sentence, before: _Sentence | None, mood: Modality) -> _Candidate:
    if before is None:
        return _Candidate(one.turn, one.start, one.end, one.words, mood, figures(one.words), one.names)
    quote = conversation.turns[one.turn].text[before.start : one.end]
    shift = one.start - before.start
    names = [*before.names, *(_moved(name, shift) for name in one.names)]
    return _Candidate(one.turn, before.start, one.end, quote, mood, figures(quote), names)


def _claim(conversation: Conversation, one: _Candidate, speaker: str, occurrence: int, known: Lexicon) -> Claim:
    said = source(one.quote)
    claimant = _resolved(said.claimant, known) or speaker
    relayers = tuple(_resolved(name, known) for name in said.relayers)
    relayed = claimant != speaker
    return Claim(
        id=_identity(conversation.id, speaker, one.quote, occurrence),
        origin=conversation.origin,
        turn=one.turn,
        start=one.start,
        end=one.end,
        text=tidy(one.quote),
        quote=one.quote,
        speaker=speaker,
        claimant=claimant,
        modality=one.mood,
        relayers=(speaker, *relayers) if relayed else (),
        t=conversation.turns[one.turn].t,
        figures=one.figures,
        entities=mentions(one.quote, one.names),
    )


def _resolved(name: str, known: Lexicon) -> str:
    entry = (known.get(name) or known.get(f"The {name}")) if name else None
    return entry.name if entry and entry.kind is not Kind.TOPIC else name


def _identity(conversation: str, speaker: str, quote: str, occurrence: int) -> str:
    written = "\x1f".join((conversation, speaker, quote, str(occurrence)))
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_DIGITS]


def _entities(told: Sequence[_Sentence]) -> tuple[Entity, ...]:
    written: defaultdict[tuple[str, Kind], dict[str, None]] = defaultdict(dict)
    for one in told:
        for name in one.names:
            written[name.name, name.kind][one.words[name.start : name.end]] = None
    return tuple(
        Entity(name, kind, tuple(alias for alias in aliases if alias != name))
        for (name, kind), aliases in written.items()
    )
