"""Follow-up questions: what "he", "that company" or "and Nvidia?" refer to."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.domain import ThreadContext
from bot.nlp.lexicons import cue_pattern
from bot.nlp.tokens import FUNCTION_WORDS, QUERY_NOISE_WORDS, tokenize
from bot.qa.question import ParsedQuestion, parse_question

_QUESTIONS_KEPT = 5
_NAMES_KEPT = 4
_ELLIPTIC = re.compile(rf"^\W*(?:{cue_pattern('elliptic_opening')})\b", re.IGNORECASE)
_POSSESSIVE_ENDING = re.compile(r"['’]s$")
_BARE_QUESTION_WORD = re.compile(
    r"^\W*(?:who|why|when|where|how)\b(?! (?:is|are|was|were)\b)(?:\W+\w+){0,2}\W*$",
    re.IGNORECASE,
)
_PERSON_PRONOUN = re.compile(r"\b(?:he|she|him|her|his|hers|he's|she's)\b", re.IGNORECASE)
_THING_PRONOUN = re.compile(
    r"\b(?:they|them|their|theirs|its|these|those|it|the (?:same|latter|former)"
    r"|this(?! (?:week|month|year|quarter|morning|weekend|time|spring|summer|autumn|fall|winter)\b))\b|\bthat(?=\W*$)",
    re.IGNORECASE,
)
_DEFINITE_REFERENCE = re.compile(
    rf"\b(?:that|this|the same) (?:{cue_pattern('referable_noun')})\b|\bthe (?:"
    rf"{cue_pattern('referable_definite_noun')})\b|\b(?:was|is|did|does|about|of|by|with|for|after|said) (?:"
    r"that|this|it)\b(?! (?:true|possible|likely|the)\b)",
    re.IGNORECASE,
)


def resolve_follow_up(question: str, context: ThreadContext) -> tuple[str, ThreadContext]:
    """Return the question that makes sense by itself, and what the thread is about from now on.

    A question that depends on the ones before gains their names and, if it has no topic of its own, their topic; one
    that stands alone starts a new subject. The last five questions are kept.
    """
    parsed = parse_question(question)
    own = (*parsed.names, *parsed.sources)
    if not context.questions or not _is_context_dependent(parsed, own):
        return question, ThreadContext((question,), (own or context.names)[:_NAMES_KEPT])
    gained = _inherited_words(parsed, own, context)
    names = dict.fromkeys((*own, *(name for name in context.names if name in gained)))
    resolved = f"{question} ({', '.join(gained)})" if gained else question
    return resolved, ThreadContext((*context.questions, question)[-_QUESTIONS_KEPT:], tuple(names)[:_NAMES_KEPT])


def standalone_question(question: str, context: ThreadContext) -> str:
    """Return the question so that it stands alone, whether or not the context already has it."""
    if context.questions[-1:] == (question,):
        context = replace(context, questions=context.questions[:-1])
    return resolve_follow_up(question, context)[0]


def _is_context_dependent(parsed: ParsedQuestion, own_names: tuple[str, ...]) -> bool:
    question = parsed.text
    if _ELLIPTIC.search(question) or not (parsed.topic or own_names):
        return True
    if not own_names and (_DEFINITE_REFERENCE.search(question) or _BARE_QUESTION_WORD.search(question)):
        return True
    if person := _PERSON_PRONOUN.search(question):
        return not any(name in question[: person.start()] for name in own_names)
    thing = _THING_PRONOUN.search(question)
    return thing is not None and not own_names and not _content_words(question[: thing.start()])


def _inherited_words(parsed: ParsedQuestion, own_names: tuple[str, ...], context: ThreadContext) -> list[str]:
    instead = bool(own_names) and _ELLIPTIC.search(parsed.text) is not None and not _PERSON_PRONOUN.search(parsed.text)
    names = [] if instead else [name for name in context.names if name not in own_names]
    thin = (
        (instead and not _has_own_topic(parsed, own_names))
        or not parsed.topic
        or not (context.names or own_names)
        or _BARE_QUESTION_WORD.search(parsed.text)
    )
    return [*names, *(_inherited_topic(context, parsed) if thin else [])]


def _inherited_topic(context: ThreadContext, parsed: ParsedQuestion) -> list[str]:
    named = {word for name in (*context.names, *parsed.names) for word in _content_words(name)}
    for question in reversed(context.questions):
        topic = [word for word in _content_words(question) if word not in named]
        if topic:
            return [word for word in topic if word not in tokenize(parsed.text)]
    return []


def _has_own_topic(parsed: ParsedQuestion, own_names: tuple[str, ...]) -> bool:
    """Return whether a question has a topic besides its names."""
    named = {word for name in own_names for word in _content_words(name)}
    return any(word not in named for word in _content_words(parsed.text))


def _content_words(text: str) -> list[str]:
    bare = (_POSSESSIVE_ENDING.sub("", word) for word in tokenize(text))
    return [word for word in dict.fromkeys(bare) if word not in FUNCTION_WORDS and word not in QUERY_NOISE_WORDS]
