"""A question that leans on its thread, or is asked in another language, made one that stands by itself."""

from __future__ import annotations

from dataclasses import replace

from bot.analysts.llm.prompts import Prompt, numbered_lines, sanitize
from bot.analysts.llm.schemas import Asked
from bot.domain import ResolvedQuestion, ThreadContext, canonical_language
from bot.domain.usage import Account
from bot.llm.provider import LanguageModel
from bot.nlp import facts
from bot.nlp.question_words import FUNCTION_WORDS, tokenize
from bot.nlp.tokens import content_stems

MAX_QUESTION_CHARS = 300
"""Characters of a question that a model may make of another."""

_MIN_GRAMMAR_SHARE = 0.25


def is_foreign(question: str) -> bool:
    """Return whether a question may be in another language: it lacks the words that English sentences have."""
    asked = tokenize(question)
    return sum(word in FUNCTION_WORDS for word in asked) < _MIN_GRAMMAR_SHARE * len(asked)


async def rewrite_question(
    question: str,
    subject: ThreadContext,
    fallback: ResolvedQuestion,
    prompt: Prompt,
    llm: LanguageModel,
    account: Account,
) -> ResolvedQuestion:
    """Return what the model makes of a question, where it brings in nothing new; else what was made without it.

    Only the thread's own words are shown to it, never what is read. Raises LlmError where it made nothing.
    """
    thread = "\n".join(prompt.fitting_lines(numbered_lines([*subject.questions, f"names: {', '.join(subject.names)}"])))
    said = (await llm.complete(prompt.fill(account, thread=thread, question=sanitize(question)), Asked)).value
    spoken = canonical_language(said.language)
    made = sanitize(said.question)
    if (
        len(made) > MAX_QUESTION_CHARS
        or not made
        or not _is_grounded(made, question, subject, translated=spoken != "English")
    ):
        return replace(fallback, language="" if spoken == "English" else spoken)
    return ResolvedQuestion(made, fallback.context, "" if spoken == "English" else spoken)


def _is_grounded(rewritten: str, question: str, subject: ThreadContext, *, translated: bool) -> bool:
    """Whether a question has nothing of its own: figures and names, or where it was not translated any word."""
    known = " ".join((question, *subject.questions, *subject.names))
    values = facts.find_amounts(known)
    if not all(any(amount.matches(other) for other in values) for amount in facts.find_amounts(rewritten)):
        return False
    if translated:
        _, *inner = rewritten.split()
        names = [word for name in facts.find_names(" ".join(inner)) for word in name.split()]
        return all(word.strip(".,?!’'s").lower() in known.lower() for word in names)
    return set(content_stems(rewritten)) <= set(content_stems(known))
