"""Sentences that may answer a question, each an exact span of what one speaker said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, count

from bot.domain import UNKNOWN_SPEAKER, Citation, Hit, Passage
from bot.nlp.sentences import sentence_spans
from bot.nlp.tokens import stems

_MAX_SENTENCE_CHARS = 320
_MAX_SPLIT_CHARS = 6_000
_PAUSE = re.compile(
    r"(?:[;:,]|\s[–—-])\s+(?=(?:and|but|so|because|which|who|that|then|or|while|whereas)\b)", re.IGNORECASE
)


_ANAPHORIC_OPENING = re.compile(r"(?:it|they|that|this|these|those|he|she|which)(?:['’]\w+)?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CandidateSentence:
    """A sentence somebody said, with the stems of its own words and of the sentence before it."""

    hit: Hit
    rank: int
    turn: int
    speaker: str
    quote: str
    stems: frozenset[str]
    previous_stems: frozenset[str] = frozenset()

    @property
    def passage(self) -> Passage:
        """Where it stands."""
        return self.hit.passage

    def to_citation(self) -> Citation:
        """Return it as a citation; the time is that of its passage, at most a little before it."""
        return Citation(self.passage.origin, self.quote, self.speaker, self.passage.t, self.turn)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A hit taken apart: its lines, the stems of where it was said, and those with the stems of its lines."""

    hit: Hit
    candidates: tuple[CandidateSentence, ...]
    source_stems: frozenset[str]
    stems: frozenset[str]


def extract_evidence(hits: Sequence[Hit]) -> list[Evidence]:
    """Take hits apart, in their order; behind the best ones only the words are taken, for speed."""
    read = accumulate(len(hit.passage.text) for hit in hits)
    ranked = zip(count(), hits, chain([0], read), strict=False)
    return [_evidence_of(rank, hit, split_sentences=before < _MAX_SPLIT_CHARS) for rank, hit, before in ranked]


def passage_turns(passage: Passage) -> Iterator[tuple[int, str, str]]:
    """Yield turn, speaker and words of each turn in a passage.

    A passage of several turns that does not name the speaker of each leaves them unknown.
    """
    said = passage.text.split("\n")
    alone = passage.turn == passage.last
    whole = passage.last - passage.turn + 1 == len(said)
    for index, words in enumerate(said):
        named = passage.speakers[index] if len(passage.speakers) == len(said) else ""
        yield (
            passage.turn + index * whole,
            named or (passage.speaker if alone else UNKNOWN_SPEAKER),
            words,
        )


def source_stems(passage: Passage) -> frozenset[str]:
    """Return the stems of a passage's show, title, speakers and date."""
    origin = passage.origin
    named = " ".join({passage.speaker, *passage.speakers})
    return frozenset(stems(f"{origin.show} {origin.title} {named} {origin.date:%d %B %Y}"))


def _evidence_of(rank: int, hit: Hit, *, split_sentences: bool) -> Evidence:
    where = source_stems(hit.passage)
    lines = tuple(_candidate_sentences(rank, hit)) if split_sentences else ()
    said = [line.stems for line in lines] if split_sentences else [stems(hit.passage.text)]
    return Evidence(hit, lines, where, where.union(*said))


def _candidate_sentences(rank: int, hit: Hit) -> Iterator[CandidateSentence]:
    before: frozenset[str] = frozenset()
    for turn, speaker, words in passage_turns(hit.passage):
        for sentence in _split_sentences(words):
            own = frozenset(stems(sentence))
            yield CandidateSentence(hit, rank, turn, speaker, sentence, own, before)
            before = own


def _split_sentences(text: str) -> Iterator[str]:
    """Yield sentences; one that leans on the sentence before it brings that along, where both are short."""
    before = 0
    for start, end in sentence_spans(text):
        leaning = _ANAPHORIC_OPENING.match(text, start) is not None and end - before <= _MAX_SENTENCE_CHARS
        yield from _split_long(text[before if leaning else start : end])
        before = start


def _split_long(sentence: str) -> list[str]:
    pauses = (
        [pause for pause in _PAUSE.finditer(sentence) if pause.start()] if len(sentence) > _MAX_SENTENCE_CHARS else []
    )
    if not pauses:
        return [sentence]
    nearest = min(pauses, key=lambda pause: abs(pause.start() - len(sentence) // 2))
    return [*_split_long(sentence[: nearest.start()]), *_split_long(sentence[nearest.end() :])]
