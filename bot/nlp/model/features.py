"""Features of sentences: what the heads weigh. All sentences of a conversation are measured at once, in numpy."""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, count
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.domain import Conversation, EntityKind, Figure, Role
from bot.nlp.embeddings import Floats
from bot.nlp.gazetteer import NameMatch, common_words
from bot.nlp.tokens import FUNCTION_WORDS, content_stems, stem

Indices: TypeAlias = NDArray[np.int64]

BUCKETS = 1 << 15
"""How many weights hashed words have, and again hashed pairs of words."""

_NUMBER_CLASSES = ("1", "100", "2000")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d[\d.,]*|[?!%$…]")
_DIGIT = re.compile(r"\d")
_START, _END = "^", "."
_CLASSES = (
    frozenset("i i'm i've i'd i'll me my myself mine".split()),
    frozenset("we we're we've we'd we'll our ours us ourselves".split()),
    frozenset("you you're you've you'd you'll your yours yourself".split()),
    frozenset("he he's she she's they they're they've they'd it it's it'd it'll him her them his their its".split()),
    frozenset("this that that's these those there there's here such".split()),
    frozenset("and but so because or then well now also plus".split()),
    FUNCTION_WORDS,
    common_words(),
    frozenset(_NUMBER_CLASSES),
)
_PAIR_FACTOR = np.uint32(2_654_435_761)
_YEAR_DIGITS, _CENTURIES, _LONG_NUMBER = 4, ("19", "20"), 3
# What stands before it is looked at last: few letters are capitals.
_CAPITAL = re.compile(r"[A-Z](?<!^.)(?<!\w.)(?<![.!?] .)[a-z]+")
_SHORT, _SHORTER, _LONG, _LONGER = 8, 5, 35, 60
_NO_FIGURES, _NO_NAMES = (False,) * 6, (False,) * len(EntityKind)
_EDGE, _SHORT_TURN = 0.03, 150
_MIN_SENTENCES = 30
_USUAL_PLACE = (0.43, 0.15, 0.19, 0.39, 0.01, 0.01, 0.49, 0.53, 0.29, 0.21, 0.0, 0.07, 0.54, 0.27, 0.49)
"""The mean over labelled conversations."""


class Sentence(Protocol):
    """A sentence of a turn, with the names and figures that were found in it."""

    @property
    def turn(self) -> int:
        """The number of its turn."""

    @property
    def start(self) -> int:
        """Where it starts in the turn's text."""

    @property
    def text(self) -> str:
        """Its exact words."""

    @property
    def names(self) -> Sequence[NameMatch]:
        """The names in it."""

    @property
    def figures(self) -> Sequence[Figure]:
        """What it measures."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of n texts, of which v are distinct.

    `words` are those of all texts in a row, as numbers below v, and `starts` where each text begins among them.
    `hashes` (v) are what is known of each of the `known` words.
    """

    known: Sequence[str]
    words: Indices
    starts: Indices
    hashes: NDArray[np.uint32]

    @property
    def lengths(self) -> Floats:
        """How many words each text has, its two edges counted."""
        return np.diff(self.starts, append=len(self.words)).astype(np.float32)[:, None]

    @property
    def word_buckets(self) -> Indices:
        """The bucket of each word in `words`."""
        return (self.hashes % BUCKETS).astype(np.int64)[self.words]

    @property
    def pair_buckets(self) -> Indices:
        """The bucket of each word with the next one."""
        following = np.roll(self.words, -1)
        return ((self.hashes[self.words] * _PAIR_FACTOR + self.hashes[following]) % BUCKETS).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Features(Words):
    """The features of sentences: their words, and the `shapes` (n × s) of them."""

    shapes: Floats


def index_words(texts: Iterable[str]) -> Words:
    """Return the words of texts; there is at least one."""
    distinct: defaultdict[str, int] = defaultdict(count().__next__)
    words: list[int] = []
    starts: list[int] = []
    for text in texts:
        starts.append(len(words))
        words += map(distinct.__getitem__, tokens(text))
    known = list(distinct)
    hashes = np.fromiter(map(_hash, known), np.uint32, len(known))
    return Words(known, np.array(words, np.int64), np.array(starts, np.int64), hashes)


def measure_sentences(sentences: Sequence[Sentence], conversation: Conversation) -> Features:
    """Return the features of sentences, which stand in the order of the conversation; there is at least one."""
    indexed = index_words(sentence.text for sentence in sentences)
    known, flat, firsts = indexed.known, indexed.words, indexed.starts
    topic = set(content_stems(" ".join((conversation.title, *(chapter.title for chapter in conversation.chapters)))))
    listed = np.frombuffer(b"".join(map(_word_classes, known)), np.uint8).reshape(len(known), -1)
    classes = np.column_stack([listed, [stem(word) in topic for word in known]]).astype(np.float32)
    counts = np.add.reduceat(classes[flat], firsts)
    shapes = np.hstack(
        [
            np.minimum(counts, 4) / 4,
            counts > 0,
            counts / indexed.lengths,
            classes[flat[firsts + 1]],
            np.array([_sentence_shape(sentence) for sentence in sentences], np.float32),
            np.array(_places(sentences, conversation), np.float32),
        ],
        dtype=np.float32,
    )
    return Features(known, flat, firsts, indexed.hashes, shapes)


def tokens(text: str) -> list[str]:
    """Return the words of a sentence as the heads know them, between its edges; numbers are told only by kind."""
    words = _WORD.findall(text.replace("’", "'").lower())
    if _DIGIT.search(text):
        words = [_number_class(word) if word[0].isdigit() else word for word in words]
    return [_START, *words, _END]


def _number_class(word: str) -> str:
    short, long, year = _NUMBER_CLASSES
    if len(word) == _YEAR_DIGITS and word.startswith(_CENTURIES):
        return year
    return long if len(word) >= _LONG_NUMBER else short


@lru_cache(maxsize=1 << 16)
def _hash(word: str) -> int:
    return zlib.crc32(word.encode())


@lru_cache(maxsize=1 << 16)
def _word_classes(word: str) -> bytes:
    return bytes(word in words for words in _CLASSES)


def _sentence_shape(sentence: Sentence) -> tuple[float, ...]:
    text, figures, names = sentence.text, sentence.figures, sentence.names
    length = text.count(" ") + 1
    capitals = len(_CAPITAL.findall(text))
    return (
        min(length, 80) / 20,
        length < _SHORTER,
        length < _SHORT,
        length > _LONG,
        length > _LONGER,
        *(_figure_shape(figures) if figures else _NO_FIGURES),
        *(_name_kinds(names) if names else _NO_NAMES),
        bool(names),
        min(len(names), 4) / 4,
        bool(names) and names[0].start == 0,
        bool(names) and bool(figures),
        bool(names) and length < _SHORT,
        bool(figures) and length < _SHORT,
        bool(names) and bool(figures) and length < _SHORT,
        capitals > 0,
        min(capitals, 5) / 5,
        text.endswith("?"),
        "?" in text,
        text.endswith(("...", "…", "--", "—")),
        text.endswith("!"),
        text.endswith(":"),
        text[:1].islower(),
        '"' in text or "“" in text,
        "[" in text or "(" in text,
    )


def _name_kinds(names: Sequence[NameMatch]) -> tuple[bool, ...]:
    kinds = {name.kind for name in names}
    return tuple(kind in kinds for kind in EntityKind)


def _figure_shape(figures: Sequence[Figure]) -> tuple[float, ...]:
    return (
        True,
        len(figures) > 1,
        any(figure.unit == "%" for figure in figures),
        any(figure.currency for figure in figures),
        any(figure.magnitude for figure in figures),
        any(figure.period for figure in figures),
    )


def _places(sentences: Sequence[Sentence], conversation: Conversation) -> list[tuple[float, ...]]:
    """Say where each sentence stands: in its turn, in the conversation, and in whose mouth.

    In a few sentences, such as a post, places mean nothing; each is given the usual one of a long conversation.
    """
    if len(sentences) < _MIN_SENTENCES:
        return [_USUAL_PLACE] * len(sentences)
    turns = conversation.turns
    spoken: Counter[str | None] = Counter()
    for turn in turns:
        spoken[turn.speaker] += len(turn.text)
    total = max(1, spoken.total())
    roles: Mapping[str | None, Role] = {person.name: person.role for person in conversation.people}
    lasts = {turn: "?" in turns[turn].text[-2:] for turn in range(len(turns))}
    ends = list(accumulate(len(turn.text) for turn in turns))

    @cache
    def place_of(number: int) -> tuple[int, int, tuple[float, ...], tuple[float, ...]]:
        turn = turns[number]
        length = max(1, len(turn.text))
        voice = (
            spoken[turn.speaker] / total,
            roles.get(turn.speaker) is Role.HOST,
            roles.get(turn.speaker) is Role.GUEST,
            turn.speaker is None,
            len(spoken) == 1,
            min(len(spoken), 6) / 6,
            number > 0 and lasts[number - 1],
            min(total, 100_000) / 100_000,
        )
        return ends[number] - length, length, (min(length, 3000) / 3000, length < _SHORT_TURN), voice

    rows: list[tuple[float, ...]] = []
    for sentence in sentences:
        begin, length, size, voice = place_of(sentence.turn)
        place = (begin + sentence.start) / total
        edges = (place < _EDGE, place > 1 - _EDGE)
        rows.append((*size, sentence.start == 0, sentence.start / length, *edges, place, *voice))
    return rows
