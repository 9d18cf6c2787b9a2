"""A question that leans on its thread, or is asked in another language, made one that stands by itself."""

from __future__ import annotations

from dataclasses import replace

from bot.analysts.llm.prompts import Prompt, numbered, outside
from bot.analysts.llm.schemas import Asked
from bot.domain import Resolved, Subject, known_language
from bot.domain.usage import Account
from bot.llm.provider import Llm
from bot.nlp import facts
from bot.nlp.question_words import GRAMMAR, words
from bot.nlp.tokens import content

LONGEST = 300
"""Characters of a question that a model may make of another."""

_ENGLISH = 0.25


def foreign(question: str) -> bool:
    """Return whether a question may be in another language: it lacks the words that English sentences have."""
    asked = words(question)
    return sum(word in GRAMMAR for word in asked) < _ENGLISH * len(asked)


async def resolved(
    question: str, subject: Subject, plain: Resolved, prompt: Prompt, llm: Llm, account: Account
) -> Resolved:
    """Return what the model makes of a question, where it brings in nothing new; else what was made without it.

    Only the thread's own words are shown to it, never what is read. Raises LlmError where it made nothing.
    """
    thread = "\n".join(prompt.fitting(numbered([*subject.questions, f"names: {', '.join(subject.names)}"])))
    said = (await llm.complete(prompt.task(account, thread=thread, question=outside(question)), Asked)).value
    spoken = known_language(said.language)
    made = outside(said.question)
    if len(made) > LONGEST or not made or not _theirs(made, question, subject, translated=spoken != "English"):
        return replace(plain, language="" if spoken == "English" else spoken)
    return Resolved(made, plain.subject, "" if spoken == "English" else spoken)


def _theirs(made: str, question: str, subject: Subject, *, translated: bool) -> bool:
    """Whether a question has nothing of its own: figures and names, or where it was not translated any word."""
    known = " ".join((question, *subject.questions, *subject.names))
    values = facts.amounts(known)
    if not all(any(amount.same(other) for other in values) for amount in facts.amounts(made)):
        return False
    if translated:
        _, *inner = made.split()
        names = [word for name in facts.names(" ".join(inner)) for word in name.split()]
        return all(word.strip(".,?!’'s").lower() in known.lower() for word in names)
    return set(content(made)) <= set(content(known))
