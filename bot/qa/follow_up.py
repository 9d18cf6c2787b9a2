"""Follow-up questions: what "he", "that company" or "and Nvidia?" refer to."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.domain import Subject
from bot.nlp.question_words import ASKING, GRAMMAR, words
from bot.qa.question import Asked, take_apart

_QUESTIONS_KEPT = 5
_NAMES_KEPT = 4
_ELLIPTIC = re.compile(
    r"^\W*(?:and|but|also|or|so|then|ok(?:ay)?|what about|how about|what else|who else|anything else|anyone else"
    r"|why\W*$|why not|since when|how so|how come\W*$|tell me more|more|go on|really|says who"
    r"|for example)\b",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"['’]s$")
_BARE = re.compile(
    r"^\W*(?:who|why|when|where|how)\b(?! (?:is|are|was|were)\b)(?:\W+\w+){0,2}\W*$",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(r"\b(?:he|she|him|her|his|hers|he's|she's)\b", re.IGNORECASE)
_SOMETHING = re.compile(
    r"\b(?:they|them|their|theirs|its|these|those|it|the (?:same|latter|former)"
    r"|this(?! (?:week|month|year|quarter|morning|weekend|time|spring|summer|autumn|fall|winter)\b))\b|\bthat(?=\W*$)",
    re.IGNORECASE,
)
_THAT_ONE = re.compile(
    r"\b(?:that|this|the same) (?:company|firm|person|guest|host|show|episode|product|model|chip|deal|claim|number"
    r"|figure|forecast|quote|plan|study|paper|guy|woman|man|one|interview|conversation)\b"
    r"|\bthe (?:company|firm|stock|shares?|margins?|ceo|founder|host|guest|episode|show|deal|plant|figure)\b"
    r"|\b(?:was|is|did|does|about|of|by|with|for|after|said) (?:that|this|it)\b(?! (?:true|possible|likely|the)\b)",
    re.IGNORECASE,
)


def resolve(question: str, subject: Subject) -> tuple[str, Subject]:
    """Return what to search and answer for, and what the thread is about from now on.

    A question that leans on the ones before gains their names and, where it has no topic of its own, their
    topic; one that stands alone starts a new subject. The last five questions are kept.
    """
    asked = take_apart(question)
    own = (*asked.names, *asked.sources)
    if not subject.questions or not _leans(asked, own):
        return question, Subject((question,), (own or subject.names)[:_NAMES_KEPT])
    gained = _gained(asked, own, subject)
    names = dict.fromkeys((*own, *(name for name in subject.names if name in gained)))
    resolved = f"{question} ({', '.join(gained)})" if gained else question
    return resolved, Subject((*subject.questions, question)[-_QUESTIONS_KEPT:], tuple(names)[:_NAMES_KEPT])


def standing(question: str, subject: Subject) -> str:
    """Return the question so that it stands alone, whether or not the subject already counts it."""
    if subject.questions[-1:] == (question,):
        subject = replace(subject, questions=subject.questions[:-1])
    return resolve(question, subject)[0]


def _leans(asked: Asked, own: tuple[str, ...]) -> bool:
    question = asked.text
    if _ELLIPTIC.search(question) or not (asked.topic or own):
        return True
    if not own and (_THAT_ONE.search(question) or _BARE.search(question)):
        return True
    somebody = _SOMEBODY.search(question)
    if somebody:
        return not any(name in question[: somebody.start()] for name in own)
    something = _SOMETHING.search(question)
    return bool(something) and not own and not _told_before(question[: something.start() if something else 0])


def _gained(asked: Asked, own: tuple[str, ...], subject: Subject) -> list[str]:
    instead = bool(own) and _ELLIPTIC.search(asked.text) is not None and not _SOMEBODY.search(asked.text)
    names = [] if instead else [name for name in subject.names if name not in own]
    thin = (
        (instead and not _beside(asked, own))
        or not asked.topic
        or not (subject.names or own)
        or _BARE.search(asked.text)
    )
    return [*names, *(_topic(subject, asked) if thin else [])]


def _topic(subject: Subject, asked: Asked) -> list[str]:
    named = {word for name in (*subject.names, *asked.names) for word in _content(name)}
    for question in reversed(subject.questions):
        topic = [word for word in _content(question) if word not in named]
        if topic:
            return [word for word in topic if word not in words(asked.text)]
    return []


def _beside(asked: Asked, own: tuple[str, ...]) -> bool:
    """Return whether a question has a topic beside its names."""
    named = {word for name in own for word in _content(name)}
    return any(word not in named for word in _content(asked.text))


def _content(text: str) -> list[str]:
    bare = (_POSSESSIVE.sub("", word) for word in words(text))
    return [word for word in dict.fromkeys(bare) if word not in GRAMMAR and word not in ASKING]


def _told_before(words_before: str) -> bool:
    return bool(_content(words_before))
