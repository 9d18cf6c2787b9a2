"""Answers made of what was said: the best sentences, who said them and where, or a plain refusal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from bot.domain import Answer, Hit, ThreadContext
from bot.qa.answerability import ANSWER_THRESHOLD, Answerability, assess_answerability
from bot.qa.evidence import extract_evidence
from bot.qa.follow_up import standalone_question
from bot.qa.question import AnswerType, ParsedQuestion, parse_question
from bot.qa.reranking import rerank
from bot.qa.selection import Selection, select_candidates
from bot.qa.statement import format_sentence, sanitize


def answer_question(question: str, hits: Sequence[Hit], context: ThreadContext) -> Answer:
    """Return an answer of one to four attributed sentences, or say that the hits do not answer.

    Each citation's quote is an exact span of one turn; `text` refers to the citations in order and holds no link.
    A follow-up is understood by what the thread is about.
    """
    asked = parse_question(standalone_question(question, context))
    found = extract_evidence(hits)
    verdict = assess_answerability(asked, found)
    rated = rerank(asked, found)
    searched = len({hit.passage.origin.conversation for hit in hits})
    chosen = select_candidates(asked, rated) if verdict.confidence >= ANSWER_THRESHOLD else Selection(())
    if not chosen.candidates:
        return Answer(
            question,
            answered=False,
            text=_refusal(verdict, searched),
            nearest=rated[0].candidate.to_citation() if rated else None,
            confidence=verdict.confidence,
            conversations_searched=searched,
        )
    return Answer(
        question,
        answered=True,
        text="\n".join(
            [*_introduction(asked, chosen), *map(format_sentence, chosen.candidates, count(1)), *_missing_note(verdict)]
        ),
        citations=tuple(line.to_citation() for line in chosen.candidates),
        confidence=verdict.confidence,
        conversations_searched=searched,
    )


def _introduction(parsed: ParsedQuestion, selection: Selection) -> list[str]:
    if selection.has_contradiction:
        return ["Accounts differ."]
    shows = {line.passage.origin.show for line in selection.candidates}
    if parsed.answer_type is AnswerType.COMPARISON and len(shows) > 1:
        return ["Side by side:"]
    return ["What was said about it:"] if parsed.answer_type is AnswerType.YES_NO else []


def _missing_note(answerability: Answerability) -> list[str]:
    return (
        [f"Nothing found mentions {_join_with_or(answerability.missing_names)}."] if answerability.missing_names else []
    )


def _refusal(answerability: Answerability, conversations_searched: int) -> str:
    if not conversations_searched:
        return "Nothing that was said comes near that question."
    where = (
        "the closest conversation"
        if conversations_searched == 1
        else f"the {conversations_searched} closest conversations"
    )
    gap = f" None of them mentions {_join_with_or(answerability.missing_names)}." if answerability.missing_names else ""
    return f"What was found in {where} does not answer that.{gap}"


def _join_with_or(names: Sequence[str]) -> str:
    *most, last = map(sanitize, names)
    return f"{', '.join(most)} or {last}" if most else last
