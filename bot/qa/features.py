"""Features of sentences for a question: what the weights that choose an answer see. All at once, in numpy."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.domain import UNKNOWN_SPEAKER
from bot.nlp.embeddings import Floats, load_static_encoder, normalize, strip_accents
from bot.nlp.gazetteer import given_names
from bot.nlp.people import name_words
from bot.nlp.tokens import FUNCTION_WORDS, QUERY_NOISE_WORDS, root, stem_weight
from bot.qa.evidence import LEANING, CandidateSentence, Evidence
from bot.qa.question import AnswerType, ParsedQuestion
from bot.qa.shapes import expected_shape, expected_unit

Flags: TypeAlias = NDArray[np.bool_]
Indices: TypeAlias = NDArray[np.int64]
Number = TypeVar("Number", bound=np.generic)

_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['’]s\b")
_USUAL_RARITY = 6.0
"""Rarity, as inverse document frequency, of a word that is neither rare nor common."""
_MIN_WEIGHT = 0.05
_DIMENSIONS = 128
"""How many numbers of each word's vector are read; the first ones tell the most."""
_RELATED = 0.3
"""Cosine of two words below which they have nothing to do with one another."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The t words of a question that carry its topic, their weights, and whether each belongs to a name.

    `number` gives the place of each by its root. `names` are, for each name of the question, the numbers of the words
    that must be there for it to be named.
    """

    words: Sequence[str]
    number: Mapping[str, int]
    weights: Floats
    is_name: Flags
    names: Sequence[Sequence[int]]

    @classmethod
    def of(cls, parsed: ParsedQuestion, rarity: Mapping[str, float]) -> Terms:
        """Return the terms of a question; the rarer one is in the library, the more it tells."""
        names = [*parsed.names, *parsed.sources]
        named = {word for name in names for word in words_of(name)}
        distinct: dict[str, str] = {}
        for word in words_of(parsed.timeless):
            if word in named or not (word in FUNCTION_WORDS or word in QUERY_NOISE_WORDS):
                distinct.setdefault(root(word), word)
        weights = [
            max(rarity.get(each, 0.0) / _USUAL_RARITY, _MIN_WEIGHT) if rarity else stem_weight(each)
            for each in distinct
        ]
        number = {each: index for index, each in enumerate(distinct)}
        required = [[number[root(word)] for word in _required(name) if root(word) in number] for name in names]
        is_name = [word in named for word in distinct.values()]
        return cls(
            list(distinct.values()),
            number,
            np.array(weights, np.float32),
            np.array(is_name, np.bool_),
            [numbers for numbers in required if numbers],
        )

    def in_words(self, words: Sequence[str]) -> Indices:
        """Return the number of the term that each word is a form of, -1 if it is of none; of a name, only a plural."""
        found = [self.number.get(root(word), -1) for word in words]
        is_form = [
            index >= 0 and (not self.is_name[index] or word.removesuffix("s") == self.words[index].removesuffix("s"))
            for index, word in zip(found, words, strict=True)
        ]
        return np.where(np.array(is_form, np.bool_), np.array(found, np.int64), -1)

    def in_text(self, text: str) -> Flags:
        """Return which terms a text has."""
        found = self.in_words(words_of(text))
        has = np.zeros(len(self.words), np.bool_)
        has[found[found >= 0]] = True
        return has

    def share(self, has: Flags) -> Floats:
        """Return the share of the question, by weight, that each row (n × t) has."""
        return np.asarray(has @ self.weights / (self.weights.sum() or 1.0), np.float32)

    def named_share(self, has: Flags) -> Floats:
        """Return which share of the question's names each row (n × t) has."""
        if not self.names:
            return np.ones(len(has), np.float32)
        return np.asarray(np.mean([has[:, numbers].all(axis=1) for numbers in self.names], axis=0), np.float32)


def _required(name: str) -> Sequence[str]:
    words = [word for word in words_of(name) if word not in FUNCTION_WORDS] or words_of(name)
    return words[-1:] if words[0] in given_names() else words


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, without accents and possessive endings."""
    return _WORD.findall(_plain(text))


def _plain(text: str) -> str:
    return strip_accents(_POSSESSIVE.sub("", text))


@dataclass(frozen=True, slots=True)
class Words:
    """The words of n sentences: `flat` are the numbers of all in a row, each of one of `distinct`, from `starts` on."""

    distinct: Sequence[str]
    flat: Indices
    starts: Indices
    sentence: Indices

    @classmethod
    def of(cls, texts: Sequence[str]) -> Words:
        """Return the words of texts; one without any counts as one empty word."""
        numbers: dict[str, int] = {}
        # All at once, a line each; none of what is cut off goes beyond one.
        lines = _plain("\n".join(text.replace("\n", " ") for text in texts)).split("\n")
        rows = [[numbers.setdefault(word, len(numbers)) for word in _WORD.findall(line) or [""]] for line in lines]
        lengths = np.array([len(row) for row in rows], np.int64)
        flat = np.array([word for row in rows for word in row], np.int64)
        return cls(list(numbers), flat, np.cumsum(lengths) - lengths, np.repeat(np.arange(len(rows)), lengths))

    @property
    def lengths(self) -> Indices:
        """How many words each sentence has."""
        return np.diff(self.starts, append=len(self.flat))

    def count(self, is_one: Callable[[str], bool]) -> Indices:
        """Return how many of the words of each sentence are one of some."""
        chosen = np.array([is_one(word) for word in self.distinct], np.int64)
        return np.asarray(np.add.reduceat(chosen[self.flat], self.starts), np.int64)


class Places:
    """Where n sentences stand: in which passage, talk and line, and how far from its beginning."""

    def __init__(self, candidates: Sequence[CandidateSentence]) -> None:
        talks: dict[str, int] = {}
        lines: dict[tuple[int, int, int], int] = {}
        self.passage = np.array([line.rank for line in candidates], np.int64)
        self.talk = np.array(
            [talks.setdefault(line.passage.origin.conversation, len(talks)) for line in candidates], np.int64
        )
        self.line = np.array(
            [lines.setdefault((line.rank, line.turn, id(line.line)), len(lines)) for line in candidates], np.int64
        )
        first = np.unique(self.line, return_index=True)[1]
        self.in_line = np.arange(len(candidates)) - first[self.line]
        self._candidates = candidates

    def shifted(self, has: NDArray[Number], by: int) -> NDArray[Number]:
        """Return what the sentences `by` before have, those of the same passage."""
        back = np.zeros_like(has)
        if by < len(has):
            same = self.passage[by:] == self.passage[:-by]
            back[by:] = np.where(same.reshape(-1, *[1] * (has.ndim - 1)), has[:-by], 0)
        return back

    def most(self, has: Floats, by: Indices) -> Floats:
        """Return for each sentence the most that any of the same passage or line has."""
        whole = np.zeros((by.max() + 1, has.shape[1]), np.float32)
        np.maximum.at(whole, by, has)
        return whole[by]

    def gathered(self, has: Flags, by: Indices) -> Flags:
        """Return for each sentence what all those of the same passage, talk or line have together."""
        whole = np.zeros((by.max() + 1, has.shape[1]), np.bool_)
        np.logical_or.at(whole, by, has)
        return whole

    def question_before(self, own: Flags) -> tuple[Flags, Flags]:
        """Return the terms of the question that a sentence's line answers, and whether it answers one."""
        asks = np.array([line.text.endswith("?") for line in self._candidates], np.bool_)
        of_line, asking = self.gathered(own, self.line), self.gathered(asks[:, None], self.line)[:, 0]
        before = self._lines_before()
        known = before >= 0
        is_answer = known & asking[before]
        return (of_line[before] & is_answer[:, None])[self.line], is_answer[self.line]

    def _lines_before(self) -> Indices:
        """Return the line before each line, if another turn's is there; passages may follow one another."""
        ends: dict[tuple[str, int], int] = {}
        begins: dict[int, tuple[str, int, int]] = {}
        for number, line in zip(self.line.tolist(), self._candidates, strict=True):
            talk = line.passage.origin.conversation
            ends[talk, line.turn] = number
            begins.setdefault(number, (talk, line.turn, line.passage.turn))
        return np.array([ends.get((talk, turn - 1), -1) for talk, turn, _ in begins.values()], np.int64)


@dataclass(frozen=True, slots=True)
class MeasuredSentences:
    """n sentences, the features of each (n × f) with their names, and which terms of the question (n × t) they have.

    `own` are those in the sentence, `near` those in it and the two before, `voiced` those in its speaker's name, too,
    `around` those in its passage and title as well.
    """

    candidates: Sequence[CandidateSentence]
    terms: Terms
    columns: Sequence[str]
    features: Floats
    own: Flags
    near: Flags
    voiced: Flags
    around: Flags

    def column(self, name: str) -> Floats:
        """Return one feature of every sentence."""
        return np.asarray(self.features[:, self.columns.index(name)])


# OpenBLAS may raise the flag over numbers with which it only fills up a block.
@np.errstate(invalid="ignore")
def measure(parsed: ParsedQuestion, evidence: Sequence[Evidence]) -> MeasuredSentences:
    """Return what the sentences of some passages have to do with a question; there is at least one sentence."""
    candidates = [line for each in evidence for line in each.candidates]
    terms = Terms.of(parsed, evidence[0].hit.rarity)
    words, places = Words.of([line.text for line in candidates]), Places(candidates)
    term = terms.in_words(words.distinct)[words.flat]
    own = np.zeros((len(candidates), len(terms.words)), np.bool_)
    own[words.sentence[term >= 0], term[term >= 0]] = True
    near = own | places.shifted(own, 1) | places.shifted(own, 2)
    source, speaker = _source_terms(candidates, terms)
    voiced = near | speaker
    around = places.gathered(own, places.passage)[places.passage] | source
    talk = places.gathered(around, places.talk)[places.talk]
    asked, answers = places.question_before(own)
    columns = {
        **_shares(terms, own=own, near=near, around=around, talk=talk),
        "asked": terms.share(asked),
        "asked_or_own": terms.share(asked | own),
        "answers": answers,
        "source": terms.share(source),
        "phrase": _phrases(term, words, len(candidates), len(terms.words)),
        **_meanings(parsed, terms, words, places),
        **_ranks(candidates, evidence, places, terms.share(around)),
        **_speakers(parsed, candidates, terms, near),
        **_shapes(parsed, candidates, words, places),
        **_definitions(parsed, candidates, terms),
        "terms": np.full(len(candidates), len(terms.words)),
        **{f"is_{kind.value}": np.full(len(candidates), parsed.answer_type is kind) for kind in AnswerType},
    }
    features = np.stack([np.asarray(column, np.float32) for column in columns.values()], axis=1)
    return MeasuredSentences(candidates, terms, list(columns), features, own, near, voiced, around)


def _shares(terms: Terms, **has: Flags) -> dict[str, Floats]:
    shares: dict[str, Floats] = {}
    for where, flags in has.items():
        shares[f"share_{where}"] = terms.share(flags)
        shares[f"names_{where}"] = terms.named_share(flags)
        shares[f"others_{where}"] = terms.share(flags & ~terms.is_name)
    return shares


def _source_terms(candidates: Sequence[CandidateSentence], terms: Terms) -> tuple[Flags, Flags]:
    """Return the terms in the show, title and speaker of each sentence, and those in its speaker alone."""
    said_by = {line.speaker for line in candidates}
    speakers = {speaker: terms.in_text(speaker) for speaker in said_by}
    origins = {line.passage.origin.conversation: line.passage.origin for line in candidates}
    titles = {talk: terms.in_text(f"{origin.show} {origin.title}") for talk, origin in origins.items()}
    speaker = np.array([speakers[line.speaker] for line in candidates])
    return speaker | np.array([titles[line.passage.origin.conversation] for line in candidates]), speaker


def _phrases(term: Indices, words: Words, sentences: int, terms: int) -> Floats:
    """Return how many pairs of neighbouring terms of the question are neighbours in each sentence, as a share."""
    follows = (term[:-1] >= 0) & (term[1:] == term[:-1] + 1) & (words.sentence[:-1] == words.sentence[1:])
    counts = np.bincount(words.sentence[:-1][follows], minlength=sentences)
    return np.asarray(np.minimum(counts / max(1, terms - 1), 1.0), np.float32)


def _meanings(parsed: ParsedQuestion, terms: Terms, words: Words, places: Places) -> dict[str, Floats]:
    encoder = load_static_encoder()
    vectors = encoder.word_vectors(words.distinct)[:, :_DIMENSIONS]
    sums = np.add.reduceat(vectors[words.flat], words.starts)
    around = sums + places.shifted(sums, 1) + places.shifted(sums, 2)
    question = normalize(encoder.embed([parsed.timeless])[0, :_DIMENSIONS])
    alike = np.zeros((len(words.starts), len(terms.words)), np.float32)
    if terms.words:
        cosines = normalize(encoder.word_vectors(terms.words)[:, :_DIMENSIONS]) @ normalize(vectors).T
        alike = np.maximum.reduceat(cosines[:, words.flat], words.starts, axis=1).T
        alike = np.clip((alike - _RELATED) / (1 - _RELATED), 0, 1)
    nearby = np.maximum(alike, np.maximum(places.shifted(alike, 1), places.shifted(alike, 2)))
    others = terms.weights * ~terms.is_name
    total, rest = terms.weights.sum() or 1.0, others.sum() or 1.0
    return {
        "cosine": normalize(sums) @ question,
        "cosine_near": normalize(around) @ question,
        "alike_passage": places.most(alike, places.passage) @ terms.weights / total,
        "alike_others_line": places.most(alike, places.line) @ others / rest,
        "alike": alike @ terms.weights / total,
        "alike_others": alike @ others / rest,
        "alike_near": nearby @ terms.weights / total,
        "alike_others_near": nearby @ others / rest,
    }


def _ranks(
    candidates: Sequence[CandidateSentence], evidence: Sequence[Evidence], places: Places, share_around: Floats
) -> dict[str, NDArray[np.generic]]:
    hits = [each.hit for each in evidence]
    top = max((hit.score for hit in hits), default=1.0) or 1.0
    scores = np.array([hit.score / top for hit in hits], np.float32)
    coverage = np.array([hit.coverage for hit in hits], np.float32)
    of_talk: defaultdict[str, list[float]] = defaultdict(list)
    for hit, score in zip(hits, scores.tolist(), strict=True):
        of_talk[hit.passage.origin.conversation].append(score)
    best = {talk: sum(sorted(own, reverse=True)[:3]) for talk, own in of_talk.items()}
    most = max(best.values()) or 1.0
    talks = [line.passage.origin.conversation for line in candidates]
    order = {talk: place for place, talk in enumerate(sorted(best, key=lambda talk: -best[talk]))}
    return {
        "rank": np.log1p(places.passage),
        "score": scores[places.passage],
        "top_score": np.full(len(candidates), top),
        "coverage": np.where(coverage[places.passage] > 0, coverage[places.passage], share_around),
        "similarity": np.array([hit.similarity for hit in hits])[places.passage],
        "talk_score": np.array([best[talk] / most for talk in talks]),
        "talk_rank": np.log1p([order[talk] for talk in talks]),
        "rank_in_talk": np.log1p(
            [
                sum(other > score for other in of_talk[talk])
                for talk, score in zip(talks, scores[places.passage].tolist(), strict=True)
            ]
        ),
        "talk_hits": np.log1p([len(of_talk[talk]) for talk in talks]),
    }


def _speakers(
    parsed: ParsedQuestion, candidates: Sequence[CandidateSentence], terms: Terms, near: Flags
) -> dict[str, NDArray[np.generic]]:
    asked = [set(words_of(name)) for name in (*parsed.names, *parsed.sources)]
    labels = {line.speaker for line in candidates} - {UNKNOWN_SPEAKER}
    surnames = {label: words_of(name_words(label)[-1])[-1:] for label in labels}
    named = {label for label, surname in surnames.items() if any(name.issuperset(surname) for name in asked if surname)}
    numbers = terms.in_words([word for label in named for word in surnames[label]])
    is_mentioned = near[:, numbers[numbers >= 0]].any(axis=1)
    spoken: defaultdict[str, list[bool]] = defaultdict(list)
    for line in candidates:
        spoken[line.speaker].append(line.text.endswith("?"))
    asks = {speaker: sum(ends) / len(ends) for speaker, ends in spoken.items()}
    is_asked = np.array([line.speaker in named for line in candidates])
    return {
        "speaker_asked": is_asked,
        "another_asked": ~is_asked & bool(named),
        "another_voice": ~is_asked & ~is_mentioned & bool(named),
        "speaker_unknown": np.array([line.speaker == UNKNOWN_SPEAKER for line in candidates]),
        "speaker_asks": np.array([asks[line.speaker] for line in candidates]),
        "asks_for_views": np.full(len(candidates), parsed.asks_for_views),
    }


_FIRST_PERSON = frozenset("i we my our me us".split())
_SECOND_PERSON = frozenset({"you", "your"})


def _shapes(
    parsed: ParsedQuestion, candidates: Sequence[CandidateSentence], words: Words, places: Places
) -> dict[str, NDArray[np.generic]]:
    texts = [line.text for line in candidates]
    shape, unit = expected_shape(parsed), expected_unit(parsed)
    fits = np.array([shape.search(text) is not None for text in texts])
    return {
        "length": np.log1p(words.lengths),
        "asks": np.array([text.endswith("?") for text in texts]),
        "leans": np.array([LEANING.match(text) is not None for text in texts]),
        "first_person": words.count(_FIRST_PERSON.__contains__),
        "second_person": words.count(_SECOND_PERSON.__contains__),
        "digits": words.count(str.isdigit) > 0,
        "in_line": np.minimum(places.in_line, 12),
        "fits": fits,
        "fits_near": fits | places.shifted(fits, 1),
        "fits_unit": np.array([unit is not None and unit.search(text) is not None for text in texts]),
        "has_unit": np.full(len(texts), unit is not None),
    }


_DEFINING = r"s?\W+(?:is|are|was|means?|stands for|refers to|called|basically|just|essentially|would be)\b"


def _definitions(
    parsed: ParsedQuestion, candidates: Sequence[CandidateSentence], terms: Terms
) -> dict[str, NDArray[np.generic]]:
    """Return whether a sentence says what the thing that is asked about is, and how late in its talk it stands."""
    if parsed.answer_type is not AnswerType.DEFINITION or not terms.words:
        return {"defines": np.zeros(len(candidates)), "late": np.zeros(len(candidates))}
    is_defined = re.compile(rf"\b(?:{'|'.join(map(re.escape, terms.words))}){_DEFINING}", re.IGNORECASE)
    return {
        "defines": np.array([is_defined.search(strip_accents(line.text)) is not None for line in candidates]),
        "late": np.log1p([line.turn for line in candidates]),
    }
