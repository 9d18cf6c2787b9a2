"""Answers in the speakers' own words: the best sentences, who said them and where, or a plain refusal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from bot.chat.text import sanitise
from bot.claims.statements import join_names
from bot.domain import UNKNOWN_SPEAKER, Answer, Hit, Origin, ThreadContext
from bot.nlp.people import titled_guests
from bot.nlp.sentences import strip_fillers
from bot.qa.answerability import ANSWER_THRESHOLD, Answerability, assess_answerability
from bot.qa.comparison import ComparedSide, compare, find_comparison
from bot.qa.events import DatedEvent
from bot.qa.evidence import CandidateSentence, extract_evidence, source_date
from bot.qa.follow_up import standalone_question
from bot.qa.listing import select_items
from bot.qa.premises import FalsePremise, find_false_premise, unheard_names
from bot.qa.question import AnswerType, ParsedQuestion, parse_question
from bot.qa.reranking import MAX_SELECTED, Ranking, Selection, rerank, select_candidates, without


def answer_question(question: str, hits: Sequence[Hit], context: ThreadContext) -> Answer:
    """Return an answer of one to four attributed sentences, or a refusal if the hits do not answer the question.

    Each citation's quote is an exact span of one turn; `text` refers to the citations in order and has no links. A
    follow-up is resolved from what the thread is about, and what the thread was told isn't told again.
    """
    parsed = parse_question(standalone_question(question, context))
    evidence = extract_evidence(hits)
    ranking = without(rerank(parsed, evidence), context.told)
    answerability = assess_answerability(parsed, evidence, ranking)
    searched = len({hit.passage.origin.conversation for hit in hits})
    answerable = answerability.confidence >= ANSWER_THRESHOLD
    if comparison := find_comparison(parsed):
        sides = compare(comparison, evidence, context.told, is_answerable=answerable)
        if any(side.line for side in sides):
            return _side_by_side(question, parsed, sides, ranking, answerability, searched)
    premise = find_false_premise(parsed, ranking)
    if premise and (premise.is_sure or not answerable):
        return _refuse_premise(question, premise, ranking, answerability, searched)
    selection = _select(parsed, ranking) if answerable else Selection(())
    if not selection.candidates:
        return Answer(
            question,
            answered=False,
            text=_refusal(parsed, ranking, answerability, searched),
            nearest=ranking.nearest[0].candidate.to_citation() if ranking.nearest and parsed.topic else None,
            confidence=answerability.confidence,
            conversations_searched=searched,
        )
    return Answer(
        question,
        answered=True,
        text="\n".join(
            (
                *_introduction(parsed, selection),
                *map(format_sentence, selection.candidates, count(1)),
                *_missing_note(answerability),
            )
        ),
        citations=tuple(line.to_citation() for line in selection.candidates),
        confidence=answerability.confidence,
        conversations_searched=searched,
    )


def _refuse_premise(
    question: str, premise: FalsePremise, ranking: Ranking, answerability: Answerability, searched: int
) -> Answer:
    nearest = premise.nearest or ranking.nearest[0].candidate
    return Answer(
        question,
        answered=False,
        text=sanitize(premise.text),
        nearest=nearest.to_citation(),
        confidence=min(answerability.confidence, _FALSE_PREMISE),
        conversations_searched=searched,
        is_premise_false=True,
    )


_FALSE_PREMISE = 0.1
"""How likely, at most, a question is answered whose premise is false."""


def _select(parsed: ParsedQuestion, ranking: Ranking) -> Selection:
    return select_items(parsed, ranking) or select_candidates(parsed, ranking)


def _side_by_side(
    question: str,
    parsed: ParsedQuestion,
    sides: Sequence[ComparedSide],
    ranking: Ranking,
    answerability: Answerability,
    searched: int,
) -> Answer:
    """Return the best sentence of each side, then what else answers; a side of which nothing is found is named."""
    lines: list[CandidateSentence] = []
    text = [_missing_side(side) for side in sides if not side.line]
    for side in sides:
        if side.line and any(line.has(side.line) for line in lines):
            text[-2] = f"{sanitize(join_names([each.name for each in sides]))}:"
        elif side.line:
            lines.append(side.line)
            text += [f"{sanitize(side.name)}:", format_sentence(side.line, len(lines))]
    if answerability.confidence >= ANSWER_THRESHOLD and all(side.line for side in sides):
        others = select_candidates(parsed, ranking).candidates
        more = [line for line in others if not any(line.has(told) or told.has(line) for told in lines)]
        for place, line in enumerate(more[: MAX_SELECTED - len(lines)]):
            lines.append(line)
            text += [*(["Also:"] if place == 0 else []), format_sentence(line, len(lines))]
    return Answer(
        question,
        answered=True,
        text="\n".join(text),
        citations=tuple(line.to_citation() for line in lines),
        confidence=max(answerability.confidence, min(side.confidence for side in sides if side.line)),
        conversations_searched=searched,
    )


def _missing_side(side: ComparedSide) -> str:
    name = sanitize(side.name)
    return f"Nothing I found on {name} answers that." if side.is_named else f"Nothing I found mentions {name}."


def _introduction(parsed: ParsedQuestion, selection: Selection) -> list[str]:
    if selection.has_contradiction:
        return ["Accounts differ."]
    shows = {line.passage.origin.show for line in selection.candidates}
    if parsed.answer_type is AnswerType.COMPARISON and len(shows) > 1:
        return ["Side by side:"]
    return ["What was said about it:"] if parsed.answer_type is AnswerType.YES_NO else []


def _missing_note(answerability: Answerability) -> list[str]:
    return (
        [f"Nothing I found mentions {_join_with_or(answerability.missing_names)}."]
        if answerability.missing_names
        else []
    )


def _refusal(
    parsed: ParsedQuestion, ranking: Ranking, answerability: Answerability, conversations_searched: int
) -> str:
    if not conversations_searched:
        return "I found nothing close to that question."
    several = f"the {conversations_searched} closest conversations"
    place = "the closest conversation" if conversations_searched == 1 else several
    unheard = unheard_names(parsed, ranking.measured) if ranking.measured else []
    if unheard:
        return f"I found no answer in {place}. Nobody here mentions {_join_with_or(unheard)}."
    gap = f" None of them mentions {_join_with_or(answerability.missing_names)}." if answerability.missing_names else ""
    return f"I found no answer in {place}.{gap}"


def _join_with_or(names: Sequence[str]) -> str:
    *most, last = map(sanitize, names)
    return f"{', '.join(most)} or {last}" if most else last


_LINK = re.compile(
    r"<?(?:\b[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:)[^\s>]+>?|\b[\w-]+(?:\.[\w-]+)+/\S*",
    re.IGNORECASE,
)
_CITATION_MARKER = re.compile(r"\[(\d+)\]")
_SENTENCE_ENDINGS = (".", "!", "?", "…", '"', "”", "’", ")")


def format_sentence(line: CandidateSentence, number: int) -> str:
    """Return a sentence with its speaker and citation, without the fillers at its ends; no other word is left out.

    Links become a word, and nothing in it reads as a citation.
    """
    return _format_quote(line.quote, line.speaker, line.passage.origin, number)


def with_event(answer: Answer, event: DatedEvent) -> Answer:
    """Return an answer with the event before or after which its words were said, and the date that it is taken for."""
    citation, number = event.to_citation(), len(answer.citations) + 1
    taken = f"I take {sanitize(event.bound.event)} as {event.when}, by this:"
    line = _format_quote(citation.quote, citation.speaker, citation.origin, number)
    return replace(answer, text=f"{answer.text}\n{taken}\n{line}", citations=(*answer.citations, citation))


def _format_quote(quote: str, speaker: str, origin: Origin, number: int) -> str:
    words = sanitize(strip_fillers(sanitise(quote)))
    said = words if words.endswith(_SENTENCE_ENDINGS) else f"{words}."
    return f"{_attribution(speaker, origin)}: {said} [{number}]"


def sanitize(text: str) -> str:
    """Return text from outside in one line, without links and without what reads as a citation."""
    return _CITATION_MARKER.sub(r"(\1)", _LINK.sub("(link)", " ".join(sanitise(text).split())))


def _attribution(speaker: str, origin: Origin) -> str:
    if speaker != UNKNOWN_SPEAKER:
        return f"{sanitize(speaker)} ({_source_label(origin)})"
    guests = sanitize(join_names(titled_guests(origin.title, origin.show)))
    return f"On an episode with {guests} ({_source_label(origin)})" if guests else _source_label(origin)


def _source_label(origin: Origin) -> str:
    return f"{sanitize(origin.show)}, {source_date(origin)}"
