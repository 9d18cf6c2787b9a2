"""Sentences that may answer a question, each an exact span of what one speaker said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, count

from bot.domain import UNKNOWN_SPEAKER, Citation, Hit, Passage
from bot.nlp.question_words import stems
from bot.nlp.sentences import sentences

_LONGEST = 320
_READ_CLOSELY = 6_000
_PAUSE = re.compile(
    r"(?:[;:,]|\s[–—-])\s+(?=(?:and|but|so|because|which|who|that|then|or|while|whereas)\b)", re.IGNORECASE
)


_LEANS = re.compile(r"(?:it|they|that|this|these|those|he|she|which)(?:['’]\w+)?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence somebody said, with the stems of its own words and of the sentence before it."""

    hit: Hit
    rank: int
    turn: int
    speaker: str
    quote: str
    stems: frozenset[str]
    before: frozenset[str] = frozenset()

    @property
    def passage(self) -> Passage:
        """Where it stands."""
        return self.hit.passage

    def cite(self) -> Citation:
        """Return it as a citation; the time is that of its passage, at most a little before it."""
        return Citation(self.passage.origin, self.quote, self.speaker, self.passage.t, self.turn)


@dataclass(frozen=True, slots=True)
class Held:
    """A hit taken apart: its lines, the stems of where it was said, and those with the stems of its lines."""

    hit: Hit
    lines: tuple[Line, ...]
    place: frozenset[str]
    words: frozenset[str]


def gather(hits: Sequence[Hit]) -> list[Held]:
    """Take hits apart, in their order; behind the best ones only the words are taken, for speed."""
    read = accumulate(len(hit.passage.text) for hit in hits)
    ranked = zip(count(), hits, chain([0], read), strict=False)
    return [_held(rank, hit, closely=before < _READ_CLOSELY) for rank, hit, before in ranked]


def spoken(passage: Passage) -> Iterator[tuple[int, str, str]]:
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


def place(passage: Passage) -> frozenset[str]:
    """Return the stems of a passage's show, title, speakers and date."""
    origin = passage.origin
    named = " ".join({passage.speaker, *passage.speakers})
    return frozenset(stems(f"{origin.show} {origin.title} {named} {origin.date:%d %B %Y}"))


def _held(rank: int, hit: Hit, *, closely: bool) -> Held:
    where = place(hit.passage)
    lines = tuple(_lines(rank, hit)) if closely else ()
    said = [line.stems for line in lines] if closely else [stems(hit.passage.text)]
    return Held(hit, lines, where, where.union(*said))


def _lines(rank: int, hit: Hit) -> Iterator[Line]:
    before: frozenset[str] = frozenset()
    for turn, speaker, words in spoken(hit.passage):
        for sentence in _parts(words):
            own = frozenset(stems(sentence))
            yield Line(hit, rank, turn, speaker, sentence, own, before)
            before = own


def _parts(words: str) -> Iterator[str]:
    """Yield sentences; one that leans on the sentence before it brings that along, where both are short."""
    before = 0
    for start, end in sentences(words):
        leaning = _LEANS.match(words, start) is not None and end - before <= _LONGEST
        yield from _short_enough(words[before if leaning else start : end])
        before = start


def _short_enough(sentence: str) -> list[str]:
    pauses = [pause for pause in _PAUSE.finditer(sentence) if pause.start()] if len(sentence) > _LONGEST else []
    if not pauses:
        return [sentence]
    nearest = min(pauses, key=lambda pause: abs(pause.start() - len(sentence) // 2))
    return [*_short_enough(sentence[: nearest.start()]), *_short_enough(sentence[nearest.end() :])]
