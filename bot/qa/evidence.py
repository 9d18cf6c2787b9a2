"""Evidence: sentences that may answer a question, each an exact span of what one speaker said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.domain import UNDATED, UNKNOWN_SPEAKER, Citation, Hit, Origin, Passage
from bot.nlp.sentences import sentence_spans
from bot.nlp.tokens import stems

MAX_QUOTE_CHARS = 320
"""A sentence with its lead-in is no longer; one that is longer by itself is cut at a pause."""
_PAUSE = re.compile(
    r"(?:[;:,]|\s[–—-])\s+(?=(?:and|but|so|because|which|who|that|then|or|while|whereas)\b)", re.IGNORECASE
)
LEANING = re.compile(
    r"\W*(?:(?:and|but|so|because|yeah|yes|no|well|right|or|then|also|that's why)\b,?\s*)*"
    r"(?:(?:it|they|that|this|these|those|he|she|which|them|there)(?:'\w+)?\b|(?:and|but|so|because|or|which)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CandidateSentence:
    """A sentence, `line[start:end]`, of what one speaker said without a break: a turn, or a piece of a long one.

    `before` is where the sentence before it begins in the line; `start` itself if there is none.
    """

    hit: Hit
    rank: int
    turn: int
    speaker: str
    line: str
    start: int
    end: int
    before: int

    @property
    def passage(self) -> Passage:
        """The passage it is in."""
        return self.hit.passage

    @property
    def text(self) -> str:
        """Its own words."""
        return self.line[self.start : self.end]

    @cached_property
    def opening(self) -> int:
        """Where its quote begins: with the sentence before, if it leans on that and both are short."""
        leans = LEANING.match(self.text.replace("’", "'")) is not None
        return self.before if leans and self.end - self.before <= MAX_QUOTE_CHARS else self.start

    @cached_property
    def quote(self) -> str:
        """The words that are shown for it."""
        return self.line[self.opening : self.end]

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of the words that are quoted."""
        return frozenset(stems(self.quote))

    def has(self, other: CandidateSentence) -> bool:
        """Return whether its quote has another sentence of the turn, which passages may share."""
        is_same_turn = (self.passage.origin, self.turn) == (other.passage.origin, other.turn)
        return is_same_turn and other.text.strip() in self.quote

    def to_citation(self) -> Citation:
        """Return it as a citation; the time is that of its passage, a little before it at most."""
        return Citation(self.passage.origin, self.quote, self.speaker, self.passage.t, self.turn)


@dataclass(frozen=True)
class Evidence:
    """A hit split into sentences."""

    hit: Hit
    candidates: tuple[CandidateSentence, ...]

    @cached_property
    def source_stems(self) -> frozenset[str]:
        """The stems of its source."""
        return source_stems(self.hit.passage)

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of its source and text together."""
        return self.source_stems.union(stems(self.hit.passage.text))


def extract_evidence(hits: Sequence[Hit]) -> list[Evidence]:
    """Return the evidence of hits, in their order."""
    return [Evidence(hit, tuple(_candidate_sentences(rank, hit))) for rank, hit in enumerate(hits)]


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


def source_date(origin: Origin) -> str:
    """Return when something was said, in words: "3 May 2030"; "undated" if nobody knows."""
    return "undated" if origin.date == UNDATED else f"{origin.date.day} {origin.date:%B %Y}"


def source_stems(passage: Passage) -> frozenset[str]:
    """Return the stems of a passage's show, title, speakers and date."""
    origin = passage.origin
    named = " ".join({passage.speaker, *passage.speakers})
    return frozenset(stems(f"{origin.show} {origin.title} {named} {source_date(origin)}"))


def _candidate_sentences(rank: int, hit: Hit) -> Iterator[CandidateSentence]:
    for turn, speaker, words in passage_turns(hit.passage):
        before = None
        for start, end in sentence_spans(words):
            for first, last in _split_long(words, start, end):
                opens = first if before is None else before
                yield CandidateSentence(hit, rank, turn, speaker, words, first, last, opens)
                before = first


def _split_long(line: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    is_long = end - start > MAX_QUOTE_CHARS
    pauses = [pause for pause in _PAUSE.finditer(line, start, end) if pause.start() > start] if is_long else []
    if not pauses:
        yield start, end
        return
    nearest = min(pauses, key=lambda pause: abs(pause.start() - (start + end) // 2))
    yield from _split_long(line, start, nearest.start())
    yield from _split_long(line, nearest.end(), end)
