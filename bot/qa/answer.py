"""Answers made of what was said: the best sentences, who said them and where, or a plain refusal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from bot.domain import Answer, Hit, Subject
from bot.qa.answerability import SURE, Verdict, judge
from bot.qa.evidence import gather
from bot.qa.follow_up import standing
from bot.qa.question import Asked, Wanted, take_apart
from bot.qa.reranking import rate
from bot.qa.selection import Chosen, choose
from bot.qa.statement import harmless, statement


def answer(question: str, hits: Sequence[Hit], subject: Subject) -> Answer:
    """Return an answer of one to four attributed sentences, or say that the hits do not answer.

    Each citation's quote is an exact span of one turn; `text` refers to the citations in order and holds no link.
    A follow-up is understood by what the thread is about.
    """
    asked = take_apart(standing(question, subject))
    found = gather(hits)
    verdict = judge(asked, found)
    rated = rate(asked, found)
    searched = len({hit.passage.origin.conversation for hit in hits})
    chosen = choose(asked, rated) if verdict.confidence >= SURE else Chosen(())
    if not chosen.lines:
        return Answer(
            question,
            answered=False,
            text=_refusal(verdict, searched),
            nearest=rated[0].line.cite() if rated else None,
            confidence=verdict.confidence,
            searched=searched,
        )
    return Answer(
        question,
        answered=True,
        text="\n".join([*_lead(asked, chosen), *map(statement, chosen.lines, count(1)), *_gaps(verdict)]),
        citations=tuple(line.cite() for line in chosen.lines),
        confidence=verdict.confidence,
        searched=searched,
    )


def _lead(asked: Asked, chosen: Chosen) -> list[str]:
    if chosen.opposed:
        return ["Accounts differ."]
    shows = {line.passage.origin.show for line in chosen.lines}
    if asked.wanted is Wanted.COMPARISON and len(shows) > 1:
        return ["Side by side:"]
    return ["What was said about it:"] if asked.wanted is Wanted.WHETHER else []


def _gaps(verdict: Verdict) -> list[str]:
    return [f"Nothing found mentions {_either(verdict.missing)}."] if verdict.missing else []


def _refusal(verdict: Verdict, searched: int) -> str:
    if not searched:
        return "Nothing that was said comes near that question."
    where = "the closest conversation" if searched == 1 else f"the {searched} closest conversations"
    gap = f" None of them mentions {_either(verdict.missing)}." if verdict.missing else ""
    return f"What was found in {where} does not answer that.{gap}"


def _either(names: Sequence[str]) -> str:
    *most, last = map(harmless, names)
    return f"{', '.join(most)} or {last}" if most else last
