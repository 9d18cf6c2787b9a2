"""Premises: what a question takes for granted, and what the sentences found say instead."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from bot.domain import UNKNOWN_SPEAKER, Hit
from bot.nlp.gazetteer import given_names
from bot.nlp.lexicons import word_list, word_pairs
from bot.nlp.people import name_words
from bot.nlp.tokens import FUNCTION_WORDS, root, stem
from bot.qa.evidence import CandidateSentence, source_date
from bot.qa.features import Indices, MeasuredSentences, words_of
from bot.qa.question import AnswerType, ParsedQuestion, is_familiar, parse_question
from bot.qa.reranking import Ranking


@dataclass(frozen=True, slots=True)
class FalsePremise:
    """What a question takes for granted wrongly, in a sentence that is true of what was found; and what comes nearest.

    `is_sure` is set if the question isn't to be answered, however near the sentences found are.
    """

    text: str
    nearest: CandidateSentence | None
    is_sure: bool = True


def find_false_premise(parsed: ParsedQuestion, ranking: Ranking) -> FalsePremise | None:
    """Return what a question takes for granted that the sentences found don't bear out; None if nothing is sure."""
    if ranking.measured is None or not ranking.nearest:
        return None
    return (
        _absent_name(parsed, ranking, ranking.measured)
        or _other_action(parsed, ranking, ranking.measured)
        or _other_person(parsed, ranking, ranking.measured)
    )


# What nobody mentions


def unheard(measured: MeasuredSentences) -> list[str]:
    """Return the words of a question that no passage of the whole library has."""
    hit = measured.candidates[0].hit
    never = math.log(1 + (hit.collection_size + 0.5) / 0.5) - 1e-6
    return [word for word in measured.terms.words if hit.rarity.get(root(word), 0.0) >= never]


def unheard_names(parsed: ParsedQuestion, measured: MeasuredSentences) -> list[str]:
    """Return what of a question nobody mentions: whole names, and words that are no ordinary ones."""
    missing = unheard(measured)
    names = [name for name in (*parsed.names, *parsed.sources) if any(word in missing for word in words_of(name))]
    written = [name for name in names if name[0].isupper()]
    named = {word for name in written for word in words_of(name)}
    return [*written, *(word for word in missing if word not in named and not is_familiar(word))]


_SUBJECT = r"\b(?:did|does|do|has|have|had|is|are|was|were|will|would|can|could)\s+(?:the\s+)?{}(?!\w)"


def _absent_name(parsed: ParsedQuestion, ranking: Ranking, measured: MeasuredSentences) -> FalsePremise | None:
    is_name = dict(zip(measured.terms.words, measured.terms.is_name.tolist(), strict=True))
    for name in unheard_names(parsed, measured):
        if is_name.get(name, True) and re.search(_SUBJECT.format(re.escape(name)), parsed.text, re.IGNORECASE):
            return FalsePremise(f"Nobody here mentions {name}.", ranking.nearest[0].candidate)
    return None


# Who did something else, or who else did it

_LAY_OFF = re.compile(r"\b(?:lay|lays|laid|laying)[- ]off\b|\blayoffs?\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:[’'][a-z]+|-off\b)?|[,;:()?!]")


class _Actions:
    """The actions of the lexicon: what else each is called, its opposites, and how it is written."""

    def __init__(self) -> None:
        self.same: defaultdict[str, set[str]] = defaultdict(set)
        self.opposite: defaultdict[str, set[str]] = defaultdict(set)
        self.written: dict[str, str] = {}
        for sides in word_pairs("opposite_action"):
            one, other = ([stem(word) for word in side.split()] for side in sides)
            for mine, others in ((one, other), (other, one)):
                for key in mine:
                    self.same[key] |= {*mine}
                    self.opposite[key] |= {*others}
            self.written |= {stem(word): word for side in sides for word in side.split()}

    def key(self, word: str) -> str:
        """Return the action that a word is a form of, else an empty string."""
        key = stem(word)
        key = key[:-1] if key.endswith("ll") and key[:-1] in self.written else key
        return key if key in self.written else ""


_ACTIONS = _Actions()
_AUXILIARY = re.compile(r"\b(?:did|does|do|has|have|had|will|would)\s+", re.IGNORECASE)
_PHRASES = {"lay off": "lay-off", "pay for": "buy"}
_LONGEST_DOER = 6
_BE = frozenset("is are was were be been being get got gets".split())
_PRONOUNS = frozenset("i we they it he she who that which this these those you".split())
_OBJECT_PRONOUNS = frozenset("it them that this those these one him her".split())
_REAL_BEFORE_TO = frozenset("decided agreed chose voted had began started continued managed forced went".split())
_GOES_ON = _BE | frozenset("keep keeps kept start started began stopped by".split())
_NAMES = frozenset({"May", "Will"})
"""Which aren't modal verbs."""
_UNREAL = word_list("unreal_action")
_SPAN_BEFORE, _SPAN_UNREAL, _SPAN_AFTER = 9, 5, 7
"""So many words before an action tell who acts and whether it is real, and so many after it who acted, if passive."""


class _Agent(Enum):
    ASKED = auto()
    PRONOUN = auto()
    UNNAMED = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class _Question:
    """An action that a question takes for granted: who did it, what, and to what."""

    doer: str
    action: str
    thing: str


def _asked_action(parsed: ParsedQuestion) -> _Question | None:
    auxiliary = _AUXILIARY.search(parsed.timeless)
    words = parsed.timeless[auxiliary.end() :].rstrip(" ?.!").split() if auxiliary else []
    for place in range(1, min(_LONGEST_DOER, len(words) - 1)):
        phrase = " ".join(words[place : place + 2]).lower()
        after = place + 1 + (phrase in _PHRASES)
        if (action := _ACTIONS.key(_PHRASES.get(phrase, words[place]))) and words[after:]:
            return _Question(" ".join(words[:place]), action, " ".join(words[after:]))
    return None


@dataclass(frozen=True, slots=True)
class _Told:
    """An action in the sentence of a row, whose it is, whether it is in the past, and done to "it" or "them"."""

    row: int
    action: str
    agent: _Agent
    is_past: bool
    has_pronoun: bool


def _other_action(parsed: ParsedQuestion, ranking: Ranking, measured: MeasuredSentences) -> FalsePremise | None:
    """Tell the opposite action, or another's, if a question asks for one that nothing found tells of."""
    asked = _asked_action(parsed)
    if asked is None or parsed.answer_type is AnswerType.YES_NO:
        return None
    same, opposite = _ACTIONS.same[asked.action], _ACTIONS.opposite[asked.action]
    doer, thing = _numbers(measured, asked.doer), _numbers(measured, asked.thing)
    if not len(doer) or not len(thing):
        return None
    told = [
        each
        for row in np.flatnonzero(measured.near[:, thing].any(axis=1)).tolist()
        for each in _told_actions(row, asked, measured, same | opposite)
        if _has_thing(each, thing, measured)
    ]
    places = {each.row: place for place, each in enumerate(ranking.nearest)}
    told.sort(key=lambda each: (not each.is_past, places.get(each.row, len(places))))
    if any(each.action in same and _may_be_asked(each, doer, measured) for each in told):
        return None
    nothing = f"I found nothing of {asked.doer} {_gerund(asked.action)} {asked.thing}"
    contrary = [each for each in told if each.action in opposite and _is_asked(each, doer, measured)]
    if contrary:
        line = measured.candidates[contrary[0].row]
        opposite_one, asked_one = _gerund(contrary[0].action), _gerund(asked.action)
        if _is_by(line, asked.doer):
            when = source_date(line.passage.origin)
            return FalsePremise(f"{line.speaker} speaks of {opposite_one}, not of {asked_one} ({when}).", line)
        return FalsePremise(f"{nothing}; the nearest speaks of {opposite_one}.", line)
    others = [each for each in told if each.action in same and each.agent is _Agent.OTHER]
    if others and measured.terms.is_name[thing].any():
        return FalsePremise(f"{nothing}; the nearest names others.", measured.candidates[others[0].row])
    return None


def _numbers(measured: MeasuredSentences, words: str) -> Indices:
    """Return which terms of the question some words of it are."""
    found = np.unique(measured.terms.in_words(words_of(words)))
    return found[found >= 0]


def _has_thing(told: _Told, thing: Indices, measured: MeasuredSentences) -> bool:
    """Return whether an action was done to a thing: all its names and half of the rest are there, or a pronoun."""
    here = (measured.near if told.has_pronoun else measured.own)[told.row, thing]
    is_name = measured.terms.is_name[thing]
    rest = measured.terms.weights[thing] * ~is_name
    return bool(here[is_name].all() and (rest * here).sum() >= _LEAST_OF_THING * rest.sum())


_LEAST_OF_THING = 0.5


def _is_asked(told: _Told, doer: Indices, measured: MeasuredSentences) -> bool:
    """Return whether an action is told of the one who is asked about."""
    is_voiced = bool(measured.voiced[told.row, doer].all() and not measured.near[told.row, doer].all())
    is_around = bool(measured.around[told.row, doer].all())
    return (
        told.agent is _Agent.ASKED
        or (told.agent is _Agent.PRONOUN and is_around)
        or (told.agent is _Agent.UNNAMED and is_voiced)
    )


def _may_be_asked(told: _Told, doer: Indices, measured: MeasuredSentences) -> bool:
    is_around = bool(measured.around[told.row, doer].all())
    return told.agent is _Agent.ASKED or (told.agent is not _Agent.OTHER and is_around)


def _told_actions(row: int, asked: _Question, measured: MeasuredSentences, actions: set[str]) -> Iterator[_Told]:
    """Yield the actions in a sentence that really took place, as far as its words tell."""
    line = measured.candidates[row]
    text = line.text
    if text.rstrip().endswith("?"):
        return
    tokens = _WORD.findall(_LAY_OFF.sub("lay-off", text))
    start = 0
    for place, token in enumerate(tokens):
        action = _ACTIONS.key(token)
        if action not in actions:
            continue
        before = tokens[max(start, place - _SPAN_BEFORE) : place]
        lower = [word if word in _NAMES else word.lower().replace("’", "'") for word in before]
        if _is_real(token.lower(), lower):
            is_passive = bool(_BE.intersection(lower[-2:]))
            after = tokens[place + 1 : place + 1 + _SPAN_AFTER]
            agents = _after_by(after) if is_passive else before
            has_pronoun = bool(_OBJECT_PRONOUNS.intersection(map(str.lower, after[:2])))
            yield _Told(row, action, _agent(agents, asked.doer), _is_past(token.lower()), has_pronoun)
        start = place + 1


def _is_real(word: str, before: Sequence[str]) -> bool:
    if _UNREAL.intersection(before[-_SPAN_UNREAL:]):
        return False
    if before[-1:] == ["to"]:
        return bool(_REAL_BEFORE_TO.intersection(before[-2:-1]))
    return not word.endswith("ing") or bool(_GOES_ON.intersection(before[-2:]))


def _is_past(word: str) -> bool:
    return word.endswith("ed") or (word not in _ACTIONS.written.values() and not word.endswith(("s", "ing")))


def _after_by(after: Sequence[str]) -> Sequence[str]:
    """Return who did it by what follows a passive."""
    places = [place for place, word in enumerate(after) if word.lower() == "by"]
    return after[places[0] + 1 :] if places else ()


def _agent(words: Sequence[str], doer: str) -> _Agent:
    asked = {word.removesuffix("s") for word in words_of(doer) if word not in FUNCTION_WORDS}
    own = {word for each in words for word in words_of(each)}
    if asked.intersection(word.removesuffix("s") for word in own):
        return _Agent.ASKED
    if _PRONOUNS.intersection(own):
        return _Agent.PRONOUN
    is_named = any(word[0].isupper() and not is_familiar(word.lower()) for word in words)
    return _Agent.OTHER if is_named else _Agent.UNNAMED


def _is_by(line: CandidateSentence, doer: str) -> bool:
    """Return whether the speaker of a sentence is who is asked about."""
    surname = words_of(name_words(line.speaker)[-1]) if line.speaker != UNKNOWN_SPEAKER else []
    return bool(surname) and set(surname).issubset(words_of(doer))


_CONSONANT_ENDING = re.compile(r"[^aeiou]*[aeiou][^aeiouwxy]")


def _gerund(action: str) -> str:
    verb = _ACTIONS.written[action]
    if verb == "lay-off":
        return "laying off"
    if _CONSONANT_ENDING.fullmatch(verb):
        return f"{verb}{verb[-1]}ing"
    return f"{verb.removesuffix('e')}ing"


# Who is not heard on something

_FEW, _MOST = 0.5, 0.75
"""What share of a topic, at most, somebody has who isn't heard on it; and at least somebody else who is."""
_UNLIKE = 0.5
"""How much of a topic in other words, at most, somebody has who isn't heard on it."""


def _other_person(parsed: ParsedQuestion, ranking: Ranking, measured: MeasuredSentences) -> FalsePremise | None:
    """Tell who speaks of a thing, if the one whose view is asked for isn't heard on it."""
    own = measured.column("speaker_asked") > 0
    if not parsed.asks_for_views or not own.any():
        return None
    speaker = measured.candidates[int(np.argmax(own))].speaker
    person = {word for name in parsed.names for word in words_of(name) if word in words_of(speaker)}
    topic = np.array([word not in person for word in measured.terms.words], np.bool_)
    weights = measured.terms.weights * topic
    if not weights.any():
        return None
    shares = measured.near @ weights / weights.sum()
    if shares[own].max() > _FEW or measured.near[own, int(np.argmax(weights))].any():
        return None
    is_known = np.array([_is_named(line.speaker) for line in measured.candidates], np.bool_)
    elsewhere = np.where(own | ~is_known, 0.0, shares)
    others = [each.row for each in ranking.nearest if elsewhere[each.row] > _MOST] or [int(np.argmax(elsewhere))]
    thing = _as_written(parsed.timeless, [word for word, has in zip(measured.terms.words, topic, strict=True) if has])
    text = f"I found nothing by {speaker} on {thing}"
    if elsewhere[others[0]] <= _MOST:
        return FalsePremise(f"{text}.", None, is_sure=False)
    best = measured.candidates[others[0]]
    is_sure = float(measured.column("alike_others")[own].max()) < _UNLIKE
    return FalsePremise(f"{text}; {best.speaker} speaks of it.", best, is_sure=is_sure)


def _is_named(speaker: str) -> bool:
    """Return whether a label names somebody; a machine's "Speaker 2" doesn't."""
    return speaker != UNKNOWN_SPEAKER and not any(map(str.isdigit, speaker))


def unheard_speaker(question: str, hits: Sequence[Hit]) -> str:
    """Return whose view a question asks for if none of some passages has them speak; else an empty string."""
    parsed = parse_question(question)
    if not parsed.asks_for_views:
        return ""
    speakers = {
        word for hit in hits for name in {hit.passage.speaker, *hit.passage.speakers} for word in words_of(name)
    }
    people = [name for name in parsed.names if len(words := words_of(name)) > 1 and words[0] in given_names()]
    return next((name for name in people if words_of(name)[-1] not in speakers), "")


def _as_written(question: str, words: Sequence[str]) -> str:
    """Return the part of a question from the first of some words to the last, with the article before it."""
    alternatives = "|".join(map(re.escape, words))
    found = [match.span() for match in re.finditer(rf"\b(?:{alternatives})(?:['’]s)?\b", question, re.IGNORECASE)]
    if not found:
        return "that"
    first, last = found[0][0], found[-1][1]
    article = _ARTICLE.search(question[:first])
    return question[article.start() if article else first : last]


_ARTICLE = re.compile(r"\b(?:the|an?|his|her|their|its|our|my)\s+$", re.IGNORECASE)
