"""Evidence: sentences that may answer a question, each an exact span of what one speaker said."""

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
    """A sentence, with the stems of its own words and of the sentence before it."""

    hit: Hit
    rank: int
    turn: int
    speaker: str
    quote: str
    stems: frozenset[str]
    previous_stems: frozenset[str] = frozenset()

    @property
    def passage(self) -> Passage:
        """The passage it is in."""
        return self.hit.passage

    def to_citation(self) -> Citation:
        """Return it as a citation; the time is that of its passage, a little before it at most."""
        return Citation(self.passage.origin, self.quote, self.speaker, self.passage.t, self.turn)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A hit split into sentences, with the stems of its source, and those of source and sentences together."""

    hit: Hit
    candidates: tuple[CandidateSentence, ...]
    source_stems: frozenset[str]
    stems: frozenset[str]


def extract_evidence(hits: Sequence[Hit]) -> list[Evidence]:
    """Return the evidence of hits in their order; only the best ones are split into sentences, for speed."""
    chars = accumulate(len(hit.passage.text) for hit in hits)
    ranked = zip(count(), hits, chain([0], chars), strict=False)
    return [_evidence_of(rank, hit, split_sentences=before < _MAX_SPLIT_CHARS) for rank, hit, before in ranked]


def passage_turns(passage: Passage) -> Iterator[tuple[int, str, str]]:
    """Yield turn, speaker and words of each turn in a passage.

    A passage of several turns that does not name the speaker of each leaves them unknown.
    """
    lines = passage.text.split("\n")
    default = passage.speaker if passage.turn == passage.last else UNKNOWN_SPEAKER
    is_line_per_turn = passage.last - passage.turn + 1 == len(lines)
    for index, words in enumerate(lines):
        named = passage.speakers[index] if len(passage.speakers) == len(lines) else ""
        yield passage.turn + index * is_line_per_turn, named or default, words


def source_stems(passage: Passage) -> frozenset[str]:
    """Return the stems of a passage's show, title, speakers and date."""
    origin = passage.origin
    named = " ".join({passage.speaker, *passage.speakers})
    return frozenset(stems(f"{origin.show} {origin.title} {named} {origin.date:%d %B %Y}"))


def _evidence_of(rank: int, hit: Hit, *, split_sentences: bool) -> Evidence:
    source = source_stems(hit.passage)
    lines = tuple(_candidate_sentences(rank, hit)) if split_sentences else ()
    words = [line.stems for line in lines] if split_sentences else [stems(hit.passage.text)]
    return Evidence(hit, lines, source, source.union(*words))


def _candidate_sentences(rank: int, hit: Hit) -> Iterator[CandidateSentence]:
    before: frozenset[str] = frozenset()
    for turn, speaker, words in passage_turns(hit.passage):
        for sentence in _split_sentences(words):
            own = frozenset(stems(sentence))
            yield CandidateSentence(hit, rank, turn, speaker, sentence, own, before)
            before = own


def _split_sentences(text: str) -> Iterator[str]:
    """Yield sentences; one that points back brings the sentence before along, if both are short."""
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
